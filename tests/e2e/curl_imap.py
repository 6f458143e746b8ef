#!/usr/bin/python3
"""curl as an IMAP client: list, search, whole messages, parts of them, append."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402

COUNT = 8


def curl(p, path, *options):
    return common.run("curl", "--silent", "--show-error", "--url",
                      f"imap://127.0.0.1:{p.imap_port}/{path}", "--user",
                      f"{common.ALICE}:{p.BRIDGE_PASSWORD}", *options)


def read_all(p, mailbox):
    answer = curl(p, "INBOX", "--request", "UID SEARCH ALL")
    uids = answer.decode().split()[2:]
    assert len(uids) == COUNT, answer
    for uid in uids:
        octets = curl(p, f"INBOX;UID={uid}")
        want = mailbox.originals[common.message_id(octets)]
        assert octets == want, f"UID {uid} differs"
        header = curl(p, f"INBOX;UID={uid};SECTION=HEADER")
        assert want.startswith(header) and header.endswith(b"\r\n\r\n"), header
    last = curl(p, f"INBOX;MAILINDEX={COUNT}")
    assert last in mailbox.originals.values()


def append(p):
    octets = common.message(700, "html")
    with tempfile.NamedTemporaryFile() as f:
        f.write(octets)
        f.flush()
        curl(p, "Archiv", "--upload-file", f.name)
    found = curl(p, "Archiv", "--request",
                 "UID SEARCH HEADER Message-ID <e2e-700@example.test>")
    uids = found.decode().split()[2:]
    assert len(uids) == 1, found
    assert curl(p, f"Archiv;UID={uids[0]}") == octets


def test():
    common.need("curl")
    with common.Files({"inbox": COUNT, "Archiv": 1}) as mailbox, \
            common.pair.Pair(common.BUILD, [common.ALICE], mailbox.dir) as p:
        client = common.imap(p)
        for folder, count in (("INBOX", COUNT), ("Archiv", 1)):
            common.wait_for(f"{folder} complete",
                            lambda f=folder, c=count: common.count_in(client, f) == c)
        client.logout()
        listing = curl(p, "")
        for name in (b"INBOX", b"Archiv", b"\\Trash", b"\\Sent", b"\\Drafts"):
            assert name in listing, f"{name} is not in {listing}"
        read_all(p, mailbox)
        append(p)


if __name__ == "__main__":
    common.main(test)
