"""PostgreSQL 13 or newer as the server's database, for many companies and several nodes."""

from __future__ import annotations

import re
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from app.errors import Damaged, Invalid, Unsafe
from app.i18n import _
from sync.protocol.problems import Problem
from sync.server import logs
from sync.server.postgres_backup import dump, load
from sync.server.postgres_rows import PREPARE_AT, PostgresTx, roll_back
from sync.server.storage import Tx

OLDEST: Final = 13_00_00
MOST_CONNECTIONS: Final = 16
"""Of one process; whoever wants more waits for one to be given back."""
PATIENCE_S: Final = 10.0
"""How long a transaction waits for another one's rows, and a thread for a connection."""
REST_S: Final = 1.0
"""After a failed try to connect, others fail at once for so long: each would wait in vain by itself."""
MIGRATING: Final = 0x50726F76656E6465
"""The advisory lock under which one node of several brings the tables to this program's version."""
_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCAL: Final = {"", "localhost", "127.0.0.1", "::1"}

# A node that vanished without a word may not hold a row for longer than half a minute.
_SESSION: Final = {
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "client_min_messages": "warning",
    "bytea_output": "hex",
}


class Away(Problem):
    """The database cannot be reached, or not be written to just now. Nothing that was not answered is certain."""

    def __init__(self) -> None:
        super().__init__("failed", 1_000)


def connection_string(address: str) -> str:
    """The address with what we rely on where it says nothing itself. Raises Invalid."""
    try:
        if not address.startswith(("postgresql://", "postgres://")):
            raise psycopg.ProgrammingError
        given = conninfo_to_dict(address)
    except psycopg.Error:
        # What was given is not repeated: it may hold a password.
        raise Invalid(
            "database",
            _(
                "The database's address must be one line that begins with postgresql:// and that PostgreSQL understands."
            ),
        ) from None
    hosts = str(given.get("host") or given.get("hostaddr") or "").split(",")
    wanted: dict[str, Any] = {
        "application_name": "provender-server",
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
    if len(hosts) > 1:
        wanted["target_session_attrs"] = "read-write"
    if not all(host in _LOCAL or host.startswith("/") for host in hosts):
        wanted["sslmode"] = "verify-full"
    return make_conninfo(
        "", **{**wanted, **{name: value for name, value in given.items() if value is not None}}
    )


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
                _require_safe(connection)
                _migrate(connection)
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
            dump(connection, path, _version(connection))

    @classmethod
    def restore(cls, address: str, path: Path) -> Self:
        """Open a database without tables, or with empty ones, filled from a backup. Raises Conflict, Damaged."""
        storage = cls(connection_string(address))
        try:
            with storage._connection() as connection:
                _require_safe(connection)
                load(connection, path, lambda number: _migrate(connection, number))
                _migrate(connection)
        except BaseException:
            storage.close()
            raise
        return storage

    def problems(self) -> tuple[str, ...]:
        """What PostgreSQL's own settings and counters say against it."""
        found = []
        with self._connection() as connection:
            for setting in ("fsync", "full_page_writes"):
                if _setting(connection, setting) != "on":
                    found.append(f"{setting} is off: a power cut can destroy the database")
            if (
                failures := _value(
                    connection, "SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database"
                )
            ) > 0:
                found.append(f"{failures} pages failed their checksum")
            for (name,) in connection.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
            ):
                found.append(f"index {name} is not valid")
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
            if _is_alive(connection):
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
            if not self._closed and not connection.closed and _is_idle(connection):
                self._idle.append(connection)
                return
        connection.close()


def connect(address: str) -> psycopg.Connection[Any]:
    """A connection with the settings that we rely on."""
    connection = psycopg.connect(address, autocommit=True, prepare_threshold=PREPARE_AT)
    try:
        connection.prepared_max = 500
        # Otherwise a number's size would choose its type, and each mixture would be a statement of its own.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        for name, value in _SESSION.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        if _setting(connection, "synchronous_commit") in {"off", "local"}:
            connection.execute("SET synchronous_commit = on")
    except BaseException:
        connection.close()
        raise
    return connection


def migrations() -> list[tuple[int, str]]:
    """Numbers and scripts of the migrations that this program brings, in order."""
    found = []
    for entry in (files("sync.server") / "migrations" / "postgres").iterdir():
        if match := _NAME.fullmatch(entry.name):
            found.append((int(match[1]), entry.read_text("utf-8")))
    return sorted(found)


def _migrate(connection: psycopg.Connection[Any], newest: int | None = None) -> None:
    """Apply what is due, one transaction each: of several nodes one does it, the others wait."""
    steps = migrations()
    with _migrating(connection):
        done = _version(connection)
        if done > steps[-1][0]:
            raise Damaged(
                _("The server's database was written by a newer version of this program. Please update.")
            )
        for number, script in steps:
            if done < number and (newest is None or number <= newest):
                with connection.transaction():
                    connection.execute(script.encode(), prepare=False)
                    connection.execute("INSERT INTO migration (number) VALUES (%s)", (number,))


def _version(connection: psycopg.Connection[Any]) -> int:
    """The number of the last migration that this database has seen."""
    connection.execute("CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY)")
    number: int = _value(connection, "SELECT coalesce(max(number), 0) FROM migration")
    return number


@contextmanager
def _migrating(connection: psycopg.Connection[Any]) -> Iterator[None]:
    # Another node may take its time with a large table.
    connection.execute("SET lock_timeout = 0")
    connection.execute("SELECT pg_advisory_lock(%s)", (MIGRATING,))
    try:
        yield
    finally:
        with suppress(psycopg.OperationalError):
            connection.execute("SELECT pg_advisory_unlock(%s)", (MIGRATING,))
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (_SESSION["lock_timeout"],))


def _require_safe(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < OLDEST:
        raise Unsafe(
            _("PostgreSQL {version} is too old; 13 is the oldest that will do.").format(
                version=connection.info.server_version // 10_000
            )
        )
    if connection.info.encoding != "utf-8":
        raise Unsafe(_("The database must be encoded in UTF-8."))


def _setting(connection: psycopg.Connection[Any], name: str) -> str:
    return str(_value(connection, "SELECT current_setting(%s)", name))


def _value(connection: psycopg.Connection[Any], query: str, *values: Any) -> Any:
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None


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


def _is_idle(connection: psycopg.Connection[Any]) -> bool:
    return connection.pgconn.transaction_status == TransactionStatus.IDLE


def _is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Whether the other side has not closed it meanwhile. Costs no round trip as long as nothing was said."""
    if not _is_idle(connection):
        return False
    if not select.select([connection.fileno()], [], [], 0)[0]:
        return True
    try:
        connection.execute("SELECT 1")  # a farewell, or word of a changed setting
    except psycopg.Error:
        return False
    return True
