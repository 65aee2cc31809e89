"""The columns of an export: a heading for each, and how a record fills it.

Headings are field paths (`customer.address.street`): the same in every language, so that a script can rely
on them and any export can be imported again. On request they are labels in the reader's language; then the
id column keeps its path, by which an import knows our own file, and labels are recognised in every language.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app import ids
from app.i18n import DOMAIN, LANGUAGES, LOCALE, N_, _
from app.model.custom import definition_id
from app.model.entity import CUSTOM, Entity, Record
from app.model.fields import Field

ADDRESS_PARTS: tuple[tuple[str, str], ...] = (
    ("street", N_("Street")),
    ("postcode", N_("Postcode")),
    ("city", N_("City")),
    ("region", N_("Region")),
    ("country", N_("Country")),
)
POSITION_PARTS: tuple[tuple[str, str], ...] = (("lat", N_("Latitude")), ("lon", N_("Longitude")))


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `path` is `customer.address.city`; `field` None means the record's id."""

    path: str
    label: str
    text: Callable[[Record], str]
    field: Field | None = None
    part: str = ""

    @property
    def kind(self) -> str:
        """The field's kind, "id" for the id."""
        return self.field.kind if self.field else "id"


def columns(entity: Entity, custom: Iterable[Field] = (), only: Sequence[str] = ()) -> tuple[Column, ...]:
    """The id, then all fields of a kind, or those that `only` names (field names, in this order)."""
    known = {field.name: field for field in (*entity.fields, *custom) if not field.hidden}
    chosen = [known[name] for name in only if name in known] if only else list(known.values())
    found = [Column(f"{entity.name}.id", "", _id)]
    for field in chosen:
        found.extend(_of(entity.name, field))
    return tuple(found)


def headings(chosen: Sequence[Column], *, labelled: bool = False) -> tuple[str, ...]:
    """The first row: paths, or labels in the present language (the id column always has its path)."""
    return tuple(_(column.label) if labelled and column.label else column.path for column in chosen)


def _of(kind: str, field: Field) -> Iterator[Column]:
    path = f"{kind}.{field.name}"
    if field.kind == "address":
        for index, (part, label) in enumerate(ADDRESS_PARTS):
            yield Column(f"{path}.{part}", label, _address_part(field.name, index), field, part)
    elif field.kind == "position":
        for index, (part, label) in enumerate(POSITION_PARTS):
            yield Column(f"{path}.{part}", label, _degrees(field.name, index), field, part)
    elif field.name.startswith(CUSTOM):
        yield Column(path, field.label, _custom(field), field)
    else:
        yield Column(path, field.label, _plain(field), field)


def _id(record: Record) -> str:
    return ids.show(record.id)


def _plain(field: Field) -> Callable[[Record], str]:
    name, text = field.name, field.text

    def value(record: Record) -> str:
        return text(getattr(record, name))

    return value


def _custom(field: Field) -> Callable[[Record], str]:
    name, text, read = definition_id(field.name), field.text, field.from_wire

    def value(record: Record) -> str:
        wire = record.custom.get(name)
        return "" if wire is None else text(read(wire))

    return value


def _address_part(name: str, index: int) -> Callable[[Record], str]:
    def value(record: Record) -> str:
        part: str = getattr(record, name)[index]
        return part

    return value


def _degrees(name: str, index: int) -> Callable[[Record], str]:
    def value(record: Record) -> str:
        position: Any = getattr(record, name)
        return "" if position is None else degrees(position[index])

    return value


def degrees(millionths: int) -> str:
    """Millionths of a degree as degrees without loss: -122421547 is "-122.421547"."""
    whole, rest = divmod(abs(millionths), 1_000_000)
    return f"{'-' if millionths < 0 else ''}{whole}.{rest:06}"


def labels(field: Field) -> Iterator[tuple[str, str]]:
    """(part, label) of a field in every language; part is empty for fields of one column."""
    parts = {"address": ADDRESS_PARTS, "position": POSITION_PARTS}.get(field.kind, (("", field.label),))
    for part, label in (*parts, ("", field.label)):
        for translated in _translations(label):
            yield part, translated


@cache
def _translations(text: str) -> tuple[str, ...]:
    found = {text: None}
    for language in LANGUAGES:
        translation = gettext.translation(DOMAIN, LOCALE, [language], fallback=True)
        found[translation.gettext(text)] = None
    return tuple(found)
