"""The failures that a user can meet, each with a sentence that says what happened and what to do."""

from __future__ import annotations

import errno

from app.i18n import N_, _


class AppError(Exception):
    """A known failure. `text` is shown as it stands; `code` is stable for scripts."""

    code = "failed"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Invalid(AppError):
    """A value that cannot be taken. Shown beside its field."""

    code = "invalid"

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class Refused(AppError):
    """The rights of this person do not cover this."""

    code = "refused"


class NotFound(AppError):
    """Nothing of that name or id exists, or this person may not see it."""

    code = "not_found"


class Conflict(AppError):
    """Something else changed or holds what this needs."""

    code = "conflict"


class WrongPassword(AppError):
    """The password does not open this vault; the next try is taken after `wait_s` seconds."""

    code = "wrong_password"

    def __init__(self, text: str, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class Locked(AppError):
    """The vault is locked, or another program holds it."""

    code = "locked"


class Unsafe(AppError):
    """This computer lacks something that safety needs (a keyring, a current SQLite, …)."""

    code = "unsafe"


class Damaged(AppError):
    """Data on disk is missing, foreign or altered. Never a reason to make a new one in its place."""

    code = "damaged"


class RolledBack(Damaged):
    """The data on disk is older than what this computer remembers having written."""

    code = "rolled_back"


class OtherDevice(AppError):
    """The vault was copied here, or the keyring was emptied: the password alone does not open it."""

    code = "other_device"


class Unreadable(AppError):
    """A file that was handed to us cannot be read; says where and what to do."""

    code = "unreadable"


class DiskFull(AppError):
    """There is no room to write; nothing of the last step was kept."""

    code = "disk_full"


class Unwritable(AppError):
    """A file that was asked for cannot be written (no space, no permission); says what to do."""

    code = "unwritable"


class Outdated(AppError):
    """The company's members use something that this version of the program does not know yet."""

    code = "outdated"


class Offline(AppError):
    """The network or the server cannot be reached. Shown in the status bar, never as a dialog."""

    code = "offline"


class Cancelled(Exception):
    """The person stopped the work; the transaction rolls back."""


_REASONS = {
    errno.ENOSPC: N_("no space is left"),
    errno.EDQUOT: N_("the space allotted to you is used up"),
    errno.EFBIG: N_("the file would be too large"),
    errno.EACCES: N_("permission denied"),
    errno.EPERM: N_("permission denied"),
    errno.EROFS: N_("the disk can only be read"),
    errno.ENOENT: N_("it is not there"),
    errno.EEXIST: N_("it is there already"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOTDIR: N_("a part of the path is not a folder"),
    errno.ENOTEMPTY: N_("the folder is not empty"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.ELOOP: N_("links lead round in a circle"),
    errno.EIO: N_("the disk reports an error"),
    errno.ENODEV: N_("the disk is gone"),
    errno.ENXIO: N_("the disk is gone"),
    errno.ESTALE: N_("the network folder is gone"),
    errno.EHOSTDOWN: N_("the other computer does not answer"),
    errno.EHOSTUNREACH: N_("the other computer does not answer"),
    errno.ETIMEDOUT: N_("the other computer does not answer"),
    errno.ECONNREFUSED: N_("nothing answers at this address"),
    errno.EADDRINUSE: N_("another program uses this address"),
    errno.EADDRNOTAVAIL: N_("this computer does not have this address"),
    errno.EBUSY: N_("another program uses it"),
    errno.ETXTBSY: N_("another program uses it"),
    errno.EMFILE: N_("too many files are open"),
    errno.ENFILE: N_("too many files are open"),
    errno.ENOMEM: N_("no memory is left"),
    errno.EOPNOTSUPP: N_("this file system cannot do it"),
}


def reason(error: OSError) -> str:
    """Why the operating system refused, to stand in a sentence of ours; the system's own words where it is rare."""
    known = _REASONS.get(error.errno) if error.errno is not None else None
    return _(known) if known else error.strerror or type(error).__name__
