#!/usr/bin/python3
"""Submission as mail programs use it, and as they should not: odd octets, odd headers, large
messages, blind copies, another sender, a full mailbox. Asked of Exchange: what bob has, what
alice has in Sent."""
import random
import re
import smtplib
import socket
import time

import checks
import common
from common import ALICE, BOB

CAROL = "carol@example.test"
HEAD = (f"From: Alice <{ALICE}>\r\nTo: {BOB}\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n"
        "Message-ID: <{0}@example.test>\r\nSubject: {0}\r\nMIME-Version: 1.0\r\n")


class Wire:
    """An SMTP session octet by octet."""

    def __init__(self, p):
        self.s = socket.create_connection(("127.0.0.1", p.smtp_port), timeout=common.TIMEOUT_S)
        self.f = self.s.makefile("rb")
        self.want(b"220")
        login = f"\0{ALICE}\0{p.BRIDGE_PASSWORD}".encode()
        self.say(b"AUTH PLAIN " + common.base64.b64encode(login), b"235")

    def want(self, code):
        line = self.f.readline()
        assert line.startswith(code), f"wanted {code}, got {line}"
        return line

    def say(self, line, code):
        self.s.sendall(line + b"\r\n")
        return self.want(code)

    def send(self, octets, *to, sender=ALICE, code=b"250"):
        """Octets as they go over the wire, without the final dot."""
        self.say(f"MAIL FROM:<{sender}>".encode(), b"250")
        for address in to or (BOB,):
            self.say(f"RCPT TO:<{address}>".encode(), b"250")
        self.say(b"DATA", b"354")
        self.s.sendall(octets + (b"" if octets.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return self.want(code)

    def close(self):
        self.say(b"QUIT", b"221")
        self.s.close()


def arrived(case, subject, exchange=None):
    return case.eventually(f"{subject} at bob's", lambda: next(
        (i for i in (exchange or case.bob).items("INBOX", True) if i.subject == subject), None))


def body_of(item):
    return item.mime.split(b"\r\n\r\n", 1)[1]


def odd_octets(case, wire):
    """A body is what it was, bare line ends made whole, dots on and off."""
    head = HEAD + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    long_line = ("x" * 99 + "ü").encode() * 1000
    for name, sent, want in (
            ("eight bits", "Brücke €\r\n".encode(), "Brücke €\r\n".encode()),
            ("latin1", b"Br\xfccke\r\n", b"Br\xfccke\r\n"),
            ("dots", b"..\r\n...\r\n..a\r\na..\r\n", b".\r\n..\r\n.a\r\na..\r\n"),
            ("bare LF", b"a\nb\n\nc", b"a\r\nb\r\n\r\nc\r\n"),
            ("bare CR", b"a\rb", b"a\r\nb\r\n"),
            ("long line", long_line, long_line + b"\r\n"),
            ("blanks", b"  a \t \r\n\r\n\r\n", b"  a \t \r\n\r\n\r\n"),
            ("From line", b"From here\r\n>From there", b"From here\r\n>From there\r\n"),
            ("nothing", b"", b"")):
        wire.send(head.format(name).encode() + sent)
        got = body_of(arrived(case, name))
        assert got == want, f"{name}: {checks.difference(want, got)[:300]}"


def smuggling(case, wire):
    """Only CRLF dot CRLF ends a message: what comes behind another end is content."""
    for number, end in enumerate((b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r",
                                  b"\n.\r", b"\r.\r\n", b"\r\n.\r\r\n")):
        name = f"smuggled {number}"
        wire.send(HEAD.format(name).encode() + b"\r\nbefore" + end
                  + f"MAIL FROM:<{ALICE}>\r\nRCPT TO:<{CAROL}>\r\nDATA\r\n".encode()
                  + HEAD.format("never").encode() + b"\r\nx")
        got = body_of(arrived(case, name))
        assert b"MAIL FROM" in got, got


def odd_headers(case, wire):
    wire.send(b"Subject: no more than this\r\n\r\nx")
    item = arrived(case, "no more than this")
    header = item.mime.split(b"\r\n\r\n")[0].lower()
    for name in (b"date", b"message-id", b"from"):
        assert len(re.findall(rb"^%s:" % name, header, re.M)) == 1, header
    assert ALICE.encode() in header
    wire.send(b"no header at all")
    case.eventually("text without a header", lambda: [i for i in case.bob.items("INBOX", True)
                                                      if body_of(i).startswith(b"no header")])
    wire.send(HEAD.format("raw UTF-8 – ü").encode() + b"\r\nx")
    arrived(case, "raw UTF-8 – ü")
    wire.send(HEAD.format("folded").encode() + b"X-Long: " + b"\r\n ".join([b"y" * 900] * 50)
              + b"\r\n\r\nx")
    assert body_of(arrived(case, "folded")) == b"x\r\n"
    # The envelope's sender is a machine's habit (cron, mutt); From says who writes.
    wire.send(HEAD.format("root").encode() + b"\r\nx", sender="root@localhost.localdomain")
    arrived(case, "root")


def blind_copies(case, wire):
    """Those that the envelope names get it, and no other; nobody sees who else did."""
    wire.send(HEAD.format("blind").replace("Subject", f"Bcc: {CAROL}\r\nSubject").encode()
              + b"\r\nx", BOB, CAROL)
    for exchange in (case.bob, case.carol):
        assert b"carol" not in arrived(case, "blind", exchange).mime.lower()
    wire.send(HEAD.format("list only").encode() + b"\r\nx", CAROL)
    arrived(case, "list only", case.carol)
    wire.send(HEAD.format("after").encode() + b"\r\nx")
    arrived(case, "after")
    assert not [i for i in case.bob.items("INBOX") if i.subject == "list only"]
    case.eventually("the copies in Sent", lambda: checks.settled(case))
    (sent,) = [i for i in case.alice.items("Sent Items") if i.subject == "blind"]
    assert sent.bcc == [CAROL], f"alice does not see her own blind copy: {sent.bcc}"


def same_twice(case, wire):
    """One Message-ID, sent twice: that is what the user wants. Both go out."""
    for _ in range(2):
        wire.send(HEAD.format("twice").encode() + b"\r\nx")
    case.eventually("both", lambda: len([i for i in case.bob.items("INBOX")
                                         if i.subject == "twice"]) == 2)


def refusals(case, wire):
    """At once, for good, with a code and words that say what to do; nothing is left behind."""
    said = wire.send(HEAD.format("denied").replace(f"<{ALICE}>", "<mallory@example.test>").encode()
                     + b"\r\nx", code=b"550 5.7.1")
    assert b"mallory@example.test" in said or b"From" in said, said
    case.p.control("fault SendItem 1 code ErrorInvalidRecipients")
    wire.send(HEAD.format("whom").encode() + b"\r\nx", code=b"550 5.1")
    case.p.control("fault SendItem 1 code ErrorMessageSizeExceeded")
    wire.send(HEAD.format("big").encode() + b"\r\nx", code=b"552 5.3.4")
    case.p.control("set quota-full on")
    said = wire.send(HEAD.format("full").encode() + b"\r\nx", code=b"552 5.2.2")
    assert b"full" in said.lower() or b"quota" in said.lower(), said
    client = common.imap(case.p)
    kind, data = client.append("Archiv", None, None, common.message(77, "plain"))
    assert kind == "NO" and data[0].startswith(b"[OVERQUOTA]"), data
    client.logout()
    case.p.control("set quota-full off")
    wire.send(HEAD.format("afterwards").encode() + b"\r\nx")
    arrived(case, "afterwards")
    case.eventually("all is settled", lambda: checks.settled(case))
    left = [i.subject for i in case.alice.items("Drafts")]
    assert not left, f"left in Drafts: {left}"
    assert not [i for i in case.alice.items("Archiv") if i.message_id == "<e2e-77@example.test>"]
    # Parameters and addresses that are not offered.
    wire.say(f"MAIL FROM:<{ALICE}> SMTPUTF8".encode(), b"555 5.5.4")
    wire.say(f"MAIL FROM:<{ALICE}> SIZE=999999999".encode(), b"552 5.3.4")
    wire.say(f"MAIL FROM:<{ALICE}> BODY=8BITMIME SIZE=1000".encode(), b"250")
    for address in (b"<>", b"<a b@example.test>", b"<@example.test>", "<bü@example.test>".encode()):
        wire.say(b"RCPT TO:" + address, b"501 5.1.3")
    wire.say(b"DATA", b"554 5.5.1")
    wire.say(b"RSET", b"250")


def large(case):
    """20 MB, as a phone's video is: octet for octet, in Sent once."""
    octets, begin = checks.big_message(930, 20 << 20), time.monotonic()
    video = random.Random(930).randbytes(20 << 20)
    with smtplib.SMTP("127.0.0.1", case.p.smtp_port, timeout=common.TIMEOUT_S) as s:
        s.login(ALICE, case.p.BRIDGE_PASSWORD)
        s.sendmail(ALICE, [BOB], octets)
    took = time.monotonic() - begin
    item = case.eventually("the video", lambda: case.bob.find("INBOX", "<e2e-930@example.test>", 1))
    assert checks.content(item.mime)[1][-1] == ("video/mp4", "video.mp4", video)
    print(f"{len(octets) >> 20} MB accepted in {1000 * took:.0f} ms")
    client = common.imap(case.p, BOB)
    uid = common.wait_for("it in IMAP", lambda: common.uids(
        client, "INBOX", "HEADER", "Message-ID", "<e2e-930@example.test>"))[0]
    assert checks.content(common.fetch_octets(client, uid))[1][-1][2] == video
    client.logout()


def test():
    common.need()
    with checks.Case({"inbox": 1, "Archiv": 1}, more_users=[CAROL]) as case:
        case.carol = checks.Exchange(case.p, CAROL)
        wire = Wire(case.p)
        odd_octets(case, wire)
        smuggling(case, wire)
        odd_headers(case, wire)
        blind_copies(case, wire)
        same_twice(case, wire)
        refusals(case, wire)
        wire.close()
        large(case)
        assert not [i for i in case.carol.items("INBOX") if i.subject == "never"]


if __name__ == "__main__":
    common.main(test)
