"""Files of the vault as seen from outside: what can be told, moved and made durable without opening them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.crypto.keys import SecretKey, fingerprint
from app.errors import Conflict, Damaged, reason
from app.i18n import _
from app.store.failures import os_failure

PAGE_BYTES: Final = 4096
"""Best for opening and saving records; 8,192 scans a fifth faster (decision 0012)."""

SALT_PURPOSE: Final = "provender/database/salt/1"
PLAIN_MAGIC: Final = b"SQLite format 3\0"
SIDE_FILES: Final = ("-wal", "-shm", "-journal")


def salt_of(key: SecretKey) -> bytes:
    """The 16 bytes that stand first in a file under this key: they tell a foreign file from a damaged one."""
    return fingerprint(key, SALT_PURPOSE)


def waiting(path: Path) -> Path:
    """Where a complete file waits for its place, during creation, restore and re-keying."""
    return path.with_name(path.name + ".new")


def settle(path: Path, key: SecretKey) -> None:
    """Finish a swap that was cut short: the file under `key` that waits beside `path` takes its place.

    Call it only with the key that the header names. A waiting file under another key, or an unfinished
    one, is left where it is when `path` is not under `key` either, so that nothing is lost.
    """
    beside = waiting(path)
    if path.is_file() and starts_with(path, salt_of(key)):
        forget_file(beside)
        return
    if not beside.is_file() or not starts_with(beside, salt_of(key)):
        return
    for suffix in SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, data: bytes) -> None:
    """Put a small file in place as a whole: whatever happens, the old or the new one is there. Raises AppError."""
    beside = path.with_name(path.name + ".new")
    try:
        handle = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise os_failure(error, path) from error


def make_empty(path: Path) -> None:
    """Reserve the name, readable by this user only. Raises Conflict when anything is there."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise Conflict(
            _("There is already a file “{name}” here. Nothing was changed; choose another place.").format(
                name=path.name
            )
        ) from None
    except OSError as error:
        raise os_failure(error, path) from error


def check_from_outside(path: Path, key: SecretKey) -> None:
    """Everything that can be told before the driver touches the file."""
    gap = {"name": path.name, "folder": str(path.parent)}
    if not path.exists():
        raise Damaged(
            _(
                "The database “{name}” is missing from {folder}. Put it back from the recycle bin or restore a "
                "backup. Provender does not make a new one in its place."
            ).format(**gap)
        )
    if not path.is_file():
        raise Damaged(_("“{name}” in {folder} is not a file. Restore a backup.").format(**gap))
    try:
        with path.open("rb") as file:
            start = file.read(PAGE_BYTES)
    except OSError as error:
        raise Damaged(
            _(
                "The database “{name}” in {folder} cannot be read: {reason}. Check the rights on this folder."
            ).format(**gap, reason=reason(error))
        ) from error
    if not start:
        raise Damaged(_("The database “{name}” in {folder} is empty. Restore a backup.").format(**gap))
    if start.startswith(PLAIN_MAGIC):
        raise Damaged(
            _(
                "“{name}” in {folder} is not encrypted, so it is not this vault's database. Somebody may have "
                "replaced it. Restore a backup."
            ).format(**gap)
        )
    if not start.startswith(salt_of(key)[: len(start)]):
        raise Damaged(
            _(
                "“{name}” in {folder} belongs to another vault, or its beginning is damaged. Put the right file "
                "back or restore a backup."
            ).format(**gap)
        )
    # A crash in the middle of a checkpoint leaves a torn last page too, but then the WAL holds it whole.
    wal = path.with_name(path.name + "-wal")
    has_wal = wal.is_file() and wal.stat().st_size > 0
    if len(start) < PAGE_BYTES or (path.stat().st_size % PAGE_BYTES and not has_wal):
        raise Damaged(_("The database “{name}” in {folder} is cut short. Restore a backup.").format(**gap))


def starts_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


def forget_file(path: Path) -> None:
    for suffix in ("", *SIDE_FILES):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
