#!/usr/bin/python3
"""fetchmail by IMAP: fetches and keeps, waits in IDLE, fetches and removes."""
import os
import stat
import subprocess
import tempfile

import checks
import common
from common import ALICE

# One file a message; the name appears when it is whole.
MDA = """#!/bin/sh
f=$(mktemp {box}/.tmp.XXXXXX) && cat > "$f" && mv "$f" {box}/$(basename "$f" | cut -c6-)
"""
CONFIG = """set invisible
poll 127.0.0.1 service {port} protocol IMAP
  user "{user}" password "{password}" sslproto "" no rewrite {options}
  mda "{mda}"
"""


class Client:
    def __init__(self, p, where):
        self.p, self.where, self.box = p, where, os.path.join(where, "box")
        os.mkdir(self.box)
        self.mda = os.path.join(where, "mda")
        with open(self.mda, "w") as f:
            f.write(MDA.format(box=self.box))
        os.chmod(self.mda, stat.S_IRWXU)

    def argv(self, options):
        path = os.path.join(self.where, "fetchmailrc")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(CONFIG.format(port=self.p.imap_port, user=ALICE, options=options, mda=self.mda,
                                  password=self.p.BRIDGE_PASSWORD))
        return ["fetchmail", "-f", path, "--nodetach", "--nosyslog", "--idfile",
                os.path.join(self.where, "ids"), "--pidfile", os.path.join(self.where, "pid")]

    def received(self):
        got = {}
        for name in os.listdir(self.box):
            with open(os.path.join(self.box, name), "rb") as f:
                octets = f.read()
            if not name.startswith("."):
                got[common.message_id(octets)] = octets
        return got

    def empty(self):
        for name in os.listdir(self.box):
            os.unlink(os.path.join(self.box, name))

    def read(self, folder):
        self.empty()
        common.run(*self.argv(f'keep fetchall folder "{folder}"'))
        return self.received()

    def idle(self, act):
        self.empty()
        with open(os.path.join(self.where, "log"), "w") as log, \
                subprocess.Popen(self.argv("keep idle") + ["-v"], stdout=log,
                                 stderr=subprocess.STDOUT) as child:
            try:
                common.wait_for("fetchmail in IDLE", lambda: "IDLE" in self.log())
                act()
                common.wait_for("the new message", lambda: "<e2e-903@example.test>"
                                in self.received())
            finally:
                child.terminate()

    def log(self):
        with open(os.path.join(self.where, "log")) as f:
            return f.read()


def removing(client, case):
    """Without "keep": all of it leaves Exchange's Inbox, and none of it this world."""
    want = case.alice.idents("INBOX")
    client.empty()
    common.run(*client.argv("no keep fetchall"))
    assert sorted(client.received()) == want
    case.eventually("an empty Inbox", lambda: not case.alice.idents("INBOX"))
    kept = case.alice.idents("recoverable") + case.alice.idents("Deleted Items")
    assert set(want) <= set(kept), kept


def test():
    common.need("fetchmail")
    with checks.Case() as case, tempfile.TemporaryDirectory() as where:
        client = Client(case.p, where)
        checks.everything(client, case)
        removing(client, case)


if __name__ == "__main__":
    common.main(test)
