"""Kinds of field: how each is checked, read from text, written to text, to the wire and to the row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from app import ids
from app.errors import Invalid, NotFound
from app.i18n import N_, _
from app.model.values import NOWHERE, Address, Money, Position

CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
CONTROL_IN_LONG = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")

# A value on the wire is None, bool, int, str, bytes or a list of these; in a row it is a tuple of
# SQL values, one for each of the field's columns. A field whose `to_wire` is None travels as it is.


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


@dataclass(frozen=True, kw_only=True, init=False)
class Text(Field):
    """One line."""

    kind: ClassVar[str] = "text"

    def __init__(self, label: str, **options: Any) -> None:
        _fill(self, label, options)

    def clean(self, value: Any) -> str:
        text = str(value)
        if not text.isprintable():
            text = CONTROL.sub(" ", text)
        text = text.strip()
        if len(text) > self.max:
            raise self.invalid(
                _("Please shorten this to {max} characters; it has {count}.").format(
                    max=self.max, count=len(text)
                )
            )
        if self.required and not text:
            raise self.invalid(_("Please fill this in."))
        return text


@dataclass(frozen=True, kw_only=True, init=False)
class LongText(Text):
    """Several lines."""

    kind: ClassVar[str] = "long_text"
    max: int = 20_000

    def clean(self, value: Any) -> str:
        text = CONTROL_IN_LONG.sub(" ", str(value).replace("\r\n", "\n").replace("\r", "\n")).strip()
        if len(text) > self.max:
            raise self.invalid(
                _("Please shorten this to {max} characters; it has {count}.").format(
                    max=self.max, count=len(text)
                )
            )
        if self.required and not text:
            raise self.invalid(_("Please fill this in."))
        return text


@dataclass(frozen=True, kw_only=True, init=False)
class Choice(Text):
    """One of a few declared values; empty for none."""

    kind: ClassVar[str] = "choice"
    options: tuple[tuple[str, str], ...] = ()
    empty_label: str = N_("None")

    def clean(self, value: Any) -> str:
        text = str(value).strip()
        if text and not any(text == option for option, _label in self.options):
            raise self.invalid(
                _("“{value}” is not one of: {options}.").format(
                    value=text[:40], options=", ".join(_(label) for _value, label in self.options)
                )
            )
        if self.required and not text:
            raise self.invalid(_("Please choose one."))
        return text

    def parse(self, text: str) -> str:
        wanted = text.strip().casefold()
        for option, label in self.options:
            if wanted in (option.casefold(), label.casefold(), _(label).casefold()):
                return option
        return self.clean(text)


@dataclass(frozen=True, kw_only=True, init=False)
class Phone(Text):
    """A phone number, kept as people write it; search goes by its digits."""

    kind: ClassVar[str] = "phone"
    max: int = 60


@dataclass(frozen=True, kw_only=True, init=False)
class Email(Text):
    """An e-mail address (RFC 5321: at most 254 characters)."""

    kind: ClassVar[str] = "email"
    max: int = 254

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text:
            local, at, host = text.rpartition("@")
            if not at or not local or "." not in host.strip(".") or " " in text:
                raise self.invalid(
                    _("“{value}” is not an e-mail address. It looks like name@example.com.").format(
                        value=text[:60]
                    )
                )
        return text


@dataclass(frozen=True, kw_only=True, init=False)
class Web(Text):
    """An address on the web."""

    kind: ClassVar[str] = "web"
    max: int = 500

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and (" " in text or re.match(r"(?i)^(javascript|data|vbscript|file):", text)):
            raise self.invalid(
                _("“{value}” is not a web address. It looks like www.example.com.").format(value=text[:60])
            )
        return text


@dataclass(frozen=True, kw_only=True, init=False)
class YesNo(Field):
    """Yes or no."""

    kind: ClassVar[str] = "yes_no"
    empty: ClassVar[Any] = False
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "INTEGER NOT NULL DEFAULT 0"),)

    def __init__(self, label: str, **options: Any) -> None:
        _fill(self, label, options)

    def clean(self, value: Any) -> bool:
        return bool(value)

    def parse(self, text: str) -> bool:
        wanted = text.strip().casefold()
        if wanted in ("", "0", "no", "n", "false", "否", "off"):
            return False
        if wanted in ("1", "yes", "y", "true", "是", "on", "x"):
            return True
        raise self.invalid(_("“{value}” is neither yes nor no.").format(value=text[:40]))

    def text(self, value: Any) -> str:
        return "yes" if value else "no"

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (1 if wire else 0,)

    def from_row(self, *row: Any) -> bool:
        return bool(row[0])


@dataclass(frozen=True, kw_only=True, init=False)
class Day(Field):
    """A day without a time."""

    kind: ClassVar[str] = "day"
    empty: ClassVar[Any] = None
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "TEXT"),)

    def __init__(self, label: str, **options: Any) -> None:
        _fill(self, label, options)

    def clean(self, value: Any) -> date | None:
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            if value is None and self.required:
                raise self.invalid(_("Please fill this in."))
            return value
        raise self.invalid(_("“{value}” is not a day.").format(value=str(value)[:40]))

    def parse(self, text: str) -> date | None:
        text = text.strip()
        if not text:
            return self.clean(None)
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            pass
        found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?", text)
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
        raise self.invalid(_("“{value}” is not a day. Write it as 2026-11-23.").format(value=text[:40]))

    def text(self, value: Any) -> str:
        return value.isoformat() if value else ""

    def to_wire(self, value: Any) -> Any:
        return value.isoformat() if value else None

    def from_wire(self, wire: Any) -> Any:
        return date.fromisoformat(wire) if wire else None

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (wire,)

    def from_row(self, *row: Any) -> Any:
        return date.fromisoformat(row[0]) if row[0] else None


@dataclass(frozen=True, kw_only=True, init=False)
class Moment(Field):
    """A point in time: milliseconds since 1970 UTC, or None."""

    kind: ClassVar[str] = "moment"
    empty: ClassVar[Any] = None
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "INTEGER"),)

    def __init__(self, label: str, **options: Any) -> None:
        _fill(self, label, options)

    def clean(self, value: Any) -> int | None:
        if value is None and self.required:
            raise self.invalid(_("Please fill this in."))
        if value is not None and not 0 <= int(value) < 253_402_300_800_000:
            raise self.invalid(_("This time is out of range."))
        return None if value is None else int(value)

    def parse(self, text: str) -> int | None:
        text = text.strip()
        if not text:
            return self.clean(None)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.invalid(
                _("“{value}” is not a time. Write it as 2026-11-23T14:30:00+00:00.").format(value=text[:40])
            ) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return self.clean(int(moment.timestamp()) * 1000 + moment.microsecond // 1000)

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        return (
            datetime.fromtimestamp(value // 1000, UTC)
            .replace(microsecond=value % 1000 * 1000)
            .isoformat(timespec="milliseconds")
        )

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (wire,)


@dataclass(frozen=True, kw_only=True, init=False)
class Amount(Field):
    """Money with its currency."""

    kind: ClassVar[str] = "money"
    empty: ClassVar[Any] = None
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "INTEGER"), ("_currency", "TEXT"))

    # Currencies without or with three decimals (ISO 4217); all others have two.
    DIGITS: ClassVar[Mapping[str, int]] = {
        "JPY": 0,
        "KRW": 0,
        "VND": 0,
        "ISK": 0,
        "CLP": 0,
        "KWD": 3,
        "BHD": 3,
        "TND": 3,
        "JOD": 3,
    }

    def __init__(self, label: str, **options: Any) -> None:
        _fill(self, label, options)

    def clean(self, value: Any) -> Money | None:
        if value is None:
            if self.required:
                raise self.invalid(_("Please fill this in."))
            return None
        minor, currency = value
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise self.invalid(
                _("“{value}” is not a currency. Write its three letters, such as EUR or CNY.").format(
                    value=str(currency)[:10]
                )
            )
        if abs(minor) >= 2**53:
            raise self.invalid(_("This amount is too large."))
        return Money(int(minor), currency)

    def parse(self, text: str) -> Money | None:
        text = text.strip()
        if not text:
            return self.clean(None)
        found = re.fullmatch(r"(?:([A-Za-z]{3})\s*)?([-+]?[\d.,'\s]*\d)\s*([A-Za-z]{3})?", text)
        currency = ((found and (found[1] or found[3])) or "").upper()
        if not found or not currency:
            raise self.invalid(
                _("“{value}” is not an amount with its currency. Write it as 1500.00 EUR.").format(
                    value=text[:40]
                )
            )
        number = re.sub(r"[\s',]", "", found[2])
        try:
            minor = Decimal(number).scaleb(self.DIGITS.get(currency, 2))
        except InvalidOperation:
            raise self.invalid(
                _("“{value}” is not an amount with its currency. Write it as 1500.00 EUR.").format(
                    value=text[:40]
                )
            ) from None
        if minor != minor.to_integral_value():
            raise self.invalid(
                _("“{value}” has more decimals than {currency} has.").format(
                    value=text[:40], currency=currency
                )
            )
        return self.clean(Money(int(minor), currency))

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        digits = self.DIGITS.get(value.currency, 2)
        return f"{Decimal(value.minor).scaleb(-digits):.{digits}f} {value.currency}"

    def to_wire(self, value: Any) -> Any:
        return None if value is None else [value.minor, value.currency]

    def from_wire(self, wire: Any) -> Any:
        return None if wire is None else Money(*wire)

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (None, None) if wire is None else (wire[0], wire[1])

    def from_row(self, *row: Any) -> Any:
        return None if row[0] is None else Money(row[0], row[1])


@dataclass(frozen=True, kw_only=True, init=False)
class Number(Field):
    """A decimal number, with a unit where the declaration names one."""

    kind: ClassVar[str] = "number"
    empty: ClassVar[Any] = None
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "TEXT"), ("_value", "REAL"))
    unit: str = ""
    minimum: int | None = None
    maximum: int | None = None

    def __init__(self, label: str, **options: Any) -> None:
        _fill(self, label, options)

    def clean(self, value: Any) -> Decimal | None:
        if value is None:
            if self.required:
                raise self.invalid(_("Please fill this in."))
            return None
        number = Decimal(value)
        if not number.is_finite() or len(number.as_tuple().digits) > 28 or abs(number.adjusted()) > 28:
            raise self.invalid(_("This number is too large or too exact to keep."))
        if self.minimum is not None and number < self.minimum:
            raise self.invalid(_("Please give {minimum} or more.").format(minimum=self.minimum))
        if self.maximum is not None and number > self.maximum:
            raise self.invalid(_("Please give {maximum} or less.").format(maximum=self.maximum))
        return number

    def parse(self, text: str) -> Decimal | None:
        text = text.strip()
        if self.unit and text.endswith(self.unit):
            text = text[: -len(self.unit)].strip()
        if not text:
            return self.clean(None)
        try:
            return self.clean(Decimal(re.sub(r"[\s'_]", "", text)))
        except InvalidOperation:
            raise self.invalid(_("“{value}” is not a number.").format(value=text[:40])) from None

    def text(self, value: Any) -> str:
        return "" if value is None else f"{value:f}"

    def to_wire(self, value: Any) -> Any:
        return None if value is None else f"{value:f}"

    def from_wire(self, wire: Any) -> Any:
        return None if wire is None else Decimal(wire)

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (None, None) if wire is None else (wire, float(wire))

    def from_row(self, *row: Any) -> Any:
        return None if row[0] is None else Decimal(row[0])


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
        _fill(self, label, options)

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
        return Address(*parts)

    def parse(self, text: str) -> Address:
        parts = [part.strip().replace("\x1f", "|") for part in text.replace("\\|", "\x1f").split("|")]
        if len(parts) > len(Address._fields):
            raise self.invalid(
                _("An address has five parts at most: street | postcode | city | region | country.")
            )
        return self.clean(Address(*parts))

    def text(self, value: Any) -> str:
        return " | ".join(part.replace("|", "\\|") for part in value).rstrip(" |") if any(value) else ""

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
        _fill(self, label, options)

    def clean(self, value: Any) -> Position | None:
        if value is None:
            return None
        lat, lon = value
        if abs(lat) > 90_000_000 or abs(lon) > 180_000_000:
            raise self.invalid(_("Latitude goes from -90 to 90 and longitude from -180 to 180."))
        return Position(int(lat), int(lon))

    def parse(self, text: str) -> Position | None:
        if not text.strip():
            return None
        try:
            lat, lon = (round(Decimal(part) * 1_000_000) for part in re.split(r"[,;\s]+", text.strip()))
        except (ValueError, InvalidOperation, OverflowError):
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
        _fill(self, label, options)

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
class Elements(Field):
    """A set of short texts (tags); two people who add different ones both succeed."""

    kind: ClassVar[str] = "elements"
    empty: ClassVar[Any] = ()
    plain: ClassVar[bool] = False
    elementwise: ClassVar[bool] = True
    most: int = 100

    def __init__(self, label: str, **options: Any) -> None:
        _fill(self, label, options)

    def clean(self, value: Any) -> tuple[Any, ...]:
        elements = {self.clean_element(str(element)) for element in value}
        elements.discard("")
        if len(elements) > self.most:
            raise self.invalid(_("There is room for {most} entries here.").format(most=self.most))
        return tuple(sorted(elements))

    def clean_element(self, text: str) -> str:
        text = CONTROL.sub(" ", text).strip()
        if len(text) > 60:
            raise self.invalid(_("Please shorten “{value}…” to 60 characters.").format(value=text[:20]))
        return text

    def parse(self, text: str) -> tuple[Any, ...]:
        return self.clean(re.split(r"[;；]", text))

    def text(self, value: Any) -> str:
        return "; ".join(value)

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return ("\n" + "\n".join(wire) + "\n" if wire else "",)

    def from_row(self, *row: Any) -> tuple[str, ...]:
        return tuple(row[0][1:-1].split("\n")) if row[0] else ()


@dataclass(frozen=True, kw_only=True, init=False)
class Tags(Elements):
    """Free tags."""

    kind: ClassVar[str] = "tags"

    def clean_element(self, text: str) -> str:
        return super().clean_element(text.replace(";", ",").replace("；", ","))


@dataclass(frozen=True, kw_only=True, init=False)
class Choices(Elements):
    """Several of a few declared values."""

    kind: ClassVar[str] = "choices"
    options: tuple[tuple[str, str], ...] = ()

    def clean_element(self, text: str) -> str:
        wanted = text.strip().casefold()
        for option, label in self.options:
            if wanted in (option.casefold(), label.casefold(), _(label).casefold()):
                return option
        if not wanted:
            return ""
        raise self.invalid(
            _("“{value}” is not one of: {options}.").format(
                value=text[:40], options=", ".join(_(label) for _value, label in self.options)
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


@dataclass(frozen=True, kw_only=True, init=False)
class Links(Elements):
    """Ids of several other records."""

    kind: ClassVar[str] = "links"
    to: str = ""

    def clean(self, value: Any) -> tuple[ids.Id, ...]:
        return tuple(sorted(set(value)))

    def parse(self, text: str) -> tuple[ids.Id, ...]:
        return self.clean(ids.parse(part) for part in text.split(";") if part.strip())

    def text(self, value: Any) -> str:
        return "; ".join(ids.show(element) for element in value)

    def to_wire(self, value: Any) -> Any:
        return [ids.show(element) for element in value]

    def from_wire(self, wire: Any) -> Any:
        return tuple(ids.parse(element) for element in wire or ())

    def from_row(self, *row: Any) -> Any:
        return self.from_wire(row[0][1:-1].split("\n")) if row[0] else ()


KINDS: Mapping[str, type[Field]] = {
    cls.kind: cls
    for cls in (
        Text, LongText, Choice, Choices, Phone, Email, Web, Postal, Day, Moment, Amount, Number, YesNo,
        Link, Links, Elements, Tags, Windows, Place,
    )
}  # fmt: skip


def _fill(declared: Field, label: str, options: Mapping[str, Any]) -> None:
    """Set a frozen field's parts, so that the label needs no name in a declaration."""
    known = declared.__dataclass_fields__
    for name, part in known.items():
        value = label if name == "label" else options.get(name, part.default)
        object.__setattr__(declared, name, value)
    if unknown := set(options) - set(known):
        raise TypeError(f"{type(declared).__name__} has no option {sorted(unknown)}")
