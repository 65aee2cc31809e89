"""Single values of a vault: who it belongs to, its keys, counters, and what screens remember."""

from __future__ import annotations

from typing import Any

from app.model.encoding import decode, encode
from app.store.database import Connection


class Facts:
    """Named values in one of the two small tables: `fact` (the vault's own) or `memory` (the screens')."""

    def __init__(self, connection: Connection, table: str = "fact") -> None:
        self._connection, self._table = connection, table

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default."""
        row = self._connection.execute(f"SELECT value FROM {self._table} WHERE name = ?", (name,)).fetchone()
        return decode(row[0]) if row else default

    def put(self, name: str, value: Any, at_ms: int = 0) -> None:
        """Keep the value; None forgets it."""
        if value is None:
            self._connection.execute(f"DELETE FROM {self._table} WHERE name = ?", (name,))
        elif self._table == "memory":
            self._connection.execute(
                "INSERT OR REPLACE INTO memory (name, value, at) VALUES (?, ?, ?)",
                (name, encode(value), at_ms),
            )
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, encode(value))
            )

    def all(self, start: str) -> dict[str, Any]:
        """All values whose names begin so."""
        rows = self._connection.execute(
            f"SELECT name, value FROM {self._table} WHERE substr(name, 1, ?) = ?", (len(start), start)
        ).fetchall()
        return {name: decode(value) for name, value in rows}
