"""Search results in sections: a real list for screen readers, painted by hand with what matched marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.theme import look, pixmap

Span = tuple[int, int]
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Result:
    """One row. A heading has a title alone. `what` is for the one who runs it."""

    title: str
    icon: str = ""
    marks: tuple[Span, ...] = ()
    detail: str = ""
    detail_marks: tuple[Span, ...] = ()
    side: str = ""
    checked: bool = False
    what: Any = None
    heading: bool = False

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return ", ".join(part for part in (self.title, self.detail, self.side) if part)


class Results(QAbstractListModel):
    """The rows as Qt and screen readers read them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Result, ...] = ()

    def show(self, rows: Sequence[Result]) -> None:
        """Other rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.rows[index.row()].heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class Brush(QStyledItemDelegate):
    """Draws rows; fonts and measures are those of the present look."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.restyle()

    def restyle(self) -> None:
        now = look()
        self.px = now.tokens.px
        self.body, self.small, self.head = now.font(), now.font(-1), now.font(-1, strong=True)
        self.tall = {False: self.px(34), True: self.px(48)}
        self.metrics = {id(font): QFontMetrics(font) for font in (self.body, self.small, self.head)}

    def height(self, row: Result) -> int:
        """Device-independent pixels that a row takes."""
        return self.px(30) if row.heading else self.tall[bool(row.detail)]

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        model = index.model()
        assert isinstance(model, Results)
        return QSize(self.px(200), self.height(model.rows[index.row()]))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, Results)
        row = model.rows[index.row()]
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        px, now = self.px, look()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.heading:
            base = box.bottom() - px(7)
            self._text(painter, box.left() + px(14), base, box.width(), row.title, self.head, "text_soft")
            return
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.setPen(now.color("focus") if now.tokens.name == "contrast" else Qt.PenStyle.NoPen)
            painter.setBrush(now.color("selected"))
            painter.drawRoundedRect(box.adjusted(px(4), 0, -px(4), 0), px(6), px(6))
        text = "on_selected" if chosen else "text"
        soft = "on_selected" if chosen else "text_soft"
        side = px(18)
        picture = pixmap(
            "check" if row.checked else row.icon or "arrow-right",
            soft,
            side,
            painter.device().devicePixelRatioF(),
        )
        painter.drawPixmap(QPoint(box.left() + px(14), box.center().y() - side // 2 + 1), picture)
        left, right = box.left() + px(44), box.right() - px(16)
        if row.side:
            wide = self.metrics[id(self.small)].horizontalAdvance(row.side)
            base = box.center().y() + self.metrics[id(self.small)].ascent() // 2 - 1
            self._text(painter, right - wide, base, wide + 1, row.side, self.small, soft)
            right -= wide + px(16)
        body, small = self.metrics[id(self.body)], self.metrics[id(self.small)]
        room = right - left
        if not row.detail:
            base = box.top() + (box.height() - body.height()) // 2 + body.ascent()
            self._text(painter, left, base, room, row.title, self.body, text, row.marks)
            return
        top = box.top() + (box.height() - body.height() - small.height()) // 2
        self._text(painter, left, top + body.ascent(), room, row.title, self.body, text, row.marks)
        base = top + body.height() + small.ascent()
        self._text(painter, left, base, room, row.detail, self.small, soft, row.detail_marks)

    def _text(
        self,
        painter: QPainter,
        left: int,
        base: int,
        room: int,
        text: str,
        font: QFont,
        color: str,
        marks: Sequence[Span] = (),
    ) -> None:
        """One line, cut to its room, with what was searched for on the colour of a marker pen."""
        metrics = self.metrics[id(font)]
        cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        most = len(text) if cut == text else max(0, len(cut) - 1)
        painter.setFont(font)
        now, at = look(), 0
        for start, end in marks:
            start, end = max(at, min(start, most)), min(end, most)  # noqa: PLW2901 - what is left of it
            if end <= start:
                continue
            x = left + metrics.horizontalAdvance(cut[:start])
            wide = left + metrics.horizontalAdvance(cut[:end]) - x
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.color("mark"))
            painter.drawRoundedRect(
                QRect(x - 1, base - metrics.ascent(), wide + 2, metrics.height()), self.px(3), self.px(3)
            )
            painter.setPen(now.color(color))
            painter.drawText(left + metrics.horizontalAdvance(cut[:at]), base, cut[at:start])
            painter.setPen(now.color("on_mark"))
            painter.drawText(x, base, cut[start:end])
            if now.tokens.name == "contrast":  # where a chosen row has the marker's own colour
                painter.drawLine(x, base + 2, x + wide, base + 2)
            at = end
        painter.setPen(now.color(color))
        painter.drawText(left + metrics.horizontalAdvance(cut[:at]), base, cut[at:])


class ResultList(QListView):
    """A real list, so that screen readers find its rows; the keyboard stays in the box above."""

    ran = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QListView { background: transparent; }")
        # Opaque, so that Qt need not paint the window below at every stroke.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._pointer = QPoint(-1, -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), look().color("raised"))
        painter.end()
        super().paintEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        # Rows that arrive under a resting pointer are not pointed at.
        at = event.globalPosition().toPoint()
        if at != self._pointer and self._pointer.x() >= 0:
            index = self.indexAt(event.position().toPoint())
            if index.isValid() and index.flags() & Qt.ItemFlag.ItemIsSelectable:
                self.setCurrentIndex(index)
        self._pointer = at

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.flags() & Qt.ItemFlag.ItemIsSelectable:
            self.ran.emit(index.row())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        pass  # the press has run it
