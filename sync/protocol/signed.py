"""What is signed between device and server beside statements, batches and heads: the bytes, for both sides."""

from __future__ import annotations

import hashlib
from typing import Annotated, NamedTuple

from app.model.encoding import canonical, decode_canonical
from app.model.shape import Count, Hash, Id16, Size, read
from app.model.statements import Stream, Tier

FORMAT = 1


class Manifest(NamedTuple):
    """What a snapshot consists of. Its hash is what author and countersigners sign (SNAPSHOT_PURPOSE)."""

    format: Annotated[int, Size(FORMAT, FORMAT)]
    company: Hash
    book: Id16
    tier: Tier
    position: Count
    head: Hash
    state_hash: Hash
    roster_at: Count
    epoch: Count
    object: Id16
    chunk_count: Annotated[int, Size(1, 1024)]
    chunks: Annotated[tuple[Hash, ...], Size(1, 1024)]
    """SHA-256 of each sealed chunk."""

    @property
    def stream(self) -> Stream:
        return Stream(self.book, self.tier)


def read_manifest(data: bytes) -> Manifest:
    """The manifest of its bytes. Raises Damaged."""
    return read(Manifest, decode_canonical(data))


def manifest_hash(data: bytes) -> bytes:
    """What is signed of a manifest."""
    return hashlib.sha256(b"provender snapshot manifest\x00" + data).digest()


def session_message(host: str, nonce: bytes, company: bytes, device: bytes, roster_at: int) -> bytes:
    """What a device signs to sign in (SESSION_PURPOSE)."""
    return canonical((FORMAT, host, "session", nonce, company, device, roster_at))


def kept_message(company: bytes, stream: Stream, position: int) -> bytes:
    """What the server signs of what it has in a backup (KEPT_PURPOSE)."""
    return canonical((company, stream.book, stream.tier, position))
