#!/usr/bin/python3
"""swaks: every way to log in, pipelined or not, attachments, and what is refused, with the
codes of RFC 3463."""
import os
import subprocess
import tempfile

import checks
import common
from common import ALICE, BOB


def swaks(p, *options, password=None, sender=ALICE, to=BOB, auth="PLAIN"):
    """Return: (status, transcript)"""
    login = ["--auth", auth, "--auth-user", ALICE, "--auth-password",
             password or p.BRIDGE_PASSWORD] if auth else []
    done = subprocess.run(["swaks", "--server", f"127.0.0.1:{p.smtp_port}", "--from", sender,
                           "--to", to, *login, *options], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=common.TIMEOUT_S, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def sent(case, *options, subject, **how):
    status, said = swaks(case.p, "--header", f"Subject: {subject}", *options, **how)
    assert status == 0, said
    return case.eventually(subject, lambda: next(
        (i for i in case.bob.items("INBOX", True) if i.subject == subject), None))


def refused(case, code, *options, **how):
    status, said = swaks(case.p, *options, **how)
    assert status != 0 and f" {code}" in said, f"wanted {code}:\n{said}"


def test():
    common.need("swaks")
    with checks.Case({"inbox": 1}) as case, tempfile.TemporaryDirectory() as where:
        path = os.path.join(where, "daten.bin")
        with open(path, "wb") as f:
            f.write(bytes(range(256)) * 1000)
        item = sent(case, "--attach", f"@{path}", subject="plain")
        assert checks.content(item.mime)[1][-1][2] == bytes(range(256)) * 1000
        sent(case, subject="login", auth="LOGIN")
        sent(case, "--pipeline", subject="pipelined")
        refused(case, "535 5.7.8", password="wrong")
        refused(case, "530 5.7.0", auth=None)
        refused(case, "501 5.1.3", to="nobody@")
        refused(case, "550 5.7.1", sender="mallory@example.test")
        assert len(case.bob.items("INBOX")) == 3
        case.eventually("all is settled", lambda: checks.settled(case))
        assert len(case.alice.items("Sent Items")) == 3
        assert not case.alice.items("Drafts"), "a refused message stayed in Drafts"


if __name__ == "__main__":
    common.main(test)
