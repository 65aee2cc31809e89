"""The server's order without a server: batches of devices in one order per stream, handed out as the engine does.

Nothing is sealed and nothing signed here; what a header says and how heads follow is as in app.model.chain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from app.errors import Damaged
from app.gateway.batches import Followed, Ingested, SealedBatch
from app.gateway.session import Session
from app.model import chain as chains
from app.model.chain import Chain, Header
from app.model.change import MOST_CHANGES, Step
from app.model.soundness import sound
from app.model.statements import Stream

RECEIPT_MS = 1_780_000_100_000


class Batch(NamedTuple):
    """One batch in the order."""

    header: Header
    receipt_ms: int
    steps: tuple[Step, ...]
    keys: Mapping[bytes, bytes]


class Order:
    """All streams of one company."""

    def __init__(self) -> None:
        self.batches: dict[Stream, list[Batch]] = defaultdict(list)
        self._ends: dict[tuple[Stream, bytes], tuple[int, bytes]] = {}
        self.receipt_ms = RECEIPT_MS

    # ---- sending

    def seal(self, book: Session, stream: Stream, most_changes: int = MOST_CHANGES) -> bool:
        """Let a device seal its next batch; whether there was anything."""
        sync = book.sync
        waiting = sync.unsealed(stream, most_changes)
        if not waiting:
            return False
        chain, end = sync.chain(stream), sync.own_end(stream)
        size = sum(one.step.size for one in waiting)
        header = header_of(book, stream, end.sequence + 1, end.hash, chain, size)
        keys = tuple((record, b"", key) for one in waiting for record, key in one.keys.items())
        steps = tuple(one.step.number for one in waiting)
        sync.seal(SealedBatch(stream, header.sequence, chains.write(header), bytes(64), b"", keys, steps))
        return True

    def send(self, book: Session, stream: Stream, most: int = 64, *, tell: bool = True) -> int:
        """Take what a device has sealed into the order. `tell`: the device hears of it."""
        receipts = {}
        for batch in book.sync.sealed(stream, most):
            header = chains.parse(batch.header)
            found = self._found(stream, header)
            if found is None:
                kept = book.ground.journal.steps(header.device, stream, batch.steps)
                keys: dict[bytes, bytes] = {}
                for record, _hash, key in batch.keys:
                    known = keys.get(record, b"")
                    keys[record] = known if key in known else known + key
                found = self.put(header, tuple(one.step for one in kept), keys)
            receipts[batch.sequence] = (found, self.batches[stream][found - 1].receipt_ms)
        if receipts and tell:
            book.sync.accepted(stream, receipts)
        return len(receipts)

    def put(self, header: Header, steps: tuple[Step, ...], keys: Mapping[bytes, bytes]) -> int:
        """One more batch; its position."""
        at = self.batches[header.stream]
        self.receipt_ms += 1000
        at.append(Batch(header, self.receipt_ms, steps, keys))
        self._ends[header.stream, header.device] = header.sequence, chains.hash_of(chains.write(header))
        return len(at)

    def put_patched(
        self,
        book: Session,
        stream: Stream,
        steps: tuple[Step, ...],
        keys: Mapping[bytes, bytes] | None = None,
    ) -> int:
        """A batch that a patched program on this device has made past its vault."""
        sequence, previous = self._ends.get((stream, book.sync.device), (0, bytes(32)))
        size = max(1, min(sum(step.size for step in steps), MOST_CHANGES))
        chain = book.sync.chain(stream)
        return self.put(header_of(book, stream, sequence + 1, previous, chain, size), steps, keys or {})

    def sequence(self, stream: Stream, device: bytes) -> int:
        """The last sequence of a device that was accepted."""
        return self._ends.get((stream, device), (0, b""))[0]

    def push(self, book: Session) -> None:
        """Everything that a device has, in all streams."""
        for stream in sorted(book.sync.waiting()):
            while self.seal(book, stream):
                pass
            while book.sync.sealed(stream):
                self.send(book, stream)

    # ---- receiving

    def pull(self, book: Session, stream: Stream, most: int = 1 << 20) -> Ingested:
        """Let a device follow a stream, at most so many batches."""
        sync = book.sync
        chain = sync.chain(stream)
        items: list[Followed] = []
        heads = []
        last: dict[bytes, int] = {}
        for batch in self.batches[stream][chain.position : chain.position + most]:
            header = batch.header
            chain = chains.advanced(chain, header, chains.hash_of(chains.write(header)), batch.receipt_ms)
            heads.append((chain.position, chain.head))
            own = header.device == sync.device
            item = Followed(chain.position, header, batch.receipt_ms, (), {}, own=own)
            if not own:
                after = last.get(header.device) or sync.last_step(stream, header.device)
                try:
                    sound(batch.steps, header.changes, after)
                    item = item._replace(steps=batch.steps, keys=batch.keys)
                    last[header.device] = batch.steps[-1].number
                except Damaged as fault:
                    item = item._replace(void=fault.text)
            items.append(item)
        return sync.follow(stream, chain, None, items, heads)

    def pull_all(self, book: Session) -> Ingested:
        """Let a device follow every stream that its member may have."""
        result = Ingested()
        standing = book.roster.standing(book.sync.device)
        for stream in sorted(self.batches):
            if standing.holds(stream, self.receipt_ms):
                one = self.pull(book, stream)
                result.applied += one.applied
                result.confirmed += one.confirmed
                result.conflicts += one.conflicts
                result.quarantined += one.quarantined
                result.void += one.void
                result.kinds |= one.kinds
        return result

    def _found(self, stream: Stream, header: Header) -> int | None:
        for position, batch in enumerate(self.batches[stream], 1):
            if (batch.header.device, batch.header.sequence) == (header.device, header.sequence):
                assert batch.header == header, "the same sequence was sealed twice"
                return position
        return None


def header_of(
    book: Session, stream: Stream, sequence: int, previous: bytes, chain: Chain, size: int
) -> Header:
    """What a device says of its next batch."""
    roster = book.roster
    return Header(
        chains.VERSION, chains.SUITE, roster.company, stream.book, stream.tier, 1, book.sync.device, sequence,
        previous, chain.position, chain.head, roster.index, roster.head, 1, 1, 0, size, bytes(32), bytes(32),
    )  # fmt: skip
