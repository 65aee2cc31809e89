"""A label of one line that ends in “…” where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import look


class ElidedLabel(QLabel):
    """Its whole text is its accessible name, and its tool tip where it is cut."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(" ".join(text.split()))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().tokens.px(48), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, room.width())
        self.setToolTip(self.text() if text != self.text() else "")
        self.style().drawItemText(
            painter,
            room,
            self.alignment() | Qt.TextFlag.TextSingleLine,
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )
