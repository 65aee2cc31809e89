"""What an import says about its counts: whole sentences, of customers and of contacts."""

from __future__ import annotations

from app.i18n import ngettext
from ui import formats
from ui.widgets.import_chosen import CONTACTS


def to_make(kind: str, count: int) -> str:
    """Of a rehearsal: how many would be made."""
    if kind == CONTACTS:
        text = ngettext("{n} contact will be made.", "{n} contacts will be made.", count)
    else:
        text = ngettext("{n} customer will be made.", "{n} customers will be made.", count)
    return _counted(text, count)


def to_change(kind: str, count: int) -> str:
    """Of a rehearsal: how many would be changed."""
    if kind == CONTACTS:
        text = ngettext(
            "{n} contact will be changed. What stands there now stays in the history.",
            "{n} contacts will be changed. What stands there now stays in the history.",
            count,
        )
    else:
        text = ngettext(
            "{n} customer will be changed. What stands there now stays in the history.",
            "{n} customers will be changed. What stands there now stays in the history.",
            count,
        )
    return _counted(text, count)


def the_same(count: int) -> str:
    """Rows that change nothing, and why."""
    text = ngettext(
        "{n} row is skipped: all that it says is in the book already.",
        "{n} rows are skipped: all that they say is in the book already.",
        count,
    )
    return _counted(text, count)


def rejected(count: int) -> str:
    """Rows that cannot be taken, and what to do with them."""
    text = ngettext(
        "{n} row cannot be taken. Save it as a file, mend it there, and import that file.",
        "{n} rows cannot be taken. Save them as a file, mend them there, and import that file.",
        count,
    )
    return _counted(text, count)


def alike(count: int) -> str:
    """New customers that share a phone number, and what that means."""
    text = ngettext(
        "{n} new customer has a phone number that another one has too. It is made nevertheless: "
        "a shared number alone proves nothing.",
        "{n} new customers have a phone number that another one has too. They are made nevertheless: "
        "a shared number alone proves nothing.",
        count,
    )
    return _counted(text, count)


def button(count: int) -> str:
    """On the button that imports."""
    return _counted(ngettext("Import {n} row", "Import {n} rows", count), count)


def imported(count: int) -> str:
    """The headline afterwards."""
    return _counted(ngettext("{n} row was imported", "{n} rows were imported", count), count)


def shown(count: int) -> str:
    """Where only some examples are shown."""
    return _counted(ngettext("Here is the first one.", "Here are the first {n}.", count), count)


def _counted(text: str, count: int) -> str:
    return text.format(n=formats.count(count))
