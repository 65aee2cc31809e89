"""Our sealed batches, repeated byte for byte until accepted and kept until backed up; and others', kept as long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from app.model.encoding import decode, encode
from app.model.statements import Stream
from app.store.database import Connection
from app.store.numbers import Numbers

_COLUMNS = "sequence, position, receipt, steps, header, signature, keys, body"


class SealedRow(NamedTuple):
    """A batch of ours. `position` is 0 until the server has accepted it."""

    stream: Stream
    sequence: int
    position: int
    receipt_ms: int
    steps: tuple[int, ...]
    header: bytes
    signature: bytes
    keys: tuple[tuple[bytes, bytes, bytes], ...]
    body: bytes


class Outbox:
    """Reads through the connection that it is given; writes only on the writer's."""

    def __init__(self, connection: Connection, books: Numbers) -> None:
        self._connection, self._books = connection, books

    def add(self, batch: SealedRow) -> None:
        """Keep a batch that was sealed. Its sequence must be new: no sequence is ever sealed twice."""
        self._connection.execute(
            f"INSERT INTO sealed (book, tier, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *self._key(batch.stream), batch.sequence, batch.position, batch.receipt_ms, encode(batch.steps),
                batch.header, batch.signature, encode(batch.keys), batch.body,
            ),
        )  # fmt: skip

    def clear(self) -> None:
        """Forget all batches that were sealed: this vault is another device from now on, with sequences of its own."""
        self._connection.execute("DELETE FROM sealed")

    def accept(self, stream: Stream, receipts: Mapping[int, tuple[int, int]]) -> None:
        """The server has these: sequence → (position, receipt ms)."""
        self._connection.executemany(
            "UPDATE sealed SET position = ?, receipt = ? WHERE book = ? AND tier = ? AND sequence = ?",
            [
                (position, receipt_ms, *self._key(stream), sequence)
                for sequence, (position, receipt_ms) in receipts.items()
            ],
        )

    def waiting(self, stream: Stream, most: int) -> list[SealedRow]:
        """Batches that were not accepted, in order."""
        return self._rows(stream, "position = 0 ORDER BY sequence LIMIT ?", most)

    def after(self, stream: Stream, position: int) -> list[SealedRow]:
        """Accepted batches above a position that are still here, in order."""
        return self._rows(stream, "position > ? ORDER BY sequence", position)

    def all(self, stream: Stream) -> list[SealedRow]:
        """All that are still here, in order."""
        return self._rows(stream, "sequence > ? ORDER BY sequence", 0)

    def at(self, stream: Stream, sequence: int) -> SealedRow | None:
        """One batch."""
        found = self._rows(stream, "sequence = ?", sequence)
        return found[0] if found else None

    def last(self, stream: Stream) -> SealedRow | None:
        """The last batch that was sealed, None where none is here any more."""
        found = self._rows(stream, "sequence > ? ORDER BY sequence DESC LIMIT 1", 0)
        return found[0] if found else None

    def steps(self, stream: Stream, sequences: Collection[int]) -> dict[int, tuple[bytes, tuple[int, ...]]]:
        """Header and numbers of the steps of batches, by sequence: all that following one's own needs."""
        if not sequences:
            return {}
        rows = self._connection.execute(
            "SELECT sequence, header, steps FROM sealed WHERE book = ? AND tier = ? AND sequence BETWEEN ? AND ?",
            (*self._key(stream), min(sequences), max(sequences)),
        ).fetchall()
        return {
            number: (header, tuple(decode(steps))) for number, header, steps in rows if number in sequences
        }

    def forget(self, stream: Stream, position: int) -> None:
        """Everything up to here is in a backup of the server."""
        key = self._key(stream)
        self._connection.execute(
            "DELETE FROM sealed WHERE book = ? AND tier = ? AND position BETWEEN 1 AND ?", (*key, position)
        )
        self._connection.execute(
            "DELETE FROM handed WHERE book = ? AND tier = ? AND position <= ?", (*key, position)
        )

    # ---- others'

    def keep_handed(self, stream: Stream, handed: Iterable[tuple[int, bytes]]) -> None:
        """What the server handed out, by position."""
        key = self._key(stream)
        self._connection.executemany(
            "INSERT OR REPLACE INTO handed (book, tier, position, data) VALUES (?, ?, ?, ?)",
            [(*key, position, data) for position, data in handed],
        )

    def forget_handed(self, stream: Stream) -> None:
        """What others sent stands in another order now, and comes again."""
        self._connection.execute("DELETE FROM handed WHERE book = ? AND tier = ?", self._key(stream))

    def handed_after(self, stream: Stream, position: int, most: int) -> list[tuple[int, bytes]]:
        """The same above a position, in order."""
        rows = self._connection.execute(
            "SELECT position, data FROM handed WHERE book = ? AND tier = ? AND position > ? ORDER BY position LIMIT ?",
            (*self._key(stream), position, most),
        ).fetchall()
        return [(at, data) for at, data in rows]

    def _rows(self, stream: Stream, where: str, value: int) -> list[SealedRow]:
        rows: list[Any] = self._connection.execute(
            f"SELECT {_COLUMNS} FROM sealed WHERE book = ? AND tier = ? AND {where}",
            (*self._key(stream), value),
        ).fetchall()
        return [
            SealedRow(
                stream, sequence, position, receipt, tuple(decode(steps)), header, signature,
                tuple((record, hash_, sealed) for record, hash_, sealed in decode(keys)), body,
            )
            for sequence, position, receipt, steps, header, signature, keys, body in rows
        ]  # fmt: skip

    def _key(self, stream: Stream) -> tuple[int, int]:
        return self._books[stream.book], stream.tier
