#!/usr/bin/python3
"""What a mailbox of ewsim does with mail that comes: inbox rules, replies when out of office;
and the attendee who is invited no more hears of it."""
import os
import re
import sys
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sim import Sim, distinguished, get, ids  # noqa: E402

EVERY = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"


def listing(sim, folder, user):
    """{subject: id} of a folder."""
    text = sim.call(f'<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape'
                    f"></m:ItemShape><m:ParentFolderIds>{distinguished(folder)}"
                    "</m:ParentFolderIds></m:FindItem>", user)
    subjects = re.findall("<t:Subject>(.*?)<", text)
    assert len(subjects) == len(ids(text)), text
    return dict(zip(subjects, ids(text)))


def rule(sim, name, priority, conditions, actions, exceptions=""):
    tags = "".join(f"<t:{tag}>{xml}</t:{tag}>" for tag, xml in (
        ("Conditions", conditions), ("Exceptions", exceptions), ("Actions", actions)) if xml)
    text = sim.call("<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob>"
                    f"<m:Operations><t:CreateRuleOperation><t:Rule><t:DisplayName>{name}"
                    f"</t:DisplayName><t:Priority>{priority}</t:Priority><t:IsEnabled>true"
                    f"</t:IsEnabled>{tags}</t:Rule></t:CreateRuleOperation></m:Operations>"
                    "</m:UpdateInboxRules>", "bob")
    assert "NoError" in text, text


def strings(tag, *values):
    return f"<t:{tag}>" + "".join(f"<t:String>{v}</t:String>" for v in values) + f"</t:{tag}>"


def people(tag, *addresses):
    return f"<t:{tag}>" + "".join(f"<t:Address><t:EmailAddress>{a}</t:EmailAddress></t:Address>"
                                  for a in addresses) + f"</t:{tag}>"


def to(tag, folder):
    return f"<t:{tag}>{distinguished(folder)}</t:{tag}>"


def deliver(sim, subject, sender="dean@one.test", more="", body="text"):
    mime = (f"From: <{sender}>\r\nTo: <bob@example.test>\r\nSubject: {subject}\r\nMessage-ID: "
            f"<{subject.replace(' ', '')}@one.test>\r\n{more}\r\n{body}\r\n").encode()
    sim.control(f"deliver bob@example.test inbox {len(mime)}", mime)


def rules(sim):
    move = to("MoveToFolder", "journal")
    stop = "<t:StopProcessingRules>true</t:StopProcessingRules>"
    rule(sim, "late", 9, strings("ContainsSubjectStrings", "stop"), to("MoveToFolder", "tasks"))
    rule(sim, "move", 1, strings("ContainsSubjectStrings", "invoice", "bill"), move + stop,
         people("FromAddresses", "boss@one.test"))
    rule(sim, "copy", 2, people("FromAddresses", "eve@two.test"),
         strings("AssignCategories", "From Eve") + to("CopyToFolder", "journal") +
         "<t:MarkAsRead>true</t:MarkAsRead>")
    rule(sim, "trash", 3, strings("ContainsBodyStrings", "lottery"), "<t:Delete>true</t:Delete>")
    rule(sim, "gone", 4, strings("ContainsSenderStrings", "@spam.test"),
         "<t:PermanentDelete>true</t:PermanentDelete>")
    rule(sim, "forward", 5, strings("ContainsSubjectStrings", "please") +
         "<t:SentOnlyToMe>true</t:SentOnlyToMe>", people("ForwardToRecipients",
                                                         "alice@example.test"))
    rule(sim, "redirect", 6, "<t:HasAttachments>true</t:HasAttachments>",
         people("RedirectToRecipients", "alice@example.test", "x@elsewhere.test"))
    rule(sim, "unknown", 7, "<t:IsEncrypted>true</t:IsEncrypted>", "<t:Delete>true</t:Delete>")
    deliver(sim, "Your INVOICE stop")
    deliver(sim, "A bill", "boss@one.test")
    deliver(sim, "Stop here")
    deliver(sim, "Hello", "eve@two.test")
    deliver(sim, "Luck", body="the lottery")
    deliver(sim, "Spam", "a@spam.test")
    deliver(sim, "Yes please")
    deliver(sim, "Files", more="MIME-Version: 1.0\r\nContent-Type: application/pdf; name=a.pdf\r\n"
            "Content-Disposition: attachment\r\n")
    assert sorted(listing(sim, "inbox", "bob")) == ["A bill", "Files", "Hello", "Yes please"]
    assert sorted(listing(sim, "journal", "bob")) == ["Hello", "Your INVOICE stop"]
    assert list(listing(sim, "tasks", "bob")) == ["Stop here"]
    assert list(listing(sim, "deleteditems", "bob")) == ["Luck"]
    hello = get(sim, listing(sim, "inbox", "bob")["Hello"], EVERY, "bob")
    assert "<t:String>From Eve<" in hello and "<t:IsRead>true" in hello
    assert sorted(listing(sim, "inbox", "alice")) == ["FW: Yes please", "Files"]
    assert "to=x@elsewhere.test" in sim.control("sent")


def oof(sim, state, extra=""):
    text = sim.call("<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>bob@example.test</t:Address>"
                    f"</t:Mailbox><t:UserOofSettings><t:OofState>{state}</t:OofState>"
                    f"<t:ExternalAudience>{'None' if extra == 'silent' else 'All'}"
                    "</t:ExternalAudience><t:Duration><t:StartTime>2020-01-01T00:00:00Z"
                    f"</t:StartTime><t:EndTime>{2060 if extra != 'over' else 2021}-01-01T00:00:00Z"
                    "</t:EndTime></t:Duration><t:InternalReply><t:Message>"
                    + escape("<p>within</p>") + "</t:Message></t:InternalReply><t:ExternalReply>"
                    "<t:Message>outside</t:Message></t:ExternalReply></t:UserOofSettings>"
                    "</m:SetUserOofSettingsRequest>", "bob")
    assert "NoError" in text, text


def replies(sim):
    def told():
        return sim.control("sent").count("subject=Automatic reply")

    deliver(sim, "n0", "alice@example.test")
    assert told() == 0
    oof(sim, "Enabled")
    deliver(sim, "n1", "alice@example.test")
    deliver(sim, "n2", "alice@example.test")  # once is enough
    deliver(sim, "n3", "stranger@one.test")
    assert told() == 2 and "to=stranger@one.test" in sim.control("sent")
    text = get(sim, listing(sim, "inbox", "alice")["Automatic reply: n1"], EVERY)
    assert "IPM.Note.Rules.OofTemplate.Microsoft" in text and "within" in text, text
    for header in ("Auto-Submitted: auto-replied\r\n", "X-Auto-Response-Suppress: OOF\r\n",
                   "List-Id: <l.one.test>\r\n", "Precedence: bulk\r\n"):
        deliver(sim, "n4", "robot@one.test", header)
    deliver(sim, "n5", "bob@example.test")
    assert told() == 2
    oof(sim, "Enabled", "silent")  # new settings: everybody is told again, but for strangers
    deliver(sim, "n6", "stranger@one.test")
    deliver(sim, "n7", "alice@example.test")
    assert told() == 3
    oof(sim, "Scheduled", "over")
    deliver(sim, "n8", "alice@example.test")
    assert told() == 3
    oof(sim, "Scheduled")
    deliver(sim, "n9", "alice@example.test")
    assert told() == 4
    oof(sim, "Disabled")


def dismissed(sim):
    def attendees(*names):
        return "<t:RequiredAttendees>" + "".join(
            f"<t:Attendee><t:Mailbox><t:EmailAddress>{n}@example.test</t:EmailAddress></t:Mailbox>"
            "</t:Attendee>" for n in names) + "</t:RequiredAttendees>"

    text = sim.call('<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items>'
                    "<t:CalendarItem><t:Subject>Talk</t:Subject><t:Start>2026-07-06T09:00:00Z"
                    "</t:Start><t:End>2026-07-06T10:00:00Z</t:End>" + attendees("bob", "carol") +
                    "</t:CalendarItem></m:Items></m:CreateItem>")
    before = sim.control("sent").count("Canceled: Talk")
    sim.call('<m:UpdateItem ConflictResolution="AlwaysOverwrite" '
             'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"><m:ItemChanges>'
             f"<t:ItemChange><t:ItemId {ids(text)[0]}/><t:Updates><t:SetItemField><t:FieldURI "
             'FieldURI="calendar:RequiredAttendees"/><t:CalendarItem>' + attendees("carol") +
             "</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
             "</m:UpdateItem>")
    assert sim.control("sent").count("Canceled: Talk") == before + 1
    assert "Canceled: Talk" in listing(sim, "inbox", "bob")
    assert "Canceled: Talk" not in listing(sim, "inbox", "carol")
    theirs = get(sim, listing(sim, "calendar", "bob")["Talk"], EVERY, "bob")
    assert "<t:IsCancelled>true" in theirs


def main():
    users = [x for u in ("alice", "bob", "carol") for x in ("--user", f"{u}@example.test:{u}")]
    for part in (rules, replies, dismissed):
        with Sim("--mailbox", "empty", *users) as sim:
            part(sim)
    print("ok")


main()
