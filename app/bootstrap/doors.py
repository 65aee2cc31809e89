"""The session of an open vault: whose book it is and what they may do, as the roster proves it."""

from __future__ import annotations

from dataclasses import replace

import app.features  # noqa: F401 - declares every record kind before a table is read
from app.access import membership
from app.access.policy import Policy
from app.clock import Clock
from app.errors import Damaged
from app.features.trust.members import Company, Member
from app.gateway.book import Identity
from app.gateway.session import Session
from app.i18n import _
from app.ids import Id
from app.model.roster import Roster
from app.store.database import Database
from app.store.facts import Facts
from app.store.numbers import Numbers
from app.store.reader import Query, Reader
from app.store.roster_log import RosterLog
from app.vault import unlock


def door(database: Database, clock: Clock) -> Session:
    """The session of an open, migrated database. Raises Damaged or Refused."""
    return Session(database, clock, *standing(database, clock))


def standing(database: Database, clock: Clock) -> tuple[Identity, Policy, Roster]:
    """Whose book this is and what they may do, as the roster proves it. Raises Damaged or Refused."""
    from app.crypto.identity import verify

    connection = database.writer
    device = Facts(connection).get("device")
    statements = RosterLog(connection).read()
    if device is None or not statements:
        raise unfinished()
    place = membership.read(statements, verify, device, clock.now_ms())
    books = Numbers(connection, "book_number")
    name, demo, person = "", False, place.person
    reader = Reader(connection, books)
    for record in reader.records(Query("company")):
        if isinstance(record, Company) and record.id == place.company:
            name, demo = record.name, record.demo
    for member in reader.records(Query("member")):
        if member.id == person.member and isinstance(member, Member):
            person = replace(person, name=member.name)
    identity = Identity(place.company, name, demo, Id(device), place.company_book, place.books)
    return identity, Policy(person), place.roster


def reopened(session: Session, vault: unlock.Opened, clock: Clock) -> Session:
    """The same door once the names are there."""
    again = door(vault.database, clock)
    again.committed, again.closing = session.committed, session.closing
    return again


def unfinished() -> Damaged:
    """A program that was killed while it made the company has left this."""
    return Damaged(
        _("The making of this book was never finished. Delete the profile and make the company again.")
    )
