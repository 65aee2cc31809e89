"""A customer's page: form, contacts, delivery sites, timeline, history, drafts, undo and redo, deleting."""

from __future__ import annotations

import re

import pytest

from tests.e2e.driver import Widget, wait_until
from tests.e2e.journey import WORKING, Book
from tests.e2e.seat import OWNER, Seat

CUSTOMERS = """Name,Kind of business,Street,Postal code,City,Country,Phone,Customer code
Anker Hotel,hotel,Kai 1,20457,Hamburg,Germany,+494055500101,C-1
Café Élysée,cafe,Rue 3,75001,Paris,France,+33155500103,C-3
Dong Kantine,canteen,Ring 4,20095,Hamburg,Germany,+494055500104,C-4
"""
CAFE = "Café Élysée"


@pytest.fixture(scope="module")
def book(seat: Seat) -> Book:
    """The open book with three customers."""
    seat.make_company()
    seat.type_command("import", str(seat.write("customers.csv", CUSTOMERS)), "--as", "customers")
    return Book(seat)


@pytest.fixture
def window(book: Book) -> Widget:
    """The page of the café, opened from the list."""
    window = book.rest()
    book.table().wait_for_row(CAFE, "Name").double_click()
    window.find("label", "2 of 3")
    for left_over in window.all("button", "Discard")[:1]:
        left_over.click()
    window.find("field", "Name").wait_text(CAFE)
    return window


def open_customer(book: Book, name: str) -> None:
    """Double-click it in the list."""
    book.table().wait_for_row(name, "Name").double_click()
    book.program.window().find("field", "Name").wait_text(name)


def lines(window: Widget, of: str | re.Pattern[str]) -> list[str]:
    """What a list on the page says."""
    return [line.name for line in window.find("list", of).children()]


def wait_line(window: Widget, of: str | re.Pattern[str], text: str) -> None:
    """Wait for a line that has this."""
    wait_until(lambda: any(text in line for line in lines(window, of)), f"a line with {text!r}")


def test_the_form_saves_what_changed_and_undo_and_redo_turn_it(book: Book, window: Widget) -> None:
    legal = window.find("field", "Legal name")
    legal.type("Elysée SARL")
    window.find("label", "Not saved")
    book.hands.press("ctrl+s")
    window.find("label", "The customer was saved.")
    window.wait_gone("label", "Not saved")
    # In a field that has nothing of its own to take back, the keys are the book's.
    book.hands.press("ctrl+z")
    legal.wait_text("")
    window.find("button", "Redo").click()
    legal.wait_text("Elysée SARL")
    book.hands.press("ctrl+z")
    legal.wait_text("")


def test_what_cannot_be_is_said_beside_its_field(book: Book, window: Widget) -> None:
    name = window.find("field", "Name")
    name.type("")
    window.find("field", "E-mail").type("nobody at nowhere")
    book.hands.press("ctrl+s")
    window.find("label", "Please fill this in.")
    name.type(CAFE)
    book.hands.press("ctrl+s")
    trouble = window.find("field", "E-mail")
    wait_until(lambda: "invalid entry" in trouble.states or trouble.description, "the mark on the field")
    window.find("button", "Discard").click()
    trouble = window.find("field", "E-mail")
    trouble.wait_text("")


def test_the_stage_is_changed_from_the_head_of_the_page(book: Book, window: Widget) -> None:
    window.find("button", "Stage: Lead").click()
    book.program.menu().find("menu item", "Active").click()
    window.find("button", "Stage: Active")
    book.hands.press("ctrl+z")
    window.find("button", "Stage: Lead")


def test_an_activity_takes_one_shortcut_and_a_sentence(book: Book, window: Widget) -> None:
    book.hands.press("ctrl+shift+a")
    book.program.wait_focus("field", "What happened?")
    book.hands.type("Brought samples of the new butter.")
    book.hands.press("Return")
    wait_line(window, "Timeline", "Brought samples of the new butter.")
    window.find("page tab", "Timeline (1)")
    book.hands.press("alt+2")
    book.hands.type("Wants an offer by Friday.")
    book.hands.press("Return")
    wait_line(window, "Timeline", "Call")
    assert any(OWNER in line for line in lines(window, "Timeline"))
    book.hands.press("ctrl+z")
    wait_until(lambda: not any("Friday" in line for line in lines(window, "Timeline")), "the call undone")


def test_a_contact_is_added_and_found_by_the_initials_of_its_name(book: Book, window: Widget) -> None:
    book.hands.press("ctrl+shift+c")
    book.program.wait_focus("field", "Full name").type("王佳丽")
    book.hands.press("Tab")
    book.hands.type("Chef")
    book.hands.press("Tab")
    book.program.type("+86 138 0013 8000")
    book.hands.press("ctrl+s")
    window.find("page tab", "Contacts (1)")
    book.rest()
    for typed in ("wjl", "wang jiali", "王佳", "0013 80"):
        book.search("")
        window.find("field", re.compile("^Search customers")).type(typed)
        book.wait_result("王佳丽")
        book.hands.press("Escape", "Escape")
    book.search("wjl")
    book.wait_result("王佳丽")
    book.hands.press("Return")
    book.program.wait_focus("field", "Full name")
    window.find("label", CAFE)


def test_a_delivery_site_with_its_hours_is_added(book: Book, window: Widget) -> None:
    book.hands.press("ctrl+shift+d")
    book.program.wait_focus("field")
    book.program.type("Back door")
    book.hands.press("ctrl+s")
    window.find("page tab", "Delivery sites (1)")
    window.find("label", re.compile("Back door"))
    book.hands.press("ctrl+z")
    window.find("page tab", "Delivery sites")


def test_the_history_says_who_changed_what_and_gives_it_back(book: Book, window: Widget) -> None:
    code = window.find("field", "Customer code")
    code.type("C-33")
    book.hands.press("ctrl+s")
    window.find("label", "The customer was saved.")
    book.hands.press("ctrl+h")
    wait_line(window, "Change history", "C-3 → C-33")
    assert any(OWNER in line for line in lines(window, "Change history"))
    book.program.wait_focus()
    place = next(n for n, line in enumerate(lines(window, "Change history")) if "C-33" in line)
    list(window.find("list", "Change history").children())[place].click()
    book.hands.press("Return")
    code.wait_text("C-3")
    window.find("label", "The old value is back.")


def test_the_neighbours_in_the_list_are_one_key_away(book: Book, window: Widget) -> None:
    window.find("label", "2 of 3")
    book.hands.press("ctrl+Next")
    window.find("field", "Name").wait_text("Dong Kantine")
    book.hands.press("ctrl+Prior", "ctrl+Prior")
    window.find("field", "Name").wait_text("Anker Hotel")
    book.hands.press("alt+Left")
    window.find("field", "Name").wait_text(CAFE)


def test_a_customer_is_deleted_after_a_question_and_comes_back(book: Book, window: Widget) -> None:
    window.find("button", "More").click()
    book.program.menu().find("menu item", "Delete…").click()
    dialog = book.program.window(re.compile(f"^Delete “{CAFE}”"))
    dialog.find("button", "Delete").click()
    book.program.window(WORKING)
    book.table().wait_for_count(2)
    book.hands.press("ctrl+z")
    book.table().wait_for_count(3)
    open_customer(book, CAFE)
    window.find("page tab", re.compile(r"^Timeline \(1\)"))  # all that belongs to it came back too


def test_a_new_customer_is_written_by_keyboard_alone(book: Book, window: Widget) -> None:
    book.rest()
    book.hands.press("ctrl+n")
    book.program.wait_focus("field", "Name")
    book.program.type("Mühle am See")
    book.hands.press("Tab", "Tab", "Tab")
    book.hands.press("ctrl+s")
    window.find("label", "Mühle am See was added.")
    window.find("label", "Mühle am See")
    book.rest()
    book.table().wait_for_count(4)
    book.hands.press("ctrl+z")
    book.table().wait_for_count(3)


def test_a_half_filled_form_survives_a_kill(book: Book, window: Widget) -> None:
    window.find("field", "Assigned to").type("Draft Dora")
    log = book.seat.home / "main" / "data.db-wal"
    size = log.stat().st_size
    window.find("field", "Legal name").type("Gastro 2026")
    wait_until(lambda: log.stat().st_size > size, "the draft to be written")
    size = log.stat().st_size
    book.hands.press("End")
    book.hands.type("/2")
    wait_until(lambda: log.stat().st_size > size, "the draft to be written again")
    book.program.kill()

    window = book.window
    book.rest()
    window.find("button", "1 draft")
    open_customer(book, CAFE)
    window.find("label", re.compile("^You began to edit this customer"))
    window.find("field", "Assigned to").wait_text("Draft Dora")
    window.find("field", "Legal name").wait_text("Gastro 2026/2")
    window.find("label", "Not saved")
    book.hands.press("ctrl+s")
    window.find("label", "The customer was saved.")
    book.hands.press("ctrl+z")
    window.find("field", "Assigned to").wait_text("")
