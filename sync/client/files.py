"""Attachments outside the log: sealed in chunks under a key of their own, resumed where they were cut off.

The key stands in the record that names the file, so that whoever reads the record reads the file. Nothing is fetched
before somebody opens it. A chunk is bound to its file, its place and whether it is the last, so that none can be
moved, left out or added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from app import ids
from app.crypto.keys import SecretKey
from app.crypto.seal import open_sealed, seal
from app.errors import Damaged, Invalid
from app.i18n import _
from app.model.encoding import canonical
from app.model.statements import Stream
from sync.client.talk import Talk, ask
from sync.protocol.messages import CHUNK_BYTES, AskObject, GetChunk, PutChunk
from sync.protocol.problems import Problem

MOST_CHUNKS: Final = 1024
"""A file of 1 GiB."""

ReadAt = Callable[[int, int], bytes]
"""(offset, size) → bytes of the file, fewer only at its end."""
WriteAt = Callable[[int, bytes], object]
"""(offset, bytes): keep a part of the file that was fetched and checked."""
Told = Callable[[int, int], object]
"""(chunks done, chunks in all)."""


class SealedFile(NamedTuple):
    """What a record says of its file."""

    object: bytes
    key: SecretKey
    size: int

    @property
    def chunk_count(self) -> int:
        """Chunks; an empty file has one."""
        return max(1, -(-self.size // CHUNK_BYTES))


def new(size: int) -> SealedFile:
    """A file that is about to be sent. Raises Invalid for one that is too large."""
    made = SealedFile(ids.fresh(), SecretKey.fresh(), size)
    if made.chunk_count > MOST_CHUNKS:
        raise Invalid("file", _("This file is too large to be attached. It may have 1 GiB at most."))
    return made


def seal_chunk(file: SealedFile, index: int, data: bytes) -> bytes:
    """One chunk as it travels."""
    return seal(file.key, data, _context(file, index))


def open_chunk(file: SealedFile, index: int, sealed: bytes) -> bytes:
    """The chunk's bytes. Raises Damaged for another file's, another place's, or an altered one."""
    data = open_sealed(file.key, sealed, _context(file, index))
    if len(data) != _size(file, index):
        raise Damaged(_("A part of an attached file is missing or was altered."))
    return data


def put(file: SealedFile, stream: Stream, read: ReadAt, told: Told | None = None) -> Talk[None]:
    """Send what the server does not have yet. The record that names the file is saved after this."""
    state = yield from ask(AskObject(file.object))
    there = set(state.there)
    for index in range(file.chunk_count):
        if index in there:
            continue
        sealed = seal_chunk(file, index, read(index * CHUNK_BYTES, CHUNK_BYTES))
        try:
            yield from ask(PutChunk(file.object, *stream, index, file.chunk_count, sealed))
        except Problem as problem:
            if (
                problem.name != "object_differs"
                or index not in (yield from ask(AskObject(file.object))).there
            ):
                raise
            # It came, only its answer was lost, and it lies there sealed with another nonce.
        if told is not None:
            told(index + 1, file.chunk_count)


def get(
    file: SealedFile, write: WriteAt, have: Callable[[int], bool], told: Told | None = None
) -> Talk[None]:
    """Fetch what is not here yet (`have` a chunk). Raises Damaged, Problem `no_object` where it is not yet there."""
    for index in _missing(file, have):
        sealed = (yield from ask(GetChunk(file.object, index))).data
        write(index * CHUNK_BYTES, open_chunk(file, index, sealed))
        if told is not None:
            told(index + 1, file.chunk_count)


def _missing(file: SealedFile, have: Callable[[int], bool]) -> Iterator[int]:
    return (index for index in range(file.chunk_count) if not have(index))


def _size(file: SealedFile, index: int) -> int:
    return min(CHUNK_BYTES, file.size - index * CHUNK_BYTES)


def _context(file: SealedFile, index: int) -> bytes:
    return b"provender file" + canonical((file.object, index, index == file.chunk_count - 1))
