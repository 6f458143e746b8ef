#!/usr/bin/python3
"""The operations that mail alone does not need; every request and answer is held to
Microsoft's schema. Then the samples of requests: each is understood or cleanly refused."""
import base64
import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sim import (IDS, SHARED, Sim, code_of, create, distinguished, get, ids,  # noqa: E402
                 need_schema, sync)

EVERY = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
ZONE = ("<t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>03:00:00</t:Time>"
        "<t:DayOrder>5</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
        "</t:StandardTime><t:DaylightTime><t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5"
        "</t:DayOrder><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime>"
        "</t:TimeZone>")


def person(address):
    return f"<t:Mailbox><t:EmailAddress>{address}</t:EmailAddress></t:Mailbox>"


def meeting(sim, how="SendToAllAndSaveCopy", extra="", start="2026-07-06T09:00:00",
            end="2026-07-06T10:00:00", user="alice"):
    text = sim.call(f'<m:CreateItem SendMeetingInvitations="{how}"><m:Items><t:CalendarItem>'
                    f"<t:Subject>Plan</t:Subject><t:Start>{start}</t:Start><t:End>{end}</t:End>"
                    f"<t:Location>R 1</t:Location><t:RequiredAttendees><t:Attendee>"
                    f"{person('bob@example.test')}</t:Attendee><t:Attendee>"
                    f"{person('stranger@elsewhere.test')}</t:Attendee></t:RequiredAttendees>"
                    f'{extra}<t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem>'
                    "</m:Items></m:CreateItem>", user)
    assert code_of(text) == ["NoError"], text
    return ids(text)[0]


def listing(sim, folder, user):
    text = sim.call(f'<m:FindItem Traversal="Shallow">{IDS}<m:ParentFolderIds>'
                    f"{distinguished(folder)}</m:ParentFolderIds></m:FindItem>", user)
    return ids(text)


def respond(sim, what, item, user, disposition="SendAndSaveCopy"):
    text = sim.call(f'<m:CreateItem MessageDisposition="{disposition}"><m:Items><t:{what}>'
                    f"<t:ReferenceItemId {item}/></t:{what}></m:Items></m:CreateItem>", user)
    return code_of(text)


def field(text, name):
    m = re.search(rf"<t:{name}>(.*?)</t:{name}>", text, re.S)
    return m[1] if m else None


def workflow(sim):
    """Invitation, answer, update, cancellation, between alice and bob."""
    before = len(listing(sim, "inbox", "bob"))
    mine = meeting(sim)
    assert "stranger@elsewhere.test" in sim.control("sent")
    inbox, theirs = listing(sim, "inbox", "bob"), listing(sim, "calendar", "bob")
    assert len(inbox) == before + 1 and len(theirs) == 1
    request = get(sim, inbox[0], EVERY.replace("</m:ItemShape>", "<t:IncludeMimeContent>true"
                                               "</t:IncludeMimeContent></m:ItemShape>"), "bob")
    assert "<t:MeetingRequest>" in request and field(request, "Subject") == "Plan"
    assert field(request, "MeetingRequestType") == "NewMeetingRequest"
    assert ids(request, "AssociatedCalendarItemId")[0].split()[0] == theirs[0].split()[0]
    assert field(request, "Start") == "2026-07-06T07:00:00Z"
    mime = base64.b64decode(re.search("<t:MimeContent[^>]*>(.*?)<", request)[1])
    assert b"method=REQUEST" in mime
    ics = base64.b64decode(mime.split(b"method=REQUEST")[1].split(b"\r\n\r\n")[1].split(b"--")[0]).replace(
        b"\r\n ", b"")
    assert b"DTSTART;TZID=W. Europe Standard Time:20260706T090000" in ics, ics
    assert b"BEGIN:VTIMEZONE" in ics and b"mailto:bob@example.test" in ics
    item = get(sim, theirs[0], EVERY, "bob")
    assert field(item, "MyResponseType") == "NoResponseReceived"
    assert field(item, "LegacyFreeBusyStatus") == "Tentative"
    assert field(item, "UID") == field(get(sim, mine, EVERY), "UID")
    assert "alice@example.test" in field(item, "Organizer")

    assert respond(sim, "AcceptItem", inbox[0], "bob") == ["NoError"]
    assert len(listing(sim, "inbox", "bob")) == before, "the request goes to the trash"
    item = get(sim, theirs[0], EVERY, "bob")
    assert field(item, "MyResponseType") == "Accept"
    assert field(item, "LegacyFreeBusyStatus") == "Busy"
    seen = get(sim, mine, EVERY)
    assert "<t:ResponseType>Accept</t:ResponseType>" in field(seen, "RequiredAttendees"), seen
    answer = get(sim, listing(sim, "inbox", "alice")[0], EVERY)
    assert "<t:MeetingResponse>" in answer and field(answer, "ItemClass").endswith("Resp.Pos")
    assert field(answer, "Subject") == "Accepted: Plan"

    text = sim.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" '
        'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"><m:ItemChanges>'
        f"<t:ItemChange><t:ItemId {mine}/><t:Updates>"
        '<t:SetItemField><t:FieldURI FieldURI="calendar:Start"/><t:CalendarItem>'
        "<t:Start>2026-07-06T11:00:00Z</t:Start></t:CalendarItem></t:SetItemField>"
        '<t:SetItemField><t:FieldURI FieldURI="calendar:End"/><t:CalendarItem>'
        "<t:End>2026-07-06T12:00:00Z</t:End></t:CalendarItem></t:SetItemField>"
        "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>")
    assert code_of(text) == ["NoError"], text
    item = get(sim, listing(sim, "calendar", "bob")[0], EVERY, "bob")
    assert field(item, "Start") == "2026-07-06T11:00:00Z"
    assert field(item, "MyResponseType") == "NoResponseReceived", "another time, another answer"
    update = listing(sim, "inbox", "bob")[0]
    assert field(get(sim, update, EVERY, "bob"), "MeetingRequestType") == "FullUpdate"
    assert respond(sim, "TentativelyAcceptItem", update, "bob") == ["NoError"]
    assert "Tentative" in field(get(sim, mine, EVERY), "RequiredAttendees")
    assert respond(sim, "AcceptItem", mine, "alice") == ["ErrorCalendarIsOrganizerForAccept"]

    text = sim.call('<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations='
                    f'"SendToAllAndSaveCopy"><m:ItemIds><t:ItemId {mine}/></m:ItemIds>'
                    "</m:DeleteItem>")
    assert code_of(text) == ["NoError"]
    gone = listing(sim, "inbox", "bob")[0]
    text = get(sim, gone, EVERY, "bob")
    assert "<t:MeetingCancellation>" in text and field(text, "Subject") == "Canceled: Plan"
    assert field(get(sim, listing(sim, "calendar", "bob")[0], EVERY, "bob"),
                 "IsCancelled") == "true"
    assert respond(sim, "RemoveItem", gone, "bob") == ["NoError"]
    assert not listing(sim, "calendar", "bob") and len(listing(sim, "inbox", "bob")) == before


def series(sim):
    """One occurrence of a series declined; the meeting called off by CancelCalendarItem."""
    mine = meeting(sim, extra="<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval>"
                   "</t:DailyRecurrence><t:NumberedRecurrence><t:StartDate>2026-07-06"
                   "</t:StartDate><t:NumberOfOccurrences>5</t:NumberOfOccurrences>"
                   "</t:NumberedRecurrence></t:Recurrence>")
    assert respond(sim, "AcceptItem", listing(sim, "inbox", "bob")[0], "bob") == ["NoError"]
    theirs = listing(sim, "calendar", "bob")[0]
    master = theirs.split('"')[1]
    occurrence = (f"<m:GetItem>{IDS}<m:ItemIds><t:OccurrenceItemId RecurringMasterId=\"{master}\" "
                  'InstanceIndex="2"/></m:ItemIds></m:GetItem>')
    second = ids(sim.call(occurrence, "bob"))[0]
    assert respond(sim, "DeclineItem", second, "bob") == ["NoError"]
    text = get(sim, theirs, EVERY, "bob")
    assert text.count("<t:DeletedOccurrence>") == 1 and field(text, "MyResponseType") == "Accept"
    text = get(sim, mine, EVERY)
    [own] = ids(field(text, "ModifiedOccurrences"))
    assert ">Decline<" in field(get(sim, own, EVERY), "RequiredAttendees")
    assert ">Accept<" in field(text, "RequiredAttendees")
    assert respond(sim, "CancelCalendarItem", mine, "alice") == ["NoError"]
    assert field(get(sim, listing(sim, "calendar", "bob")[0], EVERY, "bob"),
                 "IsCancelled") == "true"
    assert not listing(sim, "calendar", "alice")


def availability(sim):
    meeting(sim, start="2026-03-30T09:00:00", end="2026-03-30T10:30:00")

    def ask(view, who=("alice", "bob", "nobody"), more=""):
        boxes = "".join("<t:MailboxData><t:Email><t:Address>"
                        f"{w}@example.test</t:Address></t:Email><t:AttendeeType>Required"
                        "</t:AttendeeType></t:MailboxData>" for w in who)
        return sim.call(f"<m:GetUserAvailabilityRequest>{ZONE}<m:MailboxDataArray>{boxes}"
                        "</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>"
                        "2026-03-30T08:00:00</t:StartTime><t:EndTime>2026-03-30T12:00:00"
                        "</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>30"
                        "</t:MergedFreeBusyIntervalInMinutes>"
                        f"<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions>{more}"
                        "</m:GetUserAvailabilityRequest>")

    text = ask("DetailedMerged")
    assert code_of(text) == ["NoError", "NoError", "ErrorMailRecipientNotFound"], text
    # the day after the change to summer time
    assert re.findall("<t:MergedFreeBusy>(.*?)<", text) == ["00222000", "00111000"], text
    assert "<t:StartTime>2026-03-30T09:00:00<" in text and field(text, "Subject") == "Plan"
    assert text.count("<t:CalendarEventDetails>") == 1, "details of the own calendar alone"
    assert "<t:MergedFreeBusy>" not in ask("FreeBusy")
    text = ask("MergedOnly", more="<t:SuggestionsViewOptions><t:MeetingDurationInMinutes>60"
               "</t:MeetingDurationInMinutes><t:DetailedSuggestionsWindow><t:StartTime>"
               "2026-03-30T00:00:00</t:StartTime><t:EndTime>2026-03-31T00:00:00</t:EndTime>"
               "</t:DetailedSuggestionsWindow></t:SuggestionsViewOptions>")
    times = re.findall("<t:MeetingTime>(.*?)<", text)
    assert times and times[0] == "2026-03-30T08:00:00" and "2026-03-30T09:30:00" not in times


def settings(sim):
    own = "<t:Mailbox><t:Address>alice@example.test</t:Address></t:Mailbox>"
    assert ">Disabled<" in sim.call(
        f"<m:GetUserOofSettingsRequest>{own}</m:GetUserOofSettingsRequest>")
    text = sim.call(f"<m:SetUserOofSettingsRequest>{own}<t:UserOofSettings><t:OofState>Scheduled"
                    "</t:OofState><t:ExternalAudience>None</t:ExternalAudience><t:Duration>"
                    "<t:StartTime>2026-07-01T00:00:00Z</t:StartTime><t:EndTime>2026-07-09T00:00:00Z"
                    "</t:EndTime></t:Duration><t:InternalReply><t:Message>away</t:Message>"
                    "</t:InternalReply><t:ExternalReply><t:Message/></t:ExternalReply>"
                    "</t:UserOofSettings></m:SetUserOofSettingsRequest>")
    assert code_of(text) == ["NoError"]
    text = sim.call(f"<m:GetUserOofSettingsRequest>{own}</m:GetUserOofSettingsRequest>")
    assert ">Scheduled<" in text and "<t:Message>away<" in text
    assert code_of(sim.call(f"<m:GetUserOofSettingsRequest>{own}</m:GetUserOofSettingsRequest>",
                            "bob")) == ["ErrorAccessDenied"]
    update = ("<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>true</m:RemoveOutlookRuleBlob>"
              "<m:Operations>%s</m:Operations></m:UpdateInboxRules>")
    rule = ("<t:Rule>%s<t:DisplayName>%s</t:DisplayName><t:Priority>1</t:Priority><t:IsEnabled>true"
            "</t:IsEnabled><t:Conditions><t:ContainsSubjectStrings><t:String>x</t:String>"
            "</t:ContainsSubjectStrings></t:Conditions><t:Exceptions/><t:Actions><t:MarkAsRead>true"
            "</t:MarkAsRead></t:Actions></t:Rule>")
    ask = "<m:GetInboxRules><m:MailboxSmtpAddress>alice@example.test</m:MailboxSmtpAddress>" \
          "</m:GetInboxRules>"
    assert code_of(sim.call(update % ("<t:CreateRuleOperation>" + rule % ("", "one") +
                                      "</t:CreateRuleOperation>"))) == ["NoError"]
    number = field(sim.call(ask), "RuleId")
    sim.call(update % ("<t:SetRuleOperation>" + rule % (f"<t:RuleId>{number}</t:RuleId>", "two") +
                       "</t:SetRuleOperation>"))
    assert field(sim.call(ask), "DisplayName") == "two"
    remove = update % f"<t:DeleteRuleOperation><t:RuleId>{number}</t:RuleId></t:DeleteRuleOperation>"
    assert code_of(sim.call(remove)) == ["NoError"]
    assert "<t:Rule>" not in sim.call(ask)
    assert code_of(sim.call(remove)) == ["ErrorItemNotFound"]
    sim.call('<m:GetDelegate IncludePermissions="true"><m:Mailbox><t:EmailAddress>'
             "alice@example.test</t:EmailAddress></m:Mailbox></m:GetDelegate>")
    ask = ("<m:GetUserConfiguration><m:UserConfigurationName Name=\"%s\">" +
           distinguished("calendar") + "</m:UserConfigurationName><m:UserConfigurationProperties>All"
           "</m:UserConfigurationProperties></m:GetUserConfiguration>")
    xml = base64.b64decode(field(sim.call(ask % "CategoryList"), "XmlData"))
    assert b'<category name="Blue category" color="7"' in xml
    assert "W. Europe" in sim.call(ask % "OWA.UserOptions")
    assert code_of(sim.call(ask % "Other")) == ["ErrorItemNotFound"]
    ask = ("<m:GetUserPhoto><m:Email>%s@example.test</m:Email><m:SizeRequested>HR48x48"
           "</m:SizeRequested></m:GetUserPhoto>")
    jpeg = base64.b64decode(re.search("PictureData>(.*?)<", sim.call(ask % "bob"))[1])
    assert jpeg[:3] == b"\xff\xd8\xff" and jpeg[-2:] == b"\xff\xd9"
    assert code_of(sim.call(ask % "nobody")) == ["ErrorItemNotFound"]


def people(sim):
    text = sim.call('<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Contact><t:FileAs>'
                    "Quill, Ada</t:FileAs><t:DisplayName>Ada Quill</t:DisplayName><t:GivenName>Ada"
                    "</t:GivenName><t:EmailAddresses><t:Entry Key=\"EmailAddress1\">"
                    "ada@elsewhere.test</t:Entry></t:EmailAddresses></t:Contact></m:Items>"
                    "</m:CreateItem>")
    assert code_of(text) == ["NoError"]
    resolve = ('<m:ResolveNames ReturnFullContactData="true" SearchScope="%s"><m:UnresolvedEntry>'
               "%s</m:UnresolvedEntry></m:ResolveNames>")
    assert "bob@example.test" in sim.call(resolve % ("ActiveDirectory", "bo"))
    assert "ada@elsewhere.test" in sim.call(resolve % ("ContactsActiveDirectory", "Quill"))
    assert code_of(sim.call(resolve % ("ActiveDirectory", "Quill"))) == \
        ["ErrorNameResolutionNoResults"]
    find = ("<m:FindPeople><m:PersonaShape><t:BaseShape>Default</t:BaseShape></m:PersonaShape>"
            '<m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/>'
            "<m:ParentFolderId>%s</m:ParentFolderId><m:QueryString>%s</m:QueryString>"
            "</m:FindPeople>")
    text = sim.call(find % (distinguished("directory"), "bob"))
    assert text.count("<t:Persona>") == 1 and "bob@example.test" in text
    one = re.search('PersonaId (Id="[^"]*")', text)[1]
    text = sim.call(f"<m:GetPersona><m:PersonaId {one}/></m:GetPersona>")
    assert "bob@example.test" in text
    assert sim.call(find % (distinguished("contacts"), "Ada")).count("<t:Persona>") == 1
    text = sim.call("<m:ExpandDL><m:Mailbox><t:EmailAddress>everyone@example.test"
                    "</t:EmailAddress></m:Mailbox></m:ExpandDL>")
    assert text.count("<t:Mailbox>") == 3
    text = sim.call('<m:CreateItem><m:Items><t:DistributionList><t:DisplayName>Team'
                    "</t:DisplayName><t:Members><t:Member><t:Mailbox><t:Name>B</t:Name>"
                    "<t:EmailAddress>bob@example.test</t:EmailAddress></t:Mailbox></t:Member>"
                    "</t:Members></t:DistributionList></m:Items></m:CreateItem>")
    team = ids(text)[0]
    assert "bob@example.test" in get(sim, team, EVERY)
    text = sim.call(f"<m:ExpandDL><m:Mailbox><t:ItemId {team}/></m:Mailbox></m:ExpandDL>")
    assert text.count("<t:Mailbox>") == 1
    rooms = re.search("<t:EmailAddress>(.*?)<", sim.call("<m:GetRoomLists/>"))[1]
    text = sim.call(f"<m:GetRooms><m:RoomList><t:EmailAddress>{rooms}</t:EmailAddress></m:RoomList>"
                    "</m:GetRooms>")
    assert "room1@example.test" in text


def moving(sim):
    """Folders copied; items exported, marked as junk, ids converted."""
    text = sim.call(f"<m:CreateFolder><m:ParentFolderId>{distinguished('inbox')}"
                    "</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>A</t:DisplayName>"
                    "</t:Folder></m:Folders></m:CreateFolder>")
    folder = ids(text, "FolderId")[0]
    item = ids(create(sim))[0]
    sim.call(f"<m:CopyItem><m:ToFolderId><t:FolderId {folder}/></m:ToFolderId><m:ItemIds>"
             f"<t:ItemId {item}/></m:ItemIds></m:CopyItem>")
    copy = (f"<m:CopyFolder><m:ToFolderId>{distinguished('drafts')}</m:ToFolderId><m:FolderIds>"
            f"<t:FolderId {folder}/></m:FolderIds></m:CopyFolder>")
    text = sim.call(copy)
    made = ids(text, "FolderId")[0]
    assert made.split()[0] != folder.split()[0]
    text = sim.call(f'<m:FindItem Traversal="Shallow">{IDS}<m:ParentFolderIds><t:FolderId {made}/>'
                    "</m:ParentFolderIds></m:FindItem>")
    assert len(ids(text)) == 1
    assert code_of(sim.call(copy)) == ["ErrorFolderExists"]
    data = re.search("<m:Data>(.*?)<", sim.call(
        f"<m:ExportItems><m:ItemIds><t:ItemId {item}/></m:ItemIds></m:ExportItems>"))[1]
    text = sim.call(f'<m:UploadItems><m:Items><t:Item CreateAction="CreateNew"><t:ParentFolderId '
                    f"{made}/><t:Data>{data}</t:Data></t:Item></m:Items></m:UploadItems>")
    uploaded = re.search('<m:ItemId (Id="[^"]+" ChangeKey="[^"]+")', text)[1]
    assert field(get(sim, uploaded, EVERY), "Subject") == "Hi"
    junk = '<m:MarkAsJunk IsJunk="%s" MoveItem="true"><m:ItemIds><t:ItemId %s/></m:ItemIds>' \
           "</m:MarkAsJunk>"
    text = sim.call(junk % ("true", uploaded))
    moved = re.search('<m:MovedItemId (Id="[^"]+" ChangeKey="[^"]+")', text)[1]
    assert listing(sim, "junkemail", "alice") == [moved]
    sim.call(junk % ("false", moved))
    assert not listing(sim, "junkemail", "alice")
    name = item.split('"')[1]
    convert = ('<m:ConvertId DestinationFormat="%s"><m:SourceIds><t:AlternateId Format="%s" '
               'Id="%s" Mailbox="alice@example.test"/></m:SourceIds></m:ConvertId>')
    for form in ("HexEntryId", "EntryId", "OwaId", "StoreId"):
        there = re.search(' Id="([^"]*)"', sim.call(convert % (form, "EwsId", name)))[1]
        again = re.search(' Id="([^"]*)"', sim.call(convert % ("EwsId", form, there)))[1]
        assert again == name and there != name, form
    assert code_of(sim.call(convert % ("EwsId", "HexEntryId", "0011"))) == \
        ["ErrorInvalidIdMalformed"]


def finding_folders(sim):
    text = sim.call('<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape>'
                    "</m:FolderShape><m:Restriction><t:And><t:IsEqualTo><t:FieldURI FieldURI="
                    '"folder:DisplayName"/><t:FieldURIOrConstant><t:Constant Value="Drafts"/>'
                    "</t:FieldURIOrConstant></t:IsEqualTo><t:IsEqualTo><t:FieldURI FieldURI="
                    '"folder:FolderClass"/><t:FieldURIOrConstant><t:Constant Value="IPF.Note"/>'
                    "</t:FieldURIOrConstant></t:IsEqualTo></t:And></m:Restriction>"
                    f"<m:ParentFolderIds>{distinguished('msgfolderroot')}</m:ParentFolderIds>"
                    "</m:FindFolder>")
    assert re.findall("<t:DisplayName>(.*?)<", text) == ["Drafts"], text


def folders(sim):
    """A folder from its creation to its end."""
    def change(operation, inside):
        text = sim.call(f"<m:{operation}>{inside}</m:{operation.split()[0]}>")
        assert code_of(text) == ["NoError"], text
        return ids(text, "FolderId")
    folder = change("CreateFolder", f"<m:ParentFolderId>{distinguished('inbox')}</m:ParentFolderId>"
                    "<m:Folders><t:Folder><t:DisplayName>B</t:DisplayName></t:Folder></m:Folders>")[0]
    ref = f"<m:FolderIds><t:FolderId {folder.split()[0]}/></m:FolderIds>"
    item = ids(create(sim))[0]
    moved = sim.call(f"<m:MoveItem><m:ToFolderId><t:FolderId {folder}/></m:ToFolderId><m:ItemIds>"
                     f"<t:ItemId {item}/></m:ItemIds></m:MoveItem>")
    assert code_of(moved) == ["NoError"]
    change("UpdateFolder", f"<m:FolderChanges><t:FolderChange><t:FolderId {folder.split()[0]}/>"
           '<t:Updates><t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/><t:Folder>'
           "<t:DisplayName>C</t:DisplayName></t:Folder></t:SetFolderField></t:Updates>"
           "</t:FolderChange></m:FolderChanges>")
    change("MoveFolder", f"<m:ToFolderId>{distinguished('drafts')}</m:ToFolderId>{ref}")
    shape = "<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
    text = sim.call(f"<m:GetFolder>{shape}{ref}</m:GetFolder>")
    assert field(text, "DisplayName") == "C" and field(text, "TotalCount") == "1", text
    change('EmptyFolder DeleteType="HardDelete" DeleteSubFolders="true"', ref)
    text = sim.call(f"<m:GetFolder>{shape}{ref}</m:GetFolder>")
    assert field(text, "TotalCount") == "0"
    change('DeleteFolder DeleteType="HardDelete"', ref)
    text = sim.call(f"<m:GetFolder>{shape}{ref}</m:GetFolder>")
    assert code_of(text) == ["ErrorFolderNotFound"], text
    text = sim.call(f"<m:SyncFolderHierarchy>{shape}</m:SyncFolderHierarchy>")
    assert code_of(text) == ["NoError"] and folder not in text


def news(sim):
    """A draft is sent; a pull and a streaming subscription tell of it."""
    events = "<t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes>"
    text = sim.call('<m:Subscribe><m:PullSubscriptionRequest SubscribeToAllFolders="true">'
                    f"{events}<t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>")
    pull, mark = (re.search(f"<m:{x}>(.*?)<", text)[1] for x in ("SubscriptionId", "Watermark"))
    text = sim.call(f"<m:SendItem SaveItemToFolder=\"true\"><m:ItemIds><t:ItemId {ids(create(sim))[0]}"
                    "/></m:ItemIds></m:SendItem>")
    assert code_of(text) == ["NoError"], text
    text = sim.call(f"<m:GetEvents><m:SubscriptionId>{pull}</m:SubscriptionId><m:Watermark>{mark}"
                    "</m:Watermark></m:GetEvents>")
    assert code_of(text) == ["NoError"] and "<t:CreatedEvent>" in text, text
    text = sim.call(f"<m:Unsubscribe><m:SubscriptionId>{pull}</m:SubscriptionId></m:Unsubscribe>")
    assert code_of(text) == ["NoError"]
    text = sim.call('<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true">'
                    f"{events}</m:StreamingSubscriptionRequest></m:Subscribe>")
    sim.control("fault GetStreamingEvents 1 stream-close")
    c, r = sim.raw("<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>"
                   f"{re.search('<m:SubscriptionId>(.*?)<', text)[1]}</t:SubscriptionId>"
                   "</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout>"
                   "</m:GetStreamingEvents>")
    documents = re.findall("<Envelope.*?</Envelope>", r.read().decode(), re.S)
    c.close()
    assert len(documents) == 2 and "<m:ConnectionStatus>Closed<" in documents[1], documents
    for text in documents:
        assert code_of(sim.valid(text, "document of a stream")) == ["NoError"]
    text = sim.call('<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>')
    assert code_of(text) == ["NoError"] and "W. Europe Standard Time" in text


def complete(sim):
    """Nothing in the table of operations was left out above."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "soap.c"),
              encoding="utf-8") as f:
        there = set(re.findall(r'^\t\{ "(\w+)", op_', f.read(), re.M))
    called = {line.split()[0] for line in sim.control("stats").splitlines()}
    assert len(there) > 40 and there <= called, sorted(there - called)


def attachments(sim):
    item = ids(create(sim))[0]
    text = sim.call(f"<m:CreateAttachment><m:ParentItemId {item}/><m:Attachments>"
                    "<t:FileAttachment><t:Name>a.txt</t:Name><t:Content>aGVsbG8=</t:Content>"
                    "</t:FileAttachment><t:ItemAttachment><t:Name>within</t:Name><t:Message>"
                    "<t:Subject>inner</t:Subject></t:Message></t:ItemAttachment></m:Attachments>"
                    "</m:CreateAttachment>")
    made = re.findall('AttachmentId Id="([^"]*)" RootItemId', text)
    assert len(made) == 2 and code_of(text) == ["NoError"] * 2
    ask = "<m:GetAttachment><m:AttachmentIds>" + "".join(
        f'<t:AttachmentId Id="{a}"/>' for a in made) + "</m:AttachmentIds></m:GetAttachment>"
    text = sim.call(ask)
    assert "<t:Content>aGVsbG8=<" in text and "<t:ItemAttachment>" in text
    assert "<t:Subject>inner<" in text
    text = get(sim, listing(sim, "drafts", "alice")[0], EVERY)
    assert "<t:ItemAttachment>" in text and "<t:FileAttachment>" in text
    text = sim.call("<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id=\"" + made[1] +
                    '"/></m:AttachmentIds></m:DeleteAttachment>')
    assert code_of(text) == ["NoError"]
    assert code_of(sim.call(ask)) == ["NoError", "ErrorItemNotFound"]


def answers(sim):
    """Reply and forward."""
    sim.control("deliver bob inbox 58", b"From: <alice@example.test>\r\nTo: <bob@example.test>\r\n"
                b"\r\nA\r\n"[:58].ljust(58, b"x"))
    item = listing(sim, "inbox", "bob")[0]
    before = len(listing(sim, "inbox", "alice"))
    text = sim.call('<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:ReplyToItem>'
                    f"<t:ReferenceItemId {item}/><t:NewBodyContent BodyType=\"Text\">well"
                    "</t:NewBodyContent></t:ReplyToItem></m:Items></m:CreateItem>", "bob")
    assert code_of(text) == ["NoError"], text
    got = listing(sim, "inbox", "alice")
    assert len(got) == before + 1
    text = sim.call('<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:ForwardItem>'
                    f"<t:ToRecipients>{person('room1@example.test')}</t:ToRecipients>"
                    f"<t:ReferenceItemId {got[0]}/></t:ForwardItem></m:Items></m:CreateItem>")
    draft = get(sim, ids(text)[0], EVERY)
    assert field(draft, "Subject").startswith("FW: RE:") or "FW: " in field(draft, "Subject")


def samples(sim):
    """A real answer or a fault, never silence; no request harms the server."""
    done = 0
    for path in sorted(glob.glob(os.path.join(SHARED, "ews/samples/*request*.xml"))):
        if "Autodiscover" in path:
            continue
        with open(path, "rb") as f:
            body = f.read()
        login = base64.b64encode(b"alice@example.test:alice").decode()
        c = sim.connect()
        c.request("POST", "/EWS/Exchange.asmx", body, {"Authorization": "Basic " + login,
                                                       "Content-Type": "text/xml"})
        r = c.getresponse()
        text = r.read().decode()
        name = os.path.basename(path)
        assert r.status in (200, 500), f"{name}: {r.status}"
        assert code_of(text) or "GetRoomLists" in name or r.status == 200, f"{name}: {text}"
        if r.status == 200:
            sim.valid(text, name)
        else:
            assert "<s:Fault>" in text, name
        c.close()
        done += 1
    assert done > 100 or not os.path.exists(os.path.join(SHARED, "ews/samples")), done
    assert "NoError" in sync(sim, "inbox")[0]
    print(done, "samples of requests")


RECEIPT = (b"From: <bob@example.test>\r\nTo: <alice@example.test>\r\nSubject: Read me\r\n"
           b"Disposition-Notification-To: <bob@example.test>\r\nMessage-ID: <%d@example.test>"
           b"\r\n\r\nText\r\n")


def receipts(sim):
    """Sent once, to senders that want one, unless the request says no or they were forgotten."""
    def arrive(number):
        before = ids(sync(sim, "inbox")[0])
        sim.control(f"deliver alice@example.test inbox {len(RECEIPT % number)}", RECEIPT % number)
        (item,) = set(ids(sync(sim, "inbox")[0])) - set(before)
        return item

    def mark(item, how):
        return code_of(sim.call(
            f'<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"{how}>'
            f"<m:ItemChanges><t:ItemChange><t:ItemId {item}/><t:Updates><t:SetItemField>"
            '<t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead></t:Message>'
            "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"))

    def delete(item, how):
        return code_of(sim.call(f'<m:DeleteItem DeleteType="SoftDelete"{how}><m:ItemIds>'
                                f"<t:ItemId {item}/></m:ItemIds></m:DeleteItem>"))

    def mark_all(quiet):
        return code_of(sim.call(
            f"<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>{quiet}"
            f"</m:SuppressReadReceipts><m:FolderIds>{distinguished('inbox')}</m:FolderIds>"
            "</m:MarkAllItemsAsRead>"))

    def came():
        return re.findall(r"subject=((?:Not r|R)ead): Read me", sim.control("sent"))

    quiet = ' SuppressReadReceipts="true"'
    item = arrive(1)
    assert "<t:IsReadReceiptRequested>true" in get(sim, item, EVERY)
    assert mark(item, quiet) == ["NoError"] and not came()
    item = arrive(2)
    assert mark(item, "") == ["NoError"] and mark(item, "") == ["NoError"] and came() == ["Read"]
    (report,) = listing(sim, "inbox", "bob")[:1]
    assert field(get(sim, report, EVERY, "bob"), "ItemClass") == "REPORT.IPM.Note.IPNRN"
    item = arrive(3)
    assert respond(sim, "SuppressReadReceipt", item, "alice", "SaveOnly") == ["NoError"]
    assert respond(sim, "SuppressReadReceipt", item, "alice",
                   "SaveOnly") == ["ErrorReadReceiptNotPending"]
    assert mark(item, "") == ["NoError"] and came() == ["Read"]
    assert delete(arrive(4), quiet) == ["NoError"] and came() == ["Read"]
    assert delete(arrive(5), "") == ["NoError"] and came() == ["Read", "Not read"]
    arrive(6)
    assert mark_all("true") == ["NoError"] and len(came()) == 2
    arrive(7)
    assert mark_all("false") == ["NoError"] and len(came()) == 3


def main():
    need_schema()
    users = [x for u in ("alice", "bob", "room1")
             for x in ("--user", f"{u}@example.test:{u}")]
    with Sim("--mailbox", "empty", *users) as sim:
        for part in (workflow, series, availability, settings, people, moving,
                     finding_folders, folders, news, attachments,
                     receipts, answers, complete, samples):
            try:
                part(sim)
            except (AssertionError, TypeError, IndexError):
                print("in", part.__name__)
                raise
    print("ok")


main()
