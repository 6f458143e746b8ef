#!/usr/bin/python3
"""What the size of a mailbox costs, on ewsim; figures, never verdicts.

    tests/bench/scale.py [--build DIR] [--counts 10000,100000]
    tests/bench/scale.py --counts 1000000            some GB of disk, many minutes

Bodies come on demand, so that this is the index alone. A row for each count: seconds from
the daemon's start on an empty state to SELECT INBOX's OK, CPU time and memory then; a lone
message's and a lone flag's way to a client in IDLE, milliseconds; after a restart, seconds to
SELECT and memory.
"""
import argparse
import os
import re
import shutil
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
sys.path.insert(0, HERE)
import pair  # noqa: E402
import sync  # noqa: E402
import wire  # noqa: E402

ALICE = sync.ALICE
PUSHES = 5


def memory(pid):
    """MiB: resident, at most so far."""
    with open(f"/proc/{pid}/status") as f:
        text = f.read()
    return [int(re.search(name + r":\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "VmHWM")]


def lone(client, change, word):
    """Milliseconds from @change(n) to a line with @word in IDLE; the median."""
    took = []
    for n in range(PUSHES):
        time.sleep(1.5)
        client.idle()
        begin = time.monotonic()
        change(n)
        client.wait(word)
        took.append(1000 * (time.monotonic() - begin))
        client.done()
    return statistics.median(took)


def seen(p):
    """A function that changes the read flag of the newest but @n on the server."""
    ids = [i for i, _ in wire.ids(p, ALICE, "inbox", PUSHES)]

    def change(n):
        for value in ("true", "false"):  # one of them is a change
            wire.call(p, ALICE, f'''<m:UpdateItem ConflictResolution="AlwaysOverwrite"
 MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange><t:ItemId Id="{ids[n]}"/><t:Updates>
<t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>{value}</t:IsRead>
</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>''')
    return change


def measure(build, count, timeout):
    p = pair.Pair(build, [ALICE], mailbox=f"generate:{count}", account=["bodies = on-demand"])
    try:
        p.daemon.stop()
        shutil.rmtree(p.state)
        begin = time.monotonic()
        p.start_daemon()
        sync.select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, timeout)
        took = time.monotonic() - begin
        cpu = sync.proc(p.daemon.child.pid)[0]
        rss, peak = memory(p.daemon.child.pid)
        print(f"{count:8}: SELECT after {took:.1f} s, {cpu:.1f} s CPU, {rss:.0f} MiB resident "
              f"(peak {peak:.0f})", flush=True)
        client = sync.select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, timeout)[2]
        arrival = lone(client, lambda n: p.deliver(ALICE, "inbox", sync.message(n)), b"EXISTS")
        flag = lone(client, seen(p), b"FETCH")
        print(f"{count:8}: to IDLE: a message {arrival:.0f} ms, a flag {flag:.0f} ms", flush=True)
        p.daemon.stop()
        begin = time.monotonic()
        p.start_daemon()
        sync.select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, timeout)
        took = time.monotonic() - begin
        time.sleep(5)
        rss, peak = memory(p.daemon.child.pid)
        print(f"{count:8}: restart: SELECT after {took:.1f} s, {rss:.0f} MiB resident "
              f"(peak {peak:.0f})", flush=True)
    finally:
        p.close()


def main():
    a = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--build", default=os.path.join(HERE, "..", "..", "build"))
    a.add_argument("--counts", default="10000,100000")
    a.add_argument("--timeout", type=int, default=7200)
    args = a.parse_args()
    for count in args.counts.split(","):
        measure(args.build, int(count), args.timeout)


if __name__ == "__main__":
    main()
