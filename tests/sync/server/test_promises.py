"""What the promises page says that a server sees is all that its tables have."""

from __future__ import annotations

import re
from pathlib import Path

from sync.server.embedded import Embedded
from tests.architecture.sources import ROOT

PAGE = ROOT / "resources" / "docs" / "promises.md"


def named() -> tuple[set[str], set[str]]:
    """Tables and columns that the page lists."""
    section = (
        PAGE.read_text("utf-8")
        .partition("## What a server and its operator can see")[2]
        .partition("\n## ")[0]
    )
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    tables, columns = (set(re.findall(r"`(\w+)`", " ".join(row[at] for row in rows))) for at in range(2))
    return tables, columns


def test_every_table_and_column_is_listed_and_nothing_else(tmp_path: Path) -> None:
    storage = Embedded.create(tmp_path / "server.db", bytes(32))
    with storage.reading() as tx:
        ask = tx._connection.execute  # type: ignore[attr-defined]
        tables = {row[0] for row in ask("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        columns = {
            row[0] for table in tables for row in ask("SELECT name FROM pragma_table_info(?)", (table,))
        }
    storage.close()
    assert named() == (tables, columns)
