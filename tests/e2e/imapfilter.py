#!/usr/bin/python3
"""imapfilter: searches, marks, moves and removes by rules in Lua, waits in IDLE."""
import os
import subprocess
import tempfile

import checks
import common
from common import ALICE

HEAD = """options.timeout = 60
options.info = false
options.create = false
bridge = IMAP {{ server = '127.0.0.1', port = {port}, username = '{user}',
  password = '{password}' }}
"""
FLAGS = {"seen": "\\\\Seen", "flagged": "\\\\Flagged", "answered": "\\\\Answered"}


class Client:
    def __init__(self, p, where):
        self.config = os.path.join(where, "config.lua")
        self.head = HEAD.format(port=p.imap_port, user=ALICE, password=p.BRIDGE_PASSWORD)

    def argv(self, rule):
        with open(self.config, "w") as f:
            f.write(self.head + rule + "\n")
        return ["imapfilter", "-c", self.config]

    @staticmethod
    def pick(folder, ident):
        return f"bridge['{folder}']:contain_field('Message-ID', '{ident}')"

    def run(self, rule):
        return common.run(*self.argv(rule))

    def read(self, folder):
        out = self.run(f"""for _, m in ipairs(bridge['{folder}']:select_all()) do
          local mbox, uid = table.unpack(m)
          io.write('=====', mbox[uid]:fetch_message()) end""")
        return {common.message_id(o): o for o in out.split(b"=====")[1:]}

    def marks(self, folder):
        out = self.run(f"""for _, m in ipairs(bridge['{folder}']:select_all()) do
          local mbox, uid = table.unpack(m)
          local flags = mbox[uid]:fetch_flags()
          local ident = mbox[uid]:fetch_field('Message-ID')
          if flags and ident then -- else it went meanwhile
            print(ident:gsub('%s+$', ''):gsub('^%S+%s+', '') .. ' '
              .. table.concat(flags, ' ')) end end""").decode()
        return {line.split()[0]: {n for n, f in FLAGS.items() if f[1:] in line.split()[1:]}
                for line in out.splitlines() if line}

    def mark(self, folder, ident, marks):
        flags = ", ".join(f"'{FLAGS[m]}'" for m in marks)
        self.run(f"{self.pick(folder, ident)}:replace_flags({{ {flags} }})")

    def move(self, folder, ident, to):
        self.run(f"{self.pick(folder, ident)}:move_messages(bridge['{to}'])")

    def delete(self, folder, ident):
        self.run(f"{self.pick(folder, ident)}:delete_messages()")

    def idle(self, act):
        rule = "print('waiting') io.flush() local r, e = bridge['INBOX']:enter_idle() print(e)"
        with subprocess.Popen(self.argv(rule), stdout=subprocess.PIPE) as child:
            assert child.stdout.readline() == b"waiting\n"
            act()
            assert child.stdout.readline() == b"EXISTS\n"
            assert child.wait(common.TIMEOUT_S) == 0


def test():
    common.need("imapfilter")
    with checks.Case() as case, tempfile.TemporaryDirectory() as where:
        checks.everything(Client(case.p, where), case)


if __name__ == "__main__":
    common.main(test)
