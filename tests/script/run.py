#!/usr/bin/python3
"""Runs protocol scripts against a daemon on ewsim, or against any server.

    run.py [--build DIR] [--verbose] [--set NAME=VALUE] FILE-OR-DIRECTORY...
    run.py --server PORT FILE...    a server on 127.0.0.1 that is there already

FORMAT, line by line. N is a number that names a connection; it is opened, and
nothing read, when it is first used.

    # text              a comment; blank lines are ignored
    mailbox: demo       at the top: what ewsim holds (empty if not told). The scripts
                        of "demo" log in as alice, all others have a user of their own
    bridge: key = value, account: key = value
                        at the top: more configuration, in those sections; {imaps} and
                        {smtps} are free ports
    setting: name=value at the top: of ewsim (its --set)
    fresh               at the top: a daemon of its own (scripts with any of the above
                        save mailbox, with `ewsim: set`/`fault`, restart or kill have
                        one anyhow)

    N C: text           send the text and CRLF
    N C+: text          the same, going on after a literal
    N S: pattern        the next line from the server
    N S*: pattern       lines of such a block come in any order
    N S~: pattern       skip lines until one matches
    N until CMD => pattern
                        IMAP: send CMD again and again, until an untagged response
                        matches: the way to wait for something that happens elsewhere
    N idle-until pattern
                        skip lines until one matches, with no command sent
    N S: <EOF>          the server closes the connection
    N close             we close it
    N login             greeting and LOGIN (SMTP: greeting, EHLO, AUTH PLAIN) as $user
    N imap, N smtp      connection N speaks that, whatever the directory of the script
                        says; nothing is read yet
    N imaps, N smtps    likewise, encrypted from the first octet (`bridge: imaps = ...`)
    N tls               the handshake after STARTTLS; certificates are not looked at
    N deflate           from here on both ways are compressed
    N greet             only read the greeting (SMTP: and EHLO)
    ewsim: words        a command for ewsim's control port (set NAME VALUE, fault ...)
    ewsim: deliver FOLDER [CLASS] < FILE
                        the file (beside the script) arrives in that folder of $user
    ewsim: deliver FOLDER [CLASS]
    |From: ...          the same with the text here, one line after each bar
    restart, kill       the daemon, with SIGTERM or SIGKILL; connections are closed

Patterns and commands: $name (lower case) is a variable. In a pattern a name that has
no value yet takes what stands there: no blanks, parentheses, brackets or quotes; write
${name:REGEX} for something else. {{REGEX}} matches a regular expression. $$ is a
dollar sign; $Forwarded and the like need nothing. Set from the start: $user,
$password (of the bridge), $auth (for AUTH PLAIN), $user64 and $password64 (for AUTH
LOGIN), $address, $other (another user), $ranges (100,000 odd numbers).
A pattern must match the whole line; case counts. A pattern that does not speak of
\\Recent matches flags with and without it.

Literals: write {{literal}} or {{literal+}} at the place, and the content below with a
bar before each line, which ends in CRLF:

    1 C: a APPEND INBOX {{literal}}
    |Subject: hello
    |
    |text
    1 S: a OK {{.*}}

The runner puts the count, waits for "+" where it must, then sends the content, and
CRLF unless `N C+:` follows. In patterns the same; a line from the server is read with
its literals, as many as it has. "|text\\" (a backslash at the end) has no CRLF.

Every wait ends after --timeout seconds (45: a send may wait 30 for the server), none is a fixed sleep.
"""
import argparse
import base64
import difflib
import os
import re
import socket
import ssl
import sys
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pair  # noqa: E402

TOP_WORDS = ("mailbox", "bridge", "account", "setting")
LINE = re.compile(r"(\d+) (C\+?|S[*~]?): ?(.*)$|(\d+) (close|login|greet|imaps?|smtps?|tls|deflate)$"
                  r"|(\d+) (until) (.*)$|(\d+) (idle-until) (.*)$")
NAME = re.compile(r"\$(?:\$|([a-z][a-z0-9_]*)|\{([a-z][a-z0-9_]*)(?::((?:[^{}]|\{[^{}]*\})*))?\})"
                  r"|\{\{(.*?)\}\}")
RECENT = re.compile(r" \\Recent(?=[ )])|(?<=\()\\Recent ?")
LITERAL_AT_END = re.compile(rb"\{(\d+)\+?\}$")
DEFAULT_CAPTURE = r'[^\s()\[\]"]+'
USERS_PER_PAIR = 24
POLL_S = 0.03


class Failed(Exception):
    """The server said something else."""


class BadScript(Exception):
    """The script itself is wrong."""


class Step:
    def __init__(self, number, kind, conn, text):
        self.number, self.kind, self.conn, self.text = number, kind, conn, text
        self.bars = []

    def content(self):
        return "".join(b[:-1] if b.endswith("\\") else b + "\r\n" for b in self.bars)


class Script:
    """A parsed file."""

    def __init__(self, path, lines=None):
        self.path, self.steps = path, []
        self.top = {word: [] for word in TOP_WORDS}
        self.fresh = False
        if lines is None:
            with open(path, encoding="utf-8", newline="") as f:
                lines = f.read().split("\n")
        for number, line in enumerate(lines, 1):
            self._parse(number, line.rstrip("\r"))

    def _parse(self, number, line):
        word, colon, rest = line.partition(":")
        if line.startswith("|"):
            if not self.steps:
                raise BadScript(f"{self.path}:{number}: a bar without a command")
            self.steps[-1].bars.append(line[1:])
        elif not line.strip() or line.startswith("#"):
            pass
        elif colon and word in TOP_WORDS:
            self.top[word].append(rest.strip())
            self.fresh |= word != "mailbox"
        elif line == "fresh":
            self.fresh = True
        elif line in ("restart", "kill"):
            self.fresh = True
            self.steps.append(Step(number, line, None, ""))
        elif colon and word == "ewsim":
            self.fresh |= rest.split()[:1] != ["deliver"]
            self.steps.append(Step(number, "ewsim", None, rest.strip()))
        else:
            self._parse_step(number, line)

    def _parse_step(self, number, line):
        m = LINE.match(line)
        if not m:
            raise BadScript(f"{self.path}:{number}: not understood: {line}")
        conn, kind, text = next(
            g for g in ((m[1], m[2], m[3]), (m[4], m[5], ""), (m[6], m[7], m[8]),
                        (m[9], m[10], m[11])) if g[0])
        self.steps.append(Step(number, kind, conn, text))

    def mailbox(self):
        return self.top["mailbox"][0] if self.top["mailbox"] else "empty"

    def protocol(self):
        return os.path.basename(os.path.dirname(os.path.abspath(self.path)))


def expand(text, variables):
    """A command: variables put in; {{literal}} stays for the sender."""
    def one(m):
        if m[0] == "$$":
            return "$"
        name = m[1] or m[2]
        if not name:
            return m[0]
        if name not in variables:
            raise BadScript(f"${name} has no value")
        return variables[name]
    return NAME.sub(one, text)


def compile_pattern(text, variables, content=""):
    """A pattern as a regular expression; @content fills {{literal}}."""
    out, at, seen = "", 0, set()
    for m in NAME.finditer(text):
        out += re.escape(text[at:m.start()])
        at = m.end()
        name = m[1] or m[2]
        if m[0] == "$$":
            out += r"\$"
        elif m[4] in ("literal", "literal+"):
            body = expand(content, variables)
            out += re.escape("{%d}\r\n%s" % (len(body.encode()), body))
        elif m[4] is not None:
            out += f"(?:{m[4]})"
        elif name in seen:
            out += f"(?P={name})"
        elif name in variables:
            out += re.escape(variables[name])
        else:
            seen.add(name)
            out += f"(?P<{name}>{m[3] or DEFAULT_CAPTURE})"
    return re.compile(out + re.escape(text[at:]), re.S)


class Connection:
    """Lines (with their literals) both ways, remembered for the transcript."""

    def __init__(self, name, address, imap, timeout_s, transcript):
        self.name, self.imap, self.timeout_s = name, imap, timeout_s
        self.transcript, self.buffer = transcript, b""
        self.pack = self.unpack = None
        self.sock = socket.create_connection(address, timeout=timeout_s)

    def send(self, data):
        self.transcript.append((self.name, "C", data))
        if self.pack:
            data = self.pack.compress(data) + self.pack.flush(zlib.Z_SYNC_FLUSH)
        try:
            self.sock.sendall(data)
        except OSError as e:
            raise Failed(f"connection {self.name}: {e}") from e

    def _fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise Failed(f"connection {self.name}: nothing came in {self.timeout_s} s"
                         + (f", only {self.buffer!r}" if self.buffer else ""))
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(65536)
        except (socket.timeout, ssl.SSLWantReadError):
            return True
        except OSError:
            data = b""
        self.buffer += self.unpack.decompress(data) if self.unpack else data
        return bool(data)

    def _take_line(self, deadline):
        while b"\n" not in self.buffer:
            if not self._fill(deadline):
                return None
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line + b"\n"

    def read(self):
        """Return: a line without its CRLF, or None at the end of the connection."""
        deadline = time.monotonic() + self.timeout_s
        whole = b""
        while True:
            line = self._take_line(deadline)
            if line is None:
                if whole or self.buffer:
                    raise Failed(f"connection {self.name} ends within "
                                 f"{whole + self.buffer!r}")
                return None
            if not line.endswith(b"\r\n"):
                raise Failed(f"connection {self.name}: a bare LF ends {line!r}")
            whole += line
            m = LITERAL_AT_END.search(line[:-2]) if self.imap else None
            if not m:
                break
            size = int(m[1])
            while len(self.buffer) < size:
                if not self._fill(deadline):
                    raise Failed(f"connection {self.name} ends within a literal")
            whole += self.buffer[:size]
            self.buffer = self.buffer[size:]
        self.transcript.append((self.name, "S", whole))
        return whole[:-2].decode("utf-8", "surrogateescape")

    def start_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.sock.settimeout(self.timeout_s)
        try:
            self.sock = context.wrap_socket(self.sock)
        except OSError as e:
            raise Failed(f"connection {self.name}: no TLS: {e}") from e

    def start_deflate(self):
        self.pack, self.unpack = zlib.compressobj(wbits=-15), zlib.decompressobj(-15)

    def close(self):
        self.sock.close()


class Run:
    """One script on one server."""

    def __init__(self, script, ports, variables, server=None, timeout_s=20):
        """ports: {"imap": number, "smtp": number} of 127.0.0.1"""
        self.script, self.ports, self.server = script, ports, server
        self.variables, self.timeout_s = dict(variables), timeout_s
        self.conns, self.transcript = {}, []

    def conn(self, name, protocol=None):
        if name not in self.conns:
            protocol = protocol or ("smtp" if self.script.protocol() == "smtp" else "imap")
            self.conns[name] = Connection(name, ("127.0.0.1", self.ports[protocol]),
                                          protocol.startswith("imap"), self.timeout_s,
                                          self.transcript)
            if protocol.endswith("s"):
                self.conns[name].start_tls()
        return self.conns[name]

    def run(self):
        """Errors: Failed, BadScript, pair.Broken, each with the script's line."""
        steps, at = self.script.steps, 0
        try:
            while at < len(steps):
                block = 1
                if steps[at].kind == "S*":
                    while (at + block < len(steps) and steps[at + block].kind == "S*"
                           and steps[at + block].conn == steps[at].conn):
                        block += 1
                    self.expect_block(steps[at:at + block])
                else:
                    goes_on = at + 1 < len(steps) and steps[at + 1].kind == "C+"
                    self.step(steps[at], goes_on)
                at += block
        except (Failed, BadScript, pair.Broken) as e:
            raise type(e)(f"{self.script.path}:{steps[at].number}: {e}") from e
        finally:
            self.close_all()

    def close_all(self):
        for c in self.conns.values():
            c.close()
        self.conns.clear()

    def step(self, s, goes_on):
        if s.kind in ("C", "C+"):
            self.command(s, goes_on)
        elif s.kind in ("S", "S~", "idle-until"):
            self.expect(s)
        elif s.kind == "until":
            self.until(s)
        elif s.kind == "ewsim":
            self.ewsim(s)
        elif s.kind in ("imap", "smtp", "imaps", "smtps"):
            self.conn(s.conn, s.kind)
        elif s.kind == "tls":
            self.conn(s.conn).start_tls()
        elif s.kind == "deflate":
            self.conn(s.conn).start_deflate()
        elif s.kind == "close":
            self.conn(s.conn).close()
            del self.conns[s.conn]
        elif s.kind in ("restart", "kill"):
            self.close_all()
            self.need_server().restart(kill=s.kind == "kill")
        else:
            self.greet(s, s.kind == "login")

    def need_server(self):
        if not self.server:
            raise BadScript("needs a daemon of its own (no --server)")
        return self.server

    def command(self, s, goes_on):
        conn, text = self.conn(s.conn), expand(s.text, self.variables)
        m = re.search(r"\{\{literal(\+?)\}\}$", text)
        if not m:
            conn.send(text.encode("utf-8", "surrogateescape") + b"\r\n"
                      + expand(s.content(), self.variables).encode())
            return
        body = expand(s.content(), self.variables).encode()
        conn.send(text[:m.start()].encode() + b"{%d%s}\r\n" % (len(body), m[1].encode()))
        if not m[1]:
            answer = conn.read()
            if not (answer or "").startswith("+"):
                raise Failed(f"no continuation, but {answer!r}")
        conn.send(body if goes_on else body + b"\r\n")

    def match(self, s, line):
        if "\\Recent" not in s.text:
            line = RECENT.sub("", line)
        m = compile_pattern(s.text, self.variables, s.content()).fullmatch(line)
        if m:
            self.variables.update(m.groupdict())
        return bool(m)

    def expect(self, s):
        skipped = []
        while True:
            line = self.conn(s.conn).read()
            if s.text == "<EOF>" and line is None:
                return
            if line is None:
                raise Failed(f"wanted {s.text!r}, but the connection ended"
                             + differences(s.text, skipped))
            if self.match(s, line):
                return
            skipped.append(line)
            if s.kind == "S":
                raise Failed("another line came" + differences(s.text, skipped))

    def expect_block(self, steps):
        left = list(steps)
        while left:
            line = self.conn(steps[0].conn).read()
            hit = next((s for s in left if line is not None and self.match(s, line)), None)
            if not hit:
                raise Failed("none of the lines that may come"
                             + "".join(differences(s.text, [line]) for s in left))
            left.remove(hit)

    def until(self, s):
        command, _, pattern = s.text.partition(" => ")
        wanted = Step(s.number, "S", s.conn, pattern)
        end, seen, count = time.monotonic() + self.timeout_s, [], 0
        while True:
            conn, tag, hit = self.conn(s.conn), f"until{count}", False
            conn.send(f"{tag} {expand(command, self.variables)}\r\n".encode())
            while True:
                line = conn.read()
                if line is None:
                    raise Failed("the connection ended")
                if line.startswith(tag + " "):
                    break
                hit = hit or self.match(wanted, line)
                seen.append(line)
            if hit:
                return
            if time.monotonic() > end:
                raise Failed("never came" + differences(pattern, seen[-6:]))
            count += 1
            time.sleep(POLL_S)

    def ewsim(self, s):
        words = expand(s.text, self.variables)
        if not words.startswith("deliver "):
            self.need_server().control(words)
            return
        where, _, name = words[len("deliver "):].partition(" < ")
        folder, _, item_class = where.partition(" ")
        if name:
            where = os.path.join(os.path.dirname(self.script.path), name)
            with open(where, "rb") as f:
                mime = f.read()
        else:
            mime = expand(s.content(), self.variables).encode()
        self.need_server().deliver(self.variables["address"], folder, mime, item_class)

    def greet(self, s, login):
        conn, v = self.conn(s.conn), self.variables
        if conn.imap:
            self.want(conn, conn.read(), "* OK")
            if login:
                conn.send(f'login LOGIN "{v["user"]}" "{v["password"]}"\r\n'.encode())
                line = conn.read()
                while line is not None and line.startswith("* "):
                    line = conn.read()
                self.want(conn, line, "login OK")
            return
        self.want(conn, conn.read(), "220")
        conn.send(b"EHLO client.example.test\r\n")
        line = conn.read()
        while line is not None and line.startswith("250-"):
            line = conn.read()
        self.want(conn, line, "250")
        if login:
            conn.send(f"AUTH PLAIN {v['auth']}\r\n".encode())
            self.want(conn, conn.read(), "235")

    @staticmethod
    def want(conn, line, start):
        if not (line or "").startswith(start):
            raise Failed(f"wanted {start!r}, got {line!r}")

    def show_transcript(self):
        out = []
        for name, side, data in self.transcript[-120:]:
            text = data.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n")
            if len(text) > 2000:
                text = text[:2000] + f"... ({len(data)} bytes)"
            out += [f"    {name} {side}: {line}" for line in text.split("\n")]
        return "\n".join(out)


def differences(pattern, lines):
    """What was wanted above what came, with marks where they part."""
    out = f"\n      wanted: {pattern}"
    for line in lines:
        if line is None:
            out += "\n      got:    (end of the connection)"
            continue
        same = difflib.SequenceMatcher(None, pattern, line).get_matching_blocks()
        first = same[0].size if same[0].a == 0 and same[0].b == 0 else 0
        out += f"\n      got:    {line[:400]}"
        if len(lines) == 1:
            out += "\n              " + " " * first + "^"
    return out


def variables_of(address, password, other):
    plain = base64.b64encode(f"\0{address}\0{password}".encode()).decode()
    user64, password64 = (base64.b64encode(s.encode()).decode() for s in (address, password))
    return {"user": address, "address": address, "password": password, "auth": plain,
            "user64": user64, "password64": password64, "other": other,
            "ranges": ",".join(map(str, range(1, 200000, 2)))}


def find_scripts(paths):
    for path in paths:
        if os.path.isdir(path):
            for root, dirs, files in os.walk(path):
                dirs.sort()
                yield from (os.path.join(root, f) for f in sorted(files)
                            if f.endswith(".test"))
        else:
            yield path


def batches(scripts):
    """Scripts that may share a daemon; each gets a user of its own."""
    shared, out = {}, []
    for s in scripts:
        if s.fresh or s.mailbox() != "empty":
            out.append([s])
        else:
            shared.setdefault(s.mailbox(), []).append(s)
    for group in shared.values():
        out += [group[i:i + USERS_PER_PAIR] for i in range(0, len(group), USERS_PER_PAIR)]
    return out


def users_of(batch):
    if batch[0].mailbox() == "demo":
        return ["alice@example.test", "bob@example.test"]
    return [f"user{i}@example.test" for i in range(max(2, len(batch)))]


class Runner:
    def __init__(self, options):
        self.options, self.failed, self.passed = options, 0, 0

    def one(self, script, ports, variables, server):
        run = Run(script, ports, variables, server, self.options.timeout)
        started = time.monotonic()
        try:
            run.run()
        except (Failed, BadScript, pair.Broken, OSError) as e:
            self.failed += 1
            print(f"FAIL  {script.path}\n  {e}\n  transcript:\n{run.show_transcript()}")
            if server:
                print(server.logs())
            return
        self.passed += 1
        print(f"ok    {script.path}  {time.monotonic() - started:.2f} s")
        if self.options.verbose:
            print(run.show_transcript())

    def batch(self, batch):
        o, top = self.options, batch[0].top
        users = users_of(batch)
        try:
            with pair.Pair(o.build, users, batch[0].mailbox(), top["bridge"],
                           o.account + top["account"], o.set + top["setting"], o.passerelle, o.ewsim) as p:
                for i, script in enumerate(batch):
                    self.one(script, p.ports,
                             variables_of(users[i], p.BRIDGE_PASSWORD,
                                          users[(i + 1) % len(users)]), p)
        except pair.Broken as e:
            self.failed += 1
            print(f"FAIL  {', '.join(s.path for s in batch)}\n{e}")

    def run(self, scripts):
        if self.options.server:
            port = int(self.options.server)
            v = variables_of(self.options.user, self.options.password, "other")
            for script in scripts:
                self.one(script, {"imap": port, "smtp": port}, v, None)
        else:
            for batch in batches(scripts):
                self.batch(batch)
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    p.add_argument("--build", default=os.path.join(top, "build"),
                   help="where passerelle and ewsim are, e.g. build-asan")
    p.add_argument("--passerelle"), p.add_argument("--ewsim")
    p.add_argument("--server", metavar="PORT", help="of a server that runs already")
    p.add_argument("--user", default="alice@example.test")
    p.add_argument("--password", default="secret")
    p.add_argument("--timeout", type=float, default=45)
    p.add_argument("--verbose", action="store_true", help="show every transcript")
    p.add_argument("--account", action="append", default=[], metavar="LINE",
                   help="a line of the accounts' configuration, for every script")
    p.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                   help="a switch of ewsim, for every script")
    p.add_argument("paths", nargs="+")
    options = p.parse_args()
    try:
        scripts = [Script(path) for path in find_scripts(options.paths)]
    except (BadScript, OSError) as e:
        print(f"FAIL  {e}")
        return 1
    binary = options.passerelle or os.path.join(options.build, "passerelle")
    if not scripts or not (options.server or os.path.exists(binary)):
        print("no scripts, or no daemon built")
        return 77
    return Runner(options).run(scripts)


if __name__ == "__main__":
    sys.exit(main())
