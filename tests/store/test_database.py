"""The encrypted file and every trap of opening it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.crypto.keys import SecretKey
from app.errors import AppError, Conflict, Damaged, DiskFull, Locked, Unsafe
from app.store import database as module
from app.store.database import Database, DriverError, IntegrityError
from app.store.failures import known_error
from app.store.place import PAGE_BYTES, check_from_outside, replace_file, salt_of, settle, waiting

ROWS = 400


@pytest.fixture(scope="module")
def key() -> SecretKey:
    return SecretKey(bytes(range(32)))


@pytest.fixture(scope="module")
def template(key: SecretKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "data.db"
    with Database.open(path, key, create=True) as database, database.transaction() as connection:
        connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT UNIQUE, note TEXT)")
        connection.executemany(
            "INSERT INTO person VALUES (?, ?, ?)",
            [(n, f"person {n}", "ordinary text " * 20) for n in range(ROWS)],
        )
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "data.db"))


@pytest.fixture
def database(path: Path, key: SecretKey) -> Iterator[Database]:
    with Database.open(path, key) as opened:
        yield opened


def count(database: Database) -> int:
    with database.reader() as connection:
        row = connection.execute("SELECT count(*) FROM person").fetchone()
    assert row is not None
    return int(row[0])


def pragma(connection: object, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]  # type: ignore[attr-defined]


# ---- settings


def test_every_connection_is_durable_and_careful(database: Database) -> None:
    with database.reader() as reader:
        for connection in (database.writer, reader):
            assert pragma(connection, "cipher_version")
            assert pragma(connection, "journal_mode") == "wal"
            assert pragma(connection, "synchronous") == 2
            assert pragma(connection, "secure_delete") == 1
            assert pragma(connection, "temp_store") == 2
            assert pragma(connection, "foreign_keys") == 1
            assert pragma(connection, "mmap_size") == 0
            assert pragma(connection, "trusted_schema") == 0
            assert int(str(pragma(connection, "page_size"))) == PAGE_BYTES
        assert pragma(reader, "query_only") == 1


def test_extensions_cannot_be_loaded(database: Database) -> None:
    with pytest.raises(DriverError, match="not authorized"):
        database.writer.execute("SELECT load_extension('anything')")


def test_an_engine_that_cannot_encrypt_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: SecretKey
) -> None:
    plain = SimpleNamespace(sqlite_version_info=(3, 53, 0), sqlite_version="3.53.0", connect=sqlite3.connect)
    monkeypatch.setattr(module, "driver", plain)
    with pytest.raises(Unsafe, match="cannot encrypt"):
        Database.open(tmp_path / "data.db", key, create=True)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_with_the_wal_reset_fault_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: SecretKey
) -> None:
    old = SimpleNamespace(sqlite_version_info=(3, 51, 2), sqlite_version="3.51.2")
    monkeypatch.setattr(module, "driver", old)
    with pytest.raises(Unsafe, match=r"3\.51\.2"):
        Database.open(tmp_path / "data.db", key, create=True)


def test_the_key_is_in_no_traced_statement(
    path: Path, key: SecretKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    driver: Any = vars(module)["driver"]
    connect = driver.connect

    def traced(*args: object, **kwargs: object) -> object:
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr(driver, "connect", traced)
    with Database.open(path, key) as database:
        database.backup_to(path.with_name("copy.db"))
        database.rekey(SecretKey(bytes(32)), commit=lambda: None)
    assert seen
    assert not [statement for statement in seen if key.reveal().hex()[:16] in statement.lower()]


def test_only_a_key_of_96_digits_reaches_the_driver(key: SecretKey) -> None:
    handed: list[str] = []
    module._set_key(SimpleNamespace(set_key=handed.append), key)
    assert len(handed[0]) == len("x''") + 96
    assert handed[0] == f"x'{key.reveal().hex()}{salt_of(key).hex()}'"
    with pytest.raises(ValueError, match="32 bytes"):
        module._set_key(SimpleNamespace(set_key=handed.append), SecretKey(bytes(64)))
    with pytest.raises(ValueError, match="32"):
        SecretKey(bytes(31))


def test_a_file_is_private(path: Path, key: SecretKey, tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("POSIX rights")
    Database.open(tmp_path / "fresh.db", key, create=True).close()
    assert (tmp_path / "fresh.db").stat().st_mode & 0o777 == 0o600


# ---- traps


def test_a_missing_file_is_never_made(tmp_path: Path, key: SecretKey) -> None:
    with pytest.raises(Damaged, match="missing"):
        Database.open(tmp_path / "data.db", key)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_not_a_database(tmp_path: Path, key: SecretKey) -> None:
    path = tmp_path / "data.db"
    path.touch()
    with pytest.raises(Damaged, match="is empty"):
        Database.open(path, key)
    assert path.stat().st_size == 0


def test_a_plain_database_is_refused(tmp_path: Path, key: SecretKey) -> None:
    path = tmp_path / "data.db"
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE t (a)")
    plain.commit()
    plain.close()
    before = path.read_bytes()
    with pytest.raises(Damaged, match="not encrypted"):
        Database.open(path, key)
    assert path.read_bytes() == before


def test_a_file_under_another_key_is_told_from_damage(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Damaged, match="belongs to another vault"):
        Database.open(path, SecretKey(bytes(32)))
    assert path.read_bytes() == before


@pytest.mark.parametrize("length", [5, 16, 100, PAGE_BYTES - 1])
def test_a_truncated_header_is_refused(path: Path, key: SecretKey, length: int) -> None:
    os.truncate(path, length)
    with pytest.raises(Damaged, match="cut short"):
        Database.open(path, key)
    assert path.stat().st_size == length


@pytest.mark.parametrize("lost", [100, PAGE_BYTES, 10 * PAGE_BYTES + 1])
def test_a_truncated_file_is_refused(path: Path, key: SecretKey, lost: int) -> None:
    os.truncate(path, path.stat().st_size - lost)
    with pytest.raises(Damaged, match=r"is damaged|cut short"):
        Database.open(path, key)


def test_a_damaged_first_page_is_refused(path: Path, key: SecretKey) -> None:
    flip(path, 100)
    with pytest.raises(Damaged, match="is damaged"):
        Database.open(path, key)


def test_a_damaged_page_is_met_when_it_is_read(path: Path, key: SecretKey) -> None:
    flip(path, 10 * PAGE_BYTES + 50)
    with Database.open(path, key) as database:
        with pytest.raises(Damaged, match="Nothing was repaired"), database.reader() as connection:
            connection.execute("SELECT sum(length(note)) FROM person").fetchall()
        assert any("page 11" in problem or "malformed" in problem for problem in database.integrity())


def test_a_folder_in_its_place_is_refused(tmp_path: Path, key: SecretKey) -> None:
    (tmp_path / "data.db").mkdir()
    with pytest.raises(Damaged, match="not a file"):
        Database.open(tmp_path / "data.db", key)


def test_an_unreadable_file_says_why(path: Path, key: SecretKey, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Damaged, match="permission denied"):
        check_from_outside(path, key)


def test_creating_never_replaces(path: Path, key: SecretKey) -> None:
    before = path.read_bytes()
    with pytest.raises(Conflict):
        Database.open(path, key, create=True)
    assert path.read_bytes() == before


def test_a_fresh_file_is_never_empty(tmp_path: Path, key: SecretKey) -> None:
    Database.open(tmp_path / "data.db", key, create=True).close()
    assert (tmp_path / "data.db").stat().st_size >= PAGE_BYTES
    Database.open(tmp_path / "data.db", key).close()


# ---- reading and writing


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.execute("DELETE FROM person")
        raise ZeroDivisionError
    assert count(database) == ROWS


def test_a_broken_rule_is_our_bug_and_rolls_back(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute("DELETE FROM person WHERE id > 5")
        connection.execute("INSERT INTO person VALUES (1, 'x', '')")
    assert count(database) == ROWS


def test_transactions_do_not_nest(database: Database) -> None:
    with database.transaction(), pytest.raises(RuntimeError), database.transaction():
        pass


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DriverError, match="readonly"), database.reader() as connection:
        connection.execute("DELETE FROM person")


def test_a_reader_sees_what_was_committed(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("DELETE FROM person WHERE id = 0")
        assert count(database) == ROWS
    assert count(database) == ROWS - 1


def test_a_snapshot_is_one_moment(database: Database) -> None:
    with database.reader(snapshot=True) as reader:
        assert reader.execute("SELECT count(*) FROM person").fetchone() == (ROWS,)
        with database.transaction() as connection:
            connection.execute("DELETE FROM person WHERE id = 0")
        assert reader.execute("SELECT count(*) FROM person").fetchone() == (ROWS,)
    assert count(database) == ROWS - 1


def test_each_thread_has_its_own_reader_and_dead_ones_are_closed(database: Database) -> None:
    seen: list[object] = []

    def read() -> None:
        with database.reader() as outer, database.reader() as inner:
            assert outer is inner
            seen.append(outer)

    for _index in range(3):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    with database.reader() as mine:
        assert mine not in seen
    assert len({id(connection) for connection in seen}) == 3
    assert len(database._readers) <= 2


def test_closing_interrupts_a_long_read(path: Path, key: SecretKey) -> None:
    database = Database.open(path, key)
    started, failures = threading.Event(), []

    def read() -> None:
        try:
            with database.reader() as connection:
                started.set()
                connection.execute(
                    "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT count(*) FROM n"
                ).fetchone()
        except Locked as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    started.wait()
    time.sleep(0.05)
    database.close()
    thread.join(timeout=5)
    assert len(failures) == 1
    with pytest.raises(Locked), database.reader():
        pass
    with pytest.raises(Locked), database.transaction():
        pass


class Busy:
    """A thread in the middle of a long reading, doing something else until it is told to go on."""

    def __init__(self, database: Database) -> None:
        self.started, self.go_on, self.outcome = threading.Event(), threading.Event(), []  # type: ignore[var-annotated]
        self._thread = threading.Thread(target=self._read, args=(database,))
        self._thread.start()
        self.started.wait()

    def _read(self, database: Database) -> None:
        try:
            with database.reader() as connection:
                cursor = connection.execute(
                    "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a FROM n"
                )
                cursor.fetchone()
                self.started.set()
                self.go_on.wait()
                for _row in cursor:
                    pass
        except Exception as error:
            self.outcome.append(error)

    def end(self) -> None:
        self.go_on.set()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()


def test_closing_does_not_wait_for_ever_and_pulls_nothing_from_under_a_reader(
    path: Path, key: SecretKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READER_PATIENCE_S", 0.1)
    database = Database.open(path, key)
    busy = Busy(database)
    database.close()
    assert database._key.is_wiped
    busy.end()
    assert [type(error) for error in busy.outcome] == [Locked]
    with Database.open(path, key) as again:
        assert count(again) == ROWS


def test_rekeying_gives_up_before_anything_changed_where_a_reader_stays(
    database: Database, path: Path, key: SecretKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READER_PATIENCE_S", 0.1)
    assert count(database) == ROWS
    busy = Busy(database)
    with pytest.raises(Locked):
        database.rekey(SecretKey.fresh(), commit=lambda: pytest.fail("the header must not be written"))
    assert not waiting(path).exists()
    assert count(database) == ROWS
    busy.end()
    new = SecretKey.fresh()
    database.rekey(new, commit=lambda: None)
    assert count(database) == ROWS
    database.close()
    with Database.open(path, new) as again:
        assert count(again) == ROWS


def test_closing_empties_the_wal_and_wipes_the_key(path: Path, key: SecretKey) -> None:
    database = Database.open(path, key)
    with database.transaction() as connection:
        connection.execute("DELETE FROM person WHERE id < 10")
    assert path.with_name("data.db-wal").stat().st_size > 0
    database.close()
    database.close()
    assert [entry.name for entry in path.parent.iterdir()] == ["data.db"]
    assert database._key.is_wiped


def test_a_checkpoint_empties_the_wal(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("DELETE FROM person WHERE id < 10")
    assert database.checkpoint()
    assert database.path.with_name("data.db-wal").stat().st_size == 0


def test_frozen_means_reading_only(database: Database) -> None:
    database.freeze("Reading only.")
    with pytest.raises(Locked, match="Reading only"), database.transaction():
        pass
    with pytest.raises(DriverError, match="readonly"):
        database.writer.execute("DELETE FROM person")
    assert count(database) == ROWS
    database.thaw()
    with database.transaction() as connection:
        connection.execute("DELETE FROM person WHERE id = 0")


def test_known_failures_have_a_sentence_and_bugs_have_none(path: Path) -> None:
    def failure(code: int) -> Exception:
        error: Any = DriverError("x")
        error.sqlite_errorcode = code
        assert isinstance(error, Exception)
        return error

    assert isinstance(known_error(failure(13), path), DiskFull)
    assert isinstance(known_error(failure(11), path), Damaged)
    assert isinstance(known_error(failure(10 | 3 << 8), path), Damaged)
    assert isinstance(known_error(failure(5), path), Locked)
    assert known_error(failure(1), path) is None
    assert known_error(failure(19), path) is None


def test_a_full_disk_keeps_nothing_of_the_step(path: Path, key: SecretKey) -> None:
    with Database.open(path, key) as database:
        database.writer.execute(f"PRAGMA max_page_count={path.stat().st_size // PAGE_BYTES + 2}")
        with pytest.raises(DiskFull, match="Free some space"), database.transaction() as connection:
            connection.execute("DELETE FROM person WHERE id = 1")
            connection.executemany(
                "INSERT INTO person VALUES (?, ?, ?)",
                [(n, f"new {n}", "text " * 300) for n in range(1000, 2000)],
            )
        assert count(database) == ROWS
        assert database.integrity() == ()


# ---- whole file


def test_a_sound_file_has_nothing_wrong(database: Database) -> None:
    assert database.integrity() == ()


def test_a_backup_is_complete_and_under_the_same_key(
    database: Database, key: SecretKey, tmp_path: Path
) -> None:
    with database.transaction() as connection:
        connection.execute("DELETE FROM person WHERE id = 0")
    steps: list[tuple[int, int]] = []
    database.backup_to(tmp_path / "copy.db", progress=lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1] > 0
    assert b"person" not in (tmp_path / "copy.db").read_bytes()
    with Database.open(tmp_path / "copy.db", key) as copy:
        assert count(copy) == ROWS - 1
        assert copy.integrity() == ()


def test_stopping_a_backup_leaves_nothing(database: Database, tmp_path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, DriverError)):
        database.backup_to(tmp_path / "copy.db", progress=stop)
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_never_replaces_a_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"mine")
    with pytest.raises(Conflict):
        database.backup_to(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"mine"


def test_rekeying_changes_every_page_and_goes_on(database: Database, path: Path, key: SecretKey) -> None:
    before = path.read_bytes()
    new = SecretKey.fresh()
    committed: list[bool] = []
    database.rekey(new, commit=lambda: committed.append(waiting(path).exists()))
    assert committed == [True]
    assert count(database) == ROWS
    with database.transaction() as connection:
        connection.execute("DELETE FROM person WHERE id = 0")
    database.close()
    after = path.read_bytes()
    same = [
        at
        for at in range(0, len(before), PAGE_BYTES)
        if before[at : at + PAGE_BYTES] == after[at : at + PAGE_BYTES]
    ]
    assert same == []
    with pytest.raises(Damaged):
        Database.open(path, key)
    with Database.open(path, new) as again:
        assert count(again) == ROWS - 1
        assert again.integrity() == ()


def test_a_header_that_cannot_be_written_stops_rekeying(database: Database, path: Path) -> None:
    def fail() -> None:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        database.rekey(SecretKey.fresh(), commit=fail)
    assert not waiting(path).exists()
    assert count(database) == ROWS


def test_settling_finishes_what_a_crash_left(path: Path, key: SecretKey) -> None:
    new = SecretKey.fresh()
    with Database.open(path, key) as database:
        database.backup_to(waiting(path), key=new)
    settle(path, key)
    assert not waiting(path).exists(), "under the old key the copy is a left-over"
    with Database.open(path, key) as database:
        database.backup_to(waiting(path), key=new)
    path.with_name("data.db-wal").write_bytes(b"of the old file")
    settle(path, new)
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["data.db"]
    settle(path, new)
    with Database.open(path, new) as database:
        assert count(database) == ROWS


def test_settling_with_a_strange_key_touches_nothing(path: Path, key: SecretKey) -> None:
    with Database.open(path, key) as database:
        database.backup_to(waiting(path), key=SecretKey.fresh())
    settle(path, SecretKey.fresh())
    assert waiting(path).exists()
    with Database.open(path, key) as database:
        assert count(database) == ROWS


@pytest.mark.parametrize(("code", "known"), [(28, DiskFull), (5, Damaged)])
def test_a_small_file_is_replaced_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, known: type[AppError]
) -> None:
    path = tmp_path / "vault.json"
    replace_file(path, b"one")

    def fail(_handle: int) -> None:
        raise OSError(code, "disk")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(known):
        replace_file(path, b"two")
    monkeypatch.undo()
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["vault.json"]


def test_readers_wait_while_the_file_is_rekeyed_and_see_no_lock(database: Database) -> None:
    stop, failures, reads = threading.Event(), [], []

    def read() -> None:
        try:
            while not stop.is_set():
                with database.reader() as connection, database.reader(snapshot=True):
                    reads.append(connection.execute("SELECT count(*) FROM person").fetchone())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _index in range(3)]
    for thread in threads:
        thread.start()
    for _index in range(10):
        database.rekey(SecretKey.fresh(), commit=lambda: None)
    stop.set()
    for thread in threads:
        thread.join(timeout=10)
    assert failures == []
    assert set(reads) == {(ROWS,)}


def test_what_was_committed_survives_a_kill(path: Path, key: SecretKey) -> None:
    program = (
        "import os, sys; from pathlib import Path; from app.crypto.keys import SecretKey\n"
        "from app.store.database import Database\n"
        "database = Database.open(Path(sys.argv[1]), SecretKey(bytes(range(32))))\n"
        "with database.transaction() as c: c.execute('DELETE FROM person WHERE id = 0')\n"
        "database.writer.execute('BEGIN IMMEDIATE'); database.writer.execute('DELETE FROM person')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=30)
    assert done.returncode == -9
    with Database.open(path, key) as database:
        assert count(database) == ROWS - 1


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes((byte ^ 1,)))
