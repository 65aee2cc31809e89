"""Sealing: AES-256-GCM for keys and files, and the deterministic seal of personal values.

What is sealed once is bound to its place by `context` (associated data): moved elsewhere, it does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from app.crypto.keys import SIZE, SecretKey
from app.errors import Damaged
from app.i18n import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

GCM_VERSION: Final = 1
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
OVERHEAD_BYTES: Final = 1 + NONCE_BYTES + TAG_BYTES

SUBJECT_VERSION: Final = 1
COMMITMENT_BYTES: Final = 16
SUBJECT_OVERHEAD_BYTES: Final = 1 + COMMITMENT_BYTES + 16

_SUBJECT_PURPOSE: Final = b"provender/subject/1"


def seal(key: SecretKey, plaintext: bytes, context: bytes) -> bytes:
    """Version byte, random nonce and AES-256-GCM. One key may seal about four billion values."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return bytes((GCM_VERSION,)) + nonce + AESGCM(_ordinary(key)).encrypt(nonce, plaintext, context)


def open_sealed(key: SecretKey, sealed: bytes, context: bytes) -> bytes:
    """The plaintext of `seal`. Raises Damaged for another key, another context or one altered bit."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(sealed) < OVERHEAD_BYTES or sealed[0] != GCM_VERSION:
        raise _broken()
    nonce = sealed[1 : 1 + NONCE_BYTES]
    try:
        return AESGCM(_ordinary(key)).decrypt(nonce, sealed[1 + NONCE_BYTES :], context)
    except InvalidTag:
        raise _broken() from None


class SubjectSealer:
    """Seals the personal values of one record under its subject key; decision 0010 says why.

    AES-SIV (RFC 5297) is deterministic: a vault that was rolled back cannot reuse a nonce, and state
    hashes can be computed anew. Equal values in the same context give equal bytes, which tells nothing
    that the record's own history does not. `context` names record, field and dot, so values do not move.
    """

    __slots__ = ("_commitment", "_siv")

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        expanded, self._commitment = _expand_subject(key)
        self._siv: AESSIV = AESSIV(expanded)

    @property
    def commitment(self) -> bytes:
        """16 bytes that only this key gives; they stand in every value sealed under it."""
        return self._commitment

    def seal(self, context: bytes, plaintext: bytes) -> bytes:
        """Version byte, commitment, then the synthetic IV and ciphertext."""
        return b"\x01" + self._commitment + self._siv.encrypt(plaintext, [context])

    def open(self, context: bytes, sealed: bytes) -> bytes:
        """The plaintext. Raises Damaged unless key, context and every bit are right."""
        from cryptography.exceptions import InvalidTag

        end = 1 + COMMITMENT_BYTES
        if len(sealed) < SUBJECT_OVERHEAD_BYTES or sealed[0] != SUBJECT_VERSION:
            raise _broken()
        if not hmac.compare_digest(sealed[1:end], self._commitment):
            raise _broken()
        try:
            return self._siv.decrypt(sealed[end:], [context])
        except InvalidTag:
            raise _broken() from None


def seal_values(key: bytes, values: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """Seal (context, plaintext) pairs under one subject key: the road of a bulk import, so kept short."""
    expanded, commitment = _expand_subject(key)
    encrypt = _siv_of(expanded).encrypt
    start = b"\x01" + commitment
    return [start + encrypt(plaintext, [context]) for context, plaintext in values]


def open_values(key: bytes, values: Iterable[tuple[bytes, bytes]]) -> list[bytes | None]:
    """Open (context, sealed) pairs under one subject key; None for each that it does not open. The road back."""
    from cryptography.exceptions import InvalidTag

    expanded, commitment = _expand_subject(key)
    decrypt = _siv_of(expanded).decrypt
    start, end = b"\x01" + commitment, 1 + COMMITMENT_BYTES
    found: list[bytes | None] = []
    for context, sealed in values:
        try:
            is_ours = sealed[:end] == start and len(sealed) >= SUBJECT_OVERHEAD_BYTES
            found.append(decrypt(sealed[end:], [context]) if is_ours else None)
        except InvalidTag:
            found.append(None)
    return found


_aessiv: type[AESSIV] | None = None


def _siv_of(expanded: bytes) -> AESSIV:
    global _aessiv  # noqa: PLW0603 - a lazy import, remembered because even looking it up costs
    if _aessiv is None:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        _aessiv = AESSIV
    return _aessiv(expanded)


def commitment_of(sealed: bytes) -> bytes:
    """The commitment of the key that a personal value names, without opening it."""
    if len(sealed) < SUBJECT_OVERHEAD_BYTES or sealed[0] != SUBJECT_VERSION:
        raise _broken()
    return sealed[1 : 1 + COMMITMENT_BYTES]


def _expand_subject(key: bytes) -> tuple[bytes, bytes]:
    """64 bytes for AES-SIV (its MAC half and its counter half, 256 bits each) and the commitment.

    The one-step derivation of NIST SP 800-56C with SHA-512: two hashes of counter, key and purpose. HKDF
    says the same of a uniform key and costs three times as much, on the road of every imported row.
    """
    if len(key) != SIZE:
        raise ValueError("a subject key has 32 bytes")
    secret = key + _SUBJECT_PURPOSE
    return _sha512(b"\0\0\0\1" + secret).digest(), _sha512(b"\0\0\0\2" + secret).digest()[:COMMITMENT_BYTES]


_sha512 = hashlib.sha512


def content_hash(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def _ordinary(key: SecretKey) -> bytes:
    raw = key.reveal()
    if len(raw) != SIZE:
        raise ValueError("AES-256-GCM takes a key of 32 bytes")
    return raw


def _broken() -> Damaged:
    return Damaged(
        _(
            "An encrypted value cannot be opened: it was altered, moved, or sealed with another key. It is kept."
        )
    )
