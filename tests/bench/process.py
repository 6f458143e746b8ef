"""What a server's processes cost: CPU time, wake-ups and memory of a whole tree."""
import os


def _read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ""


def tree(root):
    """The process @root and all below it."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        stat = _read(f"/proc/{name}/stat")
        if stat:
            parents.setdefault(int(stat[stat.rindex(")") + 2:].split()[1]), []).append(int(name))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += parents.get(pid, [])
    return found


def _threads(pids):
    for pid in pids:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                yield f"/proc/{pid}/task/{thread}"
        except OSError:
            pass


def cpu_ms(pids):
    """On a busy machine this says more than the clock on the wall. Ended ones don't count."""
    return sum(int((_read(t + "/schedstat") or "0").split()[0]) for t in _threads(pids)) / 1e6


def wakeups(pids):
    """How often any thread went on after it had waited."""
    total = 0
    for thread in _threads(pids):
        for line in _read(thread + "/status").splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def memory_kb(pids):
    """Proportional: what several processes share counts once."""
    total = 0
    for pid in pids:
        for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total
