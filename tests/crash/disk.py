#!/usr/bin/python3
"""The disk is full, or fails: every write, sync, truncation, rename or creation from some
point on, for a while. The daemon must not end; what it answers with OK is there once and
what it refuses is not there; when there is room again it goes on by itself.

    disk.py BUILD [--runs N] [--seed FIRST] [--jobs N]
"""
import argparse
import concurrent.futures
import contextlib
import imaplib
import os
import random
import shutil
import smtplib
import sys
import tempfile
import time
import traceback

import rig as rigs
from rig import ALICE, BOB, TROUBLE, message

FAULTS = [(ops, error) for error in ("ENOSPC", "EIO")
          for ops in ("write", "sync", "write,sync,truncate,rename,create", "truncate",
                      "create,rename")]


class Run:
    def __init__(self, rig, seed):
        self.rig, self.seed, self.dice = rig, seed, random.Random(seed)
        self.yes, self.no, self.maybe, self.story = set(), set(), set(), []
        self.sent, self.unsent, self.unsure = set(), set(), set()
        self.red, self.not_red = set(), set()
        self.c = None

    def client(self):
        self.c = self.c or self.rig.imap()
        return self.c

    def append(self, token):
        self.maybe.add(token)
        folder = self.dice.choice(("INBOX", "Work"))
        kind, text = self.client().append(
            folder, None, None, message(token, self.dice.choice((0, 0, 300_000))))
        self.story.append(f"append {token}: {kind} {text[0][:120]}")
        self.maybe.discard(token)
        (self.yes if kind == "OK" else self.no).add(token)
        if kind != "OK":
            assert len(text[0]) > 10, f"a refusal without a reason: {text}"

    def send(self, token):
        self.unsure.add(token)
        with smtplib.SMTP("127.0.0.1", self.rig.smtp_port, timeout=60) as s:
            s.login(ALICE, "secret")
            try:
                s.sendmail(ALICE, [BOB], message(token, to=BOB, sender=ALICE))
                self.sent.add(token)
                self.story.append(f"send {token}: 250")
            except smtplib.SMTPDataError as e:
                self.story.append(f"send {token}: {e.smtp_code} {e.smtp_error[:100]}")
                assert 400 <= e.smtp_code < 500, f"a full disk is no verdict: {e}"
                self.unsent.add(token)
        self.unsure.discard(token)

    def touch(self, _):
        c = self.client()
        if c.select("INBOX")[0] != "OK":
            return
        uid = self.dice.choice(c.uid("SEARCH", "ALL")[1][0].split() or [b"1"])
        answer = c.uid("STORE", uid, "+FLAGS", "(Red)")[0]
        self.story.append(f"flag {uid}: {answer}")
        (self.red if answer == "OK" else self.not_red).add(uid)

    def copy(self, _):
        c = self.client()
        if c.select("Work")[0] != "OK":
            return
        uid = self.dice.choice(c.uid("SEARCH", "ALL")[1][0].split() or [b"1"])
        self.story.append(f"move {uid}: {c.uid('MOVE', uid, 'Archive')[0]}")

    def together(self, token):
        """Sessions that want it durable at the same time share a commit."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self.append_alone, [f"{token}-{i}" for i in range(4)]))

    def append_alone(self, token):
        self.maybe.add(token)
        with contextlib.suppress(*TROUBLE), self.rig.imap() as client:
            kind, text = client.append("INBOX", None, None, message(token))
            self.story.append(f"append {token}: {kind} {text[0][:120]}")
            self.maybe.discard(token)
            (self.yes if kind == "OK" else self.no).add(token)

    def work(self, count, prefix):
        for i in range(count):
            step = self.dice.choice((self.append, self.append, self.send, self.touch,
                                     self.copy, self.together))
            try:
                step(f"{prefix}{self.seed}-{i}")
            except TROUBLE as e:
                self.story.append(f"trouble {type(e).__name__} {e}")
                self.c = None
            assert not self.rig.dead, f"the daemon ended: {self.rig.daemon.child.returncode}"

    def play(self):
        ops, error = FAULTS[self.seed % len(FAULTS)]
        self.work(2, "a")
        self.rig.disk.arm(ops, error, skip=self.dice.randrange(40), limit=1_000_000,
                          torn=self.dice.random() < 0.3 and error == "ENOSPC",
                          match=self.dice.choice(("", "", "ledger", "cache")))
        self.story.append(f"{ops} {error}")
        self.rig.deliver(message(f"d{self.seed}"))
        self.work(8, "b")
        fired = self.rig.disk.fired
        self.rig.disk.off()
        self.story.append(f"well again after {fired} failures")
        self.c = None
        end = time.monotonic() + rigs.WAIT_S
        while True:  # it goes on by itself
            self.append(f"c{self.seed}-{int(time.monotonic() * 1000)}")
            if self.story[-1].split(": ")[1].startswith("OK"):
                break
            assert time.monotonic() < end, "it does not recover"
            time.sleep(0.1)
        return list(self.complaints(self.rig.settle())), fired

    def complaints(self, end):
        rows = [r for r in end["there"] if r[1]]
        everywhere = [r[1] for r in rows]
        for token in self.yes | self.no | self.maybe:
            n = everywhere.count(f"<{token}@example.test>")
            if token in self.yes and n != 1:
                yield f"answered OK: {token} is there {n} times"
            if token in self.no and n != 0 or n > 1:
                yield f"refused: {token} is there {n} times"
        if f"<d{self.seed}@example.test>" not in everywhere:
            yield "a delivered message is lost"
        for token in self.sent | self.unsent | self.unsure:
            n = end["received"][1].count(f"<{token}@example.test>")
            if token in self.sent and n != 1 or token in self.unsent and n or n > 1:
                yield f"sent {n} times: {token}, {'250' if token in self.sent else 'refused'}"
        with self.rig.imap() as client:
            client.select("INBOX")
            red = set(client.uid("SEARCH", "KEYWORD", "Red")[1][0].split())
        for uid in self.red - red:
            yield f"answered OK: {uid} has no flag"
        for uid in red & self.not_red - self.red:
            yield f"refused: {uid} has a flag"
        if any(r[0] == "Drafts" for r in rows):
            yield "a draft is left behind"


WORKER = {}


def work(build, picture, seed):
    if "rig" not in WORKER:
        WORKER["rig"] = rigs.Rig(build)
    rig, run, fired = WORKER["rig"], None, 0
    try:
        rig.restore(picture)
        run = Run(rig, seed)
        rig.start(preload=True)
        rig.settle()
        found, fired = run.play()
        assert rig.daemon.stop() == 0, "it does not end cleanly"
    except Exception:
        found = [traceback.format_exc()]
    if found:
        found += ["story: " + s for s in run.story] if run else []
        found.append(rig.daemon.tail(30) if rig.daemon else "")
        rig.close()
        WORKER.clear()
    return seed, found, fired


def close():
    if "rig" in WORKER:
        WORKER.pop("rig").close()
    time.sleep(0.2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build", nargs="?", default=os.path.join(rigs.HERE, "../../build"))
    p.add_argument("--runs", type=int, default=40)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--jobs", type=int, default=2)
    args = p.parse_args()
    args.build = os.path.abspath(args.build)
    if not os.path.exists(args.build + "/tests/crash/libdiskfault.so"):
        print("skipped: no library for a failing disk")
        return 77
    mail = rigs.mail_directory(tempfile.mkdtemp(prefix="passerelle-mail-"))
    began, bad, failures = time.monotonic(), 0, 0
    with rigs.Rig(args.build) as first:
        picture = first.take_picture(mail)
        with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
            for job in concurrent.futures.as_completed(
                    [pool.submit(work, args.build, picture, seed)
                     for seed in range(args.seed, args.seed + args.runs)]):
                seed, found, fired = job.result()
                failures += fired
                if found:
                    bad += 1
                    print(f"FAIL seed {seed}", *found, sep="\n  ", flush=True)
            for _ in range(args.jobs):
                pool.submit(close)
    shutil.rmtree(mail)
    print(f"{args.runs - bad} of {args.runs} runs without a finding, {failures} calls "
          f"failed, {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
