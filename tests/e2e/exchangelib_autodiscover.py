#!/usr/bin/python3
"""exchangelib's own Autodiscover, POX and SOAP, against ewsim: what it finds, it then uses. Its
DNS is ours; that a name leads to a port of this machine is done by a proxy, TLS is real."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "../ewsim"))
import names  # noqa: E402
from sim import Sim  # noqa: E402

try:
    import dns.resolver
    from exchangelib import Account, Credentials, DELEGATE
    from exchangelib.autodiscover import clear_cache
    from exchangelib.autodiscover.discovery.base import BaseAutodiscovery
    from exchangelib.autodiscover.discovery.soap import SoapAutodiscovery
    from exchangelib.errors import (AutoDiscoverFailed, ErrorNonExistentMailbox,
                                    UnauthorizedError)
except ImportError as e:
    print("skipped:", e)
    sys.exit(77)

HOSTS = ("example.test", "autodiscover.example.test", "mail.example.test")
POX = "https://%s/Autodiscover/Autodiscover.xml"


class Resolver:
    """DNS of the mail domain."""
    srv = None

    def resolve(self, name, kind, lifetime=None):
        if kind == "SRV":
            if not self.srv:
                raise dns.resolver.NXDOMAIN
            return [self]
        if name.rstrip(".") not in HOSTS:
            raise dns.resolver.NXDOMAIN
        return []

    def to_text(self):
        return self.srv


def account(address="alice@example.test", password="alice"):
    clear_cache()
    return Account(primary_smtp_address=address, autodiscover=True, access_type=DELEGATE,
                   credentials=Credentials("alice@example.test", password))


def fails(kind, **how):
    try:
        a = account(**how)
    except kind as e:
        return str(e)
    raise AssertionError(f"{how} found {a.protocol.service_endpoint}")


def use(a, host, address="alice@example.test"):
    assert a.protocol.service_endpoint == f"https://{host}/EWS/Exchange.asmx"
    assert a.primary_smtp_address == address
    assert a.inbox.total_count > 0, "the demo mailbox has mail"


def round_trip(sim, proxy, resolver):
    here = {f"{h}:443": sim.https_port for h in HOSTS}
    proxy.table.update(here)
    use(account(), "example.test")
    # found before the web server of the domain
    del proxy.table["example.test:443"]
    use(account(), "autodiscover.example.test")
    # the mailbox has another address by now, or is on another server
    sim.control("autodiscover al@example.test address alice@example.test")
    use(account("al@example.test"), "autodiscover.example.test")
    sim.control("autodiscover alice@example.test url " + POX % "mail.example.test")
    use(account(), "mail.example.test")
    sim.control("autodiscover alice@example.test none")
    assert "no mailbox" in fails(ErrorNonExistentMailbox, address="nobody@example.test")
    fails(AutoDiscoverFailed, password="wrong")
    # a redirect without TLS, and a record in the DNS
    proxy.table.clear()
    proxy.table.update({"autodiscover.example.test:80": sim.port,
                        "mail.example.test:443": sim.https_port})
    sim.control("autodiscover http url " + POX % "mail.example.test")
    use(account(), "mail.example.test")
    sim.control("autodiscover http none")
    fails(AutoDiscoverFailed)
    resolver.srv = "0 0 443 mail.example.test."
    use(account(), "mail.example.test")
    # a server that names its inner URL alone
    sim.set(autodiscover_urls="internal")
    use(account(), "mail.example.test")
    sim.set(autodiscover_urls="both", autodiscover_pox="off")
    fails(AutoDiscoverFailed)
    resolver.srv = None
    proxy.table.update(here)


def by_soap(sim):
    def discover(address="alice@example.test"):
        clear_cache()
        return SoapAutodiscovery(email=address, credentials=Credentials(
            "alice@example.test", "alice")).discover()

    answer, protocol = discover()
    assert protocol.service_endpoint == "https://example.test/EWS/Exchange.asmx"
    assert answer.autodiscover_smtp_address == "alice@example.test"
    assert answer.user_settings["user_display_name"] and answer.version.api_version
    answer, _ = discover("al@example.test")
    assert answer.autodiscover_smtp_address == "alice@example.test"
    sim.set(autodiscover_soap="off")
    try:
        discover()
        raise AssertionError("a server without SOAP")
    except (AutoDiscoverFailed, UnauthorizedError):
        pass


def main():
    with tempfile.TemporaryDirectory() as d:
        files = names.certificate(d, *HOSTS)
        if not files:
            print("skipped: no openssl")
            return 77
        os.environ["REQUESTS_CA_BUNDLE"] = files[0]
        with Sim("--mailbox", "demo", "--https", "127.0.0.1:0", "--cert", files[0], "--key",
                 files[1]) as sim, names.Names({}) as proxy:
            os.environ["https_proxy"] = os.environ["http_proxy"] = proxy.url
            os.environ.pop("no_proxy", None)
            BaseAutodiscovery.resolver = resolver = Resolver()
            round_trip(sim, proxy, resolver)
            by_soap(sim)
    print("ok")
    return 0


sys.exit(main())
