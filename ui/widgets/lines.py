"""Lists of lines that wrap, drawn by hand: the timeline and the change history are made of them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.theme import look

Index = QModelIndex | QPersistentModelIndex
LINE = Qt.ItemDataRole.UserRole  # what the delegate draws
WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)
ENDLESS = 1_000_000
MOST_HEIGHTS = 20_000


class Lines(QListView):
    """Lines of different heights, laid out anew when the width changes; it loads more as one scrolls."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        look().changed.connect(self.scheduleDelayedItemsLayout)

    def width_for_text(self, left: int, right: int) -> int:
        """The room for text between two margins."""
        return max(look().tokens.px(80), self.viewport().width() - left - right)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()


class LineDrawer(QStyledItemDelegate):
    """What both lists share: headings, the ground of the present line, text that wraps."""

    def __init__(self, view: Lines) -> None:
        super().__init__(view)
        self.view = view
        # The view asks for every height anew whenever it lays out; measuring wrapped text is what costs.
        self._heights: dict[tuple[str, int, float], int] = {}
        look().changed.connect(self._heights.clear)

    def line(self, index: Index) -> Any:
        """What stands at a place."""
        return index.data(LINE)

    def text_height(self, text: str, width: int, step: float = 0) -> int:
        """How tall a text is when it wraps."""
        key = (text, width, step)
        height = self._heights.get(key)
        if height is None:
            if len(self._heights) > MOST_HEIGHTS:
                self._heights.clear()
            metrics = QFontMetrics(look().font(step))
            height = metrics.boundingRect(QRect(0, 0, width, ENDLESS), WRAP, text).height()
            self._heights[key] = height
        return height

    def draw_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Mark the line under the pointer or the keyboard."""
        state, px = option.state, look().tokens.px
        has_keyboard = bool(state & QStyle.StateFlag.State_HasFocus)
        under_pointer = bool(state & QStyle.StateFlag.State_MouseOver)
        if not (has_keyboard or under_pointer):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look().color("hover"))
        painter.setPen(look().color("focus") if has_keyboard else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(option.rect.adjusted(1, 1, -2, -2), px(6), px(6))

    def draw_heading(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        """A day, or who changed something."""
        px = look().tokens.px
        painter.setFont(look().font(-1, strong=True))
        painter.setPen(look().color("text_soft"))
        box = option.rect.adjusted(px(4), px(10), -px(4), 0)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)

    def heading_size(self) -> QSize:
        """The room of a heading."""
        return QSize(10, look().tokens.px(34))
