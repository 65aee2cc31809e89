"""Who this device is in the company, as the roster proves it."""

from __future__ import annotations

from typing import NamedTuple

from app.access.policy import Person
from app.errors import Refused
from app.i18n import _
from app.ids import Id
from app.model.roster import Roster
from app.model.statements import Signed, Stream, Verify

FIELD, OFFICE = 0, 1


class Place(NamedTuple):
    """Where this device stands: its member with rights, the books that it holds, the company."""

    person: Person
    company: Id
    company_book: Id
    books: tuple[Id, ...]
    roster: Roster


def read(statements: list[Signed], verify: Verify, device: bytes, now_ms: int) -> Place:
    """Validate the whole roster and say what it proves of this device. Raises Damaged or Refused."""
    return place(Roster.read(statements, verify), device, now_ms)


def place(roster: Roster, device: bytes, now_ms: int) -> Place:
    """What a validated roster proves of this device. Raises Refused where it belongs to the company no more."""
    facts, standing = roster.facts, roster.standing(device)
    if not standing.active:
        raise Refused(_("This device no longer belongs to the company. Ask an owner to let you in again."))
    own = sorted(facts.books - {facts.company_book})
    books = tuple(Id(book) for book in own if standing.holds(Stream(book, FIELD), now_ms))
    offices = frozenset(Id(book) for book in own if standing.holds(Stream(book, OFFICE), now_ms))
    person = Person(Id(standing.member), "", standing.roles_at(now_ms), frozenset(books), offices)
    return Place(person, Id(facts.company[:16]), Id(facts.company_book), books, roster)
