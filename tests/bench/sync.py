#!/usr/bin/python3
"""What synchronisation costs, on ewsim with a generated mailbox; figures, never verdicts.

    tests/bench/sync.py [--build DIR] [--count N] [--bytes N] [--latency MS] [--idle S]
                        [--no-bodies] [--no-wire] [--pushes N] [--move N] [--davmail]

One row: seconds from the daemon's start on an empty state to SELECT INBOX's OK and to the
last body; then what curl needs for the same bodies, in the same batches and as many at a
time (the wire limit); the cost of one new message and of one flag change afterwards; a
lone message's way to a client in IDLE; memory and, over idle time, CPU and wake-ups.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
sys.path.insert(0, HERE)
import pair  # noqa: E402
import wire  # noqa: E402

ALICE = "alice@example.test"


def arguments():
    a = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--build", default=os.path.join(HERE, "..", "..", "build"))
    a.add_argument("--count", type=int, default=10000)
    a.add_argument("--bytes", type=int, default=0, help="mean size of attachments")
    a.add_argument("--latency", type=int, default=0, help="milliseconds a request")
    a.add_argument("--threads", type=int, default=0, help="body-threads")
    a.add_argument("--idle", type=int, default=0, help="seconds to watch it doing nothing")
    a.add_argument("--pushes", type=int, default=5)
    a.add_argument("--move", type=int, default=0, help="messages moved at once elsewhere")
    a.add_argument("--timeout", type=int, default=3600)
    a.add_argument("--no-bodies", action="store_true", help="do not wait for the bodies")
    a.add_argument("--no-wire", action="store_true")
    a.add_argument("--davmail", action="store_true", help="DavMail and mbsync instead")
    a.add_argument("--mbsync", action="store_true", help="our daemon and mbsync, from empty")
    return a.parse_args()


class Client:
    """IMAP, a line at a time and with a long patience."""

    def __init__(self, port, user, password, timeout):
        import socket
        self.s = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.f = self.s.makefile("rwb")
        self.f.readline()
        self.n = 0
        self.ask(f"LOGIN {user} {password}")

    def ask(self, text):
        self.n += 1
        tag = f"b{self.n}".encode()
        self.f.write(tag + b" " + text.encode() + b"\r\n")
        self.f.flush()
        lines = []
        while True:
            line = self.f.readline()
            if not line:
                raise EOFError(text)
            if line.startswith(tag + b" "):
                return line, lines
            lines.append(line)

    def idle(self):
        self.f.write(b"i IDLE\r\n")
        self.f.flush()
        assert self.f.readline().startswith(b"+")

    def wait(self, word):
        while True:
            line = self.f.readline()
            if not line:
                raise EOFError(word)
            if word in line:
                return line

    def done(self):
        self.f.write(b"DONE\r\n")
        self.f.flush()
        self.wait(b"i OK")


def proc(pid):
    """CPU seconds, voluntary switches of all threads, resident KiB, and their peak."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    switches = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as f:
            switches += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", f.read(),
                                      re.M)[1])
    with open(f"/proc/{pid}/status") as f:
        status = f.read()
    rss = int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
    return cpu, switches, rss, peak


def requests(p, operation="requests"):
    lines = dict(line.rsplit(" ", 1) for line in p.control("stats"))
    return int(lines.get(operation, 0))


def status(p):
    import json
    out = subprocess.run([p.passerelle, "status", "--config", p.config, "--json"],
                         stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)["accounts"][0]


def select(port, user, password, timeout):
    """Seconds until SELECT INBOX is answered with OK; a NO is asked again."""
    begin = time.monotonic()
    client, refusals = None, 0
    while True:
        try:
            client = client or Client(port, user, password, timeout)
            line, _ = client.ask("SELECT INBOX")
            if b" OK" in line:
                return time.monotonic() - begin, refusals, client
            refusals += 1
        except (ConnectionError, EOFError):
            client = None
        time.sleep(0.02)


def message(n):
    return (f"From: bench@example.test\r\nTo: {ALICE}\r\nSubject: bench {n}\r\n"
            f"Date: Mon, 02 Nov 2026 09:00:00 +0000\r\nMessage-ID: <bench-{n}@x.test>\r\n"
            "\r\nHello.\r\n").encode()


def wait_settled(p, timeout):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        s = status(p)
        if s["initial_done"] and s["bodies"] >= s["messages"] and s["messages"] > 0:
            return s
        time.sleep(0.1)
    raise SystemExit(f"not settled after {timeout} s: {status(p)}")


def pushes(p, client, count):
    """Milliseconds from a delivery on the server to EXISTS in IDLE, one at a time."""
    took, asked = [], []
    for i in range(count):
        time.sleep(1.5)  # a lone one
        client.idle()
        before = requests(p)
        begin = time.monotonic()
        p.deliver(ALICE, "inbox", message(i))
        client.wait(b"EXISTS")
        took.append(1000 * (time.monotonic() - begin))
        time.sleep(0.5 + 4 * p.latency_ms / 1000)
        asked.append(requests(p) - before)
        client.done()
    return took, asked


def row(*cells):
    print("| " + " | ".join(str(c) for c in cells) + " |", flush=True)


def passerelle(a):
    size = f":{a.bytes}" if a.bytes else ""
    account = [f"body-threads = {a.threads}"] if a.threads else []
    threads = a.threads or 3
    # The daemon is started by us, so that ewsim's own start is not counted.
    p = pair.Pair(a.build, [ALICE], mailbox=f"generate:{a.count}{size}", account=account,
                  settings=[f"latency={a.latency}"])
    p.latency_ms = a.latency
    try:
        p.daemon.stop()
        shutil.rmtree(p.state)
        p.control("reset-stats")
        begin = time.monotonic()
        p.start_daemon()
        ready = time.monotonic() - begin
        took, refusals, client = select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, a.timeout)
        cpu, _, rss, peak = proc(p.daemon.child.pid)
        print(f"{a.count} messages, mean {a.bytes} bytes attached, {a.latency} ms:")
        print(f"  SELECT INBOX OK after   {ready + took:8.2f} s ({refusals} times NO; "
              f"{requests(p)} requests, {cpu:.1f} s CPU, {rss / 1024:.0f} MiB)", flush=True)
        if not a.no_bodies:
            s = wait_settled(p, a.timeout)
            full = time.monotonic() - begin
            cpu, _, rss, peak = proc(p.daemon.child.pid)
            print(f"  all bodies after        {full:8.2f} s ({s['body_bytes'] / 1e6:.0f} MB; "
                  f"{requests(p)} requests, {cpu:.1f} s CPU, {rss / 1024:.0f} MiB, "
                  f"peak {peak / 1024:.0f} MiB)", flush=True)
            for gzip in () if a.no_wire else (True, False):
                limit, octets, n = wire.limit(p, ALICE, threads, a.count, gzip)
                print(f"  wire limit, {'gzip' if gzip else 'plain'}       {limit:8.2f} s "
                      f"({octets / 1e6:.0f} MB, {n} requests, {threads} at a time): "
                      f"{100 * limit / full:.0f} % of it reached, "
                      f"{100 * limit / (full - ready - took):.0f} % behind SELECT", flush=True)
        if a.pushes:
            took, asked = pushes(p, client, a.pushes)
            print(f"  delivery to IDLE        median {statistics.median(took):.0f} ms, "
                  f"max {max(took):.0f} ms; {statistics.median(asked):.0f} requests each",
                  flush=True)
        if a.move:
            moved(p, a.move, client)
        if a.idle:
            time.sleep(3)
            asked = requests(p)
            cpu, switches, rss, _ = proc(p.daemon.child.pid)
            time.sleep(a.idle)
            cpu2, switches2, rss2, _ = proc(p.daemon.child.pid)
            print(f"  idle for {a.idle} s: {cpu2 - cpu:.2f} s CPU, "
                  f"{switches2 - switches} wake-ups, {requests(p) - asked} requests, "
                  f"{rss2 / 1024:.0f} MiB resident", flush=True)
    finally:
        trouble = p.close()
        if trouble:
            print(trouble)


def moved(p, count, client):
    """Somebody moves @count messages to another folder with another client."""
    begin = time.monotonic()
    asked, fetched = requests(p), requests(p, "GetItem")
    wire.move(p, ALICE, "inbox", "junkemail", count)
    took = time.monotonic() - begin
    end = time.monotonic() + 3600
    while time.monotonic() < end:
        _, lines = client.ask('STATUS "Junk Email" (MESSAGES)')
        m = re.search(rb"MESSAGES (\d+)", b"".join(lines))
        if m and int(m[1]) >= count:
            break
        time.sleep(0.1)
    s = wait_settled(p, 3600)
    cpu, _, rss, peak = proc(p.daemon.child.pid)
    print(f"  {count} moved elsewhere in {took:.1f} s; here, bodies too, "
          f"{time.monotonic() - begin - took:.1f} s later ({s['bodies']} bodies; "
          f"{requests(p) - asked - (count + 499) // 500} requests, "
          f"{requests(p, 'GetItem') - fetched} of them GetItem; {cpu:.1f} s CPU in all, "
          f"{rss / 1024:.0f} MiB, peak {peak / 1024:.0f})", flush=True)


MBSYNCRC = """FSync no

IMAPStore far
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

MaildirStore near
Path {dir}/
Inbox {dir}/Inbox

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
SyncState *
"""


def mbsync(directory, port, user, password, timeout):
    """Seconds that mbsync needs for the Inbox, from nothing."""
    os.makedirs(os.path.join(directory, "mail"), exist_ok=True)
    rc = os.path.join(directory, "mbsyncrc")
    with open(rc, "w") as f:
        f.write(MBSYNCRC.format(port=port, user=user, password=password,
                                dir=os.path.join(directory, "mail")))
    begin = time.monotonic()
    done = subprocess.run(["mbsync", "-c", rc, "all"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=timeout, check=False)
    took = time.monotonic() - begin
    if done.returncode != 0:
        print("mbsync:", done.stderr.decode("utf-8", "replace")[-500:])
    n = sum(len(files) for d, _, files in os.walk(os.path.join(directory, "mail"))
            if d.endswith(("new", "cur")))
    return took, n


def ours_with_mbsync(a):
    size = f":{a.bytes}" if a.bytes else ""
    p = pair.Pair(a.build, [ALICE], mailbox=f"generate:{a.count}{size}",
                  settings=[f"latency={a.latency}"])
    try:
        p.daemon.stop()
        shutil.rmtree(p.state)
        begin = time.monotonic()
        p.start_daemon()
        select(p.imap_port, ALICE, p.BRIDGE_PASSWORD, a.timeout)
        _, n = mbsync(p.dir, p.imap_port, ALICE, p.BRIDGE_PASSWORD, a.timeout)
        print(f"passerelle + mbsync, {a.count} messages, mean {a.bytes} bytes, "
              f"{a.latency} ms: {time.monotonic() - begin:.1f} s, {n} messages", flush=True)
    finally:
        p.close()


def davmail(a):
    """The same mailbox through DavMail (Debian package davmail), from its start."""
    if not shutil.which("davmail"):
        raise SystemExit("no davmail: apt-get install davmail")
    size = f":{a.bytes}" if a.bytes else ""
    p = pair.Pair(a.build, [ALICE], mailbox=f"generate:{a.count}{size}",
                  settings=[f"latency={a.latency}"])
    directory = tempfile.mkdtemp(prefix="passerelle-davmail-")
    child = None
    try:
        p.daemon.stop()
        port = pair.free_ports(1)[0]
        properties = os.path.join(directory, "davmail.properties")
        with open(properties, "w") as f:
            f.write(f"davmail.server=true\ndavmail.mode=EWS\n"
                    f"davmail.url=http://127.0.0.1:{p.ews_port}/EWS/Exchange.asmx\n"
                    f"davmail.imapPort={port}\ndavmail.bindAddress=127.0.0.1\n"
                    "davmail.allowRemote=false\ndavmail.disableUpdateCheck=true\n"
                    "davmail.smtpPort=\ndavmail.caldavPort=\ndavmail.popPort=\n"
                    "davmail.ldapPort=\nlog4j.rootLogger=WARN\n"
                    f"davmail.logFilePath={directory}/davmail.log\n")
        begin = time.monotonic()
        with open(os.path.join(directory, "out"), "wb") as out:
            child = subprocess.Popen(["davmail", properties], stdout=out, stderr=out,
                                     cwd=directory, start_new_session=True)
        took, _, _ = select(port, ALICE, p.SERVER_PASSWORD, a.timeout)
        print(f"DavMail, {a.count} messages, mean {a.bytes} bytes, {a.latency} ms:\n"
              f"  SELECT INBOX OK after   {took:8.2f} s", flush=True)
        _, n = mbsync(directory, port, ALICE, p.SERVER_PASSWORD, a.timeout)
        print(f"  mbsync done after       {time.monotonic() - begin:8.2f} s, {n} messages",
              flush=True)
    finally:
        if child and child.poll() is None:
            os.killpg(child.pid, 15)
            child.wait(30)
        p.close()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    options = arguments()
    if options.davmail:
        davmail(options)
    elif options.mbsync:
        ours_with_mbsync(options)
    else:
        passerelle(options)
