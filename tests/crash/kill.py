#!/usr/bin/python3
"""The daemon is killed at any moment while a client writes: nothing lost, nothing twice.

Round after round a client appends, copies and flags, and the daemon gets SIGKILL after a
random time (environment SEED, ROUNDS). In the end the journal runs empty, and the same
mailbox must come down into an empty state directory: every message that was answered
with OK once, every other one at most once. BUILD is the first argument.
"""
import imaplib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "build")
ALICE = "alice@example.test"
WAIT_S = 60
FOLDERS = ("INBOX", "Deleted Items")
TROUBLE = (imaplib.IMAP4.error, OSError, EOFError)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_private(path, text):
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as f:
        f.write(text)


def wait_for(what, question):
    end = time.monotonic() + WAIT_S
    while not question():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.1)


class Pair:
    """ewsim, and a daemon that comes and goes."""

    def __init__(self, directory):
        self.dir, self.imap = directory, free_port()
        exchange = free_port()
        self.daemon = None
        self.sim = subprocess.Popen(
            [BUILD + "/ewsim", "--listen", f"127.0.0.1:{exchange}", "--control",
             "127.0.0.1:0", "--mailbox", "generate:200", "--user", ALICE + ":secret"],
            stdout=subprocess.PIPE, text=True)
        for line in self.sim.stdout:
            if line.startswith("ready"):
                break
        write_private(directory + "/password", "secret\n")
        write_private(directory + "/bridge-password", "bridge\n")
        write_private(directory + "/config", f"""[bridge]
state = {directory}/state
imap = 127.0.0.1:{self.imap}
[account work]
address = {ALICE}
url = http://127.0.0.1:{exchange}/EWS/Exchange.asmx
login = {ALICE}
auth = basic
password-file = {directory}/password
bridge-password-file = {directory}/bridge-password
""")

    def start(self):
        with open(self.dir + "/log", "a", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(
                [BUILD + "/passerelle", "serve", "--config", self.dir + "/config"],
                stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.daemon.stdout.readline().startswith("ready"), "the daemon ended"

    def login(self):
        client = imaplib.IMAP4("127.0.0.1", self.imap, timeout=WAIT_S)
        client.login(ALICE, "bridge")
        return client

    def status(self):
        done = subprocess.run(
            [BUILD + "/passerelle", "status", "--config", self.dir + "/config",
             "--json"], stdout=subprocess.PIPE, text=True, check=False)
        return json.loads(done.stdout)["accounts"][0] if done.returncode == 0 else {}

    def can_select(self):
        client = self.login()
        kind, _ = client.select("INBOX", readonly=True)
        client.logout()
        return kind == "OK"

    def stop(self):
        if self.daemon:
            self.daemon.kill()
            self.daemon.wait()
        self.sim.terminate()
        self.sim.wait()


def write_until_killed(pair, tally):
    client = pair.login()
    client.select("INBOX")
    while True:
        tally["n"] += 1
        mid = f"<kill-{tally['n']}@example.test>"
        tally["uncertain"].add(mid)
        text = (f"From: a@example.test\r\nSubject: k{tally['n']}\r\n"
                f"Message-ID: {mid}\r\n\r\nx\r\n")
        if client.append("INBOX", "(\\Seen)", None, text.encode())[0] == "OK":
            tally["uncertain"].discard(mid)
            tally["answered"].add(mid)
        found = client.search(None, "ALL")[1][0].split()
        if tally["n"] % 3 == 0:
            client.copy(found[-1], '"Deleted Items"')
        if tally["n"] % 4 == 0:
            client.store(found[0], "+FLAGS", "(\\Flagged)")


def one_round(pair, tally, delay_s):
    killer = threading.Timer(delay_s, pair.daemon.kill)
    killer.start()
    try:
        write_until_killed(pair, tally)
    except TROUBLE:
        pass
    killer.join()
    pair.daemon.wait()
    pair.start()


def ours(pair):
    """Message-IDs of this test's messages, by folder."""
    client, found = pair.login(), {}
    for folder in FOLDERS:
        client.select(f'"{folder}"', readonly=True)
        parts = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
        ids = [re.search(rb"<kill-\d+@", p[1]) for p in parts if isinstance(p, tuple)]
        found[folder] = sorted(m.group().decode() + "example.test>" for m in ids if m)
    client.logout()
    return found


def complaints(here, there, tally):
    for folder in FOLDERS:
        if here[folder] != there[folder]:
            yield f"{folder}: here {here[folder]}, on the server {there[folder]}"
    for mid in tally["answered"]:
        if there["INBOX"].count(mid) != 1:
            yield f"answered {mid} is there {there['INBOX'].count(mid)} times"
    for mid in tally["uncertain"]:
        if there["INBOX"].count(mid) > 1:
            yield f"unanswered {mid} is there {there['INBOX'].count(mid)} times"


def run(pair):
    chance = random.Random(int(os.environ.get("SEED", "1")))
    tally = {"n": 0, "answered": set(), "uncertain": set()}
    pair.start()
    wait_for("the index", pair.can_select)
    for _ in range(int(os.environ.get("ROUNDS", "8"))):
        one_round(pair, tally, chance.uniform(0.05, 0.6))
    wait_for("an empty journal", lambda: settled(pair))
    here = ours(pair)
    pair.daemon.terminate()
    pair.daemon.wait()
    shutil.rmtree(pair.dir + "/state")
    pair.start()
    wait_for("the index anew", lambda: settled(pair))
    found = list(complaints(here, ours(pair), tally))
    print(f"{len(tally['answered'])} answered, {len(tally['uncertain'])} not:",
          "\n".join(found) or "ok")
    return 1 if found else 0


def settled(pair):
    status = pair.status()
    return status.get("initial_done") and status.get("pending") == 0


def main():
    for program in ("passerelle", "ewsim"):
        if not os.path.exists(f"{BUILD}/{program}"):
            print(f"skipped: no {program}")
            return 77
    directory = tempfile.mkdtemp(prefix="passerelle-kill-")
    pair = Pair(directory)
    try:
        return run(pair)
    finally:
        pair.stop()
        shutil.rmtree(directory, ignore_errors=True)


sys.exit(main())
