"""Clients that keep a copy of the mailbox in Maildir folders and bring it in line on
demand: what they have in common beyond checks.py."""
import os

import common

LETTERS = {"seen": "S", "flagged": "F", "answered": "R"}


class Copy:
    """@root holds a Maildir per folder; sync() of the subclass runs the program."""

    def __init__(self, root):
        self.root = root

    def sync(self):
        raise NotImplementedError

    def paths(self, folder):
        """{ident: path}, each once"""
        found = {}
        for sub in ("cur", "new"):
            where = os.path.join(self.root, folder, sub)
            for name in os.listdir(where) if os.path.isdir(where) else ():
                path = os.path.join(where, name)
                with open(path, "rb") as f:
                    ident = common.message_id(f.read())
                assert ident not in found, f"{ident} twice: {path}, {found[ident]}"
                found[ident] = path
        return found

    def files(self):
        """{path: octets} of everything"""
        found = {}
        for root, _, names in os.walk(self.root):
            for name in names if os.path.basename(root) in ("cur", "new") else ():
                with open(os.path.join(root, name), "rb") as f:
                    found[os.path.join(root, name)] = f.read()
        return found

    def again(self):
        """A second run changes nothing."""
        before = self.files()
        self.sync()
        assert self.files() == before, "the second run changed something"

    def read(self, folder):
        self.sync()
        got = {}
        for ident, path in self.paths(folder).items():
            with open(path, "rb") as f:
                got[ident] = f.read()
        return got

    def marks(self, folder):
        self.sync()
        return {ident: {n for n, c in LETTERS.items() if c in path.rpartition(":2,")[2]
                        and ":2," in path}
                for ident, path in self.paths(folder).items()}

    def mark_offline(self, folder, ident, marks):
        path = self.paths(folder)[ident]
        name = os.path.basename(path).split(":")[0]
        letters = "".join(sorted(LETTERS[m] for m in marks))
        os.rename(path, os.path.join(self.root, folder, "cur", f"{name}:2,{letters}"))

    def mark(self, folder, ident, marks):
        self.mark_offline(folder, ident, marks)
        self.sync()

    def move(self, folder, ident, to):
        path = self.paths(folder)[ident]
        name = os.path.basename(path).split(",")[0]
        os.rename(path, os.path.join(self.root, to, "cur", name + ":2,S"))
        self.sync()
        self.sync()

    def delete(self, folder, ident):
        os.unlink(self.paths(folder)[ident])
        self.sync()

    def add(self, folder, octets):
        with open(os.path.join(self.root, folder, "new", "1.added.example"), "wb") as f:
            f.write(octets.replace(b"\r\n", b"\n"))
        self.sync()
        self.again()
