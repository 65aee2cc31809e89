"""Following a stream: what the server hands out is checked, opened and given to the open book in portions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.crypto.identity import verify
from app.errors import Conflict, OtherDevice
from app.gateway.receiving import Ingested
from app.gateway.syncing import Followed, SealedBatch, Syncing
from app.i18n import _
from app.model import chain as chains
from app.model.chain import Chain, Delivered, Header, SignedHead, StreamFault
from app.model.encoding import canonical
from app.model.roster import Roster
from app.model.statements import Stream
from sync.client import envelope, statements
from sync.client.talk import Talk, ask
from sync.protocol.messages import KEPT_PURPOSE, HandedBatch, HeadSaid, Pull
from sync.protocol.signed import kept_message

PORTION_CHANGES: Final = 2_000
"""Changes that the book takes in at once: it is held for some hundredths of a second."""

Told = Callable[[Stream, Ingested], None]


def copied_vault() -> OtherDevice:
    """The server holds batches of this device that this vault has not sealed."""
    return OtherDevice(
        _(
            "This vault was restored or copied. It is open for reading only until it has enrolled as a new device, "
            "because two devices must not go on as one."
        )
    )


def signed_head(company: bytes, said: HeadSaid) -> SignedHead:
    """The part of what the server says of a stream that it signs as its head."""
    return SignedHead(company, said.book, said.tier, said.position, said.head, said.receipt_ms)


@dataclass(slots=True)
class _Portion:
    """What was checked and waits to be taken in."""

    items: list[Followed] = field(default_factory=list)
    heads: list[tuple[int, bytes]] = field(default_factory=list)
    accepted: dict[int, tuple[int, int]] = field(default_factory=dict)
    changes: int = 0


class Following:
    """One stream's way from where we are to a head that the server has signed."""

    def __init__(self, sync: Syncing, stream: Stream, told: Told) -> None:
        self.sync, self.stream, self._told = sync, stream, told
        self.known = sync.said(stream)
        """The head that was believed before this conversation."""
        self.chain: Chain = sync.chain(stream)
        self.said: SignedHead | None = self.known
        self.last_said: HeadSaid | None = None
        self._taken = self.chain.position
        self._portion = _Portion()
        self._heads: dict[int, bytes] = {}
        self._targets: dict[int, SignedHead] = {}
        self._steps: dict[bytes, int] = {}
        self._own: dict[int, SealedBatch] | None = None
        self.handed: HandedBatch | None = None
        """The batch at which a fault came to light: the evidence."""

    # ---- what the server signs

    def believe(self, said: HeadSaid) -> SignedHead:
        """The head, if it goes on from what the server signed before. Raises StreamFault."""
        server = self.sync.roster.facts.server or b""
        head = signed_head(self.sync.company, said)
        if (head.book, head.tier) != self.stream:
            raise StreamFault("foreign", self.stream, head.position)
        chains.grows(self.said, head, server, said.signature, verify)
        self.said, self.last_said = head, said
        self._targets[head.position] = head
        if head.position == self.chain.position:
            chains.arrived(self.chain, head)
        return head

    def kept(self, said: HeadSaid) -> None:
        """Forget sealed bytes that the server has signed as backed up, as far as we have followed."""
        server = self.sync.roster.facts.server or b""
        if said.kept:
            message = kept_message(self.sync.company, self.stream, said.kept)
            verify(server, KEPT_PURPOSE, message, said.kept_signature)
            self.sync.kept(self.stream, min(said.kept, self._taken))

    # ---- following

    def pull(self, said: HeadSaid) -> Talk[None]:
        """Fetch and take in everything up to a head. Raises StreamFault, with everything before it taken in."""
        target = self.believe(said)
        self.own()  # as it is before anything new was followed
        while self.chain.position < target.position:
            reply = yield from ask(Pull(*self.stream, self.chain.position))
            newer = self.believe(reply.head)
            if not reply.batches:
                missing(self, target.position)
            target = max(target, newer, key=lambda one: one.position)
            for handed in reply.batches:
                yield from self._batch(handed)
                if self._portion.changes >= PORTION_CHANGES:
                    self.take()
        self.take()
        self.holds_own()

    def _batch(self, handed: HandedBatch) -> Talk[None]:
        self.handed = handed
        position = self.chain.position + 1
        delivered = Delivered(handed.header, handed.signature, handed.receipt_ms)
        sync = self.sync
        try:
            chain, header = chains.follow(self.chain, delivered, sync.roster, self.head_at, verify)
        except Conflict:
            # It cites statements that we do not have yet.
            yield from statements.fetch(sync)
            try:
                chain, header = chains.follow(self.chain, delivered, sync.roster, self.head_at, verify)
            except Conflict as error:
                raise StreamFault("roster", self.stream, position) from error
        target = self._targets.get(position)
        if target is not None:
            chains.arrived(chain, target)
        if header.device == sync.device:
            item = self._own_batch(handed, header, position)
        else:
            erased = sync.roster.facts.erased
            if any(not key.sealed and key.record not in erased for key in handed.keys):
                yield from statements.fetch(sync)
                erased = sync.roster.facts.erased
            after = self._last_step(header.device)
            key = sync.key(self.stream, header.epoch)
            item = envelope.opened(handed, header, position, key, after, erased)
            item = item._replace(handed=canonical(tuple(handed)))
            if item.steps:
                self._steps[header.device] = item.steps[-1].number
        self.next(chain, item)

    def _own_batch(self, handed: HandedBatch, header: Header, position: int) -> Followed:
        """A batch of ours at its place. Raises OtherDevice for one that this vault has not sealed."""
        ours = self.own().get(header.sequence)
        if ours is None or ours.header != handed.header:
            raise copied_vault()
        if not ours.position:  # the server had it all along, only its answer was lost
            self._portion.accepted[header.sequence] = (position, handed.receipt_ms)
        elif (ours.position, ours.receipt_ms) != (position, handed.receipt_ms):
            raise StreamFault("missing", self.stream, position)
        return Followed(position, header, handed.receipt_ms, (), {}, own=True)

    def next(self, chain: Chain, item: Followed) -> None:
        """One more batch that was checked."""
        self.chain = chain
        self._portion.items.append(item)
        self._portion.heads.append((chain.position, chain.head))
        self._portion.changes += item.header.changes
        self._heads[chain.position] = chain.head

    def take(self) -> None:
        """Give the book what was checked, all or nothing."""
        portion = self._portion
        arrived = self.said if self.said is not None and self.said != self.sync.said(self.stream) else None
        if not portion.items and arrived is None:
            return
        if portion.accepted:
            self.sync.accepted(self.stream, portion.accepted)
        result = self.sync.follow(self.stream, self.chain, arrived, portion.items, portion.heads)
        self._portion, self._taken = _Portion(), self.chain.position
        self._told(self.stream, result)

    def holds_own(self) -> None:
        """Raise StreamFault if what was acknowledged to us is not where it was said to be."""
        for batch in self.own().values():
            if batch.position:
                chains.holds_own(self.chain, self.sync.device, batch.sequence, batch.position)

    # ---- what we know

    @property
    def roster(self) -> Roster:
        return self.sync.roster

    def head_at(self, position: int) -> bytes | None:
        """The head at a position of the chain that we follow."""
        if not position:
            return chains.origin(self.sync.company, self.stream)
        return self._heads.get(position) or self.sync.head_at(self.stream, position)

    def own(self) -> dict[int, SealedBatch]:
        """Our sealed batches that are not in the chain as far as it was taken in, by sequence."""
        if self._own is None:
            accepted = self.sync.sealed_after(self.stream, self._taken)
            waiting = self.sync.sealed(self.stream, 1 << 20)
            self._own = {batch.sequence: batch for batch in (*accepted, *waiting)}
        return self._own

    def _last_step(self, device: bytes) -> int:
        if device not in self._steps:
            self._steps[device] = self.sync.last_step(self.stream, device)
        return self._steps[device]


def missing(following: Following, position: int) -> None:
    """Raise StreamFault: the server keeps back what it had said to be there."""
    raise StreamFault("older", following.stream, position)


def hidden(following: Following) -> None:
    """Raise StreamFault where the server does not show a stream any more of which it had shown something."""
    if following.chain.position or following.said is not None:
        raise StreamFault("older", following.stream, following.chain.position)
