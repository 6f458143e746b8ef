#!/usr/bin/python3
"""Which folders IMAP shows and what for: by distinguished ids, whatever the language of the
mailbox; those that hold no mail only if show-all-folders says so, and then to be read only."""
import re

import checks
import common
from common import ALICE

GERMAN = {"INBOX": "Posteingang", "Sent Items": "Gesendete Elemente", "Drafts": "Entwürfe",
          "Deleted Items": "Gelöschte Elemente", "Junk Email": "Junk-E-Mail"}
USES = {"Gesendete Elemente": "\\Sent", "Entwürfe": "\\Drafts", "Gelöschte Elemente": "\\Trash",
        "Junk-E-Mail": "\\Junk", "Archiv": "\\Archive"}
ASIDE = {"conversationhistory": "Aufgezeichnete Unterhaltungen",
         "syncissues": "Synchronisierungsprobleme", "conflicts": "Konflikte",
         "localfailures": "Lokale Fehler", "serverfailures": "Serverfehler"}
NO_MAIL = {"Contacts", "Tasks", "Notes", "Journal"} | set(ASIDE.values())
CONTACT = (b"From: Carol <carol@example.test>\r\nSubject: Carol\r\nMessage-ID: <c@example.test>\r\n"
           b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nCarol\r\n")


def folders(client):
    """{name: set of attributes}"""
    kind, lines = client.list()
    assert kind == "OK"
    return {common.from_utf7(name): set(attributes.split()) for attributes, name in (
        re.fullmatch(r'\(([^)]*)\) "/" "?(.*?)"?', line.decode()).groups() for line in lines)}


def special_uses(client):
    found = folders(client)
    for name, use in USES.items():
        assert use in found[name], (name, found)
    assert not any(name in found for name in GERMAN if name != "INBOX"), found
    uses = [a for attributes in found.values() for a in attributes if a in USES.values()]
    assert sorted(uses) == sorted(USES.values()), found
    return found


def all_shown(case):
    """Read-only, with what is in them; nothing can be put there or changed."""
    client = common.imap(case.p)
    common.wait_for("the folders without mail", lambda: NO_MAIL <= set(folders(client)))
    common.wait_for("the contact", lambda: common.count_in(client, "Contacts") == 1)
    try:
        client.select("Contacts")
        raise AssertionError("Contacts can be written to")
    except client.readonly:  # [READ-ONLY] in answer to SELECT; imaplib goes on if it knows
        client.is_readonly = True
    kind, data = client.fetch("1", "(ENVELOPE BODY.PEEK[])")
    assert kind == "OK" and b"Carol" in data[0][1], data
    kind, data = client.store("1", "+FLAGS", r"(\Deleted)")
    assert kind == "NO" and b"NOPERM" in data[0], data
    kind, data = client.append("Contacts", None, None, common.message(1, "plain"))
    assert kind == "NO" and b"NOPERM" in data[0], data
    client.logout()


def restart_with(case, value):
    with open(case.p.config) as f:
        text = f.read().replace("show-all-folders = yes\n", "")
    with open(case.p.config, "w") as f:
        f.write(text.replace("[account alice]\n", "[account alice]\nshow-all-folders = yes\n")
                if value else text)
    case.p.restart()


def test():
    common.need()
    with checks.Case({"inbox": 2}) as case:
        for name, german in GERMAN.items():
            case.alice.rename_folder(name, german)
        case.p.control(f"special {ALICE} archive Archiv")
        for ident, name in ASIDE.items():
            case.p.control(f"special {ALICE} {ident} {name}")
        case.alice.create_folder("Zeug")
        case.p.deliver(ALICE, "contacts", CONTACT, "IPM.Contact")
        client = common.imap(case.p)
        common.wait_for("the last folder", lambda: {"Zeug", *USES} <= set(folders(client)))
        before = special_uses(client)
        assert not NO_MAIL & set(before), before
        uids = common.uids(client, "INBOX")
        client.logout()
        restart_with(case, True)
        all_shown(case)
        restart_with(case, False)
        client = common.imap(case.p)
        common.wait_for("the folders as before", lambda: folders(client) == before)
        assert common.uids(client, "INBOX") == uids
        client.logout()


if __name__ == "__main__":
    common.main(test)
