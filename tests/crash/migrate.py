#!/usr/bin/python3
"""Upgrades: the state of a settled account is put into files of every earlier schema (made
by the numbered SQL files themselves, up to that one), in every combination of ledger and
cache; the daemon must start on each and show the same messages under the same UIDs.

    migrate.py BUILD
"""
import glob
import os
import re
import shutil
import sqlite3
import sys
import tempfile

import rig as rigs

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
SCHEMA = os.path.join(rigs.HERE, "..", "..", "bridge", "schema")
# Tables in an order that suits their references; what is worked out again is left out.
TABLES = {"ledger": ("value", "folder", "payload", "item", "journal", "refusal", "outbox",
                     "subscription", "event_file"),
          "cache": ("state", "box", "content", "octets", "msg", "gone", "event")}


def versions(which):
    return sorted(glob.glob(f"{SCHEMA}/{which}_*.sql"))


def columns(db, schema, table):
    return [r[1] for r in db.execute(f"PRAGMA {schema}.table_info({table})")]


def make_old(which, newest, path, version):
    """The rows of @newest in a file of schema @version at @path."""
    db = sqlite3.connect(path, isolation_level=None)
    for name in versions(which)[:version]:
        with open(name, encoding="utf-8") as f:
            db.executescript(f.read())
    db.execute("ATTACH ? AS new", (newest,))
    triggers = db.execute("SELECT name,sql FROM sqlite_master WHERE type='trigger'"
                          ).fetchall()
    for name, _ in triggers:  # they would count the copied rows again
        db.execute(f"DROP TRIGGER {name}")
    for table in TABLES[which]:
        both = [c for c in columns(db, "main", table) if c in columns(db, "new", table)]
        names = ",".join(f'"{c}"' for c in both)
        db.execute(f"INSERT INTO main.{table}({names}) SELECT {names} FROM new.{table}")
    for _, sql in triggers:
        db.execute(sql)
    number = re.search(r"_(\d+)_", os.path.basename(versions(which)[version - 1]))[1]
    db.execute(f"PRAGMA user_version={int(number)}")
    db.close()


def uids(rig):
    client, found = rig.imap(), {}
    for folder in ("INBOX", "Work", "Archive", "Old"):
        client.select(f'"{folder}"', readonly=True)
        found[folder] = (client.untagged_responses["UIDVALIDITY"],
                         [p for p in client.uid("FETCH", "1:*",
                                                "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
                          if isinstance(p, tuple)])
    client.logout()
    return found


def main():
    if not os.path.exists(BUILD + "/passerelle"):
        print("skipped: no passerelle")
        return 77
    mail = rigs.mail_directory(tempfile.mkdtemp(prefix="passerelle-mail-"))
    bad = done = 0
    with rigs.Rig(BUILD) as rig:
        picture = rig.take_picture(mail)
        rig.restore(picture)
        rig.start()
        rig.settle()
        want, state = uids(rig), f"{rig.state}/alice"
        for ledger in range(1, len(versions("ledger")) + 1):
            for cache in range(1, len(versions("cache")) + 1):
                rig.restore(picture)
                for which, version in (("ledger", ledger), ("cache", cache)):
                    newest = f"{rig.dir}/{which}-newest.db"
                    shutil.copy(f"{picture}/state/alice/{which}.db", newest)
                    os.unlink(f"{state}/{which}.db")
                    make_old(which, newest, f"{state}/{which}.db", version)
                rig.start()
                rig.settle()
                done += 1
                if uids(rig) != want:
                    bad += 1
                    print(f"FAIL ledger {ledger}, cache {cache}: other UIDs")
    shutil.rmtree(mail)
    print(f"{done - bad} of {done} combinations of schemas kept all UIDs")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
