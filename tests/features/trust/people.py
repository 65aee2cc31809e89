"""A company whose devices have real keys, round one table: what one says all hear, and nothing else travels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app import ids
from app.crypto import epochs
from app.crypto.identity import DeviceKeys, PublicIdentity, verify
from app.crypto.keys import SecretKey
from app.errors import Damaged, NotFound
from app.features.trust import rotation
from app.features.trust.connecting import Server
from app.features.trust.devices import Knocking
from app.features.trust.invitations import Offer, offer
from app.features.trust.saying import Accepted, Saying
from app.ids import Id
from app.model.roster import Roster, genesis
from app.model.statements import (
    CompanyFounded,
    Stream,
    signed,
)

NOW = 1_780_000_000_000
SERVER = Server("https://books.example.org", b"", b"S" * 32)


@dataclass
class Table:
    """Where the roster lies, open to everybody who sits at it."""

    roster: Roster
    company_book: bytes
    first_book: bytes
    accepted: dict[tuple[bytes, Stream], int] = field(default_factory=dict)


@dataclass
class Seat:
    """A device with real keys; as a Holder it knows what the roster's wraps open for it, and nothing more."""

    table: Table
    device: Id
    keys: DeviceKeys

    @property
    def company(self) -> bytes:
        return self.table.roster.company

    @property
    def roster(self) -> Roster:
        return self.table.roster

    @property
    def member(self) -> Id:
        return Id(self.roster.standing(self.device).member)

    def key(self, stream: Stream, epoch: int) -> SecretKey:
        try:
            return self.held()[stream, epoch]
        except KeyError:
            raise NotFound("key") from None

    def held(self) -> dict[tuple[Stream, int], SecretKey]:
        """Every key that this device can read, old ones through the new."""
        statements = [statement for _signed, statement in self.roster.statements()]
        return epochs.opened(statements, self.company, self.device, self.keys)

    def reads(self) -> set[Stream]:
        """The streams whose present key this device can open."""
        epochs_ = self.roster.facts.epochs
        held = self.held()
        return {stream for stream, epoch in epochs_.items() if (stream, epoch.number) in held}

    def says(self, *sayings: Saying) -> None:
        for saying in sayings:
            body = saying.intention(self.roster, self.accepted)
            if body is not None:
                statement = self.roster.draft(body, self.device, NOW)
                self.table.roster = self.roster.append(signed(statement, self.keys.sign), verify)

    def rotates(self) -> None:
        self.says(*rotation.pending(self))

    @property
    def accepted(self) -> Accepted:
        return self.table.accepted

    def offers(
        self, name: str = "Ana", role: str = "rep", books: Iterable[bytes] = (), **other: object
    ) -> Offer:
        return offer(self.roster, SERVER, self.device, NOW, name=name, role=role, books=books, **other)  # type: ignore[arg-type]


def founded() -> Seat:
    """A company with its owner's device; every stream has a key."""
    keys, device = DeviceKeys.fresh(), ids.fresh()
    body = CompanyFounded(
        ids.fresh(), device, keys.public.signing, keys.public.sealing, ids.fresh(), ids.fresh()
    )
    roster = Roster.begin(genesis(body, NOW, keys.sign), verify)
    seat = Seat(Table(roster, body.company_book, body.first_book), device, keys)
    seat.rotates()
    return seat


def newcomer(table: Table) -> Seat:
    """A device that is not certified yet."""
    return Seat(table, ids.fresh(), DeviceKeys.fresh())


def knock_of(seat: Seat, made: Offer, public: PublicIdentity | None = None, at_ms: int = NOW) -> Knocking:
    """What the approver's device makes of a knock; `public`: other keys that the server has slipped in."""
    from app.crypto import invites
    from app.features.trust.devices import knocking

    link = invites.parse(made.link)
    keys = invites.keys_of(link.secret, link.company, link.invite)
    sealed = invites.seal_knock(keys, link.company, link.invite, seat.device, seat.keys.public, "Ana’s van")
    return knocking(
        seat.company, made.record, link.invite, seat.device, public or seat.keys.public, sealed, at_ms
    )


def refused_key(seat: Seat, stream: Stream, epoch: int) -> bool:
    """Whether a device cannot read a stream's key."""
    try:
        seat.key(stream, epoch)
    except (NotFound, Damaged):
        return True
    return False
