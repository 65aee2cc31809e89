"""Secrets of the service come from files that nobody else may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from app.errors import Unreadable, Unsafe, reason
from app.i18n import _

MOST_BYTES = 64 * 1024


def read_private(path: Path) -> bytes:
    """What the file holds. Raises Unsafe where others than its owner may read or change it, Unreadable where it
    cannot be read.

    The open file is asked, not its name, so that it cannot be exchanged in between. The owner must be the service
    or root (who lays out what secret managers mount).
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if os.name != "nt" and (
                not stat.S_ISREG(found.st_mode)
                or found.st_mode & 0o077
                or found.st_uid not in {os.geteuid(), 0}
            ):
                raise Unsafe(
                    _(
                        "Others than this service may read or change {path}. Make it the service's own file: chmod 600 {path}"
                    ).format(path=path)
                )
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(
            _("{path} cannot be read: {reason}").format(path=path, reason=reason(error))
        ) from error
    if len(data) > MOST_BYTES:
        raise Unreadable(_("{path} is too large for what it should hold.").format(path=path))
    return data
