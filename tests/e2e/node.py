"""Where node is: what NODE says, the one in the path, Debian's. Tests that want it are skipped
where it is missing or older than 18, Debian 12's."""
import os
import shutil
import subprocess
import sys

OLDEST = 18


def version(program):
    done = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, timeout=60,
                          check=False)
    return int(done.stdout.lstrip("v").split(".")[0] or 0) if done.returncode == 0 else 0


def find():
    """The program; ends the test where there is none."""
    for name in filter(None, (os.environ.get("NODE"), "node", "/usr/bin/node", "/usr/bin/nodejs")):
        program = shutil.which(name)
        if program and version(program) >= OLDEST:
            return program
    print(f"skipped: no node {OLDEST} or newer")
    sys.exit(77)


def install(directory):
    """node_modules as the lock file says; ends the test where npm gives nothing."""
    npm = shutil.which("npm") or shutil.which("/usr/bin/npm")
    if not npm:
        print("skipped: no npm")
        sys.exit(77)
    path = os.pathsep.join([os.path.dirname(find()), os.environ.get("PATH", "/usr/bin:/bin")])
    done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=directory, timeout=300,
                          env={**os.environ, "PATH": path}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print("skipped: npm ci:\n" + done.stdout[-1000:])
        sys.exit(77)
