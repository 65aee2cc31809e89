"""A file that somebody handed us: opened once, its size noted, its position known, its end checked."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType

from app.errors import Unreadable, reason
from app.i18n import _

MAX_BYTES = 1 << 30
"""Files above this are refused: rather a plain sentence now than an evening of waiting."""

BLOCK = 256 * 1024
"""Bytes read at once."""


def stamp(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Size and time of the last change (nanoseconds), which tell whether a file is still the one it was."""
    try:
        about = Path(path).stat()
    except OSError:
        return 0, 0
    return about.st_size, about.st_mtime_ns


class Source:
    """An open file and how far it has been read. Raises Unreadable, naming place and remedy."""

    def __init__(self, path: str | os.PathLike[str], limit: int = MAX_BYTES) -> None:
        self.path = Path(path)
        self.name = self.path.name
        self.position = 0
        try:
            # Asked before opening: opening a pipe would wait for ever, a device never ends.
            mode = self.path.stat().st_mode
            if stat.S_ISDIR(mode):
                raise Unreadable(_("“{name}” is a folder. Choose a file in it.").format(name=self.name))
            if not stat.S_ISREG(mode):
                raise Unreadable(
                    _(
                        "“{name}” is not a file that can be imported. Save its content as a file first."
                    ).format(name=self.name)
                )
            self.file = self.path.open("rb", buffering=0)
        except FileNotFoundError:
            raise Unreadable(
                _("“{name}” is not there. Check its name and folder.").format(name=self.name)
            ) from None
        except PermissionError:
            raise Unreadable(
                _(
                    "You may not read “{name}”. Copy it to a folder of your own, or ask its owner "
                    "to let you read it."
                ).format(name=self.name)
            ) from None
        except OSError as error:
            raise self._failed(error) from None
        self.size = os.fstat(self.file.fileno()).st_size
        if self.size == 0:
            self.close()
            raise Unreadable(_("“{name}” is empty. Export it again.").format(name=self.name))
        if self.size > limit:
            self.close()
            raise Unreadable(
                _(
                    "“{name}” is {size} MB; files of up to {limit} MB can be imported. Split it into "
                    "several files and import them one after another."
                ).format(name=self.name, size=self.size // 1_000_000, limit=limit // 1_000_000)
            )

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes; empty at the end, which is checked against the size that the file had."""
        try:
            block = self.file.read(size) or b""
        except OSError as error:
            raise self._failed(error) from None
        self.position += len(block)
        if not block or self.position > self.size:
            self.check()
            if self.position < self.size:
                raise self._changed(self.position)
        return block

    def check(self) -> None:
        """Raise unless the file still has the size that it had when it was opened."""
        size = os.fstat(self.file.fileno()).st_size
        if size != self.size:
            raise self._changed(size)

    def seek(self, position: int) -> None:
        """Go on reading from `position` (bytes)."""
        self.file.seek(position)
        self.position = position

    def close(self) -> None:
        self.file.close()

    def _changed(self, size: int) -> Unreadable:
        return Unreadable(
            _(
                "“{name}” changed while it was being read: it had {before} bytes and now has {now}. Close "
                "the program that writes it, then import it again."
            ).format(name=self.name, before=self.size, now=size)
        )

    def _failed(self, error: OSError) -> Unreadable:
        return Unreadable(
            _(
                "“{name}” cannot be read ({reason}). If it lies on another computer or a stick, copy it "
                "here first."
            ).format(name=self.name, reason=reason(error))
        )

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
