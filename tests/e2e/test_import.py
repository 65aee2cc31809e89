"""The import assistant from outside: a real list in, shown, in again without a change, and out again."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.e2e.driver import Widget, wait_until
from tests.e2e.journey import Book
from tests.e2e.seat import Seat
from tests.lookalike import REAL, restaurants, restaurants_csv

LONG_S = 60.0
ROWS = (
    "code;name;phone;shoe size\n1;Café Zürich;030 1111111;42\n2;Zum Löwen;030 2222222;39\n3;;030 3333333;41\n"
)


@pytest.fixture(scope="module")
def book(seat: Seat) -> Book:
    """An empty book, open."""
    seat.make_company()
    return Book(seat)


def begin(book: Book, file: Path) -> Widget:
    """Open the assistant by keyboard and type the file's path; returns the window once the file is read."""
    window = book.window
    book.hands.press("Escape", "Escape", "ctrl+shift+i")
    window.find("label", "Import")
    for left_over in ("Import another file", "Start over"):
        if window.has("button", left_over):
            window.find("button", left_over).click()
    window.find("button", "Choose a file…")
    book.hands.press("ctrl+o")
    asked = book.program.window(re.compile("^Choose a file to import"))
    asked.find("field", "File name:").type(str(file))
    book.hands.press("Return")
    window = book.window
    window.find("label", file.name)
    return window


def go_on(book: Book, button: str | re.Pattern[str]) -> None:
    """Wait until the button to the next step can be pressed, and press its keys."""
    found = book.window.find("button", button, timeout_s=LONG_S)
    wait_until(lambda: "enabled" in found.states, f"{found} to be enabled", LONG_S)
    book.hands.press("ctrl+Return")


def choose(book: Book, label: str, option: str) -> None:
    """Choose by keyboard: the first letters of an option go to it."""
    combo = book.window.find("combo box", label)
    combo.click()
    wait_until(lambda: combo.all("list item", option, showing=False), f"{option} to be offered")
    book.hands.type(option)
    book.hands.press("Return")
    wait_until(lambda: combo.name == option, f"{option} chosen for {label}")


def tile(book: Book, name: str) -> Widget:
    """A count of the rehearsal or the result."""
    return book.window.find(name=name, timeout_s=LONG_S)


def nobody(book: Book) -> None:
    """See that the book has no customers."""
    book.go("Customers")
    book.hands.press("ctrl+shift+f")
    book.window.find("label", "No customers yet", timeout_s=LONG_S)


def in_and_out(book: Book, file: Path, total: int) -> None:
    rows = f"{total:,}"
    window = begin(book, file)
    assert window.find("combo box", "Characters").name == "Western European (Windows-1252)"
    table = window.table("The first rows of the file")
    assert table.row_count == 50
    go_on(book, "Next")
    wait_until(lambda: window.find("combo box", "name").name == "Name", "the name's column")
    assert window.find("combo box", "postal_code").name == "Postcode"
    go_on(book, "Rehearse")
    tile(book, f"New: {rows}")
    go_on(book, f"Import {rows} rows")
    window.find("label", f"{rows} rows were imported", timeout_s=LONG_S)

    window.find("button", "Show what was imported").click()
    book.table("Customers").wait_for_count(total, LONG_S)

    begin(book, file)
    go_on(book, "Next")
    go_on(book, "Rehearse")
    tile(book, f"The same: {rows}")
    assert window.has(name="New: 0") and window.has(name="To be changed: 0")
    assert "enabled" not in window.find("button", "Import").states

    book.hands.press("ctrl+z")
    book.wait_said(f"Undone: Import of {file.name}", LONG_S)
    nobody(book)


def test_a_look_alike_goes_in_is_found_again_and_comes_out(book: Book) -> None:
    file = book.seat.user / "look-alike.csv"
    file.write_bytes(restaurants_csv())
    in_and_out(book, file, len(restaurants()))


def test_the_real_restaurants_go_in_are_found_again_and_come_out(book: Book) -> None:
    file = REAL / "sf-restaurants.csv"
    if not file.exists():
        pytest.skip("../shared/data is not here; the look-alike stands in")
    in_and_out(book, file, 6359)


def test_guesses_are_corrected_and_rejected_rows_come_back_as_a_file(book: Book) -> None:
    file = book.seat.user / "small.csv"
    file.write_bytes(ROWS.encode("windows-1252"))
    window = begin(book, file)
    table = window.table("The first rows of the file")
    wait_until(lambda: table.row_count == 3 and table.cell(0, 1).text == "Café Zürich", "the right letters")
    choose(book, "Characters", "Unicode (UTF-8)")
    window.find("label", re.compile("is not in the encoding .* Choose another encoding"))
    window.find("button", "Guess again").click()
    go_on(book, "Next")
    choose(book, "shoe size", "Notes")
    window.find("label", "Chosen by you")
    go_on(book, "Rehearse")
    tile(book, "Rejected: 1").click()
    window.find("button", "Save rejected rows…")
    go_on(book, "Import 2 rows")
    window.find("label", "2 rows were imported", timeout_s=LONG_S)

    book.hands.press("ctrl+s")
    asked = book.program.window(re.compile("^Save rejected rows"))
    target = book.seat.user / "rejected.csv"
    asked.find("field", "File name:").type(str(target))
    book.hands.press("Return")
    wait_until(target.exists, "the file of rejected rows")
    content = target.read_text("utf-8-sig")
    assert "The name is missing." in content and "030 3333333" in content

    window = book.window
    window.find("button", "Undo the import").click()
    window.find("label", "The import was undone", timeout_s=LONG_S)
    nobody(book)


def test_a_file_that_is_no_list_is_refused_with_a_way_out(book: Book) -> None:
    file = book.seat.user / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    window = begin(book, file)
    window.find("label", re.compile("cannot be imported. Open it in the program that made it"))
    assert "enabled" not in window.find("button", "Next").states


def test_a_stopped_import_leaves_nothing(book: Book) -> None:
    file = book.seat.user / "long.csv"
    file.write_bytes(restaurants_csv(restaurants(40_000)))
    begin(book, file)
    go_on(book, "Next")
    go_on(book, "Rehearse")
    go_on(book, re.compile("^Import 40,.* rows$"))
    time.sleep(0.5)  # looking for the page would take longer than the import has left
    book.hands.press("Escape")
    book.window.find("label", "The import was stopped", timeout_s=LONG_S)
    nobody(book)
