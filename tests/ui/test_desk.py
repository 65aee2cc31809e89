"""Claims about work away from the window."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.errors import Cancelled, Invalid, Offline, Refused
from tests.ui.conftest import PlainSession, asking, doing
from ui import errors
from ui.desk import Desk
from ui.jobs import Job


def test_a_result_comes_home_on_the_gui_thread(qtbot: QtBot, desk: Desk) -> None:
    seen: list[tuple[int, bool, bool]] = []
    main = threading.main_thread()

    def query(view: Any, number: int) -> tuple[int, bool]:
        return number * 2, threading.current_thread() is main

    owner = QObject()
    desk.ask(owner, asking(query), 21).then(
        lambda r: seen.append((*r, threading.current_thread() is main))
    ).start()
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(42, False, True)]


def test_commands_run_one_after_another_on_one_thread(qtbot: QtBot, desk: Desk) -> None:
    seen: list[tuple[int, str]] = []
    owner = QObject()
    for number in range(20):
        desk.do(owner, doing(lambda tx, n: (n, threading.current_thread().name)), number).then(
            seen.append
        ).start()
    qtbot.waitUntil(lambda: len(seen) == 20)
    assert seen == [(number, "store") for number in range(20)]


def test_a_change_is_signalled_on_the_gui_thread(qtbot: QtBot, desk: Desk) -> None:
    with qtbot.waitSignal(desk.changed) as heard:
        desk.do(QObject(), doing(lambda tx: None)).start()
    assert heard.args == [frozenset({"customer"})]


def test_nobody_hears_of_a_result_whose_owner_is_gone(qtbot: QtBot, desk: Desk) -> None:
    begun, gate = threading.Event(), threading.Event()
    seen: list[bool] = []

    def query(view: Any) -> bool:
        begun.set()
        return gate.wait(5)

    owner = QWidget()
    job = desk.ask(owner, asking(query)).then(seen.append).start()
    assert begun.wait(5)
    owner.deleteLater()
    qtbot.waitUntil(lambda: job.owner is None)
    gate.set()
    qtbot.waitUntil(lambda: desk.jobs.idle)
    assert not seen


def test_only_the_latest_answer_counts(qtbot: QtBot, desk: Desk) -> None:
    seen: list[str] = []
    owner = QObject()
    first = threading.Event()

    def slow(view: Any, text: str) -> str:
        if text == "a":
            first.wait(5)
        return text

    for text in ("a", "ab", "abc"):
        desk.ask(owner, asking(slow), text).then(seen.append).latest("search").start()
    qtbot.waitUntil(lambda: seen == ["abc"])
    first.set()
    qtbot.waitUntil(lambda: desk.jobs.idle)
    assert seen == ["abc"]


def test_long_work_is_shown_and_can_be_stopped(qtbot: QtBot, desk: Desk) -> None:
    ended: list[str] = []

    def work(job: Job[None]) -> None:
        for done in range(10_000):
            threading.Event().wait(0.002)
            job.step(done, 10_000)

    owner = QObject()
    job = desk.run(owner, work).label("Counting…").then(lambda _: ended.append("then")).start()
    with qtbot.waitSignal(desk.jobs.shown_changed, timeout=3000):
        pass
    assert desk.jobs.shown == [job]
    assert 0 < job.done < job.total == 10_000
    job.stop()
    qtbot.waitUntil(lambda: desk.jobs.idle)
    assert isinstance(job.error, Cancelled)
    assert not ended and not desk.jobs.shown


def test_quick_work_is_never_shown(qtbot: QtBot, desk: Desk) -> None:
    shown: list[int] = []
    desk.jobs.shown_changed.connect(lambda: shown.append(1))
    owner = QObject()
    desk.ask(owner, asking(lambda view: None)).label("Looking…").start()
    qtbot.waitUntil(lambda: desk.jobs.idle)
    qtbot.wait(600)
    assert not shown


def test_a_failure_goes_to_the_one_who_asked_to_hear_of_it(qtbot: QtBot, desk: Desk) -> None:
    heard: list[BaseException] = []

    def refuse(view: Any) -> None:
        raise Refused("No.")

    owner = QObject()
    desk.ask(owner, asking(refuse)).failed(heard.append).start()
    qtbot.waitUntil(lambda: bool(heard))
    assert isinstance(heard[0], Refused)


def test_closing_waits_for_what_is_being_written(qtbot: QtBot, session: PlainSession) -> None:
    desk = Desk(session)
    started = threading.Event()

    def write(tx: Any) -> None:
        started.set()
        threading.Event().wait(0.1)
        session.done.append("written")

    desk.do(QObject(), doing(write)).start()
    assert started.wait(5)
    desk.close()
    assert session.done == ["written"]
    assert not [thread for thread in threading.enumerate() if thread.name in ("store", "reader")]


class Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, ...]] = []

    def show_invalid(self, field: str, text: str) -> bool:
        self.heard.append(("invalid", field, text))
        return field == "name"

    def show_banner(self, text: str, level: str) -> None:
        self.heard.append((level, text))

    def show_offline(self, text: str) -> None:
        self.heard.append(("offline", text))


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        (Cancelled(), []),
        (Invalid("name", "Short."), [("invalid", "name", "Short.")]),
        (Invalid("other", "Short."), [("invalid", "other", "Short."), ("danger", "Short.")]),
        (Refused("No."), [("warning", "No.")]),
        (Offline("Away."), [("offline", "Away.")]),
    ],
)
def test_failures_are_shown_by_the_nearest_that_can(
    qtbot: QtBot, error: BaseException, heard: list[tuple[str, ...]]
) -> None:
    page = Page()
    qtbot.addWidget(page)
    errors.show(error, QWidget(page))
    assert page.heard == heard


def test_a_report_holds_places_and_no_values(qtbot: QtBot) -> None:
    try:
        int("王佳丽 138 0013 8000")
    except ValueError as error:
        text = errors.report(error)
    assert "builtins.ValueError" in text
    assert "tests/ui/test_desk.py:" in text
    assert "王" not in text and "138" not in text


def test_our_own_mistake_opens_a_dialog_without_blocking(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    errors.show(ZeroDivisionError("secret"), page)
    from PySide6.QtWidgets import QMessageBox

    box = page.findChild(QMessageBox)
    assert isinstance(box, QMessageBox) and box.isVisible()
    assert "secret" not in box.detailedText()
    box.close()
