"""Fields that point to other records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from app import ids
from app.errors import NotFound
from app.i18n import _
from app.model.fields.declared import Field, fill
from app.model.fields.sets import Elements


@dataclass(frozen=True, kw_only=True, init=False)
class Link(Field):
    """The id of another record. `parent=True`: this record lives and moves with that one."""

    kind: ClassVar[str] = "link"
    empty: ClassVar[Any] = None
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "BLOB"),)
    to: str = ""
    parent: bool = False

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> Any:
        if value is None and self.required:
            raise self.invalid(_("Please choose one."))
        return value

    def parse(self, text: str) -> Any:
        if not text.strip():
            return self.clean(None)
        try:
            return ids.parse(text)
        except NotFound as error:
            raise self.invalid(error.text) from None

    def text(self, value: Any) -> str:
        return "" if value is None else ids.show(value)

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (wire,)

    def from_row(self, *row: Any) -> Any:
        return row[0]


@dataclass(frozen=True, kw_only=True, init=False)
class Links(Elements):
    """Ids of several other records."""

    kind: ClassVar[str] = "links"
    to: str = ""

    def clean(self, value: Any) -> tuple[ids.Id, ...]:
        found = tuple(sorted(set(value)))
        if self.required and not found:
            raise self.invalid(_("Please choose one."))
        return found

    def parse(self, text: str) -> tuple[ids.Id, ...]:
        try:
            return self.clean(ids.parse(part) for part in text.split(";") if part.strip())
        except NotFound as error:
            raise self.invalid(error.text) from None

    def text(self, value: Any) -> str:
        return "; ".join(ids.show(element) for element in value)

    def to_wire(self, value: Any) -> Any:
        return [ids.show(element) for element in value]

    def from_wire(self, wire: Any) -> Any:
        return tuple(ids.parse(element) for element in wire or ())

    def from_row(self, *row: Any) -> Any:
        return self.from_wire(row[0][1:-1].split("\n")) if row[0] else ()
