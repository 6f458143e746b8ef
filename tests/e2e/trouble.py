#!/usr/bin/python3
"""Trouble between the daemon and its server: a name that cannot be looked up, bad certificates, a
proxy that fails or answers itself. `status` says what it is and what to do; what is changed
meanwhile waits and goes up once; the server is not hammered; when the trouble is over the daemon
comes back by itself."""
import json
import os
import smtplib
import sys
import tempfile
import time

import common
import front
from common import ALICE, BOB
from exchange import Exchange

PASSERELLE = os.path.join(common.BUILD, "passerelle")
ONLY = sys.argv[2:]
MESSAGES = 400
WATCHED_S = 3
# Names looked up, connections and requests: each of a few threads tries again after 1, 2, 4 ... s.
TRIES_MAX = 40


def page(status, text):
    body = f"<html><body>{text}</body></html>".encode()
    return (f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
            .encode() + body)


class World:
    def __init__(self, directory, ca, tls, mailbox="empty"):
        self.tls, self.front, self.flagged = tls, front.Front(tls["good"]), False
        self.names = os.path.join(directory, "names")
        self.resolve(True)
        library = os.path.join(common.BUILD, "tests/e2e/libnameservice.so")
        env = dict(os.environ, LD_PRELOAD=library, NAMES_FILE=self.names,
                   ASAN_OPTIONS="verify_asan_link_order=0")
        self.pair = common.pair.Pair(common.BUILD, [ALICE, BOB], mailbox, url=self.front.url,
                                     env=env, account=[f"ca-file = {ca}"])
        self.front.behind = self.pair.ews_port

    def resolve(self, on):
        with open(self.names + ".new", "w", encoding="ascii") as f:
            f.write(front.NAME + "\n" if on else "")
        os.rename(self.names + ".new", self.names)

    def tries(self):
        asked = 0
        if os.path.exists(self.names + ".asked"):
            with open(self.names + ".asked", encoding="ascii") as f:
                asked = len(f.readlines())
        return asked + self.front.connections + self.front.requests

    def well(self):
        self.front.tls, self.front.answer = self.tls["good"], None
        self.resolve(True)

    def close(self):
        self.front.close()


def text(p):
    return common.run(PASSERELLE, "status", "--config", p.config).decode()


def status(p, name="alice"):
    said = json.loads(common.run(PASSERELLE, "status", "--config", p.config, "--json"))
    return {a["name"]: a for a in said["accounts"]}[name]


def change(p, number, flagged):
    """What a client does meanwhile: each change waits."""
    client = common.imap(p)
    assert client.select("INBOX")[0] == "OK"
    uid = client.uid("SEARCH", "HEADER", "Message-ID", "<e2e-1@example.test>")[1][0]
    assert client.uid("STORE", uid, "+FLAGS" if flagged else "-FLAGS", r"(\Flagged)")[0] == "OK"
    assert client.append("INBOX", r"(\Seen)", None, common.message(number, "plain"))[0] == "OK"
    client.logout()
    with smtplib.SMTP("127.0.0.1", p.smtp_port, timeout=common.TIMEOUT_S) as smtp:
        smtp.login(ALICE, p.BRIDGE_PASSWORD)
        smtp.sendmail(ALICE, [BOB], common.message(number + 1, "plain", BOB).replace(
            b"Frieda <frieda@example.test>", ALICE.encode()))


def arrived(p, number, flagged):
    """Each once, and nothing refused."""
    alice, bob = Exchange(p, ALICE), Exchange(p, BOB)
    first = alice.find("INBOX", "<e2e-1@example.test>")
    assert first.flagged == flagged, f"the flag\n{p.logs()}"
    assert alice.find("INBOX", f"<e2e-{number}@example.test>"), p.logs()
    sent = f"<e2e-{number + 1}@example.test>"
    common.wait_for("the message at bob", lambda: bob.find("INBOX", sent))
    assert alice.find("Sent Items", sent)
    for user in (alice, bob):
        idents = user.idents("INBOX")
        assert len(idents) == len(set(idents)), idents
    refused = status(p).get("refused", 0)
    assert refused == 0, status(p)["notices"]


def trouble(w, name, begin, number, *words):
    p = w.pair
    begin(w)
    w.front.cut()

    def told():
        a = status(p)
        return not a["connected"] and all(x in a["reason"] for x in words)
    try:
        common.wait_for(name, told)
    except AssertionError as e:
        raise AssertionError(f"{e}: {words} not in '{status(p)['reason']}'\n{p.logs()}") from e
    w.flagged = not w.flagged
    change(p, number, w.flagged)
    before, began = w.tries(), time.monotonic()
    time.sleep(WATCHED_S)  # what is counted is what happens in a time
    tries, seconds = w.tries() - before, time.monotonic() - began
    said = next(line for line in text(p).splitlines() if " server " in line)
    print(f"{name}: {tries} tries in {seconds:.1f} s\n{said}")
    assert "not connected: " in said and all(x in said for x in words), said
    assert tries <= TRIES_MAX * max(1, seconds / WATCHED_S), f"{tries} tries"
    assert status(p)["pending"] == 3, text(p)
    w.well()
    common.wait_for("the end of " + name,
                    lambda: status(p)["connected"] and status(p)["pending"] == 0)
    arrived(p, number, w.flagged)


def no_name(w):
    w.resolve(False)
    w.pair.restart()


def tls(name):
    def begin(w):
        w.front.tls = w.tls[name]
    return begin


def answer(octets):
    def begin(w):
        w.front.answer = octets
    return begin


TROUBLES = (
    # From the start: what was found once is kept by libcurl for a minute.
    ("no such name", no_name, ("Could not resolve host", "check the network")),
    ("expired", tls("expired"), ("certificate has expired", "clock")),
    ("unknown CA", tls("stranger"), ("not trusted", "ca-file")),
    ("other name", tls("other-name"), ("certificate is for another name", "URL")),
    ("502", answer(page("502 Bad Gateway", "no")), ("HTTP 502", "proxy")),
    ("504", answer(page("504 Gateway Timeout", "no")), ("HTTP 504", "proxy")),
    ("403", answer(page("403 Forbidden", "no")), ("HTTP 403", "administrator")),
    ("a hotspot's page", answer(page("200 OK", "Log in to our wireless network")),
     ("web page", "hotspot")),
)


def steady(directory, made):
    """One trouble after the other in a connected daemon."""
    w = World(directory, *made)
    try:
        with w.pair as p:
            p.deliver(ALICE, "inbox", common.message(1, "plain"))
            common.wait_for("the body", lambda: status(p)["bodies"] == 1)
            common.wait_for("bob", lambda: status(p, "bob")["connected"])
            for i, (name, begin, words) in enumerate(TROUBLES):
                if not ONLY or name in ONLY:
                    trouble(w, name, begin, 10 + 3 * i, *words)
    finally:
        w.close()


def first_sync(directory, made):
    """A proxy that fails now and then, in the middle of the first synchronisation."""
    w = World(directory, *made, f"generate:{MESSAGES}:20000")
    try:
        with w.pair as p:
            w.front.answer, w.front.share = page("502 Bad Gateway", "no"), 0.3
            w.front.cut()
            # the start and the first requests may have come before
            assert status(p)["bodies"] < MESSAGES
            try:
                common.wait_for("all of it", lambda: status(p)["bodies"] == MESSAGES)
            except AssertionError as e:
                raise AssertionError(f"{e}\n{text(p)}\n{p.logs()}") from e
            w.front.answer = None
            common.wait_for("calm", lambda: status(p)["connected"] and status(p)["initial_done"])
            print(f"{MESSAGES} messages by {w.front.requests} requests, a third of them refused")
            assert w.front.requests < MESSAGES
            client = common.imap(p)
            assert common.count_in(client, "INBOX") == len(Exchange(p, ALICE).idents("INBOX"))
            client.logout()
    finally:
        w.close()


def main():
    common.need()
    with tempfile.TemporaryDirectory(prefix="passerelle-e2e-") as directory:
        made = front.contexts(directory)
        if not made:
            print("skipped: no openssl")
            raise SystemExit(77)
        first_sync(directory, made)
        steady(directory, made)


if __name__ == "__main__":
    common.main(main)
