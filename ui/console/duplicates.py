"""`duplicates`: the same customer written down twice, shown as one, and parted again."""

from __future__ import annotations

from typing import Final

from app import ids
from app.i18n import _, ngettext
from ui.console.answer import Answer
from ui.console.call import Call


def merge(call: Call) -> Answer:
    """Show customers as the one that is kept; one undoable step."""
    from app.features.crm import duplicates

    kept = ids.parse(call.options.id)
    others = [ids.parse(text) for text in call.options.customers]
    with call.opened() as opened:
        count = opened.session.do(duplicates.merge, kept, others)
    text = ngettext(
        "{count} customer is shown with the one that is kept. “provender undo” takes it back.",
        "{count} customers are shown with the one that is kept. “provender undo” takes it back.",
        count,
    ).format(count=count)
    return Answer({"kept": ids.show(kept), "duplicates": [ids.show(one) for one in others]}, text)


def part(call: Call) -> Answer:
    """A customer is one of its own again."""
    from app.features.crm import duplicates

    one = ids.parse(call.options.id)
    with call.opened() as opened:
        opened.session.do(duplicates.part, one)
    return Answer({"id": ids.show(one)}, _("It is shown as a customer of its own again."))


COMMANDS: Final = {"duplicates merge": merge, "duplicates part": part}
