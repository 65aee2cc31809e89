"""A stream's key of one epoch: made, wrapped for one device, opened and checked, and the old key under the new.

The roster's commitment decides which key is right. HPKE authenticates nobody, so what opens is believed only once it
matches what the statement about the epoch, signed and validated, says of it.
"""

from __future__ import annotations

from typing import Final

from app.crypto.identity import DeviceKeys, PublicIdentity
from app.crypto.keys import SIZE, SecretKey, same
from app.crypto.seal import open_sealed, seal
from app.errors import Damaged
from app.i18n import _
from app.model.encoding import canonical
from app.model.statements import Stream, Wrap, commitment

_WRAP: Final = b"provender epoch key"
_OLD: Final = b"provender old epoch key"


def make() -> SecretKey:
    """The key of a new epoch."""
    return SecretKey.fresh()


def commit(key: SecretKey, company: bytes, stream: Stream, number: int) -> bytes:
    """What the statement about the epoch says of its key (32 bytes)."""
    return commitment(company, stream, number, key.reveal())


def wrap(
    key: SecretKey, company: bytes, stream: Stream, number: int, device: bytes, public: PublicIdentity
) -> Wrap:
    """The key for one device. `public` must come from the validated roster, or from words that were compared."""
    info = _info(company, stream, number, device)
    return Wrap(stream.book, stream.tier, number, device, public.wrap(key.reveal(), info))


def unwrap(keys: DeviceKeys, company: bytes, wrapped: Wrap, committed: bytes) -> SecretKey:
    """The key that was wrapped for this device. Raises Damaged where it does not open, or is not the one that the
    roster's commitment of that epoch speaks of."""
    info = _info(company, wrapped.stream, wrapped.epoch, wrapped.device)
    return checked(keys.unwrap(wrapped.sealed, info), company, wrapped.stream, wrapped.epoch, committed)


def seal_old(new: SecretKey, old: SecretKey, company: bytes, stream: Stream, number: int) -> bytes:
    """The key of the epoch before under that of epoch `number`, so that those who stay can read what was."""
    return seal(new, old.reveal(), _old_context(company, stream, number))


def open_old(
    new: SecretKey, sealed: bytes, company: bytes, stream: Stream, number: int, committed: bytes
) -> SecretKey:
    """The key of epoch `number - 1`, from what the statement about epoch `number` carries. `committed` is that of
    the older epoch. Raises Damaged."""
    raw = open_sealed(new, sealed, _old_context(company, stream, number))
    return checked(raw, company, stream, number - 1, committed)


def checked(raw: bytes, company: bytes, stream: Stream, number: int, committed: bytes) -> SecretKey:
    """The key, if it is the one that its commitment speaks of. Raises Damaged."""
    if len(raw) != SIZE or not same(commitment(company, stream, number, raw), committed):
        raise Damaged(
            _("A book's key is not the one that the company's roster speaks of. It is not believed.")
        )
    return SecretKey(raw)


def _info(company: bytes, stream: Stream, number: int, device: bytes) -> bytes:
    return _WRAP + canonical((company, stream.book, stream.tier, number, device))


def _old_context(company: bytes, stream: Stream, number: int) -> bytes:
    return _OLD + canonical((company, stream.book, stream.tier, number))
