#!/usr/bin/python3
"""mbsync (isync): two-way copies of all folders, nested ones too."""
import os
import tempfile

import checks
import common
import maildir

FOLDERS = {**checks.FOLDERS, "Projekte/Brücke/Angebote": 5}
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
Path {root}/
Inbox {root}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""


class Client(maildir.Copy):
    def __init__(self, p, where):
        super().__init__(os.path.join(where, "mail"))
        os.mkdir(self.root)
        self.config = os.path.join(where, "mbsyncrc")
        with open(self.config, "w") as f:
            f.write(CONFIG.format(port=p.imap_port, user=common.ALICE,
                                  password=p.BRIDGE_PASSWORD, root=self.root))

    def sync(self):
        common.run("mbsync", "-c", self.config, "-a")


def everything_is_there(client, case):
    """All folders, whatever their depth, and no message twice."""
    client.sync()
    client.again()
    files = client.files()
    idents = sorted(common.message_id(octets) for octets in files.values())
    assert idents == sorted(case.mailbox.originals), idents
    for path, octets in files.items():
        want = case.mailbox.originals[common.message_id(octets)]
        assert checks.canonical(octets) == checks.canonical(want), path
    assert len(client.paths(common.utf7("Projekte/Brücke/Angebote"))) == 5


def test():
    common.need("mbsync")
    with checks.Case(FOLDERS) as case, \
            tempfile.TemporaryDirectory(prefix="passerelle-mbsync-") as where:
        client = Client(case.p, where)
        everything_is_there(client, case)
        case.folders.pop("Projekte/Brücke/Angebote")
        checks.everything(client, case)


if __name__ == "__main__":
    common.main(test)
