"""Those who get alerts: somebody to post to, and a mail server, each on a free port of the loopback."""

import datetime
import ipaddress
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "127.0.0.1"


@dataclass(slots=True)
class Posted:
    """A request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, str]:
        """What it says."""
        found: dict[str, str] = json.loads(self.body)
        return found


@dataclass(slots=True)
class Hook:
    """Somebody to post to. What is in `answers` is answered first, then 200."""

    url: str = ""
    got: list[Posted] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def told(self) -> list[tuple[str, str]]:
        """Status and kind of each document."""
        return [(one.document["status"], one.document["kind"]) for one in self.got]


@contextmanager
def hook(path: str = "/services/T0/zq7secretOfTheHook") -> Iterator[Hook]:
    """Listens."""
    heard = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.got.append(Posted(self.path, dict(self.headers), body))
            status = heard.answers.pop(0) if heard.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{heard.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        heard.url = f"http://{HOST}:{server.server_port}{path}"
        yield heard
        server.shutdown()


@dataclass(slots=True)
class Post:
    """A mail server, which speaks enough of SMTP."""

    port: int = 0
    mails: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Every command, a `TLS` where the line was encrypted from."""
    refuses: str = ""
    """The command that is answered with 550."""


class _Talk(socketserver.BaseRequestHandler):
    """One connection to the mail server."""

    sink: Post
    tls: ssl.SSLContext | None
    at_once: bool

    def handle(self) -> None:
        with ExitStack() as self.stack:
            self.encrypted = False
            try:
                self.stream = self.stack.enter_context(self.request.makefile("rwb", buffering=0))
                if self.at_once:
                    self._encrypt()
                self._say("220 sink")
                while word := self.stream.readline().decode().strip():
                    self._answer(word)
            except OSError:
                self.sink.heard.append("GONE")

    def _answer(self, word: str) -> None:
        verb = word.split()[0].upper()
        self.sink.heard.append(verb + word[len(verb) :])
        if self.sink.refuses and verb == self.sink.refuses:
            self._say("550 5.7.1 zq7whatTheServerSays")
        elif verb == "EHLO":
            self._say("250-sink")
            self._say("250 STARTTLS" if self.tls is not None and not self.encrypted else "250 AUTH PLAIN")
        elif verb == "STARTTLS":
            self._say("220 go")
            self._encrypt()
        elif verb == "DATA":
            self._say("354 go on")
            lines = iter(lambda: self.stream.readline().decode().rstrip("\r\n"), ".")
            self.sink.mails.append("\n".join(lines))
            self._say("250 taken")
        else:
            self._say({"AUTH": "235 yes", "QUIT": "221 bye"}.get(verb, "250 ok"))

    def _say(self, text: str) -> None:
        self.stream.write(f"{text}\r\n".encode())

    def _encrypt(self) -> None:
        assert self.tls is not None
        line = self.stack.enter_context(self.tls.wrap_socket(self.request, server_side=True))
        self.stream = self.stack.enter_context(line.makefile("rwb", buffering=0))
        self.encrypted = True
        self.sink.heard.append("TLS")


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def post(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> Iterator[Post]:
    """Listens; with `tls` it offers STARTTLS, or with `at_once` speaks nothing else."""
    found = Post()
    with _Threads((HOST, 0), type("Talk", (_Talk,), {"sink": found, "tls": tls, "at_once": at_once})) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        found.port = server.server_address[1]
        yield found
        server.shutdown()


def certified(folder: Path, address: str = HOST) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for an address, and the certificate to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sink")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "sink.pem", folder / "sink.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return context, certificate
