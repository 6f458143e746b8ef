#!/usr/bin/python3
"""A disk that is really full: the state directory on a small tmpfs, where mounting is allowed (in
a namespace of our own). What is refused says why and is nowhere, what was answered OK is there
once, reading goes on, and with room again so does the rest, without a new start.

    full.py BUILD
"""
import os
import shutil
import smtplib
import subprocess
import sys

import rig as rigs
from rig import ALICE, BOB, message

MOUNT_MAX = 200  # messages until the disk must be full


def mounting_is_allowed():
    done = subprocess.run(["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0


def resize(path, mib, *also):
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join((*also, f"size={mib}m")), "none",
                    path], check=True)


def ids_of(tokens):
    return {f"<{t}@example.test>" for t in tokens}


def fill(rig):
    """APPEND until there is no room. Return: tokens that were taken, and the refusal."""
    client, taken = rig.imap(), []
    for n in range(MOUNT_MAX):
        token = f"full-{n}"
        kind, text = client.append("INBOX", None, None, message(token, 100_000))
        if kind != "OK":
            return taken, text[0].decode()
        taken.append(token)
    raise AssertionError("the disk is not full")


def check_full(rig, taken, refusal):
    assert refusal.startswith("[UNAVAILABLE] the disk is full"), refusal
    assert len(taken) > 5, taken
    client = rig.imap()  # a new session, too
    assert client.select("INBOX")[0] == "OK"
    kind, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    seen = b" ".join(d[1] for d in data if isinstance(d, tuple)).decode()
    assert kind == "OK" and all(t in seen for t in ids_of(taken)), seen
    assert not rig.dead
    with smtplib.SMTP("127.0.0.1", rig.smtp_port, timeout=60) as s:
        s.login(ALICE, "secret")
        try:
            s.sendmail(ALICE, [BOB], message("full-sent", 300_000, to=BOB, sender=ALICE))
            raise AssertionError("taken by a full disk")
        except smtplib.SMTPDataError as e:
            assert e.smtp_code == 452, e


def check_room(rig, taken):
    resize(rig.state, 64, "remount")
    client = rig.imap()
    kind, text = client.append("INBOX", None, None, message("room", 100_000))
    assert kind == "OK", text
    end = rig.settle()
    there = [mid for _, mid, *_ in end["there"] if mid]
    for mid in ids_of(taken + ["room"]):
        assert there.count(mid) == 1, f"{mid} is there {there.count(mid)} times"
    assert f"<full-{len(taken)}@example.test>" not in there
    assert "<full-sent@example.test>" not in there and not end["received"][0]


def inside(build):
    with rigs.Rig(build) as rig:
        os.mkdir(rig.state, 0o700)
        resize(rig.state, 6)
        rig.start_sim()
        rig.start()
        taken, refusal = fill(rig)
        print(f"{len(taken)} messages of 100 kB, then: {refusal}")
        check_full(rig, taken, refusal)
        check_room(rig, taken)
        assert rig.daemon.stop() == 0
        subprocess.run(["umount", rig.state], check=True)
    print("ok")


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else
                            os.path.join(rigs.HERE, "../../build"))
    if not os.path.exists(build + "/passerelle"):
        print("skipped: no passerelle")
        return 77
    if len(sys.argv) > 2:
        inside(build)
        return 0
    if not shutil.which("unshare") or not mounting_is_allowed():
        print("skipped: mounting is not allowed")
        return 77
    return subprocess.run(["unshare", "-rm", sys.executable, __file__, build, "inside"],
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
