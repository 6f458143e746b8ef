#!/usr/bin/python3
"""Every fault of docs/ewsim.md strikes when and how it says."""
import http.client
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sim import (GET_INBOX, IDS, Sim, code_of, create, distinguished, get, ids,  # noqa: E402
                 sync)

GONE = (http.client.HTTPException, ConnectionError)
ONLY_ID = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
SUBJECT = ('<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
           '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>')


def get_many(sim, items, shape=ONLY_ID):
    return ("<m:GetItem>" + shape + "<m:ItemIds>" +
            "".join(f"<t:ItemId {i}/>" for i in items) + "</m:ItemIds></m:GetItem>")


def when(sim):
    """N, SKIP+N, *, /K, P%"""
    def outcome(count):
        return "".join(".x"["ErrorServerBusy" in sim.call(GET_INBOX)] for _ in range(count))

    for order, wanted in (("2", "xx.."), ("2+1", "..x."), ("/2", ".x.x"), ("*", "xxxx"),
                          ("100%", "xxxx")):
        sim.control(f"fault GetFolder {order} busy")
        assert outcome(4) == wanted, order
        sim.control("clear")
    seen = []
    for _ in range(2):
        sim.control("fault GetFolder 30%:7 busy")
        seen.append(outcome(40))
        sim.control("clear")
    assert seen[0] == seen[1] and 2 < seen[0].count("x") < 25, seen
    sim.control("fault any 3 busy 10")
    sim.control("fault GetItem /3 item ErrorItemNotFound 2")
    assert "fault any 3 busy 10\nfault GetItem /3 item ErrorItemNotFound 2\n" in \
        sim.control("faults")
    sim.control("clear")
    for wrong in ("fault GetFolder 0x busy", "fault GetFolder 1 nonsense", "fault GetFolder 1",
                  "fault GetFolder 1 item", "fault GetFolder 0% busy"):
        try:
            sim.control(wrong)
        except AssertionError:
            continue
        raise AssertionError(wrong + " was taken")


def busy(sim):
    sim.control("fault GetFolder 1 busy 1500")
    text = sim.call(GET_INBOX)
    assert "<s:Fault>" in text and 'BackOffMilliseconds">1500<' in text
    sim.control("fault GetFolder 1 busy-message 1600")
    text = sim.call(GET_INBOX)
    assert code_of(text) == ["ErrorServerBusy"] and 'BackOffMilliseconds">1600<' in text
    items = [ids(create(sim))[0] for _ in range(2)]
    sim.control("fault GetItem 1 busy-inner 1700")
    text = sim.call(get_many(sim, items))
    assert code_of(text) == ["ErrorInternalServerError"] * 2
    assert 'InnerErrorResponseCode">ErrorServerBusy<' in text and ">1700<" in text
    sim.control("fault SyncFolderItems 1 busy-message 5")
    assert code_of(sync(sim, "inbox")[0]) == ["ErrorServerBusy"]


def statuses(sim):
    for status in (401, 403, 404, 429, 440, 500, 503):
        sim.control(f"fault GetFolder 1 http {status}")
        c, r = sim.raw(GET_INBOX)
        assert r.status == status and not r.getheader("Retry-After") and r.read() == b""
        assert (r.getheader("WWW-Authenticate") is not None) == (status == 401)
        # the connection is good for more
        assert "NoError" in sim.ask(c, GET_INBOX).read().decode()
        c.close()
    for status in (429, 503):
        sim.control(f"fault GetFolder 1 http {status} 7")
        c, r = sim.raw(GET_INBOX)
        assert r.status == status and r.getheader("Retry-After") == "7"
        c.close()
    for status in (200, 500):
        sim.control(f"fault GetFolder 1 html {status}")
        c, r = sim.raw(GET_INBOX)
        assert r.status == status and r.getheader("Content-Type").startswith("text/html")
        assert b"<form action" in r.read()
        c.close()
    sim.control("fault GetFolder 1 redirect https://mail.example.test/owa/auth/logon.aspx")
    c, r = sim.raw(GET_INBOX)
    assert r.status == 302 and r.getheader("Location").endswith("/logon.aspx")
    c.close()
    sim.control("fault GetFolder 1 fault ErrorMailboxStoreUnavailable")
    assert code_of(sim.call(GET_INBOX)) == ["ErrorMailboxStoreUnavailable"]
    sim.control("fault GetFolder 1 code ErrorMailboxMoveInProgress")
    assert code_of(sim.call(GET_INBOX)) == ["ErrorMailboxMoveInProgress"]
    sim.control("fault SyncFolderItems 1 sync-state")
    assert code_of(sync(sim, "inbox")[0]) == ["ErrorInvalidSyncStateData"]


def items(sim):
    ten = [ids(create(sim))[0] for _ in range(10)]
    sim.control("fault GetItem 1 item ErrorItemNotFound 4")
    codes = code_of(sim.call(get_many(sim, ten)))
    assert [i for i, c in enumerate(codes, 1) if c == "ErrorItemNotFound"] == [4, 8], codes
    sim.control("fault GetItem 1 stopped 3")
    text = sim.call(get_many(sim, ten))
    assert code_of(text) == ["NoError"] * 3 + ["ErrorBatchProcessingStopped"] * 7
    assert text.count('ResponseClass="Warning"') == 7
    _, state = sync(sim, "drafts")
    new = [ids(create(sim))[0] for _ in range(4)]
    sim.control("fault SyncFolderItems 1 vanish 2")
    text, state = sync(sim, "drafts", state)
    listed = ids(text)
    assert listed == new
    assert code_of(sim.call(get_many(sim, listed))) == ["NoError", "ErrorItemNotFound"] * 2
    assert sync(sim, "drafts", state)[0].count("<t:Delete>") == 2
    sim.control("fault MoveItem 1 item-late ErrorTimeoutExpired")
    text = sim.call(f"<m:MoveItem><m:ToFolderId>{distinguished('inbox')}</m:ToFolderId><m:ItemIds>"
                    f"<t:ItemId {listed[0]}/></m:ItemIds></m:MoveItem>")
    assert code_of(text) == ["ErrorTimeoutExpired"]
    assert code_of(get(sim, listed[0])) == ["ErrorItemNotFound"], "was moved nevertheless"


def cuts(sim):
    """The change happened or not, and the connection had served before."""
    def drafts():
        text = sim.call(f'<m:FindItem Traversal="Shallow">{IDS}<m:ParentFolderIds>'
                        f"{distinguished('drafts')}</m:ParentFolderIds></m:FindItem>")
        return len(ids(text))

    create_one = ('<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>x'
                  "</t:Subject></t:Message></m:Items></m:CreateItem>")
    for kind, done in (("cut-before", 0), ("cut-after", 1), ("truncate", 1),
                       ("truncate 20", 1)):
        before, c = drafts(), sim.connect()
        assert b"NoError" in sim.ask(c, GET_INBOX).read()
        sim.control(f"fault CreateItem 1 {kind}")
        try:
            got = sim.ask(c, create_one).read()
            raise AssertionError(f"{kind}: {got}")
        except http.client.IncompleteRead as e:
            assert kind.startswith("truncate") and e.expected > 0
            assert "20" not in kind or len(e.partial) == 20
        except GONE:
            assert kind.startswith("cut"), kind
        assert drafts() == before + done, kind
    sim.control("fault GetFolder 1 xml-cut")
    c, r = sim.raw(GET_INBOX)
    got = r.read()
    assert r.status == 200 and len(got) == int(r.getheader("Content-Length"))
    assert b"</s:Envelope>" not in got
    c.close()
    sim.control("fault GetFolder 1 drip 50 5")
    started = time.monotonic()
    assert "NoError" in sim.call(GET_INBOX) and time.monotonic() - started > 0.05
    sim.control("fault GetFolder 1 delay 60")
    started = time.monotonic()
    assert "NoError" in sim.call(GET_INBOX) and time.monotonic() - started > 0.05


def octets(sim):
    item = ids(create(sim))[0]
    for kind, wanted in (("bad-utf8", b"<t:Subject>\xc3\x28\xff\xed\xa0\x80Hi"),
                         ("bad-chars", b"<t:Subject>&#x0;&#x1;\x02")):
        sim.control(f"fault GetItem 1 {kind}")
        c, r = sim.raw(get_many(sim, [item], SUBJECT))
        assert wanted in r.read()
        c.close()


def subscribe(sim):
    text = sim.call('<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true">'
                    "<t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes>"
                    "</m:StreamingSubscriptionRequest></m:Subscribe>")
    return re.search("<m:SubscriptionId>(.*?)<", text)[1]


def stream(sim, subscription):
    return sim.raw("<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>" + subscription +
                   "</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>1"
                   "</m:ConnectionTimeout></m:GetStreamingEvents>")


def streams(sim):
    sub = subscribe(sim)
    for kind, last in (("stream-close", "Closed"), ("expired", "ErrorExpiredSubscription")):
        sim.control(f"fault GetStreamingEvents 1 {kind}")
        c, r = stream(sim, sub)
        text = r.read().decode()
        assert text.count("</Envelope>") == 2 and last in text, text
        c.close()
    c, r = stream(sim, sub)
    assert "ErrorSubscriptionNotFound" in r.read().decode()
    c.close()
    sub = subscribe(sim)
    sim.control("fault GetStreamingEvents 1 stream-cut")
    c, r = stream(sim, sub)
    try:
        text = r.read()
        raise AssertionError(text)
    except http.client.IncompleteRead as e:
        assert b"</Envelope>" in e.partial
    sim.control("fault GetStreamingEvents 1 stall")
    sim.set(heartbeat=0)
    c, r = stream(sim, sub)
    got = b""
    while b"</Envelope>" not in got:
        got += r.read1()
    create(sim)
    c.sock.settimeout(0.5)
    try:
        more = r.read1()
        raise AssertionError(more)
    except TimeoutError:
        pass
    c.close()
    sim.set(heartbeat=45)
    sim.control("expire-subscriptions")
    c, r = stream(sim, sub)
    assert "ErrorSubscriptionNotFound" in r.read().decode()
    c.close()
    sim.control("fault GetEvents 1 expired")
    assert "ErrorExpiredSubscription" in sim.call(
        f"<m:GetEvents><m:SubscriptionId>{sub}</m:SubscriptionId><m:Watermark>AA</m:Watermark>"
        "</m:GetEvents>")


def limits(sim):
    """Quota, rights, the clock."""
    item = ids(create(sim))[0]
    sim.set(quota_full="on")
    assert code_of(create(sim)) == ["ErrorQuotaExceeded"]
    copy = (f"<m:CopyItem><m:ToFolderId>{distinguished('inbox')}</m:ToFolderId><m:ItemIds>"
            f"<t:ItemId {item}/></m:ItemIds></m:CopyItem>")
    assert code_of(sim.call(copy)) == ["ErrorQuotaExceeded"]
    sim.set(quota_full="off")
    sim.control("rights alice Delete,Modify,CreateHierarchy Inbox")
    assert code_of(sim.call(copy)) == ["ErrorAccessDenied"]
    assert code_of(create(sim, folder="inbox")) == ["ErrorCreateItemAccessDenied"]
    assert code_of(sync(sim, "inbox")[0]) == ["ErrorAccessDenied"]
    text = sim.call(GET_INBOX)
    assert "<t:CreateContents>false<" in text and "<t:Delete>true<" in text
    sim.control("rights alice Read,CreateContents drafts")
    assert code_of(sim.call('<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>'
                            f"<t:ItemId {item}/></m:ItemIds></m:DeleteItem>")) == \
        ["ErrorAccessDenied"]
    for folder in ("drafts", "inbox"):
        sim.control("rights alice CreateContents,CreateHierarchy,Delete,Modify,Read " + folder)
    assert code_of(sim.call(copy)) == ["NoError"]
    sim.set(clock_skew=-7200)
    text = get(sim, ids(create(sim))[0], "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>"
               "</m:ItemShape>")
    made = re.search("DateTimeCreated>(.*?)<", text)[1]
    now = time.time() - 7200
    assert any(made == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - i))
               for i in range(90)), made
    c, r = sim.raw(GET_INBOX)
    assert time.strftime("%d %b %Y %H:", time.gmtime(now)) in r.getheader("Date") or \
        time.strftime("%d %b %Y %H:", time.gmtime(now - 60)) in r.getheader("Date")
    c.close()


def main():
    with Sim("--mailbox", "empty") as sim:
        for part in (when, busy, statuses, items, cuts, octets, streams, limits):
            part(sim)
            sim.defaults()
    print("ok")


main()
