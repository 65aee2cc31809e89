"""What one request is answered from: the server's own parts, the transaction, who asks, and the company's roster."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from app.clock import Clock
from app.errors import AppError
from app.model.chain import HEAD_PURPOSE, SignedHead, head_message
from app.model.roster import Roster
from app.model.standing import Standing
from app.model.statements import Stream, Verify
from sync.protocol.messages import KEPT_PURPOSE, HeadSaid
from sync.protocol.problems import Problem
from sync.protocol.signed import kept_message
from sync.server.rosters import Rosters
from sync.server.storage import CompanyRow, SessionRow, StreamRow, Tx

GIB = 1 << 30
MOST_REMEMBERED = 50_000
DAY_MS = 24 * 60 * 60 * 1000


class Signer(Protocol):
    """The server's own Ed25519 key, framed as devices frame theirs."""

    @property
    def public(self) -> bytes: ...

    def sign(self, purpose: str, message: bytes) -> bytes: ...


class Nonces(Protocol):
    """Challenges: made for one device, good for a short time. `check` raises Problem."""

    def issue(self, company: bytes, device: bytes) -> bytes: ...
    def check(self, company: bytes, device: bytes, nonce: bytes) -> None: ...


class Who(NamedTuple):
    """Whom a session belongs to."""

    company: bytes
    device: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What a company may use at most; the operator may give one another number of bytes."""

    company_bytes: int = 20 * GIB
    roster_length: int = 100_000
    open_invites: int = 200
    deposited_batches: int = 2_000
    """Of one device whose membership has ended."""
    deposited_bytes: int = 16 << 20
    object_chunks: int = 1024
    snapshots: int = 64
    """On offer for one stream; housekeeping keeps them few."""


class Usage:
    """How many bytes each company uses, counted anew now and then: exact enough for a quota."""

    __slots__ = ("_known",)
    OFTEN_MS = 10_000

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[int, int]] = {}

    def of(self, tx: Tx, company: bytes, now_ms: int) -> int:
        """Bytes used by a company."""
        used, at_ms = self._known.get(company, (0, -1))
        if at_ms < 0 or not 0 <= now_ms - at_ms < self.OFTEN_MS:
            used = tx.used_bytes(company)
            self._known[company] = (used, now_ms)
        return used

    def add(self, company: bytes, more: int) -> None:
        """Count what was taken since."""
        if company in self._known:
            used, at_ms = self._known[company]
            self._known[company] = (used + more, at_ms)


@dataclass(slots=True)
class House:
    """The server's own parts, the same for every request."""

    clock: Clock
    signing: Signer
    verify: Verify
    nonces: Nonces
    host: str
    limits: Limits
    rosters: Rosters
    usage: Usage = field(default_factory=Usage)
    signatures: dict[tuple[bytes, Stream, str], tuple[bytes, bytes]] = field(default_factory=dict)
    """Last message signed of each stream and purpose, with its signature: most are asked for again and again."""
    standings: dict[tuple[bytes, bytes], Standing] = field(default_factory=dict)
    """By the roster's head and the device."""
    sessions: dict[tuple[bytes, bytes], SessionRow] = field(default_factory=dict)
    """By company and hash of the token. They end by their time alone."""


@dataclass(slots=True)
class Asked:
    """One request's surroundings."""

    house: House
    tx: Tx
    who: Who | None
    _row: CompanyRow | None = None

    @property
    def company(self) -> bytes:
        return self.session.company

    @property
    def device(self) -> bytes:
        return self.session.device

    @property
    def session(self) -> Who:
        if self.who is None:
            raise Problem("no_session")
        return self.who

    @property
    def now_ms(self) -> int:
        return self.house.clock.now_ms()

    def row(self, company: bytes | None = None, *, lock: bool = False, anew: bool = False) -> CompanyRow:
        """The company's row. Raises Problem where it is unknown or suspended."""
        if self._row is None or lock or anew:
            row = self.tx.company(company or self.company, lock=lock)
            if row is None:
                raise Problem("unknown_company")
            if row.suspended:
                raise Problem("suspended")
            self._row = row
        return self._row

    def roster(self, company: bytes | None = None, *, anew: bool = False) -> Roster:
        """The company's whole roster, validated."""
        return self.house.rosters.get(self.tx, self.row(company, anew=anew))

    def standing(self) -> Standing:
        """What is proved of the asking device now."""
        roster, device, known = self.roster(), self.device, self.house.standings
        standing = known.get((roster.head, device))
        if standing is None:
            if len(known) > MOST_REMEMBERED:
                known.clear()
            standing = known[roster.head, device] = roster.standing(device)
        return standing

    def leads(self) -> bool:
        """Whether an owner or a manager asks."""
        return bool({"owner", "manager"} & self.standing().roles_at(self.now_ms))

    def held(self, stream: Stream) -> Standing:
        """Raise Problem unless the asking device's member may have the stream now."""
        standing = self.standing()
        if not standing.active:
            raise Problem("device_ended")
        if not standing.holds(stream, self.now_ms):
            raise Problem("no_access")
        return standing

    def holds(self, signing: bytes, purpose: str, message: bytes, signature: bytes) -> bool:
        """Whether a signature does."""
        try:
            self.house.verify(signing, purpose, message, signature)
        except AppError:
            return False
        return True

    def room_for(self, more: int) -> None:
        """Raise Problem where so many more bytes are more than the company may use."""
        row, usage = self.row(), self.house.usage
        most = row.quota_bytes or self.house.limits.company_bytes
        if usage.of(self.tx, row.company, self.now_ms) + more > most:
            raise Problem("quota")
        usage.add(row.company, more)

    def said(self, row: StreamRow) -> HeadSaid:
        """A stream's head with the server's signatures."""
        company, stream = self.company, row.stream
        head = SignedHead(company, *stream, row.position, row.head, row.receipt_ms)
        return HeadSaid(
            *head[1:],
            self._signed(company, stream, HEAD_PURPOSE, head_message(head)),
            row.kept,
            self._signed(company, stream, KEPT_PURPOSE, kept_message(company, stream, row.kept)),
        )

    def _signed(self, company: bytes, stream: Stream, purpose: str, message: bytes) -> bytes:
        known = self.house.signatures.get((company, stream, purpose))
        if known is not None and known[0] == message:
            return known[1]
        signature = self.house.signing.sign(purpose, message)
        if len(self.house.signatures) > MOST_REMEMBERED:
            self.house.signatures.clear()
        self.house.signatures[company, stream, purpose] = (message, signature)
        return signature


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
