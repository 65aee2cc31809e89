"""The company's roster as stored: signed statements in their order, nothing else."""

from __future__ import annotations

from app.model.statements import Signed
from app.store.database import Connection


class RosterLog:
    """Appends and reads; whether a statement holds is decided in app/model/roster.py."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, index: int, signed: Signed) -> None:
        """Keep the statement of this index."""
        self._connection.execute(
            "INSERT INTO roster (number, statement, signature) VALUES (?, ?, ?)",
            (index, signed.data, signed.signature),
        )

    def read(self) -> list[Signed]:
        """All statements in order."""
        rows = self._connection.execute("SELECT statement, signature FROM roster ORDER BY number").fetchall()
        return [Signed(data, signature) for data, signature in rows]
