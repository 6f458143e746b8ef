#!/usr/bin/python3
"""What the server refuses after the mail program was told OK, or at once: changed meanwhile, item
gone, folder gone, quota full, no permission. Each has its outcome, as a mail program sees it, as
the server has it, in the log and in `passerelle status`; no content is dropped.

Every row plays the same five changes on a mailbox of its own, and says what becomes of them."""
import os
import re
import sys

import common
from common import ALICE
from server_away import PASSERELLE, status, status_text

sys.path.insert(0, os.path.join(common.HERE, "..", "crash"))
from server import Server  # noqa: E402

CHANGES = ("flags", "copy", "move", "expunge", "append")  # the Inbox holds one for each
CALLED = {"append": "new message", "expunge": "deletion"}  # in status
REFUSED = "the server refuses a change"


def mail(name):
    return (f"From: frieda@example.test\r\nTo: {ALICE}\r\nSubject: {name}\r\n"
            f"Message-ID: <{name}@example.test>\r\n\r\nText of {name}.\r\n").encode()


def names_in(text):
    return sorted(re.findall(r"<([a-z]+)@example.test>", text))


class Mailbox:
    def __init__(self, p):
        self.p, self.server = p, Server(p.ews_port, ALICE, p.SERVER_PASSWORD)
        for name in CHANGES[:4]:
            p.deliver(ALICE, "inbox", mail(name))
        self.client = common.imap(p)
        common.wait_for("the Inbox", lambda: common.count_in(self.client, "INBOX") == 4
                        and status(p)["bodies"] == 4)
        assert self.client.create("Work")[0] == "OK"
        self.settle()

    def settle(self):
        common.wait_for("an empty journal", lambda: status(self.p)["pending"] == 0)

    def uid(self, name, folder="INBOX"):
        self.client.select(folder)
        data = self.client.uid("SEARCH", "SUBJECT", name)[1][0].split()
        return data[0] if data else None

    def change(self):
        """One of each kind. Return: {change: what the client was told}"""
        told, c = {}, self.client
        told["append"] = c.append("Work", r"(\Flagged)", None, mail("append"))
        told["flags"] = c.uid("STORE", self.uid("flags"), "+FLAGS", r"(\Flagged)")
        told["copy"] = c.uid("COPY", self.uid("copy"), "Work")
        told["move"] = c.uid("MOVE", self.uid("move"), "Work")
        uid = self.uid("expunge")
        c.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
        told["expunge"] = c.uid("EXPUNGE", uid)
        return {k: v[0] + " " + (v[1][0] or b"").decode() for k, v in told.items()}

    def here(self):
        """{folder: names of its messages} as the mail program lists them"""
        seen = {}
        for line in self.client.list()[1]:
            folder = line.decode().split('"')[-2]
            if folder not in ("INBOX", "Work", "Recovered"):
                continue
            if self.client.select(f'"{folder}"', readonly=True)[0] != "OK":
                continue
            data = self.client.fetch("1:*", "(ENVELOPE BODY.PEEK[])")[1]
            seen[folder] = names_in(" ".join(d[0].decode() for d in data
                                             if isinstance(d, tuple)))
        return seen

    def there(self):
        folders = self.server.folders()
        return {f: names_in(" ".join(o.decode() for o, _ in self.server.items(folders[f])))
                for f in ("INBOX", "Work") if f in folders}

    def flagged_there(self, name):
        folder = self.server.folders()["INBOX"]
        return any(f"<{name}@".encode() in octets and "\\Flagged" in flags
                   for octets, flags in self.server.items(folder))

    def flagged_here(self, name):
        return b"\\Flagged" in common.fetch(self.client, self.uid(name), "FLAGS")[0]


def check(box, row, told):
    p = box.p
    box.settle()
    for change, want in row["told"].items():
        assert told[change].startswith(want), f"{row['name']}: {change}: told {told[change]}"
    for what, view in (("here", box.here), ("there", box.there)):
        want = row[what]
        common.wait_for(f"{row['name']}, {what}: {want}, is {view()}\n{p.logs()}",
                        lambda: view() == want)
    if "flags" in want["INBOX"]:
        assert box.flagged_there("flags") == row["flagged"], row["name"]
        assert box.flagged_here("flags") == row["flagged"], row["name"]
    notices = {n["what"]: n for n in status(p)["notices"]}
    got = {change: n["content"] for change, n in notices.items()}
    assert got == row["notices"], f"{row['name']}: {notices}"
    text, log = status_text(p), p.logs()
    for change, n in notices.items():
        assert n["change"] == CALLED.get(change, change) and re.search(row["why"], n["why"]), n
        assert f"{n['change']} '{change}': {n['why']} (content: {n['content']})" in text, text
        assert f"{REFUSED}: {n['why']}" in log, f"{n}\n{log}"
    if not notices:
        assert REFUSED not in log and "refused" not in text


def play(row):
    with common.pair.Pair(common.BUILD, [ALICE]) as p:
        box = Mailbox(p)
        for command in row.get("at once", ()):
            p.control(command)
        if "meanwhile" in row:  # the daemon is cut off, everybody else is not
            p.control("fault any * cut-before")
            common.run(PASSERELLE, "resync", "--config", p.config)
            common.wait_for("the loss", lambda: not status(p)["connected"])
        told = box.change()
        for what in row.get("meanwhile", ()):
            what(box)
        if "meanwhile" in row:
            p.control("clear")
        check(box, row, told)
        box.client.logout()
    print("ok", row["name"])


def item_gone(box):
    folder = box.server.folders()["INBOX"]
    for item in box.server.ids(folder):
        box.server.delete(item)


def folder_gone(box):
    box.server.delete_folder(box.server.folders()["Work"])


def quota_full(box):
    box.p.control("set quota-full on")


def on_each(kind):
    return [f"fault {op} * {kind}" for op in
            ("UpdateItem", "CreateItem", "CopyItem", "MoveItem", "DeleteItem")]


ALL_OK = dict.fromkeys(CHANGES, "OK")
BEFORE = ["copy", "expunge", "flags", "move"]
ROWS = (
    {"name": "changed meanwhile, and again and again", "why": "ErrorIrresolvableConflict",
     "at once": on_each("item ErrorIrresolvableConflict"),
     "told": ALL_OK, "flagged": False,
     "here": {"INBOX": BEFORE, "Work": [], "Recovered": ["append"]},
     "there": {"INBOX": BEFORE, "Work": []},
     "notices": {"flags": "as before", "copy": "as before", "move": "as before",
                 "expunge": "as before", "append": "in the folder Recovered"}},
    {"name": "changed meanwhile, once", "why": "",
     "at once": [c.replace(" * ", " 1 ") for c in on_each("item ErrorIrresolvableConflict")],
     "told": ALL_OK, "flagged": True,
     "here": {"INBOX": ["copy", "flags"], "Work": ["append", "copy", "move"]},
     "there": {"INBOX": ["copy", "flags"], "Work": ["append", "copy", "move"]},
     "notices": {}},
    {"name": "item gone", "why": "ErrorItemNotFound", "meanwhile": (item_gone,),
     "told": ALL_OK, "flagged": False,
     "here": {"INBOX": [], "Work": ["append"], "Recovered": ["copy", "move"]},
     "there": {"INBOX": [], "Work": ["append"]},
     "notices": {"copy": "in the folder Recovered", "move": "in the folder Recovered"}},
    {"name": "folder gone", "why": "NotFound|Folder", "meanwhile": (folder_gone,),
     "told": ALL_OK, "flagged": True,
     "here": {"INBOX": ["copy", "flags", "move"], "Recovered": ["append"]},
     "there": {"INBOX": ["copy", "flags", "move"]},
     "notices": {"copy": "as before", "move": "as before",
                 "append": "in the folder Recovered"}},
    {"name": "quota full", "why": "ErrorQuotaExceeded", "at once": ["set quota-full on"],
     "told": {"append": "NO [OVERQUOTA]", "copy": "NO [OVERQUOTA]", "move": "OK",
              "flags": "OK", "expunge": "OK"}, "flagged": True,
     "here": {"INBOX": ["copy", "flags"], "Work": ["move"]},
     "there": {"INBOX": ["copy", "flags"], "Work": ["move"]},
     "notices": {"copy": "as before", "append": "told to the mail program"}},
    {"name": "quota full while away", "why": "ErrorQuotaExceeded",
     "meanwhile": (quota_full,),
     "told": ALL_OK, "flagged": True,
     "here": {"INBOX": ["copy", "flags"], "Work": ["move"], "Recovered": ["append"]},
     "there": {"INBOX": ["copy", "flags"], "Work": ["move"]},
     "notices": {"copy": "as before", "append": "in the folder Recovered"}},
    {"name": "no permission", "why": "ErrorAccessDenied",
     "at once": on_each("code ErrorAccessDenied"),
     "told": {"append": "NO [NOPERM]", "copy": "NO [NOPERM]", "move": "NO [NOPERM]",
              "flags": "OK", "expunge": "OK"}, "flagged": False,
     "here": {"INBOX": BEFORE, "Work": []},
     "there": {"INBOX": BEFORE, "Work": []},
     "notices": {"flags": "as before", "copy": "as before", "move": "as before",
                 "expunge": "as before", "append": "told to the mail program"}},
)


def main():
    common.need()
    for row in ROWS:
        play(row)


if __name__ == "__main__":
    common.main(main)
