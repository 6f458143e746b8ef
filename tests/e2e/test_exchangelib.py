#!/usr/bin/python3
"""exchangelib, a client by other people, against ewsim: mail and calendar round."""
import datetime
import re
import subprocess
import sys
import zoneinfo

try:
    from exchangelib import (Account, CalendarItem, Configuration, Credentials, DELEGATE,
                             EWSDate, EWSDateTime, EWSTimeZone, FileAttachment, Folder, HTMLBody,
                             Mailbox, Message)
    from exchangelib.protocol import BaseProtocol, NoVerifyHTTPAdapter
    from exchangelib.recurrence import Recurrence, WeeklyPattern
    from exchangelib.version import EXCHANGE_2016, Version
except ImportError:
    print("exchangelib is not installed")
    sys.exit(77)


def account(port, name):
    config = Configuration(service_endpoint="http://127.0.0.1:%d/EWS/Exchange.asmx" % port,
                           credentials=Credentials(name + "@example.test", name),
                           auth_type="basic", version=Version(build=EXCHANGE_2016))
    return Account(primary_smtp_address=name + "@example.test", config=config,
                   autodiscover=False, access_type=DELEGATE,
                   default_timezone=EWSTimeZone("Europe/Berlin"))


def mail(alice, bob):
    before = alice.inbox.all().count()
    assert before > 0, "the demo mailbox has mail"
    first = next(iter(alice.inbox.all().order_by("-datetime_received")))
    assert first.subject and first.mime_content, "properties and MIME"

    m = Message(account=alice, folder=alice.drafts, subject="Brücke 1",
                body=HTMLBody("<p>Text</p>"),
                to_recipients=[Mailbox(email_address="bob@example.test")])
    m.attach(FileAttachment(name="a.txt", content=b"hello"))
    m.save()
    m.refresh()
    assert m.is_draft and m.attachments[0].content == b"hello"
    m.categories = ["red", "blue one"]
    m.importance = "High"
    m.save(update_fields=["categories", "importance"])
    m.refresh()
    assert m.categories == ["red", "blue one"] and m.importance == "High"
    m.send_and_save()
    got = [x for x in bob.inbox.all() if x.subject == "Brücke 1"]
    assert len(got) == 1 and not got[0].is_read, got
    got[0].is_read = True
    got[0].save(update_fields=["is_read"])
    sent = [x for x in alice.sent.all() if x.subject == "Brücke 1"]
    assert len(sent) == 1

    f = Folder(parent=alice.inbox, name="Ablage")
    f.save()
    old = sent[0].id
    sent[0].move(f)
    assert sent[0].id != old and f.all().count() == 1
    copies = sent[0].copy(f)
    assert copies and f.all().count() == 2
    sent[0].delete()
    assert f.all().count() == 1
    f.name = "Ablage 2"
    f.save()
    f.delete()


def search(alice):
    m = Message(account=alice, folder=alice.inbox, subject="needle in hay", body="x",
                to_recipients=[Mailbox(email_address="alice@example.test")])
    m.save()
    assert alice.inbox.filter(subject__contains="needle").count() == 1
    assert alice.inbox.filter(subject="needle in hay", is_read=False).count() == 1
    assert alice.inbox.exclude(subject__contains="e").count() < alice.inbox.all().count()
    m.soft_delete()


def sync(alice):
    state = alice.inbox.sync_items(only_fields=["id", "changekey"])
    initial = list(state)
    assert initial and all(kind == "create" for kind, _ in initial)
    m = Message(account=alice, folder=alice.inbox, subject="new one", body="x")
    m.save()
    again = list(alice.inbox.sync_items(only_fields=["id", "changekey"]))
    assert [k for k, _ in again] == ["create"], again
    m.delete()
    again = list(alice.inbox.sync_items(only_fields=["id", "changekey"]))
    assert [k for k, _ in again] == ["delete"], again


def calendar(alice):
    tz = EWSTimeZone("Europe/Berlin")
    start = EWSDateTime(2026, 3, 23, 9, 0, tzinfo=tz)
    c = CalendarItem(account=alice, folder=alice.calendar, subject="Series",
                     start=start, end=start + datetime.timedelta(hours=1), location="R 1",
                     recurrence=Recurrence(pattern=WeeklyPattern(interval=1, weekdays=["Monday"]),
                                           start=EWSDate(2026, 3, 23), number=4))
    c.save()
    c.refresh()
    assert c.type == "RecurringMaster" and c.recurrence.boundary.number == 4
    view = [x for x in alice.calendar.view(start=EWSDateTime(2026, 3, 1, tzinfo=tz),
                                           end=EWSDateTime(2026, 5, 1, tzinfo=tz))
            if x.subject == "Series"]
    # nine o'clock stays nine o'clock across the change to summer time
    assert [x.start.astimezone(tz).hour for x in view] == [9, 9, 9, 9], view
    o = c.occurrence(index=2)
    o.refresh()
    o.subject = "Moved"
    o.save(update_fields=["subject"])
    c.occurrence(index=3).delete()
    c.refresh()
    assert len(c.modified_occurrences) == 1 and len(c.deleted_occurrences) == 1
    names = [x.subject for x in alice.calendar.view(start=EWSDateTime(2026, 3, 1, tzinfo=tz),
                                                    end=EWSDateTime(2026, 5, 1, tzinfo=tz))
             if x.subject in ("Series", "Moved")]
    assert names == ["Series", "Moved", "Series"], names
    c.delete()


def main():
    sim = subprocess.Popen([sys.argv[1], "--listen", "127.0.0.1:0", "--mailbox", "demo",
                            "--user", "alice@example.test:alice",
                            "--user", "bob@example.test:bob"],
                           stdout=subprocess.PIPE, text=True)
    try:
        port = int(re.match(r"listening \S+:(\d+) ", sim.stdout.readline()).group(1))
        assert sim.stdout.readline() == "ready\n"
        alice, bob = account(port, "alice"), account(port, "bob")
        mail(alice, bob)
        sync(alice)
        search(alice)
        calendar(alice)
    finally:
        sim.terminate()
        assert sim.wait(20) == 0
    print("ok")


main()
