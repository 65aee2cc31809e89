"""The server's own authority: good for its names alone, renewed in time; TLS old or foreign is refused."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.errors import Damaged, Invalid, Unsafe
from sync.server import authority
from sync.server.home import Home
from tests.sync.server_process import ServerProcess, start_server

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
NAMES = ("localhost", "127.0.0.1")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    authority.make(home, NAMES, NOW)
    return home


@contextmanager
def served(certificate: Path) -> Iterator[int]:
    """Something that speaks the server's TLS with this certificate."""
    context = authority.tls(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def accept() -> None:
            try:
                raw, _ = listener.accept()
                with raw, context.wrap_socket(raw, server_side=True) as connection:
                    connection.sendall(b"hello")
            except OSError:
                pass  # the other side did not believe us: what the test is about

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(5)


def greeted(port: int, root: Path, name: str = "localhost") -> bytes:
    context = ssl.create_default_context(cafile=str(root))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=name) as connection,
    ):
        return connection.recv(5)


@pytest.mark.parametrize("name", NAMES)
def test_devices_that_know_the_authority_believe_the_server(home: Home, name: str) -> None:
    with served(home.certificate) as port:
        assert greeted(port, home.authority, name) == b"hello"


def test_under_another_name_it_is_not_believed(home: Home) -> None:
    with (
        served(home.certificate) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="mismatch"),
    ):
        greeted(port, home.authority, "example.org")


def test_a_foreign_authority_is_not_believed(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.make()
    authority.make(other, NAMES, NOW)
    with served(home.certificate) as port, pytest.raises(ssl.SSLCertVerificationError):
        greeted(port, other.authority)


def test_an_expired_certificate_is_not_believed(home: Home) -> None:
    authority.issue(home, NAMES, NOW - 91 * DAY)
    with served(home.certificate) as port, pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        greeted(port, home.authority)


def test_the_authority_can_certify_nobody_else(home: Home) -> None:
    """Whoever steals its key cannot pose as another host to those who trust it."""
    authority.issue(home, ("example.org",), NOW)
    with (
        served(home.certificate) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"),
    ):
        greeted(port, home.authority, "example.org")


def test_the_authority_cannot_make_another(home: Home) -> None:
    root = x509.load_pem_x509_certificate(home.authority.read_bytes())
    constraints = root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.path_length == 0


def test_a_certificate_is_renewed_a_month_before_its_end(home: Home) -> None:
    before = authority.ends_at(home.certificate)
    assert not authority.renew_if_due(home, NAMES, before - 31 * DAY)
    assert authority.renew_if_due(home, NAMES, before - 29 * DAY)
    assert authority.ends_at(home.certificate) > before


def test_a_certificate_is_renewed_when_its_names_change(home: Home) -> None:
    assert authority.renew_if_due(home, NAMES[:1], NOW)
    with served(home.certificate) as port, pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        greeted(port, home.authority, NAMES[1])


def test_a_new_certificate_has_a_new_key(home: Home) -> None:
    before = home.certificate.read_bytes()
    authority.issue(home, NAMES, NOW)
    after = home.certificate.read_bytes()
    assert before.partition(b"-----END PRIVATE")[0] != after.partition(b"-----END PRIVATE")[0]


def test_a_server_that_runs_takes_up_a_renewed_certificate(home: Home) -> None:
    context = authority.tls(home.certificate)
    authority.issue(home, NAMES, NOW)
    authority.load(context, home.certificate)  # as keep_certificate does
    wanted = x509.load_pem_x509_certificate(home.certificate.read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            raw, _ = listener.accept()
            with raw, context.wrap_socket(raw, server_side=True):
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        client = ssl.create_default_context(cafile=str(home.authority))
        with (
            socket.create_connection(listener.getsockname(), timeout=5) as raw,
            client.wrap_socket(raw, server_hostname="localhost") as connection,
        ):
            shown = connection.getpeercert(binary_form=True)
        thread.join(5)
    assert shown is not None
    assert x509.load_der_x509_certificate(shown) == wanted


def test_keys_are_for_the_service_alone(home: Home) -> None:
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o700
    for key in (home.authority_key, home.certificate):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    home.certificate.chmod(0o640)
    with pytest.raises(Unsafe, match="chmod 600"):
        authority.tls(home.certificate)


def test_keys_are_on_curves_that_everybody_has(home: Home) -> None:
    key = load_pem_private_key(home.authority_key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)
    root = x509.load_pem_x509_certificate(home.authority.read_bytes())
    assert isinstance(root.signature_hash_algorithm, SHA256)


def test_something_else_than_a_certificate_is_said_to_be_so(home: Home) -> None:
    home.certificate.write_bytes(b"nothing of that kind")
    with pytest.raises(Damaged, match="certificate"):
        authority.tls(home.certificate)


@pytest.mark.parametrize(
    "name", ["", "a b", "-x.org", "x..org", "https://x.org", "x" * 64 + ".org", "ü.example"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        authority.name_of(name)


# ---- the server itself


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with start_server(tmp_path_factory.mktemp("tls") / "server") as server:
        yield server


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(server: ServerProcess, version: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(server.authority)
    context.set_ciphers("ALL:@SECLEVEL=0")  # or our own library would not even try
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(raw, server_hostname="localhost")


@pytest.mark.parametrize(("version", "shown"), [("TLSv1_2", "TLSv1.2"), ("TLSv1_3", "TLSv1.3")])
def test_present_tls_is_spoken(server: ServerProcess, version: str, shown: str) -> None:
    context = ssl.create_default_context(cafile=str(server.authority))
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as connection,
    ):
        assert connection.version() == shown


@pytest.mark.parametrize(
    "cipher", ["AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "DHE-RSA-AES256-GCM-SHA384"]
)
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(
    server: ServerProcess, cipher: str
) -> None:
    context = ssl.create_default_context(cafile=str(server.authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(raw, server_hostname="localhost")


def test_a_certificate_of_others_is_used_as_it_is(tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.make()
    authority.make(other, NAMES, NOW)
    given = ["--certificate", str(other.certificate), "--certificate-key", str(other.certificate)]
    with start_server(tmp_path / "server", init=given) as server:
        assert server.pin == b""
        assert greeted_by(server, other.authority)
        assert not server.authority.exists()


def greeted_by(server: ServerProcess, root: Path) -> bool:
    context = ssl.create_default_context(cafile=str(root))
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as connection,
    ):
        return connection.version() is not None
