"""The contacts of all customers, as a list."""

from __future__ import annotations

from typing import Any

from app.features.crm import contacts
from app.i18n import N_, _, ngettext
from ui import formats
from ui.table import Column
from ui.widgets.list_of import ListOf, Words
from ui.widgets.record_list import RecordList


def _words() -> Words:
    return Words(
        title=_("Contacts"),
        everything=_("All contacts"),
        new=N_("New contact"),
        hint=_("Find by name, role, phone…"),
        empty=_("No contacts yet"),
        empty_text=_("People belong to customers: import a list, or add them on a customer's page."),
        none_fits=_("No contact fits"),
        count=lambda n: ngettext("{n} contact", "{n} contacts", n).format(n=formats.count(n)),
        delete=lambda n: ngettext("Delete {n} contact?", "Delete {n} contacts?", n).format(
            n=formats.count(n)
        ),
        delete_text=_("Their customers stay. You can undo this."),
        deleted=lambda n: ngettext("{n} contact was deleted.", "{n} contacts were deleted.", n).format(
            n=formats.count(n)
        ),
        changed=lambda n: ngettext("{n} contact was changed.", "{n} contacts were changed.", n).format(
            n=formats.count(n)
        ),
        edit=lambda n: ngettext("Edit {n} contact", "Edit {n} contacts", n).format(n=formats.count(n)),
    )


class Contacts(RecordList):
    """All contacts; a row opens on its customer's page."""

    of = ListOf(
        kind="contact",
        verbs=contacts.verbs,
        shown=("name", "role", "phone", "mobile", "email", "language"),
        icon="contacts",
        words=_words,
        more=(Column("customer.name", N_("Customer"), 180),),
        widths={"name": 150, "role": 124, "phone": 156, "mobile": 142, "email": 182, "language": 100},
        also=frozenset({"customer"}),
    )

    def open_new(self) -> None:
        self.desk.say(_("Open the customer to whom the contact belongs, and add the contact there."))
        self.desk.show("customers")

    def open_record(self, id_: Any, row: int) -> None:
        self.desk.open("contact", id_)
