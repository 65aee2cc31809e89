"""A filter in words, as its chip says it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from app.errors import Invalid
from app.features.filtering import Filter, Filterable
from app.i18n import N_, _, listed, ngettext
from app.model.fields import DAYS
from ui import formats

_SENTENCES: dict[str, str] = {
    "any": N_("{field}: {value}"),
    "none": N_("{field}: not {value}"),
    "all": N_("{field}: all of {value}"),
    "contains": N_("{field} contains “{value}”"),
    "lacks": N_("{field} does not contain “{value}”"),
    "starts": N_("{field} begins with “{value}”"),
    "is": N_("{field} is “{value}”"),
    "least": N_("{field}: {value} or more"),
    "most": N_("{field}: {value} or less"),
    "since": N_("{field}: since {value}"),
    "until": N_("{field}: until {value}"),
    "yes": N_("{field}: yes"),
    "no": N_("{field}: no"),
    "filled": N_("{field} is filled in"),
    "empty": N_("{field} is empty"),
}
NAMED = 3  # values that a chip names; it counts the others


def label_of(by: Filterable) -> str:
    """The name of what is filtered by, in the present language."""
    return _(by.label)


def value_label(by: Filterable, value: str) -> str:
    """One value as people read it."""
    if by.field.kind == "windows":
        return formats.weekday(value, full=True) if value in DAYS else value
    return _(dict(by.options).get(value, value))


def sentence(one: Filter, by: Filterable | None) -> str:
    """The whole filter, short enough for a chip."""
    if by is None:
        return _("A field that is gone")
    field = label_of(by)
    if one.test in ("last", "next") and isinstance(one.value, int):
        if one.test == "last":
            text = ngettext("{field}: in the last {n} day", "{field}: in the last {n} days", one.value)
        else:
            text = ngettext("{field}: in the next {n} day", "{field}: in the next {n} days", one.value)
        return text.format(field=field, n=formats.count(one.value))
    return _(_SENTENCES.get(one.test, "{field}")).format(field=field, value=_value(one, by))


def _value(one: Filter, by: Filterable) -> str:
    if isinstance(one.value, (tuple, list)):
        named = [value_label(by, value) for value in one.value[:NAMED]]
        more = len(one.value) - len(named)
        text = listed(named)
        return _("{values} and {n} more").format(values=text, n=more) if more > 0 else text
    text = str(one.value or "")
    # A saved view may hold what an older or newer version wrote: shown as it stands, then.
    with suppress(Invalid, ValueError):
        if one.test in ("since", "until"):
            return formats.day(date.fromisoformat(text))
        if by.field.kind == "number":
            return formats.value(by.field, by.field.parse(text))
    return text
