#!/usr/bin/python3
"""A small body cache: bodies leave it and come back, nothing else does; and messages whose
bodies come on demand: clients list, sort and search them by headers alone."""
import json
import re
import sys

import common
from common import ALICE

COUNT = 60
MIB = 1 << 20


def status(p):
    out = common.run(p.passerelle, "status", "--config", p.config, "--json")
    return json.loads(out)["accounts"][0]


def settled(p):
    s = status(p)
    return s if s["initial_done"] and s["messages"] == COUNT and not s["text_pending"] else None


def calls(p):
    """Of GetItem so far."""
    lines = dict(line.rsplit(" ", 1) for line in p.control("stats"))
    return int(lines.get("GetItem", 0))


def fetch(client, uids, items):
    """{uid: text of its answer}"""
    kind, data = client.uid("FETCH", uids, items)
    assert kind == "OK", data
    found = {}
    for part in data:
        text = part if isinstance(part, bytes) else b" ".join(part)
        uid = re.search(rb"UID (\d+)", text)
        if uid:
            found[int(uid[1])] = text
    return found


def check_ceiling(p):
    """All of the index is here, at most a MiB of bodies; each body can still be read."""
    common.wait_for("an index", lambda: settled(p))
    s = common.wait_for("room", lambda: (lambda x: x if 0 < x["cache_bytes"] <= MIB
                                         and 0 < x["bodies"] < COUNT else None)(status(p)))
    assert s["cache_limit_bytes"] == MIB, s
    client = common.imap(p)
    client.select("INBOX")
    octets = fetch(client, "1:*", "(UID BODY.PEEK[])")
    assert len(octets) == COUNT
    sizes = fetch(client, "1:*", "(UID RFC822.SIZE BODYSTRUCTURE)")
    for uid, text in octets.items():
        literal = int(re.search(rb"BODY\[\] \{(\d+)\}", text)[1])
        assert int(re.search(rb"RFC822.SIZE (\d+)", sizes[uid])[1]) == literal, uid
    common.wait_for("room again", lambda: status(p)["cache_bytes"] <= MIB)
    # All have been here: only bodies need the server again.
    before = calls(p)
    again = fetch(client, "1:*", "(UID RFC822.SIZE BODYSTRUCTURE)")
    assert again == sizes
    assert len(fetch(client, "1:*", "(UID ENVELOPE PREVIEW BODY.PEEK[HEADER])")) == COUNT
    assert client.uid("SEARCH", "TEXT", '"of message 7,"')[1][0].split() == [b"8"]
    assert client.uid("SEARCH", "TEXT", '"of message 59,"')[1][0].split() == [b"60"]
    assert calls(p) == before, "something asked the server"
    assert fetch(client, "1:*", "(UID BODY.PEEK[])") == octets
    assert client.untagged_responses.get("EXPUNGE") is None
    client.logout()


def check_ceiling_restart(p):
    common.wait_for("an index", lambda: settled(p))
    p.restart(kill=True)
    common.wait_for("room", lambda: settled(p) and status(p)["bodies"] < COUNT)
    client = common.imap(p)
    client.select("INBOX")
    assert len(fetch(client, "1:*", "(UID BODY.PEEK[])")) == COUNT
    assert sorted(fetch(client, "1:*", "(UID)")) == list(range(1, COUNT + 1))
    client.logout()


def check_regenerated(p):
    """A server that gives other boundaries each time: the same messages all the same."""
    p.control("set mime-regenerate on")
    common.wait_for("an index", lambda: settled(p))
    client = common.imap(p)
    client.select("INBOX")
    for _ in range(2):
        assert len(fetch(client, "1:*", "(UID BODY.PEEK[])")) == COUNT
        common.wait_for("room", lambda: status(p)["cache_bytes"] <= MIB)
    assert sorted(fetch(client, "1:*", "(UID)")) == list(range(1, COUNT + 1))
    # Who has read a part must not be given the rest of other octets.
    assert len(fetch(client, "7", "(UID BODY.PEEK[]<10.2000>)")) == 1
    for _ in range(2):
        fetch(client, "1:*", "(UID BODY.PEEK[])")
        common.wait_for("room", lambda: status(p)["cache_bytes"] <= MIB)
    client.noop()
    uids = sorted(fetch(client, "1:*", "(UID)"))
    assert 7 not in uids and len(uids) == COUNT and uids[-1] == COUNT + 1, uids
    client.logout()


def check_on_demand(p):
    common.wait_for("an index", lambda: settled(p))
    client = common.imap(p)
    client.select("INBOX")
    # As Thunderbird lists a folder.
    rows = fetch(client, "1:*", "(UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc "
                 "Subject Date Message-ID References In-Reply-To)])")
    assert len(rows) == COUNT and all(b"Subject: " in text for text in rows.values())
    assert len(fetch(client, "1:*", "(UID ENVELOPE INTERNALDATE)")) == COUNT
    kind, data = client.uid("SORT", "(SUBJECT)", "UTF-8", "ALL")
    assert kind == "OK" and len(data[0].split()) == COUNT
    assert client.uid("SEARCH", "SUBJECT", '"7"')[0] == "OK"
    s = status(p)
    assert s["bodies"] == 0, s
    assert len(fetch(client, "5:6", "(UID BODY.PEEK[])")) == 2
    assert status(p)["bodies"] == 2
    assert client.uid("SEARCH", "TEXT", '"of message 7,"')[1][0].split() == [b"8"]
    assert status(p)["bodies"] == COUNT  # a search for text reads all
    client.logout()


def check_reading_on(p):
    """Who reads message by message finds the next ones here already."""
    common.wait_for("an index", lambda: settled(p))
    client = common.imap(p)
    client.select("INBOX")
    for n, uid in enumerate((10, 12, 14)):
        assert status(p)["bodies"] == n
        assert len(fetch(client, str(uid), "(UID BODY.PEEK[])")) == 1
    common.wait_for("8 more", lambda: status(p)["bodies"] == 11)
    before = calls(p)
    for uid in range(15, 23):
        assert len(fetch(client, str(uid), "(UID BODY.PEEK[])")) == 1
    assert calls(p) == before, "not those behind the last one"
    assert len(fetch(client, "23", "(UID BODY.PEEK[])")) == 1
    common.wait_for("16 more", lambda: status(p)["bodies"] == 28)
    assert len(fetch(client, "5", "(UID BODY.PEEK[])")) == 1  # elsewhere: nothing ahead
    assert status(p)["bodies"] == 29
    client.logout()


def check_days(p):
    """Generated messages are years old; a new one comes by itself."""
    common.wait_for("an index", lambda: settled(p))
    assert status(p)["bodies"] == 0
    p.deliver(ALICE, "inbox", b"From: a@example.test\r\nSubject: new\r\n\r\nHello.\r\n")
    common.wait_for("the new one", lambda: status(p)["bodies"] == 1)


def check_away(p):
    """Without the server a search says what it could not look into."""
    common.wait_for("an index", lambda: settled(p))
    p.stop_sim()
    client = common.imap(p)
    client.select("INBOX")
    kind, _ = client.uid("SEARCH", "TEXT", '"of message 7,"')
    assert kind == "OK"
    told = b" ".join(client.untagged_responses.get("NO", [])).decode()
    assert f"{COUNT} messages are not here" in told, told
    client.logout()
    p.start_sim()


def main():
    common.need()
    ceiling = ["cache-mb = 1"]
    for name, check, account in (("ceiling", check_ceiling, ceiling),
                                 ("restart", check_ceiling_restart, ceiling),
                                 ("regenerated", check_regenerated, ceiling),
                                 ("on demand", check_on_demand, ["bodies = on-demand"]),
                                 ("reading on", check_reading_on, ["bodies = on-demand"]),
                                 ("days", check_days, ["bodies = 30"]),
                                 ("away", check_away, ["bodies = on-demand"])):
        with common.pair.Pair(common.BUILD, [ALICE], mailbox=f"generate:{COUNT}:50000",
                              account=account) as p:
            check(p)
        print("ok:", name)


if __name__ == "__main__":
    sys.exit(main())
