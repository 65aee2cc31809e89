"""Confirmed versions of rows that hold changes of ours which wait: kept aside, with the steps to replay over them.

Only rows that existed before their first waiting change cost anything here. A row that a waiting step has made, and
that nothing has touched since, has no entry: its dots tell what it is, for they are later than the last step of
their device that was followed in the row's stream.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.model.encoding import decode, encode
from app.model.entity import Entity, entity_named
from app.model.merge import Register
from app.store.database import Connection
from app.store.merging import Held, blank
from app.store.numbers import Numbers
from app.store.rows import HOUSE, RowPlan, plan
from app.store.streams import Streams
from app.store.tables import MOST_ASKED, Row
from app.store.versions import pack, unpack

_STEP = struct.Struct(">IQ")
"""Number of the device, number of the step: of fixed size, so that one more is written behind the others."""

StepKey = tuple[int, int]


@dataclass(slots=True)
class Aside:
    """What one entry holds. `body` is None for a record that is not in confirmed state."""

    steps: list[StepKey]
    body: Held | None


class Asides:
    """Reads through the connection that it is given; writes only on the writer's."""

    def __init__(self, connection: Connection, devices: Numbers, books: Numbers, streams: Streams) -> None:
        self._connection, self._devices, self._books, self._streams = connection, devices, books, streams

    def keep(self, entity: Entity, tier: int, row: Row, device: bytes, step: int) -> None:
        """A step of ours is about to change a row: keep what is confirmed of it, once."""
        own = (self._devices[device], step)
        last = self._streams.steps_at(row.book, tier)
        waiting = pending(row.registers, self._devices, last)
        steps = [*waiting, own]
        body = None if waiting else write_body(plan(entity, tier), row.raw)
        self._connection.execute(
            "INSERT INTO aside (book, tier, kind, id, steps, body) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (book, tier, kind, id) DO UPDATE SET steps = CAST(steps || ? AS BLOB)",
            (row.book, tier, entity.name, row.raw[1], write_steps(steps), body, _STEP.pack(*own)),
        )

    def put(self, book: int, tier: int, kind: str, id_: bytes, aside: Aside) -> None:
        """Keep an entry as it is now."""
        body = None
        if aside.body is not None:
            aside.body.raw[7] = pack(aside.body.registers, self._devices)
            body = write_body(plan(entity_named(kind), tier), aside.body.raw)
        self._connection.execute(
            "INSERT OR REPLACE INTO aside (book, tier, kind, id, steps, body) VALUES (?, ?, ?, ?, ?, ?)",
            (book, tier, kind, id_, write_steps(aside.steps), body),
        )

    def add(self, entries: Iterable[tuple[int, int, str, bytes, Sequence[StepKey]]]) -> None:
        """Entries of records that are not in confirmed state: book, tier, kind, id, steps."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO aside (book, tier, kind, id, steps) VALUES (?, ?, ?, ?, ?)",
            [(*key, write_steps(steps)) for *key, steps in entries],
        )

    def drop(self, book: int, tier: int, kind: str, id_: bytes) -> None:
        """Nothing waits for this record any more."""
        self._connection.execute(
            "DELETE FROM aside WHERE book = ? AND tier = ? AND kind = ? AND id = ?", (book, tier, kind, id_)
        )

    def clear(self, book: int, tier: int) -> None:
        """Forget all entries of a stream."""
        self._connection.execute("DELETE FROM aside WHERE book = ? AND tier = ?", (book, tier))

    def any(self, book: int, tier: int) -> bool:
        """Whether a stream has any entry at all."""
        return (
            self._connection.execute(
                "SELECT 1 FROM aside WHERE book = ? AND tier = ? LIMIT 1", (book, tier)
            ).fetchone()
            is not None
        )

    def some(self, book: int, tier: int, kind: str, ids: Sequence[bytes]) -> dict[bytes, Aside]:
        """The entries of these records, by id."""
        found: dict[bytes, Aside] = {}
        for first in range(0, len(ids), MOST_ASKED):
            part = ids[first : first + MOST_ASKED]
            rows = self._connection.execute(
                f"SELECT id, steps, body FROM aside WHERE book = ? AND tier = ? AND kind = ? "
                f"AND id IN ({', '.join('?' * len(part))})",
                (book, tier, kind, *part),
            )
            for id_, steps, body in rows:
                found[id_] = self._aside(book, tier, kind, id_, steps, body)
        return found

    def of(self, book: int, tier: int, kind: str) -> Iterator[tuple[bytes, Aside]]:
        """All entries of a kind in a stream."""
        rows = self._connection.execute(
            "SELECT id, steps, body FROM aside WHERE book = ? AND tier = ? AND kind = ?", (book, tier, kind)
        ).fetchall()
        for id_, steps, body in rows:
            yield id_, self._aside(book, tier, kind, id_, steps, body)

    def all_of(self, kind: str, tier: int) -> list[tuple[int, bytes]]:
        """Book numbers and ids of all entries of a kind."""
        return self._connection.execute(
            "SELECT book, id FROM aside WHERE kind = ? AND tier = ?", (kind, tier)
        ).fetchall()

    def _aside(self, book: int, tier: int, kind: str, id_: bytes, steps: bytes, body: bytes | None) -> Aside:
        held = None
        if body is not None:
            held = read_body(plan(entity_named(kind), tier), id_, book, body, self._devices.ids)
        return Aside(read_steps(steps), held)


def pending(
    registers: Mapping[str, Register], devices: Mapping[bytes, int], last: Mapping[int, int]
) -> list[StepKey]:
    """The steps, of those that wrote what a row holds, that wait for their place in the order; oldest first."""
    found = {
        (number, version.dot.step)
        for register in registers.values()
        for version in register
        if version.dot.step > last.get(number := devices[version.dot.device], 0)
    }
    return sorted(found, key=lambda one: (one[1], one[0]))


def write_steps(steps: Iterable[StepKey]) -> bytes:
    """The column of an entry's steps."""
    return b"".join(_STEP.pack(*step) for step in steps)


def read_steps(column: bytes) -> list[StepKey]:
    """The steps, each once, oldest first."""
    return sorted(set(_STEP.iter_unpack(column)), key=lambda one: (one[1], one[0]))


def write_body(row_plan: RowPlan, raw: Sequence[object]) -> bytes:
    """A row's bytes aside. Columns are named, since an update may add some."""
    house = len(HOUSE)
    named = {
        name: value
        for name, value, empty in zip(row_plan.columns, raw[house:], row_plan.empties, strict=True)
        if value != empty
    }
    return encode((raw[3], raw[4], raw[6], raw[7], raw[8], named))


def read_body(row_plan: RowPlan, id_: bytes, book: int, body: bytes, device_of: Mapping[int, bytes]) -> Held:
    """The row again; without its registers where `device_of` is empty."""
    gone, marks, subject, versions, extra, named = decode(body)
    held = blank(row_plan, id_, book)
    held.raw[3:9] = [gone, marks, 0, subject, versions, extra]
    for name, value in named.items():
        held.raw[row_plan.at[name]] = value
    if device_of:
        held.registers = unpack(versions, device_of)
    return held
