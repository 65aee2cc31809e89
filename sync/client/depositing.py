"""What a device leaves behind whose membership has ended: what it never sent, outside the order, for a manager."""

from __future__ import annotations

from app.errors import NotFound
from app.gateway.syncing import SealedBatch, Syncing
from app.model.change import MOST_CHANGES
from app.model.statements import Stream
from sync.client.envelope import Place, make
from sync.client.pushing import sent
from sync.client.talk import Talk, ask
from sync.protocol.messages import Deposit


def deposit(sync: Syncing) -> Talk[int]:
    """Hand over everything that waits, sealed under the newest key that we hold; returns how many batches. What was
    handed over once is not sent again. Raises Problem `quota`."""
    count = 0
    for stream in sorted(sync.waiting()):
        name = f"deposited/{stream.book.hex()}/{stream.tier}"
        done: int = sync.fact(name, 0)
        while batches := [one for one in _next(sync, stream) if one.sequence > done][:1]:
            yield from ask(Deposit(tuple(sent(one) for one in batches)))
            done = batches[-1].sequence
            sync.put_fact(name, done)
            count += len(batches)
    return count


def _next(sync: Syncing, stream: Stream) -> list[SealedBatch]:
    """All that is sealed, after sealing what is not."""
    epoch = _newest_held(sync, stream)
    while epoch and (outgoing := sync.unsealed(stream, MOST_CHANGES)):
        roster, end, chain = sync.roster, sync.own_end(stream), sync.chain(stream)
        place = Place(
            sync.company, stream, epoch, sync.device, end.sequence + 1, end.hash, chain.position, chain.head,
            roster.index, roster.head, roster.facts.breaking,
        )  # fmt: skip
        sync.seal(make(place, outgoing, sync.key(stream, epoch), sync.sign))
    return sync.sealed(stream, 1 << 20)


def _newest_held(sync: Syncing, stream: Stream) -> int:
    """The newest epoch whose key we hold; 0 for none."""
    known = sync.roster.facts.epochs.get(stream)
    for number in range(known.number if known else 0, 0, -1):
        try:
            sync.key(stream, number)
        except NotFound:
            continue
        return number
    return 0
