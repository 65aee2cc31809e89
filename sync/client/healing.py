"""A server that was restored from a backup is given back what it has lost, byte for byte, by those who had it."""

from __future__ import annotations

from typing import Final

from app.crypto.identity import verify
from app.errors import Damaged
from app.gateway.syncing import Syncing
from app.i18n import _
from app.model import chain as chains
from app.model.chain import HEAD_PURPOSE, StreamFault
from sync.client import held
from sync.client.doubts import signed_head
from sync.client.following import Following
from sync.client.pushing import sent, within
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
)
from sync.protocol.problems import Problem

MOST_BYTES: Final = 1 << 20


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
    """Append the statements that the server has lost, as they are. Raises Damaged where it goes on with others. One
    that names sequences that the server has lost as well waits until streams are healed."""
    for signed, _statement in sync.roster.statements(length):
        try:
            yield from ask(Append(SignedStatement(signed.data, signed.signature)))
        except Problem as problem:
            if problem.name == "ends_moved":
                return
            if problem.name == "roster_moved":
                raise Damaged(
                    _(
                        "The server goes on with another list of members than the one that it has shown before, as after "
                        "a backup. This device changes nothing and sends nothing; ask an owner whom to believe."
                    )
                ) from problem
            raise


def stream(sync: Syncing, following: Following, said: HeadSaid) -> Talk[HeadSaid]:
    """Give back what follows the head that the server has; returns the head that it has then.

    Raises StreamFault where we cannot prove what it has lost: others may.
    """
    name, goal = following.stream, held.remembered(sync, following.stream)
    if goal is None or goal.position <= said.position:
        raise StreamFault("older", name, said.position)
    had = held.batches(sync, name, said.position)
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


def _again(sync: Syncing, following: Following, after: int) -> Talk[None]:
    """Send again what was acknowledged behind the last head that we can prove: it gets another place."""
    batches = [batch for batch in sync.sealed_after(following.stream, after) if batch.position > after]
    while part := within(batches):
        reply = yield from ask(Push(*following.stream, tuple(sent(one) for one in part)))
        receipts = {one.sequence: (one.position, one.receipt_ms) for one in reply.receipts}
        if not receipts.keys() <= {one.sequence for one in part} or any(
            not after < position <= reply.head.position for position, _receipt_ms in receipts.values()
        ):
            raise StreamFault("missing", following.stream, reply.head.position)
        sync.accepted(following.stream, receipts)
        if len(receipts) < len(part):
            return
        batches = batches[len(part) :]
