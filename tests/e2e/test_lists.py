"""The list of customers: sort, columns, filters, saved views, many at once, editing in place, export."""

from __future__ import annotations

import csv
import re
from contextlib import suppress

import pytest

from tests.e2e.driver import NotSeen, Widget, wait_until
from tests.e2e.journey import WORKING, Book, wait_names
from tests.e2e.seat import Seat

CUSTOMERS = """Name,Kind of business,Stage,Street,Postal code,City,Country,Phone,Tags,Customer code
Anker Hotel,hotel,active,Kai 1,20457,Hamburg,Germany,+494055500101,organic,C-1
Bäckerei Abendrot,bakery,active,Gasse 2,04109,Leipzig,Germany,+493415550102,,C-2
Café Élysée,cafe,lead,Rue 3,75001,Paris,France,+33155500103,organic; terrace,C-3
Dong Kantine,canteen,trial,Ring 4,20095,Hamburg,Germany,+494055500104,,C-4
Eiscafé Venezia,cafe,at_risk,Markt 5,04109,Leipzig,Germany,+493415550105,,C-5
Frischmarkt Ost,retailer,lead,Allee 6,10117,Berlin,Germany,+49305550106,,C-6
=Gulasch & Co,restaurant,lost,Weg 7,10117,Berlin,Germany,+49305550107,,C-7
王记面馆,restaurant,active,人民路8号,610000,成都,China,+8613800138000,,C-8
"""
NAMES = [line.split(",")[0] for line in CUSTOMERS.splitlines()[1:]]
SORTED = sorted(NAMES, key=str.casefold)
CAFES = ["Café Élysée", "Eiscafé Venezia"]


@pytest.fixture(scope="module")
def book(seat: Seat) -> Book:
    """The open book with eight customers."""
    seat.make_company()
    seat.type_command("import", str(seat.write("customers.csv", CUSTOMERS)), "--as", "customers")
    return Book(seat)


@pytest.fixture
def window(book: Book) -> Widget:
    """The list of all customers by name."""
    window = book.rest()
    table = book.table()
    table.wait_for_count(len(NAMES))
    for _click in range(2):
        if table.column("Name") != SORTED:
            table.header("Name").click()
            with suppress(NotSeen):
                wait_until(lambda: table.column("Name") == SORTED, "the order by name", 2)
    wait_names(table, SORTED)
    return window


def undo(book: Book) -> None:
    """Take the last step back."""
    book.hands.press("ctrl+z")


def test_a_click_on_a_heading_sorts_and_another_turns_round(book: Book, window: Widget) -> None:
    table = book.table()
    table.header("Phone").click()
    by_phone = [phone for phone in table.column("Phone") if phone]
    wait_until(lambda: table.column("Phone") == sorted(table.column("Phone")), "the order of phones")
    table.header("Phone").click()
    wait_until(lambda: table.column("Phone") == sorted(by_phone, reverse=True), "the order turned round")
    table.header("Name").click()
    wait_names(table, SORTED)


def test_columns_are_chosen_by_keyboard_and_remembered(book: Book, window: Widget) -> None:
    table = book.table()
    assert "Customer code" not in table.headers_in_sight
    window.find("button", "Choose columns").click()
    sheet = book.program.popup("Columns")
    sheet.find("field", "Find a column").type("code")
    book.hands.press("Down", "space", "Escape")
    wait_until(lambda: "Customer code" in table.headers_in_sight, "the new column")
    assert table.cell(0, "Customer code").text.startswith("C-")
    book.quit()
    book.rest()
    wait_until(lambda: "Customer code" in book.table().headers_in_sight, "the column after a restart")
    window = book.program.window()
    window.find("button", "Choose columns").click()
    book.program.popup("Columns").find("button", "Show the usual columns").click()
    book.hands.press("Escape")
    wait_until(lambda: "Customer code" not in book.table().headers_in_sight, "the usual columns")


def test_filters_narrow_and_a_view_keeps_them(book: Book, window: Widget) -> None:
    book.hands.press("ctrl+f")
    book.program.wait_focus("field", "Filter by…")
    book.hands.type("kind")
    book.hands.press("Return")
    book.program.wait_focus("field", "Type to narrow")
    book.hands.type("caf")
    book.hands.press("Down", "space", "Escape")
    wait_names(book.table(), CAFES)
    window.find("label", "2 of 8")

    book.run_command("Save this view")
    dialog = book.program.window(re.compile("view", re.I))
    dialog.find("field", "Name of the view").type("Where coffee goes")
    book.hands.press("Return")
    window.find("button", "View: Where coffee goes")
    book.hands.press("ctrl+shift+f")
    wait_until(lambda: book.table().row_count == 8, "all customers")

    book.quit()
    book.rest()
    window = book.program.window()
    window.find("button", re.compile("^View:")).click()
    book.program.menu().find("menu item", re.compile("^Where coffee goes")).click()
    wait_names(book.table(), CAFES)
    window.find("button", re.compile("^View:")).click()
    book.program.menu().find("menu item", "All customers").click()
    wait_until(lambda: book.table().row_count == 8, "all customers")


def test_letters_typed_on_the_list_find_in_it(book: Book, window: Widget) -> None:
    book.table().cell(0, "Name").click()
    book.hands.type("elysee")
    wait_names(book.table(), ["Café Élysée"])
    book.hands.press("ctrl+a", "Delete")
    wait_until(lambda: book.table().row_count == 8, "all customers")


def test_several_are_chosen_and_changed_at_once_and_undone_at_once(book: Book, window: Widget) -> None:
    table = book.table()
    table.cell(0, "Name").click()
    book.hands.press("shift+Down", "shift+Down")
    window.find("label", "3 of 8 chosen")
    book.hands.press("ctrl+e")
    dialog = book.program.window(re.compile("3 customers"))
    dialog.find("combo box", "What to change").choose("Stage")
    dialog.find("combo box", "Stage").choose("Lapsed")
    dialog.find("button", "Change").click()
    wait_until(lambda: table.column("Stage").count("Lapsed") == 3, "three lapsed")
    window.find("label", re.compile("^3 customers"))
    undo(book)
    wait_until(lambda: "Lapsed" not in table.column("Stage"), "none lapsed")
    book.hands.press("Escape")


def test_space_picks_rows_that_do_not_lie_together_and_tags_them(book: Book, window: Widget) -> None:
    table = book.table()
    table.cell(1, "Name").click()
    book.hands.press("space", "Down", "Down", "space")
    window.find("label", "2 of 8 chosen")
    window.find("button", "Add tags…").click()
    book.program.window(re.compile("2 customers"))
    book.hands.type("winter")
    book.hands.press("Return")
    wait_until(lambda: [tag for tag in table.column("Tags") if "winter" in tag] != [], "the tag")
    assert sum("winter" in tag for tag in table.column("Tags")) == 2
    undo(book)
    wait_until(lambda: not any("winter" in tag for tag in table.column("Tags")), "the tag gone")


def test_a_cell_is_edited_in_its_place(book: Book, window: Widget) -> None:
    table = book.table()
    table.cell(0, "Name").click()
    book.hands.press("F2")
    book.program.wait_focus("field", "Name")
    book.hands.press("End")
    book.hands.type(" Nord")
    book.hands.press("Return")
    table.wait_for_row("=Gulasch & Co Nord", "Name")
    undo(book)
    table.wait_for_row("=Gulasch & Co", "Name")


def test_many_are_deleted_after_a_question_that_names_their_number(book: Book, window: Widget) -> None:
    table = book.table()
    table.cell(0, "Name").click()
    book.hands.press("shift+Down", "Delete")
    dialog = book.program.window(re.compile("2 customers"))
    book.hands.press("Return")  # Enter alone loses nothing
    wait_until(lambda: not dialog.is_showing, "the end of the question")
    assert table.row_count == 8
    book.hands.press("Delete")
    book.program.window(re.compile("2 customers")).find("button", "Delete").click()
    table.wait_for_count(6)
    book.program.window(WORKING)
    undo(book)
    table.wait_for_count(8)


def test_the_present_view_is_exported_and_comes_back_unchanged(book: Book, window: Widget) -> None:
    window.find("button", "Export").click()
    dialog = book.program.window(re.compile("^Export"))
    file = book.seat.user / "all.csv"
    dialog.find("button", "Choose where…").click()
    save = book.program.window(re.compile("^Export"))
    save.find("field", "File name:").type(str(file))
    book.hands.press("Return")
    wait_until(lambda: file.exists(), "the file", 20)
    rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 1 + len(NAMES)
    cells = [cell for row in rows for cell in row]
    assert "+8613800138000" in cells
    assert "=Gulasch & Co" not in cells  # a spreadsheet would run it
