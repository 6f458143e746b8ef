#!/usr/bin/python3
"""ews-javascript-api, another client by other people, against ewsim: ews_js/round.js. Needs node and
39 MB of packages: npm ci --prefix tests/e2e/ews_js, which ./bootstrap test does. What it called is
counted by ewsim; docs/ews-library.md goes by that."""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "script")]
import names  # noqa: E402
import node  # noqa: E402
import pair  # noqa: E402

JS = os.path.join(HERE, "ews_js")
HOSTS = ("example.test", "autodiscover.example.test")
USERS = [x for name in ("alice", "bob", "room1")
         for x in ("--user", f"{name}@example.test:{name}")]
OPERATIONS = """
    ConvertId CopyFolder CopyItem CreateAttachment CreateFolder CreateItem DeleteAttachment
    DeleteFolder DeleteItem EmptyFolder ExpandDL FindFolder FindItem GetAttachment GetDelegate
    GetEvents GetFolder GetInboxRules GetItem GetRoomLists GetRooms GetStreamingEvents
    GetUserAvailability GetUserConfiguration GetUserOofSettings MarkAllItemsAsRead MarkAsJunk
    MoveFolder MoveItem ResolveNames SendItem SetUserOofSettings Subscribe SyncFolderHierarchy
    SyncFolderItems Unsubscribe UpdateFolder UpdateInboxRules UpdateItem""".split()


def run(build, directory):
    program = node.find()
    if not os.path.isdir(os.path.join(JS, "node_modules")):
        print("skipped: npm ci --prefix tests/e2e/ews_js was not run")
        return 77
    files = names.certificate(directory, *HOSTS)
    if not files:
        print("skipped: no openssl")
        return 77
    sim = subprocess.Popen([pair.program(build, "ewsim"), "--listen", "127.0.0.1:0", "--control",
                            "127.0.0.1:0", "--mailbox", "empty", *USERS, "--https", "127.0.0.1:0",
                            "--cert", files[0], "--key", files[1]],
                           stdout=subprocess.PIPE, text=True)

    def script(name, argument):
        return subprocess.run([program, name, argument], cwd=JS, timeout=300, check=False,
                              env=dict(os.environ, NODE_EXTRA_CA_CERTS=files[0])).returncode

    try:
        port, control, https = re.match(r"listening \S+:(\d+) control \S+:(\d+) https \S+:(\d+)",
                                        sim.stdout.readline()).groups()
        assert sim.stdout.readline() == "ready\n"
        if script("round.js", f"http://127.0.0.1:{port}/EWS/Exchange.asmx"):
            return 1
        called = sorted(line.split()[0] for line in pair.control(int(control), "stats")
                        if line[0].isupper())
        assert called == OPERATIONS, called
        pair.control(int(control), "autodiscover al@example.test address alice@example.test")
        return script("autodiscover.js", json.dumps({f"{h}:443": int(https) for h in HOSTS[1:]}))
    finally:
        sim.terminate()
        assert sim.wait(20) == 0


def main():
    with tempfile.TemporaryDirectory() as directory:
        return run(sys.argv[1], directory)


if __name__ == "__main__":
    sys.exit(main())
