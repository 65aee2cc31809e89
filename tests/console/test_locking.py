"""The company asks a computer to lock: the command line obeys as the window does."""

from __future__ import annotations

from typing import Any, cast

import pytest

from app import bootstrap
from app.errors import Locked
from sync.client import runner, status
from sync.client.engine import Report
from sync.client.status import State, Status
from ui.console import synchronising
from ui.console.online import Online


class Book:
    """What is asked of an open book here."""

    session: Any = None

    def __init__(self) -> None:
        self.forgot: list[bool] = []

    def close(self, *, forget: bool = False) -> None:
        self.forgot.append(forget)


def road(book: Book) -> Online:
    return Online(cast("bootstrap.Open", book), cast("Any", None), cast("Any", None))


def test_synchronising_once_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "once", lambda *_args: Report(is_locked=True))
    book = Book()
    with pytest.raises(Locked):
        road(book).settle()
    assert book.forgot == [True]


def test_watching_ends_and_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked:
        """A runner that is asked to lock at once."""

        def __init__(self, *_args: Any) -> None:
            self.stopped = False

        def on_lock(self, listener: Any) -> None:
            self._lock = listener

        def start(self) -> None:
            self._lock()

        def stop(self) -> None:
            self.stopped = True

        def status(self) -> Status:
            return Status(State.SYNCED)

    monkeypatch.setattr(runner, "Runner", Asked)
    monkeypatch.setattr("app.features.trust.connecting.server", lambda _keeper: object())
    book = Book()
    book.session = type("Session", (), {"sync": None})()
    with pytest.raises(Locked):
        synchronising._watch(road(book))
    assert book.forgot == [True]
