"""The statements of which a company's roster consists, and their bytes.

A statement holds only ids, rights, keys and hashes; the server reads it. It travels as canonical MessagePack:
`[format, previous hash, index, author's device, author's time, kind, {body}]`, beside an Ed25519 signature
over its hash. Whoever adds a kind raises nothing: a program that does not know a kind stops and asks for an
update, since it could not tell what the statement allows or takes away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, NamedTuple

from app.errors import Damaged, Outdated
from app.i18n import _
from app.model.encoding import canonical, decode_canonical
from app.model.shape import Count, Hash, Id16, Size, Time, read

FORMAT = 1
PURPOSE = "roster statement"
"""What a signature on a statement is for (crypto.identity frames it)."""
HASH_DOMAIN = b"provender roster statement\x00"
NOTHING = b""
"""What the first statement names as the one before it."""
MOST_BYTES = 1 << 20
"""Room for one epoch's wraps to 800 devices."""

Sign = Callable[[str, bytes], bytes]
"""(purpose, message) → signature, as DeviceKeys.sign."""
Verify = Callable[[bytes, str, bytes, bytes], None]
"""(signing key, purpose, message, signature); raises unless it holds, as crypto.identity.verify."""

Tier = Annotated[int, Size(0, 1)]
Key = Annotated[bytes, Size(32, 4096)]
Sealed = Annotated[bytes, Size(1, 4096)]
Role = Annotated[str, Size(1, 20)]

ROLES = ("owner", "manager", "rep", "clerk", "auditor", "it")


class Stream(NamedTuple):
    """One tier of one book: what has an order, a key and a head of its own."""

    book: Id16
    tier: Tier


class Wrap(NamedTuple):
    """A stream's key of one epoch, wrapped for one device. Only the device can tell whether it opens."""

    book: Id16
    tier: Tier
    epoch: Count
    device: Id16
    sealed: Sealed

    @property
    def stream(self) -> Stream:
        return Stream(self.book, self.tier)


class Last(NamedTuple):
    """The last sequence of a device that was accepted in a stream; 0 for none."""

    device: Id16
    book: Id16
    tier: Tier
    sequence: Count

    @property
    def stream(self) -> Stream:
        return Stream(self.book, self.tier)


class Lost(NamedTuple):
    """A batch of a branch that does not go on: its header's hash, and when the server had received it there."""

    header_hash: Hash
    receipt_ms: Annotated[int, Size(0, 2**53)]


class LostStatement(NamedTuple):
    """A statement of a roster's branch that does not go on: its index and hash."""

    at: Count
    hash: Hash


Lasts = tuple[Last, ...]
Wraps = tuple[Wrap, ...]


class Body:
    """What a statement says. `until_ms` of a grant is 0 where it does not end by itself."""

    __slots__ = ()
    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class CompanyFounded(Body):
    """The first statement; its hash is the company's identity. Signed by the device that it names."""

    kind: ClassVar[str] = "company.founded"
    member: Id16
    device: Id16
    signing: Key
    sealing: Key
    company_book: Id16
    first_book: Id16
    server: Key | None = None
    breaking: Count = 1
    rules: Count = 1


@dataclass(frozen=True, slots=True)
class ServerNamed(Body):
    """The key with which the company's server signs heads, from now on."""

    kind: ClassVar[str] = "server.named"
    key: Key


@dataclass(frozen=True, slots=True)
class MemberAdded(Body):
    kind: ClassVar[str] = "member.added"
    member: Id16
    role: Role
    until_ms: Count = 0


@dataclass(frozen=True, slots=True)
class MemberRemoved(Body):
    """All rights and all devices of a member end. Also said by somebody who leaves."""

    kind: ClassVar[str] = "member.removed"
    member: Id16
    last: Lasts


@dataclass(frozen=True, slots=True)
class RoleGiven(Body):
    kind: ClassVar[str] = "role.given"
    member: Id16
    role: Role
    until_ms: Count = 0


@dataclass(frozen=True, slots=True)
class RoleTaken(Body):
    kind: ClassVar[str] = "role.taken"
    member: Id16
    role: Role
    last: Lasts


@dataclass(frozen=True, slots=True)
class BookMade(Body):
    """A new, empty book; whoever makes it has access to both tiers, so that somebody can hold its keys."""

    kind: ClassVar[str] = "book.made"
    book: Id16


@dataclass(frozen=True, slots=True)
class AccessGiven(Body):
    kind: ClassVar[str] = "access.given"
    member: Id16
    book: Id16
    tier: Tier
    until_ms: Count = 0
    wraps: Wraps = ()


@dataclass(frozen=True, slots=True)
class AccessTaken(Body):
    """Access to a stream ends; with the field tier goes the office tier."""

    kind: ClassVar[str] = "access.taken"
    member: Id16
    book: Id16
    tier: Tier
    last: Lasts


@dataclass(frozen=True, slots=True)
class DeviceCertified(Body):
    """A device of a member, with its public keys. `replaces` names one that ends at once."""

    kind: ClassVar[str] = "device.certified"
    device: Id16
    member: Id16
    signing: Key
    sealing: Key
    wraps: Wraps = ()
    replaces: Id16 | None = None
    last: Lasts = ()


@dataclass(frozen=True, slots=True)
class DeviceRevoked(Body):
    kind: ClassVar[str] = "device.revoked"
    device: Id16
    last: Lasts


@dataclass(frozen=True, slots=True)
class EpochBegun(Body):
    """A new key of a stream: what commits to it, its wraps for all who may have it, the old key under it."""

    kind: ClassVar[str] = "epoch.begun"
    book: Id16
    tier: Tier
    number: Count
    commitment: Hash
    wraps: Wraps
    old: Annotated[bytes, Size(0, 4096)] = b""


@dataclass(frozen=True, slots=True)
class PolicySet(Body):
    """One of the company's own policies or limits (lease, idle lock, Cedar text); empty to withdraw it."""

    kind: ClassVar[str] = "policy.set"
    name: Annotated[str, Size(1, 60)]
    text: Annotated[str, Size(0, 65_536)]


@dataclass(frozen=True, slots=True)
class FactorReset(Body):
    """A member's further sign-in factors are void and must be set up anew."""

    kind: ClassVar[str] = "factor.reset"
    member: Id16


@dataclass(frozen=True, slots=True)
class RecordErased(Body):
    """Personal values of these records are void for ever."""

    kind: ClassVar[str] = "record.erased"
    records: Annotated[tuple[Id16, ...], Size(1, 1000)]


@dataclass(frozen=True, slots=True)
class SchemaRaised(Body):
    """From now on records may be written in a breaking schema, and are judged by newer ingest rules."""

    kind: ClassVar[str] = "schema.raised"
    breaking: Count
    rules: Count


@dataclass(frozen=True, slots=True)
class BranchesJoined(Body):
    """An incarnation: a restored server went on from an older state, and both branches of a stream become one.

    They parted after `position`, whose head is `head`; the stream goes on from `winning`, its head at `winning_at`.
    `lost` are the batches of the other branch in their order. From now on they may be pushed again byte for byte,
    by whoever has them, and what they cite of their own branch counts as the place where it parted. Where the
    roster has parted as well, after `roster_at`, `statements` names those that were lost; what they gave or took is
    said anew by somebody who may, and who cites them is judged as at `roster_at`.

    An owner says it first, be it without having seen anything that was lost. Then others may, of branches that had
    parted by then, with the server's own signature on the last lost head (its receipt being that of the last batch).
    """

    kind: ClassVar[str] = "branches.joined"
    book: Id16
    tier: Tier
    position: Count
    head: Hash
    winning_at: Count
    winning: Hash
    lost: Annotated[tuple[Lost, ...], Size(0, 20_000)] = ()
    roster_at: Count = 0
    statements: Annotated[tuple[LostStatement, ...], Size(0, 5_000)] = ()
    signature: Annotated[bytes, Size(0, 64)] = b""


KINDS: dict[str, type[Body]] = {
    cls.kind: cls
    for cls in (
        CompanyFounded, ServerNamed, MemberAdded, MemberRemoved, RoleGiven, RoleTaken, BookMade, AccessGiven,
        AccessTaken, DeviceCertified, DeviceRevoked, EpochBegun, PolicySet, FactorReset, RecordErased,
        SchemaRaised, BranchesJoined,
    )
}  # fmt: skip


class Statement(NamedTuple):
    """One entry of the roster. `time_ms` is the author's plain clock; nothing is decided by it."""

    previous: bytes
    at: int
    device: bytes
    time_ms: int
    body: Body


class Signed(NamedTuple):
    """A statement as it travels and is stored."""

    data: bytes
    signature: bytes


class _Envelope(NamedTuple):
    format: Annotated[int, Size(FORMAT, FORMAT)]
    previous: Annotated[bytes, Size(0, 32)]
    at: Count
    device: Id16
    time_ms: Time
    kind: Annotated[str, Size(1, 40)]


def write(statement: Statement) -> bytes:
    """The statement's bytes."""
    body = {part.name: getattr(statement.body, part.name) for part in fields(statement.body)}  # type: ignore[arg-type]
    return canonical((FORMAT, *statement[:4], statement.body.kind, body))


def parse(data: bytes) -> Statement:
    """The statement of its bytes. Raises Damaged for whatever `write` would not have written, or Outdated."""
    if len(data) > MOST_BYTES:
        raise Damaged(_("A statement about the company is too large. It is not believed."))
    plain: Any = decode_canonical(data)
    if not isinstance(plain, list) or len(plain) != 7 or not isinstance(plain[5], str):
        raise Damaged(_("A statement about the company cannot be read. It is not believed."))
    if plain[0] != FORMAT or plain[5] not in KINDS:
        raise Outdated(
            _("The company's members use a newer version of this program. Please update this one to go on.")
        )
    envelope = read(_Envelope, plain[:6])
    return Statement(*envelope[1:5], read(KINDS[envelope.kind], plain[6]))


def hash_of(data: bytes) -> bytes:
    """What the next statement names; of the first statement it is the company's identity."""
    return hashlib.sha256(HASH_DOMAIN + data).digest()


def signed(statement: Statement, sign: Sign) -> Signed:
    """The statement with its author's signature."""
    data = write(statement)
    return Signed(data, sign(PURPOSE, hash_of(data)))


def commitment(company: bytes, stream: Stream, epoch: int, key: bytes) -> bytes:
    """What an epoch's statement says of its key: binds it to company, stream and epoch, and tells nothing."""
    return hashlib.sha256(
        b"provender epoch key\x00" + canonical((company, stream.book, stream.tier, epoch)) + key
    ).digest()
