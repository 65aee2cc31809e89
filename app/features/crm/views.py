"""Saved views: a list's filters, columns and order under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.features.verbs import Verbs
from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.model.entity import Record, entity
from app.model.fields import LongText, Text
from app.store.reader import Is, Order


@entity("saved_view", N_("Saved view"), plural=N_("Saved views"), company=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView(Record):
    """`definition` is JSON of version 1, written by the list and read by nothing else."""

    name: Annotated[str, Text(N_("Name"), required=True, max=60)]
    of: Annotated[str, Text(N_("Of"), required=True, max=40)]
    definition: Annotated[str, LongText(N_("Definition"), personal=True)] = ""
    owner: Annotated[str, Text(N_("Owner"), max=60)] = ""


verbs = Verbs.of(SavedView)
add, edit, edit_many, delete = verbs.add, verbs.edit, verbs.edit_many, verbs.delete


@query("saved_view.of_list", N_("Saved views"))
def of_list(view: View, kind: str, member: str) -> tuple[SavedView, ...]:
    """The views of a kind of record that this member sees: those for everyone and the member's own, by name."""
    found = view.find(SavedView, Is("of", "is", kind), (Order("name"),))
    return tuple(saved for saved in found if saved.owner in ("", member))
