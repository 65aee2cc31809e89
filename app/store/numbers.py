"""Small local numbers for the ids of devices and books, so that rows and versions stay short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.store.database import Connection


class Numbers(Mapping[bytes, int]):
    """id → number, made on first use; `ids` is the way back. One per table of numbers."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection, self._table = connection, table
        self._numbers: dict[bytes, int] = {}
        self.ids: dict[int, bytes] = {}
        self.load()

    def load(self) -> None:
        """Read the table again, after a rollback or another process's write."""
        rows = self._connection.execute(f"SELECT id, number FROM {self._table}").fetchall()
        self._numbers = {bytes(id_): number for id_, number in rows}
        self.ids = {number: id_ for id_, number in self._numbers.items()}

    def __getitem__(self, id_: bytes) -> int:
        number = self._numbers.get(id_)
        if number is None:
            cursor = self._connection.execute(f"INSERT INTO {self._table} (id) VALUES (?)", (id_,))
            number = cursor.lastrowid
            self._numbers[id_] = number
            self.ids[number] = id_
        return number

    def __contains__(self, id_: object) -> bool:
        return id_ in self._numbers  # asking makes no number

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)
