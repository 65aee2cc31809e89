"""Connections to PostgreSQL: the address, with what we rely on, and what every connection is told."""

from __future__ import annotations

import select
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from app.errors import Invalid
from app.i18n import _
from sync.server.postgres_rows import PREPARE_AT

_LOCAL: Final = {"", "localhost", "127.0.0.1", "::1"}

# A node that vanished without a word may not hold a row for longer than half a minute.
SESSION: Final = {
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "client_min_messages": "warning",
    "bytea_output": "hex",
}


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


def connect(address: str) -> psycopg.Connection[Any]:
    """A connection with the settings that we rely on."""
    connection = psycopg.connect(address, autocommit=True, prepare_threshold=PREPARE_AT)
    try:
        connection.prepared_max = 500
        # Otherwise a number's size would choose its type, and each mixture would be a statement of its own.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        wishes = ", ".join(["set_config(%s, %s, false)"] * len(SESSION))
        connection.execute(f"SELECT {wishes}", [part for wish in SESSION.items() for part in wish])
        if setting(connection, "synchronous_commit") in {"off", "local"}:
            connection.execute("SET synchronous_commit = on")
    except BaseException:
        connection.close()
        raise
    return connection


def setting(connection: psycopg.Connection[Any], name: str) -> str:
    return str(value(connection, "SELECT current_setting(%s)", name))


def value(connection: psycopg.Connection[Any], query: str, *values: Any) -> Any:
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None


def is_idle(connection: psycopg.Connection[Any]) -> bool:
    return connection.pgconn.transaction_status == TransactionStatus.IDLE


def is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Whether the other side has not closed it meanwhile. Costs no round trip as long as nothing was said."""
    if not is_idle(connection):
        return False
    if not _has_said_something(connection.fileno()):
        return True
    try:
        connection.execute("SELECT 1")  # a farewell, or word of a changed setting
    except psycopg.Error:
        return False
    return True


def _has_said_something(handle: int) -> bool:
    """Whether there is something to read. With many devices waiting, handles are too large for `select`."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([handle], [], [], 0)[0])
    asked = select.poll()
    asked.register(handle, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(asked.poll(0))
