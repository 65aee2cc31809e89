"""The sheet in which the columns of a list are chosen and put in order."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from app.i18n import _
from ui.table import Table
from ui.theme import look
from ui.widgets.popover import Popover

SHOWN = 14
NAME = Qt.ItemDataRole.UserRole


class ColumnSheet(Popover):
    """Ticks show and hide; dragging, or Alt with the arrows, moves a column."""

    def __init__(self, anchor: QWidget, table: Table) -> None:
        super().__init__(anchor, _("Columns"))
        self._table = table
        self.setMinimumWidth(look().tokens.px(280))
        self.line = QLineEdit()
        self.line.setPlaceholderText(_("Find a column"))
        self.line.setAccessibleName(_("Find a column"))
        self.line.textChanged.connect(self._narrow)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(_("Columns"))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.installEventFilter(self)
        hint = QLabel(_("Drag to change the order, or press Alt and the arrow keys."))
        hint.setProperty("role", "caption")
        hint.setWordWrap(True)
        usual = QPushButton(_("Show the usual columns"))
        usual.setProperty("kind", "plain")
        usual.clicked.connect(self._show_usual)
        for widget in (self.line, self.list, hint):
            self.box.addWidget(widget)
        self.box.addWidget(usual, 0, Qt.AlignmentFlag.AlignLeft)
        self._fill()
        self.list.setFixedHeight(self.list.sizeHintForRow(0) * min(SHOWN, self.list.count()))
        self.list.itemChanged.connect(self._ticked)
        self.list.model().rowsMoved.connect(lambda *_parts: self._reorder())

    def start(self) -> None:
        """Open it with the keyboard in the list."""
        self.list.setCurrentRow(0)
        self.open(self.list)

    def _fill(self) -> None:
        header, columns = self._table.header, self._table.rows.columns
        shown = set(header.shown_columns())
        was_blocked = self.list.blockSignals(True)
        self.list.clear()
        for place in range(header.count()):
            column = columns[header.logicalIndex(place)]
            item = QListWidgetItem(_(column.label))
            item.setData(NAME, column.name)
            item.setFlags((item.flags() | Qt.ItemFlag.ItemIsUserCheckable) & ~Qt.ItemFlag.ItemIsDropEnabled)
            item.setCheckState(Qt.CheckState.Checked if column.name in shown else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(was_blocked)

    def _ticked(self, item: QListWidgetItem) -> None:
        wanted = item.checkState() == Qt.CheckState.Checked
        self._table.header.show_column(str(item.data(NAME)), shown=wanted)
        is_shown = item.data(NAME) in self._table.header.shown_columns()
        if is_shown != wanted:  # the last one stays
            item.setCheckState(Qt.CheckState.Checked)

    def _reorder(self) -> None:
        header = self._table.header
        names = [column.name for column in self._table.rows.columns]
        for place in range(self.list.count()):
            header.moveSection(header.visualIndex(names.index(str(self.list.item(place).data(NAME)))), place)

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        if 0 <= row + by < self.list.count():
            item = self.list.takeItem(row)
            self.list.insertItem(row + by, item)
            self.list.setCurrentRow(row + by)
            self._reorder()

    def _show_usual(self) -> None:
        self._table.header.show_usual()
        self._fill()

    def _narrow(self, text: str) -> None:
        wanted = text.strip().casefold()
        shown = []
        for row in range(self.list.count()):
            is_shown = wanted in self.list.item(row).text().casefold()
            self.list.item(row).setHidden(not is_shown)
            shown += [row] * is_shown
        if shown and self.list.currentRow() not in shown:
            self.list.setCurrentRow(shown[0])  # what Space would tick must be in sight

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
            if watched is self.list and is_alt and step:
                self._move(step)
                return True
            if watched is self.line and step == 1:
                self.list.setFocus()
                return True
        return super().eventFilter(watched, event)
