"""A desk over a session of plain functions, so that widgets are tried without a vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import i18n
from app.gateway.command import Command, Query
from ui.desk import Desk
from ui.theme import look


class PlainSession:
    """Calls commands, queries and plain functions with itself in place of a transaction or view."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[frozenset[str]], None]] = []
        self.done: list[str] = []
        self.remembered: dict[str, Any] = {}
        self.person = SimpleNamespace(name="Wang Jiali", roles=("owner",))
        self.identity = SimpleNamespace(company_name="North Foods", demo=True)

    def do(self, command: Any, /, *args: Any, **kw: Any) -> Any:
        result = getattr(command, "run", command)(self, *args, **kw)
        self.stir("customer")
        return result

    def ask(self, query: Any, /, *args: Any, **kw: Any) -> Any:
        return getattr(query, "run", query)(self, *args, **kw)

    def undo(self, mark: Any = None, /) -> Any:
        return SimpleNamespace(label="Rename customer", restored=1, kept=(), kept_count=0)

    def redo(self) -> Any:
        return SimpleNamespace(label="Rename customer", restored=1, kept=(), kept_count=0)

    def undoable(self) -> str | None:
        return "Rename customer"

    def redoable(self) -> str | None:
        return None

    def remember(self, name: str, value: Any, /) -> None:
        self.remembered[name] = value

    def recall_all(self, start: str, /) -> dict[str, Any]:
        return {name: value for name, value in self.remembered.items() if name.startswith(start)}

    def tidy(self) -> bool:
        return False

    def on_changed(self, listener: Callable[[frozenset[str]], None], /) -> None:
        self.listeners.append(listener)

    def stir(self, *kinds: str) -> None:
        for listener in self.listeners:
            listener(frozenset(kinds))


@pytest.fixture(autouse=True)
def english(qapp: QApplication) -> Iterator[None]:
    """Every test begins in English, light and at 100 %."""
    i18n.use("en")
    if look().tokens.name != "light" or look().tokens.scale != 100 or look().mode != "light":
        look().use("light", 100)
    yield
    i18n.use("en")


def asking(run: Callable[..., Any]) -> Query[..., Any]:
    """A plain function as a query, which PlainSession calls with itself for a view."""
    return Query("test.ask", "Ask", run)


def doing(run: Callable[..., Any]) -> Command[..., Any]:
    """A plain function as a command."""
    return Command("test.do", "Do", run)


@pytest.fixture
def session() -> PlainSession:
    return PlainSession()


@pytest.fixture
def desk(qtbot: QtBot, session: PlainSession) -> Iterator[Desk]:
    desk = Desk(session)
    yield desk
    desk.close()


# What the offscreen platform says about things that only a real screen has; nothing else is forgiven.
OFFSCREEN = ("propagateSizeHints", "does not support raise", "does not support grabbing the keyboard")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the offscreen platform have its say without failing a test."""
    for item in items:
        if "tests/ui/" in item.path.as_posix():
            item.add_marker(pytest.mark.qt_log_ignore(*OFFSCREEN))
