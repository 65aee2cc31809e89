"""Canonical MessagePack: one way to write each value, shared by journal, wire and audit.

The sole importer of msgspec. Maps are written with sorted keys, integers and texts in their shortest form,
which msgspec does by itself; what it would also accept in a longer form is refused by `decode_canonical`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from app.errors import Damaged
from app.i18n import _
from app.model.change import STEP_FORMAT, Edit, Step

SEALED = 1
"""MessagePack extension of a personal value sealed under its record's key."""


class Sealed:
    """A personal value that is sealed; `data` is what `crypto.seal` wrote."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.data == self.data

    def __hash__(self) -> int:
        return hash(self.data)

    def __bool__(self) -> bool:
        return False  # whoever cannot read a value takes it for none

    def __repr__(self) -> str:
        return "Sealed(…)"


def _write_other(value: Any) -> Any:
    if isinstance(value, Sealed):
        return msgspec.msgpack.Ext(SEALED, value.data)
    raise TypeError(f"{type(value).__name__} does not travel")


def _read_other(code: int, data: memoryview) -> Any:
    if code == SEALED:
        return Sealed(bytes(data))
    return msgspec.msgpack.Ext(code, bytes(data))


_encoder = msgspec.msgpack.Encoder(enc_hook=_write_other, order="sorted")
_decoder = msgspec.msgpack.Decoder(ext_hook=_read_other)


def canonical(value: Any) -> bytes:
    """The value's bytes. Equal values have equal bytes."""
    return _encoder.encode(value)


encode = canonical


def decode(data: bytes) -> Any:
    """The value of its bytes. Raises Damaged."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(_("A stored value cannot be read.")) from error


def decode_canonical(data: bytes) -> Any:
    """The value, refusing bytes that `canonical` would not have written. Raises Damaged."""
    value = decode(data)
    try:
        again = canonical(value)
    except (
        TypeError,
        ValueError,
        RecursionError,
    ) as error:  # what no program of ours writes: maps keyed by numbers
        raise Damaged(_("A received value is not in canonical form.")) from error
    if again != data:
        raise Damaged(_("A received value is not in canonical form."))
    return value


_edits = msgspec.msgpack.Decoder(tuple[int, int, int, tuple[Edit, ...]], ext_hook=_read_other)


def encode_step(step: Step) -> bytes:
    """A step's body: format, number, author's time and edits. Device and stream stand in the batch's header."""
    return _encoder.encode((STEP_FORMAT, step.number, step.time_ms, step.edits))


def decode_step(data: bytes, device: bytes, book: bytes, tier: int) -> Step:
    """The step of a body. Raises Damaged where it is malformed or of an unknown format."""
    try:
        version, number, time_ms, edits = _edits.decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(_("A step of the journal cannot be read.")) from error
    if version != STEP_FORMAT:
        raise Damaged(_("A step was written by a newer program. Please update this one."))
    return Step(device, number, book, tier, time_ms, edits)
