"""The model behind every list: all ids as numbers, a few thousand rows of ready text."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.i18n import _
from ui.desk import Pending
from ui.table.columns import Cell, Column, Order

AHEAD = 100  # rows fetched before and after those in sight
KEPT = 6_000  # rows whose text is kept
FIRST = 200  # rows that a list shows before it knows all
AFTER_FIRST_MS = 30
NO_ROWS = array("q")

Index = QModelIndex | QPersistentModelIndex
Rows = dict[int, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a list's rows come from. Both answer through the desk.

    `ids` gives the local row numbers in the asked order. `rows` gives for some numbers the values of some
    fields, the first of which is always `id`; a number that is missing from the answer is a record that is
    gone meanwhile. `View.ids` and `View.windows` answer just so.
    """

    ids: Callable[[Order | None], Pending[array[int]]]
    rows: Callable[[array[int], tuple[str, ...]], Pending[Rows]]
    first: Callable[[Order | None, int], Pending[array[int]]] | None = None
    """Only so many of `ids`. A list that opens shows them at once, and fetches all while they are looked at."""


class Row(NamedTuple):
    """A row as it is drawn."""

    id: Any
    cells: tuple[Cell, ...]
    age: int


class RowsModel(QAbstractTableModel):
    """Columns × rows. `stale` and `fresh` enclose a change of rows, `filled` tells that text has arrived."""

    stale = Signal()
    fresh = Signal()
    filled = Signal()

    def __init__(self, source: Source, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.order: Order | None = None
        self.loaded = False  # whether all rows are known
        self._source = source
        self._ids = NO_ROWS
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._names = tuple(column.name for column in self.columns)
        self._age = 0
        self._asked_range: tuple[int, int] | None = None
        self._wanted_range = (0, 0)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._fetch)

    def load(self, order: Order | None = None) -> None:
        """Ask for the rows anew; those in sight stay until the answer is there."""
        if order is not None:
            self.order = order
        if not self.loaded and self._source.first is not None:
            self._source.first(self.order, FIRST).then(self._show_first).latest("ids").start()
        else:
            self._source.ids(self.order).then(self.show_ids).latest("ids").start()

    def _show_first(self, ids: array[int]) -> None:
        if len(ids) < FIRST:
            self.show_ids(ids)
            return
        self._put(ids)
        self.fresh.emit()
        # After the rows in sight: they come first.
        QTimer.singleShot(AFTER_FIRST_MS, self, self._load_all)

    def _load_all(self) -> None:
        if not self.loaded:
            self._source.ids(self.order).then(self.show_ids).latest("ids").start()

    def refresh(self) -> None:
        """The records changed: everything known is old, and old text is shown until the new one comes."""
        self._age += 1
        self.load()

    def show_ids(self, ids: array[int]) -> None:
        """Put these rows in the list; they are all there are."""
        self._put(ids)
        self.loaded = True
        self.fresh.emit()

    def _put(self, ids: array[int]) -> None:
        # Not a reset: that would throw away the head's layout and the place in the list, and tell a screen
        # reader that the whole list is a new one. The view keeps the selection by the rows' own numbers.
        self.stale.emit()
        before, after, none = len(self._ids), len(ids), QModelIndex()
        if after > before:
            self.beginInsertRows(none, before, after - 1)
            self._ids = ids
            self.endInsertRows()
        elif after < before:
            self.beginRemoveRows(none, after, before - 1)
            self._ids = ids
            self.endRemoveRows()
        self._ids = ids
        if after:
            self.dataChanged.emit(self.index(0, 0), self.index(after - 1, len(self.columns) - 1))

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other columns (a custom field was added, the language changed)."""
        self.stale.emit()
        self.beginResetModel()
        self.columns = tuple(columns)
        self._names = tuple(column.name for column in self.columns)
        self._rows.clear()
        self.endResetModel()
        self.fresh.emit()

    def ids(self) -> array[int]:
        """The local row numbers as they stand."""
        return self._ids

    def row(self, position: int) -> Row | None:
        """The row at a position if its text is here. Old text counts; `look_at` has it renewed."""
        return self._rows.get(self._ids[position])

    def id_at(self, position: int) -> Any:
        """The record's id at a position, or None while its text is on the way."""
        row = self.row(position) if 0 <= position < len(self._ids) else None
        return row.id if row else None

    def look_at(self, first: int, last: int) -> None:
        """These positions are in sight: have their text fetched if it is missing or old."""
        rows, ids, age = self._rows, self._ids, self._age
        for position in range(max(0, first), min(last + 1, len(ids))):
            row = rows.get(ids[position])
            if row is None or row.age != age:
                self._wanted_range = (first, last)
                if not self._later.isActive():
                    self._later.start()
                return

    def _fetch(self) -> None:
        if self._asked_range is not None:  # one question at a time; its answer asks again
            return
        first, last = self._wanted_range
        first, last = max(0, first - AHEAD), min(last + 1 + AHEAD, len(self._ids))
        rows, age = self._rows, self._age
        missing = array(
            "q", [id_ for id_ in self._ids[first:last] if (row := rows.get(id_)) is None or row.age != age]
        )
        if not missing:
            return
        self._asked_range = self._wanted_range
        names = self._names

        def landed(found: Rows) -> None:
            self._asked_range = None
            if names == self._names:
                self._keep(missing, found, age)
                self._tell(first, last)
            if self._wanted_range != (first, last):
                self.look_at(*self._wanted_range)

        def failed(error: BaseException) -> None:
            self._asked_range = None
            from ui import errors

            errors.show(error, self)

        self._source.rows(missing, ("id", *names)).then(landed).failed(failed).start()

    def _keep(self, asked: array[int], found: Rows, age: int) -> None:
        shows = [column.show for column in self.columns]
        gone = ("",) * len(shows)
        rows = self._rows
        for id_ in asked:
            values = found.get(id_)
            if values is None:
                rows[id_] = Row(None, gone, age)
            else:
                cells = tuple([show(value) for show, value in zip(shows, values[1:], strict=True)])
                rows[id_] = Row(values[0], cells, age)
            rows.move_to_end(id_)
        while len(rows) > KEPT:
            rows.popitem(last=False)
        self.filled.emit()

    def _tell(self, first: int, last: int) -> None:
        """Screen readers that asked for a row on its way are told that it is here."""
        last = min(last, len(self._ids)) - 1
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    # What Qt asks. The view paints from `row`, so this serves accessibility, copying and tests.

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ANSWERED:
            return None
        row = self._rows.get(self._ids[index.row()])
        if role == Qt.ItemDataRole.UserRole:
            return row.id if row else None
        if row is None:
            self.look_at(index.row(), index.row())
            return _("Loading…") if role == Qt.ItemDataRole.AccessibleTextRole else ""
        cell = row.cells[index.column()]
        return cell if isinstance(cell, str) else cell.text

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _(self.columns[section].label)
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Horizontal:
            side = Qt.AlignmentFlag.AlignRight if self.columns[section].right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


_ANSWERED = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.UserRole,
    }
)
