"""Claims about whose Ctrl+Z is whose."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.open_book import shown
from ui.widgets.undo_keys import UndoKeys

CTRL = Qt.KeyboardModifier.ControlModifier


class Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.undone = 0
        self.line, self.text = QLineEdit(), QPlainTextEdit()
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.text)
        action = QAction("Undo", self)
        action.setShortcut(QKeySequence("Ctrl+Z"))
        action.triggered.connect(self._undo)
        self.addAction(action)
        self.keys = UndoKeys(self)

    def _undo(self) -> None:
        self.undone += 1


def test_a_line_undoes_its_own_typing_first_and_then_the_book(qtbot: QtBot) -> None:
    page = Page()
    shown(qtbot, page)
    for line in (page.line, page.text):
        page.undone = 0
        line.setFocus()
        qtbot.waitUntil(line.hasFocus)
        qtbot.keyClicks(line, "a")
        qtbot.keyClick(line, Qt.Key.Key_Z, CTRL)
        assert page.undone == 0
        assert (line.text() if isinstance(line, QLineEdit) else line.toPlainText()) == ""
        qtbot.keyClick(line, Qt.Key.Key_Z, CTRL)
        assert page.undone == 1
