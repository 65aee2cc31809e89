"""Contacts: the people at a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from app.features.verbs import Verbs
from app.i18n import N_
from app.ids import Id
from app.model.entity import Record, entity
from app.model.fields import Choice, Day, Email, Link, Phone, Text

LANGUAGES = (
    ("zh", N_("Chinese")),
    ("en", N_("English")),
    ("de", N_("German")),
    ("fr", N_("French")),
    ("it", N_("Italian")),
    ("es", N_("Spanish")),
    ("tr", N_("Turkish")),
    ("vi", N_("Vietnamese")),
    ("other", N_("Other")),
)
SOURCES = (
    ("person", N_("The person")),
    ("colleague", N_("A colleague of theirs")),
    ("website", N_("Their website")),
    ("fair", N_("Trade fair")),
    ("referral", N_("Referral")),
    ("import", N_("Imported list")),
    ("other", N_("Other")),
)


@entity("contact", N_("Contact"), plural=N_("Contacts"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Record):
    """A person at a customer, with only what serves the business."""

    name: Annotated[str, Text(N_("Full name"), required=True, search=True, sort=True, personal=True)]
    customer: Annotated[Id, Link(N_("Customer"), to="customer", parent=True, required=True)]
    role: Annotated[str, Text(N_("Role"), search=True)] = ""
    phone: Annotated[str, Phone(N_("Phone"), search=True, personal=True)] = ""
    mobile: Annotated[str, Phone(N_("Mobile"), search=True, personal=True)] = ""
    email: Annotated[str, Email(N_("E-mail"), search=True, personal=True)] = ""
    wechat: Annotated[str, Text(N_("WeChat"), search=True, personal=True, max=60)] = ""
    language: Annotated[str, Choice(N_("Language"), options=LANGUAGES)] = ""
    birthday: Annotated[date | None, Day(N_("Birthday"), personal=True)] = None
    source: Annotated[str, Choice(N_("Where the data came from"), options=SOURCES)] = ""
    notes: Annotated[str, Text(N_("Notes"), max=1000, search=True, personal=True)] = ""


verbs = Verbs.of(Contact)
add, edit, edit_many, delete, keep = verbs.add, verbs.edit, verbs.edit_many, verbs.delete, verbs.keep
