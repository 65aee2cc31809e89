"""The head of a list: sorting, widths, which columns are shown and in which order, remembered by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from app.i18n import _
from ui.table.columns import Order
from ui.table.rows import RowsModel
from ui.theme import look


class Memory(Protocol):
    """Remembers what JSON can hold from one start to the next; the desk has one."""

    def get(self, key: str, /) -> Any: ...
    def set(self, key: str, value: Any, /) -> None: ...


class Header(QHeaderView):
    """Click to sort, drag to move, right click to choose columns."""

    def __init__(self, table: QWidget, rows: RowsModel, name: str, memory: Memory | None) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._rows = rows
        self._key = f"columns.{name}" if name else ""
        self._memory = memory
        self._sections: tuple[str, ...] = ()
        self._save_later = QTimer(self)
        self._save_later.setSingleShot(True)
        self._save_later.setInterval(400)
        self._save_later.timeout.connect(self.save)
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setSortIndicatorShown(True)
        self.setMinimumSectionSize(look().tokens.px(48))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(_("Columns"))
        self.customContextMenuRequested.connect(self._open_menu)
        self.sectionClicked.connect(self._sort)
        self.sectionDoubleClicked.connect(self._sort)  # the second of two quick clicks is no click to Qt
        self.sectionResized.connect(lambda *_parts: self._save_later.start())
        self.sectionMoved.connect(lambda *_parts: self._save_later.start())

    def sort(self, order: Order) -> None:
        """Sort the list and say so by the arrow."""
        self._point(order)
        self._rows.load(order)
        self._save_later.start()

    def show_column(self, name: str, *, shown: bool) -> None:
        """Show or hide a column; the last one stays."""
        section = self._names().index(name)
        if not shown and self.count() - self.hiddenSectionCount() <= 1:
            return
        self.setSectionHidden(section, not shown)
        self._save_later.start()

    def shown_columns(self) -> tuple[str, ...]:
        """Names of the columns in sight, from left to right."""
        names = self._names()
        order = (self.logicalIndex(visual) for visual in range(self.count()))
        return tuple(names[section] for section in order if not self.isSectionHidden(section))

    def use(self, columns: Sequence[str]) -> None:
        """Show exactly these columns, in this order; names that are gone are left out."""
        names = self._names()
        wanted = [name for name in columns if name in names] or [names[0]]
        for place, name in enumerate(wanted):
            section = names.index(name)
            self.setSectionHidden(section, False)
            self.moveSection(self.visualIndex(section), place)
        for section, name in enumerate(names):
            self.setSectionHidden(section, name not in wanted)
        self._save_later.start()

    def column_menu(self) -> QMenu:
        """A menu of all columns with a tick beside those in sight."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for section, column in enumerate(self._rows.columns):
            action = QAction(_(column.label), menu)
            action.setCheckable(True)
            action.setChecked(not self.isSectionHidden(section))
            action.toggled.connect(lambda on, name=column.name: self.show_column(name, shown=on))
            menu.addAction(action)
        menu.addSeparator()
        menu.addAction(_("Show the usual columns"), self.show_usual)
        return menu

    def show_usual(self) -> None:
        """Columns, widths and places as they were made."""
        if self._memory is not None and self._key:
            self._memory.set(self._key, None)
        self._lay_out(None)

    def hideEvent(self, event: QHideEvent) -> None:
        if self._save_later.isActive():
            self.save()  # the program may be closing
        super().hideEvent(event)

    def restore(self) -> None:
        """Take up what was remembered."""
        saved = self._memory.get(self._key) if self._memory is not None and self._key else None
        self._lay_out(saved if isinstance(saved, dict) else None)

    def adapt(self) -> None:
        """Lay out anew if the model has other columns now."""
        if self._sections != self._names():
            self.restore()

    def save(self) -> None:
        """Remember the columns now."""
        self._save_later.stop()
        if self._memory is None or not self._key:
            return
        names, scale = self._names(), look().tokens.px(100)
        order = [names[self.logicalIndex(visual)] for visual in range(self.count())]
        saved: dict[str, object] = {
            "order": order,
            "hidden": [name for section, name in enumerate(names) if self.isSectionHidden(section)],
            "widths": {
                name: round(self.sectionSize(section) * 100 / scale)
                for section, name in enumerate(names)
                if not self.isSectionHidden(section)
            },
        }
        if by := self._rows.order:
            saved["sort"] = [by.column, by.descending]
        self._memory.set(self._key, saved)

    def _lay_out(self, saved: dict[str, object] | None) -> None:
        columns, names = self._rows.columns, self._names()
        self._sections = names
        said = saved or {}
        widths, hidden, order = said.get("widths"), said.get("hidden"), said.get("order")
        for section, column in enumerate(columns):
            width = widths.get(column.name, column.width) if isinstance(widths, dict) else column.width
            self.setSectionHidden(section, False)
            self.resizeSection(section, look().tokens.px(width if isinstance(width, int) else column.width))
            known = isinstance(order, list) and column.name in order
            off = column.name in hidden if isinstance(hidden, list) and known else not column.at_first
            self.setSectionHidden(section, bool(off))
        wanted = [name for name in order if name in names] if isinstance(order, list) else []
        for place, name in enumerate([*wanted, *(name for name in names if name not in wanted)]):
            self.moveSection(self.visualIndex(names.index(name)), place)
        if self.hiddenSectionCount() == self.count() > 0:
            self.setSectionHidden(0, False)
        sort = said.get("sort")
        if isinstance(sort, list) and len(sort) == 2 and sort[0] in names:
            self._rows.order = Order(str(sort[0]), bool(sort[1]))
        self._point(self._rows.order)
        self._save_later.stop()

    def _names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self._rows.columns)

    def _point(self, order: Order | None) -> None:
        section = self._names().index(order.column) if order and order.column in self._names() else -1
        down = Qt.SortOrder.DescendingOrder if order and order.descending else Qt.SortOrder.AscendingOrder
        self.setSortIndicator(section, down)

    def _sort(self, section: int) -> None:
        column, now = self._rows.columns[section], self._rows.order
        if not column.sortable:
            self._point(now)
            return
        again = now is not None and now.column == column.name
        self.sort(Order(column.name, descending=bool(again and now and not now.descending)))

    def _open_menu(self, at: QPoint) -> None:
        self.column_menu().popup(self.mapToGlobal(at))
