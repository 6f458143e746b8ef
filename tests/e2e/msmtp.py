#!/usr/bin/python3
"""msmtp sends from alice to bob, attachments and all; bob reads the same octets; alice
has it in Sent Items once; a wrong password and a bad recipient are refused."""
import email
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402


def msmtp(p, octets, password, *recipients):
    with tempfile.NamedTemporaryFile("w", prefix="msmtprc-") as f:
        f.write(f"account default\nhost 127.0.0.1\nport {p.smtp_port}\ntls off\n"
                f"auth plain\nuser {common.ALICE}\npassword {password}\n"
                f"from {common.ALICE}\n")
        f.flush()
        return subprocess.run(["msmtp", "-C", f.name, *recipients], input=octets,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=common.TIMEOUT_S, check=False)


def parts(octets):
    return [(p.get_content_type(), p.get_filename(), p.get_payload(decode=True))
            for p in email.message_from_bytes(octets).walk() if not p.is_multipart()]


def received(client, ident):
    return common.wait_for(f"{ident} at the other end",
                           lambda: common.uids(client, "INBOX", "HEADER", "Message-ID",
                                               ident))


def test():
    common.need("msmtp")
    users = [common.ALICE, common.BOB]
    with common.pair.Pair(common.BUILD, users) as p:
        bob, alice = common.imap(p, common.BOB), common.imap(p)
        for number, kind in enumerate(common.KINDS, 800):
            octets = common.message(number, kind, common.BOB).replace(
                b"frieda@example.test", common.ALICE.encode())
            done = msmtp(p, octets.replace(b"\r\n", b"\n"), p.BRIDGE_PASSWORD, common.BOB)
            assert done.returncode == 0, done.stdout
            ident = f"<e2e-{number}@example.test>"
            uid = received(bob, ident)
            assert len(uid) == 1, uid
            got = common.fetch_octets(bob, uid[0])
            assert parts(got) == parts(octets), f"{kind}: parts differ"
            body = got.split(b"\r\n\r\n", 1)[1]
            assert body == octets.split(b"\r\n\r\n", 1)[1], f"{kind}: the body differs"
        sent = next(line.decode().split(' "')[-1].rstrip('"') for line in alice.list()[1]
                    if b"\\Sent" in line)
        common.wait_for("four copies in Sent",
                        lambda: len(common.uids(alice, sent)) == len(common.KINDS))
        assert msmtp(p, octets, "wrong", common.BOB).returncode != 0
        assert msmtp(p, octets, p.BRIDGE_PASSWORD, "not an address").returncode != 0
        bob.logout(), alice.logout()


if __name__ == "__main__":
    common.main(test)
