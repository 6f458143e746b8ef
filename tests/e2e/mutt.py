"""NeoMutt and Mutt, which are driven alike: each action is a run of its own with the keys
pushed. With header cache, CONDSTORE and QRESYNC where the server has them."""
import os
import subprocess
import tempfile

import checks
import common
from common import ALICE, BOB
from terminal import Terminal

CONFIG = """set from="{user}" realname="Alice"
set imap_user="{user}" imap_pass="{password}" folder="imap://127.0.0.1:{imap}/"
set spoolfile="imap://127.0.0.1:{imap}/INBOX"
set smtp_url="smtp://{user}@127.0.0.1:{smtp}/" smtp_pass="{password}"
set ssl_starttls=no ssl_force_tls=no
set record="=Sent Items" postponed="=Drafts" copy=yes
set header_cache="{where}/cache" imap_condstore=yes imap_qresync=yes imap_idle=yes
set confirmappend=no delete=yes quit=yes move=no wait_key=no mark_old=no
set pipe_decode=no pipe_split=yes pipe_sep="" markers=no beep=no timeout=1 mail_check=1
set charset=utf-8 send_charset=utf-8 include=no
"""
SET = {"seen": "<clear-flag>N", "flagged": "<set-flag>!", "answered": "<set-flag>r"}
HAVE = {"seen": "~R", "flagged": "~F", "answered": "~Q"}


class Client:
    def __init__(self, program, p, where):
        self.program, self.where = program, where
        self.config = os.path.join(where, "muttrc")
        os.mkdir(os.path.join(where, "cache"))
        with open(self.config, "w") as f:
            f.write(CONFIG.format(user=ALICE, password=p.BRIDGE_PASSWORD, imap=p.imap_port,
                                  smtp=p.smtp_port, where=where))

    def argv(self, folder, keys=None):
        push = ["-e", f"push '{keys}'"] if keys else []
        return [self.program, "-n", "-F", self.config, *push, "-f", folder]

    def run(self, folder, keys):
        with Terminal(self.argv(folder, keys + "<quit>"), self.where) as t:
            assert t.ended() == 0, t.screen()

    def one(self, folder, ident, keys):
        self.run("=" + folder, f'<limit>~i "{ident}"<enter>{keys}<sync-mailbox>')

    def pipe(self, folder, pattern):
        """The messages that match, as octets by Message-ID."""
        with tempfile.TemporaryDirectory(dir=self.where) as box:
            self.run("=" + folder, f"<tag-pattern>{pattern}<enter><tag-prefix-cond><pipe-message>"
                     f"cat > $(mktemp {box}/XXXXXX)<enter><end-cond>")
            got = {}
            for name in os.listdir(box):
                with open(os.path.join(box, name), "rb") as f:
                    octets = f.read()
                got[common.message_id(octets)] = octets
            return got

    def read(self, folder):
        return self.pipe(folder, "~A")

    def marks(self, folder):
        got = {ident: set() for ident in self.pipe(folder, "~A")}
        for name, pattern in HAVE.items():
            for ident in self.pipe(folder, pattern):
                got[ident].add(name)
        return got

    def mark(self, folder, ident, marks):
        self.one(folder, ident, "".join(SET[m] for m in sorted(marks)))

    def move(self, folder, ident, to):
        self.one(folder, ident, f"<save-message>={to}<enter>")

    def delete(self, folder, ident):
        self.one(folder, ident, "<delete-message>")

    def idle(self, act):
        with Terminal(self.argv("=INBOX"), self.where) as t:
            t.wait("Nachricht 8")
            act()
            t.wait("Nachricht 903")
            t.keys("q")
            assert t.ended() == 0

    def compose(self, subject, body, *files):
        attach = ["-a", *files] if files else []
        done = subprocess.run([self.program, "-n", "-F", self.config, "-s", subject, "-b",
                               "carol@example.test", *attach, "--", BOB], input=body.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env=dict(os.environ, HOME=self.where, LC_ALL="C.UTF-8"),
                              timeout=common.TIMEOUT_S)
        assert done.returncode == 0, done.stdout


def composing(client, case):
    """Sent with an attachment and a blind copy: one copy in Sent, though the client puts
    its own there as well."""
    path = os.path.join(client.where, "Grüße.bin")
    with open(path, "wb") as f:
        f.write(bytes(range(256)) * 400)
    client.compose("Grüße von der Brücke", "Zeile\n.\n.Punkt\n", path)
    item = case.eventually("the mail at bob's", lambda: next(
        (i for i in case.bob.items("INBOX", True) if i.subject.startswith("Grüße")), None))
    subject, parts = checks.content(item.mime)
    assert subject == "Grüße von der Brücke", subject
    (_, _, text), (_, name, octets) = parts
    assert text == b"Zeile\r\n.\r\n.Punkt\r\n", text
    assert name == "Grüße.bin" and octets == bytes(range(256)) * 400, name
    assert b"carol" not in item.mime, "the blind copy's address is shown"
    case.eventually("all is settled", lambda: checks.settled(case))
    copies = [i for i in case.alice.items("Sent Items") if i.subject.startswith("Grüße")]
    assert len(copies) == 1, [(i.message_id, i.subject) for i in copies]
    assert copies[0].read, "the copy in Sent is unread"
    shown = client.read("Sent Items")
    subjects = [checks.content(octets)[0] for octets in shown.values()]
    assert subjects.count("Grüße von der Brücke") == 1, subjects


def test(program):
    common.need(program, "tmux")
    with checks.Case() as case, tempfile.TemporaryDirectory(prefix="passerelle-mutt-") as where:
        client = Client(program, case.p, where)
        checks.everything(client, case)
        composing(client, case)
