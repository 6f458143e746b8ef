#!/usr/bin/python3
"""Exchange's bad days: it is busy, it refuses a saved state, it cannot make MIME of a message. In
the end the mailbox is the same, under the same UIDs, with the server's octets."""
import shutil
import time

import common
from common import ALICE
from exchange import Exchange

FOLDERS = {"inbox": 24, "Archiv": 8}
BUSY = 4  # times in a row
BUSY_MS = 300


def inbox(p):
    client = common.imap(p)
    common.wait_for("the Inbox", lambda: client.select("INBOX")[0] == "OK")
    return client


def picture(p):
    """(UIDVALIDITY, {uid: octets}) of the Inbox."""
    client = inbox(p)
    validity = client.response("UIDVALIDITY")[1][0]
    seen = {uid: common.fetch_octets(client, uid) for uid in common.uids(client, "INBOX")}
    client.logout()
    return validity, seen


def assert_servers_octets(p, seen):
    wanted = [item.mime for item in Exchange(p, ALICE).items("INBOX", mime=True)]
    assert sorted(seen.values()) == sorted(wanted), "not the server's octets"


def check_busy(p):
    """From nothing, with each call refused some times."""
    assert p.daemon.stop() == 0
    shutil.rmtree(p.state)
    for fault in (f"fault SyncFolderHierarchy 1 busy {BUSY_MS}",
                  f"fault SyncFolderItems {BUSY} busy {BUSY_MS}",
                  f"fault GetItem {BUSY} busy {BUSY_MS}"):
        p.control(fault)
    begin = time.monotonic()
    p.start_daemon()
    client = inbox(p)
    common.wait_for("all messages", lambda: common.count_in(client, "INBOX") == FOLDERS["inbox"])
    client.logout()
    _, seen = picture(p)
    print(f"{2 * BUSY + 1} times busy for {BUSY_MS} ms: all here "
          f"after {time.monotonic() - begin:.1f} s")
    assert_servers_octets(p, seen)
    p.control("clear")


def check_state_refused(p):
    before = picture(p)
    p.control("fault SyncFolderItems 3 sync-state")
    p.deliver(ALICE, "inbox", common.message(90, "html"))
    client = inbox(p)
    common.wait_for("the new message",
                    lambda: common.count_in(client, "INBOX") == FOLDERS["inbox"] + 1)
    client.logout()
    validity, seen = picture(p)
    assert validity == before[0], "another UIDVALIDITY"
    assert len(seen) == len(before[1]) + 1
    assert {uid: seen[uid] for uid in before[1]} == before[1], "other UIDs or octets"
    assert_servers_octets(p, seen)
    p.control("clear")


def check_no_mime(p):
    """Only MIME fails: the message is made from its properties, says so, and stays."""
    p.control("fault GetItem 1+1 item ErrorMimeContentConversionFailed 1")
    p.deliver(ALICE, "inbox", common.message(91, "files"))
    client = inbox(p)
    common.wait_for("the message", lambda: common.count_in(client, "INBOX") == FOLDERS["inbox"] + 2)
    uid = common.uids(client, "INBOX")[-1]
    made = common.fetch_octets(client, uid)
    client.logout()
    for part in (b"X-Passerelle-Note: made from properties", b"<e2e-91@example.test>",
                 b"ErrorMimeContentConversionFailed", b"Text 91", b"tabelle.csv"):
        assert part in made, f"no {part} in {made[:3000]}"
    p.control("clear")
    p.restart(kill=True)
    assert picture(p)[1][uid] == made, "not the same after a restart"


def main():
    common.need()
    with common.Files(FOLDERS) as files, \
            common.pair.Pair(common.BUILD, [ALICE], mailbox=files.dir) as p:
        check_busy(p)
        check_state_refused(p)
        check_no_mime(p)


if __name__ == "__main__":
    common.main(main)
