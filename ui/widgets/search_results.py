"""The sheet under the search box: results in sections, painted by hand, moved through from the box."""

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
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import _
from ui.theme import look, pixmap

Span = tuple[int, int]
Index = QModelIndex | QPersistentModelIndex
SHADOW = 10


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


class _Brush(QStyledItemDelegate):
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


class _List(QListView):
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


class ResultSheet(QWidget):
    """`ran` carries the chosen row's `what`."""

    ran = Signal(object)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.list = _List(self)
        self.list.setAccessibleName(name)
        self.setAccessibleName(name)
        self._rows = Results(self)
        self._brush = _Brush(self)
        self.list.setModel(self._rows)
        self.list.setItemDelegate(self._brush)
        self.list.ran.connect(self._run)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setProperty("role", "soft")
        self._line = QFrame()
        self._line.setProperty("role", "line")
        self._hint = QLabel()
        self._hint.setProperty("role", "caption")
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        self._edge = SHADOW
        self._ground: QPixmap | None = None
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        for widget in (self._note, self.list, self._line, self._hint):
            self._column.addWidget(widget)
        self._column.setStretch(1, 1)
        self._restyle()
        look().changed.connect(self._restyle)
        self.hide()

    @property
    def rows(self) -> tuple[Result, ...]:
        """What is listed, headings too."""
        return self._rows.rows

    @property
    def current(self) -> Result | None:
        """The row under the keyboard."""
        index = self.list.currentIndex()
        return self.rows[index.row()] if index.isValid() else None

    @property
    def note(self) -> str:
        """What is said instead of, or above, the rows."""
        return "" if self._note.isHidden() else self._note.text()

    def show_rows(self, rows: Sequence[Result], note: str = "", hint: str = "") -> None:
        """List these; the first that can be chosen is. `note` stands above them."""
        self._rows.show(rows)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._lay_note(alone=not rows)
        self._hint.setText(hint)
        self.list.setVisible(bool(rows))
        self.list.scrollToTop()
        self._choose(next((n for n, row in enumerate(rows) if not row.heading), -1))
        if note:
            self._say(note)

    def step(self, by: int) -> None:
        """Move the keyboard by so many rows, past headings, and stay within the list."""
        at = self.list.currentIndex().row()
        open_rows = [n for n, row in enumerate(self.rows) if not row.heading]
        if open_rows:
            here = open_rows.index(at) if at in open_rows else -1
            self._choose(open_rows[max(0, min(len(open_rows) - 1, here + by))])

    def page(self) -> int:
        """How many rows a page is."""
        return max(1, self.list.viewport().height() // self._brush.tall[True] - 1)

    def run_current(self) -> None:
        """Run the row under the keyboard."""
        if self.current is not None:
            self._run(self.list.currentIndex().row())

    def wanted_height(self) -> int:
        """What all rows would take, with the shadow around."""
        margins = self._column.contentsMargins()
        tall = sum(self._brush.height(row) for row in self.rows)
        for widget in (self._note, self._line, self._hint):
            if not widget.isHidden():
                width = self.width() - margins.left() - margins.right()
                tall += max(widget.sizeHint().height(), widget.heightForWidth(width))
        return tall + margins.top() + margins.bottom() + look().tokens.px(6)

    def _run(self, row: int) -> None:
        self.ran.emit(self.rows[row].what)

    def _choose(self, row: int) -> None:
        index = self._rows.index(row, 0) if row >= 0 else QModelIndex()
        self.list.setCurrentIndex(index)
        if row < 0:
            return
        # The heading above the first row belongs in sight with it.
        self.list.scrollTo(self._rows.index(0, 0) if row == 1 and self.rows[0].heading else index)
        if self.isVisible():
            self._say(self.rows[row].spoken)

    def _say(self, text: str) -> None:
        """The keyboard stays in the box, so a screen reader must be told where in the list it points."""
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.list, text))

    def _restyle(self) -> None:
        px = look().tokens.px
        self._edge, self._ground = SHADOW + px(10), None
        self._column.setContentsMargins(SHADOW, SHADOW + px(4), SHADOW, SHADOW)
        self._hint.setContentsMargins(px(14), px(6), px(14), px(8))
        self._brush.restyle()
        self._rows.layoutChanged.emit()

    def _lay_note(self, *, alone: bool) -> None:
        """In the middle where it is all there is to say, else as a line above the rows."""
        px = look().tokens.px
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter if alone else Qt.AlignmentFlag.AlignLeft)
        gap = (px(24), px(24)) if alone else (px(14), px(8))
        self._note.setContentsMargins(gap[0], gap[1], gap[0], gap[1] - (0 if alone else px(4)))

    def paintEvent(self, event: QPaintEvent) -> None:
        inner = self._edge + 1
        if self.rect().adjusted(inner, inner, -inner, -inner).contains(event.rect()):
            QPainter(self).fillRect(event.rect(), look().color("raised"))
            return
        ratio = self.devicePixelRatioF()
        if self._ground is None or self._ground.devicePixelRatio() != ratio:
            self._ground = _ground(self._edge, ratio)
        _stretch(QPainter(self), self.rect(), self._ground, self._edge)


def _ground(edge: int, ratio: float) -> QPixmap:
    """The sheet with its shadow, no larger than its corners: drawing the shadow anew takes milliseconds."""
    now, side = look(), 2 * edge + 1
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = edge - SHADOW
    body = QRectF(SHADOW + 0.5, SHADOW + 0.5, side - 2 * SHADOW - 1, side - 2 * SHADOW - 1)
    if now.tokens.name != "contrast":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 4 if now.tokens.name == "light" else 16))
        for ring in range(SHADOW, 0, -1):
            painter.drawRoundedRect(body.adjusted(-ring, -ring + 3, ring, ring), radius + ring, radius + ring)
    painter.setPen(now.color("separator" if now.tokens.name == "light" else "control_border"))
    painter.setBrush(now.color("raised"))
    painter.drawRoundedRect(body, radius, radius)
    painter.end()
    return picture


def _stretch(painter: QPainter, box: QRect, picture: QPixmap, edge: int) -> None:
    """Draw the picture over the box: corners as they are, what lies between stretched."""
    ratio, side = picture.devicePixelRatio(), 2 * edge + 1
    to_x, to_y = (0, edge, box.width() - edge, box.width()), (0, edge, box.height() - edge, box.height())
    of = (0, edge, edge + 1, side)
    for i in range(3):
        for j in range(3):
            target = QRectF(to_x[i], to_y[j], to_x[i + 1] - to_x[i], to_y[j + 1] - to_y[j])
            source = QRectF(
                of[i] * ratio, of[j] * ratio, (of[i + 1] - of[i]) * ratio, (of[j + 1] - of[j]) * ratio
            )
            painter.drawPixmap(target, picture, source)


def hint() -> str:
    """How the sheet is used, for its foot."""
    return _("↑ ↓ choose · Enter open · Esc close · > only commands")
