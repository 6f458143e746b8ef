#!/usr/bin/python3
"""exchangelib, a client by other people, against ewsim: what it does with every operation that
it knows and ewsim has. OPERATIONS is what it called; docs/ews-library.md goes by that."""
import datetime
from decimal import Decimal
import re
import socket
import subprocess
import sys
import zoneinfo

try:
    from exchangelib import (Account, Attendee, CalendarItem, Configuration, Contact, Credentials,
                             DELEGATE, DistributionList, EWSDate, EWSDateTime, EWSTimeZone,
                             FileAttachment, Folder, HTMLBody, ItemAttachment, Mailbox, Message,
                             OofSettings, Q, Task)
    from exchangelib.errors import ErrorItemNotFound, ErrorNameResolutionNoResults
    from exchangelib.indexed_properties import EmailAddress, PhoneNumber
    from exchangelib.folders import Messages
    from exchangelib.properties import Member
    from exchangelib.protocol import BaseProtocol, NoVerifyHTTPAdapter
    from exchangelib.items import (MeetingCancellation, MeetingRequest, MeetingResponse,
                                   SEND_TO_ALL_AND_SAVE_COPY)
    from exchangelib.properties import AlternateId, DistinguishedFolderId, ItemId
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
    # the same by AQS, which the server takes apart
    for query, count in (("subject:needle", 1), ('subject:"needle in hay" kind:email', 1),
                         ("subject:eedle", 0), ("subject:needle NOT to:alice", 0)):
        assert alice.inbox.filter(query).count() == count, query
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
    # who is taken off the list hears of it
    c.required_attendees.append(Attendee(mailbox=Mailbox(email_address="room1@example.test"),
                                         response_type="Unknown"))
    c.save(update_fields=["required_attendees"],
           send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    bobs = [a for a in c.required_attendees if a.mailbox.email_address == "bob@example.test"]
    c.required_attendees = [a for a in c.required_attendees if a not in bobs]
    c.save(update_fields=["required_attendees"],
           send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    only(bob.inbox.all(), MeetingCancellation, "Canceled: Review").delete()
    c.required_attendees = bobs
    c.save(update_fields=["required_attendees"],
           send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
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


def settings(alice, bob):
    tz = EWSTimeZone("UTC")
    away = OofSettings(state=OofSettings.SCHEDULED, external_audience="None",
                       start=EWSDateTime(2030, 1, 1, tzinfo=tz), internal_reply="away",
                       end=EWSDateTime(2030, 1, 9, tzinfo=tz), external_reply="gone")
    alice.oof_settings = away
    got = alice.oof_settings
    assert got.state == "Scheduled" and got.internal_reply == "away" and got.start == away.start
    away.start = EWSDateTime(2020, 1, 1, tzinfo=tz)
    alice.oof_settings = away
    Message(account=bob, folder=bob.sent, subject="are you there", body="x",
            to_recipients=[Mailbox(email_address="alice@example.test")]).send()
    assert "away" in only(bob.inbox.all(), Message, "Automatic reply: are you there").body
    names = alice.protocol.resolve_names(["bob"])
    assert [n.email_address for n in names] == ["bob@example.test"], names
    everyone = alice.protocol.expand_dl("everyone@example.test")
    assert {m.email_address for m in everyone} == {
        "alice@example.test", "bob@example.test", "room1@example.test"}
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
    draft = Message(account=alice, folder=alice.drafts, subject="Later", body="x",
                    to_recipients=["bob@example.test"])
    draft.save()
    draft.send()
    assert not only(bob.inbox.all(), Message, "Later").is_draft
    only(alice.sent.all(), Message, "Later")


def folders(alice):
    """Made, renamed, moved, emptied, wiped; and a walk over all of them."""
    a = Messages(parent=alice.inbox, name="Eins")
    b = Messages(parent=alice.inbox, name="Zwei")
    a.save()
    b.save()
    for n in range(3):
        Message(account=alice, folder=a, subject=f"m{n}", body="x").save()
    a.refresh()
    assert (a.total_count, a.unread_count, a.folder_class) == (3, 3, "IPF.Note"), a
    old = a.id
    a.move(b)
    a.refresh()
    assert a.id == old and a.parent_folder_id.id == b.id
    assert [f.name for f in b.children] == ["Eins"]
    assert (alice.inbox / "Zwei" / "Eins").id == a.id
    a.empty(delete_type="SoftDelete")
    assert a.all().count() == 0
    state = alice.root.sync_hierarchy()
    assert {"create"} == {kind for kind, _ in state}
    gone = {a.id, b.id}
    b.wipe()
    assert b.all().count() == 0 and not list(b.walk())
    b.delete()
    changes = list(alice.root.sync_hierarchy())
    assert {(kind, f.id) for kind, f in changes} == {("delete", i) for i in gone}, changes


def junk(alice):
    m = Message(account=alice, folder=alice.inbox, subject="win a prize", body="x")
    m.save()
    m.mark_as_junk(is_junk=True, move_item=True)
    found = only(alice.junk.all(), Message, "win a prize")
    found.mark_as_junk(is_junk=False, move_item=True)
    only(alice.inbox.all(), Message, "win a prize").delete()


def transfer(alice, bob):
    """Out of one mailbox, into another one."""
    m = Message(account=alice, folder=alice.drafts, subject="Fracht", body="schwer",
                categories=["red"], to_recipients=["bob@example.test"])
    m.attach(FileAttachment(name="c.txt", content=b"cargo"))
    m.save()
    (data,) = alice.export([m])
    assert isinstance(data, str) and len(data) > 50, data
    ((ident, _),) = bob.upload([(bob.drafts, data)])
    got = bob.drafts.get(id=ident)
    assert (got.subject, got.text_body.strip(), got.categories) == ("Fracht", "schwer", ["red"])
    assert got.attachments[0].content == b"cargo"
    got.delete()
    m.delete()


def bulk(alice):
    """Many at a time; one that is not there does not spoil the others."""
    made = alice.bulk_create(alice.drafts, [
        Message(account=alice, folder=alice.drafts, subject=f"bulk {n}", body="x")
        for n in range(5)])
    assert len(made) == 5
    gone = ItemId(id=made[1].id, changekey=made[1].changekey)
    assert alice.bulk_delete([gone]) == [True]
    got = list(alice.fetch([gone, *[m for n, m in enumerate(made) if n != 1]]))
    assert isinstance(got[0], ErrorItemNotFound), got[0]
    assert [m.subject for m in got[1:]] == ["bulk 0", "bulk 2", "bulk 3", "bulk 4"]
    for m in got[1:]:
        m.importance = "Low"
    changed = alice.bulk_update([(m, ["importance"]) for m in got[1:]])
    moved = alice.bulk_move(changed, alice.trash)
    assert {m.importance for m in alice.fetch(moved)} == {"Low"}
    assert alice.bulk_copy(moved, alice.drafts) and alice.drafts.filter(
        subject__startswith="bulk").count() == 4
    assert all(x is True for x in alice.bulk_delete(moved, delete_type="HardDelete"))
    alice.drafts.filter(subject__startswith="bulk").delete()


def pages(alice):
    """A long list in pages, by a restriction and by a query string."""
    f = Folder(parent=alice.inbox, name="Seiten")
    f.save()
    alice.bulk_create(f, [Message(account=alice, folder=f, subject=f"page {n:03}", body="x",
                                  categories=["even" if n % 2 == 0 else "odd"])
                          for n in range(25)])
    every = f.all().order_by("subject")
    every.page_size = 10
    assert [m.subject for m in every] == [f"page {n:03}" for n in range(25)]
    assert [m.subject for m in f.all().order_by("-subject")[3:5]] == ["page 021", "page 020"]
    assert f.filter(categories__contains=["odd"]).count() == 12
    assert f.filter('subject:"page 021"').count() == 1  # a query string
    assert f.filter("category:odd").count() == 12
    assert f.filter(Q(subject="page 001") | ~Q(subject__lt="page 023")).count() == 3
    f.wipe()
    f.delete()


def notifications(alice):
    """Pull and streaming subscriptions tell of a message that comes and goes."""
    def act():
        m = Message(account=alice, folder=alice.drafts, subject="news", body="x")
        m.save()
        ident = m.id
        m.delete()
        return ident

    def kinds(seen, ident):
        return [type(e).__name__ for n in seen for e in n.events
                if getattr(e, "item_id", None) and e.item_id.id == ident]

    with alice.drafts.pull_subscription() as (subscription, watermark):
        ident = act()
        seen = list(alice.drafts.get_events(subscription, watermark))
        assert kinds(seen, ident) == ["CreatedEvent", "DeletedEvent"], seen
    with alice.drafts.streaming_subscription() as subscription:
        ident = act()
        seen = next(n for n in alice.drafts.get_streaming_events(
            subscription, connection_timeout=1, max_notifications_returned=1))
        assert kinds([seen], ident)[0] == "CreatedEvent", seen


def directory(alice):
    c = Contact(account=alice, folder=alice.contacts, given_name="Eve", display_name="Eve Vole",
                email_addresses=[EmailAddress(label="EmailAddress1", email="eve@elsewhere.test")])
    c.save()
    (eve,) = [p for p in alice.contacts.people().all() if p.display_name == "Eve Vole"]
    assert eve.email_address.email_address == "eve@elsewhere.test", eve
    (whole,) = alice.fetch_personas([eve])
    assert (whole.id, whole.display_name) == (eve.id, "Eve Vole"), whole
    c.delete()
    found = alice.protocol.resolve_names(["bob"], return_full_contact_data=True)
    assert found[0][0].email_address == "bob@example.test" and found[0][1].display_name
    (nobody,) = alice.protocol.resolve_names(["nobody-here"])
    assert isinstance(nobody, ErrorNameResolutionNoResults), nobody
    (rooms,) = alice.protocol.get_roomlists()
    assert [r.email_address for r in alice.protocol.get_rooms(rooms.email_address)] == [
        "room1@example.test"]
    zones = {z[0] if isinstance(z, tuple) else z.id
             for z in alice.protocol.get_timezones(return_full_timezone_data=True)}
    assert {"UTC", "W. Europe Standard Time"} <= zones, zones


def converting(alice):
    m = next(iter(alice.inbox.all().only("id", "changekey")))
    mine = AlternateId(id=m.id, format="EwsId", mailbox="alice@example.test")
    (other,) = alice.protocol.convert_ids([mine], destination_format="OwaId")
    assert other.format == "OwaId" and other.mailbox == "alice@example.test"
    (back,) = alice.protocol.convert_ids([other], destination_format="EwsId")
    assert back.id == m.id


def configuration(alice):
    """The category list, as Outlook keeps it."""
    got = alice.calendar.get_user_configuration(
        name="CategoryList", properties="XmlData")
    assert b"<categories" in got.xml_data and b"name=" in got.xml_data, got.xml_data[:200]


# What all of this called.
OPERATIONS = """
    ConvertId CopyItem CreateAttachment CreateFolder CreateItem DeleteAttachment DeleteFolder
    DeleteItem EmptyFolder ExpandDL ExportItems FindFolder FindItem FindPeople GetAttachment
    GetDelegate GetEvents GetFolder GetItem GetPersona GetRoomLists GetRooms GetServerTimeZones
    GetStreamingEvents GetUserAvailability GetUserConfiguration GetUserOofSettings MarkAsJunk
    MoveFolder MoveItem ResolveNames SendItem SetUserOofSettings Subscribe SyncFolderHierarchy
    SyncFolderItems Unsubscribe UpdateFolder UpdateItem UploadItems""".split()


def called(port):
    """The operations that ewsim was asked for."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as s:
        s.sendall(b"stats\n")
        lines = iter(s.makefile().readline, "ok\n")
        return sorted(x.split()[0] for x in lines if x[0].isupper())


def main():
    sim = subprocess.Popen([sys.argv[1], "--listen", "127.0.0.1:0", "--mailbox", "demo",
                            "--user", "alice@example.test:alice",
                            "--control", "127.0.0.1:0",
                            "--user", "bob@example.test:bob",
                            "--user", "room1@example.test:room1"],
                           stdout=subprocess.PIPE, text=True)
    try:
        port, control = map(int, re.match(r"listening \S+:(\d+) control \S+:(\d+)",
                                          sim.stdout.readline()).groups())
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
        settings(alice, bob)
        folders(alice)
        junk(alice)
        transfer(alice, bob)
        bulk(alice)
        pages(alice)
        notifications(alice)
        directory(alice)
        converting(alice)
        configuration(alice)
        assert called(control) == OPERATIONS, called(control)
    finally:
        sim.terminate()
        assert sim.wait(20) == 0
    print("ok")


main()
