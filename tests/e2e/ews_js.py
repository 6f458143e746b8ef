#!/usr/bin/python3
"""ews-javascript-api, another client by other people, against ewsim: ews_js/round.js. A command
of its own, as it needs node and 39 MB of packages:

    ews_js.py BUILD [DIRECTORY]     the packages are kept in DIRECTORY between calls

Skipped where there is no node or npm gives nothing."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def packages(directory):
    """node_modules as the lock file says."""
    for name in ("package.json", "package-lock.json", "round.js"):
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
    sim = subprocess.Popen([os.path.join(build, "ewsim"), "--listen", "127.0.0.1:0", "--mailbox",
                            "empty"], stdout=subprocess.PIPE, text=True)
    try:
        port = re.match(r"listening \S+:(\d+) ", sim.stdout.readline())[1]
        assert sim.stdout.readline() == "ready\n"
        url = f"http://127.0.0.1:{port}/EWS/Exchange.asmx"
        return subprocess.run(["node", "round.js", url], cwd=directory, timeout=300,
                              check=False).returncode
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
