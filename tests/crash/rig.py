"""A daemon that may die at any moment on a server that may not answer, and both sides of
the mailbox to compare: what IMAP shows, and what the server says itself (server.py).

A rig starts from a picture of a settled pair (state directories of both), so that each
run of a scenario costs a second or two.
"""
import email
import email.policy
import hashlib
import imaplib
import json
import mmap
import os
import re
import shutil
import smtplib
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
import pair  # noqa: E402
from server import Server  # noqa: E402

ALICE, BOB = "alice@example.test", "bob@example.test"
WAIT_S = float(os.environ.get("CRASH_WAIT_S", "90"))
DEBUG = ["--debug"] if os.environ.get("CRASH_DEBUG") else []
TROUBLE = (imaplib.IMAP4.error, OSError, EOFError, smtplib.SMTPException)
SEED_MAIL = {"inbox": 6, "Work": 3, "Archive": 2, "Old": 1}
ERRNO = {"ENOSPC": 28, "EIO": 5, "KILL": 0, "COUNT": 0xFFFFFFFF}
OPS = {"write": 1, "sync": 2, "truncate": 4, "rename": 8, "unlink": 16, "create": 32}


def message(token, size=0, to=ALICE, sender=BOB):
    body = f"Text of {token}.\r\n"
    if size:
        body += ("0123456789" * 6 + "\r\n") * (size // 62 + 1)
    return (f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {token}\r\n"
            "Date: Mon, 2 Mar 2026 10:00:00 +0000\r\n"
            f"Message-ID: <{token}@example.test>\r\n\r\n{body}").encode()


def content_of(octets):
    """(Message-ID, digest of what is said): transport headers, boundaries and encodings
    aside. What is made anew at each try (bounces) is known by its subject alone."""
    m = email.message_from_bytes(octets, policy=email.policy.compat32)
    mid, subject = (m["Message-ID"] or "").strip(), (m["Subject"] or "").strip()
    if m.get_content_type() == "multipart/report":
        return "report", subject
    parts = [p.get_payload(decode=True) or b"" for p in m.walk() if not p.is_multipart()]
    text = b"\0".join(re.sub(rb"\s+", b" ", p).strip() for p in parts)
    return mid, hashlib.sha256(subject.encode() + text).hexdigest()[:12]


class DiskFault:
    """The control file of diskfault.so."""

    FORMAT = "7I100s"

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.write(bytes(struct.calcsize(self.FORMAT)))
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 0)

    def arm(self, ops="all", error="COUNT", skip=0, limit=1, match="", torn=False):
        bits = sum(OPS.values()) if ops == "all" else sum(OPS[o] for o in ops.split(","))
        self.map[:] = struct.pack(self.FORMAT, 0, 0, 0, 0, 0, 0, 0, b"")
        self.map[4:] = struct.pack(self.FORMAT, bits, ERRNO[error], skip, limit, 0, 0,
                                   torn, match.encode())[4:]
        self.map[:4] = struct.pack("I", bits)

    def off(self):
        self.map[:4] = bytes(4)

    @property
    def seen(self):
        return struct.unpack_from("I", self.map, 16)[0]

    @property
    def fired(self):
        return struct.unpack_from("I", self.map, 20)[0]


class Rig:
    def __init__(self, build, picture=None, settings=(), account=()):
        self.build, self.settings, self.account = build, settings, account
        self.dir = tempfile.mkdtemp(prefix="passerelle-crash-")
        self.ews, self.control_port, self.imap_port, self.smtp_port = pair.free_ports(4)
        self.state, self.sim_state = self.dir + "/state", self.dir + "/sim"
        self.config, self.passes_path = self.dir + "/config", self.dir + "/passes"
        self.daemon = self.sim = None
        self.disk = DiskFault(self.dir + "/diskfault")
        self.server = Server(self.ews, ALICE, "secret")
        self.bob = Server(self.ews, BOB, "secret")
        self._write_config()
        if picture:
            self.restore(picture)

    # ---- processes

    def _write_config(self):
        for name in ("password", "bridge-password"):
            with open(os.open(f"{self.dir}/{name}", os.O_CREAT | os.O_WRONLY, 0o600),
                      "w") as f:
                f.write("secret\n")
        with open(self.config, "w") as f:
            f.write(f"""[bridge]
state = {self.state}
imap = 127.0.0.1:{self.imap_port}
smtp = 127.0.0.1:{self.smtp_port}
[account alice]
address = {ALICE}
url = http://127.0.0.1:{self.ews}/EWS/Exchange.asmx
login = {ALICE}
auth = basic
password-file = {self.dir}/password
bridge-password-file = {self.dir}/bridge-password
""" + "\n".join(self.account) + "\n")

    def configure(self, line):
        """One more setting of the account, until the next picture."""
        with open(self.config, "a") as f:
            f.write(line + "\n")

    def start_sim(self, mailbox="empty"):
        argv = [pair.program(self.build, "ewsim"), "--listen", f"127.0.0.1:{self.ews}",
                "--control", f"127.0.0.1:{self.control_port}", "--mailbox", mailbox,
                "--state", self.sim_state]
        for user in (ALICE, BOB):
            argv += ["--user", user + ":secret"]
        for setting in self.settings:
            argv += ["--set", setting]
        self.sim = pair.Process("ewsim", argv, self.dir + "/ewsim.log")
        self.sim.wait_ready()

    def start(self, fail=None, log=False, preload=False):
        env = dict(os.environ)
        if fail:
            env["PASSERELLE_FAIL"] = fail
        if log:
            env["PASSERELLE_FAIL_LOG"] = self.passes_path
        if preload:
            env.update(LD_PRELOAD=os.path.join(self.build, "tests/crash/libdiskfault.so"),
                       DISKFAULT_DIR=self.state, DISKFAULT_CONTROL=self.disk.path)
        self.daemon = pair.Process("passerelle", [self.build + "/passerelle", *DEBUG, "serve",
                                                  "--config", self.config],
                                   self.dir + "/log", env)
        try:
            self.daemon.wait_ready()
        except pair.Broken:
            if self.daemon.child.poll() != -9:
                raise

    @property
    def dead(self):
        return self.daemon.child.poll() is not None

    def revive(self):
        """After a death: start again, without faults. Return: was it dead?"""
        if not self.dead:
            return False
        assert self.daemon.child.returncode == -9, self.daemon.tail()
        self.daemon.stop()
        self.start()
        return True

    def kill(self):
        self.daemon.stop(kill=True)

    def control(self, command, octets=b""):
        return pair.control(self.control_port, command, octets)

    def deliver(self, octets, folder="inbox", user=ALICE):
        self.control(f"deliver {user} {folder} {len(octets)}", octets)

    def stop(self):
        for p in (self.daemon, self.sim):
            if p:
                p.stop(kill=p is self.daemon)
        self.daemon = self.sim = None

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- pictures

    def restore(self, picture):
        self.stop()
        for path in (self.state, self.sim_state, self.passes_path):
            shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else (
                os.path.exists(path) and os.unlink(path))
        self.disk.off()
        self._write_config()
        shutil.copytree(picture + "/state", self.state)
        shutil.copy(picture + "/sim", self.sim_state)
        self.start_sim()

    def take_picture(self, mailbox):
        """Start on @mailbox, settle, and keep both sides' state. Return: where."""
        picture = self.dir + "/picture"
        os.mkdir(picture)
        self.start_sim(mailbox)
        self.start()
        self.settle()
        assert self.daemon.stop() == 0, self.daemon.tail()
        self.control("save")
        shutil.copytree(self.state, picture + "/state")
        shutil.copy(self.sim_state, picture + "/sim")
        return picture

    # ---- clients

    def imap(self):
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=WAIT_S)
        client.login(ALICE, "secret")
        return client

    def status(self):
        done = subprocess.run([self.build + "/passerelle", "status", "--config",
                               self.config, "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return json.loads(done.stdout)["accounts"][0] if done.returncode == 0 else {}

    def poke(self):
        subprocess.run([self.build + "/passerelle", "resync", "--config", self.config],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    # ---- both sides

    def wait_for(self, what, question, pause_s=0.03):
        end = time.monotonic() + WAIT_S
        while True:
            self.revive()
            answer = question()
            if answer:
                return answer
            assert time.monotonic() < end, f"never came: {what}; {self.status()}"
            time.sleep(pause_s)

    def is_settled(self):
        s = self.status()
        limit = s.get("cache_limit_bytes")
        return (s.get("connected") and s.get("initial_done") and s.get("pending") == 0
                and (s["cache_bytes"] <= limit if limit else s["bodies"] == s["messages"]))

    def here(self):
        """What IMAP shows: sorted [(folder, Message-ID, digest, flags)]."""
        client, found = self.imap(), []
        for name in folders_shown(client):
            if client.select(f'"{name}"', readonly=True)[0] != "OK":
                continue
            uids = client.uid("SEARCH", "ALL")[1][0].split()
            assert len(uids) == len(set(uids)), uids
            parts = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")[1] if uids else []
            for part in parts:
                if isinstance(part, tuple):
                    flags = set(re.search(rb"FLAGS \((.*?)\)", part[0])[1].decode().split())
                    found.append((name, *content_of(part[1]),
                                  " ".join(sorted(flags - {"\\Draft", "\\Deleted",
                                                           "\\Recent"}))))
            found.append((name, "", "", ""))
        client.logout()
        return sorted(found)

    def there(self):
        """What the server has, as above."""
        found = []
        for path, fid in self.server.folders().items():
            if path != "Outbox":  # which IMAP does not show
                found.append((path, "", "", ""))
            for octets, flags in self.server.items(fid):
                found.append((path, *content_of(octets), " ".join(sorted(flags))))
        return sorted(found)

    def received(self):
        """Bob's Inbox by content, and what was sent by Message-ID."""
        inbox = self.bob.folders()["INBOX"]
        sent = sorted(re.search("message-id=(\\S*)", line)[1]
                      for line in self.control("sent"))
        return sorted(content_of(o) for o, _ in self.bob.items(inbox)), sent

    def agree(self):
        """Both sides, once nothing is under way: the local folder "Recovered" aside.
        Return: (here, there) or None."""
        if not self.is_settled():
            return None
        here, there = self.here(), self.there()
        shared = [r for r in here if not r[0].startswith("Recovered")]
        return (here, there) if self.same(shared, there) else None

    @staticmethod
    def same(here, there):
        """Exchange remembers one of answered and forwarded."""
        both = {"\\Answered", "$Forwarded"}
        if len(here) != len(there):
            return False
        for a, b in zip(sorted(here), sorted(there)):
            x, y = set(a[3].split()), set(b[3].split())
            if a[:3] != b[:3] or x - both != y - both or not y & both <= x & both:
                return False
            if bool(x & both) != bool(y & both):
                return False
        return True

    def settle(self):
        """Wait until nothing is under way and both sides agree. Return: the end state."""
        end = time.monotonic() + WAIT_S
        while True:
            self.revive()
            try:
                sides = self.agree()
            except TROUBLE:
                sides = None
            if sides:
                return {"here": sides[0], "there": sides[1], "received": self.received()}
            if time.monotonic() > end:
                self.complain()
            time.sleep(0.03)
            if time.monotonic() > end - WAIT_S + 3:
                self.poke()

    def complain(self):
        here, there = self.here(), self.there()
        raise AssertionError(
            "the sides do not agree\n"
            + "\n".join(f"only here:  {r}" for r in minus(here, there)) + "\n"
            + "\n".join(f"only there: {r}" for r in minus(there, here))
            + f"\n{self.status()}\n{self.daemon.tail(25)}")


def minus(a, b):
    """Multiset difference of two lists."""
    rest = list(b)
    return [r for r in a if r not in rest or rest.remove(r)]


def folders_shown(client):
    """Names, as LIST gives them. Without cache and server there are none yet: trouble."""
    kind, rows = client.list()
    if kind != "OK":
        raise imaplib.IMAP4.error(rows)
    return [re.match(rb'\(.*?\) "/" "?(.*?)"?$', row)[1].decode() for row in rows if row]


def mail_directory(where):
    for folder, count in SEED_MAIL.items():
        os.makedirs(f"{where}/{folder}")
        for i in range(count):
            with open(f"{where}/{folder}/{i}.eml", "wb") as f:
                f.write(message(f"seed-{folder}-{i}"))
    return where
