"""A program in a terminal of its own (tmux): what it shows, keys for it."""
import os
import re
import shlex
import subprocess
import sys
import tempfile

import common


def need_pseudo_terminal():
    """Skip the test where there is none, as in a container without /dev/pts."""
    try:
        for fd in os.openpty():
            os.close(fd)
    except OSError as e:
        print(f"skipped: no pseudo-terminal: {e}")
        sys.exit(77)


class Terminal:
    """with Terminal(argv, where) as t: ..."""

    def __init__(self, argv, where, width=120, height=40):
        need_pseudo_terminal()
        self.dir = tempfile.mkdtemp(dir=where)
        self.socket, self.dead = (os.path.join(self.dir, n) for n in ("tmux", "ended"))
        env = dict(os.environ, TERM="screen-256color", HOME=where, LC_ALL="C.UTF-8")
        env.pop("TMUX", None)
        line = f"{shlex.join(argv)}; echo $? > {shlex.quote(self.dead)}; read wait"
        subprocess.run(["tmux", "-f", "/dev/null", "-S", self.socket, "new-session", "-d", "-x",
                        str(width), "-y", str(height), line], env=env, check=True)

    def tmux(self, *args):
        return subprocess.run(["tmux", "-S", self.socket, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=common.TIMEOUT_S,
                              check=False).stdout.decode("utf-8", "replace")

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        """Names of tmux ("Enter", "C-x") or single characters"""
        for key in keys:
            self.tmux("send-keys", key)

    def text(self, text):
        self.tmux("send-keys", "-l", text)

    def wait(self, pattern):
        try:
            return common.wait_for(pattern, lambda: re.search(pattern, self.screen(), re.M))
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.screen()}") from e

    def ended(self):
        """Wait for the end. Return: the status."""
        def status():
            if not os.path.exists(self.dead):
                return None
            with open(self.dead) as f:
                return f.read().strip()
        try:
            return int(common.wait_for("the end of the program", status))
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.screen()}") from e

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")
