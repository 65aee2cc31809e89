"""The list on screen: keyboard, mouse, and a selection that survives sorting."""

from __future__ import annotations

from array import array
from typing import Any

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QMoveEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ui.table.drawing import RowPainter
from ui.table.header import Header, Memory
from ui.table.rows import RowsModel
from ui.theme import look

Flag = QItemSelectionModel.SelectionFlag


class Table(QTableView):
    """A list of records over a RowsModel."""

    opened = Signal(object)  # id of the row that was double-clicked or entered
    chosen_changed = Signal(int)  # how many rows are selected
    typed = Signal(str)  # letters typed on the list; a search box may want them

    def __init__(
        self, model: RowsModel, name: str = "", memory: Memory | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.rows = model
        self._hover = -1
        self._kept: set[int] = set()
        self._kept_current: int | None = None
        self._kept_scroll = 0
        self._empty: QWidget | None = None
        self.setModel(model)
        self.header = Header(self, model, name, memory)
        self.setHorizontalHeader(self.header)
        self.header.setSortIndicatorShown(True)  # which setHorizontalHeader has just turned off
        self._settle()
        self._brush = RowPainter(self, self.rows)
        self._restyle()
        self.header.restore()
        model.stale.connect(self._keep_selection)
        model.fresh.connect(self._restore_selection)
        model.filled.connect(self.viewport().update)
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        look().changed.connect(self._restyle)

    def chosen(self) -> array[int]:
        """Local row numbers of the selected rows, in the order of the list."""
        ids, result = self.rows.ids(), array("q")
        for first, last in self._chosen_ranges():
            result.extend(ids[first : last + 1])
        return result

    def chosen_count(self) -> int:
        """How many rows are selected."""
        return sum(last - first + 1 for first, last in self._chosen_ranges())

    def chosen_ids(self) -> list[Any]:
        """Ids of the selected rows whose text is here; for more than a screenful use `chosen`."""
        rows = self.rows
        return [
            id_
            for first, last in self._chosen_ranges()
            for position in range(first, last + 1)
            if (id_ := rows.id_at(position)) is not None
        ]

    def current_id(self) -> Any:
        """Id of the row under the keyboard, or None."""
        index = self.currentIndex()
        return self.rows.id_at(index.row()) if index.isValid() else None

    def choose_row(self, position: int) -> None:
        """Move the keyboard to this row and select it."""
        if 0 <= position < self.rows.rowCount():
            self.selectRow(position)
            self.scrollTo(self.rows.index(position, 0))

    def set_empty(self, widget: QWidget | None) -> None:
        """Show this in the middle while the list has no rows."""
        if self._empty is not None and self._empty is not widget:
            self._empty.deleteLater()
        self._empty = widget
        self._place_empty()

    def _chosen_ranges(self) -> list[tuple[int, int]]:
        # Rows are selected whole, so the ranges that hold the first column hold all rows once.
        all_parts = self.selectionModel().selection()
        parts = (all_parts.at(place) for place in range(all_parts.count()))
        return sorted((part.top(), part.bottom()) for part in parts if part.left() == 0)

    def _settle(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _restyle(self) -> None:
        self._brush = RowPainter(self, self.rows)
        self.verticalHeader().setDefaultSectionSize(self._brush.row_height)
        self.viewport().update()

    # Selection through sorting and refreshing

    def _keep_selection(self) -> None:
        ids, row = self.rows.ids(), self.currentIndex().row()
        self._kept = set(self.chosen())
        self._kept_current = ids[row] if 0 <= row < len(ids) else None
        self._kept_scroll = self.verticalScrollBar().value()

    def _restore_selection(self) -> None:
        ids, kept = self.rows.ids(), self._kept
        self.header.adapt()
        if kept or self.chosen_count():
            self._select([position for position, id_ in enumerate(ids) if id_ in kept])
        if self._kept_current is not None and self._kept_current in ids:
            at = self.rows.index(ids.index(self._kept_current), 0)
            self.selectionModel().setCurrentIndex(at, Flag.NoUpdate)
        self.verticalScrollBar().setValue(min(self._kept_scroll, self.verticalScrollBar().maximum()))
        self._place_empty()
        self._selection_changed()

    def _select(self, positions: list[int]) -> None:
        ranges: list[tuple[int, int]] = []
        for position in positions:
            if ranges and ranges[-1][1] == position - 1:
                ranges[-1] = (ranges[-1][0], position)
            else:
                ranges.append((position, position))
        index, right = self.rows.index, self.rows.columnCount() - 1
        selection = QItemSelection()
        for first, last in ranges:
            selection.select(index(first, 0), index(last, right))
        self.selectionModel().select(selection, Flag.ClearAndSelect)

    def _selection_changed(self) -> None:
        self.viewport().update()
        self.chosen_changed.emit(self.chosen_count())

    def _open(self, position: int) -> None:
        if (id_ := self.rows.id_at(position)) is not None:
            self.opened.emit(id_)

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._brush.draw(painter, event.rect(), self._hover)
        finally:
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex().row())
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.rows.rowCount():
            # Qt moves to the first or last column, which means nothing where rows are whole.
            target = 0 if key == Qt.Key.Key_Home else self.rows.rowCount() - 1
            at = self.rows.index(target, max(0, self.currentIndex().column()))
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if extend:
                start = max(0, self.currentIndex().row())
                self._select(list(range(min(start, target), max(start, target) + 1)))
            self.selectionModel().setCurrentIndex(
                at, Flag.NoUpdate if extend else Flag.ClearAndSelect | Flag.Rows
            )
            self.scrollTo(at)
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        # Qt would ask every row for its text until one fits; ours are not all here.
        if search.strip():
            self.typed.emit(search)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position().toPoint())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(QPoint(-1, -1))
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_empty()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._place_empty()

    def scrollTo(
        self,
        index: QModelIndex,  # type: ignore[override]  # the stubs also allow persistent ones
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        # Rows are whole: never jump sideways because a cell is cut off.
        sideways = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        self.horizontalScrollBar().setValue(sideways)

    def _point_at(self, at: QPoint) -> None:
        row = self.rowAt(at.y()) if at.y() >= 0 else -1
        if row != self._hover:
            self._hover = row
            self.viewport().update()

    def _place_empty(self) -> None:
        empty, host = self._empty, self.parentWidget() or self
        if empty is None:
            return
        if empty.parent() is not host:
            # Not inside: to a screen reader a table holds cells and nothing else.
            empty.setParent(host)
            self.setTabOrder(self, empty)
        empty.setGeometry(QRect(self.viewport().mapTo(host, QPoint()), self.viewport().size()))
        empty.setVisible(self.rows.loaded and self.rows.rowCount() == 0 and not self.isHidden())
        empty.raise_()
