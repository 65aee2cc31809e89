"""A file that is written beside its place and moved there when it is whole; on failure nothing is left."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO

from app.errors import Unwritable, reason
from app.i18n import _


class Target:
    """Where an export goes. Raises Unwritable, saying why and what to do.

    The half-written file lies in the folder that the person chose, never in a temporary folder: its
    content is readable to anybody, and where that may be is theirs to say.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._part: Path | None = None
        self._file: BinaryIO | None = None
        self._text: io.TextIOWrapper | None = None

    @property
    def part(self) -> Path:
        """The file as far as it is written, before it is moved to its place."""
        if self._part is None:
            raise RuntimeError("nothing was opened")
        return self._part

    def open(self) -> BinaryIO:
        """Begin writing bytes."""
        if self.path.is_dir():
            raise Unwritable(
                _("“{name}” is a folder. Give the file a name.").format(name=self.path.name or str(self.path))
            )
        forget_parts(self.path)
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
        with self.failures():
            # Readable by this person only, as long as they do not decide otherwise.
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        self._part = part
        self._file = io.BufferedWriter(io.FileIO(handle, "wb"), 1 << 18)
        return self._file

    def open_text(self, encoding: str) -> IO[str]:
        """Begin writing text; line ends are written as they are."""
        self._text = io.TextIOWrapper(self.open(), encoding=encoding, newline="", write_through=False)
        return self._text

    def commit(self) -> None:
        """Move the finished file to its place, over an older one of that name."""
        if self._file is None or self._part is None:
            raise RuntimeError("nothing was opened")
        with self.failures():
            if self._text is not None:
                self._text.flush()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self.path)
        self._part = self._file = self._text = None

    @contextlib.contextmanager
    def failures(self) -> Iterator[None]:
        """Turn errors of the operating system into a sentence."""
        try:
            yield
        except OSError as error:
            raise Unwritable(
                _(
                    "“{name}” cannot be written ({reason}). Choose another folder, or make room on the disk."
                ).format(name=self.path, reason=reason(error))
            ) from None

    def close(self) -> None:
        """Remove what was not committed."""
        part, file, text = self._part, self._file, self._text
        self._part = self._file = self._text = None
        for opened in (text, file):
            if opened is not None:
                # On a full disk closing fails again, for the bytes still held; the file goes anyway.
                with contextlib.suppress(OSError, ValueError):
                    opened.close()
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def forget_parts(path: Path) -> None:
    """Remove what a program that was killed has left of a file of this name: hidden, and readable."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 8}.part"):
        with contextlib.suppress(OSError):
            part.unlink()
