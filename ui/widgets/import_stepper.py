"""The steps of an assistant, in a row: which are done, which is shown, which can be gone to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.i18n import _, listed
from ui.theme import look, pixmap

TURN = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


@dataclass(frozen=True, slots=True)
class StepState:
    """How one step looks. `note` says in a few words what was decided there."""

    note: str = ""
    is_shown: bool = False
    is_done: bool = False
    is_open: bool = False


class Stepper(QWidget):
    """`chosen` gives the number of the step that was pressed. Arrow keys move between steps."""

    chosen = Signal(int)

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        self.buttons: list[StepButton] = []
        for number, title in enumerate(titles):
            if number:
                line = QFrame()
                line.setProperty("role", "line")
                line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
                line.setMinimumWidth(px(8))
                line.setMaximumWidth(px(120))
                row.addWidget(line, 1)
            button = StepButton(number, title)
            button.clicked.connect(lambda _on=False, number=number: self.chosen.emit(number))
            self.buttons.append(button)
            row.addWidget(button)
        row.addStretch(1)

    def show_states(self, states: Sequence[StepState]) -> None:
        """Show how far the assistant has come."""
        for button, state in zip(self.buttons, states, strict=True):
            button.show_state(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        turn = TURN.get(Qt.Key(event.key()))
        if turn is None:
            super().keyPressEvent(event)
            return
        open_ones = [button for button in self.buttons if button.isEnabled()]
        here = next((n for n, button in enumerate(open_ones) if button.hasFocus()), 0)
        open_ones[(here + turn) % len(open_ones)].setFocus(Qt.FocusReason.TabFocusReason)


class StepButton(QAbstractButton):
    """A number in a circle, a title, and a note under it."""

    def __init__(self, number: int, title: str) -> None:
        super().__init__()
        self._number = number
        self.state = StepState()
        self.setText(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_state(self.state)

    def show_state(self, state: StepState) -> None:
        """Show another state."""
        self.state = state
        self.setEnabled(state.is_open or state.is_shown)
        self.setAccessibleName(_("Step {number}: {title}").format(number=self._number + 1, title=self.text()))
        if state.is_shown:
            said = _("this step is shown")
        elif state.is_done:
            said = _("done")
        else:
            said = ""
        self.setAccessibleDescription(listed(filter(None, (said, state.note))))
        self.setToolTip(state.note)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px = look().tokens.px
        title = QFontMetrics(look().font(strong=True)).horizontalAdvance(self.text())
        note = QFontMetrics(look().font(-1)).horizontalAdvance(self.state.note)
        return QSize(px(52) + max(title, min(note, px(150))), px(48))

    def minimumSizeHint(self) -> QSize:
        px = look().tokens.px
        return QSize(px(52) + min(px(60), self.sizeHint().width()), px(48))

    def paintEvent(self, _event: QPaintEvent) -> None:
        now = look()
        px, state = now.tokens.px, self.state
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(now.color("focus"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), px(6), px(6))
        elif self.underMouse() and self.isEnabled() and not state.is_shown:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.color("hover"))
            painter.drawRoundedRect(self.rect(), px(6), px(6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_circle(painter, QRect(px(8), (self.height() - px(26)) // 2, px(26), px(26)))
        room = QRect(px(42), 0, self.width() - px(46), self.height())
        title, note = now.font(strong=state.is_shown or state.is_done), now.font(-1)
        title_metrics, note_metrics = QFontMetrics(title), QFontMetrics(note)
        said = state.note
        if self._number and note_metrics.horizontalAdvance(said) > room.width():
            said = ""  # half a count says nothing; half a file name does
        both = title_metrics.height() + (note_metrics.height() if said else 0)
        top = (self.height() - both) // 2
        color = "text" if state.is_shown else "text_soft" if self.isEnabled() else "text_off"
        painter.setFont(title)
        painter.setPen(now.color(color))
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(
            QPoint(room.left(), top + title_metrics.ascent()),
            title_metrics.elidedText(self.text(), elide, room.width()),
        )
        if said:
            painter.setFont(note)
            painter.setPen(now.color("text_soft" if self.isEnabled() else "text_off"))
            painter.drawText(
                QPoint(room.left(), top + title_metrics.height() + note_metrics.ascent()),
                note_metrics.elidedText(said, Qt.TextElideMode.ElideMiddle, room.width()),
            )

    def _paint_circle(self, painter: QPainter, circle: QRect) -> None:
        now, state = look(), self.state
        if state.is_shown:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.color("accent"))
            ink = "on_accent"
        elif state.is_done:
            painter.setPen(QPen(now.color("accent"), 1.5))
            ink = "accent_text"
        else:
            painter.setPen(QPen(now.color("control_border" if self.isEnabled() else "separator"), 1.5))
            ink = "text_soft" if self.isEnabled() else "text_off"
        painter.drawEllipse(circle)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state.is_done and not state.is_shown:
            size = round(circle.width() * 0.62)
            sign = pixmap("check", ink, size, self.devicePixelRatioF())
            inset = (circle.width() - size) // 2
            painter.drawPixmap(circle.topLeft() + QPoint(inset, inset), sign)
            return
        painter.setFont(now.font(-1, strong=True))
        painter.setPen(now.color(ink))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(self._number + 1))
