#!/usr/bin/env python3
"""The EWS client library alone against ewsim: ews_live.c says what it tries."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
import pair  # noqa: E402

build = sys.argv[1]
ewsim = os.path.join(build, "ewsim")
if not os.path.exists(ewsim):
    print("skipped: no ewsim")
    sys.exit(77)

listen, control = pair.free_ports(2)
with tempfile.TemporaryDirectory() as directory:
    server = pair.Process("ewsim", [
        ewsim, "--listen", f"127.0.0.1:{listen}", "--control", f"127.0.0.1:{control}",
        "--mailbox", "demo", *(x for name in ("alice", "bob", "room1")
                               for x in ("--user", f"{name}@example.test:secret")),
    ], os.path.join(directory, "ewsim.log"))
    try:
        server.wait_ready()
        status = subprocess.run([
            os.path.join(build, "tests", "e2e", "ews_live"),
            f"http://127.0.0.1:{listen}/EWS/Exchange.asmx", "alice@example.test", "secret",
            "alice@example.test", "bob@example.test", "secret", "bob@example.test",
        ], timeout=120, check=False).returncode
    finally:
        server.stop()
sys.exit(1 if status else 0)
