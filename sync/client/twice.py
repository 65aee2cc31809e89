"""Batches that come twice: followed on a branch that was lost, and handed out again where the branches were joined."""

from __future__ import annotations

from collections.abc import Iterable

from app.gateway.syncing import Syncing
from app.model.statements import Stream


def followed(sync: Syncing, stream: Stream) -> frozenset[bytes]:
    """Hashes of the headers of those that we have followed, and not yet met again."""
    return frozenset(sync.fact(_name(stream)) or ())


def remember(sync: Syncing, stream: Stream, hashes: Iterable[bytes]) -> None:
    """Note what `followed` says from now on."""
    sync.put_fact(_name(stream), sorted(hashes) or None)


def _name(stream: Stream) -> str:
    return f"twice/{stream.book.hex()}/{stream.tier}"
