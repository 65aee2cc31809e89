"""A disk that loses power: replays recorded writes up to a moment, with unsynced ones dropped or torn.

The recording is made by strace, so the program itself runs unchanged. A file's data is safe once the file was
synced; names (making, renaming, removing) are safe once their folder or the file itself was synced.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

CALLS = "openat,pwrite64,write,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat"
SECTOR = 512


class Op(NamedTuple):
    """One recorded call. `path` is a file under the watched folder, or empty for a line on standard output."""

    call: str
    path: str
    data: bytes = b""
    at: int = 0
    target: str = ""


def available() -> bool:
    """Whether calls can be recorded here: strace is installed and may trace."""
    if shutil.which("strace") is None:
        return False
    return (
        subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True).returncode
        == 0
    )


def record(command: Sequence[str], folder: Path, log: Path) -> list[Op]:
    """Run the command and return what it did to files under `folder`, and what it said, in order."""
    strace = ["strace", "-y", "-X", "raw", "-xx", "-s", "4000000", "-e", f"trace={CALLS}", "-o", str(log)]
    subprocess.run([*strace, *command], check=True, stdout=subprocess.PIPE)
    with log.open(encoding="ascii") as lines:
        return list(_parsed(lines, str(folder)))


_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_FD = re.compile(r"^(-?\d+)(?:<((?:\\x[0-9a-f]{2})*|[^>]*)>)?")
_CREATES = 0o100


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _parsed(lines: Iterator[str], folder: str) -> Iterator[Op]:
    for line in lines:
        found = _CALL.match(line)
        if not found or int(found[3]) < 0:
            continue
        call, arguments = found[1], found[2]
        texts = []
        for text, cut in _TEXT.findall(arguments):
            assert not cut, "a write was cut in the recording"
            texts.append(_bytes(text))
        descriptor = _FD.match(arguments)
        name = (
            _bytes(descriptor[2]).decode() if descriptor and (descriptor[2] or "").startswith("\\x") else ""
        )
        if call == "write" and descriptor and descriptor[1] == "1":
            yield Op("say", "", texts[0])
        elif call in ("rename", "renameat", "renameat2"):
            old, new = (text.decode() for text in texts[-2:])
            if old.startswith(folder):
                yield Op("rename", old, target=new)
        elif call in ("unlink", "unlinkat"):
            if texts[-1].decode().startswith(folder):
                yield Op("unlink", texts[-1].decode())
        elif call == "openat":
            path = texts[-1].decode()
            flags = int(arguments.rsplit('"', 1)[1].split(",")[1], 0)
            if path.startswith(folder) and flags & _CREATES:
                yield Op("create", path)
        elif name.startswith(folder):
            if call == "pwrite64":
                yield Op("write", name, texts[0], int(arguments.rsplit(",", 1)[1], 0))
            elif call == "write":
                yield Op("append", name, texts[0])
            elif call == "ftruncate":
                yield Op("truncate", name, at=int(arguments.rsplit(",", 1)[1], 0))
            elif call in ("fsync", "fdatasync"):
                yield Op("sync", name)


@dataclass
class _File:
    """What is safe of one file, and what was done to it since."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Op] = field(default_factory=list)


class Disk:
    """Takes operations one after the other; `survivors` makes what a power cut leaves at this moment."""

    def __init__(self) -> None:
        self._files: list[_File] = []
        self._now: dict[str, int] = {}
        self._safe: dict[str, int] = {}
        self._names: list[tuple[str, str, int | None]] = []
        """Unsafe changes of names, in order: folder, path, file or None for removed."""

    def take(self, op: Op) -> None:
        """One more operation has happened."""
        folder = op.path.rsplit("/", 1)[0]
        match op.call:
            case "create" if op.path not in self._now:
                self._files.append(_File())
                self._now[op.path] = len(self._files) - 1
                self._names.append((folder, op.path, self._now[op.path]))
            case "write" | "append" | "truncate":
                self._files[self._now[op.path]].since.append(op)
            case "rename":
                number = self._now.pop(op.path)
                self._now[op.target] = number
                self._names += [(folder, op.target, number), (folder, op.path, None)]
            case "unlink":
                self._now.pop(op.path, None)
                self._names.append((folder, op.path, None))
            case "sync":
                self._sync(op.path)

    def _sync(self, path: str) -> None:
        number = self._now.get(path)
        if number is not None:
            file = self._files[number]
            for op in file.since:
                _apply(file.safe, op)
            file.since.clear()
            # A synced file's own making is safe with it (ext4, APFS, NTFS all journal it first).
            made = [entry for entry in self._names if entry[2] == number and entry[1] not in self._safe]
            for entry in made:
                self._safe[entry[1]] = number
                self._names.remove(entry)
            return
        for entry in [entry for entry in self._names if entry[0] == path]:
            self._settle(self._safe, entry)
            self._names.remove(entry)

    @staticmethod
    def _settle(names: dict[str, int], entry: tuple[str, str, int | None]) -> None:
        _folder, path, number = entry
        if number is None:
            names.pop(path, None)
        else:
            names[path] = number

    def survivors(self, draw: random.Random | None) -> dict[str, bytes]:
        """Files after the cut: without `draw` nothing unsynced survives, with it some does, some of it torn."""
        names = dict(self._safe)
        if draw is not None:
            for entry in self._names[: draw.randint(0, len(self._names))]:
                self._settle(names, entry)
        found = {}
        for path, number in names.items():
            content = bytearray(self._files[number].safe)
            if draw is not None:
                for op in self._files[number].since:
                    fate = draw.random()
                    if fate < 0.4:
                        _apply(content, op)
                    elif fate < 0.7 and op.call == "write" and len(op.data) > SECTOR:
                        kept = draw.randrange(0, len(op.data), SECTOR)
                        _apply(content, op._replace(data=op.data[:kept]))
            found[path] = bytes(content)
        return found


def _apply(content: bytearray, op: Op) -> None:
    if op.call == "truncate":
        if op.at <= len(content):
            del content[op.at :]
        else:
            content.extend(bytes(op.at - len(content)))
    elif op.call == "append":
        content.extend(op.data)
    elif op.data:
        if len(content) < op.at:
            content.extend(bytes(op.at - len(content)))
        content[op.at : op.at + len(op.data)] = op.data
