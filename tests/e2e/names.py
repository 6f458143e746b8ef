"""Names of a mail domain that does not exist, for tests of Autodiscover: a proxy under which they
lead to ports of this machine, a certificate for them, and a name server. Nothing else can be
reached."""
import os
import select
import shutil
import socket
import socketserver
import struct
import subprocess
import threading


def certificate(directory, *names):
    """Return: (certificate, key), PEM files; None where there is no openssl."""
    if not shutil.which("openssl"):
        return None
    cert, key = os.path.join(directory, "names.pem"), os.path.join(directory, "names.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=names",
                    "-addext", "subjectAltName=" + ",".join("DNS:" + n for n in names),
                    "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    return cert, key


def _pump(a, b):
    while True:
        ready, _, _ = select.select([a, b], [], [], 60)
        if not ready:
            return
        for s in ready:
            octets = s.recv(65536)
            if not octets:
                return
            (b if s is a else a).sendall(octets)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        first = self.rfile.readline()
        verb, target, version = first.split()
        head = b""
        while not head.endswith(b"\r\n\r\n") and head != b"\r\n":
            line = self.rfile.readline()
            if not line:
                return
            head += line
        if verb == b"CONNECT":
            name, first = target.decode(), b""
        else:
            _, _, rest = target.partition(b"://")
            host, _, path = rest.partition(b"/")
            name = host.decode() if b":" in host else host.decode() + ":80"
            first = b" ".join((verb, b"/" + path, version)) + b"\r\n"
        port = self.server.table.get(name)
        self.server.asked.append(name)
        if port is None:
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", port)) as s:
            if first:
                s.sendall(first + head)
            else:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _pump(self.connection, s)


class Names(socketserver.ThreadingTCPServer):
    """@table: {"HOST:PORT": port on this machine}, may be changed; asked: those that were."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, table):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.table, self.asked = table, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Clients may leave at any time."""

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


SRV = 33


def _labels(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".") if p) + b"\0"


class Dns:
    """A name server for SRV records, on UDP: @records: {name: [(priority, weight, port, host)]},
    may be changed; None: no answer. asked: the names that were."""

    def __init__(self, records):
        self.records, self.asked = records, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            question, who = self.socket.recvfrom(4096)
            if not question:
                return
            answer = self._answer(question)
            if answer:
                self.socket.sendto(answer, who)

    def _answer(self, question):
        at, name = 12, []
        while question[at]:
            name.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        name, kind = ".".join(name), struct.unpack_from("!H", question, at + 1)[0]
        self.asked.append(name)
        records = self.records.get(name, []) if kind == SRV else []
        if records is None:
            return None
        head = question[:2] + struct.pack("!HHHHH", 0x8180 if records else 0x8183, 1,
                                          len(records), 0, 0)
        answer = head + question[12:at + 5]
        for *numbers, host in records:
            data = struct.pack("!HHH", *numbers) + _labels(host)
            answer += b"\xc0\x0c" + struct.pack("!HHIH", SRV, 1, 60, len(data)) + data
        return answer

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()
