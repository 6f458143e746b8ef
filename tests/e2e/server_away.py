#!/usr/bin/python3
"""The server goes away, also while the daemon starts, and comes back: everything that was here is
served, changes wait and go up once, `status` says how it is in words that tell what to do. A
refused login is not tried again and again, nor is what the server cannot give."""
import json
import os
import signal
import smtplib
import subprocess
import sys
import time

import common
from common import ALICE, BOB
from exchange import Exchange

PASSERELLE = os.path.join(common.BUILD, "passerelle")


def status_text(p):
    return common.run(PASSERELLE, "status", "--config", p.config).decode()


def status(p, name="alice"):
    said = json.loads(common.run(PASSERELLE, "status", "--config", p.config, "--json"))
    return {a["name"]: a for a in said["accounts"]}[name]


def server_stat(p, name):
    return sum(int(line.split()[1]) for line in p.control("stats") if line.split()[0] == name)


def inbox(p, user=ALICE):
    client = common.imap(p, user)
    common.wait_for("the Inbox", lambda: client.select("INBOX")[0] == "OK")
    return client


def away(p):
    """Status while nobody listens at the server's port."""
    def told():
        a = status(p)
        return not a["connected"] and f"connect to 127.0.0.1 port {p.ews_port}" in a["reason"]
    common.wait_for("the loss to show in status", told)
    assert "not connected: no answer from the mail server: " in status_text(p)


def change_while_away(p, uid, octets):
    """Everything is answered: what is here, and changes of every kind."""
    client = inbox(p)
    assert common.fetch_octets(client, uid) == octets
    assert client.uid("STORE", uid, "+FLAGS", r"(\Flagged)")[0] == "OK"
    begin = time.monotonic()
    assert client.append("INBOX", r"(\Seen)", None, common.message(2, "html"))[0] == "OK"
    assert client.create("Neu")[0] == "OK"
    with smtplib.SMTP("127.0.0.1", p.smtp_port, timeout=common.TIMEOUT_S) as smtp:
        smtp.login(ALICE, p.BRIDGE_PASSWORD)
        smtp.sendmail(ALICE, [BOB], common.message(3, "files", BOB).replace(
            b"Frieda <frieda@example.test>", ALICE.encode()))
    print(f"APPEND, CREATE and a message to send taken in {time.monotonic() - begin:.2f} s")
    client.logout()
    a = status(p)
    assert a["pending"] == 4, a
    assert "4 changes on their way up" in status_text(p)


def check_return(p):
    """The changes are on the server, each once."""
    def settled():
        a = status(p)
        return a["connected"] and a["pending"] == 0 and a
    back = common.wait_for("the connection", settled)
    assert back["reason"] == "" and back["last_sync_unix_ms"] > 0, back
    assert "server        connected" in status_text(p)
    alice, bob = Exchange(p, ALICE), Exchange(p, BOB)
    there = alice.idents("INBOX")
    assert there == ["<e2e-1@example.test>", "<e2e-2@example.test>"], f"{there}\n{p.logs()}"
    assert alice.find("INBOX", "<e2e-1@example.test>").flagged
    appended = alice.find("INBOX", "<e2e-2@example.test>", mime=True)
    assert appended.read and appended.mime == common.message(2, "html")
    alice.folder("Neu")
    common.wait_for("the message at bob", lambda: bob.idents("INBOX"))
    assert bob.find("INBOX", "<e2e-3@example.test>")
    assert alice.find("Sent Items", "<e2e-3@example.test>")
    assert len(p.control("sent")) == 1


def check_away_and_back():
    with common.pair.Pair(common.BUILD, [ALICE, BOB]) as p:
        octets = common.message(1, "plain")
        p.deliver(ALICE, "inbox", octets)
        common.wait_for("the body", lambda: status(p)["bodies"] == 1)
        common.wait_for("bob", lambda: status(p, "bob")["connected"])
        client = inbox(p)
        (uid,) = common.uids(client, "INBOX")
        client.logout()
        p.stop_sim()
        away(p)
        p.restart()  # and started without it
        away(p)
        change_while_away(p, uid, octets)
        p.restart(kill=True)
        away(p)
        begin = time.monotonic()
        p.start_sim()
        check_return(p)
        print(f"back after {time.monotonic() - begin:.1f} s")
        # What happens from now on comes by itself.
        client = inbox(p)
        p.deliver(ALICE, "inbox", common.message(4, "plain"))
        common.wait_for("news", lambda: common.count_in(client, "INBOX") == 3)
        client.logout()


def change_password(p, password):
    with open(os.path.join(p.dir, "server-password"), "w") as f:
        f.write(password + "\n")


def check_wrong_password():
    with common.pair.Pair(common.BUILD, [ALICE]) as p:
        common.wait_for("connection", lambda: status(p)["connected"])
        change_password(p, "nonsense")
        done = subprocess.run([PASSERELLE, "check", "--config", p.config], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=common.TIMEOUT_S)
        assert done.returncode == 1 and "account alice: HTTP 401: login refused" in done.stdout, \
            done.stdout
        p.control("reset-stats")
        p.restart()
        common.wait_for("the refusal", lambda: status(p)["reason"] != "connecting")
        a = status(p)
        for word in ("401", "login refused", "correct login or password", "[account alice]"):
            assert word in a["reason"], a
        assert not a["connected"]
        assert "sign in again: " + a["reason"] in status_text(p)
        # Clients and changes cause no more logins: the next one is a minute off.
        client = inbox(p)
        for _ in range(20):
            client.noop()
            time.sleep(common.POLL_S)
        assert client.append("INBOX", None, None, common.message(7, "plain"))[0] == "OK"
        client.logout()
        tried = server_stat(p, "refused")
        assert 1 <= tried <= 2, f"{tried} logins"
        # The new password is taken without a new start; a file that is not there is told.
        os.rename(os.path.join(p.dir, "server-password"), os.path.join(p.dir, "aside"))
        done = subprocess.run([PASSERELLE, "resync", "--config", p.config], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=common.TIMEOUT_S)
        assert done.returncode == 1 and "cannot read the password" in done.stdout, done.stdout
        os.rename(os.path.join(p.dir, "aside"), os.path.join(p.dir, "server-password"))
        change_password(p, p.SERVER_PASSWORD)
        common.run(PASSERELLE, "resync", "--config", p.config)
        common.wait_for("connection", lambda: status(p)["connected"])
        common.wait_for("the change", lambda: Exchange(p, ALICE).idents("INBOX"))
        # Changed while it works: by SIGHUP as well.
        p.control("password %s other-secret" % ALICE)
        change_password(p, "other-secret")
        p.deliver(ALICE, "inbox", common.message(8, "plain"))
        common.wait_for("the refusal", lambda: status(p)["state"] == "sign-in")
        p.daemon.child.send_signal(signal.SIGHUP)
        common.wait_for("connection", lambda: status(p)["connected"])
        common.wait_for("the message", lambda: status(p)["messages"] == 2)


def check_hanging_command():
    """A password-command that never ends holds up nobody else."""
    with common.pair.Pair(common.BUILD, [ALICE]) as p:
        hang = os.path.join(p.dir, "hang")
        with open(p.config) as f:
            text = f.read()
        file = f"password-file = {p.dir}/server-password"
        assert file in text, text
        with open(p.config, "w") as f:
            f.write(text.replace(file, f"password-command = test ! -e {hang} || sleep 1000; "
                                 f"cat {p.dir}/server-password", 1))
        p.restart()
        common.wait_for("connection", lambda: status(p)["connected"])
        open(hang, "w").close()
        asking = subprocess.Popen([PASSERELLE, "resync", "--config", p.config], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            for _ in range(5):
                assert status(p)["connected"]
                assert asking.poll() is None, asking.communicate()[0]
            told = asking.communicate(timeout=common.TIMEOUT_S)[0]
            assert asking.returncode == 1 and "no end within 20 s" in told, told
        finally:
            asking.kill()
            asking.wait()


def check_not_readable():
    """Told by status while it lasts; asked for less and less often."""
    with common.pair.Pair(common.BUILD, [ALICE]) as p:
        client = inbox(p)
        p.control("fault GetItem 1000000 item ErrorItemCorrupt 1")
        p.deliver(ALICE, "inbox", common.message(1, "plain"))
        a = common.wait_for("a failure", lambda: status(p)["failing"] and status(p))
        assert a["failing"] == 1 and "ErrorItemCorrupt" in a["failing_reason"], a
        assert "not readable  1, asked for again" in status_text(p)
        p.control("clear")
        common.wait_for("the body", lambda: status(p)["bodies"] == 1)
        assert status(p)["failing"] == 0 and "not readable" not in status_text(p)
        client.logout()


def main():
    common.need()
    check_away_and_back()
    check_wrong_password()
    check_hanging_command()
    check_not_readable()


if __name__ == "__main__":
    common.main(main)
