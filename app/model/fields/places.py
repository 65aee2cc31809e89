"""Fields of place: postal addresses and positions on earth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from app.i18n import _
from app.model.fields.declared import CONTROL, Field, fill
from app.model.values import NOWHERE, Address, Position


@dataclass(frozen=True, kw_only=True, init=False)
class Postal(Field):
    """An address; one value, since half an address from one person and half from another is neither."""

    kind: ClassVar[str] = "address"
    empty: ClassVar[Any] = NOWHERE
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = tuple(
        ("_" + part, "TEXT NOT NULL DEFAULT ''") for part in Address._fields
    )

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> Address:
        parts = []
        for text in value:
            part = (text if text.isprintable() else CONTROL.sub(" ", text)).strip()
            if len(part) > self.max:
                raise self.invalid(
                    _("Please shorten this to {max} characters; it has {count}.").format(
                        max=self.max, count=len(part)
                    )
                )
            parts.append(part)
        if self.required and not any(parts):
            raise self.invalid(_("Please fill this in."))
        return Address(*parts)

    def parse(self, text: str) -> Address:
        parts = [part.strip().replace("\\|", "|") for part in re.split(r"(?<!\\)\|", text)]
        if len(parts) > len(Address._fields):
            raise self.invalid(
                _("An address has five parts at most: street | postcode | city | region | country.")
            )
        return self.clean(Address(*parts))

    def text(self, value: Any) -> str:
        count = max((place for place, part in enumerate(value, 1) if part), default=0)
        return " | ".join(part.replace("|", "\\|") for part in value[:count])

    def to_wire(self, value: Any) -> Any:
        return list(value) if any(value) else None

    def from_wire(self, wire: Any) -> Any:
        return NOWHERE if wire is None else Address(*wire)

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return ("", "", "", "", "") if wire is None else tuple(wire)

    def from_row(self, *row: Any) -> Any:
        return Address(*row)


@dataclass(frozen=True, kw_only=True, init=False)
class Place(Field):
    """Latitude and longitude."""

    kind: ClassVar[str] = "position"
    empty: ClassVar[Any] = None
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("_lat", "INTEGER"), ("_lon", "INTEGER"))

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> Position | None:
        if value is None:
            if self.required:
                raise self.invalid(_("Please fill this in."))
            return None
        lat, lon = value
        if abs(lat) > 90_000_000 or abs(lon) > 180_000_000:
            raise self.invalid(_("Latitude goes from -90 to 90 and longitude from -180 to 180."))
        return Position(int(lat), int(lon))

    def parse(self, text: str) -> Position | None:
        if not text.strip():
            return self.clean(None)
        try:
            lat, lon = (_millionths(part) for part in re.split(r"[,;\s]+", text.strip()))
        except (ValueError, InvalidOperation):
            raise self.invalid(
                _("“{value}” is not a position. Write it as 48.137154, 11.576124.").format(value=text[:40])
            ) from None
        return self.clean(Position(lat, lon))

    def text(self, value: Any) -> str:
        return (
            ""
            if value is None
            else f"{Decimal(value.lat_e6).scaleb(-6):f}, {Decimal(value.lon_e6).scaleb(-6):f}"
        )

    def to_wire(self, value: Any) -> Any:
        return None if value is None else [value.lat_e6, value.lon_e6]

    def from_wire(self, wire: Any) -> Any:
        return None if wire is None else Position(*wire)

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (None, None) if wire is None else (wire[0], wire[1])

    def from_row(self, *row: Any) -> Any:
        return None if row[0] is None or row[1] is None else Position(row[0], row[1])


def _millionths(text: str) -> int:
    degrees = Decimal(text)
    # Before rounding: an exponent of millions would otherwise become an integer of millions of digits.
    if not degrees.is_finite() or degrees.adjusted() > 3:
        raise ValueError(text)
    return round(degrees * 1_000_000)
