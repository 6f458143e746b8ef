"""A daemon and the Exchange it talks to, in a directory that goes away afterwards.

Used by the script runner and by the end-to-end tests. Everything listens on free
ports of 127.0.0.1; processes are ended by their own id.
"""
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30


class Broken(Exception):
    """The pair didn't start, or died: no verdict about any test."""


def free_ports(count):
    """Ports that nobody uses now; all are held until the last is found."""
    sockets = []
    for _ in range(count):
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        sockets.append(s)
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Process:
    """A child that says "ready" on its standard output."""

    def __init__(self, name, argv, log_path, env=None):
        self.name, self.log_path = name, log_path
        self.log = open(log_path, "ab")
        self.ready = threading.Event()
        self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=self.log, env=env)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.log.write(line)
            self.log.flush()
            if line.strip() == b"ready":
                self.ready.set()

    def wait_ready(self):
        end = time.monotonic() + START_TIMEOUT_S
        while not self.ready.wait(0.02):
            if self.child.poll() is not None and not self.ready.is_set():
                raise Broken(f"{self.name} ended with {self.child.returncode}:\n"
                             + self.tail())
            if time.monotonic() > end:
                raise Broken(f"{self.name} isn't ready:\n" + self.tail())

    def stop(self, kill=False):
        """Return: the exit status; None if it had to be killed."""
        if self.child.poll() is None:
            self.child.kill() if kill else self.child.terminate()
            try:
                self.child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                return None
        self.reader.join(STOP_TIMEOUT_S)
        self.child.stdout.close()
        self.log.close()
        return self.child.returncode

    def tail(self, lines=30):
        with open(self.log_path, "rb") as f:
            return b"\n".join(f.read().split(b"\n")[-lines:]).decode("utf-8", "replace")


def control(port, command, octets=b""):
    """One command to the control port of ewsim, see docs/ewsim.md. Return: the lines of
    the answer before "ok"."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
        f = s.makefile("rwb")
        f.write(command.encode() + b"\n" + octets)
        f.flush()
        answer = []
        while True:
            line = f.readline().decode("utf-8", "replace").rstrip("\n")
            if line == "ok":
                return answer
            if not line or line.startswith("error"):
                raise Broken(f"ewsim: {command}: {line}")
            answer.append(line)


def program(build, name):
    """Where a program of the build is."""
    within = os.path.join(build, "tests", "ewsim", name)
    return within if os.path.exists(within) else os.path.join(build, name)


class Pair:
    """ewsim and `passerelle serve` for @users (addresses).

    bridge, account: more lines for those sections of the configuration.
    settings: "name=value" of ewsim. What ewsim holds survives stop_sim(), start_sim().
    url: of EWS, for a daemon that does not see ewsim itself; env: of the daemon.
    """

    BRIDGE_PASSWORD = "bridge-secret"
    SERVER_PASSWORD = "server-secret"

    def __init__(self, build, users, mailbox="empty", bridge=(), account=(),
                 settings=(), passerelle=None, ewsim=None, url=None, env=None):
        self.users, self.mailbox, self.url, self.env = list(users), mailbox, url, env
        self.passerelle = passerelle or os.path.join(build, "passerelle")
        self.ewsim_path = ewsim or program(build, "ewsim")
        self.dir = tempfile.mkdtemp(prefix="passerelle-test-")
        (self.ews_port, self.control_port, self.imap_port, self.smtp_port, imaps,
         smtps) = free_ports(6)
        self.ports = {"imap": self.imap_port, "smtp": self.smtp_port, "imaps": imaps,
                      "smtps": smtps}
        self.sim = self.daemon = None
        try:
            self._write_config(bridge, account)
            self.settings = settings
            self.start_sim()
            self.start_daemon()
        except BaseException:
            self.close()
            raise

    def start_sim(self, settings=()):
        """@settings: beside those of the pair, for this time."""
        argv = [self.ewsim_path, "--listen", f"127.0.0.1:{self.ews_port}",
                "--control", f"127.0.0.1:{self.control_port}",
                "--mailbox", self.mailbox, "--state", os.path.join(self.dir, "ewsim.state")]
        for user in self.users:
            argv += ["--user", f"{user}:{self.SERVER_PASSWORD}"]
        for setting in (*self.settings, *settings):
            argv += ["--set", setting]
        self.sim = Process("ewsim", argv, os.path.join(self.dir, "ewsim.log"))
        self.sim.wait_ready()

    def stop_sim(self):
        status = self.sim.stop()
        if status != 0:
            raise Broken(f"ewsim ended with {status}:\n" + self.sim.tail())

    def _secret(self, name, text):
        path = os.path.join(self.dir, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write(text + "\n")
        return path

    def _write_config(self, bridge, account):
        server = self._secret("server-password", self.SERVER_PASSWORD)
        own = self._secret("bridge-password", self.BRIDGE_PASSWORD)
        self.config = os.path.join(self.dir, "passerelle.ini")
        self.state = os.path.join(self.dir, "state")
        lines = ["[bridge]", f"state = {self.state}",
                 f"imap = 127.0.0.1:{self.imap_port}",
                 f"smtp = 127.0.0.1:{self.smtp_port}",
                 *(line.format(**self.ports) for line in bridge)]
        for user in self.users:
            name = user.split("@")[0]
            lines += [f"[account {name}]", f"address = {user}",
                      f"url = {self.url or self.ews_url()}",
                      f"login = {user}", "auth = basic",
                      f"password-file = {server}", f"bridge-password-file = {own}",
                      f"calendar-dir = {self.calendar_dir(user)}", *account]
        with open(self.config, "w") as f:
            f.write("\n".join(lines) + "\n")

    def ews_url(self):
        return f"http://127.0.0.1:{self.ews_port}/EWS/Exchange.asmx"

    def calendar_dir(self, user):
        return os.path.join(self.dir, "calendars", user.split("@")[0])

    def start_daemon(self):
        self.daemon = Process("passerelle",
                              [self.passerelle, "serve", "--config", self.config],
                              os.path.join(self.dir, "passerelle.log"), self.env)
        self.daemon.wait_ready()

    def restart(self, kill=False):
        status = self.daemon.stop(kill)
        if status != 0 and not kill:
            raise Broken(f"passerelle ended with {status}:\n" + self.daemon.tail())
        self.start_daemon()

    def control(self, command):
        return control(self.control_port, command)

    def deliver(self, user, folder, mime, item_class=""):
        """Put @mime (octets) into a folder ("inbox") as if it had just arrived."""
        control(self.control_port,
                f"deliver {user} {folder} {len(mime)} {item_class}".rstrip(), mime)

    def logs(self):
        return "".join(f"--- {p.name}\n{p.tail()}\n" for p in (self.sim, self.daemon) if p)

    def close(self):
        """Return: what went wrong at the end ("" if nothing); a sanitizer's report
        makes the exit status differ from 0."""
        trouble = ""
        for p in (self.daemon, self.sim):
            if p and not p.log.closed and p.stop() != 0:
                trouble += f"{p.name} ended with {p.child.returncode}:\n{p.tail(80)}\n"
        shutil.rmtree(self.dir, ignore_errors=True)
        return trouble

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        trouble = self.close()
        if trouble and kind is None:
            raise Broken(trouble)
