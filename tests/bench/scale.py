#!/usr/bin/python3
"""What the size of a mailbox costs, on ewsim; figures, never verdicts.

    tests/bench/scale.py [--build DIR] [--counts 10000,100000]
    tests/bench/scale.py --counts 1000000            some GB of disk, many minutes

Bodies come on demand, so that this is the index alone. For each count: seconds from the
daemon's start on an empty state to SELECT INBOX's OK, CPU time and memory then; what one new
message, one mark and one removal cost in requests, CPU time and milliseconds until a client in
IDLE hears of them; memory after a client read all flags, and after a restart.

"anonymous" is the daemon's own memory, "mapped" is of files: program, libraries, and what it
looked at of its databases, which the system can have back at any time. The peak is of both.
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
import process  # noqa: E402
import sync  # noqa: E402
import wire  # noqa: E402

ALICE = sync.ALICE
PUSHES = 5


def memory(pid):
    """In words, MiB."""
    with open(f"/proc/{pid}/status") as f:
        text = f.read()
    rss, anonymous, mapped, peak = (int(re.search(name + r":\s+(\d+)", text)[1]) / 1024
                                    for name in ("VmRSS", "RssAnon", "RssFile", "VmHWM"))
    return (f"{rss:.0f} MiB resident ({anonymous:.0f} anonymous, {mapped:.0f} mapped; "
            f"peak {peak:.0f})")


def lone(p, client, change, word):
    """In words: what @change(n) costs until it is heard in IDLE, and after; medians."""
    pid, took, cpu, asked = p.daemon.child.pid, [], [], []
    for n in range(PUSHES):
        client.idle()
        time.sleep(1.5)  # a lone one
        before, requests = process.cpu_ms([pid]), sync.requests(p)
        begin = time.monotonic()
        change(n)
        client.wait(word)
        took.append(1000 * (time.monotonic() - begin))
        time.sleep(1)
        cpu.append(process.cpu_ms([pid]) - before)
        asked.append(sync.requests(p) - requests - change.requests)
        client.done()
    return (f"{statistics.median(took):.0f} ms, {statistics.median(asked):.0f} requests, "
            f"{statistics.median(cpu):.0f} ms CPU")


def counted(requests, function):
    """@requests: what it asks the server by itself"""
    function.requests = requests
    return function


def removed(p):
    """A function that deletes one of the newest messages on the server for good."""
    ids = [i for i, _ in wire.ids(p, ALICE, "inbox", 3 * PUSHES)][2 * PUSHES:]

    def change(n):
        wire.call(p, ALICE, f'''<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>
<t:ItemId Id="{ids[n]}"/></m:ItemIds></m:DeleteItem>''')
    return counted(1, change)


def marked(p):
    """A function that gives the newest but @n on the server a category."""
    ids = [i for i, _ in wire.ids(p, ALICE, "inbox", PUSHES)]

    def change(n):
        wire.call(p, ALICE, f'''<m:UpdateItem ConflictResolution="AlwaysOverwrite"
 MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange><t:ItemId Id="{ids[n]}"/><t:Updates>
<t:SetItemField><t:FieldURI FieldURI="item:Categories"/><t:Message><t:Categories>
<t:String>Mark {time.monotonic_ns()}</t:String></t:Categories></t:Message></t:SetItemField>
</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>''')
    return counted(1, change)


def tell(count, text):
    print(f"{count:8}: {text}", flush=True)


def quiet(p, timeout):
    """Headers come ahead in the background: wait until that is over."""
    pid, end = p.daemon.child.pid, time.monotonic() + timeout
    begin = time.monotonic()
    while time.monotonic() < end:
        before = process.cpu_ms([pid])
        time.sleep(5)
        if process.cpu_ms([pid]) - before < 50:
            break
    return time.monotonic() - begin


def measure(build, count, timeout, headers):
    p = pair.Pair(build, [ALICE], mailbox=f"generate:{count}", account=["bodies = on-demand"])
    try:
        p.daemon.stop()
        shutil.rmtree(p.state)
        begin = time.monotonic()
        p.start_daemon()
        sync.select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, timeout)
        took = time.monotonic() - begin
        cpu = sync.proc(p.daemon.child.pid)[0]
        tell(count, f"SELECT after {took:.1f} s, {cpu:.1f} s CPU, {memory(p.daemon.child.pid)}")
        took = quiet(p, headers)
        tell(count, f"headers {'all here' if took < headers else 'still coming'}, {took:.0f} s "
             f"later, {memory(p.daemon.child.pid)}")
        client = sync.select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, timeout)[2]
        deliver = counted(0, lambda n: p.deliver(ALICE, "inbox", sync.message(n)))
        for what, change, word in (("a message", deliver, b"EXISTS"), ("a mark", marked(p), b"FETCH"),
                                   ("a removal", removed(p), b"EXPUNGE")):
            tell(count, f"{what} to IDLE: {lone(p, client, change, word)}")
        begin = time.monotonic()
        client.ask("FETCH 1:* FLAGS")
        took = time.monotonic() - begin
        tell(count, f"FETCH 1:* FLAGS {took:.2f} s, {memory(p.daemon.child.pid)}")
        p.daemon.stop()
        begin = time.monotonic()
        p.start_daemon()
        sync.select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, timeout)
        took = time.monotonic() - begin
        time.sleep(5)
        tell(count, f"restart: SELECT after {took:.1f} s, {memory(p.daemon.child.pid)}")
    finally:
        p.close()


def main():
    a = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--build", default=os.path.join(HERE, "..", "..", "build"))
    a.add_argument("--counts", default="10000,100000")
    a.add_argument("--timeout", type=int, default=7200)
    a.add_argument("--headers", type=int, default=3600, help="wait so long for all headers")
    args = a.parse_args()
    for count in args.counts.split(","):
        measure(args.build, int(count), args.timeout, args.headers)


if __name__ == "__main__":
    main()
