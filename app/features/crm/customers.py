"""Customers: who buys from us, where they are and how we deal with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.errors import NotFound
from app.features.verbs import Verbs
from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.entity import Record, entity, entity_named
from app.model.fields import Amount, Choice, Email, Link, Phone, Place, Postal, Tags, Text, Web, Windows
from app.model.values import NOWHERE, Address, Money, Position

BUSINESSES = (
    ("restaurant", N_("Restaurant")),
    ("cafe", N_("Café")),
    ("bakery", N_("Bakery")),
    ("hotel", N_("Hotel")),
    ("canteen", N_("Canteen")),
    ("caterer", N_("Caterer")),
    ("retailer", N_("Retailer")),
    ("wholesaler", N_("Wholesaler")),
    ("other", N_("Other")),
)
STAGES = (
    ("lead", N_("Lead")),
    ("trial", N_("Trial")),
    ("active", N_("Active")),
    ("at_risk", N_("At risk")),
    ("lapsed", N_("Lapsed")),
    ("lost", N_("Lost")),
)
TERMS = (
    ("prepaid", N_("Prepaid")),
    ("on_delivery", N_("Cash on delivery")),
    ("net7", N_("7 days net")),
    ("net14", N_("14 days net")),
    ("net30", N_("30 days net")),
    ("net60", N_("60 days net")),
)


@entity("customer", N_("Customer"), plural=N_("Customers"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Record):
    """A business that we supply, or hope to."""

    name: Annotated[str, Text(N_("Name"), required=True, search=True, sort=True)]
    legal_name: Annotated[str, Text(N_("Legal name"), search=True)] = ""
    kind: Annotated[str, Choice(N_("Kind of business"), options=BUSINESSES)] = ""
    stage: Annotated[str, Choice(N_("Stage"), options=STAGES)] = "lead"
    code: Annotated[str, Text(N_("Customer code"), search=True, max=60)] = ""
    address: Annotated[Address, Postal(N_("Address"), search=True, personal=True)] = NOWHERE
    position: Annotated[Position | None, Place(N_("Position"), personal=True)] = None
    windows: Annotated[tuple[str, ...], Windows(N_("Delivery windows"))] = ()
    access: Annotated[str, Text(N_("Access notes"), max=500, personal=True)] = ""
    phone: Annotated[str, Phone(N_("Phone"), personal=True, search=True)] = ""
    email: Annotated[str, Email(N_("E-mail"), personal=True, search=True)] = ""
    web: Annotated[str, Web(N_("Website"))] = ""
    assigned_to: Annotated[str, Text(N_("Assigned to"), sort=True)] = ""
    payment_terms: Annotated[str, Choice(N_("Payment terms"), options=TERMS)] = ""
    price_list: Annotated[str, Text(N_("Price list"), max=60)] = ""
    tags: Annotated[tuple[str, ...], Tags(N_("Tags"), search=True)] = ()
    notes: Annotated[str, Text(N_("Notes"), max=1000, personal=True, search=True)] = ""
    credit_limit: Annotated[Money | None, Amount(N_("Credit limit"), restricted=True)] = None
    same_as: Annotated[Id | None, Link(N_("Same as"), to="customer", hidden=True)] = None
    """The customer of which this one is a duplicate; see duplicates.py."""


verbs = Verbs.of(Customer)
add, edit, edit_many, delete, keep = verbs.add, verbs.edit, verbs.edit_many, verbs.delete, verbs.keep


@query("customer.of_child", N_("Open"))
def of_child(view: View, kind: str, id_: Id) -> Id | None:
    """The customer with whom a contact, site or activity lives; None where it is gone."""
    child = entity_named(kind)
    try:
        record = view.get(child.cls, id_)
    except NotFound:
        return None
    return Id(getattr(record, child.parent.name)) if child.parent else None
