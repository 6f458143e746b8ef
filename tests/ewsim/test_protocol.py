#!/usr/bin/python3
"""ewsim by itself: requests by hand; each request and each answer is held to Microsoft's
schema. Skipped without the schema."""
import base64
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sim import ALL, IDS, MARK, Sim, create, flags, get, ids, need_schema, sync  # noqa: E402


def everything(sim):
    """All items of the demo mailbox satisfy the schema."""
    text = sim.call("<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>AllProperties"
                    "</t:BaseShape></m:FolderShape></m:SyncFolderHierarchy>")
    folders = ids(text, "FolderId")
    assert len(folders) > 10
    n = 0
    for f in set(folders):
        text = sim.call(f'<m:FindItem Traversal="Shallow">{IDS}<m:IndexedPageItemView '
                        'MaxEntriesReturned="1000" Offset="0" BasePoint="Beginning"/>'
                        f"<m:ParentFolderIds><t:FolderId {f}/></m:ParentFolderIds></m:FindItem>")
        for item in ids(text):
            get(sim, item)
            n += 1
    assert n > 20, n


def life(sim):
    """create, sync, update, conflict, move, delete"""
    _, state = sync(sim, "drafts")
    text = create(sim, MARK + flags(0))
    item = ids(text)[0]
    text, state = sync(sim, "drafts", state)
    assert text.count("<t:Create>") == 1 and ids(text)[0] == item, text
    text = get(sim, item)
    assert "<t:IsDraft>false" in text and "4711" in text and "<t:IsRead>false" in text
    assert "<t:IsDraft>true" in get(sim, ids(create(sim))[0])
    _, state = sync(sim, "drafts", state)
    update = ('<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="%s" '
              'SuppressReadReceipts="true"><m:ItemChanges><t:ItemChange><t:ItemId %s/><t:Updates>'
              '<t:SetItemField><t:FieldURI FieldURI="%s"/><t:Message>%s</t:Message>'
              "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>")
    text = sim.call(update % ("AlwaysOverwrite", item, "message:IsRead", "<t:IsRead>true</t:IsRead>"))
    new = ids(text)[0]
    assert new != item
    text, state = sync(sim, "drafts", state)
    assert "<t:ReadFlagChange>" in text and "<t:Update>" not in text
    text = sim.call(update % ("AutoResolve", item, "item:Flag",
                              "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"))
    assert "ErrorIrresolvableConflict" in text
    text = sim.call(update % ("AutoResolve", new, "item:Flag",
                              "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"))
    item = ids(text)[0]
    assert "<t:FlagStatus>Flagged" in get(sim, item)
    key = re.search(r'0x300b".*?<t:Value>(.*?)<', get(sim, item))[1]
    text = sim.call('<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="inbox"/></m:ToFolderId>'
                    f"<m:ItemIds><t:ItemId {item}/></m:ItemIds><m:ReturnNewItemIds>true"
                    "</m:ReturnNewItemIds></m:MoveItem>")
    moved = ids(text)[0]
    assert moved.split()[0] != item.split()[0]
    assert "ErrorItemNotFound" in get(sim, item)
    assert re.search(r'0x300b".*?<t:Value>(.*?)<', get(sim, moved))[1] == key
    text, state = sync(sim, "drafts", state)
    assert text.count("<t:Delete>") == 1
    text = sim.call('<m:DeleteItem DeleteType="SoftDelete"><m:ItemIds>'
                    f"<t:ItemId {moved}/></m:ItemIds></m:DeleteItem>")
    assert "NoError" in text
    assert "ErrorInvalidSyncStateData" in sync(sim, "inbox", state)[0]
    assert "ErrorInvalidSyncStateData" in sync(sim, "inbox", "AAAA")[0]


def sending(sim):
    _, state = sync(sim, "inbox", user="bob")
    while True:
        text, state = sync(sim, "inbox", state, user="bob")
        if "<t:" not in text.split("Changes>")[1]:
            break
    draft = ids(create(sim))[0]
    text = sim.call('<m:SendItem SaveItemToFolder="true"><m:ItemIds>'
                    f"<t:ItemId {draft}/></m:ItemIds></m:SendItem>")
    assert "NoError" in text
    text = sim.call('<m:SendItem SaveItemToFolder="true"><m:ItemIds>'
                    f"<t:ItemId {draft}/></m:ItemIds></m:SendItem>")
    assert "ErrorItemNotFound" in text
    text, state = sync(sim, "inbox", state, user="bob")
    got = ids(text)
    assert len(got) == 1, text
    mime = re.search("<t:MimeContent[^>]*>(.*?)<", get(sim, got[0], user="bob"))[1]
    mime = base64.b64decode(mime)
    assert b"Bcc" not in mime and b"<1@example.test>" in mime
    assert "message-id=<1@example.test>" in sim.control("sent")


def streaming(sim):
    text = sim.call('<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true">'
                    "<t:EventTypes><t:EventType>NewMailEvent</t:EventType>"
                    "<t:EventType>CreatedEvent</t:EventType></t:EventTypes>"
                    "</m:StreamingSubscriptionRequest></m:Subscribe>")
    sub = re.search("<m:SubscriptionId>(.*?)<", text)[1]
    c, r = sim.raw("<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>" + sub +
                   "</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>1"
                   "</m:ConnectionTimeout></m:GetStreamingEvents>")
    got = ""
    while got.count("</Envelope>") < 1:
        got += r.read1().decode()
    assert ">OK<" in got
    create(sim)
    while "<t:CreatedEvent>" not in got:
        more = r.read1().decode()
        assert more
        got += more
    c.close()
    assert "NoError" in sim.call(f"<m:Unsubscribe><m:SubscriptionId>{sub}</m:SubscriptionId>"
                                 "</m:Unsubscribe>")
    text = sim.call('<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId '
                    'Id="drafts"/></t:FolderIds><t:EventTypes><t:EventType>CreatedEvent'
                    "</t:EventType></t:EventTypes><t:Timeout>5</t:Timeout>"
                    "</m:PullSubscriptionRequest></m:Subscribe>")
    sub = re.search("<m:SubscriptionId>(.*?)<", text)[1]
    mark = re.search("<m:Watermark>(.*?)<", text)[1]
    create(sim)
    text = sim.call(f"<m:GetEvents><m:SubscriptionId>{sub}</m:SubscriptionId><m:Watermark>{mark}"
                    "</m:Watermark></m:GetEvents>")
    assert text.count("<t:CreatedEvent>") == 1


def state_file():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "state")
        sim = Sim("--mailbox", "demo", "--state", path)
        _, state = sync(sim, "drafts")
        item = ids(create(sim, MARK))[0]
        before = get(sim, item)
        sim.stop()
        sim = Sim("--mailbox", "demo", "--state", path)
        assert get(sim, item) == before
        text, _ = sync(sim, "drafts", state)
        assert item in text
        everything(sim)
        sim.stop()


def main():
    need_schema()
    sim = Sim("--mailbox", "demo")
    try:
        everything(sim)
        life(sim)
        sending(sim)
        streaming(sim)
        for setting in ("mime-regenerate on", "article-numbers absent", "search-key absent"):
            sim.control("set " + setting)
        everything(sim)
    finally:
        sim.stop()
    state_file()
    print("ok")


main()
