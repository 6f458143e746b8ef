"""What the end-to-end tests share: a mailbox of files, waiting, other people's clients.

Each test starts its own pair of ewsim and daemon, ends with status 0, 1, or 77 when a
program that it needs isn't there. BUILD is the first argument (default ../../build).
"""
import base64
import email.message
import email.policy
import imaplib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
import pair  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "build")
ALICE, BOB = "alice@example.test", "bob@example.test"
TIMEOUT_S = int(os.environ.get("E2E_TIMEOUT_S", "60"))
POLL_S = 0.05


def need(*programs):
    """Skip the test unless all @programs and the build are there."""
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: no {program}")
            sys.exit(77)
    for program in ("passerelle", "ewsim"):
        if not os.path.exists(pair.program(BUILD, program)):
            print(f"skipped: no {program} in {BUILD}")
            sys.exit(77)


def wait_for(what, question):
    """Ask until the answer is true. Return: the answer."""
    end = time.monotonic() + TIMEOUT_S
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(POLL_S)


def run(*argv, **options):
    """A client that must succeed. Return: what it printed (bytes)."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=TIMEOUT_S, check=False, **options)
    assert done.returncode == 0, (f"{argv[0]} ended with {done.returncode}:\n"
                                  f"{done.stdout.decode('utf-8', 'replace')[-2000:]}\n"
                                  f"{done.stderr.decode('utf-8', 'replace')[-2000:]}")
    return done.stdout


def imap(p, user=ALICE):
    """A second way to look at the mailbox: imaplib, logged in."""
    client = imaplib.IMAP4("127.0.0.1", p.imap_port, timeout=TIMEOUT_S)
    client.login(user, p.BRIDGE_PASSWORD)
    return client


def utf7(name):
    """A folder's name in IMAP's modified UTF-7, for imaplib."""
    def code(m):
        b64 = base64.b64encode(m[0].encode("utf-16-be")).decode().rstrip("=")
        return "&" + b64.replace("/", ",") + "-"
    return re.sub(r"[^\x20-\x7e]+", code, name.replace("&", "&-"))


def from_utf7(name):
    def code(m):
        b64 = m[1].replace(",", "/")
        return base64.b64decode(b64 + "=" * (-len(b64) % 4)).decode("utf-16-be") if b64 else "&"
    return re.sub(r"&([^-]*)-", code, name)


def count_in(client, folder):
    """Messages in @folder; -1 while it can't be told."""
    kind, data = client.status(f'"{folder}"', "(MESSAGES)")
    if kind != "OK" or not data or data[0] is None:
        return -1
    m = re.search(rb"MESSAGES (\d+)", data[0])
    return int(m[1]) if m else -1


def uids(client, folder, *criteria):
    client.select(f'"{folder}"', readonly=True)
    kind, data = client.uid("SEARCH", *(criteria or ("ALL",)))
    assert kind == "OK", data
    return (data[0] or b"").split()


def fetch(client, uid, what):
    kind, data = client.uid("FETCH", uid, f"({what})")
    assert kind == "OK" and data and data[0], f"FETCH {uid} {what}: {kind} {data}"
    return data


def fetch_octets(client, uid):
    return next(d[1] for d in fetch(client, uid, "BODY.PEEK[]") if isinstance(d, tuple))


def message(number, kind, address=ALICE):
    """A message of ours as octets with CRLF; @kind picks its shape."""
    if kind == "8bit":
        return (f"From: Frieda <frieda@example.test>\r\nTo: <{address}>\r\n"
                f"Subject: =?UTF-8?Q?Ger=C3=BCst_{number}?=\r\n"
                f"Date: Mon, 2 Mar 2026 09:00:{number % 60:02} +0100\r\n"
                f"Message-ID: <e2e-{number}@example.test>\r\nMIME-Version: 1.0\r\n"
                "Content-Type: text/plain; charset=utf-8\r\n"
                "Content-Transfer-Encoding: 8bit\r\n\r\n"
                f"Das Gerüst Nr. {number} steht.\r\n\r\n.Punkt am Anfang\r\n"
                "From vorn\r\n  \tBlanks am Ende  \r\n").encode()
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"], m["To"] = "Frieda <frieda@example.test>", address
    m["Subject"] = f"Nachricht {number}: Brücke"
    m["Date"] = f"Mon, 2 Mar 2026 10:00:{number % 60:02} +0100"
    m["Message-ID"] = f"<e2e-{number}@example.test>"
    m.set_content(f"Text {number}\n")
    if kind in ("html", "files"):
        m.add_alternative(f"<p>Text <b>{number}</b></p>", subtype="html")
    if kind == "files":
        noise = random.Random(number)
        m.add_attachment(noise.randbytes(150000), maintype="application",
                         subtype="octet-stream", filename="Messwerte für März.bin")
        m.add_attachment("eins;zwei\n" * 20, filename="tabelle.csv", subtype="csv")
    for part in m.walk():  # boundaries that are the same every time
        if part.is_multipart():
            part.set_boundary(f"=_{number}_{part.get_content_subtype()}")
    return m.as_bytes()


KINDS = ("plain", "8bit", "html", "files")


class Files:
    """A directory for `ewsim --mailbox DIR`, and what is in it by Message-ID."""

    def __init__(self, folders):
        """folders: {path of the directory: number of messages}"""
        self.dir = tempfile.mkdtemp(prefix="passerelle-mail-")
        self.originals, self.counts, number = {}, folders, 0
        for folder, count in folders.items():
            os.makedirs(os.path.join(self.dir, folder), exist_ok=True)
            for i in range(count):
                number += 1
                octets = message(number, KINDS[i % len(KINDS)])
                self.originals[message_id(octets)] = octets
                with open(os.path.join(self.dir, folder, f"{i:04}.eml"), "wb") as f:
                    f.write(octets)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)


def message_id(octets):
    m = re.search(rb"^Message-ID: *(<[^>]*>)", octets, re.I | re.M)
    return m[1].decode() if m else None


def main(test):
    """Run @test(); its failed asserts are told with the logs of the pair."""
    try:
        test()
    except (AssertionError, pair.Broken, imaplib.IMAP4.error) as e:
        import traceback
        traceback.print_exc()
        print(f"FAIL: {e}")
        sys.exit(1)
    print("ok")
