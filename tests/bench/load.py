"""What needs more than one command or one client: many folders, copies, 50 clients at
once, 1,000 that wait. Each gives lines for the table of bench.py."""
import multiprocessing
import random
import resource
import time

import process

FOLDERS, COPIES = 200, 1000
CLIENTS, CLIENT_PROCESSES, CLIENT_COMMANDS = 50, 5, 20
WATCH_S = 10


def prepare(client):
    client.run("CREATE copies")
    for number in range(FOLDERS):
        client.run(f"CREATE many/f{number:03}")


def commands(count):
    """As commands() of bench.py."""
    some = min(count, COPIES)
    return {
        f"COPY 1:{some}": [f"COPY 1:{some} copies"],
        f"STATUS of {FOLDERS} folders": [
            f"STATUS many/f{number:03} (MESSAGES UNSEEN UIDNEXT)" for number in range(FOLDERS)],
        f"LIST-STATUS of {FOLDERS} folders": [
            'LIST "" "many/*" RETURN (STATUS (MESSAGES UNSEEN UIDNEXT))'],
    }


def _script(noise, count):
    number = noise.randint(1, count)
    return noise.choice([
        f"FETCH {number} (FLAGS BODY.PEEK[])",
        f"FETCH {number}:{min(count, number + 50)} (UID FLAGS ENVELOPE)",
        f"STORE {number} {noise.choice('+-')}FLAGS (\\Flagged)",
        f"STORE {number} {noise.choice('+-')}FLAGS (\\Seen)",
        "SEARCH UNSEEN FLAGGED", "NOOP", "STATUS INBOX (MESSAGES UNSEEN)", "SELECT INBOX"])


def _some_clients(server, count, seed, barrier):
    clients = [server.client() for _ in range(CLIENTS // CLIENT_PROCESSES)]
    noise = random.Random(seed)
    for client in clients:
        client.run("SELECT INBOX")
    barrier.wait()
    for _ in range(CLIENT_COMMANDS):
        tags = [client.send(_script(noise, count)) for client in clients]
        for client, tag in zip(clients, tags):
            client.finish(tag)
    barrier.wait()


def many_clients(server, count):
    """(ms, CPU ms) for all commands of all clients."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(CLIENT_PROCESSES + 1)
    children = [context.Process(target=_some_clients, args=(server, count, seed, barrier))
                for seed in range(CLIENT_PROCESSES)]
    for child in children:
        child.start()
    barrier.wait(300)
    pids, start = process.tree(server.pid), time.perf_counter()
    computed = process.cpu_ms(pids)
    barrier.wait(300)
    took = 1000 * (time.perf_counter() - start), process.cpu_ms(pids) - computed
    for child in children:
        child.join()
        assert child.exitcode == 0
    return took


def idle(name, server, count):
    """Memory, wake-ups and CPU of @count sessions in IDLE."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 100)), hard))
    before = process.memory_kb(process.tree(server.pid))
    clients = [server.client() for _ in range(count)]
    for client in clients:
        client.run("SELECT INBOX")
        client.s.sendall(b"i IDLE\r\n")
        assert client.s.recv(1000).startswith(b"+")
    time.sleep(2)
    pids = process.tree(server.pid)
    memory = process.memory_kb(pids) - before
    woken, computed = process.wakeups(pids), process.cpu_ms(pids)
    time.sleep(WATCH_S)
    print(f"{count} in IDLE, {name:8} {memory / count:8.1f} kB each, "
          f"{(process.wakeups(pids) - woken) / WATCH_S:8.1f} wake-ups a second, "
          f"{(process.cpu_ms(pids) - computed) / WATCH_S:6.2f} ms of CPU a second", flush=True)
    for client in clients:
        client.close()
