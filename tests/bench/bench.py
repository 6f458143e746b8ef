#!/usr/bin/python3
"""How fast IMAP is, beside Debian's Dovecot with its caches warm: same messages, same
machine, the two asked in turn. Prints medians and ratios, judges nothing. "cpu" is the
time that the server's processes computed: on a busy machine it says more.

    bench.py [BUILD] [--messages N] [--rounds N] [--only REGEX] [--no-dovecot] [--idle N]

--idle N also measures N sessions in IDLE.

Our store is filled by `fill` and the daemon runs with its server away, so that only the
IMAP side is measured. Ratios: our time by Dovecot's; below 1 we are faster.
"""
import argparse
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
argv, sys.argv = sys.argv, sys.argv[:1]
import dovecot  # noqa: E402
import load  # noqa: E402
import process  # noqa: E402
import pair  # noqa: E402
sys.argv = argv

ADDRESS, PASSWORD = "alice@example.test", "bridge-secret"
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en")]


def words(noise, count):
    """Text as common as real one: few words often, many seldom."""
    return [WORDS[int(len(WORDS) * noise.random() ** 3)] for _ in range(count)]


_noise = random.Random(1)
WORDS = sorted({"".join(_noise.choices(SYLLABLES, k=_noise.randint(1, 4)))
                for _ in range(20000)})
_noise.shuffle(WORDS)


def message(number):
    noise = random.Random(number)
    lines = []
    for _ in range(noise.randint(5, 60)):
        lines.append(" ".join(words(noise, 10)))
    text = "\r\n".join(lines)
    marks = " xyzzyplugh" if number % 1000 == 7 else ""
    html = f"<html><body><p>{text}</p></body></html>" if number % 3 == 0 else ""
    head = (f"From: {noise.choice(WORDS).title()} <p{number % 200}@example.test>\r\n"
            f"To: {ADDRESS}\r\nSubject: {' '.join(words(noise, 5))}\r\n"
            f"Date: Mon, {number % 28 + 1} Feb 2026 {number % 24:02}:{number % 60:02}:00 +0000\r\n"
            f"Message-ID: <bench-{number}@example.test>\r\nMIME-Version: 1.0\r\n")
    if not html:
        return (head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + marks
                + "\r\n").encode()
    return (head + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
            "Content-Type: text/plain\r\n\r\n" + text + marks + "\r\n--b\r\n"
            "Content-Type: text/html\r\n\r\n" + html + "\r\n--b--\r\n").encode()


class Client:
    """Counts what it is sent; keeps nothing."""

    def __init__(self, port, user, password):
        self.s = socket.create_connection(("127.0.0.1", port))
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = 0
        self._read_until(b"\r\n")
        self.run(f'LOGIN "{user}" "{password}"')

    def _read_until(self, mark):
        """Ends when what came ends with a line that has @mark."""
        tail = b""
        while True:
            data = self.s.recv(1 << 20)
            assert data, "the server closed the connection"
            tail = (tail + data)[-4096:]
            if tail.endswith(b"\r\n") and mark in tail:
                return tail

    def send(self, command):
        self.number += 1
        tag = f"t{self.number}-".encode()
        self.s.sendall(tag + b" " + command.encode() + b"\r\n")
        return tag

    def finish(self, tag):
        tail = self._read_until(tag)
        line = tail[tail.rindex(tag) + len(tag) + 1:]
        assert line.startswith(b"OK"), line

    def run(self, command):
        self.finish(self.send(command))

    def close(self):
        self.s.close()


class Ours:
    def __init__(self, build, count, stream):
        self.dir = tempfile.mkdtemp(prefix="passerelle-bench-")
        state = os.path.join(self.dir, "state")
        os.makedirs(os.path.join(state, "alice"))
        fill = subprocess.Popen([os.path.join(build, "tests", "bench", "fill"),
                                 os.path.join(state, "alice"), str(count)],
                                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        stream(fill.stdin)
        fill.stdin.close()
        assert fill.wait() == 0
        self.port, away = pair.free_ports(2)
        for name in ("secret", "server"):
            path = os.path.join(self.dir, name)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
                f.write(PASSWORD + "\n")
        config = os.path.join(self.dir, "passerelle.ini")
        with open(config, "w") as f:
            f.write(f"[bridge]\nstate = {state}\nimap = 127.0.0.1:{self.port}\n"
                    f"[account alice]\naddress = {ADDRESS}\nlogin = alice\nauth = basic\n"
                    f"url = http://127.0.0.1:{away}/EWS/Exchange.asmx\n"
                    f"password-file = {self.dir}/server\n"
                    f"bridge-password-file = {self.dir}/secret\n")
        self.passerelle, self.config, self.state = pair.program(build, "passerelle"), config, state
        self.daemon = pair.Process("passerelle", [self.passerelle, "serve", "--config", config],
                                   os.path.join(self.dir, "log"))
        self.daemon.wait_ready()
        self.pid = self.daemon.child.pid

    def client(self):
        return Client(self.port, ADDRESS, PASSWORD)

    def status(self, name):
        text = subprocess.run([self.passerelle, "status", "--config", self.config, "--json"],
                              stdout=subprocess.PIPE, check=True).stdout.decode()
        return int(re.search(rf'"{name}": ?(\d+)', text)[1])

    def close(self):
        self.daemon.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Theirs:
    def __init__(self, count, stream):
        self.server = dovecot.Dovecot(extra="mail_fsync = never\n")
        self.pid = self.server.child.pid
        client = self.client()

        class Sink:
            """Takes what `fill` takes, and appends it."""
            def __init__(self):
                self.length = None

            def write(self, data):
                if self.length is None:
                    self.length = int(data)
                    return
                client.number += 1
                tag = f"t{client.number}-".encode()
                client.s.sendall(tag + b" APPEND INBOX (%s) {%d+}\r\n" % (
                    b"\\Seen" if client.number % 3 else b"", len(data)) + data + b"\r\n")
                client._read_until(tag)
                self.length = None
        stream(Sink())
        client.close()

    def client(self):
        return Client(self.server.port, self.server.USER, self.server.PASSWORD)

    def close(self):
        self.server.close()


def word_in(count, share):
    """A long word that about @share of @count messages have in their text."""
    sample = [message(n).decode() for n in range(0, count, max(1, count // 3000))]
    found = {w: sum(w in text for text in sample)
             for w in WORDS[len(WORDS) // 100::29] if len(w) > 7}
    return min(found, key=lambda w: abs(found[w] - share * len(sample)))
WRITABLE = "SELECT INBOX"  # before the clock starts


def commands(count):
    """name -> list of commands whose time together is one figure (ms)."""
    noise = random.Random(3)
    some = [noise.randint(1, count) for _ in range(200)]
    common, rare = WORDS[3], "xyzzyplugh"
    middle = WORDS[len(WORDS) // 50]
    thousand = word_in(count, min(1, 900 / count))  # of trigrams that most messages have
    return {
        "SELECT": ["EXAMINE INBOX"],
        "STATUS": ["STATUS INBOX (MESSAGES UNSEEN UIDNEXT)"],
        "FETCH 1:* FLAGS": ["FETCH 1:* (UID FLAGS)"],
        "FETCH 1:* ENVELOPE": ["FETCH 1:* (UID ENVELOPE)"],
        "FETCH 1:* BODYSTRUCTURE": ["FETCH 1:* (UID BODYSTRUCTURE)"],
        "FETCH 1:* header fields": ["FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT "
                                    "DATE MESSAGE-ID REFERENCES)])"],
        "FETCH 1:* bodies": ["FETCH 1:* (BODY.PEEK[])"],
        "FETCH 200 single bodies": [f"FETCH {n} (BODY.PEEK[])" for n in some],
        "STORE 200 single": [WRITABLE] + [
            f"STORE {n} {sign}FLAGS (\\Flagged)" for n in sorted(set(some))[:100]
            for sign in "+-"],
        "STORE 1:* (keyword on, off)": [WRITABLE,
                                        "STORE 1:* +FLAGS.SILENT ($Bench)",
                                        "STORE 1:* -FLAGS.SILENT ($Bench)"],
        "STORE 1:* (and a COPY each)": [WRITABLE,
                                        "STORE 1:* +FLAGS.SILENT ($Bench)", "COPY 1 copies",
                                        "STORE 1:* -FLAGS.SILENT ($Bench)", "COPY 1 copies"],
        "SEARCH UNSEEN": ["SEARCH UNSEEN"],
        "SEARCH SINCE": ["SEARCH SINCE 1-Jan-2022"],
        "SEARCH SENTSINCE": ["SEARCH SENTSINCE 10-Feb-2026"],
        "SEARCH SUBJECT common": [f"SEARCH SUBJECT {common}"],
        "SEARCH SUBJECT none": [f"SEARCH SUBJECT {rare}"],
        "SEARCH FROM": ["SEARCH FROM p17@"],
        "SEARCH TEXT rare": [f"SEARCH TEXT {rare}"],
        "SEARCH BODY rare": [f"SEARCH BODY {rare}"],
        "SEARCH TEXT thousand": [f"SEARCH TEXT {thousand}"],
        "SEARCH BODY thousand": [f"SEARCH BODY {thousand}"],
        "SEARCH BODY none": ["SEARCH BODY qqqqwwww"],
        "SEARCH BODY phrase": [f'SEARCH BODY "{middle} {common}"'],
        "SEARCH BODY phrase, common": [f'SEARCH BODY "{common} {WORDS[4]}"'],
        "SEARCH BODY medium": [f"SEARCH BODY {middle}"],
        "SEARCH BODY common": [f"SEARCH BODY {common}"],
        "SEARCH BODY two letters": ["SEARCH BODY zx"],
        "SEARCH BODY two letters, common": ["SEARCH BODY ba"],
        "SORT DATE": ["SORT (DATE) UTF-8 ALL"],
        "SORT SUBJECT": ["SORT (SUBJECT) UTF-8 ALL"],
        "THREAD REFERENCES": ["THREAD REFERENCES UTF-8 ALL"],
    }


def measure(server, client, list_of_commands):
    """(ms on the clock, ms of CPU)"""
    if list_of_commands[0] == WRITABLE:
        client.run(WRITABLE)
        list_of_commands = list_of_commands[1:]
    pids = process.tree(server.pid)
    computed = process.cpu_ms(pids)
    start = time.perf_counter()
    for command in list_of_commands:
        client.run(command)
    return 1000 * (time.perf_counter() - start), process.cpu_ms(pids) - computed


def login(server):
    start = time.perf_counter()
    for _ in range(50):
        server.client().close()
    return 1000 * (time.perf_counter() - start) / 50, 0


def hits(client, command):
    """How many messages a SEARCH found."""
    client.number += 1
    tag = f"t{client.number}-".encode()
    client.s.sendall(tag + b" " + command.encode() + b"\r\n")
    data = b""
    while tag not in data or not data.endswith(b"\r\n"):
        data += client.s.recv(1 << 20)
    return len(data.split(b"\r\n")[0].split()) - 2


def wait_for_index(ours):
    start, computed = time.monotonic(), process.cpu_ms([ours.pid])
    count = ours.status("text_pending")
    while ours.status("text_pending"):
        time.sleep(0.5)
    computed = process.cpu_ms([ours.pid]) - computed
    print(f"text index of all bodies: {time.monotonic() - start:.1f} s, "
          f"{computed / max(count, 1):.2f} ms of CPU a message, "
          f"{ours.status('text_bytes') / 1e6:.1f} MB on disk beside "
          f"{ours.status('body_bytes') / 1e6:.1f} MB of bodies", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("build", nargs="?", default=os.path.join(HERE, "..", "..", "build"))
    options.add_argument("--messages", type=int, default=10000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--only", default="")
    options.add_argument("--no-dovecot", action="store_true")
    options.add_argument("--idle", type=int, default=0)
    o = options.parse_args()
    subprocess.run(["ninja", "-C", o.build, "--quiet", "tests/bench/fill"], check=True)

    def stream(sink):
        for number in range(o.messages):
            octets = message(number)
            sink.write(b"%d\n" % len(octets))
            sink.write(octets)

    servers = {"ours": Ours(o.build, o.messages, stream)}
    try:
        if not o.no_dovecot and dovecot.installed():
            servers["Dovecot"] = Theirs(o.messages, stream)
        wait_for_index(servers["ours"])
        report(servers, o)
    finally:
        for server in servers.values():
            server.close()


def report(servers, o):
    clients = {name: server.client() for name, server in servers.items()}
    for client in clients.values():
        client.run("EXAMINE INBOX")
    print(f"{o.messages} messages, {o.rounds} rounds after one to warm up, load "
          f"{os.getloadavg()[0]:.1f}; medians in ms")
    print(f"{'':34}{'ours':>10}{'Dovecot':>10}{'ratio':>8}{'cpu':>10}{'Dovecot':>10}{'ratio':>8}")
    if re.search(o.only, "login"):
        line("login", {name: [login(s) for _ in range(o.rounds)]
                       for name, s in servers.items()}, "")
    for client in clients.values():
        load.prepare(client)
    for name, list_of_commands in {**commands(o.messages), **load.commands(o.messages)}.items():
        if not re.search(o.only, name):
            continue
        figures = {s: [] for s in servers}
        for _ in range(o.rounds + 1):
            for s, client in clients.items():
                try:
                    figures[s].append(measure(servers[s], client, list_of_commands))
                except AssertionError:
                    pass  # not spoken there
        found = ""
        if name.startswith("SEARCH"):
            found = f"  {hits(clients['ours'], list_of_commands[0])} hits"
        line(name, {s: f[1:] or f for s, f in figures.items()}, found)
    name = f"{load.CLIENTS} clients, {load.CLIENTS * load.CLIENT_COMMANDS} commands"
    if re.search(o.only, name):
        line(name, {s: [load.many_clients(server, o.messages) for _ in range(o.rounds)]
                    for s, server in servers.items()}, "")
    for name, server in servers.items() if o.idle else ():
        load.idle(name, server, o.idle)


def line(name, figures, found):
    text = f"{name:34}"
    for kind in (0, 1):
        medians = [statistics.median(f[kind] for f in all_of) if all_of else 0
                   for all_of in figures.values()]
        text += "".join(f"{m:10.2f}" if m else f"{'-':>10}" for m in medians)
        text += (f"{medians[0] / medians[1]:8.2f}" if len(medians) > 1 and all(medians)
                 else f"{'':8}")
    print(text + found, flush=True)


if __name__ == "__main__":
    main()
