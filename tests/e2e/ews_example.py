#!/usr/bin/env python3
"""The example program of docs/ews-library.md against ewsim."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
import pair  # noqa: E402

build = sys.argv[1]
program = os.path.join(build, "tests", "example", "ews_list")
listen, control = pair.free_ports(2)
url = f"http://127.0.0.1:{listen}/EWS/Exchange.asmx"


def run(password, *more):
    return subprocess.run([program, url, "alice@example.test", "alice@example.test", *more],
                          env={**os.environ, "EWS_PASSWORD": password},
                          capture_output=True, text=True, timeout=60, check=False)


with tempfile.TemporaryDirectory() as directory:
    server = pair.Process("ewsim", [
        os.path.join(build, "ewsim"), "--listen", f"127.0.0.1:{listen}",
        "--control", f"127.0.0.1:{control}", "--mailbox", "demo",
        "--user", "alice@example.test:secret",
    ], os.path.join(directory, "ewsim.log"))
    try:
        server.wait_ready()
        path = os.path.join(directory, "message.eml")
        listed = run("secret", path)
        assert listed.returncode == 0, listed.stderr
        assert len(listed.stdout.splitlines()) == 10, listed.stdout
        with open(path, encoding="latin-1") as message:
            text = message.read()
        subject = listed.stdout.splitlines()[0].split(maxsplit=2)[-1]
        assert "Subject:" in text and len(subject) > 0, text[:500]
        refused = run("wrong")
        assert refused.returncode == 1 and "password" in refused.stderr, refused.stderr
    finally:
        server.stop()
