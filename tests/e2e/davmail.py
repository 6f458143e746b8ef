#!/usr/bin/python3
"""DavMail, another gateway to Exchange by other people, against ewsim: mail by IMAP, sending by
SMTP, calendar by CalDAV, contacts and their photos by CardDAV. Skipped where it is not installed:
Debian's package wants a Java runtime; ./bootstrap clients has it in its list."""
import base64
import http.client
import imaplib
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../script"))
import pair  # noqa: E402

ALICE, BOB = "alice@example.test", "bob@example.test"
OPERATIONS = """
    ConvertId CopyItem CreateFolder CreateItem DeleteFolder DeleteItem FindFolder FindItem
    GetFolder GetItem GetUserConfiguration GetUserPhoto UpdateItem""".split()
EVENT = """BEGIN:VCALENDAR
PRODID:-//test//test//EN
VERSION:2.0
BEGIN:VEVENT
UID:davmail-1@example.test
DTSTAMP:20260301T080000Z
DTSTART:20990310T090000Z
DTEND:20990310T100000Z
SUMMARY:Über DavMail
LOCATION:R 5
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
CARD = """BEGIN:VCARD
VERSION:3.0
UID:davmail-card-1
FN:Ada Quill
N:Quill;Ada;;;
EMAIL;TYPE=work:ada@elsewhere.test
TEL;TYPE=cell:+1 555 0100
END:VCARD
""".replace("\n", "\r\n")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Gateway:
    def __init__(self, build, directory):
        self.sim = subprocess.Popen([pair.program(build, "ewsim"), "--listen", "127.0.0.1:0",
                                     "--control", "127.0.0.1:0", "--mailbox", "demo"],
                                    stdout=subprocess.PIPE, text=True)
        port, self.control = map(int, re.match(r"listening \S+:(\d+) control \S+:(\d+)",
                                               self.sim.stdout.readline()).groups())
        self.imap, self.smtp, self.dav = free_port(), free_port(), free_port()
        self.log = os.path.join(directory, "log")
        path = os.path.join(directory, "davmail.properties")
        with open(path, "w", encoding="ascii") as f:
            f.write(f"davmail.server=true\ndavmail.mode=EWS\n"
                    f"davmail.url=http://127.0.0.1:{port}/EWS/Exchange.asmx\n"
                    f"davmail.imapPort={self.imap}\ndavmail.smtpPort={self.smtp}\n"
                    f"davmail.caldavPort={self.dav}\ndavmail.popPort=\ndavmail.ldapPort=\n"
                    "davmail.bindAddress=127.0.0.1\ndavmail.disableUpdateCheck=true\n"
                    "davmail.carddavReadPhoto=true\n"
                    f"davmail.logFilePath={self.log}\nlog4j.rootLogger=WARN\n"
                    "log4j.logger.davmail=DEBUG\n")
        with open(self.log + ".out", "wb") as out:
            self.davmail = subprocess.Popen(["davmail", "-server", path], stdout=out, stderr=out,
                                            start_new_session=True)
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.dav), timeout=5).close()
                return
            except OSError:
                assert time.monotonic() < end, "davmail does not start"
                time.sleep(0.2)

    def stop(self):
        os.killpg(self.davmail.pid, signal.SIGTERM)  # our own child and its java
        self.davmail.wait(60)
        self.sim.terminate()
        assert self.sim.wait(60) == 0

    def login(self, who):
        c = imaplib.IMAP4("127.0.0.1", self.imap, timeout=120)
        c.login(who, who.split("@")[0])
        return c

    def request(self, method, path, body=None, **headers):
        c = http.client.HTTPConnection("127.0.0.1", self.dav, timeout=120)
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        headers["Authorization"] = "Basic " + base64.b64encode(f"{ALICE}:alice".encode()).decode()
        c.request(method, path, body.encode() if body else None, headers)
        r = c.getresponse()
        text = r.read().decode("utf-8", "replace")
        c.close()
        return r.status, text


def ok(answer):
    assert answer[0] == "OK", answer
    return answer[1]


def wait_for(what, question):
    end = time.monotonic() + 60
    while not question():
        assert time.monotonic() < end, what
        time.sleep(0.3)


def imap(g):
    c = g.login(ALICE)
    names = b" ".join(ok(c.list()))
    assert b"INBOX" in names and b"\\Sent" in names, names
    count = int(ok(c.select("INBOX"))[0])
    assert count > 10
    data = ok(c.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    assert sum(isinstance(d, tuple) for d in data) == count
    octets = (b"From: Ada <ada@example.test>\r\nTo: alice@example.test\r\nSubject: put by DavMail"
              b"\r\nMessage-ID: <davmail-9@example.test>\r\n\r\nText\r\n")
    ok(c.append("Drafts", r"(\Seen)", None, octets))
    ok(c.select("Drafts"))
    uid = ok(c.uid("SEARCH", "SUBJECT", '"put by DavMail"'))[0].split()[-1]
    got = next(d[1] for d in ok(c.uid("FETCH", uid, "BODY.PEEK[]")) if isinstance(d, tuple))
    assert b"<davmail-9@example.test>" in got and b"Text" in got, got
    ok(c.uid("STORE", uid, "+FLAGS", r"(\Flagged)"))
    flags = ok(c.uid("FETCH", uid, "FLAGS"))
    assert b"\\Flagged" in flags[0] and b"\\Seen" in flags[0], flags
    ok(c.create("DavMail"))
    ok(c.uid("COPY", uid, "DavMail"))
    ok(c.uid("STORE", uid, "+FLAGS", r"(\Deleted)"))
    ok(c.expunge())
    assert not ok(c.uid("SEARCH", "SUBJECT", '"put by DavMail"'))[0].split()
    assert ok(c.select("DavMail")) == [b"1"]
    ok(c.close())
    ok(c.delete("DavMail"))
    c.logout()


def smtp(g):
    with smtplib.SMTP("127.0.0.1", g.smtp, timeout=120) as s:
        s.login(ALICE, "alice")
        s.sendmail(ALICE, [BOB], "From: alice@example.test\r\nTo: bob@example.test\r\nSubject: "
                   "sent by DavMail\r\n\r\nHello\r\n")
    c = g.login(BOB)

    def there():
        ok(c.select("INBOX"))
        return ok(c.uid("SEARCH", "SUBJECT", '"sent by DavMail"'))[0].split()
    wait_for("the message at bob's", there)
    c.logout()


def hrefs(g, path):
    status, text = g.request("PROPFIND", path, '<?xml version="1.0"?><D:propfind xmlns:D="DAV:">'
                             "<D:prop><D:getetag/></D:prop></D:propfind>", Depth="1",
                             Content_Type="text/xml")
    assert status == 207, (status, text)
    return set(re.findall("<D:href>(.*?)</D:href>", text))


def caldav(g):
    base = f"/users/{ALICE}/calendar/"
    before = hrefs(g, base)
    status, text = g.request("PUT", base + "davmail-1.ics", EVENT,
                             Content_Type="text/calendar; charset=utf-8")
    assert status in (200, 201, 204), (status, text)
    status, text = g.request("GET", base + "davmail-1.ics")
    assert status == 200 and "SUMMARY:Über DavMail" in text and "20990310T" in text, (status, text)
    [new] = hrefs(g, base) - before  # named by its id
    status, text = g.request("GET", new)
    assert status == 200 and "SUMMARY:Über DavMail" in text, (status, text)
    changed = EVENT.replace("R 5", "R 6").replace("T100000Z", "T110000Z")
    status, text = g.request("PUT", base + "davmail-1.ics", changed,
                             Content_Type="text/calendar; charset=utf-8")
    assert status in (200, 201, 204), (status, text)
    status, text = g.request("GET", base + "davmail-1.ics")
    assert "R 6" in text, text
    status, text = g.request("DELETE", base + "davmail-1.ics")
    assert status in (200, 204), (status, text)
    assert g.request("GET", base + "davmail-1.ics")[0] == 404


def carddav(g):
    base = f"/users/{ALICE}/contacts/"
    status, text = g.request("PUT", base + "davmail-card-1.vcf", CARD,
                             Content_Type="text/vcard; charset=utf-8")
    assert status in (200, 201, 204), (status, text)
    status, text = g.request("GET", base + "davmail-card-1.vcf")
    assert status == 200 and "ada@elsewhere.test" in text and "+1 555 0100" in text, (status, text)
    assert "PHOTO" not in text, "a stranger has no photo"
    status, text = g.request("DELETE", base + "davmail-card-1.vcf")
    assert status in (200, 204), (status, text)


def photo(g):
    """Who has none in the contact gets that of the directory."""
    path = f"/users/{ALICE}/contacts/davmail-card-2.vcf"
    status, text = g.request("PUT", path, CARD.replace("card-1", "card-2").replace(
        "ada@elsewhere.test", BOB), Content_Type="text/vcard; charset=utf-8")
    assert status in (200, 201, 204), (status, text)
    status, text = g.request("GET", path)
    found = re.search(r"^PHOTO;([^:]*):((?:.*\r?\n )*.*)", text, re.M)
    assert status == 200 and found and "JPEG" in found[1].upper(), text
    jpeg = base64.b64decode(re.sub(r"\s", "", found[2]))
    assert jpeg[:3] == b"\xff\xd8\xff" and jpeg[-2:] == b"\xff\xd9", jpeg


def operations(g):
    called = sorted(line.split()[0] for line in pair.control(g.control, "stats")
                    if line[0].isupper())
    assert called == OPERATIONS, called


def main():
    if not shutil.which("davmail"):
        print("skipped: no davmail")
        return 77
    with tempfile.TemporaryDirectory() as directory:
        g = Gateway(sys.argv[1], directory)
        bad = 0
        try:
            for part in (imap, smtp, caldav, carddav, photo, operations):
                try:
                    part(g)
                    print("ok", part.__name__, flush=True)
                except (AssertionError, imaplib.IMAP4.error, OSError) as e:
                    bad += 1
                    print("FAIL", part.__name__, str(e)[:3000])
                    with open(g.log, encoding="utf-8", errors="replace") as f:
                        print("".join(f.readlines()[-25:])[-6000:])
        finally:
            g.stop()
        return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
