"""A first day with Provender, from the fresh machine to the second start, through the window alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.driver import wait_until
from tests.e2e.journey import OPEN_S, Book
from tests.e2e.seat import COMPANY, Seat
from tests.e2e.test_welcome import fill_in, keep_code
from tests.lookalike import REAL, restaurants, restaurants_csv

LONG_S = 60.0
FILE = REAL / "sf-restaurants.csv"
Source = Callable[[Seat], tuple[Path, int, str, str]]


def real_list(_seat: Seat) -> tuple[Path, int, str, str]:
    """File, rows, what is typed to find a customer, and the customer's name."""
    if not FILE.exists():
        pytest.skip("../shared/data is not here; the look-alike stands in")
    return FILE, 6359, "nrgize", "NRGIZE LIFESTYLE CAFE"


def look_alike(seat: Seat) -> tuple[Path, int, str, str]:
    """The same of a generated list."""
    rows = restaurants()
    names = [row[1] for row in rows]
    once = next(name for name in names if name.isascii() and sum(name in other for other in names) == 1)
    file = seat.user / "look-alike.csv"
    file.write_bytes(restaurants_csv(rows))
    return file, len(rows), once.lower(), once


def press_on(book: Book, button: str) -> None:
    """Wait until the way on is open, and take it."""
    found = book.program.window().find("button", button, timeout_s=LONG_S)
    wait_until(lambda: "enabled" in found.states, f"{found} to be enabled", LONG_S)
    found.click()


@pytest.mark.parametrize("source", [real_list] if FILE.exists() else [real_list, look_alike])
def test_a_company_its_customers_and_an_edit_are_there_tomorrow(seat: Seat, source: Source) -> None:
    file, count, typed, name = source(seat)
    book = Book(seat)

    # Make a company.
    window = book.program.window("Provender")
    fill_in(window, book.password)
    window.find("field", "Password again").type(book.password)
    book.hands.press("Return")
    keep_code(window)
    window = book.opened()

    # Import its customers.
    window.find("button", "Import a list").click()
    window.find("button", "Choose a file…").click()
    asked = book.program.window(re.compile("^Choose a file to import"))
    asked.find("field", "File name:").type(str(file))
    book.hands.press("Return")
    window = book.opened()
    window.find("label", file.name)
    press_on(book, "Next")
    press_on(book, "Rehearse")
    press_on(book, f"Import {count:,} rows")
    window.find("button", "Show what was imported", timeout_s=LONG_S).click()
    book.table().wait_for_count(count, LONG_S)

    # Find one, edit, undo, edit again.
    book.search(typed)
    book.wait_result(name)
    book.hands.press("Return")
    window.find("field", "Name").wait_text(name)
    legal = window.find("field", "Legal name")
    for said in ("Wrong Inc.", "Lifestyle LLC"):
        legal.type(said)
        book.hands.press("ctrl+s")
        window.find("label", "The customer was saved.")
        window.wait_gone("label", "Not saved")
        if said == "Wrong Inc.":
            book.hands.press("ctrl+z")
            legal.wait_text("")

    # Lock; a wrong password; the right one.
    book.lock()
    book.try_password("not the password")
    window = book.program.window("Provender")
    window.find("label", re.compile("^The password is wrong"), timeout_s=OPEN_S)
    book.unlock()

    # Quit, start again: all is there.
    book.quit()
    window = book.window
    assert window.name == f"{COMPANY} – Provender"
    book.rest()
    book.table().wait_for_count(count)
    book.search(typed)
    book.wait_result(name)
    book.hands.press("Return")
    window.find("field", "Name").wait_text(name)
    window.find("field", "Legal name").wait_text("Lifestyle LLC")
    book.quit()
    trail = seat.type_command("audit", "verify")
    assert trail
