"""PostgreSQL 13 or newer as the server's database, for many companies and several nodes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import psycopg

from sync.protocol.problems import Problem
from sync.server import logs
from sync.server.postgres_backup import dump, load
from sync.server.postgres_connection import connect, connection_string, is_alive, is_idle, setting, value
from sync.server.postgres_migrations import migrate, require_safe, version
from sync.server.postgres_rows import PostgresTx, roll_back
from sync.server.storage import Tx

MOST_CONNECTIONS: Final = 16
"""Of one process; whoever wants more waits for one to be given back."""
PATIENCE_S: Final = 10.0
"""How long a transaction waits for another one's rows, and a thread for a connection."""
REST_S: Final = 1.0
"""After a failed try to connect, others fail at once for so long: each would wait in vain by itself."""


class Away(Problem):
    """The database cannot be reached, or not be written to just now. Nothing that was not answered is certain."""

    def __init__(self) -> None:
        super().__init__("failed", 1_000)


class Postgres:
    """A `Storage` in PostgreSQL. Make one with `open`; any thread may use it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._idle: list[psycopg.Connection[Any]] = []
        self._gate = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._resting_until = 0.0
        self._closed = False

    @classmethod
    def open(cls, address: str) -> Self:
        """Connect, and bring the tables to this program's version. Raises Away, Unsafe, Damaged."""
        storage = cls(connection_string(address))
        try:
            with storage._connection() as connection:
                require_safe(connection)
                migrate(connection)
        except BaseException:
            storage.close()
            raise
        return storage

    # ---- transactions

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        with self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED", may_lock=True) as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", may_lock=False) as tx:
            yield tx

    @contextmanager
    def _transaction(self, begin: str, *, may_lock: bool) -> Iterator[Tx]:
        with self._connection() as connection, connection.pipeline() as pipeline:
            connection.execute(begin)
            try:
                tx = PostgresTx(connection, pipeline, may_lock=may_lock)
                yield tx
                tx.settle()
                warnings: list[str] = []
                with _heard(connection, warnings.append):
                    done = connection.execute("COMMIT")
                    pipeline.sync()
            except BaseException:
                _roll_back(connection, pipeline)
                raise
            if done.statusmessage != "COMMIT":
                # PostgreSQL answers COMMIT with ROLLBACK where a statement had failed.
                raise Away
            if may_lock and warnings:
                # Kept here, but an administrator has cut short the wait for the standby: a failover could lose it.
                logs.event("commit-not-replicated")
                raise Away

    # ---- the whole database

    def backup_to(self, path: Path) -> None:
        """Every table's rows at one moment, in files of a new folder, as PostgreSQL's COPY writes them."""
        with self._connection() as connection:
            dump(connection, path, version(connection))

    @classmethod
    def restore(cls, address: str, path: Path) -> Self:
        """Open a database without tables, or with empty ones, filled from a backup. Raises Conflict, Damaged."""
        storage = cls(connection_string(address))
        try:
            with storage._connection() as connection:
                require_safe(connection)
                load(connection, path, lambda number: migrate(connection, number))
                migrate(connection)
        except BaseException:
            storage.close()
            raise
        return storage

    def problems(self) -> tuple[str, ...]:
        """What PostgreSQL's own settings and counters say against it."""
        found = []
        with self._connection() as connection:
            for name in ("fsync", "full_page_writes"):
                if setting(connection, name) != "on":
                    found.append(f"{name} is off: a power cut can destroy the database")
            broken = value(connection, "SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database")
            if broken:
                found.append(f"{broken} pages failed their checksum")
            wrong = connection.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
            found += [f"index {name} is not valid" for (name,) in wrong]
        return tuple(found)

    def close(self) -> None:
        """Close what is idle; what is in use closes when it is given back."""
        with self._gate:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    # ---- connections

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection outside of any transaction. Raises Away where there is none, or where it is lost."""
        if not self._places.acquire(timeout=PATIENCE_S):
            raise Away
        try:
            connection = self._taken()
            try:
                yield connection
            finally:
                self._give_back(connection)
        except (
            psycopg.OperationalError,
            psycopg.InterfaceError,
            psycopg.errors.ReadOnlySqlTransaction,
        ) as error:
            # A deadlock is among them: the transaction was lost, and may be done again.
            logs.event(
                "database-away", state=getattr(error, "sqlstate", None) or "", error=type(error).__qualname__
            )
            raise Away from error
        finally:
            self._places.release()

    def _taken(self) -> psycopg.Connection[Any]:
        while True:
            with self._gate:
                if self._closed:
                    raise Away
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._fresh()
            if is_alive(connection):
                return connection
            connection.close()

    def _fresh(self) -> psycopg.Connection[Any]:
        if time.monotonic() < self._resting_until:
            raise Away
        try:
            connection = connect(self.address)
        except psycopg.OperationalError:
            self._resting_until = time.monotonic() + REST_S
            raise
        return connection

    def _give_back(self, connection: psycopg.Connection[Any]) -> None:
        with self._gate:
            if not self._closed and not connection.closed and is_idle(connection):
                self._idle.append(connection)
                return
        connection.close()


@contextmanager
def _heard(connection: psycopg.Connection[Any], say: Callable[[str], None]) -> Iterator[None]:
    """Tell what PostgreSQL warns of."""

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        say(notice.severity_nonlocalized or "")

    connection.add_notice_handler(hear)
    try:
        yield
    finally:
        connection.remove_notice_handler(hear)


def _roll_back(connection: psycopg.Connection[Any], pipeline: psycopg.Pipeline) -> None:
    """Whatever state it is in; a connection that cannot is closed when it is given back."""
    with suppress(psycopg.Error):
        pipeline.sync()
    with suppress(psycopg.Error):
        roll_back(connection, "ROLLBACK")
        pipeline.sync()
