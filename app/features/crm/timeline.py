"""The timeline of a customer: what happened, newest first, a page at a time."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.store.reader import All, AnyOf, Condition, Is, Order, Query

FIELDS = ("id", "kind", "at", "text", "by", "contact", "contact.name", "marks")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    row: int
    id: Id
    kind: str
    at_ms: int
    text: str
    by: str
    contact: Id | None
    contact_name: str
    is_undecided: bool


@query("activity.timeline", N_("Timeline"))
def timeline(view: View, customer: Id, kinds: tuple[str, ...] = ()) -> array[int]:
    """Local row numbers of a customer's activities, newest first; `kinds` leaves out all others."""
    where = _of(view, customer)
    if kinds:
        where = All((where, AnyOf("kind", kinds)))
    return view.ids(Query("activity", where, (Order("at", descending=True),)))


@query("activity.entries", N_("Timeline"))
def entries(view: View, rows: array[int]) -> list[Entry]:
    """The lines of some rows, in their order; what is gone meanwhile is left out."""
    found = view.windows("activity", rows, FIELDS)
    return [_entry(row, found[row]) for row in rows if row in found]


@query("activity.kinds", N_("Timeline"))
def kinds_of(view: View, customer: Id) -> dict[str, int]:
    """How many activities of each kind a customer has."""
    return dict(view.groups(Query("activity", _of(view, customer)), "kind"))


def _of(view: View, customer: Id) -> Condition:
    """What lives with a customer, or with its duplicates."""
    twins = view.twins("customer", customer)
    return Is("customer", "is", customer) if len(twins) == 1 else AnyOf("customer", twins)


def _entry(row: int, values: tuple[Any, ...]) -> Entry:
    id_, kind, at, text, by, contact, contact_name, marks = values
    return Entry(row, id_, kind, at or 0, text, by, contact, contact_name or "", bool(marks))
