"""Every step, ours and theirs, with personal values sealed; where history, undo and sending begin."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from app.model.change import Change, Dot, Step
from app.model.encoding import decode_step, encode_step
from app.store.database import Connection
from app.store.numbers import Numbers

UNSENT, SEALED, KEPT, QUARANTINED = 0, 1, 2, 3


class Kept(NamedTuple):
    """A step of the journal; its personal values are sealed."""

    step: Step
    state: int
    receipt_ms: int | None


class Journal:
    """Reads through the connection that it is given; writes only on the writer's."""

    def __init__(self, connection: Connection, devices: Numbers, books: Numbers) -> None:
        self._connection, self._devices, self._books = connection, devices, books
        self._recent: OrderedDict[tuple[bytes, int], Kept] = OrderedDict()

    def append(self, steps: list[Step], state: int, receipt_ms: int | None = None) -> None:
        """Keep steps as they came. A step that is already there is a bug or a fork, and raises."""
        self._connection.executemany(
            "INSERT INTO journal (device, step, book, tier, state, receipt, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    self._devices[step.device],
                    step.number,
                    self._books[step.book],
                    step.tier,
                    state,
                    receipt_ms,
                    encode_step(step),
                )
                for step in steps
            ],
        )

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
            "SELECT book, tier, state, receipt, body FROM journal WHERE device = ? AND step = ?",
            (self._devices[device], number),
        ).fetchone()
        if row is None:
            return None
        book, tier, state, receipt, body = row
        kept = Kept(decode_step(body, device, self._books.ids[book], tier), state, receipt)
        self._recent[key] = kept
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

    def newest(self, device: bytes) -> int:
        """The number of the device's last step, 0 for none."""
        row = self._connection.execute(
            "SELECT max(step) FROM journal WHERE device = ?", (self._devices[device],)
        ).fetchone()
        return (row[0] if row else None) or 0

    def waiting(self, device: bytes, most: int = 1000) -> Iterator[Step]:
        """Our own steps that no server has acknowledged, oldest first."""
        rows = self._connection.execute(
            "SELECT step FROM journal WHERE state < 2 AND device = ? ORDER BY step LIMIT ?",
            (self._devices[device], most),
        ).fetchall()
        for (number,) in rows:
            kept = self.step(device, number)
            if kept is not None:
                yield kept.step

    def acknowledge(self, device: bytes, receipts: Mapping[int, int]) -> None:
        """The server has ordered these steps of ours at these times."""
        self._connection.executemany(
            "UPDATE journal SET state = 2, receipt = ? WHERE device = ? AND step = ?",
            [(receipt, self._devices[device], number) for number, receipt in receipts.items()],
        )
        for number in receipts:
            self._recent.pop((device, number), None)

    def unsent(self) -> int:
        """How many of our steps the server has not acknowledged."""
        row = self._connection.execute("SELECT count(*) FROM journal WHERE state < 2").fetchone()
        return int(row[0]) if row else 0
