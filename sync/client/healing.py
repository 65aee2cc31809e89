"""A server that was restored from a backup is given back what it has lost, byte for byte, by those who had it."""

from __future__ import annotations

from typing import Any, Final

from app.crypto.identity import verify
from app.errors import Damaged
from app.gateway.syncing import SealedBatch, Syncing
from app.model import chain as chains
from app.model.chain import HEAD_PURPOSE, StreamFault
from app.model.encoding import canonical, decode_canonical
from app.model.shape import read
from app.model.statements import Stream
from sync.client.following import Following, signed_head
from sync.client.pushing import sent
from sync.client.talk import Talk, ask
from sync.protocol.messages import (
    MOST_PUSHED,
    Append,
    HandedBatch,
    HeadSaid,
    Heal,
    Link,
    Push,
    SignedStatement,
    SubjectKey,
)
from sync.protocol.problems import Problem

MOST_BYTES: Final = 1 << 20


def _name(stream: Stream) -> str:
    return f"head/{stream.book.hex()}/{stream.tier}"


def remember(sync: Syncing, following: Following) -> None:
    """Keep the signed head at which we have arrived: with it a restored server believes what it is given back."""
    said = following.last_said
    if said is None or said.position != following.chain.position or not said.position:
        return
    before = remembered(sync, following.stream)
    if before is None or before.position != said.position:
        sync.put_fact(_name(following.stream), canonical(tuple(said)))


def remembered(sync: Syncing, stream: Stream) -> HeadSaid | None:
    """The last signed head at which we have arrived."""
    kept = sync.fact(_name(stream))
    return None if kept is None else read(HeadSaid, decode_canonical(kept))


def forget(sync: Syncing, stream: Stream) -> None:
    """The head that we had arrived at is on a branch that does not go on."""
    sync.put_fact(_name(stream), None)


def lost(following: Following, said: HeadSaid) -> bool:
    """Whether the server has gone back to a place on our own chain, as one does that was restored."""
    head = signed_head(following.sync.company, said)
    server = following.sync.roster.facts.server or b""
    try:
        verify(server, HEAD_PURPOSE, chains.head_message(head), said.signature)
    except Damaged:
        return False
    if said.position >= following.chain.position:
        return False
    known = following.head_at(said.position)
    return known is not None and known == said.head


def roster(sync: Syncing, length: int) -> Talk[None]:
    """Append the statements that the server has lost, as they are. Raises Problem where they do not go on from its
    own. One that names sequences that the server has lost as well waits until streams are healed."""
    for signed, _statement in sync.roster.statements(length):
        try:
            yield from ask(Append(SignedStatement(signed.data, signed.signature)))
        except Problem as problem:
            if problem.name == "ends_moved":
                return
            raise


def stream(sync: Syncing, following: Following, said: HeadSaid) -> Talk[HeadSaid]:
    """Give back what follows the head that the server has; returns the head that it has then.

    Raises StreamFault where we cannot prove what it has lost: others may.
    """
    name, goal = following.stream, remembered(sync, following.stream)
    if goal is None or goal.position <= said.position:
        raise StreamFault("older", name, said.position)
    had = kept(sync, name, said.position)
    wanted = range(said.position + 1, goal.position + 1)
    if any(position not in had for position in wanted):
        raise StreamFault("older", name, said.position)
    after = said.position
    while after < goal.position:
        batches: list[HandedBatch] = []
        size = 0
        while after + len(batches) < goal.position and len(batches) < MOST_PUSHED:
            batch = had[after + len(batches) + 1]
            size += len(batch.body) + 1024 + 130 * len(batch.keys)
            if batches and size > MOST_BYTES:
                break
            batches.append(batch)
        rest = tuple(
            Link(chains.hash_of(had[position].header), had[position].receipt_ms)
            for position in range(after + len(batches) + 1, goal.position + 1)
        )
        healed = yield from ask(Heal(*name, after, tuple(batches), rest, goal))
        after += len(batches)
        said = healed.head
    yield from _again(sync, following, goal.position)
    return said


def kept(sync: Syncing, name: Stream, after: int) -> dict[int, HandedBatch]:
    """Everything that we still have after a position: our own batches whole, others' as they were handed out."""
    found: dict[int, HandedBatch] = {}
    position = after
    while others := sync.handed_after(name, position):
        for position, data in others:
            found[position] = _handed(decode_canonical(data))
    for batch in sync.sealed_after(name, after):
        found[batch.position] = _own(batch)
    return found


def _again(sync: Syncing, following: Following, after: int) -> Talk[None]:
    """Send again what was acknowledged behind the last head that we can prove: it gets another place."""
    batches = [batch for batch in sync.sealed_after(following.stream, after) if batch.position > after]
    if batches:
        reply = yield from ask(Push(*following.stream, tuple(sent(one) for one in batches[:MOST_PUSHED])))
        receipts = {one.sequence: (one.position, one.receipt_ms) for one in reply.receipts}
        sync.accepted(following.stream, receipts)


def _own(batch: SealedBatch) -> HandedBatch:
    keys = tuple(SubjectKey(*key) for key in batch.keys)
    return HandedBatch(batch.header, batch.signature, batch.receipt_ms, batch.body, keys)


def _handed(plain: Any) -> HandedBatch:
    return read(HandedBatch, plain)
