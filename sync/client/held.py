"""What this device still holds of what the server has confirmed: signed heads, and batches byte for byte.

With them a restored server is given back what it has lost, and two histories are brought together.
"""

from __future__ import annotations

from typing import Any

from app.gateway.syncing import SealedBatch, Syncing
from app.model.encoding import canonical, decode_canonical
from app.model.shape import read
from app.model.statements import Stream
from sync.protocol.messages import HandedBatch, HeadSaid, SubjectKey


def remember(sync: Syncing, stream: Stream, said: HeadSaid) -> None:
    """Keep the signed head at which we have arrived: with it a restored server believes what it is given back."""
    before = remembered(sync, stream)
    if said.position and (before is None or before.position != said.position):
        sync.put_fact(_name(stream), canonical(tuple(said)))


def remembered(sync: Syncing, stream: Stream) -> HeadSaid | None:
    """The last signed head at which we have arrived."""
    kept = sync.fact(_name(stream))
    return None if kept is None else read(HeadSaid, decode_canonical(kept))


def forget(sync: Syncing, stream: Stream) -> None:
    """The head that we had arrived at is on a branch that does not go on."""
    sync.put_fact(_name(stream), None)


def batches(sync: Syncing, name: Stream, after: int) -> dict[int, HandedBatch]:
    """Everything that we still have after a position: our own batches whole, others' as they were handed out."""
    found: dict[int, HandedBatch] = {}
    position = after
    while others := sync.handed_after(name, position):
        for position, data in others:
            found[position] = _handed(decode_canonical(data))
    for batch in sync.sealed_after(name, after):
        found[batch.position] = _own(batch)
    return found


def _own(batch: SealedBatch) -> HandedBatch:
    keys = tuple(SubjectKey(*key) for key in batch.keys)
    return HandedBatch(batch.header, batch.signature, batch.receipt_ms, batch.body, keys)


def _handed(plain: Any) -> HandedBatch:
    return read(HandedBatch, plain)


def _name(stream: Stream) -> str:
    return f"head/{stream.book.hex()}/{stream.tier}"
