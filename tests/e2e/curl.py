#!/usr/bin/python3
"""curl: IMAP by URL and by command, parts of messages, upload; SMTP."""
import re
import tempfile
from urllib.parse import quote

import checks
import common
from common import ALICE, BOB

FLAGS = {"seen": r"\Seen", "flagged": r"\Flagged", "answered": r"\Answered"}


class Client:
    def __init__(self, p):
        self.p = p

    def curl(self, path, *options, scheme="imap", port=None):
        return common.run("curl", "--silent", "--show-error", "--url",
                          f"{scheme}://127.0.0.1:{port or self.p.imap_port}/{path}", "--user",
                          f"{ALICE}:{self.p.BRIDGE_PASSWORD}", *options)

    def command(self, folder, command):
        return self.curl(quote(folder), "--request", command).decode()

    def uids(self, folder, *criteria):
        return self.command(folder, " ".join(("UID SEARCH", *(criteria or ("ALL",))))).split()[2:]

    def uid(self, folder, ident):
        (uid,) = self.uids(folder, "HEADER Message-ID", ident)
        return uid

    def read(self, folder):
        got = {}
        for uid in self.uids(folder):
            octets = self.curl(f"{quote(folder)};UID={uid}")
            header = self.curl(f"{quote(folder)};UID={uid};SECTION=HEADER")
            assert octets.startswith(header) and header.endswith(b"\r\n\r\n"), header
            got[common.message_id(octets)] = octets
        return got

    def marks(self, folder):
        got = {}
        flags = dict(re.findall(r"UID (\d+) FLAGS \(([^)]*)\)",
                                self.command(folder, "UID FETCH 1:* (UID FLAGS)")))
        for uid, text in flags.items():
            try:
                header = self.curl(f"{quote(folder)};UID={uid};SECTION=HEADER")
            except AssertionError:  # gone since that list, which another session gave?
                assert uid not in self.uids(folder)
                continue
            ident = common.message_id(header)
            got[ident] = {name for name, f in FLAGS.items() if f in text}
        return got

    def mark(self, folder, ident, marks):
        self.command(folder, f"UID STORE {self.uid(folder, ident)} FLAGS "
                             f"({' '.join(FLAGS[m] for m in marks)})")

    def move(self, folder, ident, to):
        self.command(folder, f'UID MOVE {self.uid(folder, ident)} "{to}"')

    def delete(self, folder, ident):
        self.command(folder, rf"UID STORE {self.uid(folder, ident)} +FLAGS (\Deleted)")
        self.command(folder, "EXPUNGE")

    def upload(self, octets, path, *options, **where):
        with tempfile.NamedTemporaryFile() as f:
            f.write(octets)
            f.flush()
            self.curl(path, "--upload-file", f.name, *options, **where)

    def add(self, folder, octets):
        self.upload(octets, quote(folder))

    def send(self, octets):
        self.upload(octets, "", "--mail-from", ALICE, "--mail-rcpt", BOB, scheme="smtp",
                    port=self.p.smtp_port)


def test():
    common.need("curl")
    with checks.Case() as case:
        client = Client(case.p)
        listing = client.curl("")
        for name in (b"INBOX", b"Archiv", b"\\Trash", b"\\Sent", b"\\Drafts"):
            assert name in listing, f"{name} is not in {listing}"
        assert client.curl("INBOX;MAILINDEX=8") in case.mailbox.originals.values()
        checks.everything(client, case)


if __name__ == "__main__":
    common.main(test)
