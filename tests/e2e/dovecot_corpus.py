#!/usr/bin/python3
"""Every message of ../shared/corpus/mime and of the demo mailbox beside Dovecot, with the tool
../shared/tools/imap_differential.py. A command of its own: it takes minutes.

    dovecot_corpus.py [BUILD]

Each difference must be one that docs/imap-differences.md explains: RULES tell which section.
Those of BINARY are checked one by one. Status 1: there is one that nothing explains.
"""
import collections
import glob
import imaplib
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402
import dovecot  # noqa: E402
import pair  # noqa: E402

SHARED = os.path.join(common.HERE, "..", "..", "..", "shared")
TOOL = os.path.join(SHARED, "tools", "imap_differential.py")
USER = "alice@example.test"
ALL = 10 ** 6

# (kind, where: message or query, section)
RULES = [(re.compile(kind), re.compile(where), section) for kind, where, section in [
    (r"BODY(STRUCTURE)?\.(octets|lines)", r"enclosed|torture-part|rfc2060|mime8", 1),
    (r"part BODY\[n.HEADER.FIELDS.NOT", r"rfc822\.eml|issue274|rfc_008|thirdparty_015", 2),
    (r"ENVELOPE\.to", r"rfc2822_example11", 3),
    (r"ENVELOPE\.to", r"stack-overflow|at_display_name", 4),
    (r"BODY(STRUCTURE)?\.(children|params)", r"bad_time|spam_utf16", 5),
    (r"SEARCH (NOT )?SENT", r".*", 6),
    (r"SORT (REVERSE )?DATE", r".*", 6),
    (r"SORT (FROM|TO|DISPLAYFROM)", r".*", 7),
    (r"SEARCH CHARSET", r"SPLEISSEN", 11),
    (r"SEARCH CHARSET", r".*", 8),
    (r"SORT (REVERSE )?(SIZE )?(SUBJECT|DISPLAYTO)", r".*", 8),
    (r"THREAD", r"REFERENCES|ORDEREDSUBJECT", 8),
    (r"SEARCH (NOT )?BODY", r".*", 10),
]]
# Messages that a query may tell apart, by what is said of them above.
QUERIED = {
    6: r"rfc2822_example1[03]|bad_time|new-date-time-format|embedded-rfc822",
    8: r"legacy_|github-102|m3007|m0023|cjk_gb2312|mailformed-headers|invalid_subject|koi8r",
    10: r"spam_015|issue126",
}


def messages(directory):
    """As the tool loads them: in the order of their names, without those with NUL."""
    for path in sorted(glob.glob(os.path.join(directory, "**", "*.eml"), recursive=True)):
        with open(path, "rb") as f:
            if b"\0" not in f.read():
                yield os.path.relpath(path, directory)


def export_demo(client, directory):
    """The demo mailbox as files."""
    count = 0
    for line in client.list()[1]:
        name = re.search(rb'"/" (.*)$', line)[1].decode()
        if client.select(name, readonly=True)[0] != "OK":
            continue
        for part in client.fetch("1:*", "(BODY.PEEK[])")[1] or []:
            if isinstance(part, tuple):
                count += 1
                with open(os.path.join(directory, f"{count:04}.eml"), "wb") as f:
                    f.write(part[1])
    return count


def binary_section(client, number, where):
    """Which section explains a difference of BINARY[n] or BINARY.SIZE[n]; 0: none."""
    part = re.search(r"\[([\d.]+)\]", where)[1]
    data = client.fetch(str(number), f"(BODY.PEEK[{part}.MIME] BODY.PEEK[{part}])")[1]
    mime, body = [p[1] for p in data if isinstance(p, tuple)]
    data = client.fetch(str(number), f"(BINARY.PEEK[{part}])")[1]
    binary = data[0][1] if isinstance(data[0], tuple) else \
        re.search(rb'BINARY\[[\d.]+\] "?(.*?)"?\)$', data[0])[1]
    composite = re.search(rb"(?im)^content-type:\s*(multipart|message)/", mime)
    if composite and binary == body:
        return 12
    size = client.fetch(str(number), f"(BINARY.SIZE[{part}])")[1][0]
    if ".SIZE" in where and int(re.search(rb"\] (\d+)", size)[1]) == len(binary):
        return 13
    return 0


def explain(client, files, kind, where, ours, theirs):
    if "BINARY" in kind:
        name = re.match(r"(.*\.eml) ", where)[1]
        return binary_section(client, files.index(name) + 1, where)
    for rule, place, section in RULES:
        if not rule.match(kind) or not place.search(where):
            continue
        named = re.findall(r"[\w.+-]+\.eml", f"{ours} {theirs}")
        if kind.startswith("SEARCH") and any(
                not re.search(QUERIED.get(section, ""), name) for name in named):
            return 0
        return section
    return 0


def compare(title, gold, own, directory, out):
    """Return: how many differences nothing explains."""
    result = os.path.join(out, "result.json")
    subprocess.run([sys.executable, TOOL, "--a", gold, "--b", own["url"], "--corpus", directory,
                    "--box", "compared", "--reload", "--json", result, "--show", str(ALL)],
                   stdout=subprocess.DEVNULL, check=False, env={**os.environ, "HOME": out})
    with open(result) as f:
        result = json.load(f)
    files, client = list(messages(directory)), own["client"]
    assert len(files) == result["messages"], (len(files), result["messages"])
    client.select("compared", readonly=True)
    sections, unexplained = collections.Counter(), 0
    for kind in result["kinds"]:
        if kind["severity"] != "hard":
            continue
        assert len(kind["examples"]) == kind["count"], kind["kind"]
        for where, theirs, ours in kind["examples"]:
            section = explain(client, files, kind["kind"], where, ours, theirs)
            sections[section] += 1
            if not section:
                unexplained += 1
                print(f"UNEXPLAINED {kind['kind']}: {where}\n   Dovecot {theirs[:300]}\n"
                      f"   ours    {ours[:300]}")
    print(f"{title}: {result['messages']} messages, {result['comparisons']} comparisons, "
          f"{result['hard']} differences, {unexplained} unexplained, {result['soft']} that no "
          "client can tell apart")
    print("   by section: " + ", ".join(f"{s}: {n}" for s, n in sorted(sections.items()) if s))
    return unexplained


def main():
    common.need()
    if not os.path.exists(TOOL) or not dovecot.installed():
        print("skipped: no " + ("Dovecot" if os.path.exists(TOOL) else TOOL))
        return 77
    with dovecot.Dovecot() as theirs, \
            pair.Pair(common.BUILD, [USER], mailbox="demo") as p, \
            tempfile.TemporaryDirectory() as out:
        client = imaplib.IMAP4("127.0.0.1", p.imap_port)
        client.login(USER, p.BRIDGE_PASSWORD)
        own = {"client": client,
               "url": f"imap://alice%40example.test:{p.BRIDGE_PASSWORD}@127.0.0.1:{p.imap_port}"}
        demo = os.path.join(out, "demo")
        os.mkdir(demo)
        export_demo(client, demo)
        bad = compare("demo mailbox", theirs.url, own, demo, out)
        bad += compare("corpus", theirs.url, own, os.path.join(SHARED, "corpus", "mime"), out)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
