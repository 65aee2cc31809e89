"""The door's side for other devices: what waits to be sent, what arrives, keys, the roster, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from app.crypto.keys import SecretKey
from app.gateway.receiving import Ingested, Outgoing
from app.model.chain import Chain, Header, SignedHead
from app.model.change import Step
from app.model.roster import Roster
from app.model.statements import Body, Signed, Stream

if TYPE_CHECKING:
    from app.gateway.session import Session


class Followed(NamedTuple):
    """One batch in the server's order, checked by model.chain.follow and opened."""

    position: int
    header: Header
    receipt_ms: int
    steps: tuple[Step, ...]
    """Empty for own batches, which are taken from the journal, and for void ones."""
    keys: Mapping[bytes, bytes]
    """Record → its subject keys, one behind the other."""
    void: str = ""
    """Why it has no effect for anybody: a fault of its author alone."""
    own: bool = False
    handed: bytes = b""
    """What the server handed out, as it was, kept until it is backed up (`handed_after`)."""


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
    beside it and are not part of the state hash.
    """

    data: bytes
    key: bytes


class Syncing:
    """What sync.client uses of an open book; reached as `session.sync`. Callable from any one thread at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # ---- who we are

    @property
    def company(self) -> bytes:
        """The company's identity: the hash of the roster's first statement (32 bytes)."""
        return self.roster.company

    @property
    def device(self) -> bytes:
        """This device's id."""
        raise NotImplementedError

    @property
    def roster(self) -> Roster:
        """The validated roster as far as it was fetched."""
        raise NotImplementedError

    def sign(self, purpose: str, message: bytes) -> bytes:
        """This device's signature."""
        raise NotImplementedError

    def statement(self, body: Body, command: str) -> Signed:
        """The next statement of the roster, signed. The policy is asked, an audit row written.

        It follows the present head and is not stored: it counts once the server has it and it was fetched with
        `take_statements`. Raises what Roster.draft raises, before anything is signed.
        """
        raise NotImplementedError

    def take_statements(self, signed: Sequence[Signed]) -> None:
        """Take in the statements that follow ours: validated, stored; keys that they bring are opened, rights
        renewed. Those that we have already are skipped. Raises Damaged where they do not go on from ours."""
        raise NotImplementedError

    # ---- streams and keys

    def streams(self) -> tuple[Stream, ...]:
        """Those that our member may have and whose key we hold."""
        raise NotImplementedError

    def key(self, stream: Stream, epoch: int) -> SecretKey:
        """A stream's key of one epoch. Raises NotFound."""
        raise NotImplementedError

    def chain(self, stream: Stream) -> Chain:
        """How far the stream was followed, and where each device's own chain ends."""
        raise NotImplementedError

    def head_at(self, stream: Stream, position: int) -> bytes | None:
        """The head at a position of our chain; None below a snapshot."""
        raise NotImplementedError

    def said(self, stream: Stream) -> SignedHead | None:
        """The last head that the server has signed for us."""
        raise NotImplementedError

    def last_step(self, stream: Stream, device: bytes) -> int:
        """The highest step number of a device that a batch of this stream has brought, void ones not counted; 0 for
        none. The same on everybody who has followed as far (soundness.sound)."""
        raise NotImplementedError

    # ---- sending

    def unsealed(self, stream: Stream, most_changes: int = 256) -> list[Outgoing]:
        """The next steps to be sealed, oldest first, as many as one batch takes."""
        raise NotImplementedError

    def seal(self, batch: SealedBatch) -> None:
        """Commit a batch's bytes: from now on exactly these are sent. Its steps count as sealed."""
        raise NotImplementedError

    def sealed(self, stream: Stream, most: int = 64) -> list[SealedBatch]:
        """Batches that the server has not yet accepted, in order."""
        raise NotImplementedError

    def accepted(self, stream: Stream, receipts: Mapping[int, tuple[int, int]]) -> None:
        """The server has these: sequence → (position, receipt ms)."""
        raise NotImplementedError

    def sealed_after(self, stream: Stream, position: int) -> list[SealedBatch]:
        """Accepted batches above a position, kept until backed up, for a restored server."""
        raise NotImplementedError

    def handed_after(self, stream: Stream, position: int, most: int = 64) -> list[tuple[int, bytes]]:
        """Position and bytes (`Followed.handed`) of others' batches above a position, oldest first."""
        raise NotImplementedError

    def kept(self, stream: Stream, position: int) -> None:
        """The server has everything up to here in a backup: sealed bytes up to there are forgotten."""
        raise NotImplementedError

    def waiting(self) -> dict[Stream, int]:
        """Steps of ours that no server has, per stream."""
        raise NotImplementedError

    # ---- receiving

    def follow(
        self,
        stream: Stream,
        chain: Chain,
        said: SignedHead | None,
        items: Sequence[Followed],
        heads: Sequence[tuple[int, bytes]],
    ) -> Ingested:
        """Take in batches in their order, all or nothing: chain, heads, journal, rows, quarantine, search."""
        raise NotImplementedError

    def halt(self, stream: Stream, fault: str, position: int, evidence: bytes) -> None:
        """Stop this stream and keep the evidence; nothing of what we have changes."""
        raise NotImplementedError

    def halts(self) -> list[Halt]:
        """Streams that stand still, and why."""
        raise NotImplementedError

    def resume(self, stream: Stream) -> None:
        """Let a stream go on; the evidence stays."""
        raise NotImplementedError

    # ---- state

    def state_hash(self, stream: Stream) -> bytes:
        """Of confirmed state alone: equal on every device that has followed the stream as far as we have."""
        raise NotImplementedError

    def snapshot(self, stream: Stream) -> Iterator[SnapshotRecord]:
        """The stream's confirmed state, record by record, from which a fresh device can be built.

        It reads one moment: the chain at that moment is the first record's business (`chain(stream)` is asked within
        the same `session.sync.at_one_moment()`)."""
        raise NotImplementedError

    def take_snapshot(
        self, stream: Stream, chain: Chain, said: SignedHead | None, records: Iterable[SnapshotRecord]
    ) -> Ingested:
        """Replace the stream's confirmed state, all or nothing, and replay our pending steps over it."""
        raise NotImplementedError

    # ---- facts of this vault

    def fact(self, name: str, default: Any = None) -> Any:
        """A value that the vault keeps for the company's connection, encrypted with it."""
        raise NotImplementedError

    def put_fact(self, name: str, value: Any) -> None:
        """Keep such a value; None forgets it."""
        raise NotImplementedError
