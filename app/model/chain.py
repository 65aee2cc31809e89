"""Batch chains: what a clear header says, how heads follow from headers, and what everybody checks of them.

Pure rules for both sides: the server admits a batch by them, and every client checks them again. Nothing here
seals or opens; a body is known by its hash alone, so that it can be removed while the chain still verifies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

from app.errors import Damaged
from app.i18n import N_, _
from app.model import heads
from app.model.change import MOST_CHANGES
from app.model.encoding import canonical, decode_canonical
from app.model.heads import hashed as _hash
from app.model.roster import Roster
from app.model.shape import Count, Hash, Id16, Size, Time, read
from app.model.statements import Stream, Tier, Verify

VERSION = 1
SUITE = 1
"""AES-256-GCM, Ed25519, SHA-256, zstd, Padmé; another suite gets another number."""

BATCH_PURPOSE = "batch"
HEAD_PURPOSE = heads.HEAD_PURPOSE
MOST_BODY_BYTES = 96 * 1024
"""A sealed body: up to 64 KiB of packed steps, padding, nonce and tag; with room."""
MOST_OPENED_BYTES = 1 << 20

HeadAt = Callable[[int], bytes | None]
"""Position → the head there on one's own chain; None where it is not known any more."""


class Header(NamedTuple):
    """The clear part of a batch; its bytes are also the sealed body's additional data."""

    version: Annotated[int, Size(VERSION, VERSION)]
    suite: Annotated[int, Size(SUITE, SUITE)]
    company: Hash
    book: Id16
    tier: Tier
    epoch: Annotated[int, Size(1, 2**53)]
    device: Id16
    sequence: Annotated[int, Size(1, 2**53)]
    """Counts the device's batches in this stream, from 1."""
    previous: Hash
    """Hash of the device's previous header in this stream; the stream's origin for the first."""
    seen_at: Count
    """Position of the last head that the author had seen in this stream when sealing."""
    seen_head: Hash
    roster_at: Count
    roster_head: Hash
    breaking: Count
    additive: Count
    packing: Count
    """Id of the shipped compression dictionary; 0 for none."""
    changes: Annotated[int, Size(1, MOST_CHANGES)]
    body_hash: Hash
    keys_hash: Hash
    """Of the subject keys that go beside the body, so that none is left out unnoticed and one may be erased."""

    @property
    def stream(self) -> Stream:
        return Stream(self.book, self.tier)


class Delivered(NamedTuple):
    """A batch's header as the server hands it out."""

    data: bytes
    signature: bytes
    receipt_ms: Annotated[int, Size(0, 2**53)]


class SignedHead(NamedTuple):
    """What the server says and signs of a stream."""

    company: Hash
    book: Id16
    tier: Tier
    position: Count
    head: Hash
    receipt_ms: Time


Fault = Literal["foreign", "form", "signature", "author", "gap", "previous", "roster", "head", "epoch", "time",
                "body", "fork", "older", "missing", "withheld"]  # fmt: skip

FAULTS: Mapping[Fault, str] = {
    "foreign": N_("The server handed out a batch of another company or book."),
    "form": N_("The server let through a batch whose header is malformed."),
    "signature": N_("The server let through a batch whose signature does not hold."),
    "author": N_("The server let through a batch of a device that the company does not know."),
    "gap": N_("The server left out or repeated a batch of a device."),
    "previous": N_("A device's batches do not follow from each other."),
    "roster": N_(
        "A batch cites another list of members than ours, or an older one than its author did before."
    ),
    "head": N_("A batch's author has seen another history than ours."),
    "epoch": N_("A batch is sealed with a key that was not in force."),
    "time": N_("The server's times of receipt went back."),
    "body": N_("The content of a batch was altered."),
    "fork": N_("The server shows another history than before."),
    "older": N_("The server answered with an older state than it had shown before."),
    "missing": N_("The server no longer has a batch that it had confirmed to us."),
    "withheld": N_(
        "The server had kept back a statement about the members: batches were taken in that it takes the right from."
    ),
}


class StreamFault(Damaged):
    """Something that the server must have let through. Stops this stream only; what we have stays as it is.

    `position` is the place in the order at which it came to light; whoever catches this keeps the evidence.
    """

    code = "stream_fault"

    def __init__(self, fault: Fault, stream: Stream, position: int) -> None:
        super().__init__(_(FAULTS[fault]))
        self.fault, self.stream, self.position = fault, stream, position


class Cited(NamedTuple):
    """What a header's citations count as: the index in our roster, and the position in our order."""

    roster_at: int
    seen_at: int


class End(NamedTuple):
    """Where one device's own chain in a stream ends, and the latest that its headers have cited (`cited`)."""

    sequence: int
    hash: bytes
    roster_at: int
    seen_at: int


@dataclass(frozen=True, slots=True)
class Chain:
    """What somebody knows of one stream. Never altered; following a batch makes the next one."""

    company: bytes
    stream: Stream
    position: int = 0
    head: bytes = b""
    receipt_ms: int = 0
    ends: Mapping[bytes, End] = field(default_factory=dict)

    @classmethod
    def start(cls, company: bytes, stream: Stream) -> Chain:
        """The chain before its first batch."""
        return cls(company, stream, head=origin(company, stream))

    def end(self, device: bytes) -> End:
        """Where a device's chain ends; at the origin for one that has sent nothing."""
        return self.ends.get(device) or End(0, origin(self.company, self.stream), 0, 0)


# ---- bytes and hashes

origin = heads.origin
next_head = heads.next_head


def write(header: Header) -> bytes:
    """The header's bytes."""
    return canonical(tuple(header))


def parse(data: bytes) -> Header:
    """The header of its bytes. Raises Damaged for whatever `write` would not have written."""
    return read(Header, decode_canonical(data))


def hash_of(data: bytes) -> bytes:
    """What a header is known by: signed by its author, named by the device's next header."""
    return _hash(b"provender batch header", data)


def body_hash(sealed: bytes) -> bytes:
    """What the header says of the sealed body."""
    return _hash(b"provender batch body", sealed)


def keys_hash(keys: Iterable[tuple[bytes, bytes]]) -> bytes:
    """What the header says of the subject keys beside the body: (record, hash of the sealed key), in their order."""
    return _hash(b"provender batch keys", canonical(list(keys)))


def head_message(head: SignedHead) -> bytes:
    """What the server signs of a stream."""
    return heads.message(head.company, Stream(head.book, head.tier), *head[3:])


# ---- checking


def cited(header: Header, roster: Roster) -> Cited:
    """What a header's citations count as. On a branch that was lost with a server and joined later
    (statements.BranchesJoined), they count as the place where that branch parted from ours."""
    facts = roster.facts
    lost = facts.lost_heads.get(header.stream, {})
    return Cited(
        facts.lost_statements.get((header.roster_at, header.roster_head), header.roster_at),
        lost.get((header.seen_at, header.seen_head), header.seen_at),
    )


def admit(chain: Chain, header: Header, roster: Roster, head_at: HeadAt) -> Cited:
    """Raise StreamFault unless a header may come next: what server and clients check alike.

    `roster` must reach the index that the header cites: fetch it first (Conflict otherwise). A `head_at` that
    is not known any more, below a snapshot, is not checked.
    """

    def require(holds: bool, fault: Fault) -> None:
        if not holds:
            raise StreamFault(fault, chain.stream, chain.position + 1)

    end = chain.end(header.device)
    require((header.company, header.stream) == (chain.company, chain.stream), "foreign")
    require(header.sequence == end.sequence + 1, "gap")
    require(header.previous == end.hash, "previous")
    counts = cited(header, roster)
    require(counts.roster_at >= end.roster_at, "roster")
    known_there = counts.roster_at != header.roster_at
    require(known_there or header.roster_head == roster.hash_at(header.roster_at), "roster")
    require(end.seen_at <= counts.seen_at <= chain.position, "head")
    if counts.seen_at == header.seen_at:
        known = chain.head if header.seen_at == chain.position else head_at(header.seen_at)
        require(known is None or header.seen_head == known, "head")
    facts = roster.facts_at(counts.roster_at)
    require(header.device in facts.devices, "author")
    # Only the roster raises the schema: otherwise one member's program could make everybody wait for an update.
    require(header.breaking <= facts.breaking, "form")
    epoch = facts.epochs.get(chain.stream)
    # Under the index that it cites, a stream that was due for rotation had no key that might still be used.
    in_force = epoch is not None and chain.stream not in facts.rotation_due
    require(in_force and epoch is not None and header.epoch == epoch.number, "epoch")
    return counts


def follow(
    chain: Chain, delivered: Delivered, roster: Roster, head_at: HeadAt, verify: Verify
) -> tuple[Chain, Header]:
    """The chain after one more batch, with its header. Raises StreamFault; then the chain stays as it is."""
    position = chain.position + 1
    try:
        header = parse(delivered.data)
    except Damaged as error:
        raise StreamFault("form", chain.stream, position) from error
    counts = admit(chain, header, roster, head_at)
    hash_ = hash_of(delivered.data)
    try:
        verify(roster.facts.devices[header.device].signing, BATCH_PURPOSE, hash_, delivered.signature)
    except Damaged as error:
        raise StreamFault("signature", chain.stream, position) from error
    if delivered.receipt_ms < chain.receipt_ms:
        raise StreamFault("time", chain.stream, position)
    return advanced(chain, header, hash_, delivered.receipt_ms, counts), header


def advanced(
    chain: Chain, header: Header, header_hash: bytes, receipt_ms: int, counts: Cited | None = None
) -> Chain:
    """The chain with a batch at its end that was admitted; `counts` is what `admit` returned."""
    end = End(header.sequence, header_hash, *(counts or (header.roster_at, header.seen_at)))
    # Not `replace`, which takes longer than all the rest: this runs for every batch of a company's life.
    return Chain(
        chain.company,
        chain.stream,
        chain.position + 1,
        next_head(chain.head, header_hash, receipt_ms),
        receipt_ms,
        {**chain.ends, header.device: end},
    )


def whole_body(header: Header, sealed: bytes, position: int) -> None:
    """Raise StreamFault unless this is the body that the header was signed for."""
    if len(sealed) > MOST_BODY_BYTES or body_hash(sealed) != header.body_hash:
        raise StreamFault("body", header.stream, position)


def grows(
    known: SignedHead | None, said: SignedHead, server: bytes, signature: bytes, verify: Verify
) -> None:
    """Raise StreamFault unless what the server now signs of a stream goes on from what it signed before."""
    stream = Stream(said.book, said.tier)
    try:
        verify(server, HEAD_PURPOSE, head_message(said), signature)
    except Damaged as error:
        raise StreamFault("signature", stream, said.position) from error
    if known is None:
        return
    if known[:3] != said[:3]:
        raise StreamFault("foreign", stream, said.position)
    if said.position < known.position:
        raise StreamFault("older", stream, said.position)
    if said.position == known.position and said.head != known.head:
        raise StreamFault("fork", stream, said.position)
    if said.receipt_ms < known.receipt_ms:
        raise StreamFault("time", stream, said.position)


def arrived(chain: Chain, said: SignedHead) -> None:
    """Raise StreamFault unless a chain that was followed up to a signed head has come to that head."""
    if chain.position != said.position:
        raise StreamFault("older" if chain.position > said.position else "gap", chain.stream, said.position)
    if chain.head != said.head:
        raise StreamFault("fork", chain.stream, said.position)


def holds_own(chain: Chain, device: bytes, acknowledged: int, at: int) -> None:
    """Raise StreamFault if our own batch, acknowledged at a position, is not there though we have come past it."""
    if chain.position >= at and chain.end(device).sequence < acknowledged:
        raise StreamFault("missing", chain.stream, at)
