"""The server's own signatures, the challenge that a device signs, and the checking of signatures of devices.

One secret of 32 bytes, the signing seed, is enough for several nodes to act as one server: the key of the
challenges is derived from it, so that what one node asked another can check.
"""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.clock import Clock
from app.errors import Damaged
from app.i18n import _
from sync.protocol.problems import Problem

SEED_BYTES: Final = 32
TOKEN_BYTES: Final = 32
NONCE_MS: Final = 60_000
"""How long a challenge may take to be answered, in milliseconds."""
_SALT_BYTES: Final = 16
_MAC_BYTES: Final = 32


class Signer:
    """The key with which this server signs heads; a company's roster names its public half."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise Damaged(_("The server's signing key is damaged. Restore it from your copy of the secrets."))
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, purpose: str, message: bytes) -> bytes:
        """A signature of 64 bytes, of no use for another purpose."""
        return self._key.sign(framed(purpose, message))

    def __repr__(self) -> str:
        return "Signer(…)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("keys are not pickled or copied")


class Nonces:
    """Challenges that need no memory: time of their end, salt, and a MAC that binds company and device."""

    __slots__ = ("_clock", "_key")

    def __init__(self, seed: bytes, clock: Clock) -> None:
        self._key = hmac.digest(seed, b"provender server nonces/1", sha256)
        self._clock = clock

    def issue(self, company: bytes, device: bytes) -> bytes:
        """A challenge for this device alone."""
        body = (self._clock.now_ms() + NONCE_MS).to_bytes(8, "big") + os.urandom(_SALT_BYTES)
        return body + self._mac(company, device, body)

    def check(self, company: bytes, device: bytes, nonce: bytes) -> None:
        """Raise Problem unless this server made the challenge for this device a moment ago."""
        body, mac = nonce[:-_MAC_BYTES], nonce[-_MAC_BYTES:]
        if len(body) != 8 + _SALT_BYTES or not hmac.compare_digest(mac, self._mac(company, device, body)):
            raise Problem("not_signed")
        left_ms = int.from_bytes(body[:8], "big") - self._clock.now_ms()
        if not 0 <= left_ms <= NONCE_MS:
            raise Problem("not_signed")

    def _mac(self, company: bytes, device: bytes, body: bytes) -> bytes:
        return hmac.digest(self._key, company + device + body, sha256)

    def __repr__(self) -> str:
        return "Nonces(…)"


def fresh_token() -> bytes:
    """The secret of a session or of an admission: 32 random bytes."""
    return secrets.token_bytes(TOKEN_BYTES)


def verify(signing: bytes, purpose: str, message: bytes, signature: bytes) -> None:
    """Raises Damaged unless the owner of this signing key signed this message for this purpose."""
    try:
        Ed25519PublicKey.from_public_bytes(signing).verify(signature, framed(purpose, message))
    except (InvalidSignature, ValueError):
        raise Damaged(_("A signature does not match. What it covers is not believed.")) from None


def framed(purpose: str, message: bytes) -> bytes:
    """As devices frame it (app/crypto/identity.py): a signature for one purpose is not valid for another."""
    return b"provender/sign/1\0" + purpose.encode() + b"\0" + message
