"""Looks for planted texts in everything that a program wrote: plain, in other encodings, inside compressed data."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import zstandard

MOST_UNPACKED = 16 << 20
ZLIB_STARTS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
GZIP_START = b"\x1f\x8b\x08"
ZIP_START = b"PK\x03\x04"
ZSTD_START = b"\x28\xb5\x2f\xfd"


class Find(NamedTuple):
    """A planted text that lies somewhere in the open."""

    place: str
    text: str
    form: str


def forms(text: str) -> Iterator[tuple[str, bytes]]:
    """How a text may lie in a file."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield encoding, text.encode(encoding)
    raw = text.encode()
    for shift in range(3):
        # Only the characters that do not depend on what stands around it.
        coded = base64.b64encode(b"\0" * shift + raw)
        start = (0, 2, 3)[shift]
        stop = len(coded) - (4 if len(raw) + shift else 0)
        yield f"base64+{shift}", coded[start:stop]
        yield f"base64url+{shift}", coded[start:stop].translate(bytes.maketrans(b"+/", b"-_"))
    yield "hex", raw.hex().encode()


class Scanner:
    """Knows the planted texts; `find` names each that it sees."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._needles = [(text, form, needle) for text in texts for form, needle in forms(text)]

    def folder(self, folder: Path) -> list[Find]:
        """Everything under a folder: names, contents, link targets."""
        found: list[Find] = []
        for path in sorted(folder.rglob("*")):
            found += self.data(
                str(path), str(path.relative_to(folder)).encode(errors="surrogateescape"), deep=False
            )
            if path.is_symlink():
                found += self.data(
                    f"{path} ->", str(path.readlink()).encode(errors="surrogateescape"), deep=False
                )
            elif path.is_file():
                found += self.data(str(path), path.read_bytes())
        return found

    def process(self, pid: int) -> list[Find]:
        """What every user of the computer can see of a running program: environment and command line."""
        found: list[Find] = []
        for name in ("environ", "cmdline"):
            # Once the program holds keys, its environment is closed to all but root (app/vault/dumps.py).
            with suppress(PermissionError):
                data = Path(f"/proc/{pid}/{name}").read_bytes()
                found += self.data(f"/proc/{pid}/{name}", data, deep=False)
        return found

    def data(self, place: str, data: bytes, *, deep: bool = True) -> list[Find]:
        """The planted texts in these bytes, and in whatever is compressed in them."""
        found = [Find(place, text, form) for text, form, needle in self._needles if needle in data]
        if deep:
            for offset, unpacked in unpacked_parts(data):
                found += self.data(f"{place} (unpacked at {offset})", unpacked, deep=False)
        return found


def unpacked_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Every stream of zlib, gzip, zip or zstd that begins somewhere in the bytes."""
    for start in (*ZLIB_STARTS, GZIP_START, ZIP_START, ZSTD_START):
        offset = data.find(start)
        while offset >= 0:
            unpacked = _unpacked(data, offset, start)
            if unpacked:
                yield offset, unpacked
            offset = data.find(start, offset + 1)


def _unpacked(data: bytes, offset: int, start: bytes) -> bytes:
    try:
        if start == ZSTD_START:
            return zstandard.ZstdDecompressor().decompressobj().decompress(data[offset:])
        if start == ZIP_START:
            name, extra = (int.from_bytes(data[offset + at : offset + at + 2], "little") for at in (26, 28))
            return zlib.decompressobj(-15).decompress(data[offset + 30 + name + extra :], MOST_UNPACKED)
        return zlib.decompressobj(31 if start == GZIP_START else 15).decompress(data[offset:], MOST_UNPACKED)
    except Exception:
        return b""
