"""How the source is written: a sentence on top, names that say something, SQL in one place."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.sources import ROOT, files, parsed, place, texts

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}

SQL = re.compile(
    r"\b(SELECT\s.*\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|"
    r"(CREATE|DROP|ALTER)\s+(\w+\s+)?(TABLE|INDEX|VIEW|TRIGGER)\b|PRAGMA\s+\w|ATTACH\s+DATABASE\b|"
    r"BEGIN\s+(IMMEDIATE|EXCLUSIVE)\b|ORDER\s+BY\s|GROUP\s+BY\s|WHERE\s.*[=<>?])",
    re.DOTALL,
)
# The two stores of the server hold SQL of their own, each in several files.
SQL_LIVES_IN = ("app/store/", "sync/server/embedded", "sync/server/postgres")


def test_every_module_opens_with_a_sentence() -> None:
    def is_sentence(text: str | None) -> bool:
        first = (text or "").strip().partition("\n\n")[0]
        return bool(first) and first.splitlines()[0].strip() != "" and first.rstrip()[-1] in ".:?!;"

    silent = [place(path, 1) for path in files() if not is_sentence(ast.get_docstring(parsed(path)))]
    assert silent == []


def test_no_file_is_named_after_a_drawer() -> None:
    assert [place(path, 1) for path in files() if FORBIDDEN_NAMES & set(path.stem.split("_"))] == []


def test_sql_is_written_in_the_store_only() -> None:
    elsewhere = [
        place(path, line)
        for path in files()
        if not place(path, 1).startswith(SQL_LIVES_IN)
        for line, text in texts(parsed(path))
        if SQL.search(text)
    ]
    assert elsewhere == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id FROM customer",
        "  INSERT OR REPLACE INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "CREATE UNIQUE INDEX i ON t(a)",
        "PRAGMA journal_mode",
        " ORDER BY name",
        "WHERE id = ?",
    ],
)
def test_sql_is_recognised(text: str) -> None:
    assert SQL.search(text)


@pytest.mark.parametrize(
    "text", ["Select a file from the list", "Create table", "Order by Friday", "Where is it?"]
)
def test_plain_words_are_no_sql(text: str) -> None:
    assert not SQL.search(text)


def test_texts_for_translation_can_be_extracted() -> None:
    """A sentence put together before `_` sees it has no entry in any catalogue."""
    glued = [
        place(path, call.lineno)
        for path in files("app", "ui")
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"_", "N_", "ngettext"}
        for argument in call.args[: 2 if call.func.id == "ngettext" else 1]
        if isinstance(argument, ast.JoinedStr | ast.BinOp)
    ]
    assert glued == []


def test_every_package_can_be_imported_as_one() -> None:
    """A folder without `__init__.py` would be left out of the built program."""
    without = {path.parent for path in files()} - {
        path.parent for path in files() if path.name == "__init__.py"
    }
    assert sorted(str(folder.relative_to(ROOT)) for folder in without) == []
