#!/usr/bin/python3
"""Every switch of docs/ewsim.md does what it says, and the page lists them all."""
import base64
import gzip
import http.client
import os
import re
import sys
import threading
import time
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sim import (GET_INBOX, HERE, IDS, MARK, SHARED, Sim, code_of, create, distinguished, get, ids,  # noqa: E402
                 sync)

EVERY = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
WITH_MIME = ("<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true"
             "</t:IncludeMimeContent></m:ItemShape>")
PROPS = ('<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
         '<t:ExtendedFieldURI PropertyTag="0x0E23" PropertyType="Integer"/>'
         '<t:ExtendedFieldURI PropertyTag="0x300B" PropertyType="Binary"/>'
         '<t:ExtendedFieldURI PropertyTag="0x007D" PropertyType="String"/>'
         "</t:AdditionalProperties></m:ItemShape>")
MAIL = (b"To: <bob@example.test>\r\nFrom: Alice\r\n <alice@example.test>\r\nBcc: "
        b"<bob@example.test>\r\nSubject: Hi\r\nMessage-ID: <9@example.test>\r\n\r\nText \r\n")
SIGNED = (b"From: <alice@example.test>\r\nTo: <bob@example.test>\r\nSubject: s\r\nMIME-Version: "
          b"1.0\r\nContent-Type: multipart/signed; boundary=bb-boundary; micalg=pgp-sha256;\r\n protocol="
          b"\"application/pgp-signature\"\r\n\r\n--bb-boundary\r\nContent-Type: text/plain\r\n\r\nblank \r\n"
          b"--bb-boundary\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--bb-boundary--\r\n")


def update(sim, item, path, value):
    text = sim.call(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite">'
        f'<m:ItemChanges><t:ItemChange><t:ItemId {item}/><t:Updates><t:SetItemField>'
        f'<t:FieldURI FieldURI="{path}"/><t:Message>{value}</t:Message></t:SetItemField>'
        "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>")
    return ids(text)[0]


def read(sim, item, value="true"):
    return update(sim, item, "message:IsRead", f"<t:IsRead>{value}</t:IsRead>")


def subject(sim, item):
    return update(sim, item, "item:Subject", "<t:Subject>new</t:Subject>")


def mime(sim, item):
    return base64.b64decode(re.search("<t:MimeContent[^>]*>(.*?)<", get(sim, item, WITH_MIME))[1])


def article(sim, item):
    m = re.search(r'"0xe23".*?<t:Value>(\d+)<', get(sim, item, PROPS))
    return int(m[1]) if m else None


def move(sim, item, folder):
    return sim.call(f"<m:MoveItem><m:ToFolderId>{distinguished(folder)}</m:ToFolderId><m:ItemIds>"
                    f"<t:ItemId {item}/></m:ItemIds><m:ReturnNewItemIds>true</m:ReturnNewItemIds>"
                    "</m:MoveItem>")


def page(sim):
    """docs/ewsim.md names each switch with its default, and nothing else."""
    with open(os.path.join(HERE, "../../docs/ewsim.md"), encoding="utf-8") as f:
        text = f.read().split("## Switches")[1].split("\n## ")[0]
    there = dict(re.findall(r"^\| `([a-z0-9-]+)` \| ([^ |]+)", text, re.M))
    real = {line.split(" ")[0]: line.split(" ")[2]
            for line in sim.control("settings").splitlines()[:-1]}
    assert there == real, sorted(set(there.items()) ^ set(real.items()))


def marks(guide):
    """Sections of a guide, once for each line that says it is not sure."""
    path = os.path.join(SHARED, guide, "guide.md")
    section, found = None, []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f:
                head = re.match(r"#{2,4} ([0-9.]+)", line)
                section = head[1].rstrip(".") if head else section
                if section and any(re.fullmatch(r"(.*[ ;,])?(\?|K)( .*)?|.*; \?[0-9]+", m)
                                   for m in re.findall(r"\[([^\]\[]{1,60})\]", line)):
                    found.append(f"{guide} {section}")
    return found


def doubts(sim):
    """docs/ewsim.md answers for each doubt of the guides, with switches and tests that are there."""
    with open(os.path.join(HERE, "../../docs/ewsim.md"), encoding="utf-8") as f:
        text = f.read().split("## Both sides")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]]
            for line in text.splitlines() if re.match(r"\| (ews|calendar) ", line)]
    real = {line.split(" ")[0] for line in sim.control("settings").splitlines()[:-1]}
    for where, _, switch, test in rows:
        for name in re.findall(r"`([a-z0-9-]+)`", re.sub("(fault|command) `[^`]*`", "", switch)):
            assert name in real, f"{where}: no switch {name}"
        assert test or switch.startswith("none"), where
        for name in re.findall(r"`([^`]+)`", test):
            there = (name in globals() if "." not in name and "/" not in name else
                     any(os.path.exists(os.path.join(HERE, d, name)) for d in ("", "..", "../..")))
            assert there, f"{where}: no test {name}"
    for guide in ("ews", "calendar"):
        told = [where for where, *_ in rows if where.startswith(guide + " ")]
        wanted = marks(guide)
        assert not wanted or sorted(told) == sorted(wanted), (
            sorted((Counter(wanted) - Counter(told)).elements()),
            sorted((Counter(told) - Counter(wanted)).elements()))


def identity(sim):
    """Ids, change keys, article numbers."""
    one, two = ids(create(sim))[0], ids(create(sim))[0]
    assert one != two and one.split()[0].lower() == two.split()[0].lower(), "case alone differs"
    assert "ErrorInvalidIdMalformed" in get(sim, one.lower().replace("id=", "Id=").replace(
        "changekey", "ChangeKey"))
    for how, read_renews, subject_renews in (("never", 0, 0), ("content", 0, 1), ("any", 1, 1)):
        sim.set(article_numbers=how)
        before = article(sim, one)
        one = read(sim, one, "true" if "<t:IsRead>false" in get(sim, one, EVERY) else "false")
        middle = article(sim, one)
        one = subject(sim, one)
        assert (middle > before, article(sim, one) > middle) == (read_renews, subject_renews), how
    sim.set(article_numbers="absent")
    assert article(sim, one) is None
    sim.set(article_numbers="zero")
    assert article(sim, one) == 0
    sim.set(search_key="off")
    assert "0x300b" not in get(sim, one, PROPS)
    sim.set(read_changes_key="off")
    key = read(sim, two, "false")
    assert read(sim, two, "true") == key and subject(sim, two) != key
    sim.set(move_renews_ids="off")
    moved = ids(move(sim, two, "inbox"))[0]
    assert moved.split()[0] == two.split()[0]
    assert code_of(move(sim, moved, "inbox")) == ["NoError"]
    sim.set(move_same_folder="error")
    assert code_of(move(sim, moved, "inbox")) == ["ErrorMoveCopyFailed"]
    assert code_of(move(sim, moved, "drafts")) == ["NoError"]


def conversations(sim):
    """Replies are of the conversation of what they refer to, whatever their subject says."""
    def of(subject, *fields):
        mime = "\r\n".join((f"Subject: {subject}",) + fields + ("", "text"))
        item = ids(create(sim, mime=mime.encode()))[0]
        m = re.search('ConversationId Id="([^"]*)"', get(sim, item, EVERY))
        return m and base64.b64decode(m[1])[-16:]
    root, mine, reply = "Message-ID: <r@x>", "Message-ID: <m@x>", "References: <r@x> <q@x>"
    index = "Thread-Index: " + base64.b64encode(bytes([1]) + bytes(range(26))).decode()
    assert of("plan", root) == of("Re: other", reply, mine) == of("x", "In-Reply-To: <r@x>")
    assert of("plan", root) != of("plan", mine)
    assert of("plan", root, index) == bytes(range(5, 21))
    sim.set(conversation="topic")
    assert of("Re: plan", root) == of("AW: plan", mine) != of("other", root)
    sim.set(conversation="absent")
    assert of("plan", root) is None


def quota(sim):
    """Limits in KiB on the root folder, where they are told; sizes of folders always."""
    def ask(folder):
        props = "".join(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>' for tag, kind
                        in (("0x666A", "Integer"), ("0x666E", "Integer"), ("0x0E08", "Long")))
        return sim.call("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>"
                        f"<t:AdditionalProperties>{props}</t:AdditionalProperties></m:FolderShape>"
                        f"<m:FolderIds>{distinguished(folder)}</m:FolderIds></m:GetFolder>")
    create(sim)
    assert '"0x666a"' not in ask("root") and '"0x666a"' not in ask("drafts")
    assert int(re.search(r'"0xe08".*?<t:Value>(\d+)<', ask("drafts"))[1]) > 0
    sim.set(quota=2000)
    assert re.search(r'"0x666a".*?<t:Value>2000<', ask("root")) and '"0x666a"' not in ask("drafts")
    assert re.search(r'"0x666e".*?<t:Value>1900<', ask("root"))


def syncing(sim):
    item = ids(create(sim, "<t:Categories><t:String>a</t:String></t:Categories>"))[0]
    _, state = sync(sim, "drafts")
    read(sim, item, "false")
    assert "<t:ReadFlagChange>" in sync(sim, "drafts", state)[0]
    sim.set(read_flag_change="off")
    text = sync(sim, "drafts", state)[0]
    assert "<t:ReadFlagChange>" not in text and text.count("<t:Update>") == 1
    sim.set(sync_repeats="on")
    assert sync(sim, "drafts", state)[0].count("<t:Update>") == 2
    sim.set(sync_repeats="off", sync_ghosts="on")
    text = sync(sim, "drafts", state)[0]
    assert text.count("<t:Create>") == 1
    assert "ErrorItemNotFound" in get(sim, ids(text)[-1])
    sim.set(sync_ghosts="off", sync_empty_pages="on")
    text, paused = sync(sim, "drafts", state)
    assert "<m:Changes></m:Changes>" in text and "LastItemInRange>false" in text
    assert "<t:Update>" in sync(sim, "drafts", paused)[0]
    sim.set(sync_empty_pages="off", sync_state_bytes=300000)
    text, long = sync(sim, "drafts", state)
    assert len(long) > 300000 and "NoError" in sync(sim, "drafts", long)[0]
    sim.set(sync_state_bytes=0, trash_as_update="on")
    move(sim, item, "deleteditems")
    text = sync(sim, "drafts", long)[0]
    assert "<t:Delete>" not in text and text.count("<t:Update>") == 1
    sim.set(trash_as_update="off", max_sync_page=1)
    assert sync(sim, "drafts")[0].count("<t:Create>") == 1
    ask = ("<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape>"
           "</m:FolderShape></m:SyncFolderHierarchy>")
    once = ids(sim.call(ask), "FolderId")
    sim.set(hierarchy_shuffled="on")
    assert ids(sim.call(ask), "FolderId") == [f for f in reversed(once) for _ in (1, 2)]


def omitted(sim):
    create(sim, "<t:Categories><t:String>a</t:String></t:Categories>")
    ask = (f"<m:SyncFolderItems>{EVERY}<m:SyncFolderId>{distinguished('drafts')}</m:SyncFolderId>"
           "<m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems>")
    for how, subjects, recipients in (("nothing", 1, 1), ("lists", 1, 0), ("all", 0, 0)):
        sim.set(sync_omits=how)
        text = sim.call(ask)
        assert ("<t:Subject>" in text, "<t:ToRecipients>" in text) == (subjects, recipients), how


def renewed(sim):
    """renew-ids: the mailbox was moved."""
    item = ids(create(sim))[0]
    _, state = sync(sim, "drafts")
    sim.control("renew-ids alice keep")
    assert "ErrorItemNotFound" in get(sim, item)
    text, state = sync(sim, "drafts", state)
    assert text.count("<t:Delete>") == text.count("<t:Create>") > 0
    folder = ids(sim.call(GET_INBOX), "FolderId")[0]
    sim.control("renew-ids alice")
    assert code_of(sync(sim, "drafts", state)[0]) == ["ErrorInvalidSyncStateData"]
    assert ids(sim.call(GET_INBOX), "FolderId")[0].split()[0] == folder.split()[0]
    sim.control("renew-ids alice folders")
    assert ids(sim.call(GET_INBOX), "FolderId")[0].split()[0] != folder.split()[0]
    text, _ = sync(sim, "drafts")
    assert "NoError" in get(sim, ids(text)[0])


def finding(sim):
    for _ in range(5):
        create(sim, folder="outbox")
    view = '<m:IndexedPageItemView MaxEntriesReturned="900" Offset="0" BasePoint="Beginning"/>'
    where = f"<m:ParentFolderIds>{distinguished('outbox')}</m:ParentFolderIds></m:FindItem>"
    restriction = ('<m:Restriction><t:Exists><t:FieldURI FieldURI="item:Subject"/></t:Exists>'
                   "</m:Restriction>")
    head = f'<m:FindItem Traversal="Shallow">{IDS}{view}'
    sim.set(find_count_limit=4, find_restricted_limit=3)
    text = sim.call(head + where)
    assert len(ids(text)) == 4 and 'IncludesLastItemInRange="false"' in text
    text = sim.call(head + restriction + where)
    assert len(ids(text)) == 3 and 'IncludesLastItemInRange="true"' in text, "silently"
    sim.set(find_restricted_limit=0)
    assert len(ids(sim.call(head + restriction + where))) == 4
    assert code_of(sim.call(f'<m:FindItem Traversal="Shallow">{IDS}{where}')) == \
        ["ErrorExceededFindCountLimit"]


def forms(sim):
    """Dates, prefixes, unknown elements."""
    item = ids(create(sim))[0]

    def raw(body, header=""):
        c, r = sim.raw(body, header=header)
        text = r.read().decode()
        c.close()
        return text

    def date(header=""):
        return re.search("DateTimeCreated>(.*?)<", raw(
            f"<m:GetItem>{EVERY}<m:ItemIds><t:ItemId {item}/></m:ItemIds></m:GetItem>", header))[1]

    plain = date()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", plain)
    for digits in (3, 7, 9):
        sim.set(date_digits=digits)
        assert date() == plain[:-1] + "." + "123456789"[:digits] + "Z"
    sim.set(date_zone="none", date_digits=0)
    assert date() == plain[:-1]
    sim.set(date_zone="offset")
    assert date() == plain[:-1] + "+00:00"
    sim.set(date_zone="z")
    zone = '<t:TimeZoneContext><t:TimeZoneDefinition Id="Tokyo Standard Time"/></t:TimeZoneContext>'
    assert date(zone).endswith("+09:00") and date(zone)[:13] != plain[:13]
    sim.set(odd_prefixes="on")
    text = raw(GET_INBOX)
    assert "<m:" not in text and "<t:" not in text and "<types:FolderId" in text
    sim.valid(text, "odd prefixes")
    sim.set(odd_prefixes="off", unknown_elements="on")
    assert "<t:FromTheFuture" in raw(f"<m:GetItem>{IDS}<m:ItemIds><t:ItemId {item}/></m:ItemIds>"
                                     "</m:GetItem>")


def transport(sim):
    for _ in range(3):
        create(sim)
    ask = f'<m:FindItem Traversal="Shallow">{EVERY}<m:ParentFolderIds>' \
          f"{distinguished('drafts')}</m:ParentFolderIds></m:FindItem>"
    c, r = sim.raw(ask)
    plain = r.read()
    assert not r.getheader("Content-Encoding")
    r = sim.ask(c, ask, extra=[("Accept-Encoding", "gzip")])
    assert r.getheader("Content-Encoding") == "gzip" and gzip.decompress(r.read()) == plain
    sim.set(gzip="off", chunk_bytes=7)
    r = sim.ask(c, ask, extra=[("Accept-Encoding", "gzip")])
    assert r.getheader("Transfer-Encoding") == "chunked" and r.read() == plain
    sim.set(keep_alive="off")
    r = sim.ask(c, ask)
    assert r.getheader("Connection") == "close" and r.read() == plain
    c.close()
    for status in (404, 413):
        sim.set(max_request_bytes=2000, max_request_status=status)
        assert "NoError" in sim.call(GET_INBOX)
        c, r = sim.raw(GET_INBOX + "<!--" + "x" * 2000 + "-->")
        assert r.status == status
        c.close()


def versions(sim):
    def header(version):
        return f'<t:RequestServerVersion Version="{version}"/>'

    flag = ('<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            '<t:FieldURI FieldURI="item:Flag"/></t:AdditionalProperties></m:ItemShape>')
    item = ids(create(sim))[0]
    assert "<t:DistinguishedFolderId>inbox" in sim.call(GET_INBOX, header="")
    for maximum, good, bad in (("Exchange2010_SP2", "Exchange2010_SP2", "Exchange2013"),
                               ("Exchange2013", "Exchange2010", "Exchange2013_SP1"),
                               ("Exchange2007_SP1", "Exchange2007_SP1", "Exchange2010")):
        sim.set(max_version=maximum)
        assert code_of(sim.call(GET_INBOX, header=header(bad))) == ["ErrorInvalidServerVersion"]
        text = sim.call(GET_INBOX, header=header(good))
        assert code_of(text) == ["NoError"]
        old = not maximum.startswith("Exchange2013")
        assert ("DistinguishedFolderId>" in text) != old
        text = sim.call(f"<m:GetItem>{flag}<m:ItemIds><t:ItemId {item}/></m:ItemIds></m:GetItem>",
                        header=header(good))
        assert code_of(text) == (["ErrorSchemaValidation"] if old else ["NoError"])
        assert ("<t:Flag>" in get(sim, item, EVERY)) != old
    sim.set(max_version="Exchange2016", strict_headers="on")
    zone = '<t:TimeZoneContext><t:TimeZoneDefinition Id="UTC"/></t:TimeZoneContext>'
    assert code_of(sim.call(GET_INBOX, header=zone)) == ["NoError"]
    text = sim.call(f"<m:DeleteItem DeleteType=\"HardDelete\"><m:ItemIds><t:ItemId {item}/>"
                    "</m:ItemIds></m:DeleteItem>", header=zone)
    assert code_of(text) == ["ErrorSchemaValidation"]


def throttle(sim):
    sim.set(max_concurrency=2, latency=1500)
    results = []

    def call(body):
        results.extend(code_of(sim.call(body)))

    def at_once(body, count):
        del results[:]
        threads = [threading.Thread(target=call, args=(body,)) for _ in range(count)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return results

    assert "ErrorExceededConnectionCount" in at_once(GET_INBOX, 4)
    sim.set(max_concurrency=27, max_sync_calls=1)
    one = (f"<m:SyncFolderItems>{IDS}<m:SyncFolderId>{distinguished('inbox')}</m:SyncFolderId>"
           "<m:MaxChangesReturned>9</m:MaxChangesReturned></m:SyncFolderItems>")
    assert "ErrorServerBusy" in at_once(one, 3) and "NoError" in results
    sim.set(latency=0, max_subscriptions=1, streaming="on")
    subscribe = ('<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true">'
                 "<t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes>"
                 "</m:StreamingSubscriptionRequest></m:Subscribe>")
    assert code_of(sim.call(subscribe)) == ["NoError"]
    assert code_of(sim.call(subscribe)) == ["ErrorExceededSubscriptionCount"]
    sim.control("expire-subscriptions")
    sim.set(streaming="off")
    assert code_of(sim.call(subscribe)) == ["ErrorInvalidOperation"]


def streams(sim):
    """One stream at a time."""
    sim.set(max_streams=1)
    text = sim.call('<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true">'
                    "<t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes>"
                    "</m:StreamingSubscriptionRequest></m:Subscribe>")
    sub = re.search("<m:SubscriptionId>(.*?)<", text)[1]
    ask = ("<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>" + sub +
           "</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout>"
           "</m:GetStreamingEvents>")
    c, r = sim.raw(ask)
    assert b"?><Envelope" in r.read1()
    c2, r2 = sim.raw(ask)
    assert r2.status == 500 and b"ErrorExceededConnectionCount" in r2.read()
    c2.close()
    c.close()
    sim.set(max_streams=0, stream_envelope="prefixed")
    c, r = sim.raw(ask)
    assert b"?><s:Envelope" in r.read1()
    c.close()


def events(sim):
    """Pull, as it is the same list."""
    def told(count):
        text = sim.call(f"<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>"
                        f"{distinguished('journal')}</t:FolderIds><t:EventTypes><t:EventType>"
                        "CreatedEvent</t:EventType></t:EventTypes><t:Timeout>5</t:Timeout>"
                        "</m:PullSubscriptionRequest></m:Subscribe>")
        sub = re.search("<m:SubscriptionId>(.*?)<", text)[1]
        mark = re.search("<m:Watermark>(.*?)<", text)[1]
        made = [ids(create(sim, folder="journal"))[0].split()[0] for _ in range(count)]
        ask = (f"<m:GetEvents><m:SubscriptionId>{sub}</m:SubscriptionId><m:Watermark>{mark}"
               "</m:Watermark></m:GetEvents>")
        time.sleep(0.15)
        got = [i.split()[0] for i in ids(sim.call(ask))]
        return [made.index(i) for i in got]

    assert told(4) == [0, 1, 2, 3]
    sim.set(notify_repeat="on")
    assert told(2) == [0, 0, 1, 1]
    sim.set(notify_repeat="off", notify_reorder="on")
    assert told(4) == [1, 0, 3, 2]
    sim.set(notify_reorder="off", notify_lose=1)
    assert told(4) == []
    sim.set(notify_lose=0, notify_delay=60000)
    assert told(2) == []


def messages(sim):
    """What becomes of octets."""
    assert mime(sim, ids(create(sim, mime=MAIL))[0]) == MAIL
    sim.set(mime_stored="rewritten")
    other = mime(sim, ids(create(sim, mime=MAIL))[0])
    assert other.startswith(b"From: Alice <alice@example.test>\r\nTo:") and b"VGV4dCAN" in other
    body = SIGNED.split(b"\r\n\r\n", 1)[1]
    assert mime(sim, ids(create(sim, mime=SIGNED))[0]).endswith(body)
    sim.set(signed_parts="spoiled")
    spoiled = mime(sim, ids(create(sim, mime=SIGNED))[0])
    assert b"blank\r\n" in spoiled and not spoiled.endswith(body)
    sim.set(mime_stored="as-is", mime_regenerate="on")
    item = ids(create(sim, mime=SIGNED))[0]
    assert mime(sim, item) != mime(sim, item)
    sim.set(mime_regenerate="off", bcc="off", sent_message_id="renewed")
    create(sim, how="SendAndSaveCopy", folder="journal", mime=MAIL)
    text = sim.call(f'<m:FindItem Traversal="Shallow">{IDS}<m:ParentFolderIds>'
                    f"{distinguished('journal')}</m:ParentFolderIds></m:FindItem>")
    copy = mime(sim, ids(text)[0])
    assert b"Bcc" not in copy and b"<9@example.test>" not in copy and b"Subject: Hi" in copy
    sim.set(bcc="on")
    assert b"Bcc" in mime(sim, ids(text)[0])
    item = ids(create(sim, mime=MAIL, extra='<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='
                      '"0x0E07" PropertyType="Integer"/><t:Value>1</t:Value>'
                      "</t:ExtendedProperty>"))[0]
    assert '"0x7d"' in get(sim, item, PROPS)
    sim.set(transport_headers="off")
    assert '"0x7d"' not in get(sim, item, PROPS)
    ask = ("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
           '<t:ExtendedFieldURI PropertyTag="0x670B" PropertyType="Integer"/>'
           "</t:AdditionalProperties></m:FolderShape><m:FolderIds>" + distinguished("inbox") +
           "</m:FolderIds></m:GetFolder>")
    assert '"0x670b"' in sim.call(ask)
    sim.set(folder_counters="off")
    assert '"0x670b"' not in sim.call(ask)


def calendar(sim):
    """Series: what becomes of exceptions, and whose the UID is."""
    def series(extra=""):
        return sim.call('<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>'
                        f"<t:Subject>s</t:Subject>{extra}<t:Start>2026-07-06T09:00:00Z</t:Start><t:End>"
                        "2026-07-06T10:00:00Z</t:End><t:Recurrence><t:DailyRecurrence><t:Interval>1"
                        "</t:Interval></t:DailyRecurrence><t:NumberedRecurrence><t:StartDate>2026-07-06"
                        "</t:StartDate><t:NumberOfOccurrences>5</t:NumberOfOccurrences>"
                        "</t:NumberedRecurrence></t:Recurrence></t:CalendarItem></m:Items>"
                        "</m:CreateItem>")

    uid = "<t:UID>of-the-client</t:UID>"
    assert "of-the-client" in get(sim, ids(series(uid))[0], EVERY)
    sim.set(calendar_uid="refused")
    assert code_of(series(uid)) == ["ErrorInvalidPropertySet"]
    for wipes in ("on", "off"):
        sim.set(recurrence_wipes=wipes)
        master = ids(series())[0]
        key = master.split('"')[1]
        sim.call('<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone">'
                 f'<m:ItemIds><t:OccurrenceItemId RecurringMasterId="{key}" InstanceIndex="2"/>'
                 "</m:ItemIds></m:DeleteItem>")
        assert "<t:DeletedOccurrences>" in get(sim, master, EVERY)
        sim.call('<m:UpdateItem ConflictResolution="AlwaysOverwrite" '
                 'SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>'
                 f'<t:ItemId Id="{key}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="'
                 'calendar:Start"/><t:CalendarItem><t:Start>2026-07-06T09:30:00Z</t:Start>'
                 "</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
                 "</m:UpdateItem>")
        assert ("<t:DeletedOccurrences>" in get(sim, master, EVERY)) == (wipes == "off"), wipes


def names(sim):
    """Senders, property sets, archives."""
    mail = b"From: Bob <bob@example.test>\r\nTo: <alice@example.test>\r\nSubject: x\r\n\r\nx\r\n"
    item = ids(create(sim, mime=mail, folder="journal"))[0]
    shape = ("<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
             '<t:FieldURI FieldURI="message:From"/></t:AdditionalProperties></m:ItemShape>')
    assert "<t:EmailAddress>bob@" in get(sim, item, shape)
    sim.set(senders="ex")
    text = get(sim, item, shape)
    assert "/CN=bob<" in text and "<t:RoutingType>EX<" in text and "<t:Name>Bob<" in text
    sim.set(senders="names")
    assert "<t:EmailAddress>bob@" in get(sim, item, shape)
    text = sim.call(f'<m:FindItem Traversal="Shallow">{shape}<m:ParentFolderIds>'
                    f"{distinguished('journal')}</m:ParentFolderIds></m:FindItem>")
    assert "<t:Name>Bob<" in text and "EmailAddress" not in text
    mark = ('<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="mark" '
            'PropertyType="String"/></t:AdditionalProperties></m:ItemShape>')
    item = ids(create(sim, MARK))[0]
    assert 'DistinguishedPropertySetId="PublicStrings"' in get(sim, item, mark)
    sim.set(property_sets="guid")
    text = get(sim, item, mark)
    assert 'PropertySetId="00020329-0000' in text and "Distinguished" not in text and "4711" in text
    ask = ("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
           f"<m:FolderIds>{distinguished('archivemsgfolderroot')}</m:FolderIds></m:GetFolder>")
    assert code_of(sim.call(ask)) == ["ErrorFolderNotFound"]
    sim.set(archive_missing="not-enabled")
    assert code_of(sim.call(ask)) == ["ErrorArchiveMailboxNotEnabled"]


def logins(sim):
    for methods, offers, status in (("both", ["Negotiate", "NTLM", "Basic"], 200),
                                    ("windows", ["Negotiate", "NTLM"], 401)):
        sim.set(login_methods=methods)
        c, r = sim.raw(GET_INBOX, "nobody")
        assert [v.split()[0] for v in r.headers.get_all("WWW-Authenticate")] == offers
        c.close()
        c, r = sim.raw(GET_INBOX)
        assert r.status == status
        c.close()


def lost(sim):
    """Items that SyncFolderItems never tells of."""
    _, state = sync(sim, "tasks")
    sim.set(sync_loses=2)
    for _ in range(4):
        create(sim, folder="tasks")
    text, state = sync(sim, "tasks", state)
    assert text.count("<t:Create>") == 2, text
    assert "<t:Create>" not in sync(sim, "tasks", state)[0]
    assert sync(sim, "tasks")[0].count("<t:Create>") == 4


def main():
    with Sim("--mailbox", "empty") as sim:
        for part in (page, doubts, identity, conversations, quota, syncing, omitted, renewed, finding,
                     forms, transport, versions, throttle, streams, events, messages, calendar,
                     names, logins, lost):
            try:
                part(sim)
            except (AssertionError, http.client.HTTPException, TypeError, IndexError):
                print("in", part.__name__)
                raise
            sim.defaults()
    print("ok")


main()
