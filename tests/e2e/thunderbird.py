#!/usr/bin/python3
"""Thunderbird as a person uses it: set up from nothing, read, flagged, tagged, moved, deleted,
composed with an attachment, sent, told of new mail, closed and opened again after changes on
both sides. Pictures go to the directory that is the second argument (default: beside the build).

Slow, and its packages are big: run by ./bootstrap clients, not by ./bootstrap test."""
import os
import sys

import checks
import common
from common import ALICE, BOB
from thunderbird_driver import Thunderbird, workplace

SHOTS = sys.argv[2] if len(sys.argv) > 2 else os.path.join(common.BUILD, "thunderbird")
ATTACHMENT = bytes(range(256)) * 1500

ACCOUNT = r"""
const [imap, smtp, user, password] = args;
const login = async (origin) => {
  const info = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
  info.init(origin, null, origin, user, password, "", "");
  await Services.logins.addLoginAsync(info);
};
await login("imap://127.0.0.1"); await login("smtp://127.0.0.1");
const server = MailServices.accounts.createIncomingServer(user, "127.0.0.1", "imap");
server.port = imap; server.socketType = 0; server.authMethod = 3; server.prettyName = user;
const out = MailServices.outgoingServer.createServer("smtp");
out.QueryInterface(Ci.nsISmtpServer);
out.hostname = "127.0.0.1"; out.port = smtp; out.username = user;
out.socketType = 0; out.authMethod = 3;
MailServices.outgoingServer.defaultServer = out;
const identity = MailServices.accounts.createIdentity();
identity.email = user; identity.fullName = "Alice"; identity.composeHtml = false;
identity.smtpServerKey = out.key; identity.valid = true;
const made = MailServices.accounts.createAccount();
made.addIdentity(identity); made.incomingServer = server;
MailServices.accounts.defaultAccount = made;
server.valid = true; server.loginAtStartUp = true; server.password = password;
return true;
"""
OPEN = r"""
const inbox = await until(() => folder(args[0]), "the folder " + args[0]);
await until(() => pane()?.document.readyState == "complete", "the folder pane");
pane().displayFolder(inbox.URI);
inbox.getNewMessages(null, null);
await until(() => inbox.getTotalMessages(false) >= args[1], args[1] + " messages");
await until(() => pane().gDBView?.viewFolder == inbox && pane().gDBView.rowCount >= args[1],
  "the rows of the list");
"""
FOLDERS = r"""
root.server.performExpand(win.msgWindow ?? null);
pane().displayFolder(root.URI);
await until(() => folder("Archiv") && folder("Sent Items") && folder("Junk Email"),
  "the list of folders");
const names = {Inbox: 0x1000, Trash: 0x100, Sent: 0x200, Drafts: 0x400, Junk: 0x40000000};
const found = {};
for (const [name, flag] of Object.entries(names))
  found[name] = root.descendants.filter(f => f.flags & flag).map(f => f.name);
found.all = root.descendants.map(f => f.name);
return found;
"""
SHOW = r"""
const f = folder("INBOX"), view = pane().gDBView;
const header = byId(f, args[0]);
const row = view.findIndexOfMsgHdr(header, true);
pane().threadTree.scrollToIndex(row, true);
pane().threadTree.selectedIndex = row;
const browser = await until(() => pane().messageBrowser?.contentDocument
  ?.getElementById("messagepane"), "the message pane");
const text = await until(() => {
  const t = browser.contentDocument?.body?.textContent;
  return t?.includes(args[1]) && t;
}, "the text " + args[1]);
const doc = pane().messageBrowser.contentDocument;
await until(() => doc.getElementById("expandedsubjectBox").textContent.includes(args[2]),
  "the subject");
return text;
"""
HEADERS = r"""
const f = folder(args[0]);
await until(() => f.getTotalMessages(false) >= args[1], args[1] + " messages");
return [...f.messages].map(m => [m.messageId, m.mime2DecodedSubject, m.isRead, m.isFlagged,
  m.getStringProperty("keywords")]);
"""
MARK = r"""
const f = folder("INBOX"), m = byId(f, args[0]);
m.folder.markMessagesRead([m], true);
m.folder.markMessagesFlagged([m], true);
m.folder.addKeywordsToMessages([m], "$label1");
"""
MOVE = r"""
const f = folder("INBOX"), m = byId(f, args[0]);
await new Promise((resolve, reject) => MailServices.copy.copyMessages(f, [m], folder(args[1]), true,
  {onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() {},
   onStopCopy(status) { Components.isSuccessCode(status) ? resolve() : reject(status); }},
  null, false));
await until(() => !byId(f, args[0]), "its absence in the list");
"""
DELETE = r"""
const f = folder("INBOX"), m = byId(f, args[0]);
const view = pane().gDBView, row = view.findIndexOfMsgHdr(m, true);
pane().threadTree.selectedIndex = row;
win.goDoCommand("cmd_delete");
await until(() => !byId(f, args[0]), "its absence in the list");
"""
JUNK = r"""
const f = folder("INBOX"), m = byId(f, args[0]);
pane().threadTree.selectedIndex = pane().gDBView.findIndexOfMsgHdr(m, true);
await sleep(300);
win.goDoCommand("cmd_markAsJunk");
"""
COMPOSE = r"""
const [to, subject, body, path] = args;
const fields = Cc["@mozilla.org/messengercompose/composefields;1"]
  .createInstance(Ci.nsIMsgCompFields);
const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
file.initWithPath(path);
const attachment = Cc["@mozilla.org/messengercompose/attachment;1"]
  .createInstance(Ci.nsIMsgAttachment);
attachment.url = Services.io.newFileURI(file).spec;
attachment.name = file.leafName; attachment.size = file.fileSize;
fields.addAttachment(attachment);
fields.to = to; fields.bcc = "carol@example.test"; fields.subject = subject; fields.body = body;
const identity = account.defaultIdentity;
fields.from = identity.email;
const params = Cc["@mozilla.org/messengercompose/composeparams;1"]
  .createInstance(Ci.nsIMsgComposeParams);
params.identity = identity; params.composeFields = fields;
params.type = Ci.nsIMsgCompType.New; params.format = Ci.nsIMsgCompFormat.PlainText;
MailServices.compose.OpenComposeWindowWithParams(null, params);
const compose = await until(() => {
  const w = Services.wm.getMostRecentWindow("msgcompose");
  return w?.document.readyState == "complete" && w.gMsgCompose?.editor && w;
}, "the compose window");
compose.moveTo(150, 80);
await until(() => compose.document.getElementById("msgSubject").value == subject, "its subject");
await sleep(1500);
"""
COMMAND = r"""
const compose = Services.wm.getMostRecentWindow("msgcompose");
compose.goDoCommand(args[0]);
"""
CLOSED = r"""
await until(() => !Services.wm.getMostRecentWindow("msgcompose"), "the end of sending");
"""
SAVED = r"""
const compose = Services.wm.getMostRecentWindow("msgcompose");
await until(() => !compose.gContentChanged && !compose.gWindowLocked, "the saved draft");
"""

OFFLINE = r"""
const manager = Cc["@mozilla.org/messenger/offline-manager;1"]
  .getService(Ci.nsIMsgOfflineManager);
manager.synchronizeForOffline(false, false, false, true, win.msgWindow);
await until(() => Services.io.offline, "offline");
const f = folder("INBOX"), m = byId(f, args[0]);
f.markMessagesRead([m], true);
f.markMessagesFlagged([m], true);
"""
ONLINE = r"""
const manager = Cc["@mozilla.org/messenger/offline-manager;1"]
  .getService(Ci.nsIMsgOfflineManager);
Services.io.offline = false;
manager.goOnline(false, true, win.msgWindow);
"""


def idents_of(rows):
    return sorted(f"<{r[0]}>" for r in rows)


def set_up(tb, case):
    tb.js(ACCOUNT, case.p.imap_port, case.p.smtp_port, ALICE, case.p.BRIDGE_PASSWORD)
    found = tb.js(FOLDERS)
    assert found["Sent"] == ["Sent Items"] and found["Trash"] == ["Deleted Items"], found
    assert found["Drafts"] == ["Drafts"] and found["Junk"] == ["Junk Email"], found
    assert len(found["Inbox"]) == 1 and "Calendar" not in found["all"], found


def read(tb, case):
    tb.js(OPEN, "INBOX", 8)
    rows = tb.js(HEADERS, "INBOX", 8)
    assert idents_of(rows) == case.alice.idents("INBOX"), rows
    assert "Gerüst 2" in [r[1] for r in rows], rows
    tb.shot("1-inbox")
    text = tb.js(SHOW, "e2e-4@example.test", "Text 4", "Nachricht 4: Brücke")
    assert "Messwerte für März.bin" in text and "tabelle.csv" in text, text
    tb.shot("2-message-with-attachments")
    text = tb.js(SHOW, "e2e-2@example.test", "Das Gerüst Nr. 2 steht", "Gerüst 2")
    assert "\n.Punkt am Anfang" in text, text
    for number in (2, 4):
        case.eventually("read at Exchange", lambda n=number: case.alice.find(
            "INBOX", f"<e2e-{n}@example.test>").read)


def mark(tb, case):
    tb.js(MARK, "e2e-1@example.test")

    def there():
        item = case.alice.find("INBOX", "<e2e-1@example.test>")
        return item.flagged and item.read and item.categories == ["Important"]
    case.eventually("read, starred, tagged Important", there)
    case.alice.update(case.alice.find("INBOX", "<e2e-3@example.test>"), categories=["To Do"])
    case.eventually("Outlook's category as a tag", lambda: "$label4" in next(
        r[4] for r in tb.js(HEADERS, "INBOX", 8) if r[0] == "e2e-3@example.test"))
    tb.shot("3-starred-and-tagged")


def move(tb, case):
    tb.js(MOVE, "e2e-5@example.test", "Archiv")
    item = case.eventually("the move", lambda: case.alice.find("Archiv", "<e2e-5@example.test>", 1))
    assert checks.canonical(item.mime) == checks.canonical(
        case.mailbox.originals["<e2e-5@example.test>"])
    assert not case.alice.find("INBOX", "<e2e-5@example.test>")
    tb.js(DELETE, "e2e-6@example.test")
    case.eventually("it is in Deleted Items", lambda: case.alice.find(
        "Deleted Items", "<e2e-6@example.test>"))
    assert not case.alice.find("INBOX", "<e2e-6@example.test>")


def junk(tb, case):
    tb.js(JUNK, "e2e-7@example.test")
    case.eventually("it is junk here alone", lambda: "junk" in next(
        (r[4] for r in tb.js(HEADERS, "INBOX", 1) if r[0] == "e2e-7@example.test"), "junk").lower())
    item = next(filter(None, (case.alice.find(f, "<e2e-7@example.test>")
                              for f in ("INBOX", "Junk Email"))))
    assert item.categories == [], item.categories


def compose(tb, case, where):
    path = os.path.join(where, "Maße & Pläne.bin")
    with open(path, "wb") as f:
        f.write(ATTACHMENT)
    tb.js(COMPOSE, BOB, "Grüße aus Thunderbird — ß", "Erste Zeile\n.\n.zweite\n", path)
    tb.shot("4-compose")
    tb.js(COMMAND, "cmd_saveAsDraft")
    tb.js(SAVED)
    case.eventually("the draft at Exchange", lambda: len(case.alice.items("Drafts")) == 1)
    tb.js(COMMAND, "cmd_sendNow")
    tb.js(CLOSED)
    item = case.eventually("the mail at bob's", lambda: next(iter(case.bob.items("INBOX", 1)), None))
    subject, parts = checks.content(item.mime)
    assert subject == "Grüße aus Thunderbird — ß", subject
    assert parts[0][2].strip() == b"Erste Zeile\r\n.\r\n.zweite", parts[0]
    assert parts[1][1:] == ("Maße & Pläne.bin", ATTACHMENT), parts[1][1]
    assert b"carol" not in item.mime
    case.eventually("all is settled", lambda: checks.settled(case))
    sent = [i for i in case.alice.items("Sent Items") if i.subject == subject]
    assert len(sent) == 1, f"{len(sent)} copies in Sent"
    assert sent[0].read, "the copy in Sent is unread"
    case.eventually("no draft is left", lambda: not case.alice.items("Drafts"))
    tb.js(OPEN, "Sent Items", 3)
    tb.shot("5-sent")
    rows = tb.js(HEADERS, "Sent Items", 3)
    assert [r[1] for r in rows].count(subject) == 1, rows


def push(tb, case):
    tb.js(OPEN, "INBOX", 4)
    before = len(tb.js(HEADERS, "INBOX", 1))
    case.p.deliver(ALICE, "inbox", common.message(903, "html"))
    rows = tb.js(HEADERS, "INBOX", before + 1)  # nobody asks for new mail
    assert "e2e-903@example.test" in [r[0] for r in rows]
    tb.js(OPEN, "INBOX", before + 1)
    tb.shot("6-new-mail")


def offline(tb, case):
    """Both sides change something while Thunderbird is offline."""
    ident = "<e2e-8@example.test>"
    tb.js(OFFLINE, "e2e-8@example.test")
    case.alice.update(case.alice.find("INBOX", ident), categories=["Later"])
    case.alice.update(case.alice.find("INBOX", "<e2e-4@example.test>"), flagged=True)
    assert not case.alice.find("INBOX", ident).flagged
    tb.js(ONLINE)

    def both():
        item = case.alice.find("INBOX", ident)
        tb.js(OPEN, "INBOX", 1)
        rows = {r[0]: r for r in tb.js(HEADERS, "INBOX", 1)}
        return item.flagged and item.read and item.categories == ["Later"] and \
            rows["e2e-4@example.test"][3] and "$label5" in rows["e2e-8@example.test"][4]
    case.eventually("both sides' changes", both)


def resync(tb, case):
    """Closed, changed on both sides, opened again: the same as at Exchange."""
    tb.end()
    assert case.p.daemon.stop() == 0
    checks.change_elsewhere(case)
    case.p.start_daemon()
    tb.begin()

    def same():
        tb.js(OPEN, "INBOX", 1)
        got = {f"<{r[0]}>": (r[2], r[3]) for r in tb.js(HEADERS, "INBOX", 1)}
        same.last = got
        return got == {i.message_id: (i.read, i.flagged) for i in case.alice.items("INBOX")}
    case.eventually("the Inbox as Exchange has it", same)
    tb.shot("7-after-restart")


def test():
    common.need("thunderbird", "Xvfb", "import")
    with checks.Case() as case, workplace() as where, Thunderbird(where, SHOTS) as tb:
        print("Thunderbird", tb.js("return Services.appinfo.version;"))
        set_up(tb, case)
        read(tb, case)
        mark(tb, case)
        move(tb, case)
        junk(tb, case)
        compose(tb, case, where)
        push(tb, case)
        offline(tb, case)
        resync(tb, case)
        tb.end()
    print("pictures:", SHOTS)


if __name__ == "__main__":
    common.main(test)
