"""Thunderbird under Xvfb, driven by Marionette (the remote protocol of Mozilla's programs):
a profile that knows nothing, scripts run in its window, pictures of the screen."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import common

START_S = 120
SCRIPT_S = 120
SIZE = "1400x900"
# No question, no page of news, and no traffic but with this machine.
QUIET = {
    "app.update.enabled": False, "app.update.disabledForTesting": True,
    "app.donation.eoy.version.viewed": 999, "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True, "mail.winsearch.firstRunDone": True,
    "mail.accounthub.enabled": False, "mail.inappnotifications.enabled": False,
    "mailnews.start_page.enabled": False, "mailnews.start_page_override.mstone": "ignore",
    "mail.shell.checkDefaultClient": False, "mail.rights.version": 1,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False, "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "trailhead.firstrun.didSeeAboutWelcome": True, "extensions.update.enabled": False,
    "extensions.getAddons.cache.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "network.trr.mode": 5,
    "services.settings.server": "http://127.0.0.1:9/", "dom.push.enabled": False,
    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9,
    "network.proxy.socks": "127.0.0.1", "network.proxy.socks_port": 9,
    "network.proxy.no_proxies_on": "127.0.0.1,localhost", "mail.biff.show_alert": False,
    "mail.compose.attachment_reminder": False, "mail.SpellCheckBeforeSend": False,
    "mail.warn_on_send_accel_key": False, "mail.tabs.drawInTitlebar": False,
    "calendar.timezone.local": "UTC", "calendar.timezone.useSystemTimezone": False,
    "mail.purge.ask": False, "mailnews.default_sort_order": 1, "mailnews.default_sort_type": 18,
}
# What every script may use: the main window, waiting, the account's folders.
PRELUDE = r"""
const win = Services.wm.getMostRecentWindow("mail:3pane");
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const sleep = ms => new Promise(resolve => win.setTimeout(resolve, ms));
const until = async (question, what) => {
  const end = Date.now() + 60000;
  for (;;) {
    let answer = null;
    try { answer = await question(); } catch (e) {}
    if (answer) return answer;
    if (Date.now() > end) throw new Error("never came: " + what);
    await sleep(100);
  }
};
const account = MailServices.accounts.accounts.find(a => a.incomingServer.type == "imap");
const root = account?.incomingServer.rootFolder;
const folder = path => root.descendants.find(
  f => decodeURI(f.URI.slice(root.URI.length + 1)).toLowerCase() == path.toLowerCase());
const byId = (f, id) => [...f.messages].find(m => m.messageId == id);
const pane = () => win.document.getElementById("tabmail").currentAbout3Pane;
"""
ANSWER = """(async () => {%s%s})().then(
  v => done({ok: v === undefined ? null : v}),
  e => done({error: String(e) + "\\n" + (e && e.stack)}));"""


class Marionette:
    """The wire: LENGTH:JSON both ways; [0, id, name, parameters], [1, id, error, result]."""

    def __init__(self, port, alive):
        self.buffer, self.number = b"", 0
        end = time.monotonic() + START_S
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
                self.socket.settimeout(SCRIPT_S + 30)
                self.receive()
                return
            except (OSError, EOFError):
                assert alive() and time.monotonic() < end, "Thunderbird doesn't start"
                time.sleep(0.2)

    def receive(self):
        while b":" not in self.buffer:
            self.more()
        length, _, rest = self.buffer.partition(b":")
        while len(rest) < int(length):
            self.more()
            rest = self.buffer.partition(b":")[2]
        self.buffer = rest[int(length):]
        return json.loads(rest[:int(length)])

    def more(self):
        octets = self.socket.recv(65536)
        if not octets:
            raise EOFError("Thunderbird closed the connection")
        self.buffer += octets

    def command(self, name, **parameters):
        self.number += 1
        text = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        while True:
            kind, number, error, result = self.receive()
            if kind == 1 and number == self.number:
                assert not error, f"{name}: {error}"
                return result.get("value", result) if isinstance(result, dict) else result


class Thunderbird:
    def __init__(self, where, shots):
        self.profile, self.shots = os.path.join(where, "profile"), shots
        self.home = where
        self.children, self.child, self.wire = [], None, None
        os.makedirs(self.profile, exist_ok=True)
        os.makedirs(shots, exist_ok=True)

    def __enter__(self):
        try:
            self.screen()
            self.begin()
        except BaseException:
            self.__exit__(None)
            raise
        return self

    def screen(self):
        read, write = os.pipe()
        self.start(["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE + "x24", "-nolisten",
                    "tcp"], pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as f:  # the number is written in pieces
            display = f.readline().strip()
        assert display, "Xvfb doesn't start"
        self.environment = dict(
            os.environ, DISPLAY=":" + display, HOME=self.home,
            MOZ_CRASHREPORTER_DISABLE="1", MOZ_DISABLE_AUTO_SAFE_MODE="1", LANG="C.UTF-8",
            GDK_BACKEND="x11", LIBGL_ALWAYS_SOFTWARE="1", NO_AT_BRIDGE="1",
            DBUS_SESSION_BUS_ADDRESS="disabled:")
        if shutil.which("openbox"):
            self.start(["openbox"], env=self.environment)

    def start(self, argv, **options):
        log = open(os.path.join(self.home, os.path.basename(argv[0]) + ".log"), "ab")
        child = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True, **options)
        log.close()
        self.children.append(child)
        return child

    def begin(self):
        (port,) = common.pair.free_ports(1)
        with open(os.path.join(self.profile, "user.js"), "w") as f:
            for name, value in dict(QUIET, **{"marionette.port": port}).items():
                f.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        self.child = self.start(["thunderbird", "--profile", self.profile, "--no-remote",
                                 "--new-instance", "--marionette", "--remote-allow-system-access"],
                                env=self.environment)
        try:
            self.wire = Marionette(port, lambda: self.child.poll() is None)
        except AssertionError as e:
            raise AssertionError(f"{e}: {self.log()}") from e
        self.wire.command("WebDriver:NewSession", capabilities={"alwaysMatch": {
            "acceptInsecureCerts": True, "unhandledPromptBehavior": "ignore"}})
        self.wire.command("Marionette:SetContext", value="chrome")
        self.wire.command("WebDriver:SetTimeouts", script=1000 * SCRIPT_S)
        self.js("""await until(() => win?.document.readyState == "complete" &&
                       win.document.getElementById("tabmail"), "the main window");
                   win.moveTo(0, 0); win.resizeTo(1400, 900); win.maximize();""")

    def js(self, body, *arguments):
        """Run the body of an async function; `args` are the arguments."""
        script = ("const [args, done] = [Array.from(arguments).slice(0, -1), "
                  "arguments[arguments.length - 1]];" + ANSWER % (PRELUDE, body))
        answer = self.wire.command("WebDriver:ExecuteAsyncScript", script=script,
                                   args=list(arguments), newSandbox=True, sandbox="system")
        assert answer, f"a window asks something: {self.wire.command('WebDriver:GetAlertText')}"
        assert "error" not in answer, answer["error"]
        return answer["ok"]

    def shot(self, name):
        """A picture for people to look at; nothing waits for what is painted."""
        time.sleep(1)
        path = os.path.join(self.shots, name + ".png")
        subprocess.run(["import", "-window", "root", path], env=self.environment, check=True,
                       timeout=60)

    def end(self):
        """Thunderbird quits as if the user had said so; the profile stays."""
        self.wire.command("Marionette:Quit", flags=["eAttemptQuit"])
        self.child.wait(60)
        self.children.remove(self.child)

    def log(self):
        with open(os.path.join(self.home, "thunderbird.log"), errors="replace") as f:
            return f.read()[-3000:]

    def __exit__(self, kind, *_):
        if kind and self.child and self.child.poll() is None:
            self.shot("failed")
        for child in reversed(self.children):
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
                try:
                    child.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()


def workplace():
    return tempfile.TemporaryDirectory(prefix="passerelle-thunderbird-")
