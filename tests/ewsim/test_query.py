#!/usr/bin/python3
"""FindItem's QueryString (AQS) in ewsim: what each query finds."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sim import IDS, Sim, create, flags, ids  # noqa: E402


def query_string(sim):
    """AQS: which of these is found by what."""
    mails = {
        "plan": b"From: Dean <dean@one.test>\r\nTo: Bob <bob@example.test>\r\nSubject: The project "
                b"plan\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n\r\nprogress of development\r\n",
        "production": b"From: Mack <mack@two.test>\r\nCc: Ann <ann@example.test>\r\nSubject: "
                      b"Production project\r\nDate: Tue, 6 Jan 2026 10:00:00 +0000\r\n\r\n" +
                      b"x" * 9000 + b"\r\n",
        "report": b"From: Eve <eve@one.test>\r\nTo: all@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC"
                  b"=C3=9Fe?=\r\nDate: Wed, 7 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
                  b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/"
                  b"plain\r\n\r\nsee there\r\n--b\r\nContent-Type: application/pdf; name=\"report"
                  b" one.pdf\"\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n",
    }
    names = {}
    for name, mime in mails.items():
        category = ("<t:Categories><t:String>Work things</t:String></t:Categories>"
                    if name == "production" else "")
        text = create(sim, category + flags(0 if name == "plan" else 1), folder="journal",
                      mime=mime)
        names[ids(text)[0].split()[0]] = name
    sim.call('<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
             '<t:DistinguishedFolderId Id="journal"/></m:SavedItemFolderId><m:Items><t:Task>'
             "<t:Subject>project task</t:Subject></t:Task></m:Items></m:CreateItem>")

    def ask(query):
        query = query.replace("<", "&lt;").replace(">", "&gt;")
        return sim.call(f'<m:FindItem Traversal="Shallow">{IDS}<m:ParentFolderIds>'
                        '<t:DistinguishedFolderId Id="journal"/></m:ParentFolderIds>'
                        f"<m:QueryString>{query}</m:QueryString></m:FindItem>")

    def found(query):
        return sorted(names.get(i.split()[0], "task") for i in ids(ask(query)))

    for query, want in {
            "subject:project": "plan production task", "Subject:PROJ": "plan production task",
            'subject:"project plan"': "plan", 'subject:"proj"': "", 'subject:"proj"*':
            "plan production task", "subject:project plan": "plan", "subject:plan project": "plan",
            "subject:(project plan)": "plan", "subject:roject": "", "subject:Grüß": "report",
            "progress": "plan", "body:progress": "plan", "subject:progress": "", "pdf": "report",
            "from:dean": "plan", "from:one.test": "plan report", 'from:"dean@one.test"': "plan",
            "to:bob": "plan", "cc:ann": "production", "participants:ann": "production",
            "attachment:report": "report", 'attachment:"one.pdf"': "report",
            "hasattachment:true": "report", "hasattachments:no": "plan production task",
            "kind:email": "plan production report", "kind:tasks": "task", "size:>5000":
            "production", "size: < 5000 AND kind:email": "plan report", "size:8000..20000":
            "production", "sent:1/6/2026": "production", "sent:>=2026-01-06 kind:email":
            "production report", "sent:1/5/2026..1/6/2026": "plan production",
            "sent:<1/6/2026 kind:email": "plan", "received:today kind:tasks": "task",
            "received:yesterday": "", "isread:false kind:email": "plan", "category:things": "production",
            "from:dean OR from:eve": "plan report", "project NOT from:mack kind:email": "plan",
            "NOT (from:dean OR from:mack) kind:email": "report", "project AND plan": "plan",
            "kind:email AND (plan OR cc:ann)": "plan production", "importance:normal from:eve":
            "report", "nowhere:to": "", "": "plan production report task",
            'subject:"project': "plan production task", "((((project": "plan production task",
            ")": "plan production report task"}.items():
        assert found(query) == sorted(want.split()), (query, found(query), want)
    assert "ErrorRestrictionTooComplex" in ask("a OR " * 300 + "b")
    assert "ErrorRestrictionTooComplex" in ask("NOT " * 10000 + "b")
    sim.control("set find-restricted-limit 2")
    assert len(found("project")) == 2
    sim.control("set find-restricted-limit 250")
    sim.control("set content-index off")
    assert "ErrorContentIndexingNotEnabled" in ask("project")
    sim.control("set content-index on")


with Sim("--mailbox", "empty") as server:
    query_string(server)
print("ok")
