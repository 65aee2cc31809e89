"""A line to search with: it says what was typed once the fingers rest, or at once on Enter."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from app.i18n import _
from ui.theme import icon, look, set_icon

REST_MS = 30  # a third of the time between two strokes of a quick typist


class SearchBox(QLineEdit):
    """`searched` carries the text; Escape clears it, and leaves when it is empty."""

    searched = Signal(str)
    left = Signal()  # Escape in an empty box
    down = Signal()  # the arrow down: the list below wants the keyboard

    def __init__(self, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "search")
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(look().tokens.px(200))
        sign = self.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        set_icon(sign, "search")
        for button in self.findChildren(QToolButton):  # to a screen reader the sign is a button too
            button.setAccessibleName(hint if button.defaultAction() is sign else _("Clear all"))
        self._told = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._tell)
        self.textChanged.connect(lambda _text: self._rest.start())

    def show_text(self, text: str) -> None:
        """Show a text that is known already, without saying that it was typed."""
        self._told = text
        self.setText(text)
        self._rest.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                if self.text():
                    self.clear()
                else:
                    self.left.emit()
            case Qt.Key.Key_Down:
                self.down.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._tell()
                self.returnPressed.emit()
            case _:
                super().keyPressEvent(event)

    def _tell(self) -> None:
        self._rest.stop()
        if self.text() != self._told:
            self._told = self.text()
            self.searched.emit(self._told)
