#!/usr/bin/python3
"""exchangelib, a client by other people, against ewsim: mail and calendar round."""
import datetime
from decimal import Decimal
import re
import subprocess
import sys
import zoneinfo

try:
    from exchangelib import (Account, Attendee, CalendarItem, Configuration, Contact, Credentials,
                             DELEGATE, DistributionList, EWSDate, EWSDateTime, EWSTimeZone,
                             FileAttachment, Folder, HTMLBody, ItemAttachment, Mailbox, Message,
                             OofSettings, Task)
    from exchangelib.indexed_properties import EmailAddress, PhoneNumber
    from exchangelib.properties import Member
    from exchangelib.protocol import BaseProtocol, NoVerifyHTTPAdapter
    from exchangelib.items import (MeetingCancellation, MeetingRequest, MeetingResponse,
                                   SEND_TO_ALL_AND_SAVE_COPY)
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


def attachments(alice):
    m = Message(account=alice, folder=alice.drafts, subject="with parts", body="x")
    m.save()
    m.attach(FileAttachment(name="b.bin", content=bytes(range(256)) * 40))
    inner = Message(subject="within", body="inside", to_recipients=["bob@example.test"])
    m.attach(ItemAttachment(name="note", item=inner))
    m.refresh()
    files = [a for a in m.attachments if isinstance(a, FileAttachment)]
    items = [a for a in m.attachments if isinstance(a, ItemAttachment)]
    assert files[0].content == bytes(range(256)) * 40 and files[0].name == "b.bin"
    assert items[0].item.subject == "within", items
    m.detach(files)
    m.refresh()
    assert len(m.attachments) == 1
    m.delete()


def only(query, kind, subject):
    found = [x for x in query if isinstance(x, kind) and x.subject == subject]
    assert len(found) == 1, f"{kind.__name__} {subject}: {found}"
    return found[0]


def meeting(alice, bob):
    """Invitation, answer, change, cancellation."""
    tz = EWSTimeZone("Europe/Berlin")
    start = EWSDateTime(2026, 9, 7, 14, 0, tzinfo=tz)
    c = CalendarItem(account=alice, folder=alice.calendar, subject="Review", location="R 2",
                     start=start, end=start + datetime.timedelta(hours=1),
                     required_attendees=[Attendee(mailbox=Mailbox(
                         email_address="bob@example.test"), response_type="Unknown")])
    c.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    request = only(bob.inbox.all(), MeetingRequest, "Review")
    assert request.start == start and request.location == "R 2"
    theirs = only(bob.calendar.all(), CalendarItem, "Review")
    assert theirs.my_response_type == "NoResponseReceived", theirs
    assert theirs.legacy_free_busy_status == "Tentative" and theirs.uid
    assert theirs.organizer.email_address == "alice@example.test"
    request.accept(body="yes")
    theirs.refresh()
    assert theirs.my_response_type == "Accept" and theirs.legacy_free_busy_status == "Busy"
    only(alice.inbox.all(), MeetingResponse, "Accepted: Review")
    c.refresh()
    assert [a.response_type for a in c.required_attendees] == ["Accept"]

    c.start, c.end = start + datetime.timedelta(days=1), start + datetime.timedelta(days=1, hours=2)
    c.save(update_fields=["start", "end"], send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    theirs.refresh()
    assert theirs.start == c.start and theirs.end == c.end
    only(bob.inbox.all(), MeetingRequest, "Review").tentatively_accept()
    c.refresh()
    assert c.required_attendees[0].response_type == "Tentative"
    c.cancel()
    only(bob.inbox.all(), MeetingCancellation, "Canceled: Review")
    theirs.refresh()
    assert theirs.is_cancelled


def availability(alice, bob):
    tz = EWSTimeZone("Europe/Berlin")
    start = EWSDateTime(2026, 9, 21, 10, 0, tzinfo=tz)
    CalendarItem(account=bob, folder=bob.calendar, subject="Busy", start=start,
                 end=start + datetime.timedelta(hours=1), legacy_free_busy_status="OOF").save()
    views = list(alice.protocol.get_free_busy_info(
        accounts=[(bob, "Required", False)], start=EWSDateTime(2026, 9, 21, 9, 0, tzinfo=tz),
        end=EWSDateTime(2026, 9, 21, 12, 0, tzinfo=tz), merged_free_busy_interval=30))
    assert views[0].merged == "003300", views
    assert [(e.start.hour, e.busy_type) for e in views[0].calendar_events] == [(10, "OOF")], views


def settings(alice):
    tz = EWSTimeZone("UTC")
    away = OofSettings(state=OofSettings.SCHEDULED, external_audience="None",
                       start=EWSDateTime(2030, 1, 1, tzinfo=tz), internal_reply="away",
                       end=EWSDateTime(2030, 1, 9, tzinfo=tz), external_reply="gone")
    alice.oof_settings = away
    got = alice.oof_settings
    assert got.state == "Scheduled" and got.internal_reply == "away" and got.start == away.start
    names = alice.protocol.resolve_names(["bob"])
    assert [n.email_address for n in names] == ["bob@example.test"], names
    everyone = alice.protocol.expand_dl("everyone@example.test")
    assert {m.email_address for m in everyone} == {"alice@example.test", "bob@example.test"}
    assert not alice.delegates


def contacts(alice):
    c = Contact(account=alice, folder=alice.contacts, given_name="Ada", surname="Quill",
                display_name="Ada Quill", company_name="Ink",
                email_addresses=[EmailAddress(label="EmailAddress1", email="ada@elsewhere.test")],
                phone_numbers=[PhoneNumber(label="MobilePhone", phone_number="+1 555 0100")])
    c.save()
    got = alice.contacts.get(id=c.id)
    assert got.email_addresses[0].email == "ada@elsewhere.test" and got.company_name == "Ink"
    got.given_name = "Adah"
    got.phone_numbers = [PhoneNumber(label="MobilePhone", phone_number="+1 555 0101")]
    got.save(update_fields=["given_name", "phone_numbers"])
    got.refresh()
    assert got.given_name == "Adah" and got.phone_numbers[0].phone_number == "+1 555 0101"
    team = DistributionList(account=alice, folder=alice.contacts, display_name="Team",
                            members={Member(mailbox=Mailbox(name="B", mailbox_type="OneOff",
                                                            email_address="bob@example.test"))})
    team.save()
    team.refresh()
    assert [m.mailbox.email_address for m in team.members] == ["bob@example.test"]
    got.delete()
    team.delete()


def tasks(alice):
    t = Task(account=alice, folder=alice.tasks, subject="Ink", due_date=EWSDate(2026, 8, 1),
             status="InProgress", percent_complete=Decimal(40))
    t.save()
    t.refresh()
    assert t.due_date == EWSDate(2026, 8, 1) and t.percent_complete == 40
    t.status = Task.COMPLETED
    t.save(update_fields=["status"])
    t.refresh()
    assert t.status == "Completed" and t.is_complete and t.complete_date, t
    t.delete()


def replies(alice, bob):
    Message(account=alice, folder=alice.sent, subject="Question", body="?",
            to_recipients=["bob@example.test"]).send_and_save()
    got = only(bob.inbox.all(), Message, "Question")
    got.reply(subject="RE: Question", body="!")
    only(alice.inbox.all(), Message, "RE: Question")
    got.forward(subject="FW: Question", body="see", to_recipients=["alice@example.test"])
    only(alice.inbox.all(), Message, "FW: Question")


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
        attachments(alice)
        contacts(alice)
        tasks(alice)
        replies(alice, bob)
        meeting(alice, bob)
        availability(alice, bob)
        settings(alice)
    finally:
        sim.terminate()
        assert sim.wait(20) == 0
    print("ok")


main()
