"""Every step, ours and theirs, with personal values sealed; where history, undo and sending begin."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from app.model.change import Change, Dot, Step
from app.model.encoding import decode_step, encode_step
from app.model.statements import Stream
from app.store.database import Connection
from app.store.numbers import Numbers

UNSENT, SEALED, KEPT, QUARANTINED = 0, 1, 2, 3
"""KEPT: the server has it, or it came from there. Ours is confirmed once it has a position, too."""


class Kept(NamedTuple):
    """A step of the journal; its personal values are sealed. `position` is None while it has no place in the order."""

    step: Step
    state: int
    receipt_ms: int | None
    position: int | None


class Journal:
    """Reads through the connection that it is given; writes only on the writer's."""

    def __init__(self, connection: Connection, devices: Numbers, books: Numbers) -> None:
        self._connection, self._devices, self._books = connection, devices, books
        self._recent: OrderedDict[tuple[bytes, int], Kept] = OrderedDict()
        self._alone: set[tuple[bytes, Stream]] = set()
        """Streams in which nothing waits that another device than this one wrote; it cannot come back."""

    def append(self, steps: list[Step], state: int) -> None:
        """Keep steps of ours. A step that is already there is a bug, and raises."""
        self._connection.executemany(
            "INSERT INTO journal (device, step, book, tier, state, body) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    self._devices[step.device],
                    step.number,
                    self._books[step.book],
                    step.tier,
                    state,
                    encode_step(step),
                )
                for step in steps
            ],
        )

    def take(self, steps: Iterable[tuple[Step, bytes, int, int, int]]) -> None:
        """Keep received steps, each with its body, state, receipt (ms) and position. One that waited here already, of
        the device that this vault was, has found its place."""
        self._connection.executemany(
            "INSERT INTO journal (device, step, book, tier, state, receipt, position, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, step, book, tier) DO UPDATE SET "
            "state = excluded.state, receipt = excluded.receipt, position = excluded.position, body = excluded.body",
            [
                (
                    self._devices[step.device],
                    step.number,
                    self._books[step.book],
                    step.tier,
                    state,
                    receipt_ms,
                    position,
                    body,
                )
                for step, body, state, receipt_ms, position in steps
            ],
        )
        self._recent.clear()

    def place(self, steps: Iterable[tuple[Step, int, int | None, int | None]]) -> None:
        """Steps that are here have a state, receipt (ms) and position from now on."""
        runs: list[list[int | None]] = []
        for step, state, receipt_ms, position in steps:
            values = [
                state,
                receipt_ms,
                position,
                self._devices[step.device],
                self._books[step.book],
                step.tier,
            ]
            last = runs[-1] if runs else None
            if last and last[:6] == values and last[7] == step.number - 1:
                last[7] = step.number
            else:
                if position is None:
                    self._alone.clear()
                runs.append([*values, step.number, step.number])
        self._connection.executemany(
            "UPDATE journal SET state = ?, receipt = ?, position = ? "
            "WHERE device = ? AND book = ? AND tier = ? AND step BETWEEN ? AND ?",
            runs,
        )
        self._recent.clear()

    def rename(self, step: Step, renamed: Step, state: int) -> None:
        """A step of the device that this vault was before is one of this device's own from now on."""
        self._connection.execute(
            "UPDATE journal SET device = ?, step = ?, state = ?, receipt = NULL, body = ? "
            "WHERE device = ? AND step = ? AND book = ? AND tier = ? AND position IS NULL",
            (
                self._devices[renamed.device],
                renamed.number,
                state,
                encode_step(renamed),
                self._devices[step.device],
                step.number,
                self._books[step.book],
                step.tier,
            ),
        )
        self._recent.clear()

    def mark(self, device: bytes, stream: Stream, numbers: Iterable[int], state: int) -> None:
        """Steps of ours in a stream are sealed, or have come to the server."""
        key = (self._devices[device], self._books[stream.book], stream.tier)
        runs: list[list[int]] = []
        for number in sorted(numbers):
            if runs and runs[-1][1] == number - 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        self._connection.executemany(
            "UPDATE journal SET state = ? WHERE device = ? AND book = ? AND tier = ? AND step BETWEEN ? AND ?",
            [(state, *key, first, last) for first, last in runs],
        )
        self._recent.clear()

    # ---- reading

    def has(self, device: bytes, number: int) -> bool:
        """Whether that step was kept before."""
        return (
            self._connection.execute(
                "SELECT 1 FROM journal WHERE device = ? AND step = ?", (self._devices[device], number)
            ).fetchone()
            is not None
        )

    def step(self, device: bytes, number: int) -> Kept | None:
        """A step by its author and number; None where its body was removed by a snapshot or never came."""
        key = (device, number)
        if key in self._recent:
            self._recent.move_to_end(key)
            return self._recent[key]
        row = self._connection.execute(
            "SELECT step, book, tier, state, receipt, position, body FROM journal WHERE device = ? AND step = ?",
            (self._devices[device], number),
        ).fetchone()
        if row is None:
            return None
        kept = self._recent[key] = self._kept(device, row)
        if len(self._recent) > 64:
            self._recent.popitem(last=False)
        return kept

    def change(self, dot: Dot) -> tuple[Kept, Change] | None:
        """The change that a dot names."""
        kept = self.step(dot.device, dot.step)
        if kept is not None:
            for found, change in kept.step.dotted():
                if found == dot:
                    return kept, change
        return None

    def own(self, device: bytes, first: int, last: int) -> Iterator[Step]:
        """This device's steps from first to last."""
        for number in range(first, last + 1):
            kept = self.step(device, number)
            if kept is not None:
                yield kept.step

    def steps(self, device: bytes, stream: Stream, numbers: Sequence[int]) -> list[Kept]:
        """Steps of a device in a stream, by their numbers; what is not there is left out."""
        if not numbers:
            return []
        wanted = set(numbers)
        rows = self._connection.execute(
            "SELECT step, book, tier, state, receipt, position, body FROM journal "
            "WHERE device = ? AND step BETWEEN ? AND ? AND book = ? AND tier = ? ORDER BY step",
            (self._devices[device], min(wanted), max(wanted), self._books[stream.book], stream.tier),
        )
        return [self._kept(device, row) for row in rows if row[0] in wanted]

    def newest(self, device: bytes) -> int:
        """The number after which this device goes on: its last, and the last of those that wait of the device that
        this vault was before, which go on under this one's name with their numbers. 0 for none."""
        row = self._connection.execute(
            "SELECT max(coalesce((SELECT max(step) FROM journal WHERE device = ?), 0), "
            "coalesce((SELECT max(step) FROM journal WHERE position IS NULL), 0))",
            (self._devices[device],),
        ).fetchone()
        return int(row[0]) if row else 0

    def unsealed(self, device: bytes, stream: Stream) -> Iterator[tuple[Step, bytes]]:
        """The device's steps in a stream that were never sealed, with their bodies, oldest first."""
        rows = self._connection.execute(
            "SELECT body FROM journal WHERE book = ? AND tier = ? "
            "AND position IS NULL AND state = 0 AND device = ? ORDER BY step",
            (self._books[stream.book], stream.tier, self._devices[device]),
        )
        book, tier = stream
        for (body,) in rows:
            yield decode_step(body, device, book, tier), body

    def without_place(self, stream: Stream) -> list[Kept]:
        """Steps of this vault's devices that have no place in the stream's order yet, oldest first."""
        rows = self._connection.execute(
            "SELECT device, step, book, tier, state, receipt, position, body FROM journal "
            "WHERE book = ? AND tier = ? AND position IS NULL ORDER BY step",
            (self._books[stream.book], stream.tier),
        ).fetchall()
        return [self._kept(self._devices.ids[row[0]], row[1:]) for row in rows]

    def all_without_place(self) -> Iterator[Kept]:
        """The same of all streams."""
        rows = self._connection.execute(
            "SELECT device, step, book, tier, state, receipt, position, body FROM journal "
            "WHERE position IS NULL ORDER BY step"
        )
        for row in rows:
            yield self._kept(self._devices.ids[row[0]], row[1:])

    def waiting_of_others(self, stream: Stream, own: bytes) -> set[tuple[int, int]]:
        """Device numbers and numbers of steps without a place that the device wrote which this vault was before."""
        if (own, stream) in self._alone:
            return set()
        rows = self._connection.execute(
            "SELECT device, step FROM journal WHERE book = ? AND tier = ? AND position IS NULL AND device <> ?",
            (self._books[stream.book], stream.tier, self._devices[own]),
        ).fetchall()
        if not rows:
            self._alone.add((own, stream))
        return {(device, step) for device, step in rows}

    def unsent(self) -> int:
        """How many of our steps the server has not acknowledged."""
        row = self._connection.execute(
            "SELECT count(*) FROM journal WHERE position IS NULL AND state < 2"
        ).fetchone()
        return int(row[0]) if row else 0

    def waiting(self) -> dict[Stream, int]:
        """The same by stream."""
        rows = self._connection.execute(
            "SELECT book, tier, count(*) FROM journal WHERE position IS NULL AND state < 2 GROUP BY book, tier"
        ).fetchall()
        return {Stream(self._books.ids[book], tier): count for book, tier, count in rows}

    def _kept(self, device: bytes, row: Sequence[int | bytes | None]) -> Kept:
        _number, book, tier, state, receipt, position, body = row
        step = decode_step(body, device, self._books.ids[book], tier)  # type: ignore[arg-type, index]
        return Kept(step, state, receipt, position)  # type: ignore[arg-type]
