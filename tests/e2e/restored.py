#!/usr/bin/python3
"""The server comes back from a backup: what happened since is gone there, deleted and moved mail is
back, sync states are unknown, numbers and ids run again from where they were. Both sides agree in the
end; what is the same keeps its UID; nothing is there twice; changes that wait still go up, and what
cannot is kept in "Recovered"."""
import json
import os
import re
import shutil
import smtplib

import common
from common import ALICE, BOB
from exchange import Exchange

BUSY = 40
PASSERELLE = os.path.join(common.BUILD, "passerelle")


def ident(number):
    return f"<e2e-{number}@example.test>"


def status(p):
    said = json.loads(common.run(PASSERELLE, "status", "--config", p.config, "--json"))
    return {a["name"]: a for a in said["accounts"]}["alice"]


def settled(p):
    a = status(p)
    return a["connected"] and a["initial_done"] and a["pending"] == 0 and \
        a["bodies"] == a["messages"]


def listing(client, folder):
    """{Message-ID: (UID, octets)}; a message that is there twice fails."""
    found = {}
    for uid in common.uids(client, folder):
        octets = common.fetch_octets(client, uid)
        name = common.message_id(octets)
        assert name not in found, f"{name} is in {folder} twice"
        found[name] = (uid, octets)
    return found


def act(client, folder, number, command, *how):
    """A client's change of one message."""
    [uid] = common.uids(client, folder, "HEADER", "Message-ID", ident(number))
    client.select(folder)
    answer = client.uid(command, uid, *how)
    assert answer[0] == "OK", answer


def agree(p, client, *folders):
    """Does the client see what the server has?"""
    server = Exchange(p, ALICE)
    return all(server.idents(f) == sorted(listing(client, f)) for f in folders)


def at_backup(p, client, server):
    for number in (1, 2, 3, 4):
        p.deliver(ALICE, "inbox", common.message(number, "html"))
    server.create_folder("Alt")
    p.deliver(ALICE, "Alt", common.message(5, "plain"))
    common.wait_for("the mailbox", lambda: settled(p) and common.count_in(client, "Alt") == 1 and
                    common.count_in(client, "INBOX") == 4)
    p.control("save")
    shutil.copy(os.path.join(p.dir, "ewsim.state"), os.path.join(p.dir, "backup"))


def since_backup(p, client, server):
    """What the server will not know of any more."""
    for number in (6, 7, 8):
        p.deliver(ALICE, "inbox", common.message(number, "files"))
    server.delete(server.find("INBOX", ident(2)))
    common.wait_for("news", lambda: settled(p) and common.count_in(client, "INBOX") == 6)
    act(client, "INBOX", 3, "MOVE", "Alt")
    act(client, "INBOX", 1, "STORE", "+FLAGS", r"(\Flagged)")
    assert client.create("Neu")[0] == "OK"
    assert client.append("Neu", None, None, common.message(9, "plain"))[0] == "OK"
    for i in range(BUSY):
        server.update(server.find("Alt", ident(5)), read=i % 2 == 0)
    common.wait_for("all of it", lambda: settled(p) and server.idents("Neu") == [ident(9)] and
                    ident(3) in server.idents("Alt"))


def while_away(p, client):
    """These wait, some for what is gone."""
    act(client, "INBOX", 4, "STORE", "+FLAGS", r"(\Flagged)")
    act(client, "INBOX", 7, "STORE", "+FLAGS", r"(\Flagged)")
    act(client, "INBOX", 6, "MOVE", "Alt")
    assert client.append("INBOX", None, None, common.message(10, "plain"))[0] == "OK"
    assert client.append("Neu", None, None, common.message(11, "plain"))[0] == "OK"
    with smtplib.SMTP("127.0.0.1", p.smtp_port, timeout=common.TIMEOUT_S) as smtp:
        smtp.login(ALICE, p.BRIDGE_PASSWORD)
        smtp.sendmail(ALICE, [BOB], common.message(12, "plain", BOB).replace(
            b"Frieda <frieda@example.test>", ALICE.encode()))


def check_uids(before, after):
    """What is the same keeps its UID; what is another one never has a UID that was used."""
    for folder, numbers in (("INBOX", (1, 4, 10)), ("Alt", (5,))):
        for number in numbers:
            was, now = before[folder][ident(number)], after[folder][ident(number)]
            assert was == now, f"{number} in {folder}: {was[0]}, {now[0]}"
        used = {int(uid) for uid, _ in before[folder].values()}
        new = {int(uid) for name, (uid, _) in after[folder].items() if name not in before[folder]}
        assert not new & used and (not new or min(new) > max(used)), (used, new)


def check(p, states):
    client, server = common.imap(p), Exchange(p, ALICE)
    at_backup(p, client, server)
    since_backup(p, client, server)
    p.stop_sim()
    common.wait_for("the loss", lambda: not status(p)["connected"])
    while_away(p, client)
    before = {f: listing(client, f) for f in ("INBOX", "Alt")}
    shutil.copy(os.path.join(p.dir, "backup"), os.path.join(p.dir, "ewsim.state"))
    p.start_sim(["restored=" + states])
    for number in (13, 14, 15, 16):  # the numbers of those that are gone
        p.deliver(ALICE, "inbox", common.message(number, "html"))
    common.wait_for("the changes", lambda: status(p)["connected"] and status(p)["pending"] == 0)
    if states == "taken":
        common.run(PASSERELLE, "resync", "--config", p.config)
    common.wait_for("both sides to agree",
                    lambda: settled(p) and agree(p, client, "INBOX", "Alt", "Sent Items"))
    after = {f: listing(client, f) for f in ("INBOX", "Alt", "Recovered")}
    check_uids(before, after)
    assert sorted(after["INBOX"]) == sorted(ident(n) for n in (1, 2, 3, 4, 10, 13, 14, 15, 16))
    # what waited: done, or kept where what it is about is gone
    assert server.find("INBOX", ident(4)).flagged and server.find("INBOX", ident(10))
    assert Exchange(p, BOB).find("INBOX", ident(12)) and len(p.control("sent")) == 1
    assert sorted(after["Recovered"]) == [ident(11), ident(6)], after["Recovered"].keys()
    assert re.search("read anew: . messages are not on the server", p.logs()), p.logs()
    client.logout()


def main():
    common.need()
    for states in ("refused", "taken"):
        with common.pair.Pair(common.BUILD, [ALICE, BOB]) as p:
            try:
                check(p, states)
            except AssertionError as e:
                raise AssertionError(f"{states}: {e}\n{p.logs()}") from e


if __name__ == "__main__":
    common.main(main)
