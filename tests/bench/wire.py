"""EWS by hand for the benchmarks: the fastest that curl can fetch bodies, and mass moves."""
import base64
import os
import re
import subprocess
import tempfile
import time
import urllib.request

HEAD = ('<?xml version="1.0" encoding="utf-8"?><s:Envelope '
        'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" '
        'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">'
        '<s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header><s:Body>')
TAIL = "</s:Body></s:Envelope>"
# As bridge/sync_bodies.c has them.
BATCH_ITEMS, BATCH_BYTES = 50, 4 << 20


def call(p, user, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{p.ews_port}/EWS/Exchange.asmx", (HEAD + body + TAIL).encode(),
        {"Content-Type": "text/xml; charset=utf-8",
         "Authorization": "Basic " + base64.b64encode(
             f"{user}:{p.SERVER_PASSWORD}".encode()).decode()})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return answer.read().decode()


def ids(p, user, folder, limit):
    """(id, size) of the items of a distinguished folder, newest first."""
    found, offset, last = [], 0, False
    while not last and len(found) < limit:
        answer = call(p, user, f'''<m:FindItem Traversal="Shallow"><m:ItemShape>
<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Size"/>
</t:AdditionalProperties></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="1000"
 Offset="{offset}" BasePoint="Beginning"/><m:ParentFolderIds><t:DistinguishedFolderId
 Id="{folder}"/></m:ParentFolderIds></m:FindItem>''')
        rows = re.findall(r'<t:ItemId Id="([^"]*)"[^>]*/>.*?<t:Size>(\d+)', answer)
        found += [(i, int(size)) for i, size in rows]
        offset += len(rows)
        last = 'IncludesLastItemInRange="false"' not in answer
    return found[:limit]


def batches(items):
    batch, total = [], 0
    for i, size in items:
        if batch and (len(batch) == BATCH_ITEMS or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(i)
        total += size
    if batch:
        yield batch


def limit(p, user, threads, count, gzip):
    """Return: seconds that curl takes for all bodies of the Inbox, octets, requests.
    @gzip: let the server compress, as the bridge does."""
    with tempfile.TemporaryDirectory(prefix="passerelle-wire-") as directory:
        config, n = os.path.join(directory, "curl"), 0
        with open(config, "w") as f:
            for batch in batches(ids(p, user, "inbox", count)):
                request = os.path.join(directory, f"{n}.xml")
                with open(request, "w") as r:
                    r.write(HEAD + '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly'
                            '</t:BaseShape><t:IncludeMimeContent>true'
                            '</t:IncludeMimeContent></m:ItemShape><m:ItemIds>'
                            + "".join(f'<t:ItemId Id="{i}"/>' for i in batch)
                            + "</m:ItemIds></m:GetItem>" + TAIL)
                f.write(("next\n" if n else "") + 'request = "POST"\n'
                        f'url = "http://127.0.0.1:{p.ews_port}/EWS/Exchange.asmx"\n'
                        f'user = "{user}:{p.SERVER_PASSWORD}"\n'
                        f'{"compressed" if gzip else ""}\n'
                        'header = "Content-Type: text/xml; charset=utf-8"\n'
                        'header = "Expect:"\n'
                        f'data-binary = "@{request}"\noutput = "/dev/null"\n'
                        'write-out = "%{size_download}\\n"\nsilent\n')
                n += 1
        begin = time.monotonic()
        done = subprocess.run(["curl", "--no-progress-meter", "--parallel",
                               "--parallel-max", str(threads), "-K", config],
                              stdout=subprocess.PIPE, check=True)
        took = time.monotonic() - begin
        octets = sum(int(x) for x in done.stdout.split())
    return took, octets, n


def move(p, user, source, target, count):
    """Move the newest @count items, 500 at a time."""
    found = [i for i, _ in ids(p, user, source, count)]
    for at in range(0, len(found), 500):
        call(p, user, f'<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="{target}"/>'
             '</m:ToFolderId><m:ItemIds>'
             + "".join(f'<t:ItemId Id="{i}"/>' for i in found[at:at + 500])
             + '</m:ItemIds></m:MoveItem>')
