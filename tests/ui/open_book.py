"""A desk over a real open book, for tests of whole screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.gateway.session import Session
from ui.desk import Desk


@contextmanager
def desk_over(session: Session) -> Iterator[Desk]:
    """The desk of an open book; what screens remember is what the book remembers."""
    desk = Desk(session, session.recall_all(""))
    try:
        yield desk
    finally:
        desk.close()


def settled(qtbot: QtBot, desk: Desk, until: Callable[[], bool] = lambda: True) -> None:
    """Wait until nothing is being asked or written, and what is waited for is so."""
    # An answer may ask again (a list, then the text of its rows), so quiet must last two turns.
    for _turn in range(2):
        qtbot.waitUntil(lambda: desk.jobs.idle and until(), timeout=8000)
        qtbot.wait(5)
        qtbot.waitUntil(lambda: desk.jobs.idle and until(), timeout=8000)


def shown(qtbot: QtBot, widget: QWidget, width: int = 1200, height: int = 800) -> None:
    """Show a widget as the window would, and have it removed after the test."""
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
