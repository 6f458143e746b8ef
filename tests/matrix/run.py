#!/usr/bin/python3
"""The bridge on servers of every kind: see docs/ewsim.md, *The matrix*.

    run.py BUILD [--quick] [NAME=VALUE[,NAME=VALUE...] ...]
"""
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests/script"))
import pair  # noqa: E402

# One at a time. Scripts that name a switch themselves have their own way.
SETTINGS = [
    "archive-missing=not-enabled", "article-numbers=absent", "article-numbers=content",
    "article-numbers=any", "article-numbers=zero", "bcc=off", "calendar-uid=refused",
    "chunk-bytes=13", "clock-skew=-86400", "clock-skew=86400", "conversation=absent",
    "conversation=topic", "content-index=off", "date-digits=3", "date-digits=7", "date-digits=9",
    "date-zone=offset", "date-zone=none", "find-restricted-limit=0", "find-count-limit=20",
    "folder-counters=off", "gzip=off", "heartbeat=1", "hierarchy-counters=on",
    "hierarchy-shuffled=on", "keep-alive=off", "latency=20", "login-methods=both",
    "max-concurrency=3", "max-request-bytes=400000,max-request-status=404", "max-streams=1",
    "max-sync-calls=1", "max-sync-page=7", "max-version=Exchange2013_SP1",
    "max-version=Exchange2013", "max-version=Exchange2010_SP2", "mime-regenerate=on",
    "mime-stored=rewritten", "move-ids=off", "move-renews-ids=off", "move-same-folder=error",
    "notify-delay=300", "notify-lose=3", "notify-reorder=on", "notify-repeat=on",
    "odd-prefixes=on", "property-sets=guid", "read-changes-key=off", "read-flag-change=off",
    "recurrence-wipes=off", "search-key=off", "senders=ex", "senders=names",
    "sent-message-id=renewed", "streaming=off", "stream-envelope=prefixed", "strict-headers=on",
    "sync-empty-pages=on", "sync-ghosts=on", "sync-omits=nothing", "sync-omits=all",
    "sync-repeats=on", "sync-state-bytes=200000", "transport-headers=off", "trash-as-update=on",
    "unknown-elements=on", "mime-stored=rewritten,signed-parts=spoiled",
]
# For CI: those that do not hide each other.
QUICK = [
    "article-numbers=any,read-flag-change=off,read-changes-key=off,odd-prefixes=on,gzip=off,"
    "notify-repeat=on,notify-reorder=on,unknown-elements=on,date-digits=7,chunk-bytes=100",
    "article-numbers=absent,search-key=off,streaming=off,sync-empty-pages=on,sync-repeats=on,"
    "hierarchy-shuffled=on,date-zone=none,keep-alive=off,max-sync-page=50,move-renews-ids=off",
]
# Switches that are not here, and why.
LEFT_OUT = {
    **dict.fromkeys(("autodiscover-pox", "autodiscover-redirect", "autodiscover-soap",
                     "autodiscover-urls", "autodiscover-v2"), "tests/e2e/autodiscover.py"),
    "max-subscriptions": "the bridge has one", "quota-full": "nothing could be written",
    "quota": "tests/script/imap/quota.test, quota_none.test",
    "restored": "tests/e2e/restored.py", "sync-loses": "tests/unit/sync/test_kinds.c",
}
# Scripts that do not fit a setting, and why; "" is all of them.
NOT_MEANT = {
    "conversation=absent": ["threadid.test"],  # there are no threads
    "max-version=Exchange2010_SP2": ["create_use.test"],  # "archive" is a younger name
    "mime-regenerate=on": [""],  # they want the octets that they put in
    "mime-stored=rewritten": [""],
    "mime-stored=rewritten,signed-parts=spoiled": [""],
    "sync-ghosts=on": ["unreadable.test"],  # its fault makes a message of each ghost
    "transport-headers=off": ["unreadable.test"],  # the index has no header to give then
}
ALWAYS_LEFT_OUT = [
    "offline.test",  # waits 15 s, and does not get far enough to differ
    "recent.test",  # wants no news between two of its lines
]


def run(what, argv):
    began = time.monotonic()
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=900, check=False)
    return what, done.returncode == 0, time.monotonic() - began, done.stdout


def attempts(build, setting):
    each = setting.split(",")
    sets = [x for one in each for x in ("--set", one)]
    out = NOT_MEANT.get(setting, []) + ALWAYS_LEFT_OUT
    if "" not in out:
        scripts = [os.path.join(TOP, "tests/script", d, f) for d in ("imap", "smtp")
                   for f in sorted(os.listdir(os.path.join(TOP, "tests/script", d)))
                   if f.endswith(".test") and f not in out]
        yield run("scripts", [sys.executable, os.path.join(TOP, "tests/script/run.py"),
                              "--build", build, "--account", "poll-seconds = 1", *sets,
                              *scripts])
    yield run("round", [sys.executable, os.path.join(HERE, "round.py"), build, *each])


def forgotten(build):
    """Switches of ewsim that are neither tried nor left out."""
    sim = subprocess.Popen([pair.program(build, "ewsim"), "--listen", "127.0.0.1:0", "--control",
                            "127.0.0.1:0", "--mailbox", "empty"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r"control \S+:(\d+)", sim.stdout.readline())[1])
        assert sim.stdout.readline() == "ready\n"
        names = {line.split()[0] for line in pair.control(port, "settings")}
    finally:
        sim.terminate()
        sim.wait(20)
    return names - {one.split("=")[0] for s in SETTINGS for one in s.split(",")} - set(LEFT_OUT)


def main():
    build, options = sys.argv[1], sys.argv[2:]
    quick = "--quick" in options
    settings = [o for o in options if o != "--quick"] or (QUICK if quick else SETTINGS)
    missing = forgotten(build)
    assert not missing, f"neither tried nor left out: {missing}"
    bad = 0
    for setting in settings:
        for what, ok, seconds, out in attempts(build, setting):
            print(f"{'ok   ' if ok else 'FAIL '} {setting}  {what}  {seconds:.1f} s", flush=True)
            if not ok:
                bad += 1
                print("\n".join("    " + line for line in out.splitlines()
                                if not line.startswith("ok ")), flush=True)
    print(f"{len(settings)} settings, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
