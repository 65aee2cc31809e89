"""The one function that turns changes into rows, whether they arise here or arrive from afar."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.model.change import Dot, Edit
from app.model.entity import FIELD_TIER, LIFE, Entity, entity_named
from app.model.merge import Register, Version, deletion, is_gone, is_marked, is_present, shown, write
from app.store.database import Connection
from app.store.index import Index
from app.store.numbers import Numbers
from app.store.rows import RowPlan, extra, plan, quoted
from app.store.sealing import sealed_places, with_key
from app.store.versions import IN_ROW, created, pack, unpack

BUFFERED_ROWS = 2000
MOST_ASKED = 256
"""Records asked for in one statement."""


class Author(NamedTuple):
    """What every change of a step shares: who, where and when."""

    device: bytes
    step: int
    book: bytes
    tier: int
    time_ms: int
    """The time that counts in merging (merge.counted_time)."""


class Row(NamedTuple):
    """A row as it stands, with its registers."""

    row: int
    book: int
    gone: bool
    subject: bytes | None
    raw: Sequence[Any]
    registers: dict[str, Register]


class Tables:
    """Applies edits within the transaction that its owner has begun."""

    def __init__(
        self, connection: Connection, devices: Numbers, books: Numbers, now_ms: Callable[[], int]
    ) -> None:
        self._connection, self._devices, self._books, self._now_ms = connection, devices, books, now_ms
        self._index = Index(connection)
        self._next: dict[str, int] = {}
        self._waiting = 0
        self._inserts: dict[tuple[str, int, tuple[str, ...]], list[tuple[Any, ...]]] = {}
        self._fresh: set[bytes] = set()
        self.now = now_ms()

    def begin(self) -> None:
        """Forget what was known of an earlier transaction."""
        self._next.clear()
        self._inserts.clear()
        self._fresh.clear()
        self._waiting = 0
        self._index.begin()
        self.now = self._now_ms()

    # ---- creating, many at a time

    def create(self, author: Author, edit: Edit, first: int) -> bytes | None:
        """Make a row that nobody has yet; returns its subject key. Written by `flush`, at the latest."""
        entity = entity_named(edit.kind)
        row_plan = plan(entity, author.tier)
        number = self._next.get(row_plan.table)
        if number is None:
            number = self._newest(row_plan.table)
        self._next[row_plan.table] = number = number + 1
        subject = os.urandom(32) if sealed_places(edit.kind, edit.fields) else None
        maker = row_plan.maker(edit.fields)
        versions = created(self._devices[author.device], author.step, author.time_ms, first, edit.fields)
        book = self._books[author.book]
        row = maker.row([number, edit.row, book, self.now, subject, versions], edit.values)
        # Rows wait here, not with their maker: the plan forgets makers while there are rows to write.
        self._inserts.setdefault((edit.kind, author.tier, edit.fields), []).append(row)
        if author.tier == FIELD_TIER:
            self._index.created(entity, number, book, edit)
        self._fresh.add(edit.row)
        self._waiting += 1
        if self._waiting >= BUFFERED_ROWS:
            self.flush()
        return subject

    def flush(self) -> None:
        """Write what waits, so that reads and searches see it."""
        self._write_rows()
        self._index.flush()

    def _write_rows(self) -> None:
        if self._waiting:
            for (kind, tier, fields), rows in self._inserts.items():
                maker = plan(entity_named(kind), tier).maker(fields)
                self._connection.executemany(maker.sql, rows)
            self._inserts.clear()
            self._fresh.clear()
            self._waiting = 0

    def drop(self) -> None:
        """Forget rows that wait; the transaction is being rolled back."""
        self._inserts.clear()
        self._waiting = 0
        self._index.begin()

    # ---- changing what is there, or may be

    def load(self, entity: Entity, tier: int, id_: bytes) -> Row | None:
        """The row of a record and its registers, deleted or not."""
        if id_ in self._fresh:
            self._write_rows()
        row_plan = plan(entity, tier)
        raw = self._connection.execute(f"{row_plan.select} WHERE id = ?", (id_,)).fetchone()
        if raw is None:
            return None
        return Row(raw[0], raw[2], bool(raw[3]), raw[6], raw, unpack(raw[7], self._devices.ids))

    def load_many(self, entity: Entity, tier: int, ids: Sequence[bytes]) -> dict[bytes, Row]:
        """The rows of many records, by id; what is not there is left out."""
        self._write_rows()
        found: dict[bytes, Row] = {}
        for first in range(0, len(ids), MOST_ASKED):
            some = ids[first : first + MOST_ASKED]
            sql = f"{plan(entity, tier).select} WHERE id IN ({', '.join('?' * len(some))})"
            for raw in self._connection.execute(sql, some):
                found[raw[1]] = Row(
                    raw[0], raw[2], bool(raw[3]), raw[6], raw, unpack(raw[7], self._devices.ids)
                )
        return found

    def apply(
        self, author: Author, edit: Edit, first: int, subject: bytes | None = None, seen: Row | None = None
    ) -> bytes | None:
        """Merge one edit into its row, making the row where it is not there; returns the subject key.

        `first` is the place of the edit's first change in its step. `seen` spares reading the row again
        where the caller has just loaded it in this transaction.
        """
        entity = entity_named(edit.kind)
        row_plan = plan(entity, author.tier)
        old = seen if seen is not None else self.load(entity, author.tier, edit.row)
        if old is None:
            return self._make(author, edit, first, subject)
        registers = old.registers
        touched: set[str] = set()
        for place, change in enumerate(edit.changes(), first):
            register = registers.get(change.field, ())
            if len(register) == 1 and register[0].value is IN_ROW and register[0].dot not in change.seen:
                value = row_plan.wire(old.raw, change.field)
                register = (register[0]._replace(value=value),)
            value = change.value
            if change.field == LIFE and isinstance(value, list):
                value = deletion(registers, value)
            new = Version(Dot(author.device, author.step, place), author.time_ms, value)
            registers[change.field] = write(register, new, change.seen)
            touched.add(change.field)
        gone = is_gone(registers)
        key = with_key(old.subject, subject)
        if key is None and sealed_places(edit.kind, edit.fields):
            key = os.urandom(32)
        sets = self._columns(row_plan, old, registers, touched)
        sets += [
            ("gone", int(gone)),
            ("marks", marks(registers, gone)),
            ("touched", self.now),
            ("subject", key),
            ("versions", pack(registers, self._devices)),
        ]
        assignments = ", ".join(f"{quoted(name)} = ?" for name, _value in sets)
        self._connection.execute(
            f"UPDATE {row_plan.table} SET {assignments} WHERE row = ?",
            [*(value for _name, value in sets), old.row],
        )
        if author.tier == FIELD_TIER:
            self._index.changed(entity, old.row, old.book, None if gone else old.raw, dict(sets))
        return key

    def _make(self, author: Author, edit: Edit, first: int, subject: bytes | None) -> bytes | None:
        """A row for a record of which this is the first we hear: an empty one, then the edit upon it."""
        entity = entity_named(edit.kind)
        table = plan(entity, author.tier).table
        is_plain = edit.fields[:1] == (LIFE,) and edit.values[0] is True and None not in edit.values
        if author.tier == FIELD_TIER and is_plain and not edit.seen and subject is None:
            key = self.create(author, edit, first)
            self.flush()
            return key
        self._connection.execute(
            f"INSERT INTO {table} (row, id, book, touched, subject, versions) VALUES (?, ?, ?, ?, ?, ?)",
            (
                self._newest(table) + 1,
                edit.row,
                self._books[author.book],
                self.now,
                subject,
                pack({}, self._devices),
            ),
        )
        self._next.pop(table, None)
        return self.apply(author, edit, first, subject)

    def _columns(
        self, row_plan: RowPlan, old: Row, registers: dict[str, Register], touched: Iterable[str]
    ) -> list[tuple[str, Any]]:
        """What the changed registers put into the declared columns."""
        sets: list[tuple[str, Any]] = []
        kept = None
        for base in sorted({name.partition("/")[0] for name in touched if name != LIFE}):
            field = row_plan.entity.by_name.get(base)
            if field is None or base not in row_plan.places:
                kept = json.loads(old.raw[8]) if kept is None and old.raw[8] else kept or {}
                for name in touched:
                    if name.partition("/")[0] == base:
                        kept[name] = shown(registers[name]).value
            elif field.elementwise:
                sets += row_plan.assignments(base, self._elements(row_plan, old, registers, base))
            else:
                sets += row_plan.assignments(base, shown(registers[base]).value)
        if kept is not None:
            sets.append(("extra", extra(kept)))
        return sets

    @staticmethod
    def _elements(row_plan: RowPlan, old: Row, registers: dict[str, Register], base: str) -> list[str]:
        """The elements of a set that are present."""
        present = []
        for name, register in registers.items():
            if name.startswith(base + "/"):
                single = len(register) == 1 and register[0].value is IN_ROW
                if row_plan.wire(old.raw, name) if single else is_present(register):
                    present.append(name.partition("/")[2])
        return sorted(present)

    def children(
        self, child: Entity, parents: Sequence[bytes]
    ) -> Iterator[tuple[bytes, dict[str, Register]]]:
        """The living records that live with others: whose, and their registers."""
        assert child.parent is not None
        self._write_rows()
        of = quoted(child.parent.name)
        for first in range(0, len(parents), MOST_ASKED):
            some = parents[first : first + MOST_ASKED]
            rows = self._connection.execute(
                f"SELECT {of}, versions FROM {child.name} WHERE {of} IN ({', '.join('?' * len(some))}) AND gone = 0",
                some,
            ).fetchall()
            for parent, versions in rows:
                yield parent, unpack(versions, self._devices.ids)

    def buried_with(self, child: Entity, parent: bytes, deletions: Collection[Version]) -> list[bytes]:
        """The deleted records of a parent that one of these deletions, its own, took with it."""
        assert child.parent is not None
        self._write_rows()
        rows = self._connection.execute(
            f"SELECT id, versions FROM {child.name} WHERE {quoted(child.parent.name)} = ? AND gone = 1",
            (parent,),
        ).fetchall()
        # All steps of one command carry its time.
        commands = {(version.dot.device, version.time_ms) for version in deletions}
        return [
            id_
            for id_, versions in rows
            if any(
                isinstance(version.value, list) and (version.dot.device, version.time_ms) in commands
                for version in unpack(versions, self._devices.ids).get(LIFE, ())
            )
        ]

    def book_id(self, number: int) -> bytes:
        """The id of a book by its local number."""
        return self._books.ids[number]

    def _newest(self, table: str) -> int:
        row = self._connection.execute(f"SELECT max(row) FROM {table}").fetchone()
        return (row[0] if row else None) or 0


def marks(registers: Mapping[str, Register], gone: bool) -> int:
    """How many fields hold several values between which somebody has to decide.

    Sets merge by themselves; a deletion that had not seen everything counts as one.
    """
    return len(undecided(registers, gone))


def undecided(registers: Mapping[str, Register], gone: bool) -> list[str]:
    """The names of those fields."""
    found = []
    for name, register in registers.items():
        if name == LIFE:
            if not gone and any(isinstance(version.value, list) for version in register):
                found.append(name)
        elif len(register) > 1 and "/" not in name and is_marked(register):
            found.append(name)
    return found
