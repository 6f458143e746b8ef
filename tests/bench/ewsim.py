#!/usr/bin/python3
"""How fast the simulator is, so that it is never the bottleneck of another benchmark:

    ewsim.py BUILD [ITEMS]      1000000 if not told

Prints start time and memory of a generated mailbox, and the rates of a full listing and of
GetItem in batches, with and without MIME. CPU seconds are the simulator's own."""
import base64
import http.client
import os
import re
import subprocess
import sys
import time

NS = ('xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
      'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
      'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"')
LOGIN = base64.b64encode(b"alice@example.test:alice").decode()
IDS = "<t:BaseShape>IdOnly</t:BaseShape>"
INDEX = IDS + "<t:AdditionalProperties>" + "".join(
    f'<t:FieldURI FieldURI="{f}"/>' for f in
    ("item:Subject", "item:DateTimeReceived", "item:Size", "message:IsRead", "item:IsDraft",
     "item:Categories", "item:Flag", "message:InternetMessageId")) + "".join(
    f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>' for tag, kind in
    (("0x0E23", "Integer"), ("0x300B", "Binary"), ("0x1081", "Integer"), ("0x0E07", "Integer"))
    ) + "</t:AdditionalProperties>"
MIME = IDS + "<t:IncludeMimeContent>true</t:IncludeMimeContent>"


class Sim:
    def __init__(self, build, items):
        began = time.monotonic()
        self.child = subprocess.Popen([os.path.join(build, "ewsim"), "--listen", "127.0.0.1:0",
                                       "--mailbox", f"generate:{items}"], stdout=subprocess.PIPE,
                                      text=True)
        port = int(re.match(r"listening \S+:(\d+) ", self.child.stdout.readline())[1])
        assert self.child.stdout.readline() == "ready\n"
        self.start_s = time.monotonic() - began
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def call(self, body):
        self.http.request("POST", "/EWS/Exchange.asmx",
                          f"<s:Envelope {NS}><s:Body>{body}</s:Body></s:Envelope>",
                          {"Authorization": "Basic " + LOGIN})
        r = self.http.getresponse()
        text = r.read()
        assert r.status == 200, text[:1000]
        return text

    def cpu_s(self):
        with open(f"/proc/{self.child.pid}/stat", encoding="ascii") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self, what="VmRSS"):
        with open(f"/proc/{self.child.pid}/status", encoding="ascii") as f:
            return int(re.search(what + r":\s+(\d+)", f.read())[1]) / 1024

    def stop(self):
        self.child.terminate()
        return self.child.wait(120)


def listing(sim):
    """All of the Inbox by SyncFolderItems. Return: some ids."""
    state, ids, count, last = "", [], 0, False
    while not last:
        text = sim.call(f"<m:SyncFolderItems><m:ItemShape>{IDS}</m:ItemShape><m:SyncFolderId>"
                        f'<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>{state}'
                        "<m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems>")
        at = text.index(b"<m:SyncState>")
        state = text[at:text.index(b"</m:SyncState>") + 14].decode()
        last = b"LastItemInRange>true" in text
        count += text.count(b"<t:Create>")
        if len(ids) < 20000:
            ids += re.findall(rb"<t:ItemId [^/]*/[^>]*/>", text)
    return [i.decode() for i in ids], count


def rate(sim, name, count, run):
    began, cpu = time.monotonic(), sim.cpu_s()
    run()
    wall, cpu = time.monotonic() - began, sim.cpu_s() - cpu
    print(f"{name:34} {count:8} items  {count / wall:9.0f}/s  {count / max(cpu, 0.01):9.0f} per "
          f"CPU second  {sim.memory_mib():7.0f} MiB", flush=True)


def get(sim, ids, shape, batch):
    for i in range(0, len(ids), batch):
        text = sim.call(f"<m:GetItem><m:ItemShape>{shape}</m:ItemShape><m:ItemIds>"
                        + "".join(ids[i:i + batch]) + "</m:ItemIds></m:GetItem>")
        assert text.count(b"NoError") == len(ids[i:i + batch])


def main():
    items = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
    sim = Sim(sys.argv[1], items)
    print(f"{items} items generated in {sim.start_s:.1f} s, {sim.memory_mib():.0f} MiB", flush=True)
    found = {}

    def list_all():
        found["ids"], found["count"] = listing(sim)
    rate(sim, "SyncFolderItems, pages of 512", items, list_all)
    assert found["count"] == items, found["count"]
    ids = found["ids"]
    for name, shape, batch in (("GetItem of the index, 100 a call", INDEX, 100),
                               ("GetItem of the index, 500 a call", INDEX, 500),
                               ("GetItem with MIME, 10 a call", MIME, 10)):
        rate(sim, name, len(ids), lambda s=shape, b=batch: get(sim, ids, s, b))
    for offset in (0, items // 2, max(items - 500, 0)):
        rate(sim, f"FindItem, 500 from {offset}", min(500, items), lambda o=offset: sim.call(
            f'<m:FindItem Traversal="Shallow"><m:ItemShape>{IDS}</m:ItemShape>'
            f'<m:IndexedPageItemView MaxEntriesReturned="500" Offset="{o}" '
            'BasePoint="Beginning"/><m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI '
            'FieldURI="item:DateTimeReceived"/></t:FieldOrder></m:SortOrder><m:ParentFolderIds>'
            '<t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'))
    print(f"peak memory {sim.memory_mib('VmHWM'):.0f} MiB")
    assert sim.stop() == 0


if __name__ == "__main__":
    main()
