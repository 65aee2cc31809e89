"""How contacts and delivery sites read on their customer's page."""

from __future__ import annotations

from app.features.crm import contacts, sites
from app.features.crm.contacts import Contact
from app.features.crm.sites import Site
from app.i18n import _
from ui import formats
from ui.form import Group
from ui.widgets.child_card import Detail
from ui.widgets.children import Kind


def people() -> Kind:
    """The contacts."""
    return Kind(
        name="contact",
        verbs=contacts.verbs,
        icon="contacts",
        add=_("Add a contact"),
        empty=_("No contacts yet"),
        empty_text=_("Whom do you ask for when you call? Add a name and a number."),
        deleted=_("{name} was deleted."),
        groups=(
            Group("", ("name", "role", "phone", "mobile", "email", "wechat")),
            Group(_("More"), ("language", "birthday", "source", "notes")),
        ),
        subtitle=lambda contact: str(contact.role),
        details=_ways,
    )


def places() -> Kind:
    """The delivery sites."""
    return Kind(
        name="site",
        verbs=sites.verbs,
        icon="truck",
        add=_("Add a delivery site"),
        empty=_("No further delivery sites"),
        empty_text=_(
            "Goods go to the customer's own address. Add a back door, a second kitchen, a warehouse."
        ),
        deleted=_("{name} was deleted."),
        groups=(),
        subtitle=lambda site: formats.address(site.address),
        details=_reception,
    )


def digits(phone: str) -> str:
    """A phone number as the operating system dials it."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def _ways(contact: Contact) -> list[Detail]:
    found: list[Detail] = []
    for sign, text in (("phone", contact.phone), ("mobile", contact.mobile)):
        if text:
            found.append((sign, text, "tel:" + digits(text)))
    if contact.email:
        found.append(("mail", contact.email, f"mailto:{contact.email}"))
    if contact.wechat:
        found.append(("wechat", contact.wechat, ""))
    if contact.notes:
        found.append(("note", contact.notes, ""))
    return found


def _reception(site: Site) -> list[Detail]:
    found: list[Detail] = []
    if site.windows:
        found.append(("clock", formats.windows(site.windows), ""))
    if site.access:
        found.append(("key", site.access, ""))
    return found
