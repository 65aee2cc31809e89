"""The driver reads and reaches everything in a real window that it did not build."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.desktop import Desktop
from tests.e2e.driver import NotSeen, Widget
from tests.e2e.hands import Hands
from tests.e2e.program import Program
from tests.e2e.seat import StartProgram

TOY = (sys.executable, Path(__file__).with_name("toy_window.py"))


@pytest.fixture
def toy(start_program: StartProgram) -> Program:
    """The toy window."""
    return start_program(command=TOY)


@pytest.fixture
def window(toy: Program) -> Widget:
    """Its window."""
    return toy.window("Toy")


def test_typing_and_clicking_reach_the_window(window: Widget) -> None:
    window.find("field", "Name").type("Café “Zum Löwen”")
    window.find("button", "Greet").click()
    window.find("label", "Hello Café “Zum Löwen”")


def test_letters_that_the_keyboard_lacks_can_be_typed(window: Widget) -> None:
    field = window.find("field", "Name")
    for text in ("王佳丽 小吃店", "Élysée Öl"):
        field.type(text)
        field.wait_text(text)


def test_a_long_table_is_read_where_asked_only(window: Widget) -> None:
    table = window.table("Rows")
    assert table.row_count == 100_000
    assert table.headers == ["First", "Second"]
    assert table.row(99_999) == ["A99999", "B99999"]
    table.wait_for_row("B3", "Second").double_click()
    window.find("label", "Opened B3")


def test_a_combo_box_is_found_by_its_label(window: Widget) -> None:
    choice = window.find("combo box", "Choice")
    choice.choose("green")
    assert choice.text == "green"


def test_a_dialog_is_a_window_of_its_own(toy: Program, window: Widget) -> None:
    window.find("button", "Ask").click()
    toy.window("Sure?").find("button", "Yes").click()
    window.find("label", "Sure")


def test_states_follow_the_mouse(window: Widget) -> None:
    box = window.find("check box", "Loud")
    assert "checked" not in box.states
    box.click()
    assert "checked" in window.find("check box", "Loud").states


def test_keys_reach_the_focused_window(toy: Program, window: Widget, hands: Hands) -> None:
    assert window.is_showing
    hands.press("ctrl+q")
    assert toy.wait() == 0


def test_a_missing_widget_says_what_was_looked_for(window: Widget) -> None:
    with pytest.raises(NotSeen, match="button named 'Nothing'"):
        window.find("button", "Nothing", timeout_s=0.1)


def test_the_tree_can_be_shown(toy: Program, window: Widget) -> None:
    window.find("field", "Name").type("seen")
    shown = toy.tree()
    assert "'Name' = 'seen'" in shown
    assert "100000" not in shown or "children" in shown


def test_a_killed_program_is_gone(toy: Program, window: Widget) -> None:
    assert window.is_showing
    toy.kill()
    assert not toy.is_running
    assert toy.windows() == []


def test_the_screen_can_be_pictured(desktop: Desktop, window: Widget, tmp_path: Path) -> None:
    assert window.is_showing
    picture = tmp_path / "screen.png"
    desktop.picture(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
