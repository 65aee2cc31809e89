"""Books: making and naming them, giving and taking them, in the field and the office tier."""

from __future__ import annotations

from dataclasses import replace

from app import ids
from app.errors import Conflict
from app.features.trust import rotation
from app.features.trust.members import Book
from app.features.trust.saying import Accepted, Holder, Saying, completed
from app.gateway.command import command, query
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, _
from app.ids import Id
from app.model.roster import Roster
from app.model.standing import FIELD, OFFICE
from app.model.statements import AccessGiven, AccessTaken, Body, BookMade, Stream

MAKE, GIVE, TAKE = "book.make", "book.give", "book.take"


@command("book.name", N_("Name a book"), undoable=False)
def name(tx: Tx, book: Id, title: str) -> Book:
    """Give a book of the roster its name. Raises Invalid, Conflict where another book is called so."""
    wanted = " ".join(title.split())
    for other in tx.find(Book):
        if other.id != book and other.name.casefold() == wanted.casefold():
            raise Conflict(_("There is a book called “{name}” already.").format(name=other.name))
    if tx.has(Book, book):
        return tx.save(replace(tx.get(Book, book), name=wanted))
    return tx.save(Book(id=book, name=wanted))


@query("book.list", N_("Books"))
def names(view: View) -> dict[Id, str]:
    """The names of all books, also of those that this member does not have."""
    return {book.id: book.name for book in view.find(Book)}


def make(holder: Holder, book: Id | None = None) -> tuple[Id, tuple[Saying, ...]]:
    """A new, empty book of which we hold both tiers, and what it takes. Name it once that is said."""
    new = book or ids.fresh()

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        return None if new in roster.facts.books else BookMade(new)

    keys = tuple(
        Saying(rotation.COMMAND, rotation.Begin(holder, Stream(new, tier)), again=True)
        for tier in (FIELD, OFFICE)
    )
    return new, (Saying(MAKE, intention), *keys)


def give(
    holder: Holder, member: bytes, book: bytes, tier: int = FIELD, until_ms: int = 0
) -> tuple[Saying, ...]:
    """Give a member a book; with the office tier goes the field tier, without which it is of no use."""
    tiers = (FIELD, OFFICE) if tier == OFFICE else (FIELD,)
    return tuple(give_stream(holder, member, Stream(book, one), until_ms) for one in tiers)


def give_stream(holder: Holder, member: bytes, stream: Stream, until_ms: int = 0) -> Saying:
    """Give a member one stream, with its present key for each of their devices."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        known = roster.facts.streams_of(member).get(stream)
        if known is not None and (not known or 0 < until_ms <= known):
            return None
        return completed(AccessGiven(member, *stream, until_ms), roster, accepted, holder)

    return Saying(GIVE, intention)


def take(member: bytes, book: bytes, tier: int = FIELD) -> Saying:
    """Take a book from a member, or only its restricted fields. The book is due for a new key."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        if Stream(book, tier) not in roster.facts.access.get(member, {}):
            return None
        return completed(AccessTaken(member, book, tier, ()), roster, accepted)

    return Saying(TAKE, intention)


def ended(roster: Roster, device: bytes, now_ms: int) -> tuple[Saying, ...]:
    """What a device that may says by itself: grants whose time is over are taken, so that keys are changed."""
    standing = roster.standing(device)
    if not standing.active or not {"owner", "manager"} & standing.roles.keys():
        return ()
    return tuple(
        take(member, *stream)
        for member, streams in sorted(roster.facts.access.items())
        for stream, until_ms in sorted(streams.items())
        if 0 < until_ms <= now_ms
    )
