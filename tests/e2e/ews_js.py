#!/usr/bin/python3
"""ews-javascript-api, another client by other people, against ewsim: ews_js/round.js. A command
of its own, as it needs node and 39 MB of packages:

    ews_js.py BUILD [DIRECTORY]     the packages are kept in DIRECTORY between calls

Skipped where there is no node or npm gives nothing."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

import names

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTS = ("example.test", "autodiscover.example.test")


def packages(directory):
    """node_modules as the lock file says."""
    for name in ("package.json", "package-lock.json", "round.js", "autodiscover.js"):
        shutil.copy(os.path.join(HERE, "ews_js", name), directory)
    if os.path.isdir(os.path.join(directory, "node_modules", "ews-javascript-api")):
        return True
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=directory, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print("skipped: npm ci:\n" + done.stdout[-1000:])
    return done.returncode == 0


def run(build, directory):
    if not packages(directory):
        return 77
    files = names.certificate(directory, *HOSTS)
    if not files:
        print("skipped: no openssl")
        return 77
    sim = subprocess.Popen([os.path.join(build, "ewsim"), "--listen", "127.0.0.1:0", "--mailbox",
                            "empty", "--https", "127.0.0.1:0", "--cert", files[0], "--key",
                            files[1]], stdout=subprocess.PIPE, text=True)
    try:
        port, control, https = re.match(r"listening \S+:(\d+) control \S+:(\d+) https \S+:(\d+)",
                                        sim.stdout.readline()).groups()
        assert sim.stdout.readline() == "ready\n"

        def node(script, argument):
            return subprocess.run(["node", script, argument], cwd=directory, timeout=300,
                                  check=False, env=dict(os.environ, NODE_EXTRA_CA_CERTS=files[0])
                                  ).returncode

        with socket.create_connection(("127.0.0.1", int(control))) as s:
            s.sendall(b"autodiscover al@example.test address alice@example.test\n")
            assert s.recv(100) == b"ok\n"
        return (node("round.js", f"http://127.0.0.1:{port}/EWS/Exchange.asmx") or
                node("autodiscover.js", json.dumps({f"{h}:443": int(https) for h in HOSTS[1:]})))
    finally:
        sim.terminate()
        assert sim.wait(20) == 0


def main():
    if not shutil.which("node") or not shutil.which("npm"):
        print("skipped: no node")
        return 77
    if len(sys.argv) > 2:
        os.makedirs(sys.argv[2], exist_ok=True)
        return run(sys.argv[1], sys.argv[2])
    with tempfile.TemporaryDirectory() as directory:
        return run(sys.argv[1], directory)


if __name__ == "__main__":
    sys.exit(main())
