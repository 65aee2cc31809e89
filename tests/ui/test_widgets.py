"""Claims about dialogs, actions and the small widgets."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.errors import Invalid
from app.model.fields import Text, named
from ui.actions import Action, ActionSet
from ui.desk import Desk
from ui.dialogs import FormDialog, confirm, confirm_by_typing
from ui.form import Form
from ui.jobs import Job
from ui.theme import look
from ui.widgets.avatar import Avatar
from ui.widgets.banner import Banner
from ui.widgets.busy import Busy
from ui.widgets.empty import EmptyState
from ui.widgets.search_box import SearchBox
from ui.widgets.sidebar import Place, Sidebar
from ui.widgets.toast import Toast


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(600, 400)
    host.show()
    return host


def test_a_question_calls_back_only_when_agreed(qtbot: QtBot, host: QWidget) -> None:
    agreed: list[int] = []
    confirm(host, "Delete?", "It is gone then.", "Delete", lambda: agreed.append(1)).reject()
    assert not agreed
    dialog = confirm(host, "Delete?", "It is gone then.", "Delete", lambda: agreed.append(2))
    qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    assert agreed == [2]


def test_enter_alone_loses_nothing(qtbot: QtBot, host: QWidget) -> None:
    dialog = confirm(host, "Delete?", "", "Delete", lambda: None, danger=True)
    qtbot.waitUntil(lambda: dialog.focusWidget() is dialog.no)
    dialog.reject()


def test_the_word_must_be_typed(qtbot: QtBot, host: QWidget) -> None:
    agreed: list[int] = []
    dialog = confirm_by_typing(
        host, "Delete", "All of it.", "North Foods", "Delete", lambda: agreed.append(1)
    )
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    qtbot.keyClicks(dialog.line, "North Food")
    assert not dialog.yes.isEnabled()
    qtbot.keyClicks(dialog.line, "s")
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert agreed == [1]


def test_a_form_in_a_dialog_is_checked_before_it_is_saved(qtbot: QtBot, host: QWidget) -> None:
    saved: list[dict[str, object]] = []
    form = Form([named(Text("Name", required=True), "name")])
    dialog = FormDialog(host, "New", form, "Save", lambda d: saved.append(d.form.values()))
    dialog.open()
    dialog.agree()
    assert not saved and form.troubles()
    qtbot.keyClicks(form.editor("name").inner(), "Ana")
    qtbot.keyClick(form.editor("name").inner(), Qt.Key.Key_Return)
    assert saved == [{"name": "Ana"}]
    error = Invalid("elsewhere", "Not like that.")
    assert dialog.show_invalid(error.field, error.text)
    assert any(label.text() == "Not like that." for label in dialog.findChildren(QLabel))
    dialog.reject()


def test_an_action_makes_buttons_menus_and_shortcuts(qtbot: QtBot, host: QWidget) -> None:
    done: list[str] = []
    may = [True]
    actions = ActionSet(
        host,
        [
            Action(
                "one", "One", lambda: done.append("one"), "plus", "Ctrl+1", enabled=lambda: may[0], group="a"
            ),
            Action(
                "two",
                "Two",
                lambda: done.append("two"),
                "trash",
                group="b",
                danger=True,
                checked=lambda: True,
            ),
        ],
    )
    button = actions.button("one", "primary")
    qtbot.addWidget(button)
    button.click()
    menu = actions.menu()
    qtbot.addWidget(menu)
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["One", "", "Two"]
    assert menu.actions()[2].isChecked()
    menu.actions()[2].trigger()
    may[0] = False
    actions.refresh()
    assert not button.isEnabled()
    actions.run("one")
    assert done == ["one", "two"]
    assert "Ctrl+1" in actions.icon_button("one").toolTip()
    assert [action.id for action in actions.all()] == ["one", "two"]


def test_a_banner_offers_a_way_out_once(qtbot: QtBot, host: QWidget) -> None:
    done: list[int] = []
    banner = Banner(host)
    assert banner.text == ""
    banner.say("It is old.", "warning", button="Mend it", act=lambda: done.append(1))
    assert banner.text == "It is old." == banner.accessibleName()
    banner._do.click()
    assert done == [1] and banner.text == ""
    banner.say("Unknown level", "purple")
    assert banner.property("level") == "info"


def test_a_toast_goes_on_its_own_and_stays_under_the_pointer(qtbot: QtBot, host: QWidget) -> None:
    toast = Toast(host)
    toast.say("Saved", undo=True)
    assert toast._end.isActive()
    toast.enterEvent(None)  # type: ignore[arg-type]
    assert not toast._end.isActive()
    host.resize(500, 300)
    assert toast.geometry().bottom() < 300
    with qtbot.waitSignal(toast.undo):
        toast._button.click()
    assert toast.text == ""


def test_the_search_box_says_what_was_typed_once_the_fingers_rest(qtbot: QtBot) -> None:
    box = SearchBox("Search")
    qtbot.addWidget(box)
    said: list[str] = []
    box.searched.connect(said.append)
    qtbot.keyClicks(box, "abc")
    qtbot.waitUntil(lambda: said == ["abc"])
    qtbot.keyClicks(box, "d")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert said == ["abc", "abcd"]
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: said[-1] == "")
    with qtbot.waitSignal(box.left):
        qtbot.keyClick(box, Qt.Key.Key_Escape)
    with qtbot.waitSignal(box.down):
        qtbot.keyClick(box, Qt.Key.Key_Down)


def test_arrows_move_through_the_navigation(qtbot: QtBot) -> None:
    bar = Sidebar([Place("a", "A", "box"), Place("b", "B", "box", "Group")])
    qtbot.addWidget(bar)
    with qtbot.waitActive(bar):
        bar.show()
    bar.show_chosen("a")
    bar._buttons["a"].setFocus()
    with qtbot.waitSignal(bar.chosen) as chosen:
        qtbot.keyClick(bar._buttons["a"], Qt.Key.Key_Down)
    assert chosen.args == ["b"]
    assert bar._buttons["b"].hasFocus()


def test_long_work_shows_how_far_it_is_and_stops(qtbot: QtBot, desk: Desk) -> None:
    import threading

    busy = Busy(desk.jobs)
    qtbot.addWidget(busy)

    def work(job: Job[None]) -> None:
        for done in range(1, 100_000):
            threading.Event().wait(0.002)
            job.step(done, 100_000)

    desk.run(busy, work).label("Importing…").start()
    qtbot.waitUntil(busy.isVisible, timeout=3000)
    assert busy._label.text() == "Importing…"
    qtbot.waitUntil(lambda: busy._count.text().endswith(" %"))
    busy._stop.click()
    qtbot.waitUntil(busy.isHidden)


def test_an_empty_page_says_what_to_do(qtbot: QtBot) -> None:
    done: list[int] = []
    page = EmptyState("customers", "No customers", "Add one.", "Add", lambda: done.append(1))
    qtbot.addWidget(page)
    page.findChildren(QPushButton)[0].click()
    assert done == [1]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_everything_paints_in_every_theme(qtbot: QtBot, desk: Desk, theme: str) -> None:
    from tests.ui.gallery import FormPage, ListPage, PartsPage

    try:
        look().use(theme, 125)
        for make in (PartsPage, FormPage, ListPage):
            page = make(desk)
            qtbot.addWidget(page)
            page.resize(900, 600)
            page.show()
            qtbot.waitUntil(lambda: desk.jobs.idle)
            assert not page.grab().isNull()
        avatar = Avatar("王佳丽")
        qtbot.addWidget(avatar)
        assert not avatar.grab().isNull()
    finally:
        look().use("light", 100)
