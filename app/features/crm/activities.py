"""Activities: what happened between us and a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.features.verbs import Verbs
from app.i18n import N_
from app.ids import Id
from app.model.entity import Record, entity
from app.model.fields import Choice, Link, LongText, Moment, Text

ACTIVITIES = (
    ("visit", N_("Visit")),
    ("call", N_("Call")),
    ("message", N_("Message")),
    ("note", N_("Note")),
)


@entity("activity", N_("Activity"), plural=N_("Activities"), title="text")
@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(Record):
    """One visit, call, message or note. Never merged line by line: a correction is a new value."""

    kind: Annotated[str, Choice(N_("Kind"), options=ACTIVITIES, required=True)] = "note"
    customer: Annotated[Id, Link(N_("Customer"), to="customer", parent=True, required=True)]
    contact: Annotated[Id | None, Link(N_("Contact"), to="contact")] = None
    at: Annotated[int | None, Moment(N_("When"), required=True)] = None
    text: Annotated[str, LongText(N_("Text"), required=True, search=True, personal=True)]
    by: Annotated[str, Text(N_("By"))] = ""


verbs = Verbs.of(Activity)
add, edit, edit_many, delete, keep = verbs.add, verbs.edit, verbs.edit_many, verbs.delete, verbs.keep
