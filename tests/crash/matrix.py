#!/usr/bin/python3
"""Each scenario again and again: the daemon dies at each fail point that it passes, at
each write to its disk, and each answer of the server is lost. The end must be the same on
both sides as without trouble, and every registered fail point must be passed by some
scenario.

    matrix.py BUILD [--all] [--only SCENARIO[,...]] [--kinds points,answers,disk]
              [--replay SCENARIO/KIND/WHAT:N] [--jobs N]

Without --all: a share of the cells that takes some minutes, each fail point at least once.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback

import rig as rigs
from scenarios import SCENARIOS

KINDS = ("points", "answers", "disk")
# The cut comes in the place of the refusal: the server does what it would have refused.
ANOTHER_STORY = {("send_refused", "SendItem", "cut-after")}
READS = {"GetStreamingEvents", "Subscribe", "Unsubscribe"}  # nobody waits for these


class Rig(rigs.Rig):
    """A rig in which every start is like the first one of the scenario until it died."""

    fault = {}

    def restart_faulty(self):
        self.start(**self.fault)

    def lose(self, *paths):
        self.kill()
        for path in paths:
            path = os.path.join(self.dir, path)
            shutil.rmtree(path) if os.path.isdir(path) else (
                os.path.exists(path) and os.unlink(path))
        self.restart_faulty()


def play(rig, picture, scenario, kind=None, what=None, nth=0):
    """One run. Return: the end state."""
    rig.restore(picture)
    rig.fault = {}
    if kind == "points":
        rig.fault = {"fail": f"{what}:{nth}"}
    elif kind == "disk":
        rig.fault = {"preload": True}
        rig.disk.arm(error="KILL", skip=nth - 1)
    elif kind == "answers":
        operation, cut = what.split(".")
        rig.control(f"fault {operation} {nth - 1}+1 {cut}")
    elif kind == "record":
        rig.fault = {"log": True, "preload": True}
        rig.disk.arm()
        rig.control("reset-stats")
    rig.start(**rig.fault)
    if rig.dead:
        rig.revive()
    SCENARIOS[scenario](rig)
    end = rig.settle()
    rig.daemon.stop(kill=True)
    return end


def record(rig, picture, scenario):
    """The undisturbed run: its end, and the cells of its row."""
    end = play(rig, picture, scenario, "record")
    with open(rig.passes_path, encoding="ascii") as f:
        passes = collections.Counter(f.read().split())
    calls = dict(re.findall(r"^(\w+) (\d+)$", "\n".join(rig.control("stats")), re.M))
    cells = [("points", name, n) for name, count in passes.items()
             for n in range(1, count + 1)]
    cells += [("answers", f"{op}.{cut}", n) for op, count in calls.items()
              if op not in READS and op[0].isupper() for n in range(1, int(count) + 1)
              for cut in ("cut-before", "cut-after")
              if (scenario, op, cut) not in ANOTHER_STORY]
    cells += [("disk", "write", n) for n in range(1, rig.disk.seen + 1)]
    return end, cells, passes


def differences(want, got):
    found = []
    for side in ("here", "there"):
        found += [f"lost {side}: {r}" for r in rigs.minus(want[side], got[side])]
        found += [f"too much {side}: {r}" for r in rigs.minus(got[side], want[side])]
    for i, what in enumerate(("received", "sent")):
        a, b = want["received"][i], got["received"][i]
        found += [f"lost {what}: {r}" for r in rigs.minus(a, b)]
        found += [f"too much {what}: {r}" for r in rigs.minus(b, a)]
    return found


WORKER = {}


def work(build, picture, want, cell):
    """In a process of its own, with a rig that it keeps."""
    scenario, kind, what, n = cell
    if "rig" not in WORKER:
        WORKER["rig"] = Rig(build)
    rig = WORKER["rig"]
    rig.server.port = rig.bob.port = rig.ews
    try:
        found = differences(want, play(rig, picture, scenario, kind, what, n))
    except Exception:  # one cell's trouble is not the others'
        found = [traceback.format_exc()]
        if rig.daemon:
            found.append(rig.daemon.tail(25))
        rig.close()
        WORKER.clear()
    return cell, found


def choose(cells, budget):
    """A share of the cells: every fail point in some scenario, then at random."""
    chance = random.Random(1)
    chance.shuffle(cells)
    seen, first, rest = set(), [], []
    for cell in cells:
        key = (cell[1], cell[2]) if cell[1] == "points" else (cell[0], cell[1])
        (rest if key in seen else first).append(cell)
        seen.add(key)
    return first + rest[:max(0, budget - len(first))]


def table(results, rows):
    print(f"{'scenario':14}" + "".join(f"{k:>18}" for k in KINDS))
    for scenario in rows:
        line = f"{scenario:14}"
        for kind in KINDS:
            mine = [bad for cell, bad in results if cell[:2] == (scenario, kind)]
            line += f"{sum(not b for b in mine):>9} of {len(mine):<5}"
        print(line)


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("build", nargs="?", default=os.path.join(rigs.HERE, "../../build"))
    p.add_argument("--all", action="store_true")
    p.add_argument("--only", default="")
    p.add_argument("--kinds", default=",".join(KINDS))
    p.add_argument("--replay")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--budget", type=int, default=90)
    return p.parse_args()


def never_reached(build, reached):
    import subprocess
    listed = subprocess.run([build + "/passerelle", "fail-points"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.split()
    return sorted(set(listed) - set(reached))


def main():
    args = arguments()
    args.build = os.path.abspath(args.build)
    for program in ("passerelle", "tests/crash/libdiskfault.so"):
        if not os.path.exists(f"{args.build}/{program}"):
            print(f"skipped: no {program}")
            return 77
    names = [n for n in SCENARIOS if not args.only or n in args.only.split(",")]
    if args.replay:
        names = [args.replay.split("/")[0]]
    began, ends, cells, reached = time.monotonic(), {}, [], collections.Counter()
    mail = rigs.mail_directory(tempfile.mkdtemp(prefix="passerelle-mail-"))
    bad = 0
    with Rig(args.build) as first:
        picture = first.take_picture(mail)
        for name in names:
            ends[name], row, passes = record(first, picture, name)
            cells += [(name, *cell) for cell in row if cell[0] in args.kinds.split(",")]
            reached += passes
        total = len(cells)
        if args.replay:
            scenario, kind, rest = args.replay.split("/")
            what, n = rest.rsplit(":", 1)
            cells = [(scenario, kind, what, int(n))]
        elif not args.all:
            cells = choose(cells, args.budget)
        results = []
        with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
            for job in concurrent.futures.as_completed(
                    [pool.submit(work, args.build, picture, ends[c[0]], c) for c in cells]):
                cell, found = job.result()
                results.append((cell, found))
                if found:
                    bad += 1
                    print("FAIL {}/{}/{}:{}".format(*cell), *found, sep="\n  ", flush=True)
            for _ in range(args.jobs):
                pool.submit(WORKER_close)
    shutil.rmtree(mail)
    table(results, names)
    missing = [] if args.only or args.replay else never_reached(args.build, reached)
    for name in missing:
        print(f"FAIL fail point {name} is passed by no scenario")
    print(f"{len(results) - bad} of {len(results)} cells alike ({total} in all), "
          f"{len(set(reached))} fail points passed, {time.monotonic() - began:.0f} s")
    return 1 if bad or missing else 0


def WORKER_close():
    if "rig" in WORKER:
        WORKER.pop("rig").close()
    time.sleep(0.2)  # so that each process takes one


if __name__ == "__main__":
    sys.exit(main())
