#!/usr/bin/python3
"""What IMAP says about a message, beside Dovecot: ENVELOPE, BODY, BODYSTRUCTURE, every
section, SEARCH, SORT and THREAD of messages written for this, most of them broken in one
way each. Where we differ on purpose is in EXPLAINED; docs/imap-differences.md has why."""
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402
import dovecot  # noqa: E402
from dovecot_diff_mail import MESSAGES  # noqa: E402

BOX = "compared"
# (message, item): on purpose. A pair that agrees after all is a failure, too.
EXPLAINED = {
    ("inner end before outer", "BODY"): "section 1",
    ("inner end before outer", "BODYSTRUCTURE"): "section 1",
    ("inner end before outer", "BODY[1]"): "section 1",
    ("inner end before outer", "BODY[1.TEXT]"): "section 1",
    ("header cut by boundary", "BODY[2.HEADER.FIELDS.NOT (SUBJECT)]"): "section 2",
    ("empty members", "ENVELOPE"): "section 3",
    ("unquoted at in name", "ENVELOPE"): "section 4",
    ("boundary with =", "BODY"): "section 5",
    ("boundary with =", "BODYSTRUCTURE"): "section 5",
    ("before 1970", "SENTBEFORE 1-Jan-1970"): "section 6",
    ("before 1970", "SENTSINCE 1-Jan-2010"): "section 6",
    ("fraction of a second", "SENTSINCE 1-Jan-2010"): "section 6",
    ("8-bit subject", "SUBJECT br\u00fccke"): "section 8",
    ("8-bit body", "BODY br\u00fccke"): "section 8",
    ("8-bit subject", "TEXT BR\u00dcCKE"): "section 8",
    ("8-bit body", "TEXT BR\u00dcCKE"): "section 8",
    ("prefix boundary", "BODY[1]"): "section 1",
    ("spaced dots", "ENVELOPE"): "section 4",
    ("spaced dots", "TO example"): "section 4",
    ("parameter without value", "BODY"): "section 9",
    ("parameter without value", "BODYSTRUCTURE"): "section 9",
    ("open quotes", "BODY"): "section 9",
    ("open quotes", "BODYSTRUCTURE"): "section 9",
    ("a word alone", "NOT BODY text"): "section 10",
}
# Whose date, subject or address is read in another way; orders are compared without them.
UNORDERED = {name for name, _ in EXPLAINED} | {"two words in brackets", "name alone"}
ITEMS = ["RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE", "BODY[]", "BODY[HEADER]",
         "BODY[TEXT]", "BODY[HEADER.FIELDS (SUBJECT X-NONE CONTENT-TYPE)]",
         "BODY[HEADER.FIELDS.NOT (SUBJECT)]", "BODY[]<7.40>", "BODY[TEXT]<3.11>",
         "BODY[]<99999.5>", "RFC822.HEADER", "RFC822.TEXT"]
OF_PART = ["", ".MIME", ".HEADER", ".TEXT", ".HEADER.FIELDS (SUBJECT)",
           ".HEADER.FIELDS.NOT (SUBJECT)"]
SEARCHES = ["ALL", "SENTBEFORE 1-Jan-1970", "SENTSINCE 1-Jan-2010", "SENTON 2-Mar-2026",
            "SUBJECT \"\"", "CC \"\"", "FROM @", "TO example", "SUBJECT br\u00fccke",
            "BODY br\u00fccke", "TEXT BR\u00dcCKE", "TEXT multipart", "BODY \"inner text\"",
            "BODY preamble", "BODY epilogue", "BODY secret", "HEADER Content-Type mixed",
            "HEADER X-Two second", "NOT BODY text", "LARGER 400", "SMALLER 200",
            "OR SUBJECT inner BODY inner", "TEXT \"no such words\""]
SORTS = ["ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "REVERSE DATE SUBJECT"]


class Client:
    """IMAP down to the octets."""

    def __init__(self, port, user, password):
        self.s = socket.create_connection(("127.0.0.1", port), timeout=common.TIMEOUT_S)
        self.f = self.s.makefile("rb")
        self.tag = 0
        self.f.readline()
        self.run(f'LOGIN "{user}" "{password}"')
        self.capability = self.run("CAPABILITY")[0].split()

    def run(self, text, literal=None, need=True):
        """Return: untagged responses, their literals as quoted strings."""
        self.tag += 1
        tag = b"x%d" % self.tag
        octets = tag + b" " + text.encode()
        if literal is not None:
            octets += b"{%d+}\r\n" % len(literal) + literal
        self.s.sendall(octets + b"\r\n")
        answer = []
        while True:
            line = b""
            while True:
                line += self.f.readline()
                m = re.search(rb"~?\{(\d+)\}\r\n$", line)
                if not m:
                    break
                content = re.sub(rb'([\\"])', rb"\\\1", self.f.read(int(m[1])))
                line = line[:m.start()] + b'"' + content + b'"'
            assert line.endswith(b"\r\n"), f"closed after {text}: {line}"
            if line.startswith(tag):
                assert not need or line[len(tag) + 1:].startswith(b"OK"), (text, line)
                return answer if line[len(tag) + 1:].startswith(b"OK") else None
            answer.append(line[2:-2].decode("latin-1"))

    def load(self, box, names):
        self.run(f"CREATE {box}")
        for n, name in enumerate(names):
            self.run(f'APPEND {box} () "{n % 28 + 1:2}-Feb-2026 10:00:00 +0000" ',
                     MESSAGES[name])
        self.run(f"EXAMINE {box}")


TOKEN = re.compile(r'\s*([()]|"(?:\\.|[^"\\])*"|BODY\[[^\]]*\](?:<\d+>)?|[^\s()"]+)')


def parse(text):
    """Nested lists of strings and None."""
    stack = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        elif token == "NIL":
            stack[-1].append(None)
        elif token.startswith('"'):
            stack[-1].append(re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.S))
        else:
            stack[-1].append(token.upper() if "[" in token else token)
    return stack[0]


MADE_UP = ("MISSING_DOMAIN", "MISSING_MAILBOX", "SYNTAX_ERROR")


def same_taste(value):
    """What no client can tell apart: NIL and "", made-up hosts, case of names of types."""
    if isinstance(value, list):
        value = [same_taste(v) for v in value]
        if len(value) % 2 == 0 and not any(isinstance(v, list) for v in value):
            # Parameters, whose order means nothing (or an address: harmless).
            value = sorted(zip(value[::2], value[1::2]), key=str)
        return value
    if value in MADE_UP or value == "":
        return None
    return value


def fetch(client, number, items):
    """Each item by itself: name -> value."""
    result = {}
    for item in items:
        answer = client.run(f"FETCH {number} ({item.replace('BODY[', 'BODY.PEEK[')})",
                            need=False)
        result[item] = None if not answer else parse(answer[0])[2][1]
    return result


def part_numbers(structure, prefix=""):
    """Sections of all parts, as BODYSTRUCTURE of either server promises them."""
    if not isinstance(structure, list):
        return []
    if not isinstance(structure[0], list):
        one = prefix + "1" if not prefix else prefix[:-1]
        inner = [s for s in structure[8:9] if isinstance(s, list) and len(s) > 6]
        return [one] + [n for s in inner for n in part_numbers(
            s, one + ".") + ([one + ".1"] if not isinstance(s[0], list) else [])]
    found = []
    for n, child in enumerate(s for s in structure if isinstance(s, list)):
        if len(child) < 7 and not isinstance(child[0], list):
            break
        found += [f"{prefix}{n + 1}"] + part_numbers(child, f"{prefix}{n + 1}.")
    return found


def compare(name, item, ours, theirs, found):
    if item.startswith("BODY") and "[" not in item or item == "ENVELOPE":
        ours, theirs = same_taste(ours), same_taste(theirs)
    if (ours or None) != (theirs or None):
        found[name, item] = f"\n   ours {ours}\n   Dovecot {theirs}"


def compare_message(us, them, name, number, found):
    one, two = fetch(us, number, ITEMS), fetch(them, number, ITEMS)
    for item in ITEMS:
        compare(name, item, one[item], two[item], found)
    numbers = sorted(set(part_numbers(one["BODYSTRUCTURE"]))
                     | set(part_numbers(two["BODYSTRUCTURE"])) | {"1", "9", "1.9"})
    items = [f"BODY[{n}{what}]" for n in numbers for what in OF_PART]
    one, two = fetch(us, number, items), fetch(them, number, items)
    for item in items:
        compare(name, item, one[item], two[item], found)


def compare_searches(us, them, names, found):
    for search in SEARCHES:
        keys, literal = search, None
        if not search.isascii():
            keys, _, literal = search.rpartition(" ")
            keys, literal = keys + " ", literal.encode()
        hits = [set(c.run("SEARCH CHARSET UTF-8 " + keys, literal)[0].split()[1:])
                for c in (us, them)]
        for number in hits[0] ^ hits[1]:
            found[names[int(number) - 1], search] = " only " + (
                "ours" if number in hits[0] else "Dovecot's")


def compare_orders(us, them, found):
    orders = [("SORT", f"SORT ({s}) UTF-8 ALL") for s in SORTS]
    orders += [("THREAD=" + a, f"THREAD {a} UTF-8 ALL")
               for a in ("REFERENCES", "ORDEREDSUBJECT")]
    for capability, command in orders:
        if capability in us.capability and capability in them.capability:
            ours, theirs = us.run(command), them.run(command)
            if ours != theirs:
                found["all", command] = f"\n   ours {ours}\n   Dovecot {theirs}"


def test():
    common.need()
    if not dovecot.installed():
        print("skipped: no dovecot")
        sys.exit(77)
    found = {}
    with common.pair.Pair(common.BUILD, [common.ALICE]) as p, dovecot.Dovecot() as peer:
        us = Client(p.imap_port, common.ALICE, p.BRIDGE_PASSWORD)
        them = Client(peer.port, peer.USER, peer.PASSWORD)
        for client in (us, them):
            client.load(BOX, MESSAGES)
        names = list(MESSAGES)
        for number, name in enumerate(names, 1):
            compare_message(us, them, name, number, found)
        compare_searches(us, them, names, found)
        for client in (us, them):
            client.load("ordered", [n for n in names if n not in UNORDERED])
        compare_orders(us, them, found)
    new = {k: v for k, v in found.items() if k not in EXPLAINED}
    gone = [k for k in EXPLAINED if k not in found]
    for (name, item), text in new.items():
        print(f"{name}: {item}:{text}")
    assert not new, f"{len(new)} differences from Dovecot that nobody explained"
    assert not gone, f"explained, but no difference: {gone}"


if __name__ == "__main__":
    common.main(test)
