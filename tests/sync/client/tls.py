"""Small TLS servers that do something wrong, with certificates made for the purpose."""

from __future__ import annotations

import datetime as dt
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sync.protocol.codec import MEDIA_TYPE, write
from sync.protocol.messages import Welcome

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class Authority:
    """An authority, and the certificates that it gives."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of tests")])
        self.certificate = (
            x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name)
            .public_key(self.key.public_key()).serial_number(1)
            .not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, SHA256())
        )  # fmt: skip

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pin(self) -> bytes:
        return sha256(self.der).digest()

    def issue(self, host: str = "localhost", *, ends: dt.timedelta = DAY) -> Path:
        """Key and certificate of a server, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(self.name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY).not_valid_after(NOW + ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, SHA256())
        )  # fmt: skip
        path = self.folder / f"{host}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(
            secret + made.public_bytes(Encoding.PEM) + self.certificate.public_bytes(Encoding.PEM)
        )
        return path


@dataclass
class Answers:
    """What a server does with a request; `seen` is all that reached it."""

    authority: bytes
    status: int = 200
    body: bytes = field(default_factory=lambda: write(Welcome(1, "localhost", b"k" * 32, 1)))
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": MEDIA_TYPE})
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def serving(
    certificate: Path, answers: Answers, shape: Callable[[ssl.SSLContext], None] = lambda _context: None
) -> Iterator[str]:
    """A server on this computer; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    shape(context)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(200, answers.authority, {})

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            answers.seen.append((self.path, dict(self.headers.items()), self.rfile.read(size)))
            self._send(answers.status, answers.body, answers.headers)

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
            plain, address = super().get_request()
            plain.settimeout(5)
            return context.wrap_socket(plain, server_side=True), address

        def handle_error(self, *_args: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"https://localhost:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
