#!/usr/bin/python3
"""ewsim by itself: requests by hand; each request and each answer is held to Microsoft's
schema. Skipped without the schema."""
import base64
import http.client
import os
import re
import subprocess
import sys
import tempfile

try:
    from lxml import etree
except ImportError:
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("PASSERELLE_SHARED", os.path.join(HERE, "../../../shared"))
XSD = os.path.join(SHARED, "ews/schema/exchange-se-15.2.2562.17/ews-all.xsd")
NS = ('xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
      'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
      'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"')
IDS = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
ALL = """<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>
<t:IncludeMimeContent>true</t:IncludeMimeContent><t:AdditionalProperties>
<t:FieldURI FieldURI="item:Flag"/><t:FieldURI FieldURI="item:TextBody"/>
<t:FieldURI FieldURI="item:Preview"/>
<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>
<t:ExtendedFieldURI PropertyTag="0x0E23" PropertyType="Integer"/>
<t:ExtendedFieldURI PropertyTag="0x300B" PropertyType="Binary"/>
<t:ExtendedFieldURI PropertyTag="0x007D" PropertyType="String"/>
<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="mark"
 PropertyType="String"/></t:AdditionalProperties></m:ItemShape>"""
MIME = b"From: <alice@example.test>\r\nTo: <bob@example.test>\r\nBcc: <bob@example.test>\r\n" \
       b"Subject: Hi\r\nMessage-ID: <1@example.test>\r\n\r\nText\r\n"


class Sim:
    def __init__(self, *args):
        self.process = subprocess.Popen([sys.argv[1], "--listen", "127.0.0.1:0", *args],
                                        stdout=subprocess.PIPE, text=True)
        m = re.match(r"listening \S+:(\d+) control \S+:(\d+)", self.process.stdout.readline())
        self.port, self.control_port = int(m[1]), int(m[2])
        assert self.process.stdout.readline() == "ready\n"
        self.schema = etree.XMLSchema(etree.parse(XSD))

    def valid(self, text, what):
        doc = etree.fromstring(text.encode())
        if not self.schema.validate(doc):
            raise AssertionError(f"{what}: {self.schema.error_log}\n{text[:3000]}")
        return text

    def raw(self, body, user="alice"):
        env = self.valid(f"<s:Envelope {NS}><s:Body>{body}</s:Body></s:Envelope>", "request")
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        login = base64.b64encode(f"{user}@example.test:{user}".encode()).decode()
        c.request("POST", "/EWS/Exchange.asmx", env, {"Authorization": "Basic " + login})
        return c, c.getresponse()

    def call(self, body, user="alice"):
        c, r = self.raw(body, user)
        text = r.read().decode()
        c.close()
        assert r.status in (200, 500), r.status
        return self.valid(text, "answer") if r.status == 200 else text

    def control(self, line):
        import socket
        with socket.create_connection(("127.0.0.1", self.control_port)) as s:
            s.sendall(line.encode() + b"\n")
            text = b""
            while not re.search(rb"^(ok|error.*)\n\Z", text, re.M):
                got = s.recv(4096)
                assert got
                text += got
        assert text.endswith(b"ok\n"), text
        return text.decode()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


def ids(text, kind="ItemId"):
    return re.findall(rf'<t:{kind} (Id="[^"]+" ChangeKey="[^"]+")/>', text)


def sync(sim, folder, state="", user="alice", size=512):
    state = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    text = sim.call(f"<m:SyncFolderItems>{IDS}<m:SyncFolderId><t:DistinguishedFolderId "
                    f'Id="{folder}"/></m:SyncFolderId>{state}<m:MaxChangesReturned>{size}'
                    "</m:MaxChangesReturned></m:SyncFolderItems>", user)
    return text, re.search("<m:SyncState>?(.*?)(</m:SyncState|/)>", text)[1]


def create(sim, extra="", how="SaveOnly", folder="drafts", mime=MIME):
    return sim.call(f'<m:CreateItem MessageDisposition="{how}"><m:SavedItemFolderId>'
                    f'<t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId><m:Items>'
                    f"<t:Message><t:MimeContent>{base64.b64encode(mime).decode()}"
                    f"</t:MimeContent>{extra}</t:Message></m:Items></m:CreateItem>")


def get(sim, item, shape=ALL, user="alice"):
    return sim.call(f"<m:GetItem>{shape}<m:ItemIds><t:ItemId {item}/></m:ItemIds></m:GetItem>",
                    user)


MARK = ('<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" '
        'PropertyName="mark" PropertyType="String"/><t:Value>4711</t:Value>'
        "</t:ExtendedProperty>")


def flags(value):
    return ('<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
            f"<t:Value>{value}</t:Value></t:ExtendedProperty>")


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
    while got.count("</s:Envelope>") < 1:
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


def faults(sim):
    shape = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    inbox = '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>'
    ask = f"<m:GetFolder>{shape}{inbox}</m:GetFolder>"
    sim.control("fault GetFolder 1 busy 1500")
    text = sim.call(ask)
    assert "ErrorServerBusy" in text and 'BackOffMilliseconds">1500<' in text
    sim.control("fault GetFolder 1+1 http 503")
    assert "NoError" in sim.call(ask)
    c, r = sim.raw(ask)
    assert r.status == 503
    c.close()
    for kind in ("cut-before", "cut-after"):
        sim.control(f"fault GetFolder 1 {kind}")
        try:
            sim.raw(ask)
            raise AssertionError("not cut")
        except (http.client.HTTPException, ConnectionError):
            pass
    sim.control("fault GetFolder 1 item ErrorItemNotFound 2")
    assert "NoError" in sim.call(ask)
    sim.control("set mime-regenerate on")
    sim.control("set mime-regenerate off")
    assert "GetFolder" in sim.control("stats")


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
    if not os.path.exists(XSD):
        print("skipped: no schema")
        sys.exit(77)
    sim = Sim("--mailbox", "demo")
    try:
        everything(sim)
        life(sim)
        sending(sim)
        streaming(sim)
        faults(sim)
        for setting in ("mime-regenerate on", "article-numbers absent", "search-key absent"):
            sim.control("set " + setting)
        everything(sim)
    finally:
        sim.stop()
    state_file()
    print("ok")


main()
