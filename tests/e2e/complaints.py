#!/usr/bin/python3
"""What people complain about in programs like this one, where no other test has it: messages
fetched again for their size, junk bytes to keep a client waiting, memory that grows with a
message, junk mail that loses its marks on the way, one broken message that hides the rest."""
import json
import os
import re
import socket
import threading
import time

import checks
import common
from common import ALICE

APPLE = ("INTERNALDATE UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (date subject from to cc "
         "message-id in-reply-to references content-type x-priority x-uniform-type-identifier "
         "x-universally-unique-identifier list-id list-unsubscribe bimi-indicator)]")


def requests(case):
    """How often the server was asked for messages."""
    counts = dict(line.rsplit(" ", 1) for line in case.p.control("stats"))
    return {name: counts.get(name, "0") for name in ("GetItem", "SyncFolderItems", "FindItem")}


def no_network(case):
    """Everything about messages that are here is answered from here."""
    client = common.imap(case.p)
    common.fetch_octets(client, common.uids(client, "INBOX")[-1])
    case.eventually("all bodies", lambda: all_bodies(case))
    before = requests(case)
    for folder in ("INBOX", "Archiv"):
        client.status(folder, "(MESSAGES UNSEEN UIDNEXT)")
        client.select(folder, readonly=True)
        for what in ("(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)", "(BODYSTRUCTURE)", "(BODY.PEEK[])",
                     "(BODY.PEEK[HEADER])", "(BODY.PEEK[1]<0.100>)", f"({APPLE})"):
            kind, data = client.fetch("1:*", what)
            assert kind == "OK" and data[0], (what, data)
        assert client.search(None, "TEXT", "Text")[0] == "OK"
    assert client.list()[0] == "OK"
    assert requests(case) == before, f"asked the server: {before} {requests(case)}"
    # Comma lists, in any order, with holes: as phones send them.
    uids = common.uids(client, "INBOX")
    names = b",".join([uids[3], uids[0], b"99999", uids[1] + b":" + uids[2]]).decode()
    kind, data = client.uid("FETCH", names, f"({APPLE})")
    assert kind == "OK" and sum(isinstance(d, tuple) for d in data) == 4, data
    client.logout()


def all_bodies(case):
    (a,) = [a for a in json.loads(common.run(
        os.path.join(common.BUILD, "passerelle"), "status", "--config", case.p.config, "--json"))
        ["accounts"] if a["name"] == "alice"]
    return a["bodies"] == a["messages"]


def quiet_wait(case):
    """While a slow server makes a client wait it hears untagged OK, and no junk."""
    case.p.control("fault GetItem 1+1 delay 18000")
    case.p.deliver(ALICE, "inbox", common.message(940, "files"))
    with socket.create_connection(("127.0.0.1", case.p.imap_port), timeout=60) as s:
        f = s.makefile("rb")
        s.sendall(f"a LOGIN {ALICE} {case.p.BRIDGE_PASSWORD}\r\nb SELECT INBOX\r\n".encode())
        while not f.readline().startswith(b"b OK"):
            pass

        def there():
            s.sendall(b"c UID SEARCH HEADER Message-ID <e2e-940@example.test>\r\n")
            lines = []
            while not (lines and lines[-1].startswith(b"c ")):
                lines.append(f.readline())
            return next((re.search(rb"SEARCH (\d+)", x) for x in lines if b"SEARCH 1" in x or
                         re.match(rb"\* SEARCH \d", x)), None)
        uid = common.wait_for("the message", there)[1]
        s.sendall(b"d UID FETCH " + uid + b" (BODY.PEEK[])\r\n")
        begin, told = time.monotonic(), 0
        while True:
            line = f.readline()
            if line.startswith(b"* OK"):
                told += 1
            elif (m := re.search(rb"\{(\d+)\}\r\n$", line)):
                assert f.read(int(m[1])) == common.message(940, "files")
            elif line.startswith(b"d "):
                assert line.startswith(b"d OK"), line
                break
            else:
                assert line.startswith((b"* ", b")")) or line == b")\r\n" or \
                    re.match(rb"^( UID \d+| FLAGS.*)?\)\r\n$", line), line
        print(f"waited {time.monotonic() - begin:.1f} s, told {told} times")


def junk_and_back(case):
    """To Junk by a client and back by Outlook: flags and categories go with it; what
    clients remember of spam stays theirs."""
    client = common.imap(case.p)
    ident = case.inbox[0]
    (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", ident)
    client.select("INBOX")
    assert client.uid("STORE", uid, "+FLAGS", r"(\Seen \Flagged Rechnung Junk)")[0] == "OK"
    assert client.uid("MOVE", uid, '"Junk Email"')[0] == "OK"
    item = case.eventually("it in Junk Email", lambda: marked(case, "Junk Email", ident))
    (uid,) = common.uids(client, "Junk Email", "HEADER", "Message-ID", ident)
    flags = str(common.fetch(client, uid, "FLAGS"))
    assert all(f in flags for f in ("Seen", "Flagged", "Rechnung", "Junk")), flags
    case.alice.move(item, "INBOX")
    (uid,) = case.eventually("it back", lambda: common.uids(client, "INBOX", "HEADER",
                                                            "Message-ID", ident))
    flags = str(common.fetch(client, uid, "FLAGS"))
    assert all(f in flags for f in ("Seen", "Flagged", "Rechnung")), flags
    client.select("INBOX")
    assert client.uid("STORE", uid, "-FLAGS", "(Junk)")[0] == "OK"
    assert client.uid("STORE", uid, "+FLAGS", "(NonJunk)")[0] == "OK"
    case.eventually("all is settled", lambda: checks.settled(case))
    assert marked(case, "INBOX", ident)
    client.logout()


def marked(case, folder, ident):
    item = case.alice.find(folder, ident)
    return item if item and item.marks() == {"seen", "flagged"} and \
        item.categories == ["Rechnung"] else None


def memory(case):
    """Twenty readers of a message of 27 MB at once take less than ten times its size."""
    octets = checks.big_message(950, 20 << 20)
    case.p.deliver(ALICE, "inbox", octets)
    client = common.imap(case.p)
    (uid,) = case.eventually("the big one", lambda: common.uids(
        client, "INBOX", "HEADER", "Message-ID", "<e2e-950@example.test>"))
    assert common.fetch_octets(client, uid) == octets
    bad = []

    def read():
        other = common.imap(case.p)
        other.select("INBOX", readonly=True)
        if common.fetch_octets(other, uid) != octets:
            bad.append(1)
        other.logout()
    readers = [threading.Thread(target=read) for _ in range(20)]
    for t in readers:
        t.start()
    for t in readers:
        t.join()
    assert not bad
    with open(f"/proc/{case.p.daemon.child.pid}/status") as f:
        anonymous = int(re.search(r"RssAnon:\s+(\d+)", f.read())[1]) << 10
    print(f"a message of {len(octets) >> 20} MB, twenty readers: {anonymous >> 20} MB private")
    assert anonymous < 10 * len(octets), anonymous
    client.logout()


def test():
    common.need()
    with checks.Case() as case:
        no_network(case)
        junk_and_back(case)
        quiet_wait(case)
        memory(case)


if __name__ == "__main__":
    common.main(test)
