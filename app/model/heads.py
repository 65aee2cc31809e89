"""Heads of streams: how each follows from the one before, for whoever counts batches and for the roster."""

from __future__ import annotations

import hashlib

from app.model.encoding import canonical
from app.model.statements import Stream

VERSION = 1
HEAD_PURPOSE = "stream head"


def origin(company: bytes, stream: Stream) -> bytes:
    """The head of an empty stream, and what the first header of each device names as the one before."""
    return hashed(b"provender stream origin", canonical((company, stream.book, stream.tier)))


def next_head(head: bytes, header_hash: bytes, receipt_ms: int) -> bytes:
    """The head of a stream after one more batch: H(head ‖ H(header) ‖ receipt time)."""
    return hashed(b"provender stream head", head + header_hash + receipt_ms.to_bytes(8, "big"))


def message(company: bytes, stream: Stream, position: int, head: bytes, receipt_ms: int) -> bytes:
    """What the server signs of a stream (HEAD_PURPOSE)."""
    return canonical((VERSION, company, stream.book, stream.tier, position, head, receipt_ms))


def hashed(domain: bytes, data: bytes) -> bytes:
    """SHA-256 for one purpose alone."""
    return hashlib.sha256(domain + b"\x00" + data).digest()
