"""Our own state hashes of a few places of each stream, for comparing with what others say of the same places."""

from __future__ import annotations

from app.gateway.syncing import Syncing
from app.model.statements import Stream

MOST_KEPT = 6
DIVERGED = "diverged"


def known(sync: Syncing, stream: Stream) -> dict[int, bytes]:
    """Position → our state hash there."""
    return dict(sync.fact(_name(stream)) or ())


def note(sync: Syncing, stream: Stream, position: int, hash_: bytes) -> None:
    """Remember one; the oldest ones are forgotten."""
    kept = {**known(sync, stream), position: hash_}
    newest = sorted(kept.items())[-MOST_KEPT:]
    sync.put_fact(_name(stream), [list(one) for one in newest])


def forget(sync: Syncing, stream: Stream) -> None:
    """The order is another one now."""
    sync.put_fact(_name(stream), None)


def here(sync: Syncing, stream: Stream) -> dict[int, bytes]:
    """What is known, with the present place: reads the whole book where that is new."""
    position = sync.chain(stream).position
    if position and position not in known(sync, stream):
        note(sync, stream, position, sync.state_hash(stream))
    return known(sync, stream)


def diverged(sync: Syncing) -> list[Stream]:
    """Streams in which another device had come to another state when heartbeats were compared last."""
    return [Stream(*one) for one in sync.fact(DIVERGED) or ()]


def note_diverged(sync: Syncing, found: list[Stream]) -> None:
    """Remember that until it is compared again."""
    if found != diverged(sync):
        sync.put_fact(DIVERGED, [list(one) for one in found] or None)


def _name(stream: Stream) -> str:
    return f"hashes/{stream.book.hex()}/{stream.tier}"
