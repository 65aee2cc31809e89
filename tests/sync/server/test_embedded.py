"""The embedded database: every key led by the company, no statement without it, and every trap of opening it."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import AppError, Conflict, Damaged, Unsafe
from sync.server import embedded, embedded_company, embedded_shelves, embedded_streams
from sync.server.embedded import Embedded, migrations, statements
from sync.server.embedded_company import OF_COMPANY

KEY = bytes(range(32))
OPERATORS = {"fact", "admission"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "server.db"
    Embedded.create(path, KEY).close()
    return path


def test_every_tables_primary_key_is_led_by_the_company(path: Path) -> None:
    storage = Embedded.open(path, KEY)
    with storage.reading() as tx:
        ask = tx._connection.execute  # type: ignore[attr-defined]
        tables = [row[0] for row in ask("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        first = {
            table: ask("SELECT name FROM pragma_table_info(?) WHERE pk = 1", (table,)).fetchone()[0]
            for table in tables
        }
        indexes = [
            ask("SELECT name FROM pragma_index_info(?) WHERE seqno = 0", (row[0],)).fetchone()[0]
            for row in ask("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        ]
    storage.close()
    assert {table for table, column in first.items() if column != "company"} == OPERATORS
    assert set(first) == OPERATORS | set(OF_COMPANY)
    assert set(indexes) == {"company"}


ROWS = [embedded_company, embedded_streams, embedded_shelves]


RUN = {"_do", "_one", "_all", "_count", "_many", "_each"}


def written() -> list[str]:
    """Every statement of the rows, as the calls put it together."""
    found = []
    for module in ROWS:
        source = Path(str(module.__file__)).read_text("utf-8")
        for name, value in vars(module).items():
            if name.startswith("_") and isinstance(value, str) and not name.startswith("__"):
                source = source.replace("{" + name + "}", value)
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in RUN:
                found.append("".join(_text(call.args[0])))
    return found


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _text(part)
    elif isinstance(node, ast.FormattedValue):
        yield "…"
    else:
        raise AssertionError(ast.dump(node))


def test_no_statement_lacks_the_company() -> None:
    """But for the operator's own tables, and the one that lists the companies."""
    found = written()
    assert len(found) > 50
    for sql in found:
        if re.search(r"\b(FROM|INTO|UPDATE) (fact|admission)\b", sql):
            continue
        if sql == "SELECT company FROM company ORDER BY company":
            continue
        if sql.startswith("INSERT"):
            assert re.match(r"INSERT INTO \w+ \(company, ", sql), sql
            continue
        tables = len(re.findall(r"\b(?:FROM|UPDATE) [\w…]+", sql))
        assert tables and sql.count("WHERE company = ?") == tables, sql


def test_nothing_that_was_stored_can_be_read_without_the_key(path: Path) -> None:
    storage = Embedded.open(path, KEY)
    with storage.writing() as tx:
        tx.put_fact("planted", b"PLANTED-WORDS")
    names = [entry for entry in path.parent.iterdir() if entry.is_file()]
    assert len(names) >= 2  # the WAL too
    assert not any(b"PLANTED" in entry.read_bytes() or b"admission" in entry.read_bytes() for entry in names)
    storage.close()


def test_another_key_does_not_open_it(path: Path) -> None:
    with pytest.raises(Damaged):
        Embedded.open(path, bytes(32))
    Embedded.open(path, KEY).close()


@pytest.mark.parametrize("key", [b"", KEY[:31], KEY + b"x", KEY.hex().encode()])
def test_a_key_of_another_length_is_never_a_passphrase(path: Path, key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Embedded.open(path, key)


def test_a_missing_or_empty_file_is_never_made_anew(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        Embedded.open(tmp_path / "missing.db", KEY)
    assert not (tmp_path / "missing.db").exists()
    (tmp_path / "empty.db").touch()
    with pytest.raises(Damaged):
        Embedded.open(tmp_path / "empty.db", KEY)
    assert (tmp_path / "empty.db").stat().st_size == 0


def test_a_plain_database_is_refused(tmp_path: Path) -> None:
    import sqlcipher3.dbapi2 as driver

    plain = driver.connect(tmp_path / "plain.db")
    plain.execute("CREATE TABLE company (company BLOB)")
    plain.commit()
    plain.close()
    with pytest.raises(Damaged):
        Embedded.open(tmp_path / "plain.db", KEY)


def test_nothing_is_written_over(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Conflict):
        Embedded.create(path, KEY)
    assert path.read_bytes() == before


def test_an_engine_that_is_too_old_or_plain_is_refused(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(embedded, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(Unsafe):
        Embedded.open(path, KEY)


def test_a_database_of_a_newer_version_is_refused(path: Path) -> None:
    storage = Embedded.open(path, KEY)
    with storage.writing() as tx:
        tx._connection.execute("PRAGMA user_version = 9999")  # type: ignore[attr-defined]
    storage.close()
    with pytest.raises(Damaged, match="newer"):
        Embedded.open(path, KEY)


def test_writes_survive_the_process(path: Path) -> None:
    storage = Embedded.open(path, KEY)
    assert storage._writer.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert storage._writer.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert storage._writer.execute("PRAGMA cipher_version").fetchone()[0]
    assert storage._writer.execute("PRAGMA secure_delete").fetchone()[0] == 1
    storage.close()


def test_several_processes_take_turns(path: Path) -> None:
    one, other = Embedded.open(path, KEY), Embedded.open(path, KEY)
    began = threading.Event()

    def slowly() -> None:
        with one.writing() as tx:
            began.set()
            tx.put_fact("turn", b"one")
            threading.Event().wait(0.2)

    thread = threading.Thread(target=slowly)
    thread.start()
    began.wait()
    with other.writing() as tx:
        assert tx.fact("turn") == b"one"
        tx.put_fact("turn", b"other")
    thread.join()
    with one.reading() as tx:
        assert tx.fact("turn") == b"other"
    one.close()
    other.close()


def test_a_closed_database_says_so(path: Path) -> None:
    storage = Embedded.open(path, KEY)
    storage.close()
    storage.close()
    for way in (storage.writing, storage.reading):
        with pytest.raises(AppError), way():
            pass


def test_migrations_are_numbered_without_gaps_and_applied_once(path: Path) -> None:
    found = migrations()
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert all(statements(script) for _, script in found)
    storage = Embedded.open(path, KEY)
    assert storage._writer.execute("PRAGMA user_version").fetchone()[0] == len(found)
    storage.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [*migrations(), (len(migrations()) + 1, "CREATE TABLE half (a); nonsense")]
    monkeypatch.setattr(embedded, "migrations", lambda: steps)
    with pytest.raises(Damaged):
        Embedded.open(path, KEY)
    monkeypatch.undo()
    storage = Embedded.open(path, KEY)
    with storage.reading() as tx:
        sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"
        assert tx._connection.execute(sql).fetchone()[0] == 0  # type: ignore[attr-defined]
    storage.close()


def test_deleting_a_company_leaves_no_row_in_any_table(path: Path) -> None:
    storage = Embedded.open(path, KEY)
    with storage.writing() as tx:
        run = tx._connection.execute  # type: ignore[attr-defined]
        for table in OF_COMPANY:
            columns = run("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
            values = [
                b"gone" if name == "company" else b"x" if type_ == "BLOB" else 1 for name, type_ in columns
            ]
            marks = ", ".join("?" * len(values))
            run(f"INSERT INTO {table} VALUES ({marks})", values)
            kept = [b"stay" if value == b"gone" else value for value in values]
            run(f"INSERT INTO {table} VALUES ({marks})", kept)
        tx.delete_company(b"gone")
        for table in OF_COMPANY:
            assert run(f"SELECT company FROM {table}").fetchall() == [(b"stay",)]
    storage.close()
