"""The embedded database: one SQLCipher file, which several processes of one server may share."""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as driver

from app.errors import Conflict, Damaged, Unsafe
from app.i18n import _
from sync.server.embedded_company import CompanyRows
from sync.server.embedded_shelves import ShelfRows
from sync.server.embedded_streams import StreamRows
from sync.server.storage import Tx

OLDEST_SQLITE: Final = (3, 51, 3)
"""Older ones can corrupt a file when the WAL is reset."""
PATIENCE_S: Final = 30.0
"""How long a process waits for another one's transaction."""
CACHE_MIB: Final = 2
"""Of each connection. A log is written at its end and read forward: more would be filled and hardly used again."""
KEY_BYTES: Final = 32
SIDE_FILES: Final = ("-wal", "-shm", "-journal")
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class EmbeddedTx(CompanyRows, StreamRows, ShelfRows):
    """A transaction on the embedded database."""

    __slots__ = ()


class Embedded:
    """A `Storage` in one file. Make one with `create` or `open`; any thread may use it."""

    def __init__(self, path: Path, key: bytes, cache_mib: int = CACHE_MIB) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the database's key has {KEY_BYTES} bytes, not {len(key)}")
        self.path = path
        self._key, self._cache_mib = key, cache_mib
        self._writing = threading.Lock()
        self._local = threading.local()
        self._readers: list[tuple[threading.Thread, Any]] = []
        self._gate = threading.Lock()
        self._writer: Any = None

    @classmethod
    def create(cls, path: Path, key: bytes) -> Embedded:
        """Make the file. Raises Conflict where anything is there."""
        require_safe_driver()
        storage = cls(path, key)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise Conflict(
                _("There is already a file “{name}” here. Nothing was changed; choose another place.").format(
                    name=path.name
                )
            ) from None
        try:
            storage._writer = storage._connection(fresh=True)
            storage._migrate()
        except BaseException as error:
            storage.close()
            for suffix in ("", *SIDE_FILES):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            if isinstance(error, driver.OperationalError):
                raise _of_the_disk(error, path) from error
            raise
        return storage

    @classmethod
    def open(cls, path: Path, key: bytes) -> Embedded:
        """Open the file and bring it to this program's version. Raises Damaged; never makes or repairs one."""
        require_safe_driver()
        storage = cls(path, key)
        if not path.is_file() or not path.stat().st_size:
            raise Damaged(
                _("The server's database “{name}” is missing or empty. Restore a backup.").format(
                    name=path.name
                )
            )
        try:
            storage._writer = storage._connection(fresh=False)
            storage._migrate()
        except driver.DatabaseError as error:
            storage.close()
            raise Damaged(
                _("The server's database “{name}” does not open with this key, or it is damaged.").format(
                    name=path.name
                )
            ) from error
        except BaseException:
            storage.close()
            raise
        return storage

    # ---- transactions

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        with self._writing:
            writer = self._writer
            if writer is None:
                raise Conflict(_("The server's database is closed."))
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield EmbeddedTx(writer)
                writer.execute("COMMIT")
            except BaseException:
                # A failing COMMIT (disk full) may have ended the transaction already.
                with suppress(driver.OperationalError):
                    writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        reader = self._reader_here()
        reader.execute("BEGIN")
        try:
            yield EmbeddedTx(reader)
        finally:
            reader.execute("ROLLBACK")

    # ---- the whole file

    def backup_to(self, path: Path) -> None:
        """A consistent copy under the same key."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            target = driver.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
            try:
                _set_key(target, self._key)
                # One step: between steps another process's write would let the copy begin anew.
                self._reader_here().backup(target)
            except driver.OperationalError as error:
                raise _of_the_disk(error, path) from error
            finally:
                target.close()
            handle = os.open(path, os.O_RDWR)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            _sync_folder(path.parent)
        except BaseException:
            for suffix in ("", *SIDE_FILES):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            raise

    def problems(self) -> tuple[str, ...]:
        found: list[str] = []
        with self._writing:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for pragma in ("cipher_integrity_check", "integrity_check(20)"):
                try:
                    rows = self._writer.execute(f"PRAGMA {pragma}").fetchall()
                except driver.DatabaseError as error:
                    found.append(str(error))
                    continue
                found += [" ".join(map(str, row)) for row in rows if row != ("ok",)]
        return tuple(found)

    def close(self) -> None:
        with self._writing, self._gate:
            for _thread, reader in self._readers:
                reader.close()
            self._readers.clear()
            self._local = threading.local()
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.close()

    # ---- connections

    def _reader_here(self) -> Any:
        """This thread's reading connection, made on first use."""
        reader = getattr(self._local, "reader", None)
        if reader is not None:
            return reader
        with self._gate:
            if self._writer is None:
                raise Conflict(_("The server's database is closed."))
            for thread, old in self._readers:
                if not thread.is_alive():
                    old.close()
            self._readers = [(thread, old) for thread, old in self._readers if thread.is_alive()]
            reader = self._connection(fresh=False)
            reader.execute("PRAGMA query_only=ON")
            self._readers.append((threading.current_thread(), reader))
        self._local.reader = reader
        return reader

    def _connection(self, *, fresh: bool) -> Any:
        """A keyed connection whose first page was read and verified."""
        connection = driver.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=PATIENCE_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        try:
            # The engine would write to standard error; what is wrong is told by the exception.
            connection.execute("PRAGMA cipher_log_level=NONE")
            _set_key(connection, self._key)
            if fresh:
                connection.execute("PRAGMA page_size=4096")
            connection.execute("PRAGMA journal_mode=WAL" if fresh else "SELECT count(*) FROM sqlite_schema")
            for pragma in (
                "synchronous=FULL",
                "secure_delete=ON",
                "temp_store=MEMORY",
                "mmap_size=0",
                "trusted_schema=OFF",
                f"cache_size=-{self._cache_mib * 1024}",
                "journal_size_limit=67108864",
                "wal_autocheckpoint=4000",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        """Apply the migrations that are due, under the writing lock: of several processes one does it."""
        steps = migrations()
        connection = self._writer
        connection.execute("BEGIN IMMEDIATE")
        try:
            done = connection.execute("PRAGMA user_version").fetchone()[0]
            if done > steps[-1][0]:
                raise Damaged(
                    _("The server's database was written by a newer version of this program. Please update.")
                )
            for number, script in steps:
                if number > done:
                    for statement in statements(script):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number:d}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def require_safe_driver() -> None:
    """Raises Unsafe unless this is SQLCipher on a SQLite without the WAL-reset fault."""
    if driver.sqlite_version_info < OLDEST_SQLITE:
        raise Unsafe(
            _("The database engine is too old ({version}) and could lose data.").format(
                version=driver.sqlite_version
            )
        )
    memory = driver.connect(":memory:")
    try:
        row = memory.execute("PRAGMA cipher_version").fetchone()
    finally:
        memory.close()
    if not row or not row[0]:
        raise Unsafe(_("The database engine cannot encrypt. Nothing was written."))


def migrations() -> list[tuple[int, str]]:
    """Numbers and scripts of the migrations that this program brings, in order."""
    found = []
    for entry in (files("sync.server") / "migrations" / "embedded").iterdir():
        if match := _NAME.fullmatch(entry.name):
            found.append((int(match[1]), entry.read_text("utf-8")))
    return sorted(found)


def statements(script: str) -> list[str]:
    """The single statements of a script."""
    lines = [line.split("--", 1)[0].rstrip() for line in script.splitlines()]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


def _set_key(connection: Any, key: bytes) -> None:
    """Through the driver's call: SQL text is traced and quoted in errors. Anything but exactly 64 digits would
    silently be taken for a passphrase; `Embedded` has counted the bytes."""
    connection.set_key(f"x'{key.hex()}'")


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _of_the_disk(error: driver.OperationalError, path: Path) -> OSError:
    """A new file that could not be written: a full or failing disk, where the driver's words would pass for a bug."""
    kind = errno.ENOSPC if "full" in str(error) else errno.EIO
    return OSError(kind, os.strerror(kind), str(path))
