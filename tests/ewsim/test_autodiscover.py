#!/usr/bin/python3
"""Autodiscover of ewsim by hand: POX, SOAP and JSON, their redirects, errors and switches."""
import base64
import http.client
import json
import os
import ssl
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sim import Sim, etree  # noqa: E402

OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/"
SOAP = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
POX_URL = "/autodiscover/autodiscover.xml"
SOAP_URL = "/Autodiscover/Autodiscover.svc"


def ask(sim, path, body=None, user="alice", connection=None):
    """Return: status, header, octets."""
    c = connection or sim.connect()
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    if user:
        login = f"{user}@example.test:{user}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(login).decode()
    c.request("POST" if body else "GET", path, body, headers)
    r = c.getresponse()
    octets = r.read()
    c.close()
    return r.status, r.headers, octets


def pox(sim, address="alice@example.test", schema=OUTLOOK + "responseschema/2006a", **how):
    return ask(sim, POX_URL, f'<Autodiscover xmlns="{OUTLOOK}requestschema/2006"><Request>'
               f"<EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>{schema}"
               "</AcceptableResponseSchema></Request></Autodiscover>", **how)


def soap(sim, kind, names, settings):
    lists = "".join(f"<a:User><a:Mailbox>{n}</a:Mailbox></a:User>" if kind == "User" else
                    f"<a:Domain>{n}</a:Domain>" for n in names)
    wanted = "".join(f"<a:Setting>{s}</a:Setting>" for s in settings)
    status, _, octets = ask(
        sim, SOAP_URL, '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:a="{SOAP}" xmlns:wsa="http://www.w3.org/2005/08/addressing"><soap:Header>'
        f"<a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion><wsa:Action>{SOAP}/"
        f"Autodiscover/Get{kind}Settings</wsa:Action></soap:Header><soap:Body>"
        f"<a:Get{kind}SettingsRequestMessage><a:Request><a:{kind}s>{lists}</a:{kind}s>"
        f"<a:RequestedSettings>{wanted}</a:RequestedSettings></a:Request></a:Get{kind}Settings"
        "RequestMessage></soap:Body></soap:Envelope>")
    assert status == 200, octets
    return etree.fromstring(octets)


def texts(octets_or_tree, name):
    tree = octets_or_tree if hasattr(octets_or_tree, "iter") else etree.fromstring(octets_or_tree)
    return [e.text for e in tree.iter("{*}" + name)]


def plain(sim):
    status, headers, octets = pox(sim, user=None)
    assert (status, octets) == (401, b"") and headers["WWW-Authenticate"].startswith("Basic")
    assert headers["X-SOAP-Enabled"] == "True"
    assert pox(sim, user="nobody")[0] == 401
    status, _, octets = pox(sim)
    here = f"http://127.0.0.1:{sim.port}/EWS/Exchange.asmx"
    assert status == 200 and texts(octets, "Type") == ["EXCH", "EXPR"], octets
    assert texts(octets, "EwsUrl") == [here, here] and texts(octets, "Action") == ["settings"]
    assert texts(octets, "AutoDiscoverSMTPAddress") == ["alice@example.test"]
    for bad, code in ((pox(sim, "nobody@example.test"), "500"), (pox(sim, ""), "600"),
                      (pox(sim, schema="mobilesync"), "601")):
        assert bad[0] == 200 and texts(bad[2], "ErrorCode") == [code], bad
    sim.set(autodiscover_urls="internal")
    assert texts(pox(sim)[2], "Type") == ["EXCH"]
    sim.set(autodiscover_urls="asurl")
    octets = pox(sim)[2]
    assert texts(octets, "ASUrl") == [here, here] and not texts(octets, "EwsUrl")
    sim.control("external-url https://mail.example.test/EWS/Exchange.asmx")
    assert texts(pox(sim)[2], "ASUrl")[1] == "https://mail.example.test/EWS/Exchange.asmx"
    sim.control("external-url ")
    sim.set(autodiscover_pox="off")
    assert pox(sim)[0] == 404


def by_soap(sim):
    tree = soap(sim, "User", ["alice@example.test", "nobody@example.test"],
                ["ExternalEwsUrl", "EwsSupportedSchemas", "ActiveDirectoryServer"])
    assert texts(tree, "ErrorCode") == ["NoError", "NoError", "SettingIsNotAvailable",
                                        "InvalidUser"]
    assert texts(tree, "SettingName") == ["ActiveDirectoryServer"]
    values = dict(zip(texts(tree, "Name"), texts(tree, "Value")))
    assert values["ExternalEwsUrl"].endswith("/EWS/Exchange.asmx")
    assert "Exchange2013_SP1" in values["EwsSupportedSchemas"]
    assert texts(tree, "MajorVersion") == ["15"]
    assert texts(soap(sim, "User", [], ["ExternalEwsUrl"]), "ErrorCode") == ["InvalidRequest"]
    tree = soap(sim, "Domain", ["example.test", "elsewhere.test"], ["ExternalEwsVersion"])
    assert texts(tree, "ErrorCode") == ["NoError", "NoError", "InvalidDomain"]
    assert texts(tree, "Value") == ["15.02.2562.017"]
    sim.set(max_version="Exchange2010_SP2")
    assert texts(soap(sim, "User", ["bob@example.test"], ["GroupingInformation"]), "Version") == [
        "Exchange2010_SP2"]
    assert b"ActionNotSupported" in ask(sim, SOAP_URL, "<x/>")[2]
    sim.set(autodiscover_soap="off")
    assert pox(sim, user=None)[1]["X-SOAP-Enabled"] == "False"
    assert ask(sim, SOAP_URL, "<x/>")[0] == 404


def by_json(sim):
    base = "/autodiscover/autodiscover.json"
    for path in ("?Email=alice%40example.test&Protocol=EWS", "/v1.0/alice@example.test?Protocol=ews",
                 "?Email=nobody@example.test&Protocol=EWS&RedirectCount=1"):
        status, headers, octets = ask(sim, base + path, user=None)
        assert status == 200 and headers["Content-Type"].startswith("application/json")
        assert json.loads(octets) == {"Protocol": "EWS", "Url":
                                      f"http://127.0.0.1:{sim.port}/EWS/Exchange.asmx"}, path
    for path, code in (("?Email=a@b&Protocol=Rest", "InvalidProtocol"),
                       ("?Email=a@b", "MandatoryParameterMissing")):
        status, _, octets = ask(sim, base + path, user=None)
        assert (status, json.loads(octets)["ErrorCode"]) == (400, code)
    sim.set(autodiscover_v2="known")
    status, _, octets = ask(sim, base + "?Email=nobody@example.test&Protocol=EWS", user=None)
    assert (status, json.loads(octets)["ErrorCode"]) == (404, "UserNotFound")
    sim.set(autodiscover_v2="off")
    assert ask(sim, base + "?Email=alice@example.test&Protocol=EWS", user=None)[0] == 404


def redirects(sim):
    sim.control("autodiscover old@example.test address alice@example.test")
    octets = pox(sim, "Old@example.test")[2]
    assert texts(octets, "Action") + texts(octets, "RedirectAddr") == [
        "redirectAddr", "alice@example.test"]
    tree = soap(sim, "User", ["old@example.test"], ["ExternalEwsUrl"])
    assert texts(tree, "ErrorCode") == ["NoError", "RedirectAddress"]
    there = "https://other.example.test" + POX_URL
    sim.control("autodiscover bob@example.test url " + there)
    status, headers, _ = pox(sim, "bob@example.test")
    assert (status, headers["Location"]) == (302, there)
    sim.set(autodiscover_redirect="document")
    octets = pox(sim, "bob@example.test")[2]
    assert texts(octets, "Action") + texts(octets, "RedirectUrl") == ["redirectUrl", there]
    tree = soap(sim, "User", ["bob@example.test"], ["ExternalEwsUrl"])
    assert texts(tree, "ErrorCode") + texts(tree, "RedirectTarget") == ["NoError", "RedirectUrl",
                                                                        there]
    status, headers, _ = ask(sim, "/autodiscover/autodiscover.json?Email=bob@example.test&Protocol"
                             "=EWS", user=None)
    assert (status, headers["Location"]) == (302, there)
    sim.control(f"autodiscover bob@example.test url http://127.0.0.1:{sim.port}/")
    assert texts(pox(sim, "bob@example.test")[2], "Action") == ["settings"], "it has arrived"
    sim.control("autodiscover bob@example.test none")
    assert ask(sim, POX_URL, user=None)[0] == 401
    sim.control("autodiscover http url " + there)
    status, headers, _ = ask(sim, POX_URL, user=None)
    assert (status, headers["Location"]) == (302, there)
    sim.control("autodiscover http none")


def faulty(sim):
    sim.control("fault AutodiscoverPox 1 http 503 7")
    status, headers, _ = pox(sim)
    assert (status, headers["Retry-After"]) == (503, "7") and pox(sim)[0] == 200
    sim.control("fault AutodiscoverV2 1 html")
    assert b"<html>" in ask(sim, "/autodiscover/autodiscover.json?Protocol=EWS", user=None)[2]
    sim.control("fault AutodiscoverSoap 1 cut-after")
    try:
        soap(sim, "User", ["alice@example.test"], ["UserDN"])
        raise AssertionError("an answer")
    except http.client.BadStatusLine:
        pass
    stats = sim.control("stats")
    assert "AutodiscoverPox" in stats and "AutodiscoverV2" in stats


def main():
    with tempfile.TemporaryDirectory() as d:
        cert = os.path.join(d, "cert.pem")
        with Sim("--mailbox", "empty", "--https", "127.0.0.1:0", "--cert", cert, "--key",
                 os.path.join(d, "key.pem")) as sim:
            for part in (plain, by_soap, by_json, redirects, faulty):
                try:
                    part(sim)
                except (AssertionError, IndexError, KeyError):
                    print("in", part.__name__)
                    raise
                sim.defaults()
            tls = http.client.HTTPSConnection(
                "localhost", sim.https_port, timeout=60,
                context=ssl.create_default_context(cafile=cert))
            assert texts(pox(sim, connection=tls)[2], "EwsUrl")[0] == (
                f"https://localhost:{sim.https_port}/EWS/Exchange.asmx")
    print("ok")


main()
