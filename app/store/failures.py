"""What the database engine's failures mean to the person: by result code, so that no driver is needed."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

from app.errors import AppError, Damaged, DiskFull, Locked, reason
from app.i18n import _

# Primary result codes, https://www.sqlite.org/rescode.html
PERM: Final = 3
BUSY: Final = 5
LOCKED: Final = 6
READONLY: Final = 8
IOERR: Final = 10
CORRUPT: Final = 11
FULL: Final = 13
CANTOPEN: Final = 14
NOTADB: Final = 26


def os_failure(error: OSError, path: Path) -> AppError:
    """What the operating system's refusal means to the person."""
    gap = {"name": path.name, "folder": str(path.parent)}
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(_full().format(**gap))
    return Damaged(_refused().format(**gap, reason=reason(error)))


def is_driver_error(error: Exception) -> bool:
    """Whether the database engine raised this; no other exception carries its code or comes from its module."""
    return hasattr(error, "sqlite_errorcode") or type(error).__module__.startswith("sqlcipher3")


def raise_known(error: Exception, path: Path) -> None:
    """Raise the AppError for a failure of the disk or the file; return for faults of our own statements."""
    if known := known_error(error, path):
        raise known from error


def known_error(error: Exception, path: Path) -> AppError | None:
    """What a driver's error means to the person, None where it is our bug."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    gap = {"name": path.name, "folder": str(path.parent)}
    if code in (CORRUPT, NOTADB):
        return Damaged(
            _(
                "The database “{name}” in {folder} is damaged: a part of it was altered or lost. Nothing was "
                "repaired or deleted. Make a copy of the folder, then restore a backup."
            ).format(**gap)
        )
    if code == FULL:
        return DiskFull(_full().format(**gap))
    if code in (IOERR, CANTOPEN, READONLY, PERM):
        return Damaged(_refused().format(**gap, reason=getattr(error, "sqlite_errorname", "I/O")))
    if code in (BUSY, LOCKED):
        return Locked(_("Another program holds the database. Close it and try again."))
    return None


def _full() -> str:
    return _("The disk is full, so nothing of this was saved. Free some space in {folder} and try again.")


def _refused() -> str:
    return _(
        "The computer refused to read or write “{name}” in {folder} ({reason}). Check the disk and the rights on "
        "this folder, then try again."
    )
