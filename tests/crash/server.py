"""The mailbox as the server has it, asked by requests of our own: a second witness beside
IMAP, which shares no code with the daemon."""
import base64
import http.client
import re
from xml.etree import ElementTree
from xml.sax.saxutils import escape

T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
NS = ('xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
      'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
      'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"')
VERB = '<t:ExtendedFieldURI PropertyTag="0x1081" PropertyType="Integer"/>'
SHAPE = ("<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
         "<t:IncludeMimeContent>true</t:IncludeMimeContent><t:AdditionalProperties>"
         '<t:FieldURI FieldURI="message:IsRead"/><t:FieldURI FieldURI="item:Flag"/>'
         '<t:FieldURI FieldURI="item:Categories"/><t:FieldURI FieldURI="item:ItemClass"/>'
         f"{VERB}</t:AdditionalProperties></m:ItemShape>")
IDS = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
NOT_MAIL = ("IPF.Appointment", "IPF.Contact", "IPF.Task", "IPF.StickyNote", "IPF.Journal")


class Refused(Exception):
    """The server's answer is an error: its code."""


class Server:
    def __init__(self, port, user, password):
        self.port = port
        self.auth = base64.b64encode(f"{user}:{password}".encode()).decode()

    def call(self, body):
        envelope = (f"<s:Envelope {NS}><s:Header><t:RequestServerVersion "
                    'Version="Exchange2013_SP1"/></s:Header>'
                    f"<s:Body>{body}</s:Body></s:Envelope>")
        r, text = self._post(envelope)
        root = ElementTree.fromstring(text)
        code = root.find(f".//{M}ResponseCode")
        if r.status != 200 or (code is not None and code.text != "NoError"):
            raise Refused(code.text if code is not None else r.status)
        return root

    def _post(self, envelope):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            c.request("POST", "/EWS/Exchange.asmx", envelope.encode(),
                      {"Authorization": "Basic " + self.auth,
                       "X-Bystander": "faults are for the daemon"})
            r = c.getresponse()
            return r, r.read()
        finally:
            c.close()

    def folders(self):
        """Mail folders: {path as in IMAP: id}."""
        root = self.call('<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default'
                         '</t:BaseShape><t:AdditionalProperties>'
                         '<t:FieldURI FieldURI="folder:ParentFolderId"/>'
                         '<t:FieldURI FieldURI="folder:FolderClass"/>'
                         '</t:AdditionalProperties></m:FolderShape><m:ParentFolderIds>'
                         '<t:DistinguishedFolderId Id="msgfolderroot"/>'
                         "</m:ParentFolderIds></m:FindFolder>")
        rows = {}
        for f in root.find(f".//{T}Folders"):
            kind = f.findtext(f"{T}FolderClass") or ""
            if kind in NOT_MAIL or f.tag in (T + "CalendarFolder", T + "ContactsFolder",
                                             T + "TasksFolder"):
                continue
            rows[f.find(f"{T}FolderId").get("Id")] = (
                f.findtext(f"{T}DisplayName"), f.find(f"{T}ParentFolderId").get("Id"))

        def path(fid):
            name, parent = rows[fid]
            name = name.replace("%", "%25").replace("/", "%2F")
            if parent in rows:
                return path(parent) + "/" + name
            return "INBOX" if name == "Inbox" else name
        return {path(fid): fid for fid in rows}

    def ids(self, folder_id):
        root = self.call(f'<m:FindItem Traversal="Shallow">{IDS}<m:IndexedPageItemView '
                         'MaxEntriesReturned="1000" Offset="0" BasePoint="Beginning"/>'
                         f'<m:ParentFolderIds><t:FolderId Id="{folder_id}"/>'
                         "</m:ParentFolderIds></m:FindItem>")
        return [i.get("Id") for i in root.iter(T + "ItemId")]

    def items(self, folder_id):
        """[(octets, set of flags and categories)]"""
        ids = self.ids(folder_id)
        if not ids:
            return []
        root = self.call(f"<m:GetItem>{SHAPE}<m:ItemIds>"
                         + "".join(f'<t:ItemId Id="{i}"/>' for i in ids)
                         + "</m:ItemIds></m:GetItem>")
        found = []
        for holder in root.iter(M + "Items"):
            for item in holder:
                found.append((base64.b64decode(item.findtext(T + "MimeContent") or ""),
                              flags_of(item)))
        return found

    # ---- changes, as another client of the server makes them

    def message_id(self, item_id):
        root = self.call('<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
                         '<t:AdditionalProperties><t:FieldURI '
                         'FieldURI="message:InternetMessageId"/></t:AdditionalProperties>'
                         '</m:ItemShape><m:ItemIds>'
                         f'<t:ItemId Id="{item_id}"/></m:ItemIds></m:GetItem>')
        return root.findtext(f".//{T}InternetMessageId") or "<none@example.test>"

    def find(self, folder_id, message_id):
        """Ids of the items of a folder with that Message-ID."""
        root = self.call('<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly'
                         '</t:BaseShape><t:AdditionalProperties><t:FieldURI '
                         'FieldURI="message:InternetMessageId"/></t:AdditionalProperties>'
                         '</m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="1000" '
                         'Offset="0" BasePoint="Beginning"/><m:ParentFolderIds>'
                         f'<t:FolderId Id="{folder_id}"/></m:ParentFolderIds></m:FindItem>')
        return [m.find(T + "ItemId").get("Id") for m in root.iter(T + "Message")
                if m.findtext(T + "InternetMessageId") == message_id]

    def move(self, item_id, folder_id):
        self.call(f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder_id}"/></m:ToFolderId>'
                  f'<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:MoveItem>')

    def delete(self, item_id):
        self.call('<m:DeleteItem DeleteType="SoftDelete"><m:ItemIds>'
                  f'<t:ItemId Id="{item_id}"/></m:ItemIds></m:DeleteItem>')

    def update(self, item_id, field, element):
        self.call('<m:UpdateItem ConflictResolution="AlwaysOverwrite" '
                  'MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>'
                  f'<t:ItemId Id="{item_id}"/><t:Updates><t:SetItemField>'
                  f'<t:FieldURI FieldURI="{field}"/><t:Message>{element}</t:Message>'
                  "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
                  "</m:UpdateItem>")

    def set_read(self, item_id, on):
        self.update(item_id, "message:IsRead",
                    f"<t:IsRead>{'true' if on else 'false'}</t:IsRead>")

    def set_flag(self, item_id, on):
        status = "Flagged" if on else "NotFlagged"
        self.update(item_id, "item:Flag",
                    f"<t:Flag><t:FlagStatus>{status}</t:FlagStatus></t:Flag>")

    def set_categories(self, item_id, names):
        self.update(item_id, "item:Categories", "<t:Categories>" + "".join(
            f"<t:String>{escape(n)}</t:String>" for n in names) + "</t:Categories>")

    def create_folder(self, parent_id, name):
        self.call(f'<m:CreateFolder><m:ParentFolderId><t:FolderId Id="{parent_id}"/>'
                  "</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>"
                  f"{escape(name)}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>")

    def delete_folder(self, folder_id):
        self.call('<m:DeleteFolder DeleteType="SoftDelete"><m:FolderIds>'
                  f'<t:FolderId Id="{folder_id}"/></m:FolderIds></m:DeleteFolder>')

    def rename_folder(self, folder_id, name):
        self.call(f'<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId '
                  f'Id="{folder_id}"/><t:Updates><t:SetFolderField><t:FieldURI '
                  'FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>'
                  f"{escape(name)}</t:DisplayName></t:Folder></t:SetFolderField></t:Updates>"
                  "</t:FolderChange></m:FolderChanges></m:UpdateFolder>")


def flags_of(item):
    flags = set()
    if item.findtext(T + "IsRead") == "true":
        flags.add("\\Seen")
    if item.findtext(f"{T}Flag/{T}FlagStatus") == "Flagged":
        flags.add("\\Flagged")
    for p in item.iter(T + "ExtendedProperty"):
        verb = p.findtext(T + "Value")
        flags |= {"102": {"\\Answered"}, "103": {"\\Answered"},
                  "104": {"$Forwarded"}}.get(verb, set())
    for name in item.findall(f"{T}Categories/{T}String"):
        flags.add(re.sub(r"[^A-Za-z0-9._-]", lambda m: f"={ord(m[0]):02X}", name.text))
    return flags
