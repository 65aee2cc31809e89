"""Secret keys that do not show themselves, and the derivation of one key from another."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final, NoReturn

SIZE: Final = 32
"""Bytes of an ordinary key: 256 bits."""

_SIZES: Final = (SIZE, 2 * SIZE)


class SecretKey:
    """A key of 32 bytes (64 for AES-SIV) that stays out of messages, logs and pickles.

    Wiping is the best that Python allows: the buffer is overwritten, but copies that the interpreter or a
    C library made are out of reach. The promises page says so.
    """

    __slots__ = ("_buffer",)

    def __init__(self, raw: bytes | bytearray) -> None:
        if len(raw) not in _SIZES:
            raise ValueError(f"a key has {SIZE} or {2 * SIZE} bytes, not {len(raw)}")
        self._buffer = bytearray(raw)

    @classmethod
    def fresh(cls, size: int = SIZE) -> SecretKey:
        """A new random key."""
        return cls(os.urandom(size))

    def reveal(self) -> bytes:
        """The bytes themselves, for a primitive or the operating system's keyring. Raises once wiped."""
        if not self._buffer:
            raise ValueError("this key was wiped")
        return bytes(self._buffer)

    def wipe(self) -> None:
        """Overwrite the key; it cannot be used after this."""
        self._buffer[:] = bytes(len(self._buffer))
        self._buffer.clear()

    @property
    def is_wiped(self) -> bool:
        """Whether `wipe` was called."""
        return not self._buffer

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretKey):
            return NotImplemented
        return hmac.compare_digest(self._buffer, other._buffer)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "SecretKey(…)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is not pickled or copied")


def derive(key: SecretKey, purpose: str, *, salt: bytes = b"", size: int = SIZE) -> SecretKey:
    """Another key from this one by HKDF-SHA256 (RFC 5869). `purpose` names its one use and version."""
    return SecretKey(hkdf(key.reveal(), purpose.encode(), salt=salt, size=size))


def mix(first: SecretKey, second: SecretKey, purpose: str, *, salt: bytes) -> SecretKey:
    """One key that needs both. Each has a fixed length, so that their joining is unambiguous."""
    return SecretKey(hkdf(first.reveal() + second.reveal(), purpose.encode(), salt=salt, size=SIZE))


def hkdf(secret: bytes, info: bytes, *, salt: bytes = b"", size: int = SIZE) -> bytes:
    """HKDF-SHA256, extract and expand, at most 8,160 bytes."""
    return expand(hmac.digest(salt or bytes(32), secret, "sha256"), info, size=size)


def expand(extracted: bytes, info: bytes, *, size: int, hash_name: str = "sha256") -> bytes:
    """HKDF's second half, for a key that is uniform already."""
    if size > 255 * hashlib.new(hash_name).digest_size:
        raise ValueError("HKDF cannot give that many bytes")
    out, block, counter = b"", b"", 1
    while len(out) < size:
        block = hmac.digest(extracted, block + info + bytes((counter,)), hash_name)
        out += block
        counter += 1
    return out[:size]


def fingerprint(key: SecretKey, purpose: str, size: int = 16) -> bytes:
    """Bytes that name a key without telling it: safe to store in the clear."""
    return hkdf(key.reveal(), purpose.encode(), size=size)


def tag(key: SecretKey, message: bytes) -> bytes:
    """The HMAC-SHA256 of a message."""
    return hmac.digest(key.reveal(), message, "sha256")


def same(first: bytes, second: bytes) -> bool:
    """Comparison whose time does not tell where the two differ."""
    return hmac.compare_digest(first, second)
