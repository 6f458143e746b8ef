#!/usr/bin/python3
"""One round of everything between the daemon and a server with the given switches:

    round.py BUILD [NAME=VALUE ...]

First listing, news from the server, changes by a client, sending, a lost cache, a moved
mailbox. What must hold whatever the server is like: no message missing or twice, UIDs that
stay, flags and folders on the server as the client set them.
"""
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
import common  # noqa: E402
from common import ALICE, BOB  # noqa: E402

# Some more than a page of SyncFolderItems, and than the rows of a restricted FindItem.
FOLDERS = {"inbox": 300, "sentitems": 3, "Ablage/2025": 5}
NAMES = {"inbox": "INBOX", "sentitems": "Sent Items", "Ablage/2025": "Ablage/2025"}
# The octets that come back need not be those that were put in.
OTHER_OCTETS = ("mime-regenerate=on", "mime-stored=rewritten")


class Round:
    def __init__(self, p, settings):
        self.p, self.settings = p, settings
        self.names = {}  # (folder, UIDVALIDITY, UID): Message-ID, for ever
        self.same_octets = not set(settings) & set(OTHER_OCTETS)

    def listing(self, folder):
        """{uid: (Message-ID, flags)} as a client sees it now; None while it can't."""
        client = common.imap(self.p)
        try:
            if client.select(f'"{folder}"', readonly=True)[0] != "OK":
                return None
            return self.selected(client, folder)
        except client.abort:  # the folder went away meanwhile
            return None
        finally:
            client.logout()

    def selected(self, client, folder):
        kind, data = client.uid(
            "FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        assert kind == "OK", data
        out = {}
        validity = client.response("UIDVALIDITY")[1][0]
        for item in data:
            if isinstance(item, tuple):
                head = item[0].decode()
                uid, flags = re.search(r"UID (\d+)", head), re.search(r"FLAGS \((.*?)\)", head)
                mid = common.message_id(item[1])
                out[int(uid[1])] = (mid, frozenset(flags[1].split()) - {"\\Recent"})
                known = self.names.setdefault((folder, validity, uid[1]), mid)
                assert known == mid, f"{folder} UID {uid[1]} was {known} and is {mid}"
        return out

    def wait_listing(self, what, folder, question):
        """The listing, once it satisfies @question."""
        last = {}

        def look():
            last["seen"] = self.listing(folder)
            return last["seen"] is not None and question(last["seen"])
        try:
            common.wait_for(what, look)
        except AssertionError as e:
            seen = last["seen"]
            raise AssertionError(f"{e}; {folder}: " + (f"{len(seen)} messages, last: "
                                 f"{list(seen.items())[-5:]}" if seen else str(seen))) from None
        return last["seen"]

    def uid_of(self, listing, message_id):
        hits = [uid for uid, (mid, _) in listing.items() if mid == message_id]
        assert len(hits) == 1, f"{message_id}: {hits}"
        return hits[0]

    def first_listing(self, files):
        before = {}
        for folder, count in FOLDERS.items():
            seen = self.wait_listing("the first listing", NAMES[folder],
                                     lambda s, n=count: len(s) >= n)
            ids = [mid for mid, _ in seen.values()]
            assert len(ids) == len(set(ids)) == count, f"{folder}: {len(ids)} messages"
            assert set(ids) <= set(files.originals)
            before[folder] = seen
        return before

    def bodies(self, files, seen):
        client = common.imap(self.p)
        client.select("INBOX", readonly=True)
        for uid in sorted(seen)[:8]:
            octets = common.fetch_octets(client, str(uid))
            original = files.originals[seen[uid][0]]
            if self.same_octets:
                assert octets == original, f"UID {uid}: other octets"
            else:
                assert common.message_id(octets) == seen[uid][0]
            assert common.fetch_octets(client, str(uid)) == octets, "not twice the same"
        client.logout()

    def news(self, seen):
        """Mail that arrives while the daemon runs."""
        new = []
        for number in range(9001, 9004):
            octets = common.message(number, "plain")
            self.p.deliver(ALICE, "inbox", octets)
            new.append(common.message_id(octets))
        now = self.wait_listing("new mail", "INBOX", lambda s: {m for m, _ in s.values()} >=
                                set(new))
        assert {u: v[0] for u, v in now.items() if u in seen} == {u: v[0] for u, v in seen.items()}
        assert len(now) == len(seen) + 3
        assert min(self.uid_of(now, m) for m in new) > max(seen), "UIDs must rise"
        return now

    def changes(self, seen):
        """Flags, an upload, a copy, a move, a deletion; then all of it from the server."""
        uids = sorted(seen)
        client = common.imap(self.p)
        client.create('"Neu"')
        client.select("INBOX")
        for command in (("STORE", str(uids[0]), "+FLAGS", r"(\Flagged \Seen Projekt)"),
                        ("STORE", str(uids[1]), "+FLAGS", r"(\Answered)"),
                        ("STORE", str(uids[2]), "-FLAGS", r"(\Seen)"),
                        ("COPY", str(uids[3]), '"Neu"'), ("MOVE", str(uids[4]), '"Neu"'),
                        ("STORE", str(uids[5]), "+FLAGS", r"(\Deleted)"),
                        ("EXPUNGE", str(uids[5]))):
            kind, data = client.uid(*command)
            assert kind == "OK", f"{command}: {kind} {data}"
        octets = common.message(9100, "files")
        kind, data = client.append('"Neu"', r"(\Seen)", None, octets)
        assert kind == "OK", data
        client.logout()
        wanted = {seen[uids[3]][0], seen[uids[4]][0], common.message_id(octets)}
        self.wait_listing("the copy, the move and the upload", "Neu",
                          lambda s: {m for m, _ in s.values()} == wanted and len(s) == 3)
        return wanted

    def sending(self):
        octets = common.message(9200, "plain", BOB).replace(
            b"Frieda <frieda@example.test>", ALICE.encode())
        import smtplib
        with smtplib.SMTP("127.0.0.1", self.p.smtp_port, timeout=common.TIMEOUT_S) as s:
            s.login(ALICE, self.p.BRIDGE_PASSWORD)
            s.sendmail(ALICE, [BOB], octets)
        client = common.imap(self.p)
        kind, data = client.append('"Sent Items"', r"(\Seen)", None, octets)
        assert kind == "OK", data
        client.logout()
        common.wait_for("the message at the other end", lambda: self.at_bob() == 1)
        # a client's own copy and that of the server are one message
        self.wait_listing("one copy of what was sent", "Sent Items", lambda s: len(s) == 4)

    def at_bob(self):
        client = common.imap(self.p, BOB)
        count = common.count_in(client, "INBOX")
        client.logout()
        return count

    def lose_cache(self):
        assert self.p.daemon.stop() == 0
        for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
            path = os.path.join(self.p.state, "alice", name)
            if os.path.exists(path):
                os.unlink(path)
        self.p.start_daemon()

    def same_again(self, what, before):
        for folder, seen in before.items():
            self.wait_listing(f"{what}, {list(seen.items())[-5:]}", folder,
                              lambda s, want=seen: s == want)

    def picture(self):
        return {f: self.listing(f) for f in (*NAMES.values(), "Neu")}

    def settled(self):
        """Nothing waits to go up, and the picture stays as it is."""
        def quiet():
            one = self.picture()
            time.sleep(0.3)
            return one == self.picture()
        common.wait_for("quiet", quiet)
        return self.picture()

    def run(self, files):
        before = self.first_listing(files)
        self.bodies(files, before["inbox"])
        seen = self.news(before["inbox"])
        self.changes(seen)
        self.sending()
        picture = self.settled()
        self.check_flags(sorted(seen), picture["INBOX"])
        self.lose_cache()
        self.same_again("the same after a lost cache", picture)
        for how in ("", " folders", " keep"):
            picture = self.moved_mailbox(how, picture)

    def moved_mailbox(self, how, picture):
        """All ids are others: the same messages, and under the same UIDs where only items
        have new ids and the server does not tell of deleted and new ones (keep)."""
        self.p.control(f"renew-ids {ALICE}{how}")
        new = common.message(9300 + len(how), "plain")
        self.p.deliver(ALICE, "inbox", new)
        wanted = sorted([*picture["INBOX"].values(),
                         (common.message_id(new), frozenset())], key=str)
        now = self.wait_listing(f"the same mail after renew-ids{how}", "INBOX",
                                lambda s: sorted(s.values(), key=str) == wanted)
        if not how:
            assert {u: now[u] for u in now if u in picture["INBOX"]} == picture["INBOX"]
            self.same_again(f"the same after renew-ids{how}", {**picture, "INBOX": now})
        return {**picture, "INBOX": now}

    def check_flags(self, uids, inbox):
        # the lost cache must bring back what the server was told
        assert {"\\Flagged", "\\Seen", "Projekt"} <= inbox[uids[0]][1], inbox[uids[0]]
        assert "\\Answered" in inbox[uids[1]][1] and "\\Seen" not in inbox[uids[2]][1]
        assert uids[3] in inbox and uids[4] not in inbox and uids[5] not in inbox


def main():
    common.need()
    settings = sys.argv[2:]
    with common.Files(FOLDERS) as files:
        with common.pair.Pair(common.BUILD, [ALICE, BOB], mailbox=files.dir,
                              account=["poll-seconds = 1"], settings=settings) as p:
            try:
                Round(p, settings).run(files)
            except AssertionError:
                print(p.logs())
                raise
            trouble = p.close()
        assert not trouble, trouble


if __name__ == "__main__":
    common.main(main)
