#!/usr/bin/python3
"""The files say what the server says: every occurrence that a CalendarView lists, and no
other, comes out of the .ics files when python3-icalendar and dateutil expand them; also
after a change on the server, within seconds."""
import base64
import datetime
import glob
import os
import re
import sys
import urllib.request
import zoneinfo
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402

try:
    import dateutil.rrule
    import icalendar
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

UTC = datetime.timezone.utc
HOME = zoneinfo.ZoneInfo("Europe/Berlin")
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
 xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header>
<s:Body>%s</s:Body></s:Envelope>"""
REQUEST = ENVELOPE % """<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>
<t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/>
<t:FieldURI FieldURI="calendar:Start"/><t:FieldURI FieldURI="calendar:End"/>
<t:FieldURI FieldURI="calendar:IsAllDayEvent"/></t:AdditionalProperties></m:ItemShape>
<m:CalendarView StartDate="{start}" EndDate="{end}"/><m:ParentFolderIds>
<t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>"""
CREATE = ENVELOPE % """<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items>
<t:CalendarItem><t:Subject>Gerade eben</t:Subject><t:Start>{start}</t:Start>
<t:End>{end}</t:End></t:CalendarItem></m:Items></m:CreateItem>"""


def ask(url, user, password, body):
    """One request. Return: the answer's tree."""
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    request = urllib.request.Request(url, body.encode(), {
        "Content-Type": "text/xml; charset=utf-8", "Authorization": "Basic " + secret})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return ET.fromstring(answer.read())


def server_view(url, user, password, start, end):
    """(subject, start, end) of each occurrence; all-day ones as dates."""
    tree = ask(url, user, password,
               REQUEST.format(start=start.strftime("%Y-%m-%dT%H:%M:%SZ"),
                              end=end.strftime("%Y-%m-%dT%H:%M:%SZ")))
    found = set()
    for item in tree.iter(T + "CalendarItem"):
        text = {name: item.findtext(T + name) for name in
                ("Subject", "Start", "End", "IsAllDayEvent")}
        times = [datetime.datetime.fromisoformat(text[k].replace("Z", "+00:00"))
                 for k in ("Start", "End")]
        if text["IsAllDayEvent"] == "true":
            times = [(t + datetime.timedelta(hours=12)).astimezone(HOME).date()
                     for t in times]
        found.add((text["Subject"].strip(), *times))
    return found


def occurrences(master, overridden, until):
    """Starts of a VEVENT in its own type: a series without the overridden ones."""
    start = master["DTSTART"].dt
    if "RRULE" not in master:
        return [start]
    day = not isinstance(start, datetime.datetime)
    zone = None if day else start.tzinfo
    naive = datetime.datetime(*start.timetuple()[:6])
    rule = master["RRULE"].to_ical().decode()
    if "UNTIL" in rule and not day:  # dateutil wants both naive
        instant = re.search(r"UNTIL=(\w+)Z", rule).group(1)
        local = datetime.datetime.strptime(instant, "%Y%m%dT%H%M%S").replace(
            tzinfo=UTC).astimezone(zone)
        rule = re.sub(r"UNTIL=\w+", local.strftime("UNTIL=%Y%m%dT%H%M%S"), rule)
    dates = dateutil.rrule.rrulestr(rule, dtstart=naive)
    dropped = master.get("EXDATE", [])
    dropped = dropped if isinstance(dropped, list) else [dropped]
    dropped = {d.dt for one in dropped for d in one.dts} | overridden
    result = []
    for n in dates.between(naive, until, inc=True):
        one = n.date() if day else n.replace(tzinfo=zone)
        if not day and hasattr(zone, "localize"):
            one = zone.localize(n)
        if one not in dropped:
            result.append(one)
    return result


def file_view(directory, start, end):
    found = set()
    for path in glob.glob(os.path.join(directory, "*.ics")):
        with open(path, "rb") as f:
            text = f.read()
        calendar = icalendar.Calendar.from_ical(text)
        defined = {str(z["TZID"]) for z in calendar.walk("VTIMEZONE")}
        used = set(re.findall(r";TZID=([^:;]+)", re.sub(r"\r\n ", "", text.decode())))
        assert used <= defined, f"{path}: {used - defined} without VTIMEZONE"
        events = calendar.walk("VEVENT")
        overridden = {e["RECURRENCE-ID"].dt for e in events if "RECURRENCE-ID" in e}
        for event in events:
            length = event["DTEND"].dt - event["DTSTART"].dt
            own = overridden if "RRULE" in event else set()
            for one in occurrences(event, own, end.replace(tzinfo=None)):
                last = one + length
                if isinstance(one, datetime.datetime):
                    one, last = one.astimezone(UTC), last.astimezone(UTC)
                    inside = one < end and last > start
                else:
                    inside = one < end.date() and last > start.date()
                if inside:
                    found.add((str(event.get("SUMMARY", "")).strip(), one, last))
    return found


def test():
    with common.pair.Pair(common.BUILD, [common.ALICE], "demo") as p:
        url = f"http://127.0.0.1:{p.ews_port}/EWS/Exchange.asmx"
        password = p.SERVER_PASSWORD
        now = datetime.datetime.now(HOME).replace(hour=0, minute=0, second=0, microsecond=0)
        start = (now - datetime.timedelta(days=180)).astimezone(UTC)
        end = (now + datetime.timedelta(days=180)).astimezone(UTC)
        wanted = server_view(url, common.ALICE, password, start, end)
        assert len(wanted) > 50, f"only {len(wanted)} occurrences on the server"
        directory = os.path.join(p.calendar_dir(common.ALICE), "Kalender")

        def differences():
            return wanted ^ file_view(directory, start, end)

        def wait_same():
            try:
                common.wait_for("the same occurrences", lambda: not differences())
            except AssertionError:
                for one in sorted(differences(), key=str)[:20]:
                    print("server" if one in wanted else "files ", *map(str, one))
                raise

        wait_same()
        hour = (now + datetime.timedelta(days=1, hours=9)).astimezone(UTC)
        ask(url, common.ALICE, password, CREATE.format(
            start=hour.strftime("%Y-%m-%dT%H:%M:%SZ"),
            end=(hour + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")))
        wanted = server_view(url, common.ALICE, password, start, end)
        assert any(one[0] == "Gerade eben" for one in wanted), "nothing was created"
        wait_same()


if __name__ == "__main__":
    common.main(test)
