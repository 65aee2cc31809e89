"""The server's own certificate authority, its certificate, and the TLS that it speaks.

The authority is made once, by `init`, and can certify nothing but this server's names; devices pin it. The
certificate that it gives is short-lived and renewed while the server runs. P-256, since every TLS library has it.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.errors import Damaged, Invalid
from app.i18n import _
from sync.server.home import Home, write_private, write_public
from sync.server.private import read_private

ROOT_LIFE: Final = timedelta(days=365 * 20)
LIFE: Final = timedelta(days=90)
RENEWED_BEFORE: Final = timedelta(days=30)
_BACKDATED: Final = timedelta(days=1)
"""Clocks of devices are wrong by hours; a certificate that begins now would be refused by them."""

# TLS 1.3's own suites are all good. Of 1.2 only those with forward secrecy and authenticated encryption.
CIPHERS_OF_1_2: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"

Name = x509.DNSName | x509.IPAddress


def make(home: Home, names: tuple[str, ...], now: datetime) -> None:
    """A new authority for these names, and the first certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Provender authority of {names[0]}"[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_constraints(names), critical=True)
        .sign(key, SHA256())
    )
    write_private(home.authority_key, _pem_of(key))
    write_public(home.authority, certificate.public_bytes(Encoding.PEM))
    issue(home, names, now)


def issue(home: Home, names: tuple[str, ...], now: datetime, life: timedelta = LIFE) -> None:
    """A new key and certificate for the server, in the place of the ones before."""
    root = _root(home)
    root_key = load_pem_private_key(read_private(home.authority_key), None)
    if not isinstance(root_key, ec.EllipticCurvePrivateKey):
        raise Damaged(_("{file} is not the key of this server's authority.").format(file=home.authority_key))
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(min(now + life, root.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(list(map(name_of, names))), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, SHA256())
    )
    # With the authority in the chain a device that knows its hash alone can find it.
    chain = certificate.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    write_private(home.certificate, _pem_of(key) + chain)


def renew_if_due(home: Home, names: tuple[str, ...], now: datetime) -> bool:
    """Renew our own certificate where it ends soon or covers other names; says whether it did."""
    certificate = x509.load_pem_x509_certificate(read_private(home.certificate))
    ends = certificate.not_valid_after_utc
    covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if ends - now > RENEWED_BEFORE and set(covered) == set(map(name_of, names)):
        return False
    issue(home, names, now)
    return True


def ends_at(file: Path) -> datetime:
    """When the certificate in a file ends."""
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise Damaged(_("{file} holds no certificate that can be read.").format(file=file)) from error


def der(home: Home) -> bytes:
    """The authority's certificate as devices pin it."""
    return _root(home).public_bytes(Encoding.DER)


def pin_of(der: bytes) -> bytes:
    """What an invite says of the authority: the SHA-256 of its certificate."""
    return sha256(der).digest()


def tls(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """What the server speaks: TLS 1.3, or 1.2 with modern ciphers; nothing older. `key` may lie in the same file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS_OF_1_2)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    load(context, certificate, key)
    return context


def load(context: ssl.SSLContext, certificate: Path, key: Path | None = None) -> None:
    """Use these files for connections from now on. Raises Unsafe where others may read the key, Damaged."""
    read_private(key or certificate)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise Damaged(
            _("{file} cannot be used as a certificate ({reason}).").format(
                file=certificate, reason=os.strerror(error.errno) if error.errno else type(error).__name__
            )
        ) from error


def name_of(text: str) -> Name:
    """A host name or address as certificates write it. Raises Invalid."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    labels = text.rstrip(".").split(".")
    if len(text) > 253 or not all(
        0 < len(label) < 64
        and label.strip("-") == label
        and label.replace("-", "").isalnum()
        and label.isascii()
        for label in labels
    ):
        raise Invalid("name", _("“{name}” is not a host name or address.").format(name=text))
    return x509.DNSName(text)


def _constraints(names: tuple[str, ...]) -> x509.NameConstraints:
    """This authority is good for these names and nothing else, should its key ever be stolen."""
    permitted: list[x509.GeneralName] = []
    excluded: list[x509.GeneralName] = []
    for name in map(name_of, names):
        if isinstance(name, x509.IPAddress):
            permitted.append(x509.IPAddress(ipaddress.ip_network(f"{name.value}/{name.value.max_prefixlen}")))
        else:
            permitted.append(name)
    kinds = {type(name) for name in permitted}
    # A kind of name that is not mentioned would be free.
    if x509.IPAddress not in kinds:
        excluded += [x509.IPAddress(ipaddress.ip_network(every)) for every in ("0.0.0.0/0", "::/0")]
    if x509.DNSName not in kinds:
        excluded.append(x509.DNSName(""))
    return x509.NameConstraints(permitted, excluded or None)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _root(home: Home) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(home.authority.read_bytes())
    except (OSError, ValueError) as error:
        raise Damaged(
            _("{file} holds no certificate that can be read.").format(file=home.authority)
        ) from error


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
