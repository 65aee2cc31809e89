"""What a filter compares with: values to tick, a text, a number, a day, a count of days, or nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from app.errors import Invalid
from app.features.filtering import WITHOUT_VALUE, Filter, Filterable
from app.i18n import N_, _
from app.model.fields import DAYS, Day
from ui.fields import Editor, editor
from ui.widgets.choice_list import ChoiceList
from ui.widgets.filter_text import label_of, value_label

LONGEST_DAYS = 3650


class FilterValue(QWidget):
    """Nothing to compare with; the others build on it."""

    changed = Signal()
    entered = Signal()  # Enter: this is it
    resized = Signal()
    wants_facets = False

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)

    def value(self) -> Any:
        """What a Filter keeps; None while there is nothing."""
        return None

    def show_facets(self, facets: list[tuple[Any, int]]) -> None:
        """Values in use, with counts."""


class _Ticked(FilterValue):
    def __init__(self, by: Filterable, present: Filter) -> None:
        super().__init__()
        self._by = by
        self._chosen = tuple(present.value) if isinstance(present.value, (tuple, list)) else ()
        self.list = ChoiceList(label_of(by))
        self.list.changed.connect(self.changed)
        self.column.addWidget(self.list)
        self.setFocusProxy(self.list)
        self.wants_facets = by.field.kind != "windows"
        values = [value for value, _label in by.options] or (list(DAYS) if not self.wants_facets else [])
        self.list.show_values([(value, value_label(by, value), None) for value in values], self._chosen)

    def value(self) -> Any:
        return self.list.chosen()

    def show_facets(self, facets: list[tuple[Any, int]]) -> None:
        counts = {str(value): count for value, count in facets}
        # Declared choices keep their order, and are offered where nothing has them yet.
        values = [value for value, _label in self._by.options]
        values += [value for value in counts if value not in values]
        shown = [(value, value_label(self._by, value), counts.get(value, 0)) for value in values]
        self.list.show_values(shown, self.list.chosen())
        self.resized.emit()


class _Written(FilterValue):
    def __init__(self, by: Filterable, present: Filter) -> None:
        super().__init__()
        self.line = QLineEdit(present.value if isinstance(present.value, str) else "")
        self.line.setAccessibleName(_("{field}: text").format(field=label_of(by)))
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        self.line.returnPressed.connect(self.entered)
        self.column.addWidget(self.line)
        self.setFocusProxy(self.line)

    def value(self) -> Any:
        return self.line.text().strip() or None


class _Days(FilterValue):
    """How many days back or ahead."""

    def __init__(self, by: Filterable, present: Filter) -> None:
        super().__init__()
        self.days = QSpinBox()
        self.days.setRange(1, LONGEST_DAYS)
        self.days.setValue(present.value if isinstance(present.value, int) else 30)
        self.days.setAccessibleName(_("{field}: number of days").format(field=label_of(by)))
        self.days.valueChanged.connect(lambda _days: self.changed.emit())
        row = QHBoxLayout()
        row.addWidget(self.days, 1)
        row.addWidget(QLabel(_("days")))
        self.column.addLayout(row)
        self.setFocusProxy(self.days)

    def value(self) -> Any:
        return self.days.value()


class _Measured(FilterValue):
    """A day, a number or an amount, by the field's own editor."""

    def __init__(self, by: Filterable, present: Filter) -> None:
        super().__init__()
        self._is_day = by.field.kind in ("day", "moment")
        field = Day(N_("Day"), name=by.path) if self._is_day else by.field
        self.editor: Editor = editor(field)
        self.editor.name(label_of(by))
        if present.value and isinstance(present.value, str):
            try:
                self.editor.show_value(
                    date.fromisoformat(present.value) if self._is_day else field.parse(present.value)
                )
            except (Invalid, ValueError):
                self.editor.show_value(field.empty)
        self.editor.changed.connect(self.changed)
        self.column.addWidget(self.editor)
        self.setFocusProxy(self.editor)

    def value(self) -> Any:
        try:
            value = self.editor.value()
        except Invalid:
            return None
        if value is None:
            return None
        if self._is_day:
            return value.isoformat()
        return f"{value:f}" if isinstance(value, Decimal) else self.editor.field.text(value)


def value_editor(by: Filterable, present: Filter) -> FilterValue:
    """The editor that fits the test."""
    match present.test:
        case test if test in WITHOUT_VALUE:
            return FilterValue()
        case "any" | "none" | "all":
            return _Ticked(by, present)
        case "last" | "next":
            return _Days(by, present)
        case "contains" | "lacks" | "starts" | "is":
            return _Written(by, present)
        case _:
            return _Measured(by, present)
