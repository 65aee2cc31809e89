"""A QR code, always dark on light with its quiet zone, as cameras want it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import look

QUIET = 4
SIDE_PX = 220


class QrCode(QWidget):
    """Of a text; what it says must be reachable otherwise, too."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        import segno

        self._rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        side = look().tokens.px(SIDE_PX)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("white"))
        painter.setPen(Qt.PenStyle.NoPen)
        # Whole dots of the screen: edges that fall between them are grey, and cameras dislike that.
        ratio = self.devicePixelRatioF()
        cells = len(self._rows) + 2 * QUIET
        side = max(1, int(self.width() * ratio) // cells) / ratio
        left = (self.width() - side * cells) / 2 + side * QUIET
        for y, row in enumerate(self._rows):
            for x, dark in enumerate(row):
                if dark:
                    painter.fillRect(QRectF(left + x * side, left + y * side, side, side), QColor("black"))
