"""Duplicates: the same customer written down twice is shown once, and parted again when somebody says so.

Nothing moves: the other record stays as it is, says of which it is a duplicate, and what lives with it is shown with
that one. So whoever was offline goes on writing to either, and nothing is lost by taking it back.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import Conflict
from app.features.crm.customers import Customer
from app.gateway.command import command, query
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, _, ngettext
from app.ids import Id
from app.model.entity import entity_of
from app.store.reader import ALIAS, Is


@command("customer.merge", N_("Merge duplicates"))
def merge(tx: Tx, kept: Id, duplicates: Sequence[Id]) -> int:
    """Show these customers as the one that is kept; what it does not say, it takes over from them.

    Duplicates of duplicates follow. Raises NotFound, Conflict where they are in different books: move one first.
    """
    tx.label = ngettext("Merge {count} customer", "Merge {count} customers", len(duplicates)).format(
        count=len(duplicates)
    )
    target = tx.get(Customer, kept)
    if target.same_as is not None:
        raise Conflict(_("This customer is a duplicate of another one itself. Merge with that one."))
    for duplicate in duplicates:
        twin = tx.get(Customer, duplicate)
        if twin.book != target.book:
            raise Conflict(_("These customers are in different books. Move one of them first."))
        if duplicate == kept:
            raise Conflict(_("A customer is no duplicate of itself."))
        missing = {
            field.name: getattr(twin, field.name)
            for field in entity_of(Customer).fields
            if field.name != ALIAS
            and getattr(target, field.name) == field.empty
            and getattr(twin, field.name) != field.empty
        }
        if missing:
            tx.edit(Customer, kept, missing)
        for follower in list(tx.find(Customer, Is(ALIAS, "is", duplicate))):
            tx.edit(Customer, follower.id, {ALIAS: kept})
        tx.edit(Customer, duplicate, {ALIAS: kept})
        target = tx.get(Customer, kept)
    return len(duplicates)


@command("customer.part", N_("Part duplicates"))
def part(tx: Tx, duplicate: Id) -> None:
    """A customer is one of its own again, with everything that lives with it."""
    tx.edit(Customer, duplicate, {ALIAS: None})


@query("customer.duplicates", N_("Duplicates"))
def of(view: View, customer: Id) -> list[Customer]:
    """The customers that are shown as this one."""
    return list(view.find(Customer, Is(ALIAS, "is", customer)))
