"""The company's people with what they have: role, books and devices, as the roster proves it and people call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Refused
from app.features.trust import books, devices, invitations
from app.features.trust.devices import Knocking, Line
from app.features.trust.invitations import Invitation
from app.features.trust.members import Member
from app.features.trust.roles import LABELS
from app.gateway.command import query
from app.gateway.session import Session
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.roster import Roster
from app.model.standing import FIELD, OFFICE
from app.model.statements import Stream


@dataclass(frozen=True, slots=True)
class Shelf:
    """A book that somebody has. `until_ms` is 0 for good."""

    book: Id
    title: str
    has_office: bool
    until_ms: int


@dataclass(frozen=True, slots=True)
class Person:
    """A member. `roles` in the order of their weight."""

    id: Id
    name: str
    email: str
    roles: tuple[str, ...]
    is_active: bool
    is_own: bool
    shelves: tuple[Shelf, ...]
    devices: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """Everything that the page about members shows."""

    people: tuple[Person, ...]
    invitations: tuple[Invitation, ...]
    books: tuple[tuple[Id, str], ...]
    """Books of which this device could give away a key, by title."""
    roles: frozenset[str]
    """Those of the person who sits here."""

    @property
    def may_lead(self) -> bool:
        """Whether this person decides about members at all."""
        return bool({"owner", "manager", "it"} & self.roles)

    @property
    def may_invite(self) -> bool:
        """Whether this person may invite."""
        return bool({"owner", "manager"} & self.roles)

    def grants(self) -> tuple[str, ...]:
        """The roles that this person could give."""
        return tuple(LABELS) if "owner" in self.roles else ("rep", "clerk")


@query("people.list", N_("Members"))
def listed(view: View) -> dict[Id, Member]:
    """What people are called."""
    return {member.id: member for member in view.find(Member)}


def look(session: Session, contacts: Mapping[bytes, int], knocks: tuple[Knocking, ...] = ()) -> Company:
    """All of it, without asking the server."""
    sync = session.sync
    roster, own = sync.roster, sync.device
    records, titles = session.ask(listed), session.ask(books.names)
    lines = devices.lines(roster, own, session.ask(devices.names), contacts, knocks)
    people = [
        Person(
            Id(id_),
            records[Id(id_)].name if Id(id_) in records else "",
            records[Id(id_)].email if Id(id_) in records else "",
            tuple(role for role in LABELS if role in known.roles),
            known.active,
            id_ == session.person.member,
            _shelves(roster, id_, titles),
            tuple(line for line in lines if line.member == id_ and line.state != "waiting"),
        )
        for id_, known in roster.facts.members.items()
    ]
    people.sort(key=lambda one: (not one.is_active, not one.is_own, one.name.casefold(), one.id))
    return Company(
        tuple(people),
        _invitations(session),
        tuple(sorted(((book, titles.get(book, "")) for book in session.identity.books), key=_by_title)),
        session.person.roles,
    )


def _invitations(session: Session) -> tuple[Invitation, ...]:
    try:
        return tuple(session.ask(invitations.listed))
    except Refused:  # nobody's business but of those who decide about them
        return ()


def _shelves(roster: Roster, member: bytes, titles: Mapping[Id, str]) -> tuple[Shelf, ...]:
    streams = roster.facts.streams_of(member)
    found = [
        Shelf(
            Id(stream.book),
            titles.get(Id(stream.book), ""),
            Stream(stream.book, OFFICE) in streams,
            until_ms,
        )
        for stream, until_ms in streams.items()
        if stream.tier == FIELD and stream.book != roster.facts.company_book
    ]
    return tuple(sorted(found, key=lambda shelf: (shelf.title.casefold(), shelf.book)))


def _by_title(book: tuple[Id, str]) -> tuple[str, Id]:
    return book[1].casefold(), book[0]
