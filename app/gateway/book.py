"""What the parts of synchronisation use of an open book: the door itself fulfils it (session.py)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from app.access.policy import Person, Policy
from app.clock import Clock
from app.gateway.command import Command
from app.gateway.ground import Ground
from app.gateway.tx import Tx
from app.ids import Id
from app.model.audit import Outcome
from app.model.roster import Roster
from app.store.database import Database


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose vault this is, read once when it opens."""

    company: Id
    company_name: str
    demo: bool
    device: Id
    company_book: Id
    books: tuple[Id, ...]


class Book(Protocol):
    """An open book, from within."""

    identity: Identity
    person: Person
    roster: Roster
    ground: Ground
    ended: str

    @property
    def clock(self) -> Clock: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def database(self) -> Database: ...

    def looking(self) -> AbstractContextManager[Ground]:
        """The store's parts; nobody writes meanwhile."""
        ...

    def keeping(self) -> AbstractContextManager[Ground]:
        """One transaction in which no row of a record changes."""
        ...

    def taking(self, command: Command[..., Any]) -> AbstractContextManager[Tx]:
        """One transaction for what other devices have written."""
        ...

    def note(self, name: str, outcome: Outcome, **detail: str | int) -> None:
        """An audit row for something that is no command."""
        ...

    def reached(self) -> None:
        """The server has something of ours."""
        ...

    def recount(self) -> None:
        """Steps may have other numbers than before."""
        ...

    def renew(self, identity: Identity, policy: Policy, roster: Roster) -> None:
        """Books, roles and rights are what the roster says now."""
        ...

    def end(self, roster: Roster, why: str) -> None:
        """Nothing is written from now on."""
        ...
