"""Brings PostgreSQL's tables to this program's version: one of several nodes does it, the others wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import Any, Final

import psycopg

from app.errors import Damaged, Unsafe
from app.i18n import _
from sync.server.postgres_connection import SESSION, value

OLDEST: Final = 13_00_00
MIGRATING: Final = 0x50726F76656E6465
"""The advisory lock."""
_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


def migrations() -> list[tuple[int, str]]:
    """Numbers and scripts of the migrations that this program brings, in order."""
    found = []
    for entry in (files("sync.server") / "migrations" / "postgres").iterdir():
        if match := _NAME.fullmatch(entry.name):
            found.append((int(match[1]), entry.read_text("utf-8")))
    return sorted(found)


def migrate(connection: psycopg.Connection[Any], newest: int | None = None) -> None:
    """Apply what is due, one transaction each: of several nodes one does it, the others wait."""
    steps = migrations()
    with _migrating(connection):
        done = version(connection)
        if done > steps[-1][0]:
            raise Damaged(
                _("The server's database was written by a newer version of this program. Please update.")
            )
        for number, script in steps:
            if done < number and (newest is None or number <= newest):
                with connection.transaction():
                    connection.execute(script.encode(), prepare=False)
                    connection.execute("INSERT INTO migration (number) VALUES (%s)", (number,))


def version(connection: psycopg.Connection[Any]) -> int:
    """The number of the last migration that this database has seen."""
    connection.execute("CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY)")
    number: int = value(connection, "SELECT coalesce(max(number), 0) FROM migration")
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
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (SESSION["lock_timeout"],))


def require_safe(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < OLDEST:
        raise Unsafe(
            _("PostgreSQL {version} is too old; 13 is the oldest that will do.").format(
                version=connection.info.server_version // 10_000
            )
        )
    if connection.info.encoding != "utf-8":
        raise Unsafe(_("The database must be encoded in UTF-8."))
