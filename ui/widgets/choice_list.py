"""Values to tick, with how many records have each, and a line to narrow them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import _
from ui import formats
from ui.theme import look, pixmap

COUNT = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
SEARCH_FROM = 9  # fewer values are seen at a glance
SHOWN = 9


class ChoiceList(QWidget):
    """`changed` after every tick. Space ticks; letters in the line narrow what is shown."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        self.line = QLineEdit()
        self.line.setPlaceholderText(_("Type to narrow"))
        self.line.setAccessibleName(_("Type to narrow"))
        self.line.textChanged.connect(self._narrow)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setItemDelegate(_Ticks(self.list))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemChanged.connect(lambda _item: self.changed.emit())
        self.list.itemClicked.connect(self._clicked)
        self.list.installEventFilter(self)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.setFocusProxy(self.list)
        self._fit()

    def show_values(self, values: Iterable[tuple[str, str, int | None]], chosen: Sequence[str] = ()) -> None:
        """Value, label, count; those chosen are ticked and stand first, also if nothing has them any more."""
        known = list(values)
        present = {value for value, _label, _count in known}
        known = [(value, value, 0) for value in chosen if value not in present] + known
        known.sort(key=lambda one: one[0] not in chosen)
        was_blocked = self.list.blockSignals(True)
        row = max(0, self.list.currentRow())
        self.list.clear()
        for value, label, count in known:
            item = QListWidgetItem(label)
            item.setData(Qt.ItemDataRole.UserRole, value)
            item.setData(COUNT, count)
            text = label if count is None else _("{value}, {n}").format(value=label, n=formats.count(count))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if value in chosen else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self.list.blockSignals(was_blocked)
        self.line.setVisible(len(known) >= SEARCH_FROM)
        if self.line.isVisibleTo(self):
            self.setFocusProxy(self.line)
        self._narrow(self.line.text())
        self._fit()

    def chosen(self) -> tuple[str, ...]:
        """The ticked values, as they stand."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return tuple(
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        )

    def _narrow(self, text: str) -> None:
        wanted = text.strip().casefold()
        shown = []
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(wanted not in item.text().casefold())
            shown += [row] * (not item.isHidden())
        if shown and self.list.currentRow() not in shown:
            self.list.setCurrentRow(shown[0])  # what Space would tick must be in sight

    def _clicked(self, item: QListWidgetItem) -> None:
        # The whole line ticks, not the small box alone; the delegate leaves the box to us.
        ticked = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)

    def _fit(self) -> None:
        rows = max(1, min(SHOWN, self.list.count()))
        self.list.setFixedHeight(
            rows * self.list.sizeHintForRow(0) if self.list.count() else look().tokens.px(30)
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            item = self.list.currentItem()
            if watched is self.list and event.key() == Qt.Key.Key_Space and item is not None:
                self._clicked(item)
                return True
            if watched is self.line and event.key() == Qt.Key.Key_Down:
                self.list.setFocus()
                return True
        return super().eventFilter(watched, event)


class _Ticks(QStyledItemDelegate):
    """A tick box, the label, and the count at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(look().tokens.px(200), look().tokens.px(30))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now, px = look(), look().tokens.px
        box, state = option.rect, option.state
        is_here = bool(state & QStyle.StateFlag.State_HasFocus) or bool(
            state & QStyle.StateFlag.State_MouseOver
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_here:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.color("hover"))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), px(6), px(6))
        side = px(16)
        tick = QRect(box.left() + px(8), box.center().y() - side // 2, side, side)
        checked = index.data(Qt.ItemDataRole.CheckStateRole)
        is_on = Qt.CheckState(checked) == Qt.CheckState.Checked
        painter.setPen(now.color("accent" if is_on else "control_border"))
        painter.setBrush(now.color("accent" if is_on else "control"))
        painter.drawRoundedRect(tick, px(4), px(4))
        if is_on:
            painter.drawPixmap(tick.adjusted(2, 2, -2, -2), pixmap("check", "on_accent", side))
        count = index.data(COUNT)
        text = "" if count is None else formats.count(int(count))
        painter.setFont(now.font(-1))
        painter.setPen(now.color("text_soft"))
        right = box.adjusted(0, 0, -px(10), 0)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        width = painter.fontMetrics().horizontalAdvance(text) + px(8)
        painter.setFont(now.font())
        painter.setPen(now.color("text"))
        room = QRect(
            tick.right() + px(9), box.top(), right.right() - width - tick.right() - px(9), box.height()
        )
        label = painter.fontMetrics().elidedText(
            index.data(Qt.ItemDataRole.DisplayRole),
            Qt.TextElideMode.ElideRight,
            room.width(),
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        return False  # ChoiceList ticks; Qt would do it a second time where its own box is
