#!/usr/bin/python3
"""Stop or kill the daemon at any moment and start it again: it goes on where it was. A
deleted cache.db brings every UID and every octet back."""
import os
import random
import sys
import time

import common
from common import ALICE, BOB

COUNT = 295  # messages of alice in the sample mailbox


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
        out[folder] = (validity, sorted(d for d in data if d))
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


def octets(p):
    client = common.imap(p)
    seen = {uid: common.fetch_octets(client, uid) for uid in common.uids(client, "INBOX")}
    client.logout()
    return seen


def check_kills(p):
    moments = random.Random(7)
    for _ in range(6):
        time.sleep(moments.random() * 0.4)
        p.restart(kill=True)
    first, bodies = whole_picture(p), octets(p)
    for _ in range(3):
        time.sleep(moments.random() * 0.2)
        p.restart(kill=True)
        assert whole_picture(p) == first, "another mailbox after a kill"
    assert octets(p) == bodies, "other octets after a kill"
    return first, bodies


def check_clean_stop(p):
    idler = common.imap(p)
    idler.select("INBOX")
    idler.send(b"i1 IDLE\r\n")
    assert idler.readline().startswith(b"+")
    begin = time.monotonic()
    status = p.daemon.stop()
    assert status == 0, f"SIGTERM: status {status}"
    print(f"stopped in {1000 * (time.monotonic() - begin):.0f} ms with an IDLE client and streams")
    idler.shutdown()
    p.start_daemon()


def check_deleted_cache(p, first, bodies):
    assert p.daemon.stop() == 0
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        path = os.path.join(p.state, "alice", name)
        if os.path.exists(path):
            os.unlink(path)
    p.start_daemon()
    again = whole_picture(p)
    for folder, value in first.items():
        assert again.get(folder) == value, f"{folder}: {value}\nbecame {again.get(folder)}"
    assert octets(p) == bodies, "other octets after the cache was deleted"


def main():
    common.need()
    with common.pair.Pair(common.BUILD, [ALICE, BOB], mailbox="demo") as p:
        try:
            first, bodies = check_kills(p)
            check_clean_stop(p)
            check_deleted_cache(p, first, bodies)
        except AssertionError:
            print(p.logs())
            raise
        trouble = p.close()
    assert not trouble, trouble


if __name__ == "__main__":
    main()
    sys.exit(0)
