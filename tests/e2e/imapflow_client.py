#!/usr/bin/python3
"""ImapFlow (npm): CONDSTORE, QRESYNC, IDLE, and OBJECTID if it is there."""
import base64
import json
import os
import subprocess
import sys

import checks
import common
import node

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imapflow")


class Client:
    def __init__(self, p):
        self.child = subprocess.Popen(
            [node.find(), "client.mjs", str(p.imap_port), common.ALICE, p.BRIDGE_PASSWORD], cwd=HERE,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        self.child.stdin.close()
        assert self.child.wait(common.TIMEOUT_S) == 0

    def ask(self, *request):
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()

    def answer(self):
        line = self.child.stdout.readline()
        assert line, "node has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["ok"]

    def call(self, *request):
        self.ask(*request)
        return self.answer()

    def read(self, folder):
        return {ident: base64.b64decode(octets) for ident, octets in self.call("read", folder)}

    def marks(self, folder):
        return {ident: set(marks) for ident, marks in self.call("marks", folder)}

    def mark(self, folder, ident, marks):
        assert self.call("mark", folder, ident, sorted(marks)) is True

    def move(self, folder, ident, to):
        assert self.call("move", folder, ident, to) is True, "no COPYUID for the move"

    def delete(self, folder, ident):
        assert self.call("delete", folder, ident) is True

    def add(self, folder, octets):
        assert self.call("add", folder, base64.b64encode(octets).decode()) is True

    def idle(self, act):
        self.ask("idle")
        assert self.child.stdout.readline() == '"idling"\n'
        act()
        assert self.answer() > 0


def folders(client):
    uses = {path: use for path, use, _ in client.call("list")}
    assert uses["INBOX"] == "\\Inbox" and uses["Sent Items"] == "\\Sent", uses
    assert uses["Drafts"] == "\\Drafts" and uses["Deleted Items"] == "\\Trash", uses
    assert uses["Junk Email"] == "\\Junk" and "Calendar" not in uses, uses


def quick_resync(client, case):
    """QRESYNC: SELECT itself tells what happened since, and nothing else."""
    before = client.call("snapshot", "INBOX")
    uid = {m["ident"]: m["uid"] for m in before["messages"]}
    a, idents = case.alice, sorted(uid)
    flag, gone, same = idents[0], idents[1], idents[2:]
    a.update(a.find("INBOX", flag), flagged=True, read=True)
    a.delete(a.find("INBOX", gone))

    def told():
        got = client.call("changes", "INBOX", before["uidValidity"], before["modseq"])
        assert not got["invalid"]
        told.last = got
        return uid[gone] in got["vanished"] and uid[flag] in dict(map(tuple, (
            (u, tuple(m)) for u, m in got["changed"])))
    case.eventually("both changes by QRESYNC", told)
    assert told.last["vanished"] == [uid[gone]], told.last
    marks = {u: set(m) for u, m in told.last["changed"]}
    assert marks[uid[flag]] >= {"seen", "flagged"}, told.last
    assert not set(marks) & {uid[i] for i in same}, told.last


def object_ids(client, case):
    """OBJECTID (RFC 8474): the message keeps its EMAILID where it is moved."""
    before = client.call("snapshot", "INBOX")
    assert before["mailboxId"], before
    ids = [m["emailId"] for m in before["messages"]]
    assert all(ids) and len(set(ids)) == len(ids), ids
    moved = before["messages"][0]
    client.move("INBOX", moved["ident"], "Archiv")
    case.eventually("the move", lambda: case.alice.find("Archiv", moved["ident"]))
    after = {m["ident"]: m for m in client.call("snapshot", "Archiv")["messages"]}
    assert after[moved["ident"]]["emailId"] == moved["emailId"], after


def test():
    common.need()
    node.find()
    if not os.path.isdir(os.path.join(HERE, "node_modules")):
        print("skipped: npm ci --prefix tests/e2e/imapflow was not run")
        sys.exit(77)
    with checks.Case() as case:
        client = Client(case.p)
        have = client.call("capabilities")
        folders(client)
        checks.everything(client, case)
        if "QRESYNC" in have["all"]:
            assert "QRESYNC" in have["enabled"], have
            quick_resync(client, case)
        if "OBJECTID" in have["all"]:
            object_ids(client, case)
        print("QRESYNC:", "QRESYNC" in have["all"], "OBJECTID:", "OBJECTID" in have["all"])
        client.close()


if __name__ == "__main__":
    common.main(test)
