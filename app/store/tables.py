"""The one function that turns changes into rows, whether they arise here or arrive from afar."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from app.ids import Id
from app.model.change import Edit
from app.model.encoding import Sealed
from app.model.entity import FIELD_TIER, LIFE, Entity, entity_named
from app.model.folding import sort_key
from app.model.merge import Register, Version
from app.model.moving import MOVED
from app.store.database import Connection
from app.store.index import Index
from app.store.merging import Author, Held, merge
from app.store.numbers import Numbers
from app.store.rows import HOUSE, plan, quoted
from app.store.sealing import sealed_places, with_key
from app.store.versions import created, pack, unpack

BUFFERED_ROWS = 2000
MOST_ASKED = 256
"""Records asked for in one statement."""


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
        self.new_marks = 0
        """How often a record had more fields to decide about after a write than before."""

    def begin(self) -> None:
        """Forget what was known of an earlier transaction."""
        self._next.clear()
        self._inserts.clear()
        self._fresh.clear()
        self._waiting = 0
        self._index.begin()
        self.now = self._now_ms()

    # ---- creating, many at a time

    def create(
        self, author: Author, edit: Edit, first: int, subject: bytes | None = None, number: int | None = None
    ) -> bytes | None:
        """Make a row that nobody has yet; returns its subject key. Written by `flush`, at the latest.

        `subject` is empty where another device's edit came without a key: none is made up for it.
        """
        entity = entity_named(edit.kind)
        row_plan = plan(entity, author.tier)
        number = number or self._number(row_plan.table)
        if subject is None and sealed_places(edit.kind, edit.fields):
            subject = os.urandom(32)
        maker = row_plan.maker(edit.fields)
        versions = created(self._devices[author.device], author.step, author.time_ms, first, edit.fields)
        book = self._books[author.book]
        row = maker.row([number, edit.row, book, self.now, subject or None, versions], edit.values)
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

    def subjects(self, entity: Entity, tier: int, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """The subject keys of many records, by id; what is not there, or has none, is left out."""
        self._write_rows()
        found: dict[bytes, bytes] = {}
        for first in range(0, len(ids), MOST_ASKED):
            some = ids[first : first + MOST_ASKED]
            sql = f"SELECT id, subject FROM {plan(entity, tier).table} WHERE id IN ({', '.join('?' * len(some))})"
            found.update(self._connection.execute(f"{sql} AND subject IS NOT NULL", some).fetchall())
        return found

    def apply(
        self, author: Author, edit: Edit, first: int, subject: bytes | None = None, seen: Row | None = None,
        *, is_new: bool = False,
    ) -> bytes | None:  # fmt: skip
        """Merge one edit into its row, making the row where it is not there; returns the subject key.

        `first` is the place of the edit's first change in its step. `seen` spares reading the row again
        where the caller has just loaded it in this transaction, `is_new` where it has found none.
        """
        entity = entity_named(edit.kind)
        row_plan = plan(entity, author.tier)
        old = seen if seen is not None or is_new else self.load(entity, author.tier, edit.row)
        if old is None:
            return self._make(author, edit, first, subject)
        merged = merge(row_plan, old, author, edit, first)
        self.new_marks += merged.marks > old.raw[4]
        key = with_key(old.subject, subject)
        if key is None and sealed_places(edit.kind, edit.fields):
            key = os.urandom(32)
        sets = [
            *merged.sets,
            ("gone", int(merged.gone)),
            ("marks", merged.marks),
            ("touched", self.now),
            ("subject", key or None),
            ("versions", pack(old.registers, self._devices)),
        ]
        assignments = ", ".join(f"{quoted(name)} = ?" for name, _value in sets)
        self._connection.execute(
            f"UPDATE {row_plan.table} SET {assignments} WHERE row = ?",
            [*(value for _name, value in sets), old.row],
        )
        if author.tier == FIELD_TIER:
            self._index.changed(entity, old.row, old.book, None if merged.gone else old.raw, dict(sets))
        return key

    def _make(self, author: Author, edit: Edit, first: int, subject: bytes | None) -> bytes | None:
        """A row for a record of which this is the first we hear: an empty one, then the edit upon it."""
        entity = entity_named(edit.kind)
        table = plan(entity, author.tier).table
        is_plain = edit.fields[:1] == (LIFE,) and edit.values[0] is True and None not in edit.values
        is_plain = is_plain and Sealed not in map(type, edit.values)
        if is_plain and not edit.seen:
            return self.create(author, edit, first, subject)
        self._connection.execute(
            f"INSERT INTO {table} (row, id, book, touched, subject, versions) VALUES (?, ?, ?, ?, ?, ?)",
            (
                self._number(table),
                edit.row,
                self._books[author.book],
                self.now,
                subject or None,
                pack({}, self._devices),
            ),
        )
        return self.apply(author, edit, first, subject)

    # ---- whole rows, as confirmed state puts them

    def put(self, entity: Entity, tier: int, held: Held, live: Row | None, number: int | None = None) -> None:
        """Write a whole row in place of `live`, or as a new one. Nothing happens where it is the same already."""
        row_plan = plan(entity, tier)
        raw = held.raw
        raw[7] = pack(held.registers, self._devices)
        if live is not None and list(live.raw[1:5]) + list(live.raw[6:]) == raw[1:5] + raw[6:]:
            return
        self.new_marks += live is not None and raw[4] > live.raw[4]
        raw[0] = live.row if live is not None else number or self._number(row_plan.table)
        raw[5] = self.now
        names = [*HOUSE, *row_plan.columns]
        values = list(raw)
        for field in row_plan.fields:
            if field.sort:
                names.append(f"{field.name}_sort")
                values.append(sort_key(raw[row_plan.at[field.name]] or ""))
        self._connection.execute(
            f"INSERT OR REPLACE INTO {row_plan.table} ({', '.join(map(quoted, names))}) "
            f"VALUES ({', '.join('?' * len(names))})",
            values,
        )
        if tier == FIELD_TIER:
            self._index.changed(entity, raw[0], raw[2], None if raw[3] else raw, {})

    def reserve(self, table: str, number: int) -> None:
        """Give new rows greater numbers than this one: rows up to it may come back."""
        self._next[table] = max(number, self._newest(table), self._next.get(table) or 0)

    def remove(self, entity: Entity, tier: int, live: Row) -> None:
        """Take a row out: its record is in no state any more."""
        self._connection.execute(f"DELETE FROM {plan(entity, tier).table} WHERE row = ?", (live.row,))
        if tier == FIELD_TIER:
            self._index.changed(entity, live.row, live.book, None, {})

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

    def moved(self, entity: Entity, tier: int) -> list[tuple[Id, Row]]:
        """The records of a kind that have moved to another book."""
        self._write_rows()
        rows = self._connection.execute(
            f"{plan(entity, tier).select} WHERE gone = 1 AND instr(extra, ?) > 0", (f'"{MOVED}"',)
        ).fetchall()
        return [
            (Id(raw[1]), Row(raw[0], raw[2], bool(raw[3]), raw[6], raw, unpack(raw[7], self._devices.ids)))
            for raw in rows
        ]

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

    def _number(self, table: str) -> int:
        """The number of a table's next row."""
        number = self._next.get(table)
        if number is None:
            number = self._newest(table)
        self._next[table] = number = number + 1
        return number

    def _newest(self, table: str) -> int:
        row = self._connection.execute(f"SELECT max(row) FROM {table}").fetchone()
        return (row[0] if row else None) or 0
