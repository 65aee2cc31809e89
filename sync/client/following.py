"""Following a stream: what the server hands out is checked up to a head that it has signed, then taken in.

Nothing of it reaches the book before the server's signature vouches for the whole way, so that a lie leaves no trace in
what we have. Then it is opened and taken in, in portions, so that the book is never held for long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.crypto.identity import verify
from app.errors import Conflict
from app.gateway.syncing import Followed, Ingested, SealedBatch, Syncing
from app.model import chain as chains
from app.model.chain import Chain, Delivered, Header, SignedHead, StreamFault
from app.model.change import MOST_CHANGES, Step
from app.model.roster import Roster
from app.model.statements import Stream
from sync.client import branches, doubts, envelope, hashes, snapshots, statements
from sync.client.spool import Checked, Spool
from sync.client.talk import Talk, ask
from sync.protocol.messages import KEPT_PURPOSE, HandedBatch, HeadSaid, Pull
from sync.protocol.signed import kept_message

PORTION_CHANGES: Final = 8_192
"""Changes that the book takes in at once: it is held for less than a tenth of a second."""

Told = Callable[[Stream, Ingested], None]


class BodiesGone(Exception):
    """The server has no more than a snapshot of what comes next."""


@dataclass(slots=True)
class _Portion:
    """What was opened and waits to be taken in."""

    items: list[tuple[Followed, Chain]] = field(default_factory=list)
    """Each with the chain after it."""
    accepted: dict[int, tuple[int, int]] = field(default_factory=dict)
    changes: int = 0


class Following:
    """One stream's way from where we are to a head that the server has signed."""

    def __init__(self, sync: Syncing, stream: Stream, told: Told) -> None:
        self.sync, self.stream, self._told = sync, stream, told
        self.known = sync.said(stream)
        """The head that was believed before this conversation."""
        self.chain: Chain = sync.chain(stream)
        """As far as the book has taken it in, or is about to."""
        self.said: SignedHead | None = self.known
        self.last_said: HeadSaid | None = None
        self.handed: HandedBatch | None = None
        """The batch at which a fault came to light: the evidence."""
        self._ahead = self.chain
        """As far as it was checked."""
        self._portion = _Portion()
        self._heads: dict[int, bytes] = {}
        self._targets: dict[int, SignedHead] = {}
        self._steps: dict[bytes, int] = {}
        self._own: dict[int, SealedBatch] | None = None
        self._snapshot: snapshots.Taken | None = None
        self._anew = branches.anew_until(sync, stream)
        """Up to where we follow anew after branches were joined: our own batches like the others'."""
        if self._anew:
            self.chain = self._ahead = Chain.start(sync.company, stream)
            self.known = self.said = None
        self.made: snapshots.Made | None = None
        """A snapshot that this device owes the others, for its batch stood at a milestone. Whoever sends it closes it."""

    # ---- what the server signs

    def believe(self, said: HeadSaid) -> SignedHead:
        """The head, if it goes on from what the server signed before. Raises StreamFault."""
        server = self.roster.facts.server or b""
        head = doubts.signed_head(self.sync.company, said)
        if (head.book, head.tier) != self.stream:
            raise StreamFault("foreign", self.stream, head.position)
        chains.grows(self.said, head, server, said.signature, verify)
        self.said, self.last_said = head, said
        self._targets[head.position] = head
        if head.position == self._ahead.position:
            chains.arrived(self._ahead, head)
        return head

    def kept(self, said: HeadSaid) -> None:
        """Forget sealed bytes that the server has signed as backed up."""
        if said.kept:
            server, message = (
                self.roster.facts.server or b"",
                kept_message(self.sync.company, self.stream, said.kept),
            )
            verify(server, KEPT_PURPOSE, message, said.kept_signature)
            self.sync.kept(self.stream, said.kept)

    # ---- checking

    def pull(self, said: HeadSaid) -> Talk[None]:
        """Fetch, check and take in everything up to a head. Raises StreamFault with nothing taken in, BodiesGone."""
        target = self.believe(said)
        self.own()  # as it is before anything new was followed
        spool = Spool()
        try:
            while self._ahead.position < target.position:
                reply = yield from ask(
                    Pull(*self.stream, self._ahead.position, with_own=self._ahead.position < self._anew)
                )
                newer = self.believe(reply.head)
                if not reply.batches:
                    doubts.missing(self.stream, target.position)
                if reply.whole_from > self._ahead.position + 1:
                    raise BodiesGone
                target = max(target, newer, key=lambda one: one.position)
                for handed in reply.batches:
                    yield from self._check(handed, spool)
            if self._ahead is not self.chain:
                # By now we know every statement that was made before any of these batches was accepted: one that
                # takes something away decides about batches that do not cite it.
                yield from statements.fetch(self.sync)
            if self._anew:
                self.sync.begin_anew(self.stream)
            if self._snapshot is not None:
                self._told(self.stream, snapshots.take(self.sync, self._snapshot))
                self._snapshot = None
            for batch in spool:
                self._take_in(batch)
        finally:
            spool.close()
        self.take()
        if self._anew:
            branches.put_anew(self.sync, self.stream, 0)
            self._anew, self._own = 0, None
        self.holds_own()

    def begin_at(self, taken: snapshots.Taken) -> None:
        """Go on from a snapshot. It is taken in once the way from it to the server's signed head was checked. Raises
        OtherDevice where it holds batches of this device that this vault has not sealed."""
        self.own()
        if (
            not self._anew
            and taken.chain.end(self.sync.device).sequence > self.sync.own_end(self.stream).sequence
        ):
            raise doubts.copied_vault()
        self.chain = self._ahead = taken.chain
        self._heads[taken.chain.position] = taken.chain.head
        self._steps = dict(taken.steps)
        self._snapshot = taken
        self.holds_own()

    def _check(self, handed: HandedBatch, spool: Spool) -> Talk[None]:
        self.handed = handed
        position = self._ahead.position + 1
        delivered = Delivered(handed.header, handed.signature, handed.receipt_ms)
        try:
            chain, header = chains.follow(self._ahead, delivered, self.roster, self.head_at, verify)
        except Conflict:
            # It cites statements that we do not have yet.
            yield from statements.fetch(self.sync)
            try:
                chain, header = chains.follow(self._ahead, delivered, self.roster, self.head_at, verify)
            except Conflict as error:
                raise StreamFault("roster", self.stream, position) from error
        if position in self._targets:
            chains.arrived(chain, self._targets[position])
        if header.device == self.sync.device and position > self._anew:
            self._check_own(handed, header, position)
        else:
            if any(not key.sealed and key.record not in self.roster.facts.erased for key in handed.keys):
                yield from statements.fetch(self.sync)
            envelope.check(handed, header, position, self.roster.facts.erased)
        self._ahead = chain
        self._heads[position] = chain.head
        spool.put(handed, header)

    def _check_own(self, handed: HandedBatch, header: Header, position: int) -> None:
        """A batch of ours at its place. Raises OtherDevice for one that this vault has not sealed."""
        ours = self.own().get(header.sequence)
        if ours is None or ours.header != handed.header:
            raise doubts.copied_vault()
        if ours.position and (ours.position, ours.receipt_ms) != (position, handed.receipt_ms):
            raise StreamFault("missing", self.stream, position)

    # ---- taking in

    def _take_in(self, batch: Checked) -> None:
        """One batch that was checked. Raises NotFound for a key that we do not hold, Outdated; everything before it
        is taken in then."""
        handed, header = batch.handed, batch.header
        position, portion = self.chain.position + 1, self._portion
        own = header.device == self.sync.device
        if own and position > self._anew:
            ours = self.own()[header.sequence]
            if not ours.position:  # the server had it all along, only its answer was lost
                portion.accepted[header.sequence] = (position, handed.receipt_ms)
            item = Followed(position, header, handed.receipt_ms, (), {}, own=True)
        else:
            try:
                key = self.sync.key(self.stream, header.epoch)
                doubts.readable(header)
            except Exception:
                self.take()
                raise
            item = envelope.opened(handed, header, position, key, self._last_step(header.device))
            if own:
                portion.accepted[header.sequence] = (position, handed.receipt_ms)
            else:
                item = item._replace(handed=batch.data)
            if item.steps:
                self._steps[header.device] = item.steps[-1].number
        self._next(item, chains.hash_of(handed.header))
        if portion.changes >= PORTION_CHANGES:
            self.take()

    def own_next(
        self, batch: SealedBatch, position: int, receipt_ms: int, steps: tuple[Step, ...] = ()
    ) -> None:
        """A batch of ours that stands at the very next place: nothing of it needs to be fetched. `steps`: what was
        sealed in it, where that is at hand. Raises StreamFault."""
        header = chains.parse(batch.header)
        chains.admit(self.chain, header, self.roster, self.head_at)
        item = Followed(position, header, receipt_ms, steps, {}, own=True)
        self._next(item, chains.hash_of(batch.header))
        self._ahead = self.chain

    def _next(self, item: Followed, header_hash: bytes) -> None:
        counts = chains.cited(item.header, self.roster)
        self.chain = chains.advanced(self.chain, item.header, header_hash, item.receipt_ms, counts)
        self._portion.items.append((item, self.chain))
        self._portion.changes += item.header.changes
        self._heads[self.chain.position] = self.chain.head

    def take(self) -> None:
        """Give the book what was opened, with the head that vouches for it; in one, but for milestones."""
        portion, self._portion = self._portion, _Portion()
        said = self.said if self.said is not None and self.said != self.sync.said(self.stream) else None
        if portion.accepted:
            self.sync.accepted(self.stream, portion.accepted)
        if not portion.items and said is not None:
            self.sync.follow(self.stream, self.chain, said, (), ())
        start = 0
        for end, (item, chain) in enumerate(portion.items, 1):
            if end < len(portion.items) and chain.position % snapshots.INTERVAL:
                continue
            items = [one for one, _chain in portion.items[start:end]]
            heads = [(one.position, one.head) for _item, one in portion.items[start:end]]
            self._told(self.stream, self.sync.follow(self.stream, chain, said, items, heads))
            start = end
            if chain.position % snapshots.INTERVAL == 0:
                self._milestone(item, chain.position)

    def _milestone(self, item: Followed, position: int) -> None:
        """A place where everybody may have to vouch for a snapshot, and whoever wrote the batch there makes one."""
        latest = max(self._targets, default=position)
        if item.own:  # what waits of ours will stand behind it, in batches of about as many steps as this one
            waits = self.sync.waiting().get(self.stream, 0) // (len(item.steps) or MOST_CHANGES)
            latest = max(latest, position + waits)
        if latest - position >= snapshots.INTERVAL:
            return  # a later one comes
        if item.own and self.made is None:
            self.made = snapshots.Made(self.sync, self.stream)
            hashes.note(self.sync, self.stream, position, self.made.manifest.state_hash)
        else:
            hashes.note(self.sync, self.stream, position, self.sync.state_hash(self.stream))

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
        known = self._heads.get(position)
        # What the book knows while we follow anew is another history.
        return known if known or self._anew else self.sync.head_at(self.stream, position)

    def own(self) -> dict[int, SealedBatch]:
        """Our sealed batches that were not in the chain when this began, by sequence."""
        if self._own is None:
            accepted = self.sync.sealed_after(self.stream, self.chain.position)
            waiting = self.sync.sealed(self.stream, 1 << 20)
            self._own = {batch.sequence: batch for batch in (*accepted, *waiting)}
        return self._own

    def _last_step(self, device: bytes) -> int:
        if device not in self._steps:
            self._steps[device] = self.sync.last_step(self.stream, device)
        return self._steps[device]
