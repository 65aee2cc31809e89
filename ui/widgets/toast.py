"""A sentence in passing at the foot of the window, with an Undo where something can be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.i18n import _
from ui.theme import look, plain

STAY_MS = 6_000
STAY_WITH_BUTTON_MS = 12_000


class Toast(QFrame):
    """One at a time; it waits while the pointer or the keyboard is on it."""

    undo = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "toast")
        px = look().tokens.px
        self._host = parent
        self._row = row = QHBoxLayout(self)
        row.setSpacing(px(12))
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._button = QPushButton()
        self._button.clicked.connect(self._pressed)
        self._act: Callable[[], object] = self.undo.emit
        row.addWidget(self._text)
        row.addWidget(self._button)
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def say(
        self, text: str, *, undo: bool = False, button: str = "", act: Callable[[], object] | None = None
    ) -> None:
        """Show a sentence for a few seconds; `undo`, or `button` with what it does, puts a button beside it."""
        text = plain(text)
        self._text.setText(text)
        label = _("Undo") if undo else button
        self._act = act if act is not None and not undo else self.undo.emit
        self._button.setText(label)
        self._button.setVisible(bool(label))
        # What goes on its own needs padding on the right where no button stands.
        self._row.setContentsMargins(*(look().tokens.px(n) for n in (16, 8, 8 if label else 16, 8)))
        self.setAccessibleName(text)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._end.start(STAY_WITH_BUTTON_MS if label else STAY_MS)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _pressed(self) -> None:
        self.hide()
        self._act()

    def _place(self) -> None:
        host, gap = self._host, look().tokens.px(48)
        self.move((host.width() - self.width()) // 2, host.height() - self.height() - gap)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    def enterEvent(self, event: QEvent) -> None:
        self._end.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if not self.isHidden() and not self._button.hasFocus():
            self._end.start(STAY_MS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
