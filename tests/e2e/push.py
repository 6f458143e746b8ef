#!/usr/bin/python3
"""What happens on the server shows in IDLE: by streaming, and by polling where the server has
no streaming. Prints the latency; asserts only that the news comes."""
import smtplib
import sys
import time

import common
from common import ALICE, BOB
from exchange import Exchange


def inbox(p):
    """Alice in her Inbox, once its first listing is there."""
    client = common.imap(p)
    common.wait_for("the Inbox", lambda: client.select("INBOX")[0] == "OK")
    return client


def idle(client, tag):
    client.send(f"{tag} IDLE\r\n".encode())
    assert client.readline().startswith(b"+")


def wait_line(client, word):
    while True:
        line = client.readline()
        assert line, f"connection closed, waiting for {word}"
        if word in line:
            return line


def done(client, tag):
    client.send(b"DONE\r\n")
    wait_line(client, tag.encode() + b" OK")


def check_send(p):
    """bob sends to alice through the bridge."""
    client = inbox(p)
    took = []
    for i in range(3):
        idle(client, f"s{i}")
        with smtplib.SMTP("127.0.0.1", p.smtp_port, timeout=common.TIMEOUT_S) as smtp:
            smtp.login(BOB, p.BRIDGE_PASSWORD)
            begin = time.monotonic()
            smtp.sendmail(BOB, [ALICE], common.message(i, "plain", ALICE).replace(
                b"Frieda <frieda@example.test>", BOB.encode()))
        wait_line(client, b"EXISTS")
        took.append(1000 * (time.monotonic() - begin))
        done(client, f"s{i}")
    print("from MAIL FROM to EXISTS in IDLE, ms:", [round(t) for t in took])
    client.logout()


def check_deliver(p, number):
    """A message that somebody else's server delivers."""
    client = inbox(p)
    idle(client, "d")
    begin = time.monotonic()
    p.deliver(ALICE, "inbox", common.message(number, "plain"))
    wait_line(client, b"EXISTS")
    print(f"delivered to EXISTS: {1000 * (time.monotonic() - begin):.0f} ms")
    done(client, "d")
    client.logout()


def check_flags(p):
    """Somebody reads, flags and labels a message in Outlook."""
    server, client = Exchange(p, ALICE), inbox(p)
    idle(client, "f")
    for change, word in (({"flagged": True}, rb"\Flagged"), ({"read": True}, rb"\Seen"),
                         ({"categories": ["Rot"]}, rb"Rot"), ({"flagged": False}, rb"Rot)")):
        begin = time.monotonic()
        server.update(server.items("INBOX")[0], **change)
        line = wait_line(client, b" FETCH (")
        assert word in line, f"{change}: {line}"
        print(f"{change} to IDLE: {1000 * (time.monotonic() - begin):.0f} ms")
    assert b"Flagged" not in line, line
    done(client, "f")
    client.logout()


def check_noop(p, number):
    """Where the server cannot push, a client that asks is told at once."""
    client = inbox(p)
    p.deliver(ALICE, "inbox", common.message(number, "plain"))
    common.wait_for("news by NOOP", lambda: client.noop()[0] == "OK"
                    and client.response("EXISTS")[1][0])
    client.logout()


def main():
    common.need()
    with common.pair.Pair(common.BUILD, [ALICE, BOB]) as p:
        check_send(p)
        check_deliver(p, 10)
        check_flags(p)
    with common.pair.Pair(common.BUILD, [ALICE], account=["poll-seconds = 1"],
                          settings=["streaming=off"]) as p:
        check_deliver(p, 20)
        check_flags(p)
        p.restart()
        check_deliver(p, 21)
    with common.pair.Pair(common.BUILD, [ALICE], account=["poll-seconds = 3600"],
                          settings=["streaming=off"]) as p:
        check_noop(p, 30)


if __name__ == "__main__":
    main()
    sys.exit(0)
