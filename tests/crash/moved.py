#!/usr/bin/python3
"""The daemon dies when the server has made an appended message and before it says so;
until it is back somebody moves the message on the server: there is one of it.

    moved.py BUILD
"""
import sys

from rig import TROUBLE, Rig, message


def test(build, to_trash):
    with Rig(build) as rig:
        rig.start_sim()
        rig.start(fail="up.append-created")
        rig.wait_for("the first listing", rig.is_settled)
        client = rig.imap()
        try:
            client.append("INBOX", "(\\Seen)", None, message("moved"))
        except TROUBLE:
            pass
        rig.daemon.child.wait(60)
        assert rig.daemon.child.returncode == -9
        folders = rig.server.folders()
        (made,) = rig.server.ids(folders["INBOX"])
        want = "Deleted Items" if to_trash else "INBOX/Elsewhere"
        if not to_trash:
            rig.server.create_folder(folders["INBOX"], "Elsewhere")
        rig.server.move(made, rig.server.folders()[want])
        end = rig.settle()
        there = [(r[0], r[3]) for r in end["there"] if r[1]]
        assert there == [(want, "\\Seen")], there


if __name__ == "__main__":
    for case in (False, True):
        test(sys.argv[1], case)
    print("ok")
