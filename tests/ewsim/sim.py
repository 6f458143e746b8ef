"""What the tests of ewsim share: a running simulator, and requests by hand that are held to
Microsoft's schema where that is at hand (PASSERELLE_SHARED, or ../shared beside the project)."""
import base64
import http.client
import os
import re
import socket
import subprocess
import sys

try:
    from lxml import etree
except ImportError:
    print("skipped: no lxml")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("PASSERELLE_SHARED", os.path.join(HERE, "../../../shared"))
XSD = os.path.join(SHARED, "ews/schema/exchange-se-15.2.2562.17/ews-all.xsd")
SCHEMA = None
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


def schema():
    """Compiled once; None without the files: then nothing is validated."""
    global SCHEMA
    if SCHEMA is None and os.path.exists(XSD):
        SCHEMA = etree.XMLSchema(etree.parse(XSD))
    return SCHEMA


def need_schema():
    if not os.path.exists(XSD):
        print("skipped: no schema")
        sys.exit(77)


class Sim:
    """ewsim as a child process; the first argument of the test is the program."""

    def __init__(self, *args):
        self.process = subprocess.Popen([sys.argv[1], "--listen", "127.0.0.1:0", *args],
                                        stdout=subprocess.PIPE, text=True)
        m = re.match(r"listening \S+:(\d+) control \S+:(\d+)(?: https \S+:(\d+))?",
                     self.process.stdout.readline())
        self.port, self.control_port = int(m[1]), int(m[2])
        self.https_port = int(m[3]) if m[3] else None
        assert self.process.stdout.readline() == "ready\n"
        self.schema = schema()

    def valid(self, text, what):
        doc = etree.fromstring(text.encode())
        if self.schema and not self.schema.validate(doc):
            raise AssertionError(f"{what}: {self.schema.error_log}\n{text[:3000]}")
        return text

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, c, body, user="alice", header="", extra=()):
        """A request over connection @c. Return: the response, not read yet."""
        header = f"<s:Header>{header}</s:Header>" if header else ""
        env = self.valid(f"<s:Envelope {NS}>{header}<s:Body>{body}</s:Body></s:Envelope>",
                         "request")
        login = base64.b64encode(f"{user}@example.test:{user}".encode()).decode()
        c.request("POST", "/EWS/Exchange.asmx", env.encode(),
                  {"Authorization": "Basic " + login, "Content-Type": "text/xml", **dict(extra)})
        return c.getresponse()

    def raw(self, body, user="alice", header="", extra=()):
        c = self.connect()
        return c, self.ask(c, body, user, header, extra)

    def call(self, body, user="alice", header=""):
        c, r = self.raw(body, user, header)
        text = r.read().decode()
        c.close()
        assert r.status in (200, 500), r.status
        return self.valid(text, "answer") if r.status == 200 else text

    def control(self, line, octets=b""):
        with socket.create_connection(("127.0.0.1", self.control_port)) as s:
            s.sendall(line.encode() + b"\n" + octets)
            text = b""
            while not re.search(rb"^(ok|error.*)\n\Z", text, re.M):
                got = s.recv(4096)
                assert got
                text += got
        assert text.endswith(b"ok\n"), text
        return text.decode()

    def set(self, **settings):
        for name, value in settings.items():
            self.control(f"set {name.replace('_', '-')} {value}")

    def defaults(self):
        """All switches as they were, no fault waiting."""
        for line in self.control("settings").splitlines()[:-1]:
            name, now, default, _ = line.split(" ", 3)
            if now != default:
                self.control(f"set {name} {default}")
        self.control("clear")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def ids(text, kind="ItemId"):
    return re.findall(rf'<t:{kind} (Id="[^"]+" ChangeKey="[^"]+")/>', text)


def sync(sim, folder, state="", user="alice", size=512):
    state = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    text = sim.call(f"<m:SyncFolderItems>{IDS}<m:SyncFolderId><t:DistinguishedFolderId "
                    f'Id="{folder}"/></m:SyncFolderId>{state}<m:MaxChangesReturned>{size}'
                    "</m:MaxChangesReturned></m:SyncFolderItems>", user)
    m = re.search("<m:SyncState>?(.*?)(</m:SyncState|/)>", text)
    return text, m[1] if m else ""


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




def distinguished(folder):
    return f'<t:DistinguishedFolderId Id="{folder}"/>'


GET_INBOX = ("<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
             f"<m:FolderIds>{distinguished('inbox')}</m:FolderIds></m:GetFolder>")


def code_of(text):
    """The response codes of an answer, or of a fault."""
    return re.findall(r":ResponseCode[^>]*>(\w+)<", text)
