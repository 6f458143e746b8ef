#!/usr/bin/python3
"""Two mail programs, a sender and the server's own users change one mailbox at random,
while the daemon is killed, its cache is deleted and answers are lost. Then all trouble
ends, and both sides must agree message by message: nothing lost, nothing doubled, every
message that was accepted for sending at its receiver exactly once.

    chaos.py BUILD [--runs N] [--seed FIRST] [--steps N] [--jobs N] [--keep DIR]

A run is known by its seed; `--runs 1 --seed N` plays it again.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import re
import shutil
import smtplib
import sys
import tempfile
import threading
import time
import traceback

import rig as rigs
from rig import ALICE, BOB, TROUBLE, content_of, message
from server import Refused

FAULTS = ("cut-before", "cut-after", "truncate", "xml-cut", "busy 30", "busy-message 30",
          "delay 60")
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "$Forwarded", "Red", "Blue")
HOME = ("INBOX", "Work", "Archive")


class Tally:
    """What was done to each message, to know what the end may look like."""

    def __init__(self):
        self.digest = {}  # token: what it says
        self.sure = set()  # answered, delivered or there from the beginning
        self.most = collections.Counter()  # how many there may be
        self.deleted = set()  # somebody asked for it
        self.sent, self.refused, self.unclear = set(), set(), set()

    def add(self, token, octets, sure):
        self.digest[token] = content_of(octets)[1]
        self.most[token] += 1
        if sure:
            self.sure.add(token)


class Run:
    def __init__(self, rig, seed, steps):
        self.rig, self.seed, self.steps = rig, seed, steps
        self.dice, self.tally = random.Random(seed), Tally()
        self.clients, self.story = [None, None], []
        self.number = 0

    # ---- helpers

    def token(self):
        self.number += 1
        return f"m{self.seed}-{self.number}"

    def say(self, *words):
        self.story.append(" ".join(str(w) for w in words))

    def client(self):
        which = self.dice.randrange(2)
        if self.clients[which] is None:
            self.clients[which] = self.rig.imap()
        return self.clients[which]

    def folder(self, client):
        """A folder to play in, as the client sees them."""
        names = rigs.folders_shown(client)
        own = [n for n in names if n.split("/")[0] in HOME or n.startswith("F")]
        return self.dice.choice(sorted(own)) if own else "INBOX"

    def pick(self, client):
        """(folder, uid, token) of some message, or None."""
        folder = self.folder(client)
        if client.select(f'"{folder}"')[0] != "OK":
            return None
        uids = client.uid("SEARCH", "ALL")[1][0].split()
        if not uids:
            return None
        uid = self.dice.choice(uids)
        head = client.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
        for part in head:
            m = isinstance(part, tuple) and re.search(rb"<(.*?)@example.test>", part[1])
            if m:
                return folder, uid, m[1].decode()
        return None

    # ---- what mail programs do

    def append(self):
        client, token = self.client(), self.token()
        octets = message(token, self.dice.choice((0, 0, 0, 300_000)))
        folder = self.folder(client)
        self.tally.add(token, octets, False)
        self.say("append", token, folder)
        flags = " ".join(self.dice.sample(FLAGS, self.dice.randrange(3)))
        if client.append(f'"{folder}"', f"({flags})", None, octets)[0] == "OK":
            self.tally.sure.add(token)

    def store(self):
        client = self.client()
        at = self.pick(client)
        if at:
            how, flag = self.dice.choice("+-"), self.dice.choice(FLAGS)
            self.say("store", *at, how + flag)
            client.uid("STORE", at[1], how + "FLAGS", f"({flag})")

    def copy(self):
        client = self.client()
        at = self.pick(client)
        if at:
            to = self.folder(client)
            self.tally.most[at[2]] += 1
            self.say("copy", *at, to)
            client.uid("COPY", at[1], f'"{to}"')

    def move(self):
        client = self.client()
        at = self.pick(client)
        if at:
            to = self.folder(client)
            self.say("move", *at, to)
            client.uid("MOVE", at[1], f'"{to}"')

    def expunge(self):
        client = self.client()
        at = self.pick(client)
        if at:
            self.tally.deleted.add(at[2])
            self.say("expunge", *at)
            client.uid("STORE", at[1], "+FLAGS", "(\\Deleted)")
            client.uid("EXPUNGE", at[1])

    def create(self):
        client = self.client()
        name = f"F{self.dice.randrange(5)}"
        self.say("create", name)
        client.create(f'"{self.dice.choice(("", "Work/"))}{name}"')

    def rename(self):
        client = self.client()
        folder, name = self.folder(client), f"F{self.dice.randrange(5, 9)}"
        if folder.split("/")[-1].startswith("F"):
            self.say("rename", folder, name)
            client.rename(f'"{folder}"', f'"{name}"')

    def delete(self):
        """Its messages go to the trash with it."""
        client = self.client()
        folder = self.folder(client)
        if folder.split("/")[-1].startswith("F"):
            self.say("delete", folder)
            client.delete(f'"{folder}"')

    def send(self):
        token = self.token()
        octets = message(token, self.dice.choice((0, 0, 300_000)), to=BOB, sender=ALICE)
        self.tally.digest[token] = content_of(octets)[1]
        refuse = self.dice.random() < 0.1
        self.say("send", token, "refused" if refuse else "")
        if refuse:
            self.rig.control("fault SendItem 1 code ErrorSendAsDenied")
        self.tally.unclear.add(token)
        with smtplib.SMTP("127.0.0.1", self.rig.smtp_port, timeout=60) as s:
            s.login(ALICE, "secret")
            try:
                s.sendmail(ALICE, [BOB], octets)
            except smtplib.SMTPDataError as e:
                if e.smtp_code >= 500:
                    self.tally.refused.add(token)
                    self.tally.unclear.discard(token)
                return
        self.tally.sent.add(token)
        self.tally.unclear.discard(token)
        if self.dice.random() < 0.7:  # as mail programs do
            self.client().append('"Sent Items"', "(\\Seen)", None, octets)

    # ---- what others do on the server

    def server_pick(self):
        folders = {p: i for p, i in self.rig.server.folders().items()
                   if p.split("/")[0] in HOME or p.startswith("F")}
        path = self.dice.choice(sorted(folders))
        ids = self.rig.server.ids(folders[path])
        return folders, path, self.dice.choice(ids) if ids else None

    def token_of(self, item_id):
        return re.search(r"<(.*?)@example.test>", self.rig.server.message_id(item_id))[1]

    def deliver(self):
        token = self.token()
        octets = message(token, self.dice.choice((0, 0, 300_000)))
        self.tally.add(token, octets, True)
        self.say("deliver", token)
        self.rig.deliver(octets)

    def server_move(self):
        folders, path, item = self.server_pick()
        if item:
            to = self.dice.choice(sorted(folders))
            self.say("server moves", self.token_of(item), path, to)
            self.rig.server.move(item, folders[to])

    def server_delete(self):
        _, path, item = self.server_pick()
        if item:
            token = self.token_of(item)
            self.tally.deleted.add(token)
            self.say("server deletes", token, path)
            self.rig.server.delete(item)

    def server_flags(self):
        _, path, item = self.server_pick()
        if item:
            self.say("server flags", self.token_of(item), path)
            self.dice.choice((
                lambda: self.rig.server.set_read(item, self.dice.random() < 0.5),
                lambda: self.rig.server.set_flag(item, self.dice.random() < 0.5),
                lambda: self.rig.server.set_categories(item, ["Green"])))()

    def server_folder(self):
        folders, path, _ = self.server_pick()
        if not path.split("/")[-1].startswith("F"):
            self.say("server creates a folder")
            self.rig.server.create_folder(folders[path], f"F{self.dice.randrange(9, 13)}")
        elif self.dice.random() < 0.6:
            self.say("server renames", path)
            self.rig.server.rename_folder(folders[path], f"F{self.dice.randrange(13, 17)}")
        else:
            self.say("server deletes", path)
            seen = self.seen_on_server()
            for p, i in folders.items():
                if p == path or p.startswith(path + "/"):
                    for item in self.rig.server.ids(i):
                        self.tally.deleted.add(self.token_of(item))
            # Mail on its way there may go with it.
            self.tally.deleted |= set(self.tally.most) - seen
            self.rig.server.delete_folder(folders[path])

    def seen_on_server(self):
        found = set()
        for i in self.rig.server.folders().values():
            for octets, _ in self.rig.server.items(i):
                m = re.match(r"<(.*?)@", content_of(octets)[0])
                if m:
                    found.add(m[1])
        return found

    # ---- trouble

    def fault(self):
        if self.dice.random() < 0.3:
            self.calm()
        kind = self.dice.choice(FAULTS)
        percent = self.dice.choice((5, 15, 40))
        self.say("fault", kind, percent)
        self.rig.control(f"fault any {percent}%:{self.dice.randrange(1000)} {kind}")

    def calm(self):
        self.say("calm")
        self.rig.control("clear")

    def kill(self):
        self.say("kill")
        self.rig.kill()
        if self.dice.random() < 0.15:
            self.say("lose the cache")
            for end in ("", "-wal", "-shm"):
                path = f"{self.rig.state}/alice/cache.db{end}"
                os.path.exists(path) and os.unlink(path)
        fail = None
        if self.dice.random() < 0.6:
            fail = f"{self.dice.choice(self.points)}:{self.dice.randrange(1, 8)}"
            self.say("die at", fail)
        self.rig.start(fail)

    def kill_soon(self):
        delay_s = self.dice.uniform(0, 0.3)
        self.say("kill in", round(delay_s, 3))
        daemon = self.rig.daemon
        threading.Timer(delay_s, daemon.child.kill).start()

    STEPS = ((append, 6), (store, 8), (copy, 4), (move, 6), (expunge, 3), (create, 2),
             (rename, 1), (delete, 1), (send, 4), (deliver, 4), (server_move, 3),
             (server_delete, 2), (server_flags, 4), (server_folder, 1), (fault, 3),
             (calm, 2), (kill, 2), (kill_soon, 2))

    def step(self):
        what = self.dice.choices([s for s, _ in self.STEPS],
                                 [w for _, w in self.STEPS])[0]
        try:
            what(self)
        except (*TROUBLE, Refused) as e:
            self.say("  trouble:", type(e).__name__, str(e)[:80])
            self.clients = [None, None]
            time.sleep(0.01)
            self.rig.revive()

    # ---- the end

    def play(self):
        for _ in range(self.steps):
            self.step()
        self.rig.control("clear")
        time.sleep(0.3)  # the last timer of kill_soon()
        self.rig.revive()
        self.clients = [None, None]
        self.rig.poke()
        return list(self.complaints(self.rig.settle()))

    def complaints(self, end):
        there = [r for r in end["there"] if r[1]]
        kept = [r for r in end["here"] if r[1] and r[0].startswith("Recovered")]
        notices = str(self.rig.status()["notices"])
        count = collections.Counter(r[1] for r in there)
        locally = collections.Counter(r[1] for r in kept)
        at_bob = collections.Counter(mid for mid, _ in end["received"][0])
        in_sent = collections.Counter(r[1] for r in there if r[0] == "Sent Items")
        for row in there + kept:
            token = row[1][1:].split("@")[0]
            want = self.tally.digest.get(token)
            if row[1] != "report" and want != row[2]:
                yield f"not what was written: {row}, wanted {want}"
        for token, most in self.tally.most.items():
            mid = f"<{token}@example.test>"
            n = count[mid]
            if n > most:
                yield f"doubled: {token} is there {n} times, {most} at most"
            if n + locally[mid] == 0 and token in self.tally.sure - self.tally.deleted:
                yield f"lost: {token}"
        for token in self.tally.sent | self.tally.refused | self.tally.unclear:
            mid = f"<{token}@example.test>"
            told = token in notices
            if at_bob[mid] > 1 or in_sent[mid] > 1:
                yield f"sent twice: {token}, bob {at_bob[mid]}, Sent {in_sent[mid]}"
            if token in self.tally.sent and not told and (at_bob[mid], in_sent[mid]) != (1, 1):
                yield f"not sent: {token}, bob {at_bob[mid]}, Sent {in_sent[mid]}"
            if token in self.tally.refused and at_bob[mid]:
                yield f"refused and sent: {token}"
        for r in there:
            if r[0] in ("Drafts", "Outbox"):
                yield f"left behind: {r}"


WORKER = {}


def work(build, picture, points, seed, steps, keep):
    if "rig" not in WORKER:
        WORKER["rig"] = rigs.Rig(build)
    rig, dice = WORKER["rig"], random.Random(seed)
    run = Run(rig, seed, steps)
    run.points = points
    try:
        rig.settings = [f"mime-regenerate={dice.choice(('on', 'off'))}",
                        f"latency={dice.choice((0, 0, 5, 30))}",
                        f"max-sync-page={dice.choice((2, 512))}"]
        rig.restore(picture)
        for folder, n in rigs.SEED_MAIL.items():
            for i in range(n):
                run.tally.add(f"seed-{folder}-{i}", message(f"seed-{folder}-{i}"), True)
        rig.start()
        found = run.play()
        rig.daemon.stop(kill=True)
    except Exception:
        found = [traceback.format_exc()]
    if found:
        if keep:
            shutil.copytree(rig.dir, f"{keep}/{seed}", dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("control"))
        found += ["story: " + line for line in run.story]
        found.append(rig.daemon.tail(40) if rig.daemon else "")
        rig.close()
        WORKER.clear()
    return seed, found


def close():
    if "rig" in WORKER:
        WORKER.pop("rig").close()
    time.sleep(0.2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build", nargs="?", default=os.path.join(rigs.HERE, "../../build"))
    p.add_argument("--runs", type=int, default=50)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--steps", type=int, default=40)
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--keep", help="a directory for both sides' state of bad runs")
    args = p.parse_args()
    args.build = os.path.abspath(args.build)
    if not os.path.exists(args.build + "/passerelle"):
        print("skipped: no passerelle")
        return 77
    import subprocess
    points = sorted(set(subprocess.run(
        [args.build + "/passerelle", "fail-points"], check=True, stdout=subprocess.PIPE,
        text=True).stdout.split()))
    mail = rigs.mail_directory(tempfile.mkdtemp(prefix="passerelle-mail-"))
    began, bad, done = time.monotonic(), 0, 0
    with rigs.Rig(args.build) as first:
        picture = first.take_picture(mail)
        with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
            for job in concurrent.futures.as_completed(
                    [pool.submit(work, args.build, picture, points, seed, args.steps,
                                 args.keep)
                     for seed in range(args.seed, args.seed + args.runs)]):
                seed, found = job.result()
                done += 1
                if found:
                    bad += 1
                    print(f"FAIL seed {seed}", *found, sep="\n  ", flush=True)
                elif done % 50 == 0:
                    print(f"{done} runs, {bad} bad", flush=True)
            for _ in range(args.jobs):
                pool.submit(close)
    shutil.rmtree(mail)
    print(f"{done - bad} of {done} runs without a finding, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
