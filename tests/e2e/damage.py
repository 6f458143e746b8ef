#!/usr/bin/python3
"""The disk gives back garbage while the daemon runs. It stops using the file, starts again by
itself, and makes anew what can be: UIDs stay, changes that wait go up once, status tells of it.
Where that happens again and again, it ends with words that say what to do."""
import os
import time

import common
from common import ALICE
from exchange import Exchange
from server_away import inbox, status, status_text

PAGE = 4096


def spoil(p, name, first_page):
    path = os.path.join(p.state, "alice", name)
    with open(path, "r+b") as f:
        f.seek(first_page * PAGE)
        f.write(b"\xa5" * (os.path.getsize(path) - first_page * PAGE))


def poke(p):
    """What a mail program does, whatever comes of it."""
    try:
        client = common.imap(p)
        client.select("INBOX")
        client.fetch("1:*", "(FLAGS ENVELOPE BODY.PEEK[])")
        client.logout()
    except (common.imaplib.IMAP4.error, OSError, EOFError):
        pass


def is_whole(p, bodies):
    try:
        a = status(p)
    except AssertionError:  # it is just starting
        return False
    return (a["connected"], a["pending"], a["bodies"], a["messages"]) == (
        True, 0, bodies, bodies)


def started_again(p, times):
    poke(p)
    with open(p.daemon.log_path) as log:
        return log.read().count("a database is damaged: starting again") >= times


def contents(p):
    client = inbox(p)
    return {u: common.fetch_octets(client, u) for u in common.uids(client, "INBOX")}


def pair_with_mail(files):
    return common.pair.Pair(common.BUILD, [ALICE], mailbox=files.dir)


def check_cache():
    with common.Files({"Inbox": 30}) as files, pair_with_mail(files) as p:
        common.wait_for("the bodies", lambda: is_whole(p, 30))
        before = contents(p)
        p.restart()
        p.stop_sim()
        client = inbox(p)
        uid = sorted(before)[0]
        assert client.uid("STORE", uid, "+FLAGS", r"(\Flagged)")[0] == "OK"
        added = common.message(77, "plain")
        assert client.append("INBOX", None, None, added)[0] == "OK"
        spoil(p, "cache.db", 2)
        common.wait_for("a new start", lambda: started_again(p, 1))
        assert p.daemon.child.poll() is None
        p.start_sim()
        common.wait_for("the changes", lambda: is_whole(p, 31))
        after = contents(p)
        assert len(after) == 31 and all(after[u] == before[u] for u in before), \
            (sorted(before), sorted(after), p.logs())
        assert added in after.values()
        server = Exchange(p, ALICE)
        idents = server.idents("INBOX")
        assert len(idents) == 31 and idents.count("<e2e-77@example.test>") == 1, idents
        assert server.find("INBOX", common.message_id(before[uid])).flagged
        text = status_text(p)
        assert "'cache.db': it was damaged; it is filled anew from the server" in text, text
        assert any(n.startswith("cache.db.damaged-")
                   for n in os.listdir(os.path.join(p.state, "alice")))


def check_ledger():
    with common.Files({"Inbox": 30}) as files, pair_with_mail(files) as p:
        common.wait_for("the bodies", lambda: is_whole(p, 30))
        before = sorted(contents(p).values())
        p.restart()
        spoil(p, "ledger.db", 12)
        common.wait_for("a new start", lambda: started_again(p, 1))
        common.wait_for("the bodies", lambda: is_whole(p, 30))
        assert sorted(contents(p).values()) == before
        text = status_text(p)
        assert "'ledger.db': it was damaged; what could not be read is lost" in text, text


def check_again_and_again():
    with common.Files({"Inbox": 30}) as files, pair_with_mail(files) as p:
        for times in range(1, 4):
            common.wait_for("the bodies", lambda: is_whole(p, 30))
            spoil(p, "cache.db", 2)
            common.wait_for("a new start", lambda t=times: started_again(p, t))
        common.wait_for("the bodies", lambda: is_whole(p, 30))
        spoil(p, "cache.db", 2)

        def ended():
            poke(p)
            return p.daemon.child.poll() is not None
        common.wait_for("the end", ended)
        assert p.daemon.child.returncode == 1, p.daemon.child.returncode
        assert "are damaged again and again: look at the disk, and start again" in p.logs()
        p.daemon.stop()
        p.start_daemon()  # as it says
        common.wait_for("the bodies", lambda: is_whole(p, 30))


def main():
    common.need()
    begin = time.monotonic()
    for check in (check_cache, check_ledger, check_again_and_again):
        check()
        print(f"ok {check.__name__} ({time.monotonic() - begin:.1f} s)")


if __name__ == "__main__":
    common.main(main)
