"""The encrypted file: one writing connection, reading ones beside it, and every trap of opening it.

The only module that knows the driver. It is ordinary SQLCipher 4 with a raw key, see
`tests/store/test_independent_reader.py` for the format read by other means.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from threading import current_thread
from typing import Any, Final

import sqlcipher3.dbapi2 as driver

from app.crypto.keys import SecretKey
from app.errors import AppError, Locked, Unsafe
from app.i18n import _
from app.store.blocks import Connection, Cursor, Reading, ThreadReader, Transaction, known_failures
from app.store.place import (
    PAGE_BYTES,
    check_from_outside,
    forget_file,
    make_empty,
    salt_of,
    settle,
    sync_folder,
    waiting,
)

__all__ = ["Connection", "Cursor", "Database", "DriverError", "IntegrityError", "OperationalError"]

OLDEST_SQLITE: Final = (3, 51, 3)
"""Older ones can corrupt a file when the WAL is reset."""

READER_PATIENCE_S: Final = 5.0
"""How long closing waits for another thread that reads; its statement is interrupted at once."""

DriverError = driver.Error
IntegrityError = driver.IntegrityError
OperationalError = driver.OperationalError


class Database:
    """An open vault file. Make one with `Database.open`."""

    def __init__(self, path: Path, key: SecretKey, cache_mib: int) -> None:
        self.path = path
        self._key = SecretKey(key.reveal())
        self._cache_mib = cache_mib
        self._writing = threading.RLock()
        self._gate = threading.Condition()
        self._local = threading.local()
        self._readers: list[tuple[threading.Thread, ThreadReader]] = []
        self._generation = 0
        self._closed = True
        self._is_swapping = False
        self._frozen = ""
        self._writer: Any = None

    @classmethod
    def open(cls, path: Path, key: SecretKey, *, create: bool = False, cache_mib: int = 96) -> Database:
        """Open the file, or make it where nothing is. Raises Damaged, Unsafe or Conflict; never repairs."""
        require_safe_driver()
        if create:
            make_empty(path)
        else:
            check_from_outside(path, key)
        database = cls(path, key, cache_mib)
        try:
            database._connect(fresh=create)
        except BaseException:
            database._drop_connections()
            raise
        return database

    # ---- writing

    @property
    def writer(self) -> Connection:
        """The writing connection, for reading inside or outside a transaction. Writes use `transaction`."""
        if self._closed:
            raise Locked(_("The vault is locked. Unlock it and try again."))
        writer: Connection = self._writer
        return writer

    def transaction(self) -> Transaction:
        """`with database.transaction() as connection:` is all or nothing, durable when it ends."""
        return Transaction(self)

    def freeze(self, why: str) -> None:
        """Refuse every further write with this sentence; reading goes on."""
        self._frozen = why
        self._writer.execute("PRAGMA query_only=ON")

    def thaw(self) -> None:
        """Take writes again, after an owner's word or an enrolment."""
        self._frozen = ""
        self._writer.execute("PRAGMA query_only=OFF")

    @property
    def is_frozen(self) -> bool:
        """Whether writes are refused."""
        return bool(self._frozen)

    def checkpoint(self) -> bool:
        """Move the WAL into the file and empty it. False when a reader still needs it."""
        with self._writing:
            return self._checkpoint(self.writer)

    # ---- reading

    def reader(self, *, snapshot: bool = False) -> Reading:
        """`with database.reader() as connection:` reads on this thread's own connection, never writing.

        Each statement sees what was committed when it began; with `snapshot` all of them see one moment.
        It may be nested. Raises Locked once the vault is closed.
        """
        return Reading(self, snapshot)

    # ---- whole file

    def integrity(self) -> tuple[str, ...]:
        """What is wrong with the file, in the words of the driver; empty when nothing is.

        The check of the cipher reads the file itself, past the WAL: what a cut-short checkpoint has torn there
        and the WAL still holds is no damage, so the checkpoint is finished first.
        """
        problems: list[str] = []
        with self._writing:
            if not self._frozen:
                try:
                    self.checkpoint()
                except AppError as error:
                    problems.append(error.text)
            for pragma in ("cipher_integrity_check", "integrity_check(20)", "foreign_key_check"):
                try:
                    rows = self.writer.execute(f"PRAGMA {pragma}").fetchall()
                except driver.DatabaseError as error:
                    problems.append(str(error))
                    continue
                problems += [" ".join(map(str, row)) for row in rows if row != ("ok",)]
        return tuple(problems)

    def backup_to(
        self, path: Path, *, key: SecretKey | None = None, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Write a consistent encrypted copy to a new file, under the same or another key, and sync it.

        `progress(done, total)` counts pages; what it raises stops the work and removes the copy.
        """
        with self._writing, known_failures(path):
            _copy(self.writer, path, key or self._key, progress)

    def rekey(self, new_key: SecretKey, *, commit: Callable[[], None]) -> None:
        """Put the whole file under another key, in such a way that any moment may be the last.

        The copy under the new key lies complete beside the file before `commit` writes the header that
        names it; from then on `settle` finishes the swap after a crash, before then it discards the copy.
        """
        beside = waiting(self.path)
        with self._writing:
            forget_file(beside)
            with known_failures(beside):
                _copy(self.writer, beside, new_key, None)
                _connection(beside, new_key, 1, fresh=False).close()
            self._is_swapping = True
            try:
                try:
                    # Before the header says so: a reader that stays would tidy up, at its end, behind a file
                    # that is no longer there.
                    self._send_readers_off()
                    commit()
                except BaseException:
                    forget_file(beside)
                    self._closed = False
                    raise
                self._drop_connections()
                settle(self.path, new_key)
                self._key.wipe()
                self._key = SecretKey(new_key.reveal())
                self._connect(fresh=False)
            finally:
                with self._gate:
                    self._is_swapping = False
                    self._gate.notify_all()

    def close(self) -> None:
        """Let readers finish, empty the WAL, close, wipe the key. Closing twice is harmless."""
        with self._writing:
            if self._writer is None:
                return
            try:
                self._drop_connections()
            finally:
                self._key.wipe()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # ---- connections

    def _connect(self, *, fresh: bool) -> None:
        with known_failures(self.path):
            self._writer = _connection(self.path, self._key, self._cache_mib, fresh=fresh)
        self._closed = False
        self._generation += 1

    def _reader_here(self) -> ThreadReader:
        """This thread's reading connection, made on first use."""
        reader: ThreadReader | None = getattr(self._local, "reader", None)
        if reader is not None and reader.generation == self._generation and not self._closed:
            return reader
        with self._gate:
            if reader is not None and reader.depth:
                # A reading within a reading that began before the closing.
                return reader
            while self._is_swapping:
                self._gate.wait()
            if self._closed:
                raise Locked(_("The vault is locked. Unlock it and try again."))
            for thread, old in self._readers:
                if not thread.is_alive():
                    old.close()
            self._readers = [(thread, old) for thread, old in self._readers if thread.is_alive()]
            with known_failures(self.path):
                connection = _connection(self.path, self._key, max(2, self._cache_mib // 2), fresh=False)
                connection.execute("PRAGMA query_only=ON")
            reader = ThreadReader(connection, self._generation)
            self._readers.append((current_thread(), reader))
            self._local.reader = reader
            return reader

    def _send_readers_off(self) -> None:
        """Close every reading connection, so that nobody has the file open but the writer. Raises Locked."""
        with self._gate:
            self._closed = True
            for thread, reader in self._readers:
                if not (
                    self._let_go(thread, reader, interrupting=False)
                    or self._let_go(thread, reader, interrupting=True)
                ):
                    raise Locked(_("Another program holds the database. Close it and try again."))
                reader.close()
            self._readers.clear()

    def _let_go(self, thread: threading.Thread, reader: ThreadReader, *, interrupting: bool) -> bool:
        """Wait, within reason, until a thread has left its reading. True once it has."""
        patience = READER_PATIENCE_S
        while reader.depth and patience > 0 and thread.is_alive() and thread is not current_thread():
            if interrupting:
                reader.connection.interrupt()
            self._gate.wait(0.05)
            patience -= 0.05
        return not reader.depth or not thread.is_alive() or thread is current_thread()

    def _drop_connections(self) -> None:
        """Close everything: wait for readers to let go, empty the WAL, close the writer.

        A reader that is busy elsewhere in the middle of its reading closes its connection itself when it goes on:
        closing it here would pull it from under a statement that runs, which ends the whole program.
        """
        with self._gate:
            self._closed = True
            for thread, reader in self._readers:
                if self._let_go(thread, reader, interrupting=True):
                    reader.close()
                else:
                    reader.is_left = True
            self._readers.clear()
            writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            if not self._frozen:
                self._checkpoint(writer)
        finally:
            writer.close()

    def _checkpoint(self, writer: Connection) -> bool:
        with known_failures(self.path):
            row = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return row is not None and row[0] == 0


# ---- opening


def engine() -> tuple[str, str]:
    """Versions of SQLite and SQLCipher; the second is empty for plain SQLite."""
    memory = driver.connect(":memory:")
    try:
        version = memory.execute("PRAGMA cipher_version").fetchone()
    finally:
        memory.close()
    return driver.sqlite_version, str(version[0] or "") if version else ""


def require_safe_driver() -> None:
    """Raises Unsafe unless this is SQLCipher on a SQLite without the WAL-reset fault."""
    if driver.sqlite_version_info < OLDEST_SQLITE:
        raise Unsafe(
            _(
                "The database engine is too old ({version}) and could lose data. Please reinstall Provender."
            ).format(version=driver.sqlite_version)
        )
    if not engine()[1]:
        raise Unsafe(
            _("The database engine cannot encrypt. Please reinstall Provender; nothing was written.")
        )


def _connection(path: Path, key: SecretKey, cache_mib: int, *, fresh: bool) -> Any:
    """A keyed connection whose first page was read and verified."""
    connection = driver.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=10.0,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        # The engine would write to standard error; what is wrong is told by the exception.
        connection.execute("PRAGMA cipher_log_level=NONE")
        _set_key(connection, key)
        if fresh:
            connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL" if fresh else "SELECT count(*) FROM sqlite_schema")
        for pragma in (
            "synchronous=FULL",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "foreign_keys=ON",
            "mmap_size=0",
            "trusted_schema=OFF",
            f"cache_size=-{cache_mib * 1024}",
            "journal_size_limit=16777216",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if fresh:
            # Writes the first page, so that a file that was made is never an empty one.
            connection.execute("PRAGMA user_version=0")
            connection.execute("CREATE TABLE made (never INTEGER)")
            connection.execute("DROP TABLE made")
    except BaseException:
        connection.close()
        raise
    return connection


def _set_key(connection: Any, key: SecretKey) -> None:
    """Hand over key and salt through the driver's call: SQL text is traced, cached and quoted in errors.

    Anything but exactly 64 or 96 digits would silently be taken for a passphrase.
    """
    digits = key.reveal().hex() + salt_of(key).hex()
    if len(digits) != 96:
        raise ValueError("the database takes a key of 32 bytes and a salt of 16")
    connection.set_key(f"x'{digits}'")


def _copy(source: Any, path: Path, key: SecretKey, progress: Callable[[int, int], None] | None) -> None:
    """Page by page through the online backup, which decrypts with one key and encrypts with the other."""
    make_empty(path)
    try:
        target = driver.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        try:
            _set_key(target, key)
            # A copy counts only once it is complete and synced below.
            target.execute("PRAGMA synchronous=OFF")
            if progress is None:
                source.backup(target)
            else:
                source.backup(
                    target, pages=2000, progress=lambda _status, left, total: progress(total - left, total)
                )
        finally:
            target.close()
        handle = os.open(path, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(path.parent)
    except BaseException:
        forget_file(path)
        raise
