"""Delivery sites: further places to which a customer has its goods brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.features.verbs import Verbs
from app.i18n import N_
from app.ids import Id
from app.model.entity import Record, entity
from app.model.fields import Link, Place, Postal, Text, Windows
from app.model.values import NOWHERE, Address, Position


@entity("site", N_("Delivery site"), plural=N_("Delivery sites"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Record):
    """A back door, a second kitchen, a warehouse."""

    name: Annotated[str, Text(N_("Name"), required=True, search=True, sort=True)]
    customer: Annotated[Id, Link(N_("Customer"), to="customer", parent=True, required=True)]
    address: Annotated[Address, Postal(N_("Address"), search=True, personal=True)] = NOWHERE
    position: Annotated[Position | None, Place(N_("Position"), personal=True)] = None
    windows: Annotated[tuple[str, ...], Windows(N_("Delivery windows"))] = ()
    access: Annotated[str, Text(N_("Access notes"), max=500, personal=True)] = ""


verbs = Verbs.of(Site)
add, edit, edit_many, delete, keep = verbs.add, verbs.edit, verbs.edit_many, verbs.delete, verbs.keep
