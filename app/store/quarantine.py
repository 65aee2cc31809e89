"""Steps without effect, at their place in the order: who wrote them, and why nobody goes by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.errors import Damaged
from app.i18n import _
from app.model.encoding import canonical
from app.model.statements import Stream
from app.store.database import Connection
from app.store.numbers import Numbers

KIND = "~without effect"
"""What such an entry is called among the records of a snapshot."""
VOID = "void"
"""The reason of a batch of which its author's program made nonsense; its step's number is 0."""


class Entry(NamedTuple):
    """One step without effect."""

    stream: Stream
    position: int
    device: bytes
    step: int
    receipt_ms: int
    reason: str
    kind: str = ""
    field: str = ""
    action: str = ""


class QuarantineLog:
    """Reads through the connection that it is given; writes only on the writer's."""

    def __init__(self, connection: Connection, devices: Numbers, books: Numbers) -> None:
        self._connection, self._devices, self._books = connection, devices, books

    def add(self, entries: Iterable[Entry]) -> None:
        """Keep them."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO quarantine "
            "(book, tier, position, device, step, receipt, reason, kind, field, action) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    self._books[one.stream.book],
                    one.stream.tier,
                    one.position,
                    self._devices[one.device],
                    *one[3:],
                )
                for one in entries
            ],
        )

    def of(self, stream: Stream) -> list[Entry]:
        """Those of a stream, in its order."""
        rows = self._connection.execute(
            "SELECT position, device, step, receipt, reason, kind, field, action FROM quarantine "
            "WHERE book = ? AND tier = ? ORDER BY position, device, step",
            (self._books[stream.book], stream.tier),
        ).fetchall()
        return [Entry(stream, position, self._devices.ids[device], *rest) for position, device, *rest in rows]

    def newest(self, most: int) -> list[Entry]:
        """The newest of all streams, by the server's receipt."""
        rows = self._connection.execute(
            "SELECT book, tier, position, device, step, receipt, reason, kind, field, action FROM quarantine "
            "ORDER BY receipt DESC, position DESC, step LIMIT ?",
            (most,),
        ).fetchall()
        return [
            Entry(Stream(self._books.ids[book], tier), position, self._devices.ids[device], *rest)
            for book, tier, position, device, *rest in rows
        ]

    def count(self) -> int:
        """How many there are."""
        row = self._connection.execute("SELECT count(*) FROM quarantine").fetchone()
        return int(row[0]) if row else 0

    def clear(self, stream: Stream) -> None:
        """Forget a stream's; a snapshot says them anew."""
        self._connection.execute(
            "DELETE FROM quarantine WHERE book = ? AND tier = ?", (self._books[stream.book], stream.tier)
        )


def records(
    connection: Connection, at: tuple[int, int], device_of: Mapping[int, bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """A stream's entries as records of its snapshot, in its order; they have no keys."""
    rows = connection.execute(
        "SELECT position, device, step, receipt, reason, kind, field, action FROM quarantine "
        "WHERE book = ? AND tier = ? ORDER BY position, device, step",
        at,
    )
    for position, device, *rest in rows:
        yield canonical((KIND, position, device_of[device], *rest)), b""


def read(stream: Stream, plain: Sequence[Any]) -> Entry:
    """The entry of such a record. Raises Damaged."""
    if len(plain) != 9 or [type(part) for part in plain[1:]] != [int, bytes, int, int, str, str, str, str]:
        raise Damaged(_("A snapshot of this book holds a record that cannot be read. It is not believed."))
    return Entry(stream, *plain[1:])
