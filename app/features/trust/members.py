"""The company, its members, devices and books as people call them; ids, rights and keys are in the roster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.i18n import N_
from app.model.entity import Record, entity
from app.model.fields import Email, Text, YesNo


@entity("company", N_("Company"), company=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Company(Record):
    """The one record of the company itself; its id is the company's."""

    name: Annotated[str, Text(N_("Name"), required=True)]
    demo: Annotated[bool, YesNo(N_("Demonstration"))] = False


@entity("member", N_("Member"), plural=N_("Members"), company=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Record):
    """A person who works with this book; the id is that of the roster."""

    name: Annotated[str, Text(N_("Name"), required=True, personal=True)]
    email: Annotated[str, Email(N_("E-mail"), personal=True)] = ""


@entity("book", N_("Book"), plural=N_("Books"), company=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Book(Record):
    """The name of a book; the id is that of the roster."""

    name: Annotated[str, Text(N_("Name"), required=True)]


@entity("device", N_("Device"), plural=N_("Devices"), company=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Device(Record):
    """The name of a device; the id is that of the roster."""

    name: Annotated[str, Text(N_("Name"), required=True)]
