"""Backups: a consistent encrypted copy in one file, believed only after it was opened again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app import paths
from app.crypto.keys import SecretKey
from app.errors import AppError, Conflict, Damaged, DiskFull, NotFound, Unwritable, reason
from app.features.crm.exporting.files import Target
from app.features.trust import backup_file
from app.features.trust.backup_file import BackupFile
from app.features.trust.vault import Book
from app.gateway.command import command, query
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, _
from app.model.audit import Head
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.place import settle, sync_folder
from app.vault import copies
from app.vault import header as headers
from app.vault.header import DATABASE

LAST: Final = "last_backup"
SPARE_BYTES: Final = 8 << 20
"""Room left on the disk beside what a backup needs, so that the book itself can go on."""

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and opened again."""

    path: Path
    size_bytes: int
    made_ms: int


@command("vault.backup_begun", N_("Begin a backup"), undoable=False)
def begin(tx: Tx) -> None:
    """Ask for the right and leave the audit row before anything is copied."""


@command("vault.backup", N_("Make a backup"), undoable=False)
def finish(tx: Tx, target: Target, made_ms: int) -> None:
    """Put the checked file in its place and remember when, in one."""
    tx.facts.put(LAST, made_ms)
    target.commit()


@query("vault.last_backup", N_("Last backup"))
def last(view: View) -> int | None:
    """When the last good backup was made, in milliseconds; None for never."""
    found: int | None = view.facts().get(LAST)
    return found


def make(book: Book, path: Path, report: Report | None = None) -> Made:
    """Write a backup to a new file. Raises Conflict, Unwritable, DiskFull, Damaged; then nothing of it is left.

    It carries the slots that open the vault today: the recovery code opens it anywhere, the password only
    where this computer's keyring still holds its second half.
    """
    session, vault, path = book.session, book.vault, paths.expanded(path).absolute()
    _check_place(path)
    session.do(begin)
    head, made_ms = session.head(), vault.clock.now_ms()
    with _scratch(vault.folder) as scratch, Target(path) as target:
        copy = scratch / DATABASE
        _check_room(scratch, vault.folder / DATABASE)
        session.database.backup_to(copy, progress=_third(report, 0))
        with target.failures():
            file = target.open()
            header = copies.for_backup(vault.header, vault.key)
            backup_file.write(file, header, copy, vault.key, made_ms, _third(report, 1))
            file.flush()
        copy.unlink()
        size_bytes = target.part.stat().st_size
        _prove(backup_file.check(target.part, _third(report, 2)), vault.key, scratch, head)
        try:
            session.do(finish, target, made_ms)
        except BaseException:
            # The file may be in its place already, but the book does not know of it: it was never made.
            path.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    return Made(path, size_bytes, made_ms)


def unpack(backup: BackupFile, folder: Path, report: Report | None = None) -> None:
    """Put a checked backup into a fresh profile folder. Raises DiskFull, Unwritable, Damaged."""
    _check_room(folder, None, backup.database_bytes)
    try:
        backup.unpack(folder, report)
    except OSError as error:
        raise _cannot_write(folder, error) from None


def _prove(backup: BackupFile, key: SecretKey, scratch: Path, head: Head) -> None:
    """Open the backup as a restore would, and read every page of it. Raises Damaged."""
    backup.authenticate(key)
    folder = paths.private_folder(scratch / "proof")
    try:
        backup.unpack(folder)
    except OSError as error:
        raise _cannot_write(folder, error) from None
    header, mac = headers.read(folder)
    header.check(key, mac)
    settle(folder / DATABASE, key)
    with Database.open(folder / DATABASE, key) as database:
        # What the book held when the copy began must be in it.
        if database.integrity() or AuditLog(database.writer, b"").hash_at(head.number) != head.hash:
            raise Damaged(
                _("The backup could not be read back, so it was not kept. Check the disk and try again.")
            )
    shutil.rmtree(folder)


def _third(report: Report | None, nth: int) -> Report | None:
    """Copying, writing and proving take about as long as each other."""
    if report is None:
        return None
    return lambda done, total: report(nth * 1000 + done * 1000 // max(total, 1), 3000)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A place in the profile for what is encrypted but half done; empty again afterwards."""
    place = paths.private_folder(paths.scratch(folder) / "backup")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise Unwritable(_("“{path}” is a folder. Give the backup a file name in it.").format(path=path))
    if path.exists() or path.is_symlink():
        raise Conflict(
            _("There is already a file “{path}”. A backup is never written over another file.").format(
                path=path
            )
        )
    if not path.parent.is_dir():
        raise NotFound(_("The folder “{path}” is not there. Make it first.").format(path=path.parent))


def _check_room(folder: Path, database: Path | None, size_bytes: int = 0) -> None:
    """Rather a plain sentence now than a full disk in the middle of somebody's work."""
    if database is not None:
        size_bytes = database.stat().st_size
        wal = database.with_name(database.name + "-wal")
        size_bytes += wal.stat().st_size if wal.exists() else 0
    if shutil.disk_usage(folder).free < size_bytes + SPARE_BYTES:
        raise DiskFull(
            _(
                "There is not enough room in {folder}: {mb} MB are needed. Free some space and try again."
            ).format(folder=folder, mb=(size_bytes + SPARE_BYTES) // 1_000_000 + 1)
        )


def _cannot_write(folder: Path, error: OSError) -> AppError:
    return Unwritable(
        _(
            "{folder} cannot be written ({reason}). Make room on the disk or check its rights, then try again."
        ).format(folder=folder, reason=reason(error))
    )
