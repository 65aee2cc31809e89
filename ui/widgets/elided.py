"""A line of text that ends in “…” where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import look, plain

Policy = QSizePolicy.Policy


class Elided(QLabel):
    """It asks for the room of its whole text and makes do with less; the tool tip has what is cut off."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(Policy.Maximum, Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(" ".join(plain(text).split()))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().tokens.px(48), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, room = QPainter(self), self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, room.width())
        self.setToolTip(self.text() if text != self.text() else "")
        how = int(self.alignment() | Qt.TextFlag.TextSingleLine)
        style, role = self.style(), self.foregroundRole()
        style.drawItemText(painter, room, how, self.palette(), self.isEnabled(), text, role)


class ElidedLabel(Elided):
    """The same, with its text, in one of the style sheet's roles, as wide as there is room."""

    def __init__(
        self, text: str, role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    ) -> None:
        super().__init__(mode=mode)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(Policy.Expanding, Policy.Fixed)
        self.setText(text)
