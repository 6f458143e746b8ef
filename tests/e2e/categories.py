#!/usr/bin/python3
"""Outlook's categories are IMAP keywords, both ways, whatever their names; Thunderbird's five
tags are categories by a table; marks that clients set for themselves never reach Outlook."""
import re

import checks
import common
from common import ALICE

NAMES = ["Projekt X", "Über uns", "[intern]", "(a) {b} %c *d", 'Quote " Backslash \\', "a=b", "=20",
         "=C3=BC", "a=", "100 %", "😀 Laune", "日本語 カテゴリ", "Punkt.", "x,y;z", "a/b", "~",
         " blank first", "blank last ", "&amp; <b>", "$money", "Wichtig!", "x" * 255, "ü" * 255,
         "İstanbul", "tab\there", "Junk"]
LABELS = ["Important", "Work", "Personal", "To Do", "Later"]


def decode(keyword):
    """As README tells: "=" and two hexadecimal digits are an octet."""
    return re.sub(rb"=([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]),
                  keyword).decode("utf-8")


def keywords(client, uid):
    flags = re.search(rb"FLAGS \(([^)]*)\)", common.fetch(client, uid, "FLAGS")[0])[1]
    return sorted(flags.split())


def shown(client, uid):
    return sorted(decode(k) for k in keywords(client, uid)
                  if not k.startswith((b"\\", b"$")))


def down(client, case, idents):
    """What Outlook sets is shown, and can be searched for as it is shown."""
    (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", idents[0])
    for name in NAMES:
        case.alice.update(case.alice.find("INBOX", idents[0]), categories=[name])

        def there(n=name):
            client.noop()
            return shown(client, uid) == [n]
        case.eventually(f"category {name!r}", there)
        (keyword,) = [k for k in keywords(client, uid) if not k.startswith(b"\\")]
        kind, found = client.uid("SEARCH", "KEYWORD", keyword.decode())
        assert kind == "OK" and found[0].split() == [uid], (name, found)
    case.alice.update(case.alice.find("INBOX", idents[0]), categories=[])
    case.eventually("no category", lambda: shown(client, uid) == [])


def up(client, case, idents, encoded):
    """A client that gives the same keyword back changes nothing but its place."""
    (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", idents[1])
    client.select("INBOX")
    for name, keyword in encoded.items():
        kind, data = client.uid("STORE", uid, "+FLAGS", f"({keyword})")
        assert kind == "OK", (name, data)
    case.eventually("all categories at Exchange", lambda: case.alice.find(
        "INBOX", idents[1]).categories == sorted(encoded))
    assert client.uid("STORE", uid, "-FLAGS", f"({encoded['Projekt X']})")[0] == "OK"
    rest = sorted(set(encoded) - {"Projekt X"})
    case.eventually("all but one", lambda: case.alice.find("INBOX", idents[1]).categories == rest)


def encode(name):
    plain = re.compile(rb"[!#$&'+,\-./0-9:;<>?@A-Z\[^_`a-z|}~]")
    text = "".join(chr(b) if plain.match(bytes([b])) else f"={b:02X}" for b in name.encode())
    mark = name.startswith("$") or name == "Junk"  # as clients name their own marks
    return f"={ord(text[0]):02X}{text[1:]}" if mark else text


def many(client, case, idents):
    """Fifty categories, long ones among them, and one more from the client."""
    (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", idents[2])
    names = sorted(f"{i:02} Kategorie mit Ümlaut " + "y" * (i * 4) for i in range(50))
    case.alice.update(case.alice.find("INBOX", idents[2]), categories=names)
    case.eventually("fifty keywords", lambda: shown(client, uid) == names)
    client.select("INBOX")
    assert client.uid("STORE", uid, "+FLAGS", "(Neu)")[0] == "OK"
    case.eventually("all of them and the new one", lambda: case.alice.find(
        "INBOX", idents[2]).categories == sorted(names + ["Neu"]))


def labels(client, case, idents, table):
    (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", idents[3])
    for number, name in enumerate(table, 1):
        key = f"$label{number}".encode()
        case.alice.update(case.alice.find("INBOX", idents[3]), categories=[name] if name else [])
        if name:
            case.eventually(f"{name} as {key}", lambda k=key: k in keywords(client, uid)
                            and not shown(client, uid))
        client.select("INBOX")
        assert client.uid("STORE", uid, "-FLAGS", f"({key.decode()})")[0] == "OK"
        case.eventually("its removal", lambda: not case.alice.find("INBOX", idents[3]).categories)
        assert client.uid("STORE", uid, "+FLAGS", f"({key.decode()} \\Flagged)")[0] == "OK"
        case.eventually(f"{key} at Exchange", lambda n=name: case.alice.find(
            "INBOX", idents[3]).categories == ([n] if n else []))
        kind, found = client.uid("SEARCH", "KEYWORD", key.decode())
        assert found[0].split() == [uid], found
        assert client.uid("STORE", uid, "FLAGS", "()")[0] == "OK"
        case.eventually("nothing", lambda: not case.alice.find("INBOX", idents[3]).categories
                        and not case.alice.find("INBOX", idents[3]).flagged)


def by_name(client, case, idents):
    """A client that names a tag's category itself sees that name again."""
    (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", idents[3])
    client.select("INBOX")
    kind, answer = client.uid("STORE", uid, "+FLAGS", "(Work $label4)")
    assert kind == "OK" and b"Work" in answer[0] and b"$label4" in answer[0], answer
    assert b"$label2" not in answer[0], answer
    case.eventually("both at Exchange", lambda: case.alice.find(
        "INBOX", idents[3]).categories == ["To Do", "Work"])
    assert client.uid("SEARCH", "KEYWORD", "$label2")[1][0].split() == [uid]
    assert client.uid("STORE", uid, "FLAGS", "($label2)")[0] == "OK"
    assert keywords(client, uid) == [b"$label2"]
    case.eventually("one", lambda: case.alice.find("INBOX", idents[3]).categories == ["Work"])
    assert client.uid("STORE", uid, "FLAGS", "()")[0] == "OK"
    case.eventually("none", lambda: not case.alice.find("INBOX", idents[3]).categories)


def local_marks(client, case, idents):
    (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", idents[4])
    client.select("INBOX")
    assert client.uid("STORE", uid, "+FLAGS",
                      r"($MDNSent Junk $Junk NonJunk $NotJunk $Phishing \Flagged)")[0] == "OK"
    case.eventually("the flag", lambda: case.alice.find("INBOX", idents[4]).flagged)
    assert case.alice.find("INBOX", idents[4]).categories == []
    assert {b"$MDNSent", b"Junk", b"NonJunk", b"$Phishing"} <= set(keywords(client, uid))


def with_labels(case, line):
    with open(case.p.config) as f:
        text = re.sub(r"labels = .*\n", "", f.read())
    with open(case.p.config, "w") as f:
        f.write(text.replace("[account alice]\n", f"[account alice]\nlabels = {line}\n"))
    case.p.restart()
    return common.imap(case.p)


def test():
    common.need()
    with checks.Case({"inbox": 5}) as case:
        idents, client = case.inbox, common.imap(case.p)
        down(client, case, idents)
        up(client, case, idents, {n: encode(n) for n in NAMES})
        many(client, case, idents)
        labels(client, case, idents, LABELS)
        by_name(client, case, idents)
        local_marks(client, case, idents)
        client.logout()
        table = ["Wichtig", "Büro", "", "Zu erledigen", "Rot, nicht grün".split(",")[0]]
        client = with_labels(case, "Wichtig, Büro, , Zu erledigen, Rot")
        labels(client, case, idents, table)
        client.logout()
        client = with_labels(case, "no")
        labels(client, case, idents, [""] * 5)
        case.alice.update(case.alice.find("INBOX", idents[3]), categories=["Important"])
        (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", idents[3])
        case.eventually("by its own name", lambda: shown(client, uid) == ["Important"])
        client.logout()


if __name__ == "__main__":
    common.main(test)
