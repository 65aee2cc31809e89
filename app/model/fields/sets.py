"""Fields of several elements, each merged on its own: tags, choices, delivery windows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from app.i18n import _, listed
from app.model.fields.declared import CONTROL, Field, fill
from app.model.fields.texts import option_named


@dataclass(frozen=True, kw_only=True, init=False)
class Elements(Field):
    """A set of short texts (tags); two people who add different ones both succeed."""

    kind: ClassVar[str] = "elements"
    empty: ClassVar[Any] = ()
    plain: ClassVar[bool] = False
    elementwise: ClassVar[bool] = True
    most: int = 100

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> tuple[Any, ...]:
        elements = {self.clean_element(str(element)) for element in value}
        elements.discard("")
        if self.required and not elements:
            raise self.invalid(_("Please fill this in."))
        if len(elements) > self.most:
            raise self.invalid(_("There is room for {most} entries here.").format(most=self.most))
        return tuple(sorted(elements))

    def clean_element(self, text: str) -> str:
        # A semicolon would part one element into two when it is written as text and read again.
        text = CONTROL.sub(" ", text).replace(";", ",").replace("；", ",").strip()
        if len(text) > 60:
            raise self.invalid(_("Please shorten “{value}…” to 60 characters.").format(value=text[:20]))
        return text

    def parse(self, text: str) -> tuple[Any, ...]:
        return self.clean(re.split(r"[;；]", text))

    def text(self, value: Any) -> str:
        return "; ".join(value)

    def from_wire(self, wire: Any) -> tuple[Any, ...]:
        return tuple(wire or ())

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return ("\n" + "\n".join(wire) + "\n" if wire else "",)

    def from_row(self, *row: Any) -> tuple[str, ...]:
        return tuple(row[0][1:-1].split("\n")) if row[0] else ()


@dataclass(frozen=True, kw_only=True, init=False)
class Listed(Elements):
    """Short texts whose order means something, such as the options of a choice; one value, not a set."""

    elementwise: ClassVar[bool] = False

    def clean(self, value: Any) -> tuple[Any, ...]:
        order = tuple(dict.fromkeys(filter(None, (self.clean_element(str(element)) for element in value))))
        super().clean(order)
        return order

    def to_wire(self, value: Any) -> Any:
        return list(value) or None

    def from_wire(self, wire: Any) -> Any:
        return tuple(wire or ())


@dataclass(frozen=True, kw_only=True, init=False)
class Tags(Elements):
    """Free tags."""

    kind: ClassVar[str] = "tags"


@dataclass(frozen=True, kw_only=True, init=False)
class Choices(Elements):
    """Several of a few declared values."""

    kind: ClassVar[str] = "choices"
    options: tuple[tuple[str, str], ...] = ()

    def clean_element(self, text: str) -> str:
        if not text.strip():
            return ""
        if (option := option_named(text, self.options)) is not None:
            return option
        raise self.invalid(
            _("“{value}” is not one of: {options}.").format(
                value=text[:40], options=listed(_(label) for _value, label in self.options)
            )
        )


DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


@dataclass(frozen=True, kw_only=True, init=False)
class Windows(Elements):
    """Delivery windows by weekday, each `mo 06:00-10:30`."""

    kind: ClassVar[str] = "windows"

    def clean_element(self, text: str) -> str:
        found = re.fullmatch(
            r"([a-z]{2}) (\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", text.strip().casefold()
        )
        if not text.strip():
            return ""
        if found and found[1] in DAYS:
            start, end = int(found[2]) * 60 + int(found[3]), int(found[4]) * 60 + int(found[5])
            if int(found[3]) < 60 and int(found[5]) < 60 and start < end <= 1440:
                return f"{found[1]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        raise self.invalid(
            _("“{value}” is not a delivery window. Write it as “mo 06:00-10:30”.").format(value=text[:40])
        )
