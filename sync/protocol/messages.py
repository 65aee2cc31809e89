"""Requests and replies between a device and the server, and the `Service` that both sides implement.

A request travels as canonical MessagePack, a map of its fields, to `/v1/<name>`; its reply likewise. NamedTuples
within them are arrays. Every request is safe to repeat. Adding a field to a released message needs a new name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from app.model.shape import Count, Hash, Id16, Size, Time
from app.model.statements import Last, Tier

PROTOCOL = 1
MOST_REQUEST_BYTES = 2 << 20
"""What a server reads of a request at most; larger ones are refused before their body is read."""
MOST_PULLED_BYTES = 1 << 20
MOST_PUSHED = 64
"""Batches in one push."""
LONGEST_WAIT_MS = 25_000
CHUNK_BYTES = 1 << 20
SESSION_MS = 10 * 60 * 1000
SESSION_PURPOSE = "session"
KEPT_PURPOSE = "backed up"
SNAPSHOT_PURPOSE = "snapshot"

Key = Annotated[bytes, Size(32, 4096)]
Signature = Annotated[bytes, Size(64, 64)]
Token = Annotated[bytes, Size(32, 32)]
SessionToken = Annotated[bytes, Size(64, 64)]
"""The company's identity, then 32 random bytes: a server finds the session without looking through all companies."""
Blob = Annotated[bytes, Size(0, 4096)]

R = TypeVar("R", bound="Reply")
R_co = TypeVar("R_co", bound="Reply", covariant=True)


class Reply:
    """What a request is answered with."""

    __slots__ = ()


class Request(Generic[R_co]):
    """What a device asks. `session`: only with a token, from which company and device follow."""

    __slots__ = ()
    name: ClassVar[str]
    reply: ClassVar[type[Reply]]
    session: ClassVar[bool] = True


# ---- parts


class SignedStatement(NamedTuple):
    """A statement of the roster."""

    data: Annotated[bytes, Size(1, 1 << 20)]
    signature: Signature


class SubjectKey(NamedTuple):
    """The sealed key of one record beside a batch. `sealed` is empty once the record was erased."""

    record: Id16
    hash: Hash
    sealed: Annotated[bytes, Size(0, 256)]


class SentBatch(NamedTuple):
    """A sealed batch as its author sends it."""

    header: Annotated[bytes, Size(1, 1024)]
    signature: Signature
    body: Annotated[bytes, Size(1, 96 * 1024)]
    keys: Annotated[tuple[SubjectKey, ...], Size(0, 256)]


class HandedBatch(NamedTuple):
    """A batch as the server hands it out, in its order. `body` is empty for the asking device's own batches, and
    where a counted snapshot stands for it."""

    header: Annotated[bytes, Size(1, 1024)]
    signature: Signature
    receipt_ms: Annotated[int, Size(0, 2**53)]
    body: Annotated[bytes, Size(0, 96 * 1024)]
    keys: Annotated[tuple[SubjectKey, ...], Size(0, 256)]


class HeadSaid(NamedTuple):
    """A stream's head with the server's signature (app.model.chain.SignedHead, HEAD_PURPOSE), and up to where the
    server has it in a backup, signed as (company, book, tier, position) for KEPT_PURPOSE."""

    book: Id16
    tier: Tier
    position: Count
    head: Hash
    receipt_ms: Time
    signature: Signature
    kept: Count
    kept_signature: Signature


class Receipt(NamedTuple):
    """Where in the order a batch of one's own stands."""

    sequence: Count
    position: Count
    receipt_ms: Annotated[int, Size(0, 2**53)]


class Link(NamedTuple):
    """What a head follows from: the hash of a header, and when the server received it."""

    header_hash: Hash
    receipt_ms: Annotated[int, Size(0, 2**53)]


class Position(NamedTuple):
    book: Id16
    tier: Tier
    position: Count


class KnockPart(NamedTuple):
    """A device that asks to be let in. `sealed` holds its name and the MAC, for those who know the invite."""

    invite: Id16
    device: Id16
    signing: Key
    sealing: Key
    sealed: Blob
    at_ms: Time


class SnapshotPart(NamedTuple):
    """A snapshot on offer: its manifest, its author's signature, and the countersignatures."""

    manifest: Annotated[bytes, Size(1, 64 * 1024)]
    signature: Signature
    device: Id16
    counters: tuple[CounterPart, ...]


class CounterPart(NamedTuple):
    device: Id16
    signature: Signature


class BeatPart(NamedTuple):
    """A device's last contact, and for one stream its position with a sealed state hash."""

    device: Id16
    at_ms: Time
    book: Id16
    tier: Tier
    position: Count
    sealed: Blob


class ContactPart(NamedTuple):
    device: Id16
    at_ms: Time


class DepositPart(NamedTuple):
    """A batch outside the order, of a device whose membership has ended."""

    device: Id16
    at_ms: Time
    batch: SentBatch


# ---- without a session


@dataclass(frozen=True, slots=True)
class Welcome(Reply):
    protocol: Count
    host: Annotated[str, Size(1, 253)]
    signing: Key
    now_ms: Time


@dataclass(frozen=True, slots=True)
class Hello(Request[Welcome]):
    """Who the server is. Asked before anything else, and to measure one's clock."""

    name: ClassVar[str] = "hello"
    reply: ClassVar[type[Reply]] = Welcome
    session: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Done(Reply):
    """It is as was asked, now or since before."""


@dataclass(frozen=True, slots=True)
class Admit(Request[Done]):
    """Make a company known, by a one-use token of the operator, with its whole roster so far."""

    name: ClassVar[str] = "admit"
    reply: ClassVar[type[Reply]] = Done
    session: ClassVar[bool] = False
    token: Token
    statements: Annotated[tuple[SignedStatement, ...], Size(1, 1000)]


@dataclass(frozen=True, slots=True)
class Challenged(Reply):
    nonce: Annotated[bytes, Size(16, 128)]


@dataclass(frozen=True, slots=True)
class Challenge(Request[Challenged]):
    """The first half of signing in."""

    name: ClassVar[str] = "challenge"
    reply: ClassVar[type[Reply]] = Challenged
    session: ClassVar[bool] = False
    company: Hash
    device: Id16


@dataclass(frozen=True, slots=True)
class SignedIn(Reply):
    token: SessionToken
    until_ms: Time


@dataclass(frozen=True, slots=True)
class SignIn(Request[SignedIn]):
    """The second half. The signature (SESSION_PURPOSE) covers `session_message`."""

    name: ClassVar[str] = "sign-in"
    reply: ClassVar[type[Reply]] = SignedIn
    session: ClassVar[bool] = False
    company: Hash
    device: Id16
    nonce: Annotated[bytes, Size(16, 128)]
    roster_at: Count
    signature: Signature


@dataclass(frozen=True, slots=True)
class Knock(Request[Done]):
    """A device asks to be let in; `token` follows from the invite's secret and is good for this one device."""

    name: ClassVar[str] = "knock"
    reply: ClassVar[type[Reply]] = Done
    session: ClassVar[bool] = False
    company: Hash
    invite: Id16
    token: Token
    device: Id16
    signing: Key
    sealing: Key
    sealed: Blob


@dataclass(frozen=True, slots=True)
class KnockState(Reply):
    """`waiting`, `certified` or `refused`."""

    state: Annotated[str, Size(1, 20)]


@dataclass(frozen=True, slots=True)
class AskKnock(Request[KnockState]):
    """Whether somebody has opened by now."""

    name: ClassVar[str] = "ask-knock"
    reply: ClassVar[type[Reply]] = KnockState
    session: ClassVar[bool] = False
    company: Hash
    invite: Id16
    token: Token


# ---- the roster


@dataclass(frozen=True, slots=True)
class RosterPart(Reply):
    """Statements from the asked index on; `length` says how many there are in all."""

    statements: tuple[SignedStatement, ...]
    length: Count


@dataclass(frozen=True, slots=True)
class FetchRoster(Request[RosterPart]):
    name: ClassVar[str] = "roster"
    reply: ClassVar[type[Reply]] = RosterPart
    start: Count


@dataclass(frozen=True, slots=True)
class Append(Request[Done]):
    """One more statement. Problem `roster_moved` where it does not follow the head; `ends_moved` where the last
    sequences that it names are not those accepted by now."""

    name: ClassVar[str] = "append"
    reply: ClassVar[type[Reply]] = Done
    statement: SignedStatement


@dataclass(frozen=True, slots=True)
class Ends(Reply):
    """The last accepted sequence of every device in every stream where it has sent something."""

    ends: tuple[Last, ...]


@dataclass(frozen=True, slots=True)
class FetchEnds(Request[Ends]):
    name: ClassVar[str] = "ends"
    reply: ClassVar[type[Reply]] = Ends


# ---- streams


@dataclass(frozen=True, slots=True)
class Heads(Reply):
    """The heads of all streams that the device's member may have."""

    roster_length: Count
    heads: tuple[HeadSaid, ...]
    knocks: Count


@dataclass(frozen=True, slots=True)
class FetchHeads(Request[Heads]):
    name: ClassVar[str] = "heads"
    reply: ClassVar[type[Reply]] = Heads


@dataclass(frozen=True, slots=True)
class Pushed(Reply):
    receipts: tuple[Receipt, ...]
    head: HeadSaid


@dataclass(frozen=True, slots=True)
class Push(Request[Pushed]):
    """Batches of one stream in their sequence. All that come before the first refused one are accepted."""

    name: ClassVar[str] = "push"
    reply: ClassVar[type[Reply]] = Pushed
    book: Id16
    tier: Tier
    batches: Annotated[tuple[SentBatch, ...], Size(1, MOST_PUSHED)]


@dataclass(frozen=True, slots=True)
class Pulled(Reply):
    """Batches after a position, as many as fit. `whole_from`: the first position whose body is still there."""

    batches: tuple[HandedBatch, ...]
    head: HeadSaid
    whole_from: Count


@dataclass(frozen=True, slots=True)
class Pull(Request[Pulled]):
    """`most_bytes` bounds what is answered, but for the first batch. `with_own`: also bodies of one's own batches,
    for a device whose vault is new."""

    name: ClassVar[str] = "pull"
    reply: ClassVar[type[Reply]] = Pulled
    book: Id16
    tier: Tier
    after: Count
    most_bytes: Annotated[int, Size(1, MOST_PULLED_BYTES)] = MOST_PULLED_BYTES
    with_own: bool = False


@dataclass(frozen=True, slots=True)
class News(Reply):
    """What stands elsewhere than where the asker knew it; all empty and equal after the wait."""

    positions: tuple[Position, ...]
    roster_length: Count
    knocks: Count


@dataclass(frozen=True, slots=True)
class Await(Request[News]):
    """Answered once anything stands elsewhere, at the latest after `wait_ms`."""

    name: ClassVar[str] = "await"
    reply: ClassVar[type[Reply]] = News
    known: tuple[Position, ...]
    roster_length: Count
    knocks: Count
    wait_ms: Annotated[int, Size(0, LONGEST_WAIT_MS)]


@dataclass(frozen=True, slots=True)
class Heal(Request[Pushed]):
    """What a restored server has lost: the batches after a position, byte for byte, with a head that it signed.

    `rest` are the links from the last of these batches to that head, so that each request proves itself however
    much was lost. A batch of somebody else may come without its body and keys, if the sender did not keep them: the
    server then knows the order again, answers pulls with `body_awaited` at that place, and takes the body from
    whoever has it, by a Heal that begins before it. Positions that it knows already must be the same."""

    name: ClassVar[str] = "heal"
    reply: ClassVar[type[Reply]] = Pushed
    book: Id16
    tier: Tier
    after: Count
    batches: Annotated[tuple[HandedBatch, ...], Size(1, MOST_PUSHED)]
    rest: Annotated[tuple[Link, ...], Size(0, 40_000)]
    head: HeadSaid


@dataclass(frozen=True, slots=True)
class Deposit(Request[Done]):
    """Batches of a device whose membership has ended, outside the order, within a quota."""

    name: ClassVar[str] = "deposit"
    reply: ClassVar[type[Reply]] = Done
    batches: Annotated[tuple[SentBatch, ...], Size(1, MOST_PUSHED)]


@dataclass(frozen=True, slots=True)
class Deposits(Reply):
    batches: tuple[DepositPart, ...]


@dataclass(frozen=True, slots=True)
class FetchDeposits(Request[Deposits]):
    name: ClassVar[str] = "deposits"
    reply: ClassVar[type[Reply]] = Deposits


@dataclass(frozen=True, slots=True)
class SettleDeposits(Request[Done]):
    """An owner or manager has decided about a device's deposits in a stream, up to a sequence: forget them."""

    name: ClassVar[str] = "settle-deposits"
    reply: ClassVar[type[Reply]] = Done
    device: Id16
    book: Id16
    tier: Tier
    sequence: Count


# ---- letting devices in


@dataclass(frozen=True, slots=True)
class Invite(Request[Done]):
    """Expect one knock. `check` is the SHA-256 of the token that it must bring."""

    name: ClassVar[str] = "invite"
    reply: ClassVar[type[Reply]] = Done
    invite: Id16
    check: Hash
    until_ms: Time


@dataclass(frozen=True, slots=True)
class Knocks(Reply):
    knocks: tuple[KnockPart, ...]


@dataclass(frozen=True, slots=True)
class FetchKnocks(Request[Knocks]):
    name: ClassVar[str] = "knocks"
    reply: ClassVar[type[Reply]] = Knocks


@dataclass(frozen=True, slots=True)
class TurnAway(Request[Done]):
    """Forget an invite, and the knock that it brought."""

    name: ClassVar[str] = "turn-away"
    reply: ClassVar[type[Reply]] = Done
    invite: Id16


# ---- objects: attachments and snapshots


@dataclass(frozen=True, slots=True)
class PutChunk(Request[Done]):
    """One chunk of a sealed object of `count` chunks. An object never changes: other bytes are refused."""

    name: ClassVar[str] = "put-chunk"
    reply: ClassVar[type[Reply]] = Done
    object: Id16
    book: Id16
    tier: Tier
    index: Count
    count: Count
    data: Annotated[bytes, Size(1, CHUNK_BYTES + 64)]


@dataclass(frozen=True, slots=True)
class Chunk(Reply):
    data: bytes


@dataclass(frozen=True, slots=True)
class GetChunk(Request[Chunk]):
    name: ClassVar[str] = "get-chunk"
    reply: ClassVar[type[Reply]] = Chunk
    object: Id16
    index: Count


@dataclass(frozen=True, slots=True)
class ObjectState(Reply):
    """Which chunks are there; `count` is 0 for an object of which nothing came yet."""

    count: Count
    there: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class AskObject(Request[ObjectState]):
    name: ClassVar[str] = "object"
    reply: ClassVar[type[Reply]] = ObjectState
    object: Id16


@dataclass(frozen=True, slots=True)
class OfferSnapshot(Request[Done]):
    """The chunks are there; this is what they are (signature for SNAPSHOT_PURPOSE over the manifest's hash)."""

    name: ClassVar[str] = "offer-snapshot"
    reply: ClassVar[type[Reply]] = Done
    manifest: Annotated[bytes, Size(1, 64 * 1024)]
    signature: Signature


@dataclass(frozen=True, slots=True)
class Countersign(Request[Done]):
    """This device has computed the same state hash at that position."""

    name: ClassVar[str] = "countersign"
    reply: ClassVar[type[Reply]] = Done
    book: Id16
    tier: Tier
    position: Count
    signature: Signature


@dataclass(frozen=True, slots=True)
class Snapshots(Reply):
    snapshots: tuple[SnapshotPart, ...]


@dataclass(frozen=True, slots=True)
class FetchSnapshots(Request[Snapshots]):
    """The newest first."""

    name: ClassVar[str] = "snapshots"
    reply: ClassVar[type[Reply]] = Snapshots
    book: Id16
    tier: Tier


# ---- heartbeats


class BeatSent(NamedTuple):
    book: Id16
    tier: Tier
    position: Count
    sealed: Blob


@dataclass(frozen=True, slots=True)
class Beat(Request[Done]):
    """I am here; these are my sealed state hashes."""

    name: ClassVar[str] = "beat"
    reply: ClassVar[type[Reply]] = Done
    streams: tuple[BeatSent, ...]


@dataclass(frozen=True, slots=True)
class Beats(Reply):
    contacts: tuple[ContactPart, ...]
    beats: tuple[BeatPart, ...]


@dataclass(frozen=True, slots=True)
class FetchBeats(Request[Beats]):
    name: ClassVar[str] = "beats"
    reply: ClassVar[type[Reply]] = Beats


REQUESTS: dict[str, type[Request[Reply]]] = {
    cls.name: cls
    for cls in (
        Hello, Admit, Challenge, SignIn, Knock, AskKnock, FetchRoster, Append, FetchEnds, FetchHeads, Push, Pull,
        Await, Heal, Deposit, FetchDeposits, SettleDeposits, Invite, FetchKnocks, TurnAway, PutChunk, GetChunk, AskObject,
        OfferSnapshot, Countersign, FetchSnapshots, Beat, FetchBeats,
    )
}  # fmt: skip


class Service(Protocol):
    """Answers requests: the server itself, the client of it over HTTPS, and the relay of the tests."""

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        """The reply. Raises Problem where the server refuses, Offline where nothing came back."""
        ...
