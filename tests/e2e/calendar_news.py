#!/usr/bin/python3
"""What somebody does to a calendar on the server shows in its directory and in the merged file by
itself: an event made, moved, and deleted. Prints how long it took."""
import glob
import os
import time

import common
from common import ALICE
from exchange import Exchange

CREATE = """<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>
<t:DistinguishedFolderId Id="calendar"/></m:SavedItemFolderId><m:Items><t:CalendarItem>
<t:Subject>Probelauf</t:Subject><t:Start>2026-03-02T09:00:00Z</t:Start>
<t:End>2026-03-02T10:00:00Z</t:End></t:CalendarItem></m:Items></m:CreateItem>"""
UPDATE = """<m:UpdateItem ConflictResolution="AlwaysOverwrite"
SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>{ref}<t:Updates>
<t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:CalendarItem>
<t:Subject>Generalprobe</t:Subject></t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange>
</m:ItemChanges></m:UpdateItem>"""
DELETE = """<m:DeleteItem DeleteType="SoftDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>
{ref}</m:ItemIds></m:DeleteItem>"""
NS = {"t": "http://schemas.microsoft.com/exchange/services/2006/types"}


def ref(answer):
    item = answer.find(".//t:ItemId", NS)
    return f'<t:ItemId Id="{item.get("Id")}" ChangeKey="{item.get("ChangeKey")}"/>'


def texts(pattern):
    """{path: text} of files; those that vanish while we look are left out."""
    found = {}
    for path in glob.glob(pattern):
        try:
            with open(path, encoding="utf-8") as f:
                found[path] = f.read()
        except FileNotFoundError:
            pass
    return found


def holding(p, subject):
    """The event files with that subject, and whether the merged file has it."""
    directory = p.calendar_dir(ALICE)
    line = f"SUMMARY:{subject}\n"
    files = [path for path, text in texts(os.path.join(directory, "*", "*.ics")).items()
             if line in text]
    merged = any(line in text for text in texts(directory + "-merged/*.ics").values())
    return files, merged


def check(p, what, do, subject, there):
    begin = time.monotonic()
    answer = do()

    def shown():
        files, merged = holding(p, subject)
        return len(files) == there and merged == bool(there)
    common.wait_for(what, shown)
    print(f"{what}: {1000 * (time.monotonic() - begin):.0f} ms")
    return answer


def test(settings=(), account=()):
    common.need()
    with common.pair.Pair(common.BUILD, [ALICE], settings=settings, account=account) as p:
        server = Exchange(p, ALICE)
        client = common.imap(p)
        common.wait_for("the first run", lambda: client.select("INBOX")[0] == "OK")
        client.logout()
        # The server stumbles over it once; that must not lose it.
        p.control("fault GetItem 1 item ErrorInternalServerError 1")
        item = ref(check(p, "an event made", lambda: server.call(CREATE), "Probelauf", 1))
        (path,), _ = holding(p, "Probelauf")
        item = ref(check(p, "its subject changed",
                         lambda: server.call(UPDATE.format(ref=item)), "Generalprobe", 1))
        assert holding(p, "Generalprobe")[0] == [path], "another file for the same event"
        assert holding(p, "Probelauf") == ([], False)
        check(p, "the event deleted", lambda: server.call(DELETE.format(ref=item)),
              "Generalprobe", 0)


def main():
    test()
    test(settings=["streaming=off"], account=["poll-seconds = 1"])


if __name__ == "__main__":
    common.main(main)
