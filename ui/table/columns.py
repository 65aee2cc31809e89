"""What a column shows and how; the columns of a record kind follow from its declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.model.entity import Entity
from app.model.fields import Field
from ui import formats
from ui.theme import plain


class Pill(NamedTuple):
    """A cell drawn as a coloured chip; `hue` is an index into the theme's hues."""

    text: str
    hue: int


Cell = str | Pill


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `show` turns a value into its cell, once, when the row arrives; never while painting."""

    name: str
    label: str
    width: int = 150  # device-independent pixels at 100 % text
    show: Callable[[Any], Cell] = lambda value: plain(str(value))
    right: bool = False
    strong: bool = False
    soft: bool = False
    sortable: bool = True
    at_first: bool = True  # in sight until the person chooses


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list is sorted."""

    column: str
    descending: bool = False


_WIDTHS = {"text": 170, "address": 260, "email": 210, "web": 190, "phone": 150, "long_text": 260, "tags": 180}
_RIGHT = frozenset({"money", "number"})


def columns_of(
    entity: Entity,
    shown: Iterable[str] = (),
    *,
    more: Iterable[Field] = (),
    hide: Iterable[str] = (),
    show: Mapping[str, Callable[[Any], Cell]] | None = None,
) -> tuple[Column, ...]:
    """Columns of all fields of a kind; those in `shown` are in sight at first and lead, in their order.

    `more` are custom fields; `show` draws some of them in another way (a Pill). Links are left out, since a row holds only their ids.
    """
    wanted, hidden = list(shown), set(hide)
    fields = {
        field.name: field
        for field in (*entity.fields, *more)
        if field.kind not in ("link", "links") and not field.hidden and field.name not in hidden
    }
    order = [*(name for name in wanted if name in fields), *(name for name in fields if name not in wanted)]
    return tuple(
        Column(
            name=name,
            label=fields[name].label,
            width=_WIDTHS.get(fields[name].kind, 130),
            show=(show or {}).get(name) or shower(fields[name]),
            right=fields[name].kind in _RIGHT,
            strong=name == entity.title_field,
            at_first=not wanted or name in wanted,
        )
        for name in order
    )


def shower(field: Field) -> Callable[[Any], Cell]:
    """How a value of this field looks in a cell: plain, for where every column is coloured no colour tells."""
    return lambda value: formats.value(field, value)
