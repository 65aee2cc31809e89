"""Records that moved to another book: what the old one points to, and edits that came too late for it.

A move writes a tombstone with a pointer in the old stream and creates the record anew, whole, in the other one, under
an id that follows from the old id and the book: two who move it to the same place make the same record. All rules
look at one row and the order of its own stream alone, so that readers of one stream never wait for another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from app import ids
from app.errors import NotFound
from app.ids import Id
from app.model.change import Dot
from app.model.encoding import canonical

MOVED = "~to"
"""The register that says where a record has gone: `book/id`. Of two moves the first in the stream's order holds."""
LATE = "~late/"
"""Begins the register that says which edit of the old record was taken over; of several the first has effect."""


class Place(NamedTuple):
    """Where a record is now."""

    book: Id
    id: Id


class Dotted(Protocol):
    """A version of a register (merge.Version)."""

    @property
    def dot(self) -> Dot: ...


def moved_id(id_: bytes, book: bytes) -> Id:
    """The id of a record in the book that it is moved to."""
    return Id(hashlib.sha256(b"provender moved record\x00" + canonical((id_, book))).digest()[:16])


def late_field(dot: Dot) -> str:
    """The register that says that the edit of this dot was taken over."""
    return LATE + ids.show(hashlib.sha256(b"provender late edit\x00" + canonical(list(dot))).digest()[:16])


def write_place(place: Place) -> str:
    """The pointer as it travels."""
    return f"{ids.show(place.book)}/{ids.show(place.id)}"


def read_place(wire: object) -> Place | None:
    """The place that a pointer says; None for what `write_place` would not have written."""
    if not isinstance(wire, str) or wire.count("/") != 1:
        return None
    try:
        place = Place(*(ids.parse(part) for part in wire.split("/")))
    except NotFound:
        return None
    return place if write_place(place) == wire else None


def is_idle(registers: Mapping[str, Iterable[Dotted]], fields: Iterable[str]) -> bool:
    """Whether an edit comes to nothing: a second move, or an edit that somebody has taken over already."""
    return any((field == MOVED or field.startswith(LATE)) and bool(registers.get(field)) for field in fields)
