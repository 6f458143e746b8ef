#!/usr/bin/python3
"""The directories of calendars over a person's day: a restart and a kill rewrite nothing,
an edit of a file is kept aside, files of others stay, a lost cache removes nothing."""
import glob
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402


FILES = 40  # alice's events in the demo, a file each


def picture(directory):
    """Name -> (inode, mtime) of every event file."""
    result = {}
    for path in glob.glob(os.path.join(directory, "*", "*.ics")):
        st = os.stat(path)
        result[os.path.relpath(path, directory)] = (st.st_ino, st.st_mtime_ns)
    return result


def assert_same(directory, before, what):
    now = picture(directory)
    other = sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
    assert not other, f"{what}: {other}"


def settled(p, directory):
    """Wait until merged files are there too: they come last."""
    merged = directory + "-merged"
    common.wait_for("files", lambda: len(picture(directory)) == FILES)
    common.wait_for("merged files", lambda: len(glob.glob(merged + "/*.ics")) >= 3)
    return picture(directory)


def test():
    with common.pair.Pair(common.BUILD, [common.ALICE], "demo") as p:
        directory = p.calendar_dir(common.ALICE)
        before = settled(p, directory)
        p.restart()
        time.sleep(2)
        assert_same(directory, before, "a restart rewrote files")
        p.restart(kill=True)
        time.sleep(2)
        assert_same(directory, before, "a kill rewrote files")

        name = sorted(before)[0]
        path = os.path.join(directory, name)
        with open(path, "rb") as f:
            original = f.read()
        with open(path, "wb") as f:
            f.write(original.replace(b"SUMMARY:", b"SUMMARY:Mine "))
        foreign = os.path.join(os.path.dirname(path), "foreign.ics")
        with open(foreign, "wb") as f:
            f.write(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        p.restart()

        def restored():
            with open(path, "rb") as f:
                return f.read() == original
        common.wait_for("the server's version", restored)
        kept = glob.glob(directory + "-merged/conflicts/*/*.ics")
        assert len(kept) == 1, kept
        with open(kept[0], "rb") as f:
            assert b"SUMMARY:Mine " in f.read()
        assert os.path.exists(foreign)

        p.daemon.stop()
        for cache in glob.glob(os.path.join(p.state, "*", "cache.db*")):
            os.unlink(cache)
        now = picture(directory)
        p.start_daemon()
        for _ in range(60):
            assert set(picture(directory)) == set(now), "files went with the cache"
            time.sleep(0.05)
        assert {k: v for k, v in picture(directory).items() if k != name} == \
            {k: v for k, v in now.items() if k != name}, "a lost cache rewrote files"
        assert "no such folder" not in p.daemon.tail(1000)


if __name__ == "__main__":
    common.main(test)
