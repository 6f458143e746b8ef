#!/usr/bin/python3
"""Read receipts: a client reads, and deletes unread, what wants one; the sender never hears of
it, whether the server can be told so in the request (2013 SP1) or must be asked before."""
import common
from checks import Case
from common import ALICE

VERSIONS = ("Exchange2016", "Exchange2013", "Exchange2010_SP2")


def wanting(number):
    """It came from bob, who wants a receipt."""
    return common.message(number, "plain").replace(
        b"From: Frieda <frieda@example.test>\r\n",
        b"From: bob@example.test\r\nDisposition-Notification-To: bob@example.test\r\n")


def quiet(version):
    with Case({"inbox": 1}) as case:
        read, deleted = "<e2e-901@example.test>", "<e2e-902@example.test>"
        for number in (901, 902):
            case.p.deliver(ALICE, "inbox", wanting(number))
        client = common.imap(case.p)
        case.eventually("the messages", lambda: common.count_in(client, "INBOX") == 3)
        case.p.control(f"set max-version {version}")  # its back end is an older one from now on
        client.select("INBOX")
        for ident, flag in ((read, r"\Seen"), (deleted, r"\Deleted")):
            kind, data = client.search(None, "HEADER", "Message-ID", ident)
            assert kind == "OK" and data[0], ident
            assert client.store(data[0], "+FLAGS", flag)[0] == "OK"
        assert client.expunge()[0] == "OK"
        case.eventually("both calls", lambda: {"UpdateItem", "DeleteItem"} <= {
            line.split()[0] for line in case.p.control("stats")})
        case.p.control("set max-version Exchange2016")  # for our own questions
        case.eventually("the deletion", lambda: deleted not in case.alice.idents("INBOX"))
        case.eventually("the mark", lambda: case.alice.find("INBOX", read).read)
        assert case.p.control("sent") == [], case.p.control("sent")
        client.logout()


def test():
    common.need()
    for version in VERSIONS:
        quiet(version)


if __name__ == "__main__":
    common.main(test)
