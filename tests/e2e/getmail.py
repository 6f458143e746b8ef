#!/usr/bin/python3
"""getmail6 by IMAP: fetches and keeps, waits in IDLE, fetches and removes."""
import os
import subprocess
import tempfile

import checks
import common
import fetchmail
from common import ALICE

CONFIG = """[retriever]
type = SimpleIMAPRetriever
server = 127.0.0.1
port = {port}
username = {user}
password = {password}
mailboxes = ("{folder}",)

[destination]
type = MDA_external
path = {mda}
allow_root_commands = true

[options]
read_all = {all}
delete = {delete}
delivered_to = false
received = false
"""


class Client(fetchmail.Client):
    def getmail(self, folder="INBOX", delete=False, read_all=True):
        path = os.path.join(self.where, "getmailrc")
        with open(path, "w") as f:
            f.write(CONFIG.format(port=self.p.imap_port, user=ALICE, folder=folder, mda=self.mda,
                                  password=self.p.BRIDGE_PASSWORD, delete=delete, all=read_all))
        return ["getmail", "--getmaildir", self.where, "--rcfile", path]

    def read(self, folder):
        self.empty()
        common.run(*self.getmail(folder))
        return self.received()

    def idle(self, act):
        self.empty()
        with open(os.path.join(self.where, "log"), "w") as log, \
                subprocess.Popen(self.getmail(read_all=False) + ["--idle", "INBOX", "--trace"],
                                 stdout=log, stderr=subprocess.STDOUT) as child:
            try:
                common.wait_for("getmail in IDLE", lambda: "Entering IDLE" in self.log())
                act()
                common.wait_for("the new message", lambda: "<e2e-903@example.test>"
                                in self.received())
                # A signal within a delivery only calls that delivery off.
                common.wait_for("IDLE again", lambda: self.log().count("Entering IDLE") == 2)
            finally:
                child.terminate()


def removing(client, case):
    want = case.alice.idents("INBOX")
    client.empty()
    common.run(*client.getmail(delete=True))
    assert sorted(client.received()) == want
    case.eventually("an empty Inbox", lambda: not case.alice.idents("INBOX"))


def test():
    common.need("getmail")
    with checks.Case() as case, tempfile.TemporaryDirectory() as where:
        client = Client(case.p, where)
        checks.everything(client, case)
        removing(client, case)


if __name__ == "__main__":
    common.main(test)
