"""A device's identity: an Ed25519 key that signs and an X-Wing pair that others wrap keys for.

X-Wing joins X25519 and ML-KEM-768, so that what is wrapped today stays closed to a quantum computer. HPKE
(RFC 9180, base mode) authenticates nobody: whatever is wrapped must be signed over sender and recipient.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from app.errors import Damaged
from app.i18n import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite

VERSION: Final = 1
_SEED_BYTES: Final = 32
_MLKEM_SEED_BYTES: Final = 64
_MLKEM_PUBLIC_BYTES: Final = 1184
SIGNING_BYTES: Final = 32
SEALING_BYTES: Final = _MLKEM_PUBLIC_BYTES + 32
SIGNATURE_BYTES: Final = 64
PRIVATE_BYTES: Final = 1 + _SEED_BYTES + _MLKEM_SEED_BYTES + 32


@dataclass(frozen=True, slots=True)
class PublicIdentity:
    """What others know of a device. `sealing` is ML-KEM-768's key, then X25519's, as in X-Wing."""

    signing: bytes
    sealing: bytes

    def verify(self, purpose: str, message: bytes, signature: bytes) -> None:
        """Raises Damaged unless this device signed this message for this purpose."""
        verify(self.signing, purpose, message, signature)

    def wrap(self, plaintext: bytes, info: bytes) -> bytes:
        """Seal for this device alone. `info` must be given again to open."""
        public = _sealing_public(self.sealing)
        return bytes((VERSION,)) + _suite().encrypt(plaintext, public, info)


class DeviceKeys:
    """The private half. Lives in the vault's database and in memory while it is unlocked."""

    __slots__ = ("_mlkem_seed", "_signing", "_signing_seed", "_x25519", "public")

    def __init__(self, private: bytes) -> None:
        """From `private_bytes`. Raises Damaged for anything else."""
        if len(private) != PRIVATE_BYTES or private[0] != VERSION:
            raise Damaged(_("This device's keys are damaged. Restore a backup of the vault."))
        at = 1
        self._signing_seed = bytearray(private[at : at + _SEED_BYTES])
        at += _SEED_BYTES
        self._mlkem_seed = bytearray(private[at : at + _MLKEM_SEED_BYTES])
        self._x25519 = bytearray(private[at + _MLKEM_SEED_BYTES :])
        self._signing: Ed25519PrivateKey | None = None
        self.public = self._derive_public()

    @classmethod
    def fresh(cls) -> DeviceKeys:
        """A new device."""
        return cls(bytes((VERSION,)) + os.urandom(PRIVATE_BYTES - 1))

    def private_bytes(self) -> bytes:
        """Version byte and the three seeds: only for the encrypted database."""
        return bytes((VERSION,)) + bytes(self._signing_seed + self._mlkem_seed + self._x25519)

    def sign(self, purpose: str, message: bytes) -> bytes:
        """An Ed25519 signature of 64 bytes, of no use for another purpose."""
        return self._signing_key().sign(_framed(purpose, message))

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """What `PublicIdentity.wrap` sealed. Raises Damaged for another device, info or bit."""
        from cryptography.exceptions import InvalidTag

        if not wrapped or wrapped[0] != VERSION:
            raise _not_for_us()
        try:
            return _suite().decrypt(wrapped[1:], self._sealing_key(), info)
        except (InvalidTag, ValueError):
            raise _not_for_us() from None

    def wipe(self) -> None:
        """Overwrite the seeds. The library overwrites what it made of them as soon as nobody holds it."""
        self._signing = None
        for buffer in (self._signing_seed, self._mlkem_seed, self._x25519):
            buffer[:] = bytes(len(buffer))

    def _signing_key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        # Made once: every time costs more than the signature, and one more copy of the seed in memory.
        if self._signing is None:
            self._signing = Ed25519PrivateKey.from_private_bytes(bytes(self._signing_seed))
        return self._signing

    def _sealing_key(self) -> MLKEM768X25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
        from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

        return MLKEM768X25519PrivateKey(
            MLKEM768PrivateKey.from_seed_bytes(bytes(self._mlkem_seed)),
            X25519PrivateKey.from_private_bytes(bytes(self._x25519)),
        )

    def _derive_public(self) -> PublicIdentity:
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        mlkem = MLKEM768PrivateKey.from_seed_bytes(bytes(self._mlkem_seed)).public_key().public_bytes_raw()
        x25519 = X25519PrivateKey.from_private_bytes(bytes(self._x25519)).public_key().public_bytes_raw()
        return PublicIdentity(self._signing_key().public_key().public_bytes_raw(), mlkem + x25519)

    def __repr__(self) -> str:
        return "DeviceKeys(…)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("keys are not pickled or copied")


def verify(signing: bytes, purpose: str, message: bytes, signature: bytes) -> None:
    """Raises Damaged unless the owner of this signing key signed this message for this purpose."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(signing).verify(signature, _framed(purpose, message))
    except (InvalidSignature, ValueError):
        raise Damaged(_("A signature does not match. What it covers is not believed.")) from None


def _framed(purpose: str, message: bytes) -> bytes:
    """A signature for one purpose must not be valid for another, so the purpose is signed too."""
    return b"provender/sign/1\0" + purpose.encode() + b"\0" + message


def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _sealing_public(raw: bytes) -> MLKEM768X25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

    if len(raw) != SEALING_BYTES:
        raise _not_for_us()
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_BYTES:]),
    )


def _not_for_us() -> Damaged:
    return Damaged(_("A wrapped key cannot be opened by this device, or it was altered."))
