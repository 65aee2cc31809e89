"""The `with` blocks of a database: a transaction, a reading, and failures told as known ones.

They belong to `Database` and share its locks; they stand apart because each is a thing of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from app.errors import Locked
from app.i18n import _
from app.store.failures import READONLY, is_driver_error, raise_known


class Cursor(Protocol):
    """What the store uses of the driver's cursor."""

    rowcount: int
    lastrowid: int
    description: Sequence[tuple[Any, ...]]

    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchmany(self, size: int = ...) -> list[tuple[Any, ...]]: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...


class Connection(Protocol):
    """What the store uses of the driver's connection."""

    in_transaction: bool

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ..., /) -> Cursor: ...
    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Cursor: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


class Owner(Protocol):
    """What the blocks share with the database they belong to."""

    path: Path
    _writing: threading.RLock
    _gate: threading.Condition
    _closed: bool
    _frozen: str

    @property
    def writer(self) -> Connection: ...
    def _reader_here(self) -> ThreadReader: ...


class ThreadReader:
    """One thread's connection and how many `with` blocks use it now."""

    __slots__ = ("connection", "depth", "generation", "is_left")

    def __init__(self, connection: Any, generation: int) -> None:
        self.connection = connection
        self.generation = generation
        self.depth = 0
        self.is_left = False
        """The database was closed without waiting any longer: its thread closes it."""

    def close(self) -> None:
        """Not to be used again."""
        self.generation = -1
        self.connection.close()


class Reading:
    """The `with` block of `Database.reader`."""

    __slots__ = ("_database", "_reader", "_snapshot")

    def __init__(self, database: Owner, snapshot: bool) -> None:
        self._database = database
        self._snapshot = snapshot

    def __enter__(self) -> Connection:
        database = self._database
        while True:
            self._reader = reader = database._reader_here()
            reader.depth += 1
            if not database._closed or reader.depth > 1:
                break
            # Closed between the two lines above; the closing thread waits for the depth to fall.
            self._leave()
        self._snapshot = self._snapshot and not reader.connection.in_transaction
        if self._snapshot:
            try:
                reader.connection.execute("BEGIN")
            except BaseException:
                self._leave()
                raise
        connection: Connection = reader.connection
        return connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _at: object) -> None:
        try:
            if self._snapshot and self._reader.connection.in_transaction:
                self._reader.connection.execute("ROLLBACK")
        finally:
            self._leave()
        if isinstance(error, Exception) and is_driver_error(error):
            if self._database._closed:
                raise Locked(_("The vault is locked. Unlock it and try again.")) from error
            # A reader that is refused a write is a fault of our own statement, not of the disk.
            if getattr(error, "sqlite_errorcode", 0) != READONLY:
                raise_known(error, self._database.path)

    def _leave(self) -> None:
        self._reader.depth -= 1
        if self._reader.is_left and not self._reader.depth:
            self._reader.close()
        if self._database._closed:
            with self._database._gate:
                self._database._gate.notify_all()


class Transaction:
    """The `with` block of `Database.transaction`."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: Owner) -> None:
        self._database = database

    def __enter__(self) -> Connection:
        database = self._database
        database._writing.acquire()
        try:
            connection = database.writer
            if database._frozen:
                raise Locked(database._frozen)
            if connection.in_transaction:
                raise RuntimeError("a transaction inside a transaction")
            with known_failures(database.path):
                connection.execute("BEGIN IMMEDIATE")
            self._connection = connection
        except BaseException:
            database._writing.release()
            raise
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _at: TracebackType | None
    ) -> None:
        connection = self._connection
        try:
            if error is None:
                connection.execute("COMMIT")
        except Exception as failure:
            raise_known(failure, self._database.path)
            raise
        finally:
            # Where COMMIT failed, or SQLite rolled back by itself (full disk), nothing must stay open.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._database._writing.release()
        if isinstance(error, Exception):
            raise_known(error, self._database.path)


class known_failures:  # noqa: N801 - reads as a phrase
    """Turns what the driver raises inside the block into a known failure where it is one."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _at: object) -> None:
        if isinstance(error, Exception):
            raise_known(error, self._path)
