"""Enter presses the button that has the keyboard, as Space does, on every desktop."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget


class ButtonKeys(QObject):
    """Qt leaves it to the desktop: with GNOME's it works, elsewhere Enter went unheard or saved the form around."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._moved)

    def _moved(self, old: QWidget | None, now: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if isinstance(now, (QPushButton, QToolButton)):
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) or not isinstance(
            event, QKeyEvent
        ):
            return False
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not plain:
            return False
        if not isinstance(watched, (QPushButton, QToolButton)):
            return False
        # On the press, like a default button: what it opens must not see the key again.
        if event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
            if watched.menu() is None:
                watched.click()
            else:
                watched.showMenu()
        return True
