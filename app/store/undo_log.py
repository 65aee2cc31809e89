"""Which commands can be taken back, and which of those that were can be done again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from app.model.change import Dot
from app.model.encoding import decode, encode
from app.store.database import Connection

DONE, UNDONE = 0, 1
MOST_ENTRIES = 1000


class Entry(NamedTuple):
    """One command and the range of this device's steps that it, or its last undo or redo, has written."""

    number: int
    label: str
    first: int
    last: int


class Mark(NamedTuple):
    """Names one entry for good: a number alone is given again once its entry is gone."""

    number: int
    at_ms: int


class UndoLog:
    """A stack that survives closing the program."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, label: str, at_ms: int, first: int, last: int) -> None:
        """A new command: what was undone before it can no longer be redone."""
        self._connection.execute("DELETE FROM undo WHERE state = 1")
        cursor = self._connection.execute(
            "INSERT INTO undo (label, at, first, last, state) VALUES (?, ?, ?, ?, 0)",
            (label, at_ms, first, last),
        )
        gone = self._connection.execute(
            "DELETE FROM undo WHERE number <= ?", (cursor.lastrowid - MOST_ENTRIES,)
        )
        if gone.rowcount:
            # No entry that is left can ask about what was put back before its own steps.
            self._connection.execute("DELETE FROM stands_for WHERE step < (SELECT min(first) FROM undo)")

    def last_done(self) -> Entry | None:
        """What undo would take back."""
        return self._one(
            "SELECT number, label, first, last FROM undo WHERE state = 0 ORDER BY number DESC LIMIT 1"
        )

    def mark(self) -> Mark | None:
        """The name of what undo would take back."""
        row = self._connection.execute(
            "SELECT number, at FROM undo WHERE state = 0 ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return Mark(*row) if row else None

    def done(self, mark: Mark) -> Entry | None:
        """The entry of this name, None where it was taken back or is no longer kept."""
        return self._one(
            "SELECT number, label, first, last FROM undo WHERE state = 0 AND number = ? AND at = ?", *mark
        )

    def last_undone(self) -> Entry | None:
        """What redo would do again."""
        return self._one(
            "SELECT number, label, first, last FROM undo WHERE state = 1 ORDER BY number LIMIT 1"
        )

    def turn(self, number: int, first: int, last: int, state: int) -> None:
        """The entry was undone or redone by these steps, which are what to invert next."""
        if last < first:
            self._connection.execute("DELETE FROM undo WHERE number = ?", (number,))
            return
        self._connection.execute(
            "UPDATE undo SET first = ?, last = ?, state = ? WHERE number = ?", (first, last, state, number)
        )

    def rename(self, by: int, names: Mapping[tuple[bytes, int], tuple[bytes, int]]) -> None:
        """This device's steps have numbers that are greater by so much from now on, `names` says what all became."""
        self._connection.execute("UPDATE undo SET first = first + ?, last = last + ?", (by, by))
        rows = self._connection.execute("SELECT step FROM stands_for ORDER BY step").fetchall()
        kept = {step: self.stands(step) for (step,) in rows}
        self._connection.execute("DELETE FROM stands_for")
        for step, changes in kept.items():
            renamed = {
                place: frozenset(Dot(*names.get(dot[:2], dot[:2]), dot.nth) for dot in found)
                for place, found in changes.items()
            }
            self.stand(step + by, renamed)

    def clear(self) -> None:
        """Forget all entries: the steps that they name are another device's from now on."""
        self._connection.execute("DELETE FROM undo")
        self._connection.execute("DELETE FROM stands_for")

    def stand(self, step: int, changes: Mapping[int, Collection[Dot]]) -> None:
        """The changes of a step, by their places, put back values that these dots had written."""
        told = [[place, sorted(found)] for place, found in sorted(changes.items())]
        self._connection.execute("INSERT INTO stands_for (step, changes) VALUES (?, ?)", (step, encode(told)))

    def stands(self, step: int) -> dict[int, frozenset[Dot]]:
        """What `stand` was told of a step; empty for one that only wrote new values."""
        row = self._connection.execute("SELECT changes FROM stands_for WHERE step = ?", (step,)).fetchone()
        if row is None:
            return {}
        return {place: frozenset(Dot(*dot) for dot in found) for place, found in decode(row[0])}

    def _one(self, sql: str, *values: int) -> Entry | None:
        row = self._connection.execute(sql, values).fetchone()
        return Entry(*row) if row else None
