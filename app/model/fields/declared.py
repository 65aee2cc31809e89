"""What every kind of field can do, and how a declaration is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar

from app.errors import Invalid

CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
"""Control characters, and halves of surrogate pairs, which no encoding can write."""

# A value on the wire is None, bool, int, str, bytes or a list of these; in a row it is a tuple of
# SQL values, one for each of the field's columns. A field whose `plain` is true is one and the same in all.


@dataclass(frozen=True, kw_only=True)
class Field:
    """One declared field. `name` is filled in by @entity."""

    label: str
    name: str = ""
    required: bool = False
    search: bool = False
    sort: bool = False
    personal: bool = False
    restricted: bool = False
    max: int = 200
    hidden: bool = False

    kind: ClassVar[str] = ""
    empty: ClassVar[Any] = ""
    plain: ClassVar[bool] = True  # the Python value, the wire value and the row value are one and the same
    elementwise: ClassVar[bool] = False  # each element is a register of its own; adding wins
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "TEXT NOT NULL DEFAULT ''"),)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that hold this field, without the sort key."""
        return tuple(self.name + suffix for suffix, _type in self.sql)

    def clean(self, value: Any) -> Any:
        """The value as it is kept. Raises Invalid with a sentence for the user."""
        return value

    def parse(self, text: str) -> Any:
        """The value that `text` wrote, or that a person or another program wrote. Raises Invalid."""
        return self.clean(text)

    def text(self, value: Any) -> str:
        """The value as text without loss: `parse(text(v)) == v`."""
        return str(value)

    def to_wire(self, value: Any) -> Any:
        return value

    def from_wire(self, wire: Any) -> Any:
        return self.empty if wire is None else wire

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        """SQL values of a wire value, in the order of `columns`."""
        return (self.empty if wire is None else wire,)

    def from_row(self, *row: Any) -> Any:
        return row[0]

    def row_to_wire(self, *row: Any) -> Any:
        """The wire value again, for the rare case that a register of two values needs it."""
        return self.to_wire(self.from_row(*row))

    def invalid(self, sentence: str) -> Invalid:
        return Invalid(self.name, sentence)


def named(declared: Field, name: str) -> Field:
    """The field with its name."""
    twin = copy(declared)
    object.__setattr__(twin, "name", name)
    return twin


def fill(declared: Field, label: str, options: Mapping[str, Any]) -> None:
    """Set a frozen field's parts, so that the label needs no name in a declaration."""
    known = declared.__dataclass_fields__
    for name, part in known.items():
        value = label if name == "label" else options.get(name, part.default)
        object.__setattr__(declared, name, value)
    if unknown := set(options) - set(known):
        raise TypeError(f"{type(declared).__name__} has no option {sorted(unknown)}")
