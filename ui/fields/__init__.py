"""An editor for every kind of field: `editor(field)` gives the right one."""

from __future__ import annotations

from app.model.fields import Field
from ui.fields.amounts import MoneyEditor, NumberEditor, PositionEditor, use_currency
from ui.fields.chips import Chip, ChipBox, ChipsEditor, hue_of
from ui.fields.days import DayEditor, MomentEditor
from ui.fields.editor import ChoiceEditor, Editor, LineEditor, LongTextEditor, Raw, ReachEditor, YesNoEditor
from ui.fields.flow import FlowLayout
from ui.fields.hours import WindowsEditor
from ui.fields.links import Hit, LinkChoice, LinkEditor, LinksEditor, Lookup, Lookups, Offered
from ui.fields.places import AddressEditor

__all__ = [
    "Chip",
    "ChipBox",
    "ChipsEditor",
    "Editor",
    "FlowLayout",
    "Hit",
    "Lookup",
    "Lookups",
    "Offered",
    "Raw",
    "editor",
    "hue_of",
    "use_currency",
]

EDITORS: dict[str, type[Editor]] = {
    "text": LineEditor,
    "long_text": LongTextEditor,
    "choice": ChoiceEditor,
    "choices": ChipsEditor,
    "tags": ChipsEditor,
    "elements": ChipsEditor,
    "windows": WindowsEditor,
    "phone": ReachEditor,
    "email": ReachEditor,
    "web": ReachEditor,
    "address": AddressEditor,
    "position": PositionEditor,
    "day": DayEditor,
    "moment": MomentEditor,
    "money": MoneyEditor,
    "number": NumberEditor,
    "yes_no": YesNoEditor,
}


def editor(field: Field, lookups: Lookups | None = None) -> Editor:
    """The editor for a field; links need to know how records of their kind are found."""
    lookup = (lookups or {}).get(getattr(field, "to", ""))
    if isinstance(lookup, Offered):
        return LinkChoice(field, lookup)
    if field.kind == "link":
        return LinkEditor(field, lookup)
    if field.kind == "links":
        return LinksEditor(field, lookup)
    return EDITORS[field.kind](field)
