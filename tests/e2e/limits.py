#!/usr/bin/python3
"""Clients that want too much of IMAP: each gets an answer or is shut out, and nobody else
notices. With --slow also what takes minutes."""
import os
import re
import resource
import socket
import sys
import time

SLOW = "--slow" in sys.argv
if SLOW:
    sys.argv.remove("--slow")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402

BIG_BYTES, BIG_COUNT = 10 << 20, 5
STALLED = 8  # more than the store has readers
MEMORY_MAX_KB = 64 << 10
SESSIONS_MAX = 2000


class Client:
    def __init__(self, p, login=True, receive_buffer=0):
        self.s = socket.socket()
        if receive_buffer:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.s.settimeout(common.TIMEOUT_S)
        self.s.connect(("127.0.0.1", p.imap_port))
        self.f = self.s.makefile("rb")
        self.greeting = self.f.readline()
        if login:
            self.run(f"LOGIN {common.ALICE} {p.BRIDGE_PASSWORD}")

    def send(self, octets):
        self.s.sendall(octets)

    def answer(self, tag):
        """The tagged line; b"" when the server closed."""
        while True:
            line = self.f.readline()
            if not line or line.startswith(tag + b" "):
                return line
            literal = re.search(rb"\{(\d+)\}\r\n$", line)
            if literal:
                self.f.read(int(literal[1]))

    def ask(self, command):
        self.send(b"t " + command + b"\r\n")
        return self.answer(b"t")

    def run(self, command):
        line = self.ask(command.encode())
        assert line.startswith(b"t OK"), (command[:80], line)

    def close(self):
        self.f.close()
        self.s.close()


def own_memory_kb(p):
    """Of the daemon, without what it maps from files."""
    with open(f"/proc/{p.daemon.child.pid}/status") as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read())[1])


def alive(p):
    client = Client(p)
    client.run("SELECT INBOX")
    client.run("STATUS INBOX (MESSAGES UNSEEN)")
    client.run("FETCH 1 (FLAGS ENVELOPE)")
    client.run("STORE 1 +FLAGS (\\Flagged)")
    client.run("SEARCH SUBJECT big")
    client.close()


def too_long(p):
    client = Client(p, login=False)
    line = client.ask(b"NOOP " + b"x" * 200000)
    assert line.startswith(b"t BAD"), line
    client.run("NOOP")
    line = client.ask(b"LOGIN {5000+}\r\n" + b"x" * 5000 + b" y")
    assert line.startswith((b"t BAD", b"t NO")) or not line, line
    client.close()
    client = Client(p)
    client.send(b"t APPEND INBOX {99999999999}\r\n")
    line = client.answer(b"t")
    assert line.startswith((b"t NO", b"t BAD")), line
    client.close()


def too_deep(p):
    client = Client(p)
    client.run("SELECT INBOX")
    for keys in (b"(" * 5000 + b"ALL" + b")" * 5000, b"NOT " * 5000 + b"ALL",
                 b"OR ALL " * 5000 + b"ALL"):
        line = client.ask(b"SEARCH " + keys)
        assert line.startswith((b"t BAD", b"t NO")), line
    many = b",".join(b"%d" % (2 * n + 1) for n in range(10000))
    line = client.ask(b"UID FETCH " + many + b" FLAGS")
    assert line.startswith((b"t OK", b"t BAD")), line
    line = client.ask(b"FETCH 1 (" + b" ".join(b"BODY[%d]" % n for n in range(1, 3000)) + b")")
    assert line.startswith((b"t BAD", b"t NO")), line
    client.run("NOOP")
    client.close()


def repeated(before, word, behind=b""):
    return lambda count: before + b" ".join([word] * count) + behind


# what is counted, the ceiling, a command with so many of it
CEILINGS = (
    ("ranges of a set", 200000, lambda count: b"UID FETCH " + b",".join([b"1"] * count) + b" UID"),
    ("keys of a search", 1000, repeated(b"SEARCH ", b"ALL")),
    ("levels of a search", 50, lambda count: b"SEARCH " + b"(" * (count - 1) + b"ALL"
     + b")" * (count - 1)),
    ("flags", 200, lambda count: b"STORE 1 +FLAGS (" + b" ".join(
        b"k%d" % n for n in range(count)) + b")"),
    ("sections", 1000, repeated(b"FETCH 1 (", b"BODY.PEEK[9]", b")")),
    ("names of fields", 1000, repeated(b"FETCH 1 BODY.PEEK[HEADER.FIELDS (", b"X", b")]")),
    ("patterns", 100, repeated(b'LIST "" (', b"x", b")")),
    ("sort keys", 20, repeated(b"SORT (", b"DATE", b") UTF-8 ALL")),
    ("entries", 100, repeated(b'GETMETADATA "" (', b"/private/x", b")")),
    ("octets of a line", 1 << 20, lambda count: b"NOOP " + b"x" * (count - 10)),
)


def ceilings(p):
    """As much as is said is taken, twice that is not, and the session goes on."""
    client = Client(p)
    client.run("SELECT INBOX")
    for what, most, command in CEILINGS:
        for count, taken in ((most, what != "octets of a line"), (2 * most + 1, False)):
            line = client.ask(command(count))
            assert line.startswith(b"t OK") == taken, (what, count, line[:200])
        client.run("NOOP")
    client.close()


def nonsense(p):
    client = Client(p)
    for n in range(200):
        try:
            client.send(b"x%d nonsense\r\n" % n)
        except OSError:
            break
    rest = client.f.read()
    assert b"* BYE" in rest and rest.count(b" BAD ") < 100, rest[-200:]
    client.close()


def guessing(p):
    start = time.monotonic()
    for _ in range(3):
        client = Client(p, login=False)
        assert client.ask(b"LOGIN guessed@example.test wrong").startswith(b"t NO")
        client.close()
    took = time.monotonic() - start
    assert took >= 0.7, f"three guesses took {took:.2f} s only"
    start = time.monotonic()
    Client(p).close()  # another name waits for nobody


def slow_readers(p):
    """Each is owed 500 MB and takes nothing."""
    before = own_memory_kb(p)
    stalled = []
    for _ in range(STALLED):
        client = Client(p, receive_buffer=4096)
        client.run("SELECT Big")
        client.send(b"".join(b"f%d FETCH 1:* (BODY.PEEK[])\r\n" % n for n in range(10)))
        stalled.append(client)
    for _ in range(5):
        alive(p)
    grown = own_memory_kb(p) - before
    print(f"{STALLED} clients that do not read: {grown} kB")
    assert grown < MEMORY_MAX_KB, f"{grown} kB for clients that do not read"
    # One of them changes its mind and gets all that it asked for.
    assert stalled[0].answer(b"f0").startswith(b"f0 OK")
    for client in stalled:
        client.close()
    common.wait_for("the memory of those who left",
                    lambda: own_memory_kb(p) - before < MEMORY_MAX_KB)


def slow_writers(p):
    """Half a literal each, for as long as we like."""
    clients = [Client(p) for _ in range(20)]
    before = own_memory_kb(p)
    for client in clients:
        client.send(b"t APPEND INBOX {60000000+}\r\nSubject: never ends\r\n")
    alive(p)
    assert own_memory_kb(p) - before < MEMORY_MAX_KB
    for client in clients:
        client.close()


def too_many(p):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * SESSIONS_MAX + 500:
        print("skipped: too many connections (ulimit -n)")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = []
    for _ in range(SESSIONS_MAX + 20):
        clients.append(Client(p, login=False))
        if b"BYE" in clients[-1].greeting:
            break
    assert b"BYE" in clients[-1].greeting, "no ceiling of connections"
    for client in clients:
        client.close()
    common.wait_for("room again", lambda: b"* OK" in Client(p, login=False).greeting)


def ended(client):
    """Has the server closed? What it has sent so far is thrown away."""
    client.s.setblocking(False)
    try:
        while True:
            if not client.s.recv(65536):
                return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def strangers(p):
    """Nobody stays for ever without a login, nor by a word now and then."""
    silent, busy = Client(p, login=False), Client(p, login=False)
    start = time.monotonic()
    silent.s.settimeout(150)
    while not ended(busy):
        assert time.monotonic() - start < 150, "a stranger that keeps talking stays"
        try:
            busy.send(b"x")
        except OSError:
            break
        time.sleep(1)
    print(f"a stranger that keeps talking: {time.monotonic() - start:.0f} s")
    assert b"BYE" in silent.f.read()
    silent.close()
    busy.close()


def stuck(p):
    """Who stops in the middle of a literal or takes nothing is shut out in the end."""
    writer, reader = Client(p), Client(p, receive_buffer=4096)
    writer.send(b"t APPEND INBOX {60000000+}\r\nSubject: never ends\r\n")
    reader.run("SELECT Big")
    reader.send(b"".join(b"f%d FETCH 1:* (BODY.PEEK[])\r\n" % n for n in range(10)))
    start = time.monotonic()
    gone = f"/proc/{p.daemon.child.pid}/fd"
    sockets = len(os.listdir(gone))
    while not ended(writer) or len(os.listdir(gone)) > sockets - 2:
        assert time.monotonic() - start < 900, "a stuck client stays"
        time.sleep(5)
    print(f"two that are stuck: {time.monotonic() - start:.0f} s")
    writer.close()
    reader.close()


def test():
    common.need()
    with common.pair.Pair(common.BUILD, [common.ALICE]) as p:
        client = Client(p)
        client.run("CREATE Big")
        for folder, count, size in (("INBOX", 1, 100), ("Big", BIG_COUNT, BIG_BYTES)):
            text = b"Subject: big\r\n\r\n" + b"0123456789abcde\n" * (size // 16)
            for _ in range(count):
                client.send(b"t APPEND %s {%d+}\r\n" % (folder.encode(), len(text)) + text
                            + b"\r\n")
                line = client.answer(b"t")
                assert line.startswith(b"t OK"), line
        client.close()
        for check in (too_long, too_deep, ceilings, nonsense, guessing, slow_readers, slow_writers,
                      too_many) + ((strangers, stuck) if SLOW else ()):
            print(check.__name__, flush=True)
            check(p)
            alive(p)


if __name__ == "__main__":
    common.main(test)
