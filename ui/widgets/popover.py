"""A sheet that opens beside what was pressed, and goes on Escape or a click elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.theme import look


class Popover(QFrame):
    """Put widgets into `box`, then open it. It stands under `beside`; the keyboard goes back to `anchor`."""

    closed = Signal()

    def __init__(self, anchor: QWidget, name: str, beside: QWidget | None = None) -> None:
        super().__init__(anchor, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "card")
        self.setAccessibleName(name)
        self._anchor = anchor
        spot = beside or anchor  # may be gone before the sheet is, so its place is taken down now
        self._spot = QRect(spot.mapToGlobal(QPoint(0, 0)), spot.size())
        px = look().tokens.px
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(px(12), px(12), px(12), px(12))
        self.box.setSpacing(px(8))

    def open(self, first: QWidget | None = None) -> None:
        """Show it, inside the screen; `first` gets the keyboard."""
        self.adjustSize()
        self.place()
        self.show()
        (first or self).setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Stand under what was pressed, or above where there is no room below."""
        spot, gap, size = self._spot, look().tokens.px(4), self.size()
        screen = self._anchor.screen().availableGeometry()
        x = spot.left()
        if x + size.width() > self._anchor.window().geometry().right():
            x = spot.right() + 1 - size.width()  # under a button at the right edge, stay inside the window
        x = max(screen.left() + gap, min(x, screen.right() - size.width() - gap))
        y = spot.bottom() + 1 + gap
        if y + size.height() > screen.bottom():
            y = max(screen.top() + gap, spot.top() - gap - size.height())
        self.move(x, y)

    def refit(self) -> None:
        """Its content is another one: take the size it needs and stay where it belongs."""
        self.adjustSize()
        self.place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
        if self._anchor.isVisible():
            self._anchor.setFocus(Qt.FocusReason.PopupFocusReason)
