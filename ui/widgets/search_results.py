"""The sheet under the search box: results moved through from the box, a word above, a hint at its foot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.i18n import _
from ui.theme import look
from ui.widgets.result_list import Brush, Result, ResultList, Results, Span

__all__ = ["SHADOW", "Result", "ResultSheet", "Span", "hint"]

SHADOW = 10


class ResultSheet(QWidget):
    """`ran` carries the chosen row's `what`."""

    ran = Signal(object)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.list = ResultList(self)
        self.list.setAccessibleName(name)
        self.setAccessibleName(name)
        self._rows = Results(self)
        self._brush = Brush(self)
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
