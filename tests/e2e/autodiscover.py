#!/usr/bin/python3
"""An account with an address and no url: what Autodiscover finds, where the password goes, what
is said when nothing is found, and a start without it. Names lead to this machine by a proxy."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import common
import names
import pair
from common import ALICE

EWS = "https://mail.example.test/EWS/Exchange.asmx"
HOSTS = ("example.test", "autodiscover.example.test", "mail.example.test", "new.example.test",
         "other.test")


class World:
    def __init__(self, directory, files):
        self.dir, self.proxy = directory, names.Names({})
        self.imap, http, self.control_port, https = pair.free_ports(4)
        self.ports = {"80": http, "443": https}
        self.env = dict(os.environ, https_proxy=self.proxy.url, http_proxy=self.proxy.url)
        self.env.pop("no_proxy", None)
        self.sim = pair.Process("ewsim", [
            pair.program(common.BUILD, "ewsim"), "--listen", f"127.0.0.1:{http}", "--control",
            f"127.0.0.1:{self.control_port}", "--mailbox", "demo", "--https",
            f"127.0.0.1:{https}", "--cert", files[0], "--key", files[1]],
            os.path.join(directory, "ewsim.log"))
        self.sim.wait_ready()
        self.ca = files[0]
        for name, text in (("server", "alice"), ("wrong", "wrong"), ("bridge", "bridge-secret")):
            with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
                f.write(text)

    def path(self, name):
        return os.path.join(self.dir, name)

    def control(self, *commands):
        answer = None
        for command in commands:
            answer = pair.control(self.control_port, command)
        return answer

    def reach(self, *places):
        """Only these can be reached now: "mail" or "autodiscover:80" of the domain, "" itself."""
        self.proxy.table.clear()
        del self.proxy.asked[:]
        for place in places:
            host, _, port = place.partition(":")
            host = host if "." in host else (host + "." if host else "") + "example.test"
            self.proxy.table[f"{host}:{port or 443}"] = self.ports[port or "443"]

    def asked(self):
        return [n.split(":")[0] for n in self.proxy.asked]

    def config(self, address=ALICE, password="server"):
        path = self.path("passerelle.ini")
        with open(path, "w") as f:
            f.write(f"[bridge]\nstate = {self.path('state')}\nimap = 127.0.0.1:{self.imap}\n"
                    f"[account alice]\naddress = {address}\nlogin = {ALICE}\n"
                    f"ca-file = {self.ca}\npassword-file = {self.path(password)}\n"
                    f"bridge-password-file = {self.path('bridge')}\n")
        return path

    def check(self, wants, code=1, **how):
        done = subprocess.run([os.path.join(common.BUILD, "passerelle"), "check", "--config",
                               self.config(**how)], stdout=subprocess.PIPE, text=True, check=False,
                              stderr=subprocess.STDOUT, env=self.env, timeout=common.TIMEOUT_S)
        assert done.returncode == code and wants in done.stdout, f"no '{wants}': {done.stdout}"
        return done.stdout

    def serve(self):
        daemon = pair.Process("passerelle", [os.path.join(common.BUILD, "passerelle"), "serve",
                                             "--config", self.config()], self.path("log"),
                              self.env)
        daemon.wait_ready()
        return daemon

    def kept(self):
        with open(self.path("state/alice/server")) as f:
            return f.read().splitlines()

    def said(self, key):
        status = common.run(os.path.join(common.BUILD, "passerelle"), "status", "--config",
                            self.path("passerelle.ini"), "--json")
        return json.loads(status)["accounts"][0].get(key)

    def connected(self):
        return self.said("connected")

    def close(self):
        assert self.sim.stop() == 0
        self.proxy.__exit__()


def finding(w):
    """The ways that lead there."""
    w.control(f"external-url {EWS}")
    w.reach("autodiscover", "mail")
    said = w.check("logged in", code=0)
    assert f"url = {EWS}" in said and "https://autodiscover.example.test/" in said, said
    assert set(w.asked()) == {"autodiscover.example.test", "mail.example.test"}
    w.reach("", "mail")
    w.check("(https://example.test/", code=0)
    w.control(f"autodiscover old@example.test address {ALICE}")
    w.check("logged in", code=0, address="old@example.test")
    there = "https://other.test/autodiscover/autodiscover.xml"
    w.control(f"autodiscover {ALICE} url {there}")
    w.reach("", "mail", "other.test")
    for how in ("http", "document"):  # over TLS the domain may name whom it likes
        w.control(f"set autodiscover-redirect {how}")
        w.check("(https://other.test/", code=0)
    w.control(f"autodiscover {ALICE} none", "set autodiscover-pox off")
    w.check("autodiscover.json", code=0)
    w.control("set autodiscover-pox on", "autodiscover http url https://mail.example.test/"
              "autodiscover/autodiscover.xml")
    w.reach("autodiscover:80", "mail")
    w.check("(https://mail.example.test/", code=0)


def refusing(w):
    """Where the password does not go, and what is said."""
    w.control("reset-stats", "autodiscover http url https://other.test/autodiscover/"
              "autodiscover.xml")
    w.reach("autodiscover:80", "other.test")
    w.check("names other.test, not of example.test. If you trust it")
    assert "other.test" not in w.asked()
    w.control("autodiscover http url http://mail.example.test/autodiscover/autodiscover.xml")
    w.reach("autodiscover:80", "mail:80")
    w.check("no https URL")
    assert "mail.example.test" not in w.asked()
    w.control("autodiscover http none")
    w.reach("autodiscover", "mail")
    w.control("external-url http://mail.example.test/EWS/Exchange.asmx")
    w.check("no https URL")
    w.control(f"external-url {EWS}", "reset-stats")
    w.check("login refused", password="wrong")
    refused = [line for line in w.control("stats") if line.startswith("refused")]
    assert refused == ["refused 2"], f"asked without and with the password, once: {refused}"
    w.check("knows no mailbox nobody@example.test", address="nobody@example.test")
    w.control("set autodiscover-redirect http",
              f"autodiscover {ALICE} url http://mail.example.test/welcome")
    w.check("no Exchange found")  # as a web site says it; "mail" has TLS alone
    assert "mail.example.test" not in w.asked()
    w.control(f"autodiscover {ALICE} none")
    w.control("set autodiscover-pox off", "set autodiscover-v2 off")
    w.check("no Exchange found for example.test: give its URL")
    w.control(f"autodiscover {ALICE} address al@example.test",
              f"autodiscover al@example.test address {ALICE}", "set autodiscover-pox on")
    w.check("example.test")  # round and round, but not for ever
    assert len(w.asked()) < 40, w.asked()
    w.control(f"autodiscover {ALICE} none", "fault AutodiscoverPox 1 html", "set autodiscover-v2 any")
    w.check("autodiscover.json", code=0)
    w.reach()
    w.check("no answer")


def service_record(w):
    """What the DNS says, where nothing else answers."""
    name, mail = "_autodiscover._tcp.example.test", (0, 9, 443, "mail.example.test")
    dns = names.Dns({})

    def search(wants, code, *records):
        del dns.asked[:], w.proxy.asked[:]
        dns.records[name] = None if records == (None,) else list(records)
        done = subprocess.run([os.path.join(common.BUILD, "tests/e2e/discover"), ALICE, w.ca,
                               dns.address], stdout=subprocess.PIPE, text=True, check=False,
                              env=dict(w.env, EWS_PASSWORD="alice"), timeout=common.TIMEOUT_S)
        assert done.returncode == code and wants in done.stdout, f"no '{wants}': {done.stdout}"
        assert set(dns.asked) == {name}, dns.asked
    try:
        w.control(f"external-url {EWS}")
        w.reach("mail", "other.test")
        found = f"{EWS} (https://mail.example.test/autodiscover/autodiscover.xml)"
        search(found, 0, mail)
        # the first priority, then the greatest weight; HTTPS' port alone
        search(found, 0, (5, 0, 443, "away.example.test"), (0, 1, 443, "away.example.test"), mail,
               (0, 9, 8443, "away.example.test"))
        assert "away.example.test" not in w.asked(), w.asked()
        search("the DNS names other.test, not of example.test. If you trust it", 1,
               (0, 0, 443, "other.test"))
        assert "other.test" not in w.asked(), w.asked()
        search("no answer", 1)
        search("no answer", 1, (0, 0, 443, "."))  # the service is not there: RFC 2782
        search("no answer", 1, None)
        assert len(dns.asked) == 2, "asked twice"
    finally:
        dns.close()


def keeping(w):
    """A start without Autodiscover, and a mailbox that has moved."""
    w.reach("autodiscover", "mail")
    daemon = w.serve()
    try:
        common.wait_for("a connection", w.connected)
    finally:
        assert daemon.stop() == 0
    assert w.kept() == [ALICE, EWS]
    w.reach("mail")
    daemon = w.serve()
    try:
        common.wait_for("a connection", w.connected)
        assert set(w.asked()) == {"mail.example.test"}, w.asked()
    finally:
        assert daemon.stop() == 0
    # the old place cannot be reached any more, or does not know the mailbox any more
    for place, reach, fault in (("new", ("autodiscover", "new"), "clear"),
                                ("mail", ("autodiscover", "new", "mail"),
                                 "fault any 1 fault ErrorNonExistentMailbox")):
        w.reach(*reach)
        w.control("external-url " + EWS.replace("mail", place), fault)
        daemon = w.serve()
        try:
            common.wait_for(place, lambda: w.connected() and
                            w.kept() == [ALICE, EWS.replace("mail", place)])
        finally:
            assert daemon.stop() == 0
    w.control("external-url " + EWS.replace("mail", "new"))
    # nothing to go by at the first start: it comes later
    off, on = ("autodiscover-pox off", "autodiscover-v2 off"), ("autodiscover-pox on",)
    for places, before, after in (((), (), ()), (("autodiscover", "new"), off, on)):
        shutil.rmtree(w.path("state"))
        w.control(*("set " + s for s in before))
        w.reach(*places)
        daemon = w.serve()
        try:
            common.wait_for("a failed try",
                            lambda: w.said("reason") not in ("", "connecting"))
            wanted = "no Exchange found" if before else "no answer"
            assert wanted in w.said("reason"), w.said("reason")
            w.control(*("set " + s for s in after))
            w.reach("autodiscover", "new")
            common.wait_for("a connection", w.connected)
        finally:
            assert daemon.stop() == 0


def main():
    common.need()
    with tempfile.TemporaryDirectory(prefix="passerelle-e2e-") as d:
        files = names.certificate(d, *HOSTS)
        if not files:
            print("skipped: no openssl")
            return 77
        w = World(d, files)
        try:
            for part in (finding, refusing, service_record, keeping):
                part(w)
        except AssertionError:
            print(w.sim.tail())
            raise
        finally:
            w.close()
    print("ok")
    return 0


sys.exit(main())
