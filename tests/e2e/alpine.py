#!/usr/bin/python3
"""Alpine in a terminal: reads, flags, saves, deletes, composes with an attachment, sees new
mail. One session from the beginning to the end, as a person has it."""
import os
import re
import tempfile

import checks
import common
from common import ALICE, BOB
from terminal import Terminal

CONFIG = """inbox-path={server}INBOX
folder-collections=Bridge {server}[]
smtp-server=127.0.0.1:{smtp}/user={user}/notls/submit
default-fcc="Sent Items"
postponed-folder=Drafts
user-domain=example.test
personal-name=Alice
customized-hdrs=From: Alice <{user}>
last-version-used=9.99
feature-list=enable-flag-cmd,expunge-without-confirm,expunge-without-confirm-everywhere,
\tquit-without-confirm
mail-check-interval=15
"""


class Client:
    def __init__(self, t, password):
        self.t = t
        t.wait("ENTER PASSWORD")
        t.text(password)
        t.keys("Enter")
        t.wait("Preserve password|MESSAGE INDEX")
        if "Preserve" in t.screen():
            t.keys("n")
        t.wait("Nachricht 8")

    def goto(self, number):
        """To the message that checks call <e2e-NUMBER@...>."""
        self.t.keys("W")
        self.t.wait("Word to search for")
        self.t.text(f"t {number}")
        self.t.keys("Enter")
        self.t.wait("Word found|Wrapped|found")

    def flag(self, *keys):
        self.t.keys("*")
        self.t.wait("Flag New")
        self.t.keys(*keys)
        self.t.wait("[Ff]lagged message|Unflagged|cleared|removed|not")

    def index_is(self, number, marks):
        line = rf"^{marks}\s+\d+ .* \w+t {number}\b"
        self.t.wait(line)

    def save(self, folder):
        self.t.keys("S")
        self.t.wait("(SAVE|Copy).*folder")
        self.t.text(folder)
        self.t.keys("Enter")
        self.t.wait(r"copied to folder|Saving\s+DONE")
        self.expunge()

    def delete(self):
        self.t.keys("D")
        self.t.wait(r"^\s*.?\s*D\s+\d+ ")
        self.expunge()

    def expunge(self):
        self.t.keys("X")
        self.t.wait("[Ee]xpunged")

    def compose(self, to, subject, text, path, password):
        t = self.t
        t.keys("C")
        t.wait("COMPOSE MESSAGE")
        for field in (to, "", path, subject):
            t.text(field)
            t.keys("Enter")
        t.wait("Attchmnt: 1")
        t.text(text)
        t.keys("C-x")
        t.wait("Send message")
        t.keys("y")
        t.wait("ENTER PASSWORD")
        t.text(password)
        t.keys("Enter")
        t.wait("Preserve password|MESSAGE INDEX")
        if "Preserve" in t.screen():
            t.keys("n")
        t.wait("MESSAGE INDEX")


def ident(number):
    return f"<e2e-{number}@example.test>"


def reading(client):
    client.goto(6)
    client.t.keys("Enter")
    client.t.wait("Das Gerüst Nr. 6 steht")
    client.t.keys("<")
    client.t.wait("MESSAGE INDEX")
    client.t.keys("N")


def marking(client, case):
    client.goto(3)
    client.flag("*")
    client.flag("A")
    client.flag("!", "N")
    case.eventually("the marks at Exchange", lambda: case.alice.find("INBOX", ident(3)).marks()
                    == {"seen", "flagged", "answered"})


def moving(client, case):
    client.goto(4)
    client.save("Archiv")
    item = case.eventually("the moved message", lambda: case.alice.find("Archiv", ident(4), True))
    assert checks.canonical(item.mime) == checks.canonical(case.mailbox.originals[ident(4)])
    case.eventually("its absence", lambda: not case.alice.find("INBOX", ident(4)))


def deleting(client, case):
    client.goto(5)
    client.delete()
    case.eventually("the removal", lambda: not case.alice.find("INBOX", ident(5)))


def composing(client, case, where):
    path = os.path.join(where, "zahlen.csv")
    with open(path, "wb") as f:
        f.write(b"eins;zwei\r\n" * 500)
    client.compose(BOB, "Gruß aus Alpine", ".Punkt", path, case.p.BRIDGE_PASSWORD)
    item = case.eventually("the mail at bob's", lambda: next(
        iter(case.bob.items("INBOX", True)), None))
    subject, parts = checks.content(item.mime)
    assert subject == "Gruß aus Alpine" and parts[0][2].strip() == b".Punkt", (subject, parts[0])
    assert parts[1][1:] == ("zahlen.csv", b"eins;zwei\r\n" * 500), parts[1]
    case.eventually("all is settled", lambda: checks.settled(case))
    copies = [i for i in case.alice.items("Sent Items") if i.subject.startswith("Gruß")]
    assert len(copies) == 1, [i.message_id for i in copies]


def new_mail(client, case):
    case.p.deliver(ALICE, "inbox", common.message(903, "plain"))

    def shown():
        client.t.keys("C-l")
        return "Nachricht 903" in client.t.screen()
    case.eventually("the new message", shown)


def elsewhere(client, case):
    """Outlook deletes and marks while Alpine has the folder open."""
    case.alice.delete(case.alice.find("INBOX", ident(7)))
    case.alice.update(case.alice.find("INBOX", ident(8)), read=True, flagged=True)

    def seen():
        client.t.keys("C-l")
        screen = client.t.screen()
        return "Nachricht 7" not in screen and re.search(r"^\*\s+\d+ .*Nachricht 8", screen, re.M)
    case.eventually("both changes in the index", seen)


def test():
    common.need("alpine", "tmux")
    with checks.Case() as case, tempfile.TemporaryDirectory(prefix="passerelle-alpine-") as where:
        p, config = case.p, os.path.join(where, "pinerc")
        with open(config, "w") as f:
            f.write(CONFIG.format(smtp=p.smtp_port, user=ALICE, server=f"{{127.0.0.1:{p.imap_port}"
                                  f"/imap/user={ALICE}/notls}}"))
        with Terminal(["alpine", "-p", config, "-i"], where) as t:
            client = Client(t, p.BRIDGE_PASSWORD)
            reading(client)
            marking(client, case)
            moving(client, case)
            deleting(client, case)
            composing(client, case, where)
            new_mail(client, case)
            elsewhere(client, case)
            t.keys("Q")
            assert t.ended() == 0


if __name__ == "__main__":
    common.main(test)
