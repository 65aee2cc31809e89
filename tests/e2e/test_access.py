"""By keyboard and by ear: everything has a name, and the keyboard gets everywhere and out again."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial

import pytest

from tests.e2e.atspi import gone
from tests.e2e.driver import MANY_CHILDREN, ROLES, Widget, wait_until
from tests.e2e.journey import WORKING, Book
from tests.e2e.seat import Seat, StartProgram

CUSTOMERS = """Name,Kind of business,City,Phone
Anker Hotel,hotel,Hamburg,+494055500101
Café Élysée,cafe,Paris,+33155500103
"""
SPOKEN = {
    *ROLES["button"], *ROLES["field"], *ROLES["table"], "check box", "radio button", "slider", "page tab", "list",
}  # fmt: skip
# Their items have names, and are read one by one.
LEAVES = {"combo box", "list", *ROLES["table"]}
SECTIONS = (
    "Appearance", "Custom fields", "Security", "Audit trail", "Backup", "Company and profile", "About",
)  # fmt: skip
# No Tab order should be longer: a person who looks for a button gives up.
MOST_TABS = 90


@pytest.fixture(scope="module")
def book(seat: Seat) -> Book:
    """The open book with two customers."""
    seat.make_company()
    seat.type_command("import", str(seat.write("customers.csv", CUSTOMERS)), "--as", "customers")
    return Book(seat)


@pytest.fixture
def window(book: Book) -> Widget:
    """The list of customers."""
    return book.rest()


def nameless(root: Widget, path: str = "") -> list[str]:
    """What can be reached there and says nothing to a screen reader."""
    found = []
    with suppress(gone()):
        states, role = root.states, root.role
        if "showing" not in states:
            return []
        name = root.label if role == "combo box" else root.name
        here = f"{path}/{role} {root.name!r}"
        if ("focusable" in states or role in SPOKEN) and root.box[2] > 0 and not name.strip():
            found.append(here)
        if role not in LEAVES and root.node.get_child_count() <= MANY_CHILDREN:
            for child in root.children():
                found += nameless(child, here)
    return found


def open_first(book: Book) -> Widget:
    """The page of the first customer."""
    book.table().cell(0, "Name").double_click()
    window = book.program.window()
    window.find("field", "Name").wait_text("Anker Hotel")
    return window


def test_everything_has_a_name_before_the_book_is_open(book: Book, start_program: StartProgram) -> None:
    welcome = start_program()
    window = welcome.window("Provender")
    assert nameless(window) == []
    window.find("button", "Make your company").click()
    window.find("field", "Company name")
    assert nameless(window) == []
    welcome.kill()

    assert book.window
    book.lock()
    window = book.program.window("Provender")
    assert nameless(window) == []
    window.find("button", "Forgot password?").click()
    window.find("field", "Recovery code")
    assert nameless(window) == []
    window.find("button", "Back").click()
    book.unlock()


def test_everything_in_the_lists_and_their_sheets_has_a_name(book: Book, window: Widget) -> None:
    assert nameless(window) == []
    window.find("button", "Choose columns").click()
    assert nameless(book.program.popup("Columns")) == []
    book.hands.press("Escape", "ctrl+f")
    book.program.wait_focus("field", "Filter by…")
    assert nameless(book.program.popup("Filter")) == []
    for field, there in (("kind", "Type to narrow"), ("name", re.compile("text$")), ("changed", None)):
        book.hands.press("ctrl+a")
        book.hands.type(field)
        book.hands.press("Return")
        book.program.wait_focus(None, there)
        assert nameless(book.program.popup("Filter")) == []
        book.hands.press("Escape", "ctrl+f")
        book.program.wait_focus("field", "Filter by…")
    book.hands.press("Escape")
    book.table().cell(0, "Name").click()
    book.hands.press("shift+Down")
    window.find("label", "2 of 2 chosen")
    assert nameless(window) == []
    for key in ("ctrl+e", "Delete"):
        book.hands.press(key)
        assert nameless(book.program.window(re.compile("2 customers"))) == []
        book.hands.press("Escape")
        book.program.window(WORKING)
    book.hands.press("Escape")
    window.find("button", "Export").click()
    assert nameless(book.program.window(re.compile("^Export"))) == []
    book.hands.press("Escape")
    book.program.window(WORKING)
    book.hands.press("ctrl+2")
    book.table("Contacts")
    assert nameless(window) == []


def test_everything_on_a_customers_page_has_a_name(book: Book, window: Widget) -> None:
    open_first(book)
    assert nameless(window) == []
    for keys, shown in (
        ("ctrl+shift+c", "Full name"),
        ("ctrl+shift+d", re.compile("name|site", re.I)),
        ("ctrl+shift+a", "What happened?"),
    ):
        book.hands.press(keys)
        book.program.wait_focus("field", shown)
        assert nameless(window) == [], keys
    book.hands.press("ctrl+h")
    book.program.wait_focus("list", "Change history")
    assert nameless(window) == []
    book.hands.press("ctrl+k")
    book.hands.type("a")
    book.wait_result("Anker")
    assert nameless(window) == []


def test_everything_in_the_settings_has_a_name(book: Book, window: Widget) -> None:
    book.hands.press("ctrl+comma")
    sections = window.find("list", "Sections of the settings")
    assert [item.name for item in sections.children()] == list(SECTIONS)
    for section in SECTIONS:
        sections.find("list item", section).click()
        window.find("label", section)
        assert nameless(window) == [], section


def test_everything_in_the_assistant_has_a_name(book: Book, window: Widget) -> None:
    file = book.seat.write("more.csv", CUSTOMERS + ",,,\n")
    book.hands.press("ctrl+shift+i")
    window.find("button", "Choose a file…").click()
    asked = book.program.window(re.compile("^Choose a file"))
    asked.find("field", "File name:").type(str(file))
    book.hands.press("Return")
    book.program.window(WORKING)
    for button in ("Next", "Rehearse"):
        found = window.find("button", button, timeout_s=30)
        assert nameless(window) == [], button
        found.click()
    window.find(name=re.compile("^The same: "), timeout_s=30)
    assert nameless(window) == []


@pytest.mark.parametrize("place", ["list", "page"])
def test_tab_goes_round_and_misses_nothing_that_a_mouse_can_press(
    book: Book, window: Widget, place: str
) -> None:
    if place == "page":
        open_first(book)
    seen = tabbed(book)
    assert "Search customers, contacts and actions" in seen
    buttons = [one for one in window.all("button") if {"focusable", "enabled"} <= one.states]
    assert {one.name for one in buttons} - set(seen) == set()


def tabbed(book: Book) -> list[str]:
    """The names through which Tab goes until it is where it began."""
    first, seen = book.program.wait_focus(), list[str]()
    for _step in range(MOST_TABS):
        before = book.program.wait_focus()
        book.hands.press("Tab")
        here = wait_until(partial(moved, book, before), f"the keyboard to leave {before}", 3)
        seen.append(here.name)
        if here.node == first.node:
            return seen
    raise AssertionError(f"Tab does not come round: {seen}")


def moved(book: Book, before: Widget) -> Widget | None:
    """What has the keyboard, once it is something else."""
    here = book.program.focused()
    return here if here is not None and here.node != before.node else None
