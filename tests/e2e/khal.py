#!/usr/bin/python3
"""khal reads the directories of calendars that the daemon keeps."""
import datetime
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402

CONFIG = """[calendars]
[[all]]
path = {calendars}/*
type = discover
[sqlite]
path = {home}/khal.db
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""
WANTED = ("Baubesprechung", "Kurze Runde", "Richtfest", "Pegel ablesen",
          "Gemeinsames Mittagessen", "Farbprobe ansehen", "手すりの見本について")


def files_in(directory):
    return [os.path.join(root, name) for root, _, names in os.walk(directory)
            for name in names if name.endswith(".ics")]


def exceptions(text, monday):
    """Occurrences that were moved, cancelled and renamed; see demo_event_rows.c."""
    wednesday, next_monday = (monday + datetime.timedelta(days=d) for d in (2, 7))
    after_next = monday + datetime.timedelta(days=14)
    for line, there in ((f"{wednesday} 18:00 Pegel ablesen", True),
                        (f"{wednesday} 17:00 Pegel ablesen", False),
                        (f"{monday} 09:00 Baubesprechung", True),
                        (f"{next_monday} 09:00 Baubesprechung", False),
                        (f"{after_next} 09:00 Baubesprechung mit dem Bauamt", True)):
        found = any(have.startswith(line) for have in text.split("\n"))
        assert found == there, f"{line!r}: wanted {there}\n{text}"


def test():
    common.need("khal")
    users = [common.ALICE, common.BOB]
    with common.pair.Pair(common.BUILD, users, "demo") as p, \
            tempfile.TemporaryDirectory(prefix="passerelle-khal-") as home:
        calendars = p.calendar_dir(common.ALICE)
        common.wait_for("40 files", lambda: len(files_in(calendars)) == 40)
        config = os.path.join(home, "khal.conf")
        with open(config, "w") as f:
            f.write(CONFIG.format(calendars=calendars, home=home))
        env = dict(os.environ, LC_ALL="C.UTF-8", HOME=home)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        monday = today - datetime.timedelta(days=today.weekday())
        text = common.run("khal", "-c", config, "list", "--format",
                          "{start-date} {start-time} {title}", monday.isoformat(), "35d",
                          env=env).decode()
        for title in WANTED:
            assert title in text, f"{title} is missing in:\n{text}"
        assert text.count("Kurze Runde") >= 15, text
        exceptions(text, monday)
        names = common.run("khal", "-c", config, "printcalendars", env=env).decode()
        assert len(names.split()) >= 3, names


if __name__ == "__main__":
    common.main(test)
