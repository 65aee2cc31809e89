"""Fields that count and compare: yes or no, money, numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation, localcontext
from typing import Any, ClassVar

from app.i18n import _
from app.model.fields.declared import Field, fill
from app.model.values import Money


@dataclass(frozen=True, kw_only=True, init=False)
class YesNo(Field):
    """Yes or no."""

    kind: ClassVar[str] = "yes_no"
    empty: ClassVar[Any] = False
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "INTEGER NOT NULL DEFAULT 0"),)

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> bool:
        return bool(value)

    def parse(self, text: str) -> bool:
        wanted = text.strip().casefold()
        if wanted in ("", "0", "no", "n", "false", "否", "off"):
            return False
        if wanted in ("1", "yes", "y", "true", "是", "on", "x"):
            return True
        raise self.invalid(
            _("“{value}” is neither yes nor no. Write one of the two.").format(value=text[:40])
        )

    def text(self, value: Any) -> str:
        return "yes" if value else "no"

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (1 if wire else 0,)

    def from_row(self, *row: Any) -> bool:
        return bool(row[0])


# Commas, spaces and apostrophes only between groups of three, so that “1,50” is refused and not read as 150.
AMOUNT = r"[-+]?(?:\d{1,3}(?:[,'\s]\d{3})+|\d+)(?:\.\d+)?"


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
        fill(self, label, options)

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
            raise self.invalid(_("This amount is too large to keep. Please give a smaller one."))
        return Money(int(minor), currency)

    def parse(self, text: str) -> Money | None:
        text = text.strip()
        if not text:
            return self.clean(None)
        found = re.fullmatch(rf"(?:([A-Za-z]{{3}})\s*)?({AMOUNT})\s*([A-Za-z]{{3}})?", text)
        currency = ((found and (found[1] or found[3])) or "").upper()
        if not found or not currency:
            raise self.invalid(
                _("“{value}” is not an amount with its currency. Write it as 1500.00 EUR.").format(
                    value=text[:40]
                )
            )
        number = re.sub(r"[\s',]", "", found[2])
        whole, _point, decimals = number.partition(".")
        digits = self.DIGITS.get(currency, 2)
        if len(decimals) > digits:
            # Zeros too: “1.500” is one and a half to some and fifteen hundred to others.
            raise self.invalid(
                _("“{value}” has more decimals than {currency} has. Write it as 1500.00 EUR.").format(
                    value=text[:40], currency=currency
                )
            )
        if len(whole) > 20:
            raise self.invalid(_("This amount is too large to keep. Please give a smaller one."))
        return self.clean(Money(int(whole + decimals.ljust(digits, "0")), currency))

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
        fill(self, label, options)

    def clean(self, value: Any) -> Decimal | None:
        if value is None:
            if self.required:
                raise self.invalid(_("Please fill this in."))
            return None
        number = Decimal(value)
        if not number.is_finite() or len(number.as_tuple().digits) > 28 or abs(number.adjusted()) > 27:
            raise self.invalid(_("This number is too large or too exact to keep. Please round it."))
        number = _shortest(number)
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
            raise self.invalid(
                _("“{value}” is not a number. Write it as 1250.5.").format(value=text[:40])
            ) from None

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


def _shortest(number: Decimal) -> Decimal:
    """The same number in the one way in which it is kept, so that 2.50 and 2.5 are no conflict."""
    with localcontext(Context(prec=60)):
        number = number.normalize() + 0  # + 0: there is one zero, without a sign
        return number.quantize(Decimal(1)) if number.as_tuple().exponent > 0 else number  # type: ignore[operator]
