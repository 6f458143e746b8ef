#!/usr/bin/python3
"""The program's manners: mistakes are told with file, line and what to do, and a status that
is not 0; two accounts on two servers live in one daemon. (Servers that are away or refuse the
password: server_away.py.)"""
import json
import os
import socket
import subprocess
import sys

import common
from common import ALICE, BOB

PASSERELLE = os.path.join(common.BUILD, "passerelle")


def passerelle(*args):
    done = subprocess.run([PASSERELLE, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=common.TIMEOUT_S, check=False, text=True)
    return done.returncode, done.stdout


def refused(*args, wants):
    code, said = passerelle(*args)
    assert code not in (0, -6, -11), f"{args}: status {code}: {said}"
    for want in wants:
        assert want in said, f"{args}: no '{want}' in: {said}"


def edited(p, name, old, new):
    path = os.path.join(p.dir, name)
    with open(p.config) as f, open(path, "w") as g:
        text = f.read()
        assert old in text
        g.write(text.replace(old, new, 1))
    return path


def status(p):
    code, said = passerelle("status", "--config", p.config, "--json")
    assert code == 0, said
    return {a["name"]: a for a in json.loads(said)["accounts"]}


def check_mistakes(p):
    bad = edited(p, "bad.ini", "state =", "stat =")
    for command in ("serve", "check", "status"):
        refused(command, "--config", bad, wants=["bad.ini:2", "unknown key", "README", ": stat"])
    refused("serve", "--config", p.dir + "/none.ini", wants=["none.ini", "No such file"])
    refused("serve", "--config", edited(p, "nofile.ini", "password-file = ", "password-file = /no"),
            wants=["nofile.ini:", "No such file"])
    refused("serve", "--config", edited(p, "nostate.ini", p.state, "/proc/nowhere"),
            wants=["nostate.ini:2: state", "/proc/nowhere"])
    os.chmod(os.path.join(p.dir, "bridge-password"), 0o644)
    refused("serve", "--config", p.config, wants=["passerelle.ini:11", "chmod 600"])
    os.chmod(os.path.join(p.dir, "bridge-password"), 0o600)
    refused("serve", wants=["usage:"])
    refused("nonsense", wants=["unknown command"])
    # The same state directory, other ports: the first daemon has it.
    refused("serve", "--config", edited(p, "second.ini", str(p.imap_port), "0"),
            wants=["in use by another"])
    # Another state directory, the same ports.
    # Another state directory, the same ports: nothing is asked of the server before.
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        path = edited(p, "ports.ini", p.state, p.state + "2")
        with open(path) as f:
            text = f.read().replace(f":{p.ews_port}/", f":{server.getsockname()[1]}/")
        with open(path, "w") as f:
            f.write(text)
        refused("serve", "--config", path,
                wants=["ports.ini:3", str(p.imap_port), "choose another port"])
        try:
            server.accept()
            raise AssertionError("the server was asked")
        except BlockingIOError:
            pass
    code, said = passerelle("check", "--config", p.config)
    assert code == 0 and "logged in" in said, said
    code, said = passerelle("status", "--config", p.config)
    assert code == 0 and "alice" in said, said


def check_status(p):
    common.wait_for("connection", lambda: status(p)["alice"]["connected"])
    p.deliver(ALICE, "inbox", common.message(1, "plain"))
    common.wait_for("the message's body", lambda: status(p)["alice"]["bodies"] == 1)
    a = status(p)["alice"]
    assert a["messages"] == 1 and a["pending"] == 0 and a["folders"] > 5, a
    assert a["last_change_unix_ms"] > 1.7e12, a


def check_wrong_password(p):
    path = os.path.join(p.dir, "wrong-password")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write("nonsense\n")
    old = os.path.join(p.dir, "server-password")
    wrong = edited(p, "wrong.ini", f"password-file = {old}", f"password-file = {path}")
    refused("check", "--config", wrong, wants=["account alice", "assword"])


def check_two_servers():
    with common.pair.Pair(common.BUILD, [ALICE]) as one, common.pair.Pair(common.BUILD, [BOB]) as two:
        assert two.daemon.stop() == 0
        with open(one.config) as f, open(two.config) as g:
            text = f.read() + "[account bob" + g.read().split("[account bob", 1)[1]
        with open(one.config, "w") as f:
            f.write(text)
        one.restart()
        two.deliver(BOB, "inbox", common.message(5, "html", BOB))
        one.deliver(ALICE, "inbox", common.message(6, "plain"))
        for user, number, kind in ((ALICE, 6, "plain"), (BOB, 5, "html")):
            def there():
                client = common.imap(one, user)
                seen = [common.fetch_octets(client, u) for u in common.uids(client, "INBOX")]
                client.logout()
                return seen == [common.message(number, kind, user)]
            common.wait_for(f"the message of {user}", there)


def main():
    common.need()
    with common.pair.Pair(common.BUILD, [ALICE]) as p:
        check_mistakes(p)
        check_status(p)
        check_wrong_password(p)
    check_two_servers()


if __name__ == "__main__":
    main()
    sys.exit(0)
