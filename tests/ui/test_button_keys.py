"""Claims about Enter on a button."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.open_book import shown
from ui.widgets.button_keys import ButtonKeys


class Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []
        self.heard = 0
        self.push, self.tool, self.line = QPushButton("Go"), QToolButton(), QLineEdit()
        column = QVBoxLayout(self)
        for widget in (self.push, self.tool, self.line):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            column.addWidget(widget)
        self.push.setAutoDefault(False)
        self.push.clicked.connect(lambda: self.pressed.append("push"))
        self.tool.clicked.connect(lambda: self.pressed.append("tool"))
        self.keys = ButtonKeys(self)

    def keyPressEvent(self, event: object) -> None:
        self.heard += 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_presses_the_button_that_has_the_keyboard_once(qtbot: QtBot, key: Qt.Key) -> None:
    page = Page()
    shown(qtbot, page)
    for name in ("push", "tool"):
        button = getattr(page, name)
        button.setFocus()
        qtbot.waitUntil(button.hasFocus)
        qtbot.keyClick(button, key)
    assert page.pressed == ["push", "tool"]
    assert page.heard == 0, "the form around it is not saved as well"


def test_a_line_keeps_its_enter(qtbot: QtBot) -> None:
    page = Page()
    shown(qtbot, page)
    page.push.setFocus()
    page.line.setFocus()
    qtbot.waitUntil(page.line.hasFocus)
    with qtbot.waitSignal(page.line.returnPressed, timeout=1000):
        qtbot.keyClick(page.line, Qt.Key.Key_Return)
    assert page.pressed == []
