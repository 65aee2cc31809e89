"""The streams' road: taking batches in, in one order for all, and handing them out again."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import Conflict, Damaged
from app.model import chain as chains
from app.model.chain import BATCH_PURPOSE, Chain, Cited, End, Header, StreamFault
from app.model.roster import Roster
from app.model.statements import Stream
from sync.protocol.messages import (
    Await,
    FetchHeads,
    HandedBatch,
    Heads,
    News,
    Position,
    Pull,
    Pulled,
    Push,
    Pushed,
    Receipt,
    SentBatch,
    SubjectKey,
)
from sync.protocol.problems import Problem
from sync.protocol.short import is_short, read_short, written_out
from sync.server.asked import Asked, sha256
from sync.server.guests import waiting
from sync.server.storage import KEY_WEIGHT, BatchRow, KeyRow, StreamRow

MOST_ROWS = 4096
"""Batches that one answer looks at; own ones are handed out without body, and are many in no time."""
KEY_BYTES = 320
"""More than a subject key weighs in an answer."""


# ---- in


class Intake:
    """A push under way: the stream locked, its end and the author's known, and what was taken so far."""

    def __init__(self, asked: Asked, stream: Stream) -> None:
        self.asked, self.stream = asked, stream
        row = asked.tx.stream(asked.company, stream, lock=True)
        if row is None:
            raise Problem("no_access")
        # Read after locking: no batch may be accepted under a roster that has taken something away meanwhile.
        self.roster = asked.roster(anew=True)
        asked.held(stream)
        self.row = row
        self.receipt_ms = max(asked.now_ms, row.receipt_ms)
        self.chain = Chain(asked.company, stream, row.position, row.head, row.receipt_ms)
        self._met: set[bytes] = set()
        self.batches: list[BatchRow] = []
        self.keys: list[KeyRow] = []
        self.receipts: list[Receipt] = []
        self._heads = {row.position: row.head}

    def take(self, sent: SentBatch) -> None:
        """Put a batch at the end. Raises Problem; then everything taken before stands."""
        header, hash_ = parsed(sent.header), chains.hash_of(sent.header)
        # Of a branch that was joined, everybody may bring everybody's batches: their authors may be gone.
        if header.device != self.asked.device and hash_ not in self.roster.facts.lost_batches:
            raise Problem("batch_refused", fault="author")
        self._meet(header.device)
        if 0 < header.sequence <= self.chain.end(header.device).sequence:
            self._again(header, sent)
            return
        counts = self._admit(header)
        whole(header, sent, self.roster)
        signing = self.roster.facts.devices[header.device].signing
        if not self.asked.holds(signing, BATCH_PURPOSE, hash_, sent.signature):
            raise Problem("batch_refused", fault="signature")
        self.chain = chains.advanced(self.chain, header, hash_, self.receipt_ms, counts)
        position, head = self.chain.position, self.chain.head
        self._heads[position] = head
        self.batches.append(
            BatchRow(
                position, header.device, header.sequence, sent.header, sent.signature, self.receipt_ms,
                head, sent.body, len(sent.keys),
            )
        )  # fmt: skip
        self.keys += key_rows(position, sent.keys, self.roster)
        self.receipts.append(Receipt(header.sequence, position, self.receipt_ms))

    def written_out(self, sent: SentBatch) -> SentBatch:
        """The batch with its whole header. Raises Problem."""
        if not is_short(sent.header):
            return sent
        try:
            short = read_short(sent.header)
        except Damaged:
            raise Problem("batch_refused", fault="form") from None
        device, roster = self.asked.device, self.roster
        self._meet(device)
        end = self.chain.end(device)
        hashes = (
            chains.body_hash(sent.body),
            chains.keys_hash([(key.record, key.hash) for key in sent.keys]),
        )
        if short.sequence <= end.sequence:
            known = self._known(device, short.sequence)
            if known is None or parsed(known.header)[-2:] != hashes:
                raise Problem("sequence_reused")
            return sent._replace(header=known.header)
        seen_head = self._head_at(short.seen_at)
        if seen_head is None:
            raise Problem("head_unknown", fault="head")
        if short.roster_at > roster.index:
            raise Problem("roster_unknown")
        company, roster_head = self.asked.company, roster.hash_at(short.roster_at)
        header = written_out(
            short, company, self.stream, device, end.hash, seen_head, roster_head, *hashes
        )  # fmt: skip
        return sent._replace(header=header)

    def commit(self) -> Pushed:
        """Write what was taken."""
        asked, stream = self.asked, self.stream
        row = self.row
        if self.batches:
            size = weight(self.batches)
            asked.room_for(size)
            asked.tx.add_batches(asked.company, stream, self.batches, self.keys)
            chain = self.chain
            asked.tx.move_stream(asked.company, stream, chain.position, chain.head, self.receipt_ms, size)
            for device in {batch.device for batch in self.batches}:
                asked.tx.put_end(asked.company, stream, device, chain.end(device))
            row = row._replace(position=chain.position, head=chain.head, receipt_ms=self.receipt_ms)
        return Pushed(tuple(self.receipts), asked.said(row))

    def _meet(self, device: bytes) -> None:
        """Read where a device's own chain ends: of all others' nothing needs to be known."""
        if device not in self._met:
            self._met.add(device)
            end = self.asked.tx.end(self.asked.company, self.stream, device)
            if end is not None:
                known = self.chain
                self.chain = Chain(
                    known.company, known.stream, known.position, known.head, known.receipt_ms,
                    {**known.ends, device: end},
                )  # fmt: skip

    def _again(self, header: Header, sent: SentBatch) -> None:
        """A batch that was sent before: the same receipt again, or a refusal if it is another one."""
        known = self._known(header.device, header.sequence)
        if known is None or known.header != sent.header:
            raise Problem("sequence_reused")
        if known.body is None and known.position >= self.row.whole_from:
            fill(self.asked, self.stream, known, header, sent, self.roster)
        self.receipts.append(Receipt(known.sequence, known.position, known.receipt_ms))

    def _known(self, device: bytes, sequence: int) -> BatchRow | None:
        for batch in self.batches:
            if (batch.device, batch.sequence) == (device, sequence):
                return batch
        return self.asked.tx.batch_of(self.asked.company, self.stream, device, sequence)

    def _admit(self, header: Header) -> Cited:
        end = self.chain.end(header.device)
        try:
            return chains.admit(self.chain, header, self.roster, self._head_at)
        except Conflict:
            raise Problem("roster_unknown") from None
        except StreamFault as fault:
            if fault.fault == "head" and header.seen_at >= end.seen_at:
                raise Problem("head_unknown", fault="head") from None
            name = "epoch_old" if fault.fault == "epoch" else "batch_refused"
            raise Problem(name, fault=fault.fault) from None

    def _head_at(self, position: int) -> bytes | None:
        if position not in self._heads:
            tx, company = self.asked.tx, self.asked.company
            known = (
                tx.head_at(company, self.stream, position)
                if position
                else chains.origin(company, self.stream)
            )
            if known is None:
                return None
            self._heads[position] = known
        return self._heads[position]


def push(asked: Asked, request: Push) -> Pushed:
    """All batches before the first refused one are taken; the refusal is said only where there is none."""
    intake = Intake(asked, Stream(request.book, request.tier))
    for sent in request.batches:
        try:
            intake.take(intake.written_out(sent))
        except Problem:
            if not intake.receipts:
                raise
            break
    return intake.commit()


def parsed(data: bytes) -> Header:
    """The header of its bytes. Raises Problem."""
    try:
        return chains.parse(data)
    except Damaged:
        raise Problem("batch_refused", fault="form") from None


def whole(header: Header, sent: SentBatch | HandedBatch, roster: Roster) -> None:
    """Raise Problem unless body and subject keys are those that the header was signed for."""
    if chains.body_hash(sent.body) != header.body_hash:
        raise Problem("batch_refused", fault="body")
    if chains.keys_hash([(key.record, key.hash) for key in sent.keys]) != header.keys_hash:
        raise Problem("batch_refused", fault="keys")
    erased = roster.facts.erased
    for key in sent.keys:
        if sha256(key.sealed) != key.hash and (key.sealed or key.record not in erased):
            raise Problem("batch_refused", fault="keys")


def key_rows(position: int, keys: Sequence[SubjectKey], roster: Roster) -> list[KeyRow]:
    """The keys beside a batch; those of erased records are not kept."""
    erased = roster.facts.erased
    return [
        KeyRow(position, nth, key.record, key.hash, b"" if key.record in erased else key.sealed)
        for nth, key in enumerate(keys)
    ]


def fill(
    asked: Asked,
    stream: Stream,
    known: BatchRow,
    header: Header,
    sent: SentBatch | HandedBatch,
    roster: Roster,
) -> None:
    """Give a batch, of which a restored server knows the header only, its body and keys. Raises Problem."""
    whole(header, sent, roster)
    keys = key_rows(known.position, sent.keys, roster)
    asked.room_for(len(sent.body))
    asked.tx.fill_batch(asked.company, stream, known.position, sent.body, keys)


def weight(batches: Sequence[BatchRow]) -> int:
    """Bytes that count for the quota."""
    return sum(len(batch.header) + len(batch.body or b"") + KEY_WEIGHT * batch.key_count for batch in batches)


# ---- out


def pull(asked: Asked, request: Pull) -> Pulled:
    stream = Stream(request.book, request.tier)
    asked.held(stream)
    row = asked.tx.stream(asked.company, stream)
    if row is None:
        raise Problem("no_access")
    own = b"" if request.with_own else asked.device
    rows: list[BatchRow] = []
    size = 0
    for batch in asked.tx.batches(asked.company, stream, request.after, MOST_ROWS, own):
        if batch.body is None and batch.device != own and batch.position >= row.whole_from:
            if not rows:
                raise Problem("body_awaited", 30_000)
            break
        size += len(batch.header) + len(batch.body or b"") + 100
        size += 0 if batch.device == own else KEY_BYTES * batch.key_count
        if rows and size > request.most_bytes:
            break
        rows.append(batch)
    return Pulled(_handed(asked, stream, rows, own), asked.said(row), row.whole_from)


def _handed(asked: Asked, stream: Stream, rows: Sequence[BatchRow], own: bytes) -> tuple[HandedBatch, ...]:
    beside: dict[int, list[SubjectKey]] = {}
    if any(row.key_count and row.device != own for row in rows):
        for key in asked.tx.keys(asked.company, stream, rows[0].position, rows[-1].position):
            beside.setdefault(key.position, []).append(SubjectKey(key.record, key.hash, key.sealed))
    return tuple(
        HandedBatch(
            row.header,
            row.signature,
            row.receipt_ms,
            row.body or b"",
            tuple(beside.get(row.position, ())) if row.device != own else (),
        )
        for row in rows
    )


def fetch_heads(asked: Asked, request: FetchHeads) -> Heads:
    return Heads(asked.row().length, tuple(asked.said(row) for row in _held(asked)), len(waiting(asked)))


def look(asked: Asked, request: Await) -> News:
    """What stands elsewhere than the asker knows it; the waiting itself is the shell's."""
    known = {(one.book, one.tier): one.position for one in request.known}
    moved = tuple(
        Position(*row.stream, row.position)
        for row in _held(asked)
        if known.get(row.stream, 0) != row.position
    )
    return News(moved, asked.row().length, len(waiting(asked)))


def is_news(request: Await, news: News) -> bool:
    """Whether an answer to `Await` says anything that its asker did not know."""
    return bool(news.positions) or (news.roster_length, news.knocks) != (
        request.roster_length,
        request.knocks,
    )


def _held(asked: Asked) -> list[StreamRow]:
    standing, now_ms = asked.standing(), asked.now_ms
    return [row for row in asked.tx.streams(asked.company) if standing.holds(row.stream, now_ms)]


def end_of(header: Header, header_hash: bytes, roster: Roster) -> End:
    """Where a device's chain ends with this header."""
    return End(header.sequence, header_hash, *chains.cited(header, roster))
