"""Records of kinds that this program does not know yet: merged and kept as they travel, until an update knows them."""

from __future__ import annotations

from collections.abc import Iterator

from app.model.change import Dot, Edit
from app.model.entity import LIFE
from app.model.merge import Register, Version, deletion, write
from app.model.statements import Stream
from app.store import record_data
from app.store.database import Connection
from app.store.merging import Author
from app.store.numbers import Numbers
from app.store.sealing import with_key


class UnknownRecords:
    """Those of one stream."""

    def __init__(self, connection: Connection, books: Numbers, stream: Stream) -> None:
        self._connection, self._at = connection, (books[stream.book], stream.tier)

    def exists(self, kind: str, id_: bytes) -> bool:
        """Whether there is such a record."""
        return self._load(kind, id_) is not None

    def apply(self, author: Author, edit: Edit, first: int, key: bytes | None) -> None:
        """Merge an edit, its personal values sealed as they came."""
        found = self._load(edit.kind, edit.row)
        registers: dict[str, Register] = {}
        if found is not None:
            registers = record_data.registers_of(*record_data.read(found[0])[2:])
        for nth, change in enumerate(edit.changes(), first):
            value = change.value
            if change.field == LIFE and isinstance(value, list):
                value = deletion(registers, value)
            new = Version(Dot(author.device, author.step, nth), author.time_ms, value)
            registers[change.field] = write(registers.get(change.field, ()), new, change.seen)
        subject = with_key(found[1] if found else None, key)
        self.put(edit.kind, edit.row, record_data.write(edit.kind, edit.row, registers), subject)

    def put(self, kind: str, id_: bytes, data: bytes, key: bytes | None) -> None:
        """Keep a record's bytes."""
        self._connection.execute(
            "INSERT OR REPLACE INTO unknown_record (book, tier, kind, id, key, body) VALUES (?, ?, ?, ?, ?, ?)",
            (*self._at, kind, id_, key or None, data),
        )

    def all(self) -> Iterator[tuple[str, bytes, bytes, bytes | None]]:
        """Kind, id, bytes and subject keys of each."""
        yield from self._connection.execute(
            "SELECT kind, id, body, key FROM unknown_record WHERE book = ? AND tier = ? ORDER BY kind, id",
            self._at,
        )

    def drop(self, kind: str) -> None:
        """Forget the records of a kind: it has tables now."""
        self._connection.execute(
            "DELETE FROM unknown_record WHERE book = ? AND tier = ? AND kind = ?", (*self._at, kind)
        )

    def clear(self) -> None:
        """Forget all of them."""
        self._connection.execute("DELETE FROM unknown_record WHERE book = ? AND tier = ?", self._at)

    def _load(self, kind: str, id_: bytes) -> tuple[bytes, bytes | None] | None:
        row = self._connection.execute(
            "SELECT body, key FROM unknown_record WHERE book = ? AND tier = ? AND kind = ? AND id = ?",
            (*self._at, kind, id_),
        ).fetchone()
        return (row[0], row[1]) if row else None
