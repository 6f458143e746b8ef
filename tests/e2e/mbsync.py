#!/usr/bin/python3
"""mbsync: pull everything, pull nothing the second time, push flags, push a message,
move one to another folder. The octets on disk are those that Exchange holds."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402

FOLDERS = {"inbox": 12, "Archiv": 20, "Projekte/Brücke/Angebote": 5, "sentitems": 3}

CONFIG = """IMAPAccount bridge
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account bridge

MaildirStore near
Path {home}/mail/
Inbox {home}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""


class Home:
    """What mbsync has on its side."""

    def __init__(self, p, where):
        self.mail = os.path.join(where, "mail")
        self.config = os.path.join(where, "mbsyncrc")
        os.mkdir(self.mail)
        with open(self.config, "w") as f:
            f.write(CONFIG.format(port=p.imap_port, user=common.ALICE,
                                  password=p.BRIDGE_PASSWORD, home=where))

    def sync(self):
        common.run("mbsync", "-c", self.config, "-a")

    def files(self):
        """{path: octets} of all messages."""
        found = {}
        for root, _, names in os.walk(self.mail):
            if os.path.basename(root) in ("cur", "new"):
                for name in names:
                    path = os.path.join(root, name)
                    with open(path, "rb") as f:
                        found[path] = f.read()
        return found

    def in_folder(self, folder):
        return sorted(p for p in self.files()
                      if os.path.relpath(p, self.mail).split(os.sep)[:-2]
                      == folder.split("/"))


def without_mark(octets):
    """mbsync adds a header line of its own to find its copy again."""
    return b"".join(line for line in octets.splitlines(True)
                    if not line.startswith(b"X-TUID:"))


def pull(home, mailbox):
    home.sync()
    seen = {}
    for path, octets in home.files().items():
        ident = common.message_id(octets)
        assert ident not in seen, f"{ident} is there twice: {path}, {seen[ident]}"
        seen[ident] = path
        # Maildir has lines that end in LF.
        want = mailbox.originals[ident].replace(b"\r\n", b"\n")
        assert without_mark(octets) == want, f"{path} differs from the original {ident}"
    missing = set(mailbox.originals) - set(seen)
    assert not missing, f"not pulled: {sorted(missing)[:5]} and more"


def again(home):
    before = home.files()
    home.sync()
    assert home.files() == before, "the second run changed something"


def push_flags(home, client):
    path = home.in_folder("INBOX")[0]
    ident = common.message_id(home.files()[path])
    base = os.path.basename(path).split(":")[0]
    os.rename(path, os.path.join(home.mail, "INBOX", "cur", base + ":2,FRS"))
    home.sync()
    uid = common.uids(client, "INBOX", "HEADER", "Message-ID", ident)
    assert len(uid) == 1, f"{ident}: {uid}"
    flags = str(common.fetch(client, uid[0], "FLAGS"))
    for flag in ("\\\\Flagged", "\\\\Answered", "\\\\Seen"):
        assert flag in flags, f"{flag} is missing in {flags}"


def push_message(home, client):
    octets = common.message(900, "files")
    with open(os.path.join(home.mail, "INBOX", "new", "1.push.example"), "wb") as f:
        f.write(octets.replace(b"\r\n", b"\n"))
    home.sync()
    uid = common.uids(client, "INBOX", "HEADER", "Message-ID", "<e2e-900@example.test>")
    assert len(uid) == 1, f"pushed message: {uid}"
    got = common.fetch_octets(client, uid[0])
    assert without_mark(got) == octets, "the pushed message came out differently"
    again(home)


def move(home, client):
    path = home.in_folder("INBOX")[-1]
    ident = common.message_id(home.files()[path])
    base = os.path.basename(path).split(",U=")[0]
    os.rename(path, os.path.join(home.mail, "Archiv", "cur", base + ":2,S"))
    home.sync()
    home.sync()
    for folder, count in (("INBOX", 0), ("Archiv", 1)):
        found = common.uids(client, folder, "HEADER", "Message-ID", ident)
        assert len(found) == count, f"{ident} in {folder}: {found}"
    again(home)


def test():
    common.need("mbsync")
    with common.Files(FOLDERS) as mailbox, \
            common.pair.Pair(common.BUILD, [common.ALICE], mailbox.dir) as p, \
            tempfile.TemporaryDirectory(prefix="passerelle-mbsync-") as where:
        client = common.imap(p)
        for name, count in (("INBOX", 12), ("Archiv", 20)):
            common.wait_for(f"{count} messages in {name}",
                            lambda n=name, c=count: common.count_in(client, n) == c)
        home = Home(p, where)
        pull(home, mailbox)
        again(home)
        push_flags(home, client)
        push_message(home, client)
        move(home, client)
        client.logout()


if __name__ == "__main__":
    common.main(test)
