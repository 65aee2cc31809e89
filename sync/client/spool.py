"""Batches that were checked and wait to be opened: sealed as they came, beside memory where they are many."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Final, NamedTuple

from app.model.chain import Header
from app.model.encoding import canonical, decode_canonical
from app.model.shape import read
from sync.protocol.messages import HandedBatch

IN_MEMORY_BYTES: Final = 16 << 20
_LENGTH_BYTES: Final = 4


class Checked(NamedTuple):
    """One batch of the spool."""

    handed: HandedBatch
    data: bytes
    """Its bytes, as they are kept for a server that is restored."""
    header: Header


class Spool:
    """First everything is put, then everything is read once. Close it."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `close`
        self._headers: list[Header] = []

    def put(self, handed: HandedBatch, header: Header) -> None:
        data = canonical(tuple(handed))
        self._file.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
        self._headers.append(header)

    def __iter__(self) -> Iterator[Checked]:
        self._file.seek(0)
        for header in self._headers:
            data = self._file.read(int.from_bytes(self._file.read(_LENGTH_BYTES), "big"))
            yield Checked(read(HandedBatch, decode_canonical(data)), data, header)

    def __len__(self) -> int:
        return len(self._headers)

    def close(self) -> None:
        self._file.close()
