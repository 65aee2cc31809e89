"""Numbered migrations, each in one transaction with the number it leaves behind."""

from __future__ import annotations

import re
from importlib.resources import files

from app.errors import Damaged
from app.i18n import _
from app.store.database import Database

NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


def available() -> list[tuple[int, str]]:
    """Numbers and statements of the migrations that this program brings, in order."""
    found = []
    for entry in files("app.store.migrations").iterdir():
        if match := NAME.fullmatch(entry.name):
            found.append((int(match[1]), entry.read_text("utf-8")))
    return sorted(found)


def version(database: Database) -> int:
    """The number of the last migration that this file has seen."""
    row = database.writer.execute("PRAGMA user_version").fetchone()
    return int(row[0]) if row else 0


def migrate(database: Database) -> int:
    """Bring the file to this program's version and return it. Raises Damaged for a newer file.

    Each migration commits whole or not at all, so a program killed in the middle goes on where it was.
    """
    done = version(database)
    steps = available()
    newest = steps[-1][0]
    if done > newest:
        raise Damaged(
            _(
                "This book was written by a newer Provender (format {found}, this program knows {known}). Please update."
            ).format(found=done, known=newest)
        )
    for number, script in steps:
        if number > done:
            with database.transaction() as connection:
                for statement in statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number:d}")
    return newest


def statements(script: str) -> list[str]:
    """The single statements of a script; comments and line ends inside are kept out of the way."""
    lines = [line.split("--", 1)[0].rstrip() for line in script.splitlines()]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]
