"""What a person does, each with a client that goes on after the daemon died: it looks
whether its command took effect, and gives it again if not. So the end must be the same as
without the death."""
import smtplib
import time

from rig import ALICE, BOB, TROUBLE, message

BIG = 400_000  # bytes: such bodies are files


class Client:
    def __init__(self, rig):
        self.rig, self.c = rig, None

    def until(self, what, done):
        """Give the command @what(imap) until @done(imap) says that it took effect."""
        for _ in range(20):
            try:
                self.c = self.c or self.rig.imap()
                if done(self.c):
                    return
                what(self.c)
            except TROUBLE:
                self.c = None
                time.sleep(0.02)  # a connection ends a little before its process
                self.rig.revive()
        raise AssertionError("given up: the command never takes effect")

    def uids(self, c, folder, token):
        kind, text = c.select(f'"{folder}"')
        assert kind == "OK", text
        c.noop()
        return c.uid("SEARCH", "HEADER", "Message-ID", f"<{token}@example.test>")[1][0].split()

    def has(self, folder, token):
        return lambda c: self.uids(c, folder, token)

    def append(self, folder, token, flags="", size=0):
        self.until(lambda c: c.append(f'"{folder}"', flags or None, None,
                                      message(token, size)), self.has(folder, token))

    def transfer(self, verb, folder, token, to):
        def run(c):
            uids = self.uids(c, folder, token)
            if uids:
                c.uid(verb, uids[0], f'"{to}"')
        self.until(run, lambda c: self.uids(c, to, token) and (
            verb == "COPY" or not self.uids(c, folder, token)))

    def store(self, folder, token, how, flags):
        def run(c):
            c.uid("STORE", self.uids(c, folder, token)[0], how, f"({flags})")

        def done(c):
            now = c.uid("FETCH", self.uids(c, folder, token)[0], "(FLAGS)")[1][0].decode()
            return all((f in now) == (how[0] == "+") for f in flags.split())
        self.until(run, done)

    def expunge(self, folder, token):
        def run(c):
            uids = self.uids(c, folder, token)
            c.uid("STORE", uids[0], "+FLAGS", "(\\Deleted)")
            c.uid("EXPUNGE", uids[0])
        self.until(run, lambda c: not self.uids(c, folder, token))

    def expunge_report(self):
        def run(c):
            c.select("INBOX")
            uids = c.uid("SEARCH", "SUBJECT", "Undelivered")[1][0].split()
            for uid in uids:
                c.uid("STORE", uid, "+FLAGS", "(\\Deleted)")
            c.expunge()
        self.until(run, lambda c: c.select("INBOX") and not c.uid(
            "SEARCH", "SUBJECT", "Undelivered")[1][0])

    def there(self, path):
        return lambda c: c.list('""', f'"{path}"')[1] != [None]

    def create(self, path):
        self.until(lambda c: c.create(f'"{path}"'), self.there(path))

    def rename(self, old, new):
        self.until(lambda c: c.rename(f'"{old}"', f'"{new}"'),
                   lambda c: self.there(new)(c) and not self.there(old)(c))

    def delete(self, path):
        self.until(lambda c: c.delete(f'"{path}"'), lambda c: not self.there(path)(c))

    def send(self, token, size=0, refused=False):
        """250 means sent; without an answer, the sender waits and looks whether it was.
        Return: a refusal was told."""
        octets = message(token, size, to=BOB, sender=ALICE)
        for _ in range(20):
            try:
                with smtplib.SMTP("127.0.0.1", self.rig.smtp_port, timeout=60) as s:
                    s.login(ALICE, "secret")
                    s.sendmail(ALICE, [BOB], octets)
                return False
            except smtplib.SMTPDataError as e:
                assert refused and e.smtp_code >= 500, e
                return True
            except TROUBLE:
                pass
            self.rig.wait_for("an empty journal", self.rig.is_settled)
            reported = refused and any(r[1] == "report" for r in self.rig.there())
            if reported or f"<{token}@example.test>" in self.rig.received()[1]:
                return False
        raise AssertionError("given up: cannot send")


def has(rig, token):
    """Is it in the Inbox? With a client of its own, for the daemon may die."""
    try:
        return Client(rig).uids(rig.imap(), "INBOX", token)
    except TROUBLE:
        return None


def do_append(rig):
    c = Client(rig)
    c.append("INBOX", "new-1", "(\\Seen \\Flagged)")
    c.append("Work", "new-2", "(Blue)", BIG)


def do_copy(rig):
    c = Client(rig)
    c.transfer("COPY", "INBOX", "seed-inbox-0", "Work")
    c.transfer("COPY", "Work", "seed-Work-1", "Archive")


def do_move(rig):
    c = Client(rig)
    c.transfer("MOVE", "INBOX", "seed-inbox-1", "Work")
    c.store("Work", "seed-inbox-1", "+FLAGS", "\\Flagged")
    c.transfer("MOVE", "Work", "seed-inbox-1", "Archive")


def do_expunge(rig):
    c = Client(rig)
    c.expunge("INBOX", "seed-inbox-2")
    c.expunge("Work", "seed-Work-0")


def do_flags(rig):
    c = Client(rig)
    c.store("INBOX", "seed-inbox-3", "+FLAGS", "\\Seen \\Flagged")
    c.store("INBOX", "seed-inbox-4", "+FLAGS", "\\Answered")
    c.store("INBOX", "seed-inbox-3", "-FLAGS", "\\Flagged")


def do_categories(rig):
    c = Client(rig)
    c.store("INBOX", "seed-inbox-3", "+FLAGS", "Red Blue")
    c.store("INBOX", "seed-inbox-3", "-FLAGS", "Red")


def do_folders(rig):
    c = Client(rig)
    c.create("Fresh/Inner")
    c.append("Fresh/Inner", "inner-1")
    c.rename("Fresh/Inner", "Fresh/Other")
    c.delete("Old")


def do_send(rig):
    Client(rig).send("sent-1")


def do_send_append(rig):
    c = Client(rig)
    c.send("sent-2", BIG)
    c.until(lambda m: m.append('"Sent Items"', "(\\Seen)", None,
                               message("sent-2", BIG, to=BOB, sender=ALICE)),
            c.has("Sent Items", "sent-2"))


def do_send_refused(rig):
    """The sender hears of it once: by the answer, or by a report in the Inbox."""
    rig.control("fault SendItem 1000 code ErrorSendAsDenied")
    told = Client(rig).send("refused-1", refused=True)
    rig.wait_for("an empty journal", rig.is_settled)
    rig.control("clear")
    reports = [r for r in rig.settle()["there"] if r[1] == "report"]
    assert len(reports) == (0 if told else 1), f"told {told}, and {reports}"
    if not told:
        Client(rig).expunge_report()


def do_arrival(rig):
    rig.deliver(message("arrived-1"))
    rig.deliver(message("arrived-2", BIG))
    rig.settle()


def do_drop(rig):
    """More bodies than the cache may hold: some leave, and are fetched again."""
    rig.kill()
    rig.configure("cache-mb = 1")
    rig.restart_faulty()
    for i in range(3):
        rig.deliver(message(f"big-{i}", BIG))
        rig.wait_for("it", lambda t=f"big-{i}": has(rig, t))
    rig.wait_for("room", lambda: 0 < rig.status().get("cache_bytes", 0) <= 1 << 20)


def do_resync(rig):
    """Everything moves while the daemon is off."""
    rig.kill()
    ids = rig.server.folders()
    first = rig.server.find(ids["INBOX"], "<seed-inbox-0@example.test>")[0]
    rig.server.move(first, ids["Work"])
    rig.server.delete(rig.server.find(ids["Work"], "<seed-Work-2@example.test>")[0])
    rig.server.set_read(rig.server.find(ids["INBOX"], "<seed-inbox-5@example.test>")[0], True)
    rig.server.create_folder(ids["Work"], "Below")
    rig.deliver(message("late-1", BIG))
    rig.restart_faulty()


def do_first_listing(rig):
    rig.lose("state")


def do_cache_lost(rig):
    rig.lose("state/alice/cache.db", "state/alice/cache.db-wal", "state/alice/cache.db-shm")


def do_offline(rig):
    """The server cannot be reached while the client works, then it is back."""
    rig.control("fault any 1000000 cut-before")
    c = Client(rig)
    c.append("Work", "off-1")
    c.transfer("COPY", "INBOX", "seed-inbox-0", "Archive")
    c.transfer("MOVE", "INBOX", "seed-inbox-1", "Work")
    c.store("INBOX", "seed-inbox-3", "+FLAGS", "\\Flagged Green")
    c.store("Work", "off-1", "+FLAGS", "\\Seen")
    c.expunge("INBOX", "seed-inbox-2")
    c.create("Offline")
    c.append("Offline", "off-2")
    rig.control("clear")
    rig.poke()


SCENARIOS = {name[3:]: f for name, f in list(globals().items()) if name.startswith("do_")}
