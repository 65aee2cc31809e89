"""Backups of PostgreSQL's rows: every table as its COPY writes it, at one moment, in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import psycopg
from psycopg import sql

from app.errors import Conflict, Damaged
from app.i18n import _
from sync.server.embedded_company import OF_COMPANY

TABLES: Final = ("fact", "admission", *OF_COMPANY)
VERSION: Final = "version"
"""The number of the last migration. Written last, so that a folder whose writing broke off is known."""
PART_BYTES: Final = 1 << 20


def dump(connection: psycopg.Connection[Any], folder: Path, version: int) -> None:
    """Write every table; durable when it returns."""
    folder.mkdir(mode=0o700)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for table in TABLES:
            command = sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(sql.Identifier(table))
            with _durable(folder / table) as file, connection.cursor().copy(command) as rows:
                for part in rows:
                    file.write(part)
    with _durable(folder / VERSION) as file:
        file.write(b"%d\n" % version)
    _sync_folder(folder)
    _sync_folder(folder.parent)


def load(connection: psycopg.Connection[Any], folder: Path, migrate: Callable[[int], None]) -> None:
    """Bring the tables to the backup's version and fill them, in one transaction. Raises Conflict, Damaged."""
    damaged = Damaged(_("“{name}” is not a whole backup of the server's database.").format(name=folder.name))
    try:
        version = int((folder / VERSION).read_bytes())
    except (OSError, ValueError):
        raise damaged from None
    migrate(version)
    try:
        with connection.transaction():
            for table in TABLES:
                _fill(connection, table, folder / table)
    except (FileNotFoundError, psycopg.DataError, psycopg.errors.BadCopyFileFormat) as error:
        raise damaged from error


def _fill(connection: psycopg.Connection[Any], table: str, path: Path) -> None:
    name = sql.Identifier(table)
    if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone():
        raise Conflict(_("This database is in use already. Restore into an empty one."))
    command = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(name)
    with path.open("rb") as file, connection.cursor().copy(command) as rows:
        while part := file.read(PART_BYTES):
            rows.write(part)


@contextmanager
def _durable(path: Path) -> Iterator[BinaryIO]:
    """A new file that only the service may read, on the disk when the context ends."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
