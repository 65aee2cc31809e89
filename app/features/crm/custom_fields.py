"""Fields that the users themselves add to a kind of record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from app.features.verbs import Verbs
from app.gateway.command import command, query
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.custom import definition_id
from app.model.entity import Record, entity
from app.model.fields import Choice, Field, Listed, Number, Text
from app.store.reader import Order

FIELD_KINDS = (
    ("text", N_("Text")),
    ("long_text", N_("Long text")),
    ("choice", N_("Choice")),
    ("choices", N_("Several choices")),
    ("phone", N_("Phone")),
    ("email", N_("E-mail")),
    ("web", N_("Website")),
    ("day", N_("Day")),
    ("moment", N_("Date and time")),
    ("money", N_("Money")),
    ("number", N_("Number")),
    ("yes_no", N_("Yes or no")),
)
EXTENSIBLE = (("customer", N_("Customers")), ("contact", N_("Contacts")))


@entity("custom_field", N_("Custom field"), plural=N_("Custom fields"), company=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField(Record):
    """The definition of a field of the company's own. Its values are changes under `x:<id>`."""

    label: Annotated[str, Text(N_("Label"), required=True, max=60)]
    of: Annotated[str, Choice(N_("On"), options=EXTENSIBLE, required=True)]
    kind: Annotated[str, Choice(N_("Kind"), options=FIELD_KINDS, required=True)] = "text"
    options: Annotated[tuple[str, ...], Listed(N_("Options"))] = ()
    unit: Annotated[str, Text(N_("Unit"), max=20)] = ""
    place: Annotated[Decimal | None, Number(N_("Place"), hidden=True)] = None


verbs = Verbs.of(CustomField)
add, edit, edit_many, delete = verbs.add, verbs.edit, verbs.edit_many, verbs.delete


@command("custom_field.arrange", N_("Order custom fields"))
def arrange(tx: Tx, ids: Sequence[Id]) -> int:
    """Let fields stand in this order; those that are not named keep their places."""
    return sum(bool(tx.edit(CustomField, id_, {"place": Decimal(place)})) for place, id_ in enumerate(ids))


@query("custom_field.list", N_("Custom fields"))
def definitions(view: View) -> list[CustomField]:
    """All definitions, of every kind, in the order in which they are shown."""
    return sorted(view.find(CustomField, order=(Order("row"),)), key=standing)


def standing(definition: CustomField) -> tuple[bool, Decimal]:
    """Where a field stands: those that were arranged first, then the others in the order of their making."""
    return definition.place is None, definition.place or Decimal(0)


@query("custom_field.declared", N_("Custom fields"))
def declared(view: View, kind: str) -> tuple[Field, ...]:
    """The company's own fields on a kind of record, in the order in which they are shown."""
    return view.custom_fields(kind)


def values_of(record: Record, fields: Sequence[Field]) -> dict[str, Any]:
    """The Python values of a record's custom fields by name (`x:<id>`)."""
    return {field.name: field.from_wire(record.custom.get(definition_id(field.name))) for field in fields}
