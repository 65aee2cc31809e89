"""A stream's key of one epoch: made, wrapped for one device, opened and checked, and the old key under the new.

The roster's commitment decides which key is right. HPKE authenticates nobody, so what opens is believed only once it
matches what the statement about the epoch, signed and validated, says of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from app.crypto.identity import DeviceKeys, PublicIdentity
from app.crypto.keys import SIZE, SecretKey, same
from app.crypto.seal import open_sealed, seal
from app.errors import Damaged
from app.i18n import _
from app.model.encoding import canonical
from app.model.statements import (
    AccessGiven,
    DeviceCertified,
    EpochBegun,
    Statement,
    Stream,
    Wrap,
    commitment,
)

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


def opened(
    statements: Iterable[Statement],
    company: bytes,
    device: bytes,
    keys: DeviceKeys,
    known: Mapping[tuple[Stream, int], SecretKey] | None = None,
) -> dict[tuple[Stream, int], SecretKey]:
    """All keys that a whole validated roster brings to a device, beside those it knows: the old through the new.

    A key that does not open, or is not the one that was committed to, is left out: its author's fault must not keep
    this device from everything else.
    """
    found = dict(known or {})
    committed: dict[tuple[Stream, int], bytes] = {}
    olds: dict[tuple[Stream, int], bytes] = {}
    wraps: dict[tuple[Stream, int], Wrap] = {}
    for statement in statements:
        body = statement.body
        if isinstance(body, EpochBegun):
            place = Stream(body.book, body.tier), body.number
            committed[place], olds[place] = body.commitment, body.old
        if isinstance(body, EpochBegun | AccessGiven | DeviceCertified):
            wraps |= {(wrap.stream, wrap.epoch): wrap for wrap in body.wraps if wrap.device == device}
    for place, wrapped in wraps.items():
        if place not in found and place in committed:
            with suppress(Damaged):
                found[place] = unwrap(keys, company, wrapped, committed[place])
    for (stream, number), old in sorted(olds.items(), reverse=True):
        before = stream, number - 1
        if (stream, number) in found and before in committed and before not in found:
            with suppress(Damaged):
                found[before] = open_old(
                    found[stream, number], old, company, stream, number, committed[before]
                )
    return found


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
