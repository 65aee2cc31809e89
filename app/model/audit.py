"""The audit trail's hash chain: one row per command, each bound to all rows before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from app.errors import Damaged
from app.i18n import _
from app.model.encoding import canonical

Outcome = Literal["done", "refused", "failed", "read"]

FORMAT = 1
MOST_TOUCHED = 100
"""Ids that a row names; of a larger set it names the first hundred, the count, and a digest of all."""

DOMAIN = b"provender audit row\x00"
GENESIS = hashlib.sha256(b"provender audit genesis\x00").digest()
"""What the first row of a device is linked to."""


class AuditRow(NamedTuple):
    """One command: who did what to which records. Never a value of a record.

    `number` counts from 1 on each device without a gap; `time_ms` is the device's plain clock. `touched` are
    the first ids in the command's own order, `count` says how many there were in all. `detail` holds names of
    kinds and fields, counts and the like; `reason` what the person wrote where the program asked.
    """

    number: int
    device: bytes
    time_ms: int
    member: bytes
    command: str
    outcome: str
    touched: tuple[bytes, ...] = ()
    count: int = 0  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    detail: Mapping[str, str | int] = {}
    reason: str = ""


class Head(NamedTuple):
    """The end of a chain: the last row's number and hash; what is anchored where the writer cannot reach."""

    number: int
    hash: bytes


START = Head(0, GENESIS)


class BrokenTrail(Damaged):
    """The audit trail was altered, cut or reordered; `number` is the first row that does not hold."""

    code = "audit_broken"

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


def canonical_row(row: AuditRow) -> bytes:
    """The row's bytes, as hashed, stored and sent: an array that begins with the format."""
    return canonical((FORMAT, *row[:8], dict(row.detail), row.reason))


def link(previous: bytes, row: AuditRow) -> bytes:
    """The hash that stands for this row and all before it."""
    return hashlib.sha256(DOMAIN + previous + canonical_row(row)).digest()


def digest(ids: Iterable[bytes]) -> str:
    """Hexadecimal digest of a set of ids, for `detail` where a command touched more than a row names."""
    return hashlib.sha256(b"provender audit ids\x00" + b"".join(sorted(ids))).hexdigest()


def verify(rows: Iterable[tuple[AuditRow, bytes]], start: Head = START, end: Head | None = None) -> Head:
    """The head of a chain of rows with their stored hashes, in order, all of one device.

    Goes on from `start`, so that a long trail can be verified in parts; must pass through `end` where an
    anchored head is known, so that a cut tail shows. Raises BrokenTrail, which names the first bad row.
    """
    number, previous = start
    device: bytes | None = None
    anchored = end is None or end == start
    for row, stored in rows:
        number += 1
        if row.number != number:
            raise BrokenTrail(
                number,
                _("Audit row {number} is missing; row {found} stands in its place.").format(
                    number=number, found=row.number
                ),
            )
        if device is not None and row.device != device:
            raise BrokenTrail(number, _("Audit row {number} is of another device.").format(number=number))
        device = row.device
        previous = link(previous, row)
        if previous != stored:
            raise BrokenTrail(
                number,
                _("Audit row {number} does not fit its hash: it, or what was before it, was altered.").format(
                    number=number
                ),
            )
        if end is not None and number == end.number:
            if previous != end.hash:
                raise BrokenTrail(
                    number,
                    _("Audit row {number} is not the one that was anchored elsewhere.").format(number=number),
                )
            anchored = True
    if not anchored and end is not None:
        raise BrokenTrail(
            number + 1,
            _("The audit trail ends at row {number}, but row {anchor} was anchored elsewhere.").format(
                number=number, anchor=end.number
            ),
        )
    return Head(number, previous)
