#!/usr/bin/python3
"""Stop or kill the daemon at any moment and start it again: it goes on where it was. A
deleted cache.db brings every UID back. The octets are always those that the server has."""
import os
import random
import re
import sys
import time

import common
from common import ALICE, BOB
from exchange import Exchange

COUNT = 295  # messages of alice in the sample mailbox
STOP_S = 20  # a daemon that takes longer than that to stop hangs
HOUR_MS = 3600 * 1000


def folders(client):
    kind, lines = client.list()
    assert kind == "OK"
    return sorted(line.decode().split(' "/" ', 1)[1].strip('"') for line in lines if line)


def picture(client):
    """{folder: (UIDVALIDITY, {uid: (size, flags)})} of everything."""
    out = {}
    for folder in folders(client):
        kind, _ = client.select(f'"{folder}"', readonly=True)
        if kind != "OK":
            return None
        validity = client.response("UIDVALIDITY")[1][0]
        kind, data = client.uid("FETCH", "1:*", "(UID RFC822.SIZE FLAGS)")
        # Recent goes to the first session that selects the folder.
        out[folder] = (validity, sorted(re.sub(rb"\\Recent ?| \\Recent", b"", d)
                                        for d in data if d))
    return out


def total(p):
    client = common.imap(p)
    seen = sum(max(common.count_in(client, f), 0) for f in folders(client))
    client.logout()
    return seen


def whole_picture(p):
    common.wait_for("the whole mailbox", lambda: total(p) == COUNT)
    client = common.imap(p)
    seen = picture(client)
    client.logout()
    return seen


def check_octets(p):
    """The Inbox through the bridge, and as the server gives it."""
    client = common.imap(p)
    seen = [common.fetch_octets(client, uid) for uid in common.uids(client, "INBOX")]
    client.logout()
    wanted = [item.mime for item in Exchange(p, ALICE).items("INBOX", mime=True)]
    assert len(wanted) > 30 and sorted(seen) == sorted(wanted), "not the server's octets"


def modseq(p):
    client = common.imap(p)
    client.select("INBOX", readonly=True)
    (text,) = client.response("HIGHESTMODSEQ")[1]
    client.logout()
    return int(text)


def check_kills(p):
    moments = random.Random(7)
    for _ in range(6):
        time.sleep(moments.random() * 0.4)
        p.restart(kill=True)
    first = whole_picture(p)
    check_octets(p)
    for _ in range(3):
        time.sleep(moments.random() * 0.2)
        p.restart(kill=True)
        assert whole_picture(p) == first, "another mailbox after a kill"
    check_octets(p)
    return first


def check_clean_stop(p):
    idler = common.imap(p)
    idler.select("INBOX")
    idler.send(b"i1 IDLE\r\n")
    assert idler.readline().startswith(b"+")
    begin = time.monotonic()
    status = p.daemon.stop()
    assert status == 0, f"SIGTERM: status {status}"
    took = time.monotonic() - begin
    print(f"stopped in {1000 * took:.0f} ms with an IDLE client and streams")
    assert took < STOP_S, f"SIGTERM took {took:.0f} s"
    idler.shutdown()
    p.start_daemon()


def check_deleted_cache(p, first):
    before = modseq(p)
    assert p.daemon.stop() == 0
    cache = os.path.join(p.state, "alice", "cache.db")
    assert os.path.getsize(cache) > 100000, "the cache was not there"
    os.unlink(cache)
    for rest in ("-wal", "-shm"):
        if os.path.exists(cache + rest):
            os.unlink(cache + rest)
    p.start_daemon()
    again = whole_picture(p)
    assert again.keys() == first.keys()
    for folder, value in first.items():
        assert again[folder] == value, f"{folder}: {value}\nbecame {again[folder]}"
    check_octets(p)
    # Above all that was told before, and not so far that it would ever run out.
    assert before < modseq(p) < before + 2 * HOUR_MS


def main():
    common.need()
    with common.pair.Pair(common.BUILD, [ALICE, BOB], mailbox="demo") as p:
        try:
            first = check_kills(p)
            check_clean_stop(p)
            check_deleted_cache(p, first)
        except AssertionError:
            print(p.logs())
            raise
        trouble = p.close()
    assert not trouble, trouble


if __name__ == "__main__":
    main()
    sys.exit(0)
