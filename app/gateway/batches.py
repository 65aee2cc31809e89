"""What passes between the open book and the engine: steps to be sealed, sealed batches, batches in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.access.ingest import Quarantine
from app.model.chain import Chain, Header
from app.model.change import Step
from app.model.statements import Stream


class Outgoing(NamedTuple):
    """A step of ours that was never sealed, with the keys that its personal values need."""

    step: Step
    keys: Mapping[bytes, bytes]
    body: bytes = b""
    """The step as it is written, where that is at hand."""


class SealedBatch(NamedTuple):
    """A batch of ours, repeated byte for byte until it is acknowledged, and kept until it is backed up."""

    stream: Stream
    sequence: int
    header: bytes
    signature: bytes
    body: bytes
    keys: tuple[tuple[bytes, bytes, bytes], ...]
    """Record, hash of the sealed key, sealed key."""
    steps: tuple[int, ...]
    """Numbers of our steps in it."""
    position: int = 0
    """Where it stands in the order; 0 while the server has not said so."""
    receipt_ms: int = 0


class Followed(NamedTuple):
    """One batch in the server's order, checked by model.chain.follow and opened."""

    position: int
    header: Header
    receipt_ms: int
    steps: tuple[Step, ...]
    """Empty for void ones, and for own batches where they are to be taken from the journal."""
    keys: Mapping[bytes, bytes]
    """Record → its subject keys, one behind the other."""
    void: str = ""
    """Why it has no effect for anybody: a fault of its author alone."""
    own: bool = False
    handed: bytes = b""
    """What the server handed out, as it was, kept until it is backed up (`handed_after`)."""
    bodies: tuple[bytes, ...] = ()
    """The steps as they are written; empty where they are to be written anew."""


@dataclass(slots=True)
class Ingested:
    """What taking in some batches did."""

    changes: int = 0
    """How much was taken in: what all headers state, or the records of a snapshot."""
    applied: int = 0
    """Steps of others that have effect."""
    confirmed: int = 0
    """Steps of ours that have found their place."""
    conflicts: int = 0
    """Records that have more fields to decide about than before."""
    quarantined: list[tuple[Step, Quarantine]] = field(default_factory=list)
    """Steps without effect, ours among them."""
    void: list[tuple[bytes, int]] = field(default_factory=list)
    """Device and position of batches of which their author's program made nonsense: to be told to managers."""
    kinds: set[str] = field(default_factory=set)


class Halt(NamedTuple):
    """Why a stream stands still: something that the server must have let through."""

    stream: Stream
    fault: str
    position: int
    at_ms: int
    evidence: bytes = b""


class SnapshotRecord(NamedTuple):
    """One record of a snapshot, as bytes that are the same on every device.

    `data` is canonical, personal values sealed as in the log; `key` are the record's subject keys, which travel
    beside it and are no part of the state hash.
    """

    data: bytes
    key: bytes


@dataclass(slots=True)
class Snapshot:
    """The confirmed state of one stream at one moment. `steps`: the last step number of each device in it."""

    chain: Chain
    steps: Mapping[bytes, int]
    records: Iterator[SnapshotRecord]
    state_hash: Callable[[], bytes]
    """Of the records that were read so far: to be asked after the last."""
