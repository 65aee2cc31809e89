"""For each column the function that turns its text into a value of its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.errors import Invalid, NotFound
from app.features.crm.importing import conversions
from app.features.crm.importing.conversions import Convert, Warn
from app.features.crm.importing.draft import Slip
from app.features.crm.importing.mapping import BY_OWN, Mapping
from app.features.crm.importing.paths import CONTACT, IDS, Fields
from app.ids import parse as parse_id
from app.model.fields import Field

Parse = Callable[[str], Any]

_WORDS = {"customer.kind": conversions.KIND_WORDS, "customer.stage": conversions.STAGE_WORDS}
_LONG = ("customer.notes", "contact.notes", "customer.access")


def parser(mapping: Mapping, known: Fields, slip: Slip, index: int) -> Parse:
    """The parser of column `index`. It may raise Invalid; a false value means: leave it out."""
    path = mapping.targets[index]
    if path in IDS:
        return _id(path, slip)
    field = known[path]
    warn = warner(mapping, slip, index)
    if path in _LONG:
        return _long(path, field, slip, warn)
    if mapping.is_own or mapping.by[index] == BY_OWN:
        return field.parse
    convert = _conversion(path, field, mapping, slip)

    def parse(text: str) -> Any:
        return convert(text, warn)

    return _added(path, parse, slip) if path == "customer.tags" else parse


def warner(mapping: Mapping, slip: Slip, index: int) -> Warn:
    """Where the parsers of a column leave their warnings."""
    column = mapping.columns[index]

    def warn(kind: str, text: str) -> None:
        slip.draft.warnings.append((kind, column, text[:80]))

    return warn


def _conversion(path: str, field: Field, mapping: Mapping, slip: Slip) -> Convert:
    keep = slip.keep
    if path == "customer.payment_terms":
        return conversions.terms(field)
    if path == "contact.language":
        return conversions.language(field)
    parse = field.parse
    makers: dict[str, Callable[[], Convert]] = {
        "choice": lambda: conversions.choice(field, _WORDS.get(path, {})),
        "phone": lambda: conversions.phone(field),
        "email": lambda: conversions.email(field, keep),
        "web": lambda: conversions.web(field, keep),
        "day": lambda: conversions.day(field, keep, day_first=mapping.day_first),
        "money": lambda: conversions.money(field, mapping.currency),
        "tags": lambda: conversions.tags(field),
        "elements": lambda: conversions.tags(field),
        "text": lambda: conversions.line(field),
    }
    if maker := makers.get(field.kind):
        return maker()
    return lambda text, _warn: parse(text)


def _id(path: str, slip: Slip) -> Parse:
    is_contact = path.startswith(CONTACT)

    def take(text: str) -> None:
        try:
            found = parse_id(text)
        except NotFound as error:
            raise Invalid("id", error.text) from None
        if is_contact:
            slip.draft.contact_id = found
        else:
            slip.draft.customer_id = found

    return take


def _long(path: str, field: Field, slip: Slip, warn: Warn) -> Parse:
    """Notes: several columns come together, line breaks become strokes, too much is cut with a warning."""
    name = path.partition(".")[2]
    limit = field.max
    is_contact = path.startswith(CONTACT)

    def parse(text: str) -> Any:
        if "\n" in text:
            text = " / ".join(part.strip() for part in text.split("\n") if part.strip())
        values = slip.contact if is_contact else slip.draft.customer
        if before := values.get(name):
            text = f"{before}; {text.strip()}"
        if len(text) > limit:
            warn("too_long", text)
            text = shortened(text, limit)
        return field.parse(text)

    return parse


def shortened(text: str, limit: int) -> str:
    """The text cut to `limit` characters, with a sign that it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _added(path: str, parse: Parse, slip: Slip) -> Parse:
    name = path.partition(".")[2]

    def add(text: str) -> Any:
        return tuple(sorted({*slip.draft.customer.get(name, ()), *parse(text)}))

    return add
