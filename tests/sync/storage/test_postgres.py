"""What only PostgreSQL has: an address, migrations by several nodes, outages, standbys, tables that shard."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from app.errors import Conflict, Damaged, Invalid, Unsafe
from sync.protocol.problems import Problem
from sync.server import postgres_migrations
from sync.server.embedded_company import OF_COMPANY
from sync.server.postgres import Postgres
from sync.server.postgres_connection import connect, connection_string
from tests.sync.postgres_server import Server
from tests.sync.storage.rows import COMPANY, DEVICE, FIELD, OTHER, batch, begin, key, push

OPERATORS = {"fact", "admission", "migration"}


# ---- the address


@pytest.mark.parametrize(
    "text", ["", "secret", "mysql://h/db", "postgresql://h/db?nonsense=1", "dbname=secret"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        connection_string(text)
    assert "secret" not in refused.value.text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://u@db.example.com/p", "verify-full"),
        ("postgresql://u@db.example.com/p?sslmode=require", "require"),
        ("postgresql://u@127.0.0.1,db.example.com/p", "verify-full"),
        ("postgresql://u@127.0.0.1/p", None),
        ("postgresql://u@/p?host=/run/postgresql", None),
        ("postgresql:///p", None),
    ],
)
def test_another_computer_must_prove_itself(address: str, expected: str | None) -> None:
    assert conninfo_to_dict(connection_string(address)).get("sslmode") == expected


def test_of_several_hosts_the_one_that_takes_writes_is_asked() -> None:
    several = conninfo_to_dict(connection_string("postgresql://u@a,b/p?sslmode=require"))
    assert several["target_session_attrs"] == "read-write"


# ---- tables


def test_every_primary_key_and_index_is_led_by_the_company(on_postgres: Postgres, database: str) -> None:
    query = """
        SELECT t.relname, i.indisprimary, i.indisunique, a.attname
        FROM pg_class t
        JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
        LEFT JOIN pg_index i ON i.indrelid = t.oid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
        WHERE t.relkind = 'r'
    """
    with psycopg.connect(database) as connection:
        rows = connection.execute(query).fetchall()
    of_companies = [row for row in rows if row[0] not in OPERATORS]
    assert {row[0] for row in of_companies} == set(OF_COMPANY)
    assert {row[3] for row in of_companies} == {"company"}
    assert {row[0] for row in of_companies if row[1]} == set(OF_COMPANY)


def test_no_foreign_key_and_no_sequence_ties_shards_together(on_postgres: Postgres, database: str) -> None:
    with psycopg.connect(database) as connection:
        ties = connection.execute("SELECT conname FROM pg_constraint WHERE contype = 'f'").fetchall()
        numbers = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'S'").fetchall()
    assert (ties, numbers) == ([], [])


def test_the_manual_distributes_every_table() -> None:
    manual = (Path(__file__).parents[3] / "resources/docs/manual/server-storage.md").read_text("utf-8")
    commands = manual[manual.index("SELECT create_distributed_table") : manual.index("`migration` stays")]
    named = re.findall(r"'(\w+)'", commands)
    assert set(named) == set(OF_COMPANY) | OPERATORS - {"migration"}


def test_nodes_that_start_at_once_migrate_once(bare_database: str) -> None:
    opened: list[object] = []
    together = threading.Barrier(4)

    def start() -> None:
        together.wait()
        try:
            with closing(Postgres.open(bare_database)) as storage, storage.reading() as tx:
                opened.append(tx.companies())
        except Exception as error:
            opened.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [[]] * 4
    with psycopg.connect(bare_database) as connection:
        numbers = connection.execute("SELECT number FROM migration ORDER BY number").fetchall()
    assert [row[0] for row in numbers] == [number for number, _script in postgres_migrations.migrations()]


def test_a_migration_that_fails_leaves_nothing(bare_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = postgres_migrations.migrations()
    broken = (steps[-1][0] + 1, "CREATE TABLE half (a int); SELECT nonsense;")
    monkeypatch.setattr(postgres_migrations, "migrations", lambda: [*steps, broken])
    with pytest.raises(psycopg.Error):
        Postgres.open(bare_database)
    with psycopg.connect(bare_database) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
    monkeypatch.undo()
    Postgres.open(bare_database).close()


def test_a_newer_programs_tables_are_left_alone(bare_database: str) -> None:
    Postgres.open(bare_database).close()
    with psycopg.connect(bare_database) as connection:
        connection.execute("INSERT INTO migration (number) VALUES (9999)")
    with pytest.raises(Damaged, match="newer"):
        Postgres.open(bare_database)


def test_an_old_postgresql_is_refused(bare_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_migrations, "OLDEST", 99_00_00)
    with pytest.raises(Unsafe, match="too old"):
        Postgres.open(bare_database)


# ---- durability


def test_a_commit_waits_for_the_disk_whatever_the_database_says(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = conninfo_to_dict(database)["dbname"]
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        with closing(connect(connection_string(database))) as connection:
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        # What is stricter stays.
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = remote_apply')
        with closing(connect(connection_string(database))) as connection:
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("remote_apply",)
    finally:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit')


def test_a_failed_statement_that_nobody_read_fails_the_commit(on_postgres: Postgres) -> None:
    begin(on_postgres)
    with on_postgres.writing() as tx:
        tx.add_batches(COMPANY, FIELD, [batch(1)], [])
    with pytest.raises(psycopg.Error), on_postgres.writing() as tx:
        tx.put_fact("name", b"one")
        tx.add_batches(COMPANY, FIELD, [batch(1)], [])
    with on_postgres.reading() as tx:
        assert tx.fact("name") is None


def test_a_wait_for_the_standby_that_was_cut_short_is_no_success(
    on_postgres: Postgres, postgres: Server, database: str
) -> None:
    begin(on_postgres)
    with postgres.connect() as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        connection.execute("SELECT pg_reload_conf()")
    try:
        time.sleep(0.3)
        cancelled = threading.Thread(target=_cancel_waits, args=(postgres,))
        cancelled.start()
        with pytest.raises(Problem) as refused:
            push(on_postgres, DEVICE, [b"x"])
        cancelled.join()
        assert refused.value.name == "failed"
    finally:
        with postgres.connect() as connection:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("SELECT pg_reload_conf()")


def _cancel_waits(server: Server) -> None:
    with server.connect() as connection:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            done = connection.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            ).fetchall()
            if done:
                return
            time.sleep(0.02)


# ---- outages


def test_connections_that_were_ended_are_made_anew(on_postgres: Postgres, database: str) -> None:
    begin(on_postgres)
    for _ in range(3):
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'provender-server' AND datname = current_database()"
            )
        time.sleep(0.05)
        push(on_postgres, DEVICE, [b"x"])
        with on_postgres.reading() as tx:
            assert tx.stream(COMPANY, FIELD) is not None


def test_a_connection_that_breaks_in_the_middle_fails_the_transaction_alone(
    on_postgres: Postgres, database: str
) -> None:
    begin(on_postgres)
    with pytest.raises(Problem) as refused, on_postgres.writing() as tx:
        tx.put_fact("name", b"one")
        tx.fact("name")
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            )
    assert refused.value.name == "failed" and refused.value.again
    with on_postgres.reading() as tx:
        assert tx.fact("name") is None


def test_while_postgresql_is_away_everybody_is_told_at_once(postgres_of_our_own: Server) -> None:
    server = postgres_of_our_own
    with closing(Postgres.open(server.address("postgres"))) as storage:
        begin(storage)
        server.stop()
        began = time.monotonic()
        for _ in range(200):
            for road in (storage.reading, storage.writing):
                with pytest.raises(Problem) as refused, road():
                    pass
                assert refused.value.name == "failed"
        assert time.monotonic() - began < 2
        server.start()
        _until(lambda: push(storage, DEVICE, [b"x"]))
        with storage.reading() as tx:
            assert tx.batch(COMPANY, FIELD, 1) is not None


# ---- backup


def test_a_backup_brings_everything_back(on_postgres: Postgres, postgres: Server, tmp_path: Path) -> None:
    begin(on_postgres)
    begin(on_postgres, OTHER)
    push(on_postgres, DEVICE, [bytes(range(256)) * 9] * 20)
    with on_postgres.writing() as tx:
        tx.add_batches(COMPANY, FIELD, [], [key(3)])
        tx.put_fact("name", b"one")
        tx.add_admission(b"c" * 32, 5)
    on_postgres.backup_to(tmp_path / "backup")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "backup").iterdir()} == {0}
    with postgres.database() as fresh, closing(Postgres.restore(fresh, tmp_path / "backup")) as restored:
        with on_postgres.reading() as before, restored.reading() as after:
            assert after.companies() == before.companies()
            assert list(after.batches(COMPANY, FIELD, 0, 99)) == list(before.batches(COMPANY, FIELD, 0, 99))
            assert after.keys(COMPANY, FIELD, 1, 99) == [key(3)]
            assert after.streams(COMPANY) == before.streams(COMPANY)
            assert after.fact("name") == b"one"
        push(restored, DEVICE, [b"more"])
        with pytest.raises(Conflict):
            Postgres.restore(fresh, tmp_path / "backup")


@pytest.mark.parametrize("missing", ["version", "batch"])
def test_half_a_backup_is_not_restored(
    on_postgres: Postgres, postgres: Server, tmp_path: Path, missing: str
) -> None:
    begin(on_postgres)
    on_postgres.backup_to(tmp_path / "backup")
    (tmp_path / "backup" / missing).unlink()
    with postgres.database() as fresh:
        with pytest.raises(Damaged):
            Postgres.restore(fresh, tmp_path / "backup")
        with closing(Postgres.open(fresh)) as storage, storage.reading() as tx:
            assert tx.companies() == []


def test_a_cut_backup_is_not_restored(on_postgres: Postgres, postgres: Server, tmp_path: Path) -> None:
    begin(on_postgres)
    on_postgres.backup_to(tmp_path / "backup")
    whole = (tmp_path / "backup" / "statement").read_bytes()
    (tmp_path / "backup" / "statement").write_bytes(whole[:-20])
    with postgres.database() as fresh, pytest.raises(Damaged):
        Postgres.restore(fresh, tmp_path / "backup")


def test_a_database_without_fsync_is_called_unsafe(on_postgres: Postgres) -> None:
    begin(on_postgres)
    (problem,) = on_postgres.problems()
    assert "fsync" in problem


def _until(work: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            work()
            return
        except Problem:
            assert time.monotonic() < until
            time.sleep(0.05)
