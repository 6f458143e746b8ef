"""Debian's Dovecot on a free port of 127.0.0.1, for one test: the yardstick for what IMAP
says about a message and for how fast it is said. It runs without root; started by root it
drops to "nobody". Run as a program it serves until its standard input is closed, and tells
its address.
"""
import grp
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "script"))
import pair  # noqa: E402

PROGRAM = "/usr/sbin/dovecot"
START_TIMEOUT_S = 60
CONFIG = """\
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
ssl = no
disable_plaintext_auth = no
mail_location = sdbox:{dir}/mail/%u
mail_max_userip_connections = 10000
default_process_limit = 10000
default_client_limit = 20000
first_valid_uid = 1
auth_failure_delay = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 1
}}
service anvil {{
  chroot =
  client_limit = 30000
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


def installed():
    return os.path.exists(PROGRAM)


class Dovecot:
    USER, PASSWORD = "alice", "dovecot-secret"

    def __init__(self, extra=""):
        """extra: more lines of its configuration."""
        self.dir = tempfile.mkdtemp(prefix="passerelle-dovecot-")
        self.port = pair.free_ports(1)[0]
        who = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        try:
            for name in ("run", "mail"):
                os.mkdir(os.path.join(self.dir, name))
            self.config = os.path.join(self.dir, "dovecot.conf")
            with open(self.config, "w") as f:
                f.write(CONFIG.format(
                    dir=self.dir, user=who.pw_name, uid=who.pw_uid, gid=who.pw_gid,
                    group=grp.getgrgid(who.pw_gid).gr_name,
                    port=self.port, password=self.PASSWORD) + extra)
            drop = {}
            if os.getuid() == 0:
                for root, dirs, files in os.walk(self.dir):
                    for name in [".", *dirs, *files]:
                        os.chown(os.path.join(root, name), who.pw_uid, who.pw_gid)
                drop = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
            self.child = subprocess.Popen([PROGRAM, "-F", "-c", self.config],
                                          stdin=subprocess.DEVNULL, cwd="/", **drop)
            self._wait()
        except BaseException:
            self.close()
            raise

    def _wait(self):
        end = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                    if s.recv(4).startswith(b"* OK"):
                        return
            except OSError:
                pass
            if self.child.poll() is not None or time.monotonic() > end:
                raise pair.Broken("dovecot didn't start:\n" + self.log())
            time.sleep(0.05)

    def log(self):
        try:
            with open(os.path.join(self.dir, "dovecot.log"), errors="replace") as f:
                return f.read()[-4000:]
        except OSError:
            return ""

    @property
    def url(self):
        return f"imap://{self.USER}:{self.PASSWORD}@127.0.0.1:{self.port}"

    def close(self):
        child = getattr(self, "child", None)
        if child and child.poll() is None:
            child.terminate()
            child.wait(30)
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


if __name__ == "__main__":
    with Dovecot() as server:
        print(server.url, server.child.pid, flush=True)
        sys.stdin.read()
