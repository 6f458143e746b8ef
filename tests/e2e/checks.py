"""What every mail client is put through, whatever it is.

A client's file gives a class with those of these methods that the client can do; @ident
is a Message-ID, @folder a name as IMAP shows it, marks are "seen", "flagged", "answered".
Each check does it with the client and then asks Exchange (see exchange.py).

    read(folder) -> {ident: octets}     lines end in CRLF
    marks(folder) -> {ident: {mark}}
    mark(folder, ident, marks)
    move(folder, ident, to)
    delete(folder, ident)
    add(folder, octets)
    send(octets)                        to the recipients in its header
    idle(act) -> None                   act() while the client waits in the Inbox; returns
                                        when the client has seen something come
"""
import email
import email.policy
import json
import random

import common
from common import ALICE, BOB
from exchange import Exchange

FOLDERS = {"inbox": 8, "Archiv": 5, "sentitems": 2}
ADDED = (b"X-TUID:", b"X-OfflineIMAP:", b"X-getmail-", b"Return-Path:")
NAMES = {"inbox": "INBOX", "sentitems": "Sent Items"}


class Case:
    """A mailbox of alice's with some messages, bob's that is empty, the daemon."""

    def __init__(self, folders=None, more_users=(), **pair_options):
        self.folders = dict(folders or FOLDERS)
        self.mailbox = common.Files(self.folders)
        self.p = common.pair.Pair(common.BUILD, [ALICE, BOB, *more_users], self.mailbox.dir,
                                  **pair_options)
        self.alice, self.bob = Exchange(self.p, ALICE), Exchange(self.p, BOB)

    def __enter__(self):
        client = common.imap(self.p)
        for folder, count in self.folders.items():
            name = common.utf7(NAMES.get(folder, folder))
            common.wait_for(f"{count} messages in {name}",
                            lambda n=name, c=count: common.count_in(client, n) == c)
        client.logout()
        self.inbox = self.alice.idents("INBOX")
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(self.p.logs())
        self.mailbox.__exit__()
        self.p.__exit__(kind, value, trace)

    def eventually(self, what, question):
        return common.wait_for(what, question)


def canonical(octets):
    """With LF, and without the lines that clients add of their own."""
    lines = octets.replace(b"\r\n", b"\n").split(b"\n")
    return b"\n".join(line for line in lines if not line.startswith(ADDED))


def difference(a, b):
    lines = zip(a.split(b"\n") + [None], b.split(b"\n") + [None])
    return next((f"line {n}: {x!r} and {y!r}" for n, (x, y) in enumerate(lines) if x != y),
                "one is longer")


def reading(client, case):
    """Every message of every folder, octet for octet."""
    for folder in case.folders:
        name = NAMES.get(folder, folder)
        got = client.read(name)
        assert sorted(got) == case.alice.idents(name), f"{name}: {sorted(got)}"
        for ident, octets in got.items():
            want, octets = canonical(case.mailbox.originals[ident]), canonical(octets)
            assert octets == want, f"{ident} in {name}: {difference(want, octets)}"


def marking(client, case):
    ident, other = case.inbox[0], case.inbox[1]
    client.mark("INBOX", ident, {"seen", "flagged", "answered"})
    case.eventually("the marks at Exchange", lambda: case.alice.find("INBOX", ident).marks()
                    == {"seen", "flagged", "answered"})
    assert "flagged" not in case.alice.find("INBOX", other).marks()


def moving(client, case):
    ident = case.inbox[2]
    client.move("INBOX", ident, "Archiv")
    item = case.eventually("the moved message", lambda: case.alice.find("Archiv", ident, True))
    case.eventually("its absence in the Inbox", lambda: not case.alice.find("INBOX", ident))
    assert canonical(item.mime) == canonical(case.mailbox.originals[ident])


def deleting(client, case):
    ident = case.inbox[3]
    client.delete("INBOX", ident)
    case.eventually("the removal", lambda: not case.alice.find("INBOX", ident))
    case.eventually("it can be recovered", lambda: any(
        case.alice.find(f, ident) for f in ("recoverable", "Deleted Items")))


def adding(client, case):
    octets = common.message(901, "files")
    client.add("Archiv", octets)
    item = case.eventually("the added message", lambda: case.alice.find(
        "Archiv", "<e2e-901@example.test>", True))
    assert canonical(item.mime) == canonical(octets), "the added message came out differently"


def big_message(number, size):
    """From alice to bob, with @size octets of a video that cannot be compressed."""
    octets = common.message(number, "files", BOB).replace(b"Frieda <frieda@example.test>",
                                                          ALICE.encode())
    m = email.message_from_bytes(octets, policy=email.policy.SMTP)
    m.add_attachment(random.Random(number).randbytes(size), maintype="video", subtype="mp4",
                     filename="video.mp4")
    return m.as_bytes()


def content(octets):
    """Headers that people see and decoded parts."""
    m = email.message_from_bytes(octets, policy=email.policy.default)
    parts = [(p.get_content_type(), p.get_filename(), p.get_payload(decode=True))
             for p in m.walk() if not p.is_multipart()]
    return m["Subject"], parts


def sending(client, case):
    """It arrives once, and alice has it in Sent once."""
    octets = common.message(902, "files", BOB).replace(b"Frieda <frieda@example.test>",
                                                       ALICE.encode())
    ident = "<e2e-902@example.test>"
    client.send(octets)
    item = case.eventually("the mail at bob's", lambda: case.bob.find("INBOX", ident, True))
    assert content(item.mime) == content(octets)
    case.eventually("the copy in Sent", lambda: case.alice.find("Sent Items", ident))
    assert not case.alice.find("Drafts", ident)


def idling(client, case):
    """New mail shows by itself."""
    octets = common.message(903, "plain")
    client.idle(lambda: case.p.deliver(ALICE, "inbox", octets))
    assert case.alice.find("INBOX", "<e2e-903@example.test>")


def change_elsewhere(case):
    """What Outlook does while nobody here looks."""
    a, idents = case.alice, sorted(case.alice.idents("INBOX"))
    flag, gone, away = idents[0], idents[1], idents[2]
    item = a.find("INBOX", flag)
    a.update(item, read=not item.read, flagged=not item.flagged)
    a.delete(a.find("INBOX", gone))
    a.move(a.find("INBOX", away), "Archiv")
    case.p.deliver(ALICE, "inbox", common.message(904, "html"))
    a.move(a.find("Archiv", a.idents("Archiv")[0]), "INBOX")


def imap_marks(case, folder):
    """For the report of a failure: what the bridge shows."""
    c = common.imap(case.p)
    c.select(f'"{folder}"', readonly=True)
    kind, data = c.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (Message-ID)])")
    c.logout()
    return [d[0] + d[1].strip() for d in data if isinstance(d, tuple)]


def same(client, case, folder):
    """The client shows what Exchange has."""
    last = {}

    def agree():
        last["client"] = client.marks(folder)
        last["Exchange"] = {i.message_id: i.marks() - {"forwarded"}
                            for i in case.alice.items(folder)}
        return last["client"] == last["Exchange"]
    try:
        case.eventually(f"{folder} as Exchange has it", agree)
    except AssertionError as e:
        raise AssertionError(f"{e}\n{last}\nIMAP {imap_marks(case, folder)}") from e


def resyncing(client, case):
    """Changes on both sides while the daemon is down, then all are the same again.
    A client without memory has none of its own: it only must see the others'."""
    client.marks("INBOX")
    assert case.p.daemon.stop() == 0
    mine = case.alice.idents("INBOX")[3]
    if hasattr(client, "mark_offline"):
        client.mark_offline("INBOX", mine, {"seen", "flagged"})
    change_elsewhere(case)
    case.p.start_daemon()
    for folder in ("INBOX", "Archiv"):
        same(client, case, folder)
    if hasattr(client, "mark_offline"):
        assert case.alice.find("INBOX", mine).marks() >= {"seen", "flagged"}
    case.eventually("nothing is left to do", lambda: settled(case))


def settled(case):
    status = common.run(common.os.path.join(common.BUILD, "passerelle"), "status", "--config",
                        case.p.config, "--json")
    return all(a["pending"] == 0 for a in json.loads(status)["accounts"])


CHECKS = (("read", reading), ("mark", marking), ("move", moving), ("delete", deleting),
          ("add", adding), ("send", sending), ("idle", idling), ("marks", resyncing))


def everything(client, case):
    """All that the client can do. Prints what was checked."""
    done = []
    for method, check in CHECKS:
        if hasattr(client, method):
            check(client, case)
            done.append(check.__name__)
    print("checked:", ", ".join(done))
