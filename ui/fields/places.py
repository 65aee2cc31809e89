"""Editor of postal addresses."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app.i18n import N_, _
from app.model.fields import Field
from app.model.values import NOWHERE, Address
from ui.fields.editor import Editor, Raw
from ui.theme import look

# part, label, line and column of the grid, columns taken
_PARTS = (
    ("street", N_("Street and number"), 0, 0, 6),
    ("postcode", N_("Postcode"), 1, 0, 2),
    ("city", N_("City"), 1, 2, 4),
    ("region", N_("Region"), 2, 0, 3),
    ("country", N_("Country"), 2, 3, 3),
)


class AddressEditor(Editor):
    """Street, postcode, city, region, country: one value, five lines."""

    wide = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look().tokens.px(6))
        self.lines: dict[str, QLineEdit] = {}
        for part, label, line, column, span in _PARTS:
            edit = QLineEdit()
            edit.setPlaceholderText(_(label))
            edit.textChanged.connect(lambda _text: self.changed.emit())
            grid.addWidget(edit, line, column, 1, span)
            self.lines[part] = edit
            self._named.append((edit, label))
        self.holds(self.lines["street"])

    def value(self) -> Any:
        return self.field.clean(Address(**{part: edit.text() for part, edit in self.lines.items()}))

    def show_value(self, value: Any) -> None:
        for part, text in (value or NOWHERE)._asdict().items():
            self.lines[part].setText(text)
            self.lines[part].setCursorPosition(0)

    def raw(self) -> Raw:
        return {part: edit.text() for part, edit in self.lines.items()}

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, dict):
            for part, edit in self.lines.items():
                edit.setText(str(raw.get(part, "")))

    def name(self, label: str, description: str = "") -> None:
        super().name(label, description)
        street = self.lines["street"]
        street.setAccessibleName(_("{field}: {part}").format(field=label, part=_(_PARTS[0][1])))

    def set_read_only(self, read_only: bool) -> None:
        for edit in self.lines.values():
            edit.setReadOnly(read_only)

    def _edges(self) -> tuple[QWidget, ...]:
        return tuple(self.lines.values())
