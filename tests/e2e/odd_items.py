#!/usr/bin/python3
"""Items and folders out of the ordinary: empty messages and one of 150 MB, items that may not
be read, a folder that is deleted and made anew while a client has it selected, a draft that
somebody edits in Outlook."""
import email
import email.policy
import hashlib
import imaplib
import json
import sys

import common
from common import ALICE
from exchange import Exchange

BIG = 150_000_000


def status(p):
    out = common.run(p.passerelle, "status", "--config", p.config, "--json")
    return json.loads(out)["accounts"][0]


def check_empty(p):
    """No octets at all, and a header without end."""
    for octets in (b"", b"\r\n", b"Subject: half"):
        p.deliver(ALICE, "inbox", octets)
    client = common.imap(p)
    common.wait_for("three", lambda: common.count_in(client, "INBOX") == 3)
    for uid in common.uids(client, "INBOX"):
        octets = common.fetch_octets(client, uid)
        size = common.fetch(client, uid, "RFC822.SIZE BODYSTRUCTURE ENVELOPE")[0]
        assert f"RFC822.SIZE {len(octets)} ".encode() in size, (size, octets)
    client.logout()


def anonymous_kib(p):
    with open(f"/proc/{p.daemon.child.pid}/status") as f:
        return int(next(line for line in f if line.startswith("RssAnon")).split()[1])


def check_big(p):
    """Its octets pass through: no memory is needed for them. (Mapped files do not count.)"""
    head = (b"From: a@example.test\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: "
            b"application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n")
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\r\n"
    octets = head + line * (BIG // len(line))
    p.deliver(ALICE, "inbox", octets)
    most = 0

    def there():
        nonlocal most
        most = max(most, anonymous_kib(p))
        return status(p)["bodies"] == 1
    common.wait_for("150 MB", there)
    client = common.imap(p)
    uid, = common.uids(client, "INBOX")
    assert hashlib.sha256(common.fetch_octets(client, uid)).digest() == \
        hashlib.sha256(octets).digest()
    most = max(most, anonymous_kib(p))
    print(f"a message of 150 MB: at most {most / 1024:.0f} MiB of memory")
    assert most < 100 * 1024, most
    client.logout()


def check_denied(p):
    """Every third item may not be read: shown all the same, told, and there once allowed."""
    p.control("fault GetItem * item ErrorAccessDenied 3")
    for number in range(9):
        p.deliver(ALICE, "inbox", common.message(number, "plain"))
    client = common.imap(p)
    common.wait_for("nine", lambda: common.count_in(client, "INBOX") == 9)
    common.wait_for("trouble told", lambda: status(p)["failing"] > 0)
    assert "denied" in status(p)["failing_reason"].lower(), status(p)
    p.control("clear")

    def complete():
        try:
            got = {common.fetch_octets(client, uid) for uid in common.uids(client, "INBOX")}
        except AssertionError:  # NO: it was refused a moment ago
            return False
        return got == {common.message(n, "plain") for n in range(9)}
    common.wait_for("all nine", complete)
    assert status(p)["failing"] == 0
    client.logout()


def check_folder_gone(p):
    """The client that has it selected is sent away, and finds another folder of that name."""
    exchange = Exchange(p, ALICE)
    exchange.create_folder("Gone")
    client = common.imap(p)
    common.wait_for("the folder", lambda: client.select("Gone")[0] == "OK")
    before = client.response("UIDVALIDITY")[1][0]
    exchange.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>'
                  f'{exchange.folder("Gone")}</m:FolderIds></m:DeleteFolder>')
    exchange.create_folder("Gone")

    def sent_away():
        try:
            return client.noop()[0] != "OK"
        except imaplib.IMAP4.abort:
            return True
    common.wait_for("an end", sent_away)
    again = common.imap(p)
    common.wait_for("the new one", lambda: again.select("Gone")[0] == "OK")
    assert again.response("UIDVALIDITY")[1][0] != before
    again.logout()


def text_of(octets):
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    return parsed.get_body().get_content().strip()


def check_draft(p):
    """Another content is another UID; a flag is not."""
    exchange = Exchange(p, ALICE)
    exchange.call('<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>'
                  'first</t:Subject><t:Body BodyType="Text">one</t:Body></t:Message></m:Items>'
                  "</m:CreateItem>")
    client = common.imap(p)
    common.wait_for("a draft", lambda: common.count_in(client, "Drafts") == 1)
    uid, = common.uids(client, "Drafts")
    assert text_of(common.fetch_octets(client, uid)) == "one"
    item, = exchange.items("Drafts")
    exchange.update(item, flagged=True)
    common.wait_for("a flag", lambda: b"Flagged" in common.fetch(client, uid, "FLAGS")[0])
    assert common.uids(client, "Drafts") == [uid]
    item, = exchange.items("Drafts")
    exchange.call('<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution='
                  f'"AlwaysOverwrite"><m:ItemChanges><t:ItemChange>{item.ref()}<t:Updates>'
                  '<t:SetItemField><t:FieldURI FieldURI="item:Body"/><t:Message>'
                  '<t:Body BodyType="Text">two</t:Body></t:Message></t:SetItemField>'
                  "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>")
    common.wait_for("another UID", lambda: common.uids(client, "Drafts") not in ([], [uid]))
    newer, = common.uids(client, "Drafts")
    assert int(newer) > int(uid)
    assert text_of(common.fetch_octets(client, newer)) == "two"
    client.logout()


def main():
    common.need()
    for check in (check_empty, check_denied, check_folder_gone, check_draft, check_big):
        with common.pair.Pair(common.BUILD, [ALICE]) as p:
            check(p)
        print("ok:", check.__name__[6:])


if __name__ == "__main__":
    sys.exit(main())
