"""Editors of numbers, money and positions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

from app.i18n import N_, _
from app.model.fields import Amount, Field
from app.model.values import Money
from ui import formats
from ui.fields.editor import Editor, LineEditor, Raw
from ui.fields.reading import read_decimal
from ui.theme import look

CURRENCIES = (
    "EUR",
    "CNY",
    "USD",
    "GBP",
    "CHF",
    "SEK",
    "DKK",
    "NOK",
    "PLN",
    "CZK",
    "HKD",
    "TWD",
    "JPY",
    "SGD",
)
_default_currency = ["EUR"]


def use_currency(code: str) -> None:
    """The currency that empty fields begin with."""
    _default_currency[0] = code


class NumberEditor(LineEditor):
    """A number with its unit behind."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        if unit := getattr(field, "unit", ""):
            label = QLabel(unit)
            label.setProperty("role", "soft")
            self.row.addWidget(label)

    def value(self) -> Any:
        try:
            number = read_decimal(self.line.text())
        except ValueError:
            raise self.field.invalid(
                _("“{value}” is not a number.").format(value=self.line.text()[:40])
            ) from None
        return self.field.clean(number)

    def show_value(self, value: Any) -> None:
        self.line.setText(formats.number(value))


class MoneyEditor(Editor):
    """An amount and its currency."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.amount = QLineEdit()
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.currency = QComboBox()
        self.currency.addItems(CURRENCIES)
        self.currency.setEditable(True)
        self.currency.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.currency.setFixedWidth(look().tokens.px(88))
        self.currency.setCurrentText(_default_currency[0])
        self.holds(self.amount)
        self._named = [(self.currency, N_("Currency"))]
        self.amount.textChanged.connect(lambda _text: self.changed.emit())
        self.currency.currentTextChanged.connect(lambda _text: self.changed.emit())
        self._row(self.amount, self.currency)

    def value(self) -> Any:
        text = self.amount.text()
        try:
            number = read_decimal(text)
        except ValueError:
            raise self.field.invalid(_("“{value}” is not an amount.").format(value=text[:40])) from None
        if number is None:
            return self.field.clean(None)
        code = self.currency.currentText().strip().upper()
        minor = number.scaleb(Amount.DIGITS.get(code, 2))
        if minor != minor.to_integral_value():
            raise self.field.invalid(_("{currency} has no smaller part than that.").format(currency=code))
        return self.field.clean(Money(int(minor), code))

    def show_value(self, value: Any) -> None:
        if value is None:
            self.amount.clear()
            self.currency.setCurrentText(_default_currency[0])
            return
        digits = Amount.DIGITS.get(value.currency, 2)
        self.amount.setText(formats.number(Decimal(value.minor).scaleb(-digits)))
        self.currency.setCurrentText(value.currency)

    def raw(self) -> Raw:
        return [self.amount.text(), self.currency.currentText()]

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, list) and len(raw) == 2:
            self.amount.setText(str(raw[0]))
            self.currency.setCurrentText(str(raw[1]))

    def set_read_only(self, read_only: bool) -> None:
        self.amount.setReadOnly(read_only)
        self.currency.setEnabled(not read_only)


class PositionEditor(LineEditor):
    """Latitude and longitude, as maps and phones copy them."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line.setPlaceholderText(_("Latitude, longitude"))

    def value(self) -> Any:
        return self.field.parse(self.line.text())

    def show_value(self, value: Any) -> None:
        self.line.setText(self.field.text(value))
