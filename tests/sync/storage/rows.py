"""Rows as the server makes them, with bytes that mean nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from app.model.chain import End
from app.model.statements import Signed, Stream
from sync.server.storage import BatchRow, KeyRow, Storage

COMPANY, OTHER = bytes(range(32)), bytes(range(1, 33))
DEVICE, SECOND = b"\x11" * 16, b"\x22" * 16
BOOK = b"\x0b" * 16
FIELD, OFFICE = Stream(BOOK, 0), Stream(BOOK, 1)
ORIGIN = b"\x00" * 32
EMPTY = b"\x00\xff" * 16


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def signed(number: int) -> Signed:
    return Signed(b"statement %d" % number, bytes([number]) * 64)


def batch(
    position: int, device: bytes = DEVICE, sequence: int = 0, body: bytes | None = b"sealed"
) -> BatchRow:
    header = b"header of %d" % position
    return BatchRow(
        position, device, sequence or position, header, b"s" * 64, 1000 + position, digest(position), body, 0
    )


def key(position: int, nth: int = 0, record: bytes = b"r" * 16, sealed: bytes = b"sealed key") -> KeyRow:
    return KeyRow(position, nth, record, digest(record), sealed)


def begin(storage: Storage, company: bytes = COMPANY, streams: Sequence[Stream] = (FIELD,)) -> None:
    """A company with a roster of one statement and empty streams."""
    with storage.writing() as tx:
        tx.add_company(company, 5)
        tx.add_statement(company, 0, digest("first"), signed(0))
        for stream in streams:
            tx.add_stream(company, stream, ORIGIN)


def push(storage: Storage, device: bytes, bodies: Sequence[bytes], stream: Stream = FIELD) -> int:
    """Accept batches as the server does: lock, number, move. Returns the new position."""
    with storage.writing() as tx:
        row = tx.stream(COMPANY, stream, lock=True)
        company = tx.company(COMPANY)
        assert row is not None and company is not None and company.length > 0
        end = tx.end(COMPANY, stream, device) or End(0, ORIGIN, 0, 0)
        first = row.position + 1
        rows = [batch(first + nth, device, end.sequence + 1 + nth, body) for nth, body in enumerate(bodies)]
        tx.add_batches(COMPANY, stream, rows, [])
        tx.put_end(COMPANY, stream, device, End(rows[-1].sequence, rows[-1].head, 1, row.position))
        size = sum(len(one.header) + len(one.body or b"") for one in rows)
        tx.move_stream(COMPANY, stream, rows[-1].position, rows[-1].head, rows[-1].receipt_ms, size)
    return rows[-1].position
