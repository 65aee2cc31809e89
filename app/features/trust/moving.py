"""Moving customers between books, and what a device does about moves when it has synchronised."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from app.errors import Cancelled
from app.gateway.command import command, query
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, ngettext
from app.ids import Id
from app.model.entity import entities, entity_named

LEADERS = frozenset({"owner", "manager"})


@command("customer.move", N_("Move to another book"), undoable=False)
def move(tx: Tx, customers: Sequence[Id], book: Id) -> list[Id]:
    """Move customers with their sites, contacts and activities; returns their ids in the other book.

    They get new ids there. Not undoable: moving back is another move. Raises Refused where one of the books, or its
    restricted fields, is not this person's.
    """
    tx.label = ngettext("Move {count} customer", "Move {count} customers", len(customers)).format(
        count=len(customers)
    )
    entity, moving = entity_named("customer"), tx.moving
    made = []
    for done, customer in enumerate(customers):
        made.append(moving.move(entity, customer, book))
        tx.progress.step(done + 1, len(customers))
    return made


@command("customer.move_late", N_("Take over late edits"), undoable=False)
def take_over(tx: Tx) -> int:
    """Take over what was edited in the old books after something had moved; of two moves undo the losing one."""
    done = tx.moving.settle()
    if not done:
        raise Cancelled
    return done


def settle(session: Session) -> int:
    """The same, by a device that may and has nothing left to send: only then it is known which of two moves holds."""
    if not LEADERS & session.person.roles or len(session.identity.books) < 2 or session.unsent():
        return 0
    if not session.ask(anything):
        return 0
    with suppress(Cancelled):  # nothing was late: then nothing happened, and no row says that it did
        return session.do(take_over)
    return 0


@query("customer.moved", N_("What has moved"))
def anything(view: View) -> bool:
    """Whether anything has ever moved that this vault knows of."""
    return any(view.has_moved(entity.name) for entity in entities() if not entity.company)


@query("customer.where", N_("Find what has moved"))
def where(view: View, customer: Id) -> Id:
    """Where a customer is now: its own id, or that in the book that it was moved to."""
    return view.where("customer", customer)
