#!/usr/bin/python3
"""Whatever lies in a mail folder of Exchange is a whole message in IMAP, octet for octet:
meeting requests and answers, reports, signed and encrypted mail, voice mail, posts."""
import base64
import random

import checks
import common
from common import ALICE

NOISE = base64.encodebytes(random.Random(5).randbytes(3000)).decode().replace("\n", "\r\n")
CALENDAR = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:{method}\r\n"
            "BEGIN:VEVENT\r\nUID:kinds-1\r\nDTSTAMP:20260301T080000Z\r\nDTSTART:20260310T090000Z\r\n"
            "DTEND:20260310T100000Z\r\nSUMMARY:Brückenbau\r\nORGANIZER:mailto:bob@example.test\r\n"
            "ATTENDEE:mailto:alice@example.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


def meeting(method):
    return ("multipart/alternative; boundary=b1", "--b1\r\nContent-Type: text/plain\r\n\r\nWhen: "
            f"March 10\r\n--b1\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n"
            f"Content-Transfer-Encoding: 8bit\r\n\r\n{CALENDAR.format(method=method)}--b1--\r\n")


def report(kind, part):
    return (f"multipart/report; report-type={kind}; boundary=b2",
            f"--b2\r\nContent-Type: text/plain\r\n\r\nA report.\r\n--b2\r\nContent-Type: {part}"
            "\r\n\r\nReporting-UA: x\r\nFinal-Recipient: rfc822;bob@example.test\r\n"
            "Original-Message-ID: <a@example.test>\r\nDisposition: manual-action/MDN-sent-manually;"
            " displayed\r\n--b2\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: a\r\n"
            "--b2--\r\n")


SIGNED = ("multipart/signed; {}; boundary=\"----b3\"",
          "This is signed.\r\n\r\n------b3\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: 8bit\r\n\r\nTrailing blank \r\n\tBrücke\r\n-- \r\nAlice\r\n"
          "\r\n------b3\r\nContent-Type: {}\r\n\r\n" + NOISE + "\r\n------b3--\r\n")
# name, item class, Content-Type, body
KINDS = (
    ("request", "IPM.Schedule.Meeting.Request", *meeting("REQUEST")),
    ("cancelled", "IPM.Schedule.Meeting.Canceled", *meeting("CANCEL")),
    ("accepted", "IPM.Schedule.Meeting.Resp.Pos", *meeting("REPLY")),
    ("declined", "IPM.Schedule.Meeting.Resp.Neg", *meeting("REPLY")),
    ("undelivered", "REPORT.IPM.Note.NDR", *report("delivery-status", "message/delivery-status")),
    ("delivered", "REPORT.IPM.Note.DR", *report("delivery-status", "message/delivery-status")),
    ("receipt", "REPORT.IPM.Note.IPNRN", *report("disposition-notification",
                                                 "message/disposition-notification")),
    ("smime-signed", "IPM.Note.SMIME.MultipartSigned",
     SIGNED[0].format('protocol="application/pkcs7-signature"; micalg=sha-256'),
     SIGNED[1].format("application/pkcs7-signature; name=smime.p7s")),
    ("smime-encrypted", "IPM.Note.SMIME",
     "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
     NOISE),
    ("pgp-signed", "IPM.Note", SIGNED[0].format('protocol="application/pgp-signature"'),
     SIGNED[1].format("application/pgp-signature")),
    ("pgp-encrypted", "IPM.Note", 'multipart/encrypted; protocol="application/pgp-encrypted"; '
     "boundary=b4", "--b4\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b4\r\n"
     f"Content-Type: application/octet-stream\r\n\r\n{NOISE}\r\n--b4--\r\n"),
    ("post", "IPM.Post", "text/plain; charset=us-ascii", "On the board.\r\n"),
    ("voice", "IPM.Note.Microsoft.Voicemail.UM.CA", "multipart/mixed; boundary=b5",
     "--b5\r\nContent-Type: text/plain\r\n\r\nYou have a voice message.\r\n--b5\r\n"
     "Content-Type: audio/mpeg\r\nContent-Transfer-Encoding: base64\r\n"
     f"Content-Disposition: attachment; filename=voice.mp3\r\n\r\n{NOISE}--b5--\r\n"),
    ("fax", "IPM.Note.Microsoft.Fax", "text/plain", "A fax.\r\n"),
    ("rights", "IPM.Note.rpmsg.Microsoft.Voicemail", "text/plain", "Protected.\r\n"),
    ("rule", "IPM.Note.Rules.OofTemplate.Microsoft", "text/plain", "I am away.\r\n"),
    ("unknown", "IPM.Note.Contoso.Ticket", "text/plain", "A form of somebody's.\r\n"),
)


def octets_of(name, content_type, body):
    transfer = "base64" if content_type.startswith("application/pkcs7-mime") else "8bit"
    return (f"From: Bob <bob@example.test>\r\nTo: <{ALICE}>\r\nSubject: {name}\r\n"
            f"Date: Mon, 2 Mar 2026 09:00:00 +0100\r\nMessage-ID: <{name}@example.test>\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n"
            f"Content-Transfer-Encoding: {transfer}\r\n\r\n{body}").encode()


def check_octets(client, sent):
    for uid in common.uids(client, "INBOX"):
        octets = common.fetch_octets(client, uid)
        want = sent.pop(common.message_id(octets))
        assert octets == want, f"{checks.difference(want, octets)}"
        size = common.fetch(client, uid, "RFC822.SIZE")[0]
        assert f"RFC822.SIZE {len(want)}" in str(size), size
        shape = str(common.fetch(client, uid, "BODYSTRUCTURE"))
        assert "BODYSTRUCTURE" in shape
    assert not sent, f"not shown: {sorted(sent)}"


def by_subject(exchange, folder, name):
    return next((i for i in exchange.items(folder) if i.subject == name), None)


def marked(exchange, name):
    item = by_subject(exchange, "INBOX", name)
    return item if item.flagged and item.read and item.categories else None


def check_actions(client, case):
    """They are marked, moved and removed like any other."""
    for name, *_ in KINDS:
        (uid,) = common.uids(client, "INBOX", "HEADER", "Message-ID", f"<{name}@example.test>")
        client.select("INBOX")
        assert client.uid("STORE", uid, "+FLAGS", r"(\Seen \Flagged Wichtig)")[0] == "OK", name
        assert client.uid("COPY", uid, "Archiv")[0] == "OK", name
    for name, item_class, *_ in KINDS:
        item = case.eventually(f"{name} marked", lambda n=name: marked(case.alice, n))
        assert item.item_class == item_class and item.categories == ["Wichtig"], item.item_class
        copy = case.eventually(f"{name} copied", lambda n=name: by_subject(case.alice, "Archiv", n))
        assert copy.item_class == item_class, copy.item_class


def test():
    common.need()
    with checks.Case({"Archiv": 1}) as case:
        sent = {}
        for name, item_class, content_type, body in KINDS:
            octets = octets_of(name, content_type, body)
            sent[common.message_id(octets)] = octets
            case.p.deliver(ALICE, "inbox", octets, item_class)
        client = common.imap(case.p)
        common.wait_for("all in the Inbox", lambda: common.count_in(client, "INBOX") == len(KINDS))
        check_octets(client, sent)
        check_actions(client, case)
        case.eventually("all is settled", lambda: checks.settled(case))
        client.logout()


if __name__ == "__main__":
    common.main(test)
