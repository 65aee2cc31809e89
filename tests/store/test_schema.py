"""The migrations make exactly the tables that the declarations ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.crypto.keys import SecretKey
from app.gateway.session import Session
from app.model.entity import FIELD_TIER, OFFICE_TIER, Entity, entities
from app.store import migrate as migrating
from app.store.database import Database
from app.store.migrate import available, statements
from app.store.schema import declared, table_name


@pytest.mark.parametrize("entity", entities(), ids=lambda entity: entity.name)
def test_migrated_tables_are_the_declared_ones(entity: Entity, book: Session) -> None:
    connection = book.database.writer
    for tier in (FIELD_TIER, OFFICE_TIER) if entity.has_office else (FIELD_TIER,):
        name = table_name(entity, tier)
        found = connection.execute(
            f"SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{name}')"
        )
        made = {row[0]: row[1:] for row in found}
        connection.execute("ATTACH ':memory:' AS wanted KEY ''")
        try:
            for statement in statements(declared(entity)):
                if statement.startswith("CREATE TABLE"):
                    connection.execute(statement.replace("CREATE TABLE ", "CREATE TABLE wanted.", 1))
            wanted = connection.execute(
                f"SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{name}', 'wanted')"
            )
            assert made == {row[0]: row[1:] for row in wanted}
        finally:
            connection.execute("DETACH wanted")


def test_declared_indexes_are_there(book: Session) -> None:
    found = {
        row[0]
        for row in book.database.writer.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'index'"
        ).fetchall()
    }
    wanted = {
        statement.split()[2]
        for entity in entities()
        for statement in statements(declared(entity))
        if statement.startswith("CREATE INDEX")
    }
    assert wanted <= found


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _script in available()] == list(range(1, len(available()) + 1))


def test_what_is_undecided_is_found_without_reading_the_rest(book: Session) -> None:
    found = book.database.writer.execute(
        "EXPLAIN QUERY PLAN SELECT customer.row FROM customer WHERE customer.gone = 0 AND customer.marks > 0 "
        "ORDER BY customer.row"
    ).fetchall()
    assert any("customer_undecided" in row[3] for row in found)


def test_a_journal_of_the_first_release_is_whole_under_its_new_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database.open(tmp_path / "data.db", SecretKey.fresh(), create=True) as database:
        with monkeypatch.context() as patch:
            patch.setattr(migrating, "available", lambda: available()[:4])
            assert migrating.migrate(database) == 4
        with database.transaction() as connection:
            connection.executemany(
                "INSERT INTO journal (device, step, book, tier, state, receipt, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(1, step, 1, step % 2, 0, None, bytes([step])) for step in range(1, 51)],
            )
        assert migrating.migrate(database) == len(available())
        rows = database.writer.execute(
            "SELECT device, step, book, tier, state, receipt, position, body FROM journal ORDER BY step"
        ).fetchall()
        assert rows == [(1, step, 1, step % 2, 0, None, None, bytes([step])) for step in range(1, 51)]
