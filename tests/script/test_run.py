#!/usr/bin/python3
"""The runner itself: patterns, and whole scripts against a server that is canned."""
import os
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run  # noqa: E402


class Canned:
    """Sends what it is told after each part that it has received."""

    def __init__(self, *turns):
        self.turns = turns
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.got = b""
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        self.listener.settimeout(10)
        conn, _ = self.listener.accept()
        with conn:
            conn.settimeout(10)
            for wait_for, send in self.turns:
                before = len(self.got)
                while wait_for not in self.got[before:]:
                    data = conn.recv(4096)
                    if not data:
                        return
                    self.got += data
                conn.sendall(send)

    def finish(self):
        self.thread.join()
        self.listener.close()


def play(text, *turns, timeout_s=5):
    server = Canned(*turns)
    script = run.Script("imap/x.test", text.split("\n"))
    ports = dict.fromkeys(("imap", "smtp"), server.address[1])
    r = run.Run(script, ports, run.variables_of("u", "p", "o"), None, timeout_s)
    try:
        r.run()
    finally:
        server.finish()
    return r, server


class Patterns(unittest.TestCase):
    ROWS = [  # pattern, variables, line, what is captured (None: no match)
        ("a OK done", {}, "a OK done", {}),
        ("a OK done", {}, "a OK done.", None),
        ("* $n EXISTS", {}, "* 23 EXISTS", {"n": "23"}),
        ("* $n EXISTS", {"n": "23"}, "* 24 EXISTS", None),
        ("* OK [UIDNEXT $next] {{.*}}", {}, "* OK [UIDNEXT 7] soon", {"next": "7"}),
        ("x ${rest:.*}", {}, "x a b (c)", {"rest": "a b (c)"}),
        ("x ${d:\\d{2}}", {}, "x 12", {"d": "12"}),
        ("$a $a", {}, "q q", {"a": "q"}),
        ("$a $a", {}, "q r", None),
        ("* FLAGS ($Forwarded a.b)", {}, "* FLAGS ($Forwarded a.b)", {}),
        ("costs $$5", {}, "costs $5", {}),
        ("a.c", {}, "abc", None),
    ]

    def test_rows(self):
        for pattern, variables, line, want in self.ROWS:
            with self.subTest(pattern=pattern, line=line):
                m = run.compile_pattern(pattern, variables).fullmatch(line)
                self.assertEqual(m.groupdict() if m else None, want)

    def test_literal(self):
        p = run.compile_pattern("* 1 FETCH (X {{literal}})", {}, "ä\r\n")
        self.assertTrue(p.fullmatch("* 1 FETCH (X {4}\r\nä\r\n)"))


class Scripts(unittest.TestCase):
    def test_login_and_capture(self):
        r, server = play(
            "1 login\n1 C: a NOOP\n1 S*: * 2 RECENT\n1 S*: * $n EXISTS\n"
            "1 S: a OK\n1 C: b FETCH $n X\n1 S: <EOF>",
            (b"", b"* OK hi\r\n"), (b"login LOGIN", b"* CAPABILITY X\r\nlogin OK\r\n"),
            (b"NOOP\r\n", b"* 9 EXISTS\r\n* 2 RECENT\r\na OK\r\n"), (b"\r\n", b""))
        self.assertTrue(server.got.endswith(b"b FETCH 9 X\r\n"))

    def test_literals_both_ways(self):
        _, server = play(
            "1 C: a APPEND X {{literal}}\n|Subject: y\n|\n|z\\\n1 C+:  ()\n"
            "1 S: * 1 FETCH (BODY[] {{literal}} UID 3)\n|q\n1 S: a OK",
            (b"{15}\r\n", b"+ go\r\n"),
            (b"z ()\r\n", b"* 1 FETCH (BODY[] {3}\r\nq\r\n UID 3)\r\na OK\r\n"))
        self.assertEqual(server.got, b"a APPEND X {15}\r\nSubject: y\r\n\r\nz ()\r\n")

    def test_skip_and_until(self):
        play("1 S~: * BYE {{.*}}\n1 until NOOP => * 2 EXISTS",
             (b"", b"* a\r\n* b\r\n* BYE now\r\n"), (b"until0 NOOP\r\n", b"until0 OK\r\n"),
             (b"until1 NOOP\r\n", b"* 2 EXISTS\r\nuntil1 OK\r\n"))

    def test_smtp_connection(self):
        play("1 smtp\n1 login\n1 C: QUIT\n1 S: 221 {{.*}}",
             (b"", b"220 hi\r\n"), (b"EHLO ", b"250-A\r\n250 B {3}\r\n"),
             (b"AUTH PLAIN AHUAcA==\r\n", b"235 ok\r\n"), (b"QUIT\r\n", b"221 bye\r\n"))

    FAILURES = [  # script, what the server sends, a part of the message
        ("1 S: * OK", b"* NO\r\n", "wanted: * OK"),
        ("1 S: * OK", b"", "connection ended"),
        ("1 S*: * A\n1 S*: * B", b"* A\r\n* A\r\n", "wanted: * B"),
        ("1 S: x", b"x\n", "bare LF"),
        ("1 S: x", b"x {5}\r\nab", "ends within a literal"),
    ]

    def test_failures_are_told(self):
        for text, sent, want in self.FAILURES:
            with self.subTest(text=text, sent=sent):
                with self.assertRaisesRegex(run.Failed, want.replace("*", r"\*")):
                    play(text, (b"", sent))

    def test_silence_ends(self):
        with self.assertRaisesRegex(run.Failed, "nothing came"):
            play("1 S: x\n", (b"", b""), (b"never", b""), timeout_s=0.2)

    def test_bad_scripts(self):
        for text in ("1 X: y", "nonsense", "|bar"):
            with self.assertRaises(run.BadScript):
                run.Script("imap/x.test", [text])

    def test_batches(self):
        shared = [run.Script("imap/x.test", ["1 login"]) for _ in range(30)]
        own = [run.Script("imap/x.test", [t]) for t in
               ("fresh", "mailbox: demo", "ewsim: set a=b", "restart")]
        sizes = sorted(len(b) for b in run.batches(shared + own))
        self.assertEqual(sizes, [1, 1, 1, 1, 6, 24])


if __name__ == "__main__":
    unittest.main()
