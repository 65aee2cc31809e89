"""Editing one cell of a list in its place: Enter keeps, Escape leaves, Tab goes on to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QToolTip, QWidget

from app.errors import Invalid
from app.i18n import _
from app.model.fields import Field
from ui.fields import Editor, editor
from ui.table import Table
from ui.theme import look

# What fits one line. All others are edited on the record's page.
FITTING = frozenset({"text", "choice", "phone", "email", "web", "day", "number", "money", "yes_no"})

Save = Callable[[Any, str, Any, Any], object]
"""Takes id, field name, new value, old value."""


class InlineEdit(QObject):
    """One editor over one cell at a time. `values` asks for a record's present values and hands them over."""

    def __init__(
        self,
        table: Table,
        values: Callable[[Any, Callable[[Mapping[str, Any]], object]], None],
        save: Save,
    ) -> None:
        super().__init__(table)
        self._table, self._values, self._save = table, values, save
        self._fields: Mapping[str, Field] = {}
        self._editor: Editor | None = None
        self._at = (0, 0)
        self._old: Any = None
        self._id: Any = None
        table.rows.stale.connect(self.leave)
        table.verticalScrollBar().valueChanged.connect(self.leave)
        table.horizontalScrollBar().valueChanged.connect(self.leave)

    def set_fields(self, fields: Mapping[str, Field]) -> None:
        """What may be edited here, by column name."""
        self._fields = {name: field for name, field in fields.items() if field.kind in FITTING}

    @property
    def editor(self) -> Editor | None:
        """The open editor."""
        return self._editor

    def start(self, row: int | None = None, section: int | None = None) -> bool:
        """Edit a cell, or the first of the present row that can be edited."""
        table = self._table
        row = table.currentIndex().row() if row is None else row
        sections = self._sections()
        if section is None and sections:
            section = sections[0]
        if row < 0 or section not in sections or table.rows.id_at(row) is None:
            return False
        assert section is not None
        id_ = table.rows.id_at(row)
        name = table.rows.columns[section].name

        def opened(values: Mapping[str, Any]) -> None:
            if table.rows.id_at(row) == id_ and name in values:
                self._open(row, section, id_, values[name])

        self._values(id_, opened)
        return True

    def leave(self, *_args: object) -> None:
        """Close without keeping."""
        made, self._editor = self._editor, None
        if made is not None:
            # Qt tells of a lost focus while it hides; by then nothing is open any more.
            had_focus = made.isAncestorOf(QApplication.focusWidget() or made)
            made.hide()
            made.deleteLater()
            if had_focus:
                self._table.setFocus()

    def _open(self, row: int, section: int, id_: Any, value: Any) -> None:
        self.leave()
        table = self._table
        index = table.rows.index(row, section)
        table.setCurrentIndex(index)
        left = table.header.sectionViewportPosition(section)
        if left < 0 or left + table.header.sectionSize(section) > table.viewport().width():
            table.horizontalScrollBar().setValue(table.header.sectionPosition(section))
        box = table.visualRect(index)
        field = self._fields[table.rows.columns[section].name]
        made = editor(field)
        made.setParent(table.viewport())
        made.name(_(field.label))
        made.show_value(value)
        made.setAutoFillBackground(True)
        self._editor, self._at, self._old, self._id = made, (row, section), value, id_
        px = look().tokens.px
        height = max(box.height(), made.sizeHint().height())
        made.setGeometry(QRect(box.left(), box.center().y() - height // 2, max(box.width(), px(180)), height))
        made.inner().installEventFilter(self)
        made.show()
        made.setFocus(Qt.FocusReason.OtherFocusReason)
        inner = made.inner()
        if isinstance(inner, QLineEdit):
            inner.selectAll()

    def _keep(self) -> bool:
        """Save what was typed; False if it cannot be taken."""
        made = self._editor
        if made is None:
            return True
        try:
            value = made.value()
        except Invalid as error:
            made.mark(True)
            QToolTip.showText(made.mapToGlobal(made.rect().bottomLeft()), error.text, made)
            return False
        id_, old, name = self._id, self._old, self._table.rows.columns[self._at[1]].name
        self.leave()
        if value != old:
            self._save(id_, name, value, old)
        return True

    def _go_on(self, by: int) -> None:
        row, section = self._at
        sections = self._sections()
        place = sections.index(section) + by
        if self._keep() and 0 <= place < len(sections):
            self.start(row, sections[place])

    def _sections(self) -> list[int]:
        """Sections that can be edited, as they stand from left to right."""
        header, columns = self._table.header, self._table.rows.columns
        order = (header.logicalIndex(place) for place in range(header.count()))
        return [
            section
            for section in order
            if not header.isSectionHidden(section) and columns[section].name in self._fields
        ]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        made = self._editor
        if made is None or watched is not made.inner():
            return False
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            match event.key():
                case Qt.Key.Key_Escape:
                    self.leave()
                    return True
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._keep()
                    return True
                case Qt.Key.Key_Tab:
                    self._go_on(1)
                    return True
                case Qt.Key.Key_Backtab:
                    self._go_on(-1)
                    return True
        if event.type() == QEvent.Type.FocusOut and isinstance(watched, QWidget):
            now = QApplication.focusWidget()
            # A popup (the choices, a calendar) takes the focus and gives it back.
            has_left = QApplication.activePopupWidget() is None and not (now and made.isAncestorOf(now))
            if has_left and not self._keep():
                self.leave()
        return False
