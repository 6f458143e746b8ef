#!/usr/bin/python3
"""OfflineIMAP (offlineimap3): two-way copies, with keywords."""
import os
import tempfile

import checks
import common
import maildir

CONFIG = """[general]
accounts = bridge
metadata = {where}/metadata
ui = quiet

[Account bridge]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {root}

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = no
starttls = no
"""


class Client(maildir.Copy):
    def __init__(self, p, where):
        super().__init__(os.path.join(where, "mail"))
        self.config = os.path.join(where, "offlineimaprc")
        with open(self.config, "w") as f:
            f.write(CONFIG.format(port=p.imap_port, user=common.ALICE, where=where,
                                  password=p.BRIDGE_PASSWORD, root=self.root))

    def sync(self):
        common.run("offlineimap", "-o", "-c", self.config)


def test():
    common.need("offlineimap")
    with checks.Case() as case, \
            tempfile.TemporaryDirectory(prefix="passerelle-offlineimap-") as where:
        client = Client(case.p, where)
        client.sync()
        client.again()
        checks.everything(client, case)


if __name__ == "__main__":
    common.main(test)
