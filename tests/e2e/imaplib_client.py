#!/usr/bin/python3
"""Python's imaplib."""
import smtplib

import checks
import common
from common import ALICE

FLAGS = {"seen": r"\Seen", "flagged": r"\Flagged", "answered": r"\Answered"}


class Client:
    def __init__(self, p):
        self.p = p

    def select(self, folder):
        c = common.imap(self.p)
        common.wait_for(folder, lambda: c.select(f'"{folder}"')[0] == "OK")
        return c

    @staticmethod
    def uid(c, ident):
        kind, data = c.uid("SEARCH", "HEADER", "Message-ID", ident)
        assert kind == "OK" and len(data[0].split()) == 1, (ident, data)
        return data[0]

    def read(self, folder):
        c = self.select(folder)
        got = {}
        for uid in c.uid("SEARCH", "ALL")[1][0].split():
            octets = common.fetch_octets(c, uid)
            got[common.message_id(octets)] = octets
        c.logout()
        return got

    def marks(self, folder):
        c = self.select(folder)
        got = {}
        kind, data = c.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (Message-ID)])")
        assert kind == "OK"
        for d in data:
            if isinstance(d, tuple):
                got[common.message_id(d[1])] = {n for n, f in FLAGS.items()
                                                if f.encode() in d[0]}
        c.logout()
        return got

    def mark(self, folder, ident, marks):
        c = self.select(folder)
        assert c.uid("STORE", self.uid(c, ident), "FLAGS",
                     f"({' '.join(FLAGS[m] for m in marks)})")[0] == "OK"
        c.logout()

    def move(self, folder, ident, to):
        c = self.select(folder)
        assert c.uid("MOVE", self.uid(c, ident), f'"{to}"')[0] == "OK"
        c.logout()

    def delete(self, folder, ident):
        c = self.select(folder)
        uid = self.uid(c, ident)
        assert c.uid("STORE", uid, "+FLAGS", r"(\Deleted)")[0] == "OK"
        assert c.uid("EXPUNGE", uid)[0] == "OK"
        c.logout()

    def add(self, folder, octets):
        c = common.imap(self.p)
        kind, data = c.append(f'"{folder}"', r"(\Seen)", None, octets)
        assert kind == "OK" and b"APPENDUID" in data[0], data
        c.logout()

    def send(self, octets):
        with smtplib.SMTP("127.0.0.1", self.p.smtp_port, timeout=common.TIMEOUT_S) as s:
            s.login(ALICE, self.p.BRIDGE_PASSWORD)
            s.sendmail(ALICE, [common.BOB], octets)

    def idle(self, act):
        c = self.select("INBOX")
        c.send(b"i1 IDLE\r\n")
        assert c.readline().startswith(b"+")
        act()
        while True:
            line = c.readline()
            assert line, "the connection ended"
            if b"EXISTS" in line:
                break
        c.send(b"DONE\r\n")
        c.shutdown()


def test():
    common.need()
    with checks.Case() as case:
        checks.everything(Client(case.p), case)


if __name__ == "__main__":
    common.main(test)
