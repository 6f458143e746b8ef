"""The server's side of an end-to-end test: what Exchange holds, asked by EWS and not
through the bridge, and what somebody does to it from elsewhere."""
import base64
import http.client
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

NS = {"s": "http://schemas.xmlsoap.org/soap/envelope/",
      "m": "http://schemas.microsoft.com/exchange/services/2006/messages",
      "t": "http://schemas.microsoft.com/exchange/services/2006/types"}
DISTINGUISHED = {"INBOX": "inbox", "Sent Items": "sentitems", "Drafts": "drafts",
                 "Deleted Items": "deleteditems", "Junk Email": "junkemail",
                 "recoverable": "recoverableitemsdeletions"}
VERB = '<t:ExtendedFieldURI PropertyTag="0x1081" PropertyType="Integer"/>'
FIELDS = "".join(f'<t:FieldURI FieldURI="{f}"/>' for f in (
    "item:Subject", "message:InternetMessageId", "message:IsRead", "item:Flag",
    "item:Categories", "item:ItemClass", "message:BccRecipients")) + VERB
VERBS = {"102": "replied", "103": "replied", "104": "forwarded"}


class Item:
    """One message as Exchange has it."""

    def __init__(self, element):
        def text(name):
            found = element.find("t:" + name, NS)
            return found.text or "" if found is not None else ""
        ident = element.find("t:ItemId", NS)
        self.id, self.key = ident.get("Id"), ident.get("ChangeKey")
        self.subject, self.message_id = text("Subject"), text("InternetMessageId")
        self.read, self.item_class = text("IsRead") == "true", text("ItemClass")
        self.flagged = element.findtext("t:Flag/t:FlagStatus", "", NS) == "Flagged"
        self.categories = sorted(c.text for c in element.findall("t:Categories/t:String", NS))
        self.verb = VERBS.get(element.findtext("t:ExtendedProperty/t:Value", "", NS))
        self.bcc = [a.text for a in element.findall(
            "t:BccRecipients/t:Mailbox/t:EmailAddress", NS)]
        mime = element.find("t:MimeContent", NS)
        self.mime = base64.b64decode(mime.text) if mime is not None else None

    def marks(self):
        """What a client may have changed, to compare: e.g. {"seen", "flagged"}"""
        return {name for name, on in (("seen", self.read), ("flagged", self.flagged),
                                      ("answered", self.verb == "replied"),
                                      ("forwarded", self.verb == "forwarded")) if on}

    def ref(self):
        return f'<t:ItemId Id="{self.id}" ChangeKey="{self.key}"/>'


class Exchange:
    def __init__(self, p, user):
        self.port, self.user, self.password = p.ews_port, user, p.SERVER_PASSWORD

    def call(self, body, also=()):
        """@also: codes that are no failure beside NoError."""
        names = " ".join(f'xmlns:{k}="{v}"' for k, v in NS.items())
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        c.request("POST", "/EWS/Exchange.asmx",
                  f"<s:Envelope {names}><s:Body>{body}</s:Body></s:Envelope>".encode(),
                  {"Authorization": "Basic " + login, "Content-Type": "text/xml"})
        answer = c.getresponse().read()
        c.close()
        root = ET.fromstring(answer)
        assert root.find(".//s:Fault", NS) is None, f"{body[:200]}: {answer[:500]}"
        for code in root.iterfind(".//m:ResponseCode", NS):
            assert code.text in ("NoError", *also), f"{body[:200]}: {answer[:500]}"
        return root

    def folder(self, name):
        """@name: as IMAP shows it, of one level; the element that names it."""
        if name in DISTINGUISHED:
            return f'<t:DistinguishedFolderId Id="{DISTINGUISHED[name]}"/>'
        found = self.call('<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default'
                          "</t:BaseShape></m:FolderShape><m:ParentFolderIds>"
                          '<t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds>'
                          "</m:FindFolder>")
        for f in found.iterfind(".//t:Folders/*", NS):
            if f.findtext("t:DisplayName", "", NS) == name:
                return f'<t:FolderId Id="{f.find("t:FolderId", NS).get("Id")}"/>'
        raise AssertionError(f"Exchange has no folder {name}")

    def items(self, folder, mime=False):
        found = self.call('<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly'
                          "</t:BaseShape></m:ItemShape><m:ParentFolderIds>"
                          f"{self.folder(folder)}</m:ParentFolderIds></m:FindItem>")
        refs = "".join(f'<t:ItemId Id="{i.get("Id")}"/>'
                       for i in found.iterfind(".//t:ItemId", NS))
        if not refs:
            return []
        got = self.call("<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                        f"<t:IncludeMimeContent>{str(mime).lower()}</t:IncludeMimeContent>"
                        f"<t:AdditionalProperties>{FIELDS}</t:AdditionalProperties>"
                        f"</m:ItemShape><m:ItemIds>{refs}</m:ItemIds></m:GetItem>",
                        also=("ErrorItemNotFound",))  # it may be leaving just now
        return [Item(e) for items in got.iterfind(".//m:Items", NS) for e in items]

    def find(self, folder, ident, mime=False):
        """The item with Message-ID @ident; None if it isn't there, never one of two."""
        hits = [i for i in self.items(folder, mime) if i.message_id == ident]
        assert len(hits) < 2, f"{ident} is in {folder} {len(hits)} times"
        return hits[0] if hits else None

    def idents(self, folder):
        return sorted(i.message_id for i in self.items(folder))

    def update(self, item, **fields):
        """fields: read=True, flagged=True, categories=["A", ...], verb=102"""
        made = []

        def set_field(uri, content):
            made.append(f'<t:SetItemField>{uri}<t:Message>{content}</t:Message></t:SetItemField>')
        for name, value in fields.items():
            if name == "read":
                set_field('<t:FieldURI FieldURI="message:IsRead"/>',
                          f"<t:IsRead>{str(value).lower()}</t:IsRead>")
            elif name == "flagged":
                set_field('<t:FieldURI FieldURI="item:Flag"/>', "<t:Flag><t:FlagStatus>"
                          f"{'Flagged' if value else 'NotFlagged'}</t:FlagStatus></t:Flag>")
            elif name == "categories" and not value:
                made.append('<t:DeleteItemField><t:FieldURI FieldURI="item:Categories"/>'
                            "</t:DeleteItemField>")
            elif name == "categories":
                names = "".join(f"<t:String>{escape(c)}</t:String>" for c in value)
                set_field('<t:FieldURI FieldURI="item:Categories"/>',
                          f"<t:Categories>{names}</t:Categories>")
            elif name == "verb":
                set_field(VERB, f"<t:ExtendedProperty>{VERB}<t:Value>{value}</t:Value>"
                                "</t:ExtendedProperty>")
        self.call('<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"'
                  f" SuppressReadReceipts=\"true\"><m:ItemChanges><t:ItemChange>{item.ref()}"
                  f"<t:Updates>{''.join(made)}</t:Updates></t:ItemChange></m:ItemChanges>"
                  "</m:UpdateItem>")

    def move(self, item, folder):
        self.call(f"<m:MoveItem><m:ToFolderId>{self.folder(folder)}</m:ToFolderId>"
                  f"<m:ItemIds>{item.ref()}</m:ItemIds></m:MoveItem>")

    def delete(self, item):
        self.call('<m:DeleteItem DeleteType="SoftDelete"><m:ItemIds>'
                  f"{item.ref()}</m:ItemIds></m:DeleteItem>")

    def create_folder(self, name, folder_class="IPF.Note"):
        self.call('<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="msgfolderroot"/>'
                  f"</m:ParentFolderId><m:Folders><t:Folder><t:FolderClass>{folder_class}"
                  f"</t:FolderClass><t:DisplayName>{escape(name)}</t:DisplayName></t:Folder>"
                  "</m:Folders></m:CreateFolder>")

    def rename_folder(self, name, to):
        self.call(f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{self.folder(name)}<t:Updates>"
                  '<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/><t:Folder>'
                  f"<t:DisplayName>{escape(to)}</t:DisplayName></t:Folder></t:SetFolderField>"
                  "</t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>")
