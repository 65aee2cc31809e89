"""Ctrl+Z belongs to a text line while it has something to take back, and to the book when it has not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget


class UndoKeys(QObject):
    """Qt's text lines claim the keys even when they have nothing to undo. One of these per window is enough."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            # Watching the line that has the keyboard, not every event of the program.
            app.focusChanged.connect(self._moved)

    def _moved(self, old: QWidget | None, now: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if isinstance(now, (QLineEdit, QPlainTextEdit, QTextEdit)):
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo)
            redo = event.matches(QKeySequence.StandardKey.Redo)
            if (undo and not _can(watched, "undo")) or (redo and not _can(watched, "redo")):
                event.ignore()
                return True
        return False


def _can(line: QObject, what: str) -> bool:
    if isinstance(line, QLineEdit):
        return line.isUndoAvailable() if what == "undo" else line.isRedoAvailable()
    if isinstance(line, (QPlainTextEdit, QTextEdit)):
        document = line.document()
        return document.isUndoAvailable() if what == "undo" else document.isRedoAvailable()
    return False
