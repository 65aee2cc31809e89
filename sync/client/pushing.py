"""Sending: steps are sealed late under the newest key, and repeated byte for byte until they are acknowledged."""

from __future__ import annotations

from typing import Final

from app.crypto.keys import SecretKey
from app.errors import NotFound
from app.gateway.syncing import SealedBatch, Syncing
from app.model import chain as chains
from app.model.chain import StreamFault
from app.model.change import MOST_CHANGES, Step
from app.model.statements import Stream
from sync.client import doubts, statements
from sync.client.envelope import Place, make
from sync.client.following import Following
from sync.client.talk import Talk, ask
from sync.protocol.messages import MOST_PUSHED, Push, Pushed, SentBatch, SubjectKey
from sync.protocol.problems import Problem
from sync.protocol.short import shorten

MOST_PUSH_BYTES: Final = 1 << 20
MOST_AT_ONCE: Final = MOST_PUSHED * MOST_CHANGES
"""Changes that are read, sealed and committed together."""


class Pushing:
    """What this device has for one stream, on its way to the server."""

    def __init__(self, sync: Syncing, stream: Stream, following: Following) -> None:
        self._sync, self._stream, self._following = sync, stream, following
        self._in_full = False
        self.sent = 0
        """Steps that the server has taken."""
        self._steps: dict[int, tuple[Step, ...]] = {}
        """Of the batches that were sealed last: they need not be read again."""

    def run(self) -> Talk[None]:
        """Send everything. Afterwards the stream may have moved further than we have followed.

        Raises StreamFault, OtherDevice where the server holds other batches of ours, Problem."""
        while batches := self._next():
            form = sent if self._in_full else shortened
            request = Push(*self._stream, tuple(form(batch) for batch in batches))
            try:
                reply = yield from ask(request)
            except Problem as problem:
                if problem.name == "sequence_reused":
                    raise doubts.copied_vault() from problem
                if not self._in_full and problem.name in ("batch_refused", "head_unknown"):
                    self._in_full = True  # we may know something else of the history than the server
                    continue
                raise
            # Before we judge what is ours: a statement may have taken something away meanwhile.
            yield from statements.fetch(self._sync)
            if not self._acknowledged(batches, reply):
                return

    def _acknowledged(self, batches: list[SealedBatch], reply: Pushed) -> bool:
        """Note what the server has taken; whether it took anything. Own batches that come next in the order are
        followed at once: nothing of them needs to be fetched."""
        ours = {batch.sequence: batch for batch in batches}
        receipts = {one.sequence: (one.position, one.receipt_ms) for one in sorted(reply.receipts)}
        if not receipts or not receipts.keys() <= ours.keys():
            raise StreamFault("missing", self._stream, reply.head.position)
        follow = self._following
        doubts.received(follow.chain, self._sync.device, receipts, reply.head)
        follow.own().update(
            {
                sequence: ours[sequence]._replace(position=position, receipt_ms=receipt_ms)
                for sequence, (position, receipt_ms) in receipts.items()
            }
        )
        places = [position for position, _receipt_ms in receipts.values()]
        first = follow.chain.position + 1
        # Where somebody else stands between, the order is fetched: only the whole of it is vouched for.
        is_next = places == list(range(first, first + len(places))) and reply.head.position == places[-1]
        if is_next:
            for sequence, (position, receipt_ms) in receipts.items():
                follow.own_next(ours[sequence], position, receipt_ms, self._steps.get(sequence, ()))
        follow.believe(reply.head)
        # Only now: what does not lead to a signed head is sent again.
        self._sync.accepted(self._stream, receipts, follows=is_next)
        self.sent += sum(len(ours[sequence].steps) for sequence in receipts)
        follow.take()
        return len(receipts) == len(batches)

    # ---- sealing

    def _next(self) -> list[SealedBatch]:
        """What is to be sent next: sealed before, or sealed now."""
        batches = within(self._sync.sealed(self._stream, MOST_PUSHED))
        if batches:
            return batches
        try:
            place, key = self._place()
        except NotFound:
            return []  # the book has no key that we hold; whoever does begins an epoch
        outgoing = self._sync.unsealed(self._stream, MOST_AT_ONCE)
        size = start = 0
        self._steps.clear()
        while start < len(outgoing) and len(batches) < MOST_PUSHED and size < MOST_PUSH_BYTES - (96 << 10):
            # No step is without a change: a batch takes no more than these.
            batch = make(place, outgoing[start : start + MOST_CHANGES + 1], key, self._sync.sign)
            end = start + len(batch.steps)
            self._steps[batch.sequence] = tuple(one.step for one in outgoing[start:end])
            start = end
            batches.append(batch)
            size += _size(batch)
            place = place._replace(sequence=place.sequence + 1, previous=chains.hash_of(batch.header))
        if batches:
            self._sync.seal_all(batches)
        self._following.own().update({batch.sequence: batch for batch in batches})
        return batches

    def _place(self) -> tuple[Place, SecretKey]:
        sync, stream, chain = self._sync, self._stream, self._following.chain
        roster, end = sync.roster, sync.own_end(stream)
        epoch = roster.facts.epochs.get(stream)
        if epoch is None or stream in roster.facts.rotation_due:
            raise NotFound("")
        place = Place(
            sync.company, stream, epoch.number, sync.device, end.sequence + 1, end.hash, chain.position, chain.head,
            roster.index, roster.head, roster.facts.breaking,
        )  # fmt: skip
        return place, sync.key(stream, epoch.number)


def shortened(batch: SealedBatch) -> SentBatch:
    """The batch as it travels to a server that knows what comes before it."""
    return sent(batch)._replace(header=shorten(batch.header))


def sent(batch: SealedBatch) -> SentBatch:
    """The batch as it travels in full."""
    keys = tuple(SubjectKey(*key) for key in batch.keys)
    return SentBatch(batch.header, batch.signature, batch.body, keys)


def within(batches: list[SealedBatch]) -> list[SealedBatch]:
    """As many from the first on as one request takes."""
    size = 0
    fitting: list[SealedBatch] = []
    for batch in batches[:MOST_PUSHED]:
        size += _size(batch)
        if fitting and size > MOST_PUSH_BYTES:
            break
        fitting.append(batch)
    return fitting


def _size(batch: SealedBatch) -> int:
    return len(batch.header) + len(batch.body) + 120 * len(batch.keys) + 80
