"""What stands between a daemon and its server: TLS with one certificate or another, and a proxy
that fails. Requests go on to ewsim."""
import os
import random
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading

NAME = "mail.example.test"
CONFIG = """[ca]
default_ca = c
[c]
new_certs_dir = {dir}
database = {dir}/index
serial = {dir}/serial
default_md = sha256
policy = p
copy_extensions = copy
[p]
commonName = supplied
"""


def _openssl(*argv):
    subprocess.run(["openssl", *argv], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class Authority:
    """Signs certificates, for whatever time."""

    def __init__(self, directory, name):
        self.dir = os.path.join(directory, name)
        os.mkdir(self.dir)
        self.cert, self.key = os.path.join(self.dir, "ca.pem"), os.path.join(self.dir, "ca.key")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", self.key,
                 "-out", self.cert)
        for path, text in (("conf", CONFIG.format(dir=self.dir)), ("index", ""), ("serial", "01\n"),
                           ("index.attr", "unique_subject = no\n")):
            with open(os.path.join(self.dir, path), "w", encoding="ascii") as f:
                f.write(text)

    def sign(self, label, name, *dates):
        """Return: a server's TLS context."""
        path = os.path.join(self.dir, label)
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name,
                 "-keyout", path + ".key", "-out", path + ".csr")
        _openssl("ca", "-batch", "-notext", "-config", os.path.join(self.dir, "conf"), "-in",
                 path + ".csr", "-cert", self.cert, "-keyfile", self.key, "-out", path + ".pem",
                 *(dates or ("-days", "2")))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + ".pem", path + ".key")
        return context


def contexts(directory):
    """Return: (CA file, {"good", "expired", "stranger", "other-name"}); None without openssl."""
    if not shutil.which("openssl"):
        return None
    ours, other = Authority(directory, "ours"), Authority(directory, "strangers")
    return ours.cert, {
        "good": ours.sign("good", NAME), "stranger": other.sign("stranger", NAME),
        "other-name": ours.sign("other", "www.example.test"),
        "expired": ours.sign("expired", NAME, "-startdate", "20200101000000Z",
                             "-enddate", "20200201000000Z")}


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        front = self.server.front
        with front.lock:
            front.connections += 1
            front.open.add(self.request)
        try:
            with front.tls.wrap_socket(self.request, server_side=True) as tls:
                self.serve(front, tls)
        except OSError:
            pass
        finally:
            with front.lock:
                front.open.discard(self.request)

    def serve(self, front, tls):
        f = tls.makefile("rb")
        while True:
            request = self.read(f)
            if not request:
                return
            with front.lock:
                front.requests += 1
            if front.answer and front.chance.random() < front.share:
                tls.sendall(front.answer)
            else:
                self.forward(front, request, tls)

    @staticmethod
    def read(f):
        """One request, whole."""
        head, length = b"", 0
        while not head.endswith(b"\r\n\r\n"):
            line = f.readline()
            if not line:
                return None
            head += line
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return head + f.read(length)

    @staticmethod
    def forward(front, request, tls):
        """The server closes after its answer: streams are handed on as they come."""
        request = request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        with socket.create_connection(("127.0.0.1", front.behind)) as s:
            s.sendall(request)
            while True:
                octets = s.recv(65536)
                if not octets:
                    break
                tls.sendall(octets)
        tls.unwrap()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """Clients may leave at any time."""


class Front:
    """@tls: the context of the certificate that is shown from now on; @answer: instead of the
    server's to a @share of requests, None: the server's own. connections, requests: how many
    there were."""

    def __init__(self, tls):
        self.tls, self.answer, self.behind = tls, None, 0
        self.share, self.chance = 1, random.Random(1)
        self.connections = self.requests = 0
        self.open, self.lock = set(), threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.front = self
        self.port = self.server.server_address[1]
        self.url = f"https://{NAME}:{self.port}/EWS/Exchange.asmx"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def cut(self):
        """What is open breaks off."""
        with self.lock:
            for s in self.open:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.cut()
