"""A round picture of a person or business: initials on a colour of its own."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui import formats
from ui.fields import hue_of
from ui.theme import look


class Avatar(QWidget):
    """Decoration: the name stands beside it, so screen readers skip it."""

    def __init__(self, name: str = "", size: int = 32, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._size = size
        self.setFixedSize(self.sizeHint())

    def show_name(self, name: str) -> None:
        """Picture another one."""
        self._name = name
        self.update()

    def sizeHint(self) -> QSize:
        side = look().tokens.px(self._size)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_avatar(painter, self.rect(), self._name)


def draw_avatar(painter: QPainter, box: QRect, name: str) -> None:
    """Draw an avatar into a square, for lists that paint by hand."""
    under, over = look().tokens.hues[hue_of(name)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(under))
    painter.setPen(QColor(over) if look().tokens.name == "contrast" else Qt.PenStyle.NoPen)
    painter.drawEllipse(box.adjusted(0, 0, -1, -1))
    font = look().font(0, strong=True)
    font.setPixelSize(max(8, round(box.height() * 0.38)))
    painter.setFont(font)
    painter.setPen(QColor(over))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, formats.initials(name))
    painter.restore()
