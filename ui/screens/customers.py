"""The customers, as a list."""

from __future__ import annotations

from app.features.crm import customers
from app.i18n import N_, _, ngettext
from ui import formats
from ui.widgets.list_of import ListOf, Words
from ui.widgets.record_list import RecordList
from ui.widgets.stage import stage_pill


def _words() -> Words:
    return Words(
        title=_("Customers"),
        everything=_("All customers"),
        new=N_("New customer"),
        hint=_("Find by name, phone, town, tag…"),
        empty=_("No customers yet"),
        empty_text=_("Import the list that you have, or add the first one by hand."),
        none_fits=_("No customer fits"),
        count=lambda n: ngettext("{n} customer", "{n} customers", n).format(n=formats.count(n)),
        delete=lambda n: ngettext("Delete {n} customer?", "Delete {n} customers?", n).format(
            n=formats.count(n)
        ),
        delete_text=_("Contacts, activities and delivery sites go with them. You can undo this."),
        deleted=lambda n: ngettext("{n} customer was deleted.", "{n} customers were deleted.", n).format(
            n=formats.count(n)
        ),
        changed=lambda n: ngettext("{n} customer was changed.", "{n} customers were changed.", n).format(
            n=formats.count(n)
        ),
        edit=lambda n: ngettext("Edit {n} customer", "Edit {n} customers", n).format(n=formats.count(n)),
    )


class Customers(RecordList):
    """All customers that this person may see."""

    of = ListOf(
        kind="customer",
        verbs=customers.verbs,
        shown=("name", "stage", "kind", "address", "phone", "assigned_to", "tags"),
        icon="customers",
        words=_words,
        show={"stage": stage_pill},
        widths={
            # Together what the window has room for at the width that it begins with.
            "name": 200,
            "stage": 100,
            "kind": 120,
            "address": 220,
            "phone": 156,
            "assigned_to": 120,
            "tags": 124,
        },
    )
