"""Claims about the main window, with two screens that are made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from app import i18n
from app.errors import Offline, Refused
from tests.ui.conftest import PlainSession
from ui import errors, screens
from ui.actions import Action
from ui.desk import Desk
from ui.widgets.screen import Screen
from ui.window import Carried, Workspace


class Page(Screen):
    """Remembers where it was asked to go, and holds a line."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.headed("Page")
        self.line = QLineEdit()
        self.page.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.seen: list[Mapping[str, Any]] = []
        self.may_leave = True
        self.actions_here.add(
            Action("page.new", "New thing", lambda: self.seen.append({"new": 1}), shortcut="Ctrl+N")
        )

    def arrive(self, where: Mapping[str, Any]) -> None:
        self.seen.append(where)

    def leave(self) -> bool:
        return self.may_leave

    def state(self) -> dict[str, Any]:
        return {"text": self.line.text()}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.line.setText(state["text"])


@dataclass(frozen=True, slots=True)
class Made(screens.ScreenOf):
    """A place whose screen needs no file."""

    def load(self) -> type[Screen]:
        return Page


PLACES = (
    Made("customers", "Customers", "customers", "", "", "work", shortcut="Ctrl+1"),
    Made("tasks", "Tasks", "tasks", "", "", "work"),
    Made("record", "Record", "note", "", "", opens=("customer",), in_navigation=False),
)


@pytest.fixture
def workspace(qtbot: QtBot, desk: Desk) -> Workspace:
    return shown(qtbot, Workspace(desk, places=PLACES))


def shown(qtbot: QtBot, workspace: Workspace) -> Workspace:
    qtbot.addWidget(workspace)
    workspace.resize(1000, 700)
    workspace.show()
    return workspace


def page(workspace: Workspace) -> Page:
    here = workspace.shown
    assert isinstance(here, Page)
    return here


def place(workspace: Workspace) -> str:
    present = workspace.carry().present
    return present.screen if present else ""


def test_it_begins_with_the_first_place_and_goes_where_the_navigation_says(
    qtbot: QtBot, workspace: Workspace
) -> None:
    assert place(workspace) == "customers"
    tasks = next(b for b in workspace.sidebar.findChildren(QToolButton) if b.accessibleName() == "Tasks")
    qtbot.mouseClick(tasks, Qt.MouseButton.LeftButton)
    assert place(workspace) == "tasks"
    assert tasks.isChecked()


def test_places_off_the_navigation_have_no_button(workspace: Workspace) -> None:
    names = [button.accessibleName() for button in workspace.sidebar.findChildren(QToolButton)]
    assert names == ["Customers", "Tasks"]


def test_a_record_opens_on_the_screen_that_takes_its_kind(workspace: Workspace, desk: Desk) -> None:
    desk.open("customer", b"1", tab="visits")
    assert place(workspace) == "record"
    assert page(workspace).seen == [{"kind": "customer", "id": b"1", "tab": "visits"}]


def test_back_and_forward(workspace: Workspace, desk: Desk) -> None:
    desk.show("tasks")
    desk.open("customer", b"1")
    back, forward = (workspace.actions_here.qaction(id_) for id_ in ("back", "forward"))
    assert back.isEnabled() and not forward.isEnabled()
    back.trigger()
    assert place(workspace) == "tasks"
    forward.trigger()
    assert page(workspace).seen[-1] == {"kind": "customer", "id": b"1"}
    workspace.step(-1)
    workspace.step(-1)
    assert not back.isEnabled()


def test_a_screen_can_refuse_to_be_left(qtbot: QtBot, workspace: Workspace) -> None:
    page(workspace).may_leave = False
    tasks = next(b for b in workspace.sidebar.findChildren(QToolButton) if b.accessibleName() == "Tasks")
    qtbot.mouseClick(tasks, Qt.MouseButton.LeftButton)
    assert place(workspace) == "customers"
    assert not tasks.isChecked()


def test_a_new_language_keeps_place_history_and_half_done_work(
    qtbot: QtBot, workspace: Workspace, desk: Desk
) -> None:
    page(workspace).line.setText("half")
    desk.show("tasks")
    page(workspace).line.setText("done")
    carried = workspace.carry()
    i18n.use("zh_CN")
    again = shown(qtbot, Workspace(desk, carried, PLACES))
    assert page(again).line.text() == "done"
    again.step(-1)
    assert page(again).line.text() == "half"


def test_the_last_step_is_offered_for_undo(qtbot: QtBot, workspace: Workspace, desk: Desk) -> None:
    undo, redo = (workspace.actions_here.qaction(id_) for id_ in ("undo", "redo"))
    qtbot.waitUntil(undo.isEnabled)
    assert not redo.isEnabled()
    undo.trigger()
    qtbot.waitUntil(lambda: workspace.toast.text == "Undone: Rename customer")


def test_what_is_said_in_passing_can_carry_an_undo(qtbot: QtBot, workspace: Workspace, desk: Desk) -> None:
    desk.say("Customer deleted", undo=True)
    assert workspace.toast.text == "Customer deleted"
    qtbot.mouseClick(workspace.toast._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: workspace.toast.text == "Undone: Rename customer")


def test_a_refusal_is_a_banner_and_offline_a_word_in_the_status_bar(workspace: Workspace) -> None:
    errors.show(Refused("You may not."), page(workspace).line)
    assert page(workspace).banner.text == "You may not."
    errors.show(Offline("No connection."), page(workspace).line)
    assert workspace.foot.notice.text() == "No connection."


def test_everything_that_can_be_done_here_is_offered(workspace: Workspace) -> None:
    offered = [action.id for action in workspace.offers()]
    assert offered[0] == "page.new"
    assert {"search", "undo", "lock", "quit", "go.customers", "go.tasks"} <= set(offered)
    assert "go.record" not in offered


def test_shortcuts_reach_the_screen_and_the_window(qtbot: QtBot, workspace: Workspace) -> None:
    page(workspace).line.setFocus()
    qtbot.keyClick(page(workspace).line, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert page(workspace).seen[-1] == {"new": 1}
    qtbot.keyClick(page(workspace).line, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert workspace.search.hasFocus()


def test_lock_asks_the_program_to_lock(qtbot: QtBot, workspace: Workspace, desk: Desk) -> None:
    with qtbot.waitSignal(desk.lock_wanted):
        workspace.actions_here.qaction("lock").trigger()


def test_every_button_has_a_name(workspace: Workspace) -> None:
    nameless = [
        b.objectName() or b.text() for b in workspace.findChildren(QToolButton) if not b.accessibleName()
    ]
    # Qt's own cross in a line edit has none; it says what it does by its place.
    assert [name for name in nameless if name not in ("", "_q_qlineeditclearaction")] == []


def test_history_forgets_what_lay_ahead_and_does_not_grow_without_end() -> None:
    from ui.window.history import KEPT, Visit

    past = Carried()
    for number in range(KEPT + 10):
        past.go(Visit("a", {"n": number}))
    assert len(past.visits) == KEPT
    past.step(-1)
    past.go(Visit("b", {}))
    assert past.present == Visit("b", {}) and not past.can_step(1)
    past.go(Visit("b", {}))
    assert len(past.visits) == KEPT


def test_memory_is_written_by_the_store(qtbot: QtBot, desk: Desk, session: PlainSession) -> None:
    desk.memory.set("columns.customers", {"order": ["name"]})
    assert desk.memory.get("columns.customers") == {"order": ["name"]}
    qtbot.waitUntil(lambda: session.remembered == {"columns.customers": {"order": ["name"]}})
    desk.memory.set("columns.customers", None)
    assert desk.memory.keys("columns.") == []
