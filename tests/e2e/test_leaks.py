"""Nothing that was typed, imported, searched for or half done lies in the open, while running and after a kill."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.campaign.scan import Find, Scanner
from tests.e2e.driver import wait_until
from tests.e2e.journey import OPEN_S, WORKING, Book
from tests.e2e.program import Program
from tests.e2e.seat import Seat
from tests.e2e.test_welcome import keep_code

MARK = "zwetschgenhof"
PASSWORD = "pflaumenmus over seven lanterns"


def plant(name: str) -> str:
    """A text that is nowhere else in the world."""
    return f"{MARK}-{name}-{len(name)}"


NAMES = (
    *("company", "owner", "name", "legal", "assigned", "contact", "activity", "draft", "search", "filter"),
    *("view", "find", "palette", "refused", "imported", "rejected", "file", "folder", "tag"),
)


def where_it_writes(seat: Seat) -> list[Path]:
    """Every folder that the program may write to: home with its XDG folders, temporary files, the session's."""
    session = seat.desktop.env.get("XDG_RUNTIME_DIR")
    return [seat.user, *([Path(session)] if session and Path(session).is_dir() else [])]


def leaks(scanner: Scanner, seat: Seat, program: Program | None) -> list[Find]:
    """What a person with access to the files of a stolen laptop, or to the process list, can read."""
    found = [find for folder in where_it_writes(seat) for find in scanner.folder(folder)]
    return found + (scanner.process(program.pid) if program is not None else [])


def test_a_day_of_work_leaves_nothing_readable_behind(seat: Seat, tmp_path: Path) -> None:
    file = tmp_path / plant("folder") / f"{plant('file')}.csv"
    file.parent.mkdir()
    file.write_text(f"Name,Notes\n{plant('imported')},x\n,{plant('rejected')}\n", encoding="utf-8")
    scanner = Scanner([*map(plant, NAMES), PASSWORD])
    assert scanner.folder(tmp_path), "the scanner is blind"

    book = Book(seat, PASSWORD, plant("company"))
    make_company(book)
    import_list(book, file)
    work(book)

    assert leaks(scanner, seat, book.program) == []
    book.program.kill()
    assert leaks(scanner, seat, None) == []
    assert book.window  # and the book that was scanned is a book
    book.quit()
    assert leaks(scanner, seat, None) == []
    assert (seat.home / "main" / "data.db").stat().st_size > 100_000


def make_company(book: Book) -> None:
    """With planted names."""
    window = book.program.window("Provender")
    window.find("button", "Make your company").click()
    for label, text in (
        ("Company name", plant("company")), ("Your name", plant("owner")),
        ("Password", book.password), ("Password again", book.password),
    ):  # fmt: skip
        window.find("field", label).type(text)
    book.hands.press("Return")
    keep_code(window)
    book.opened()


def import_list(book: Book, file: Path) -> None:
    """A file with a row that is rejected."""
    window = book.program.window()
    window.find("button", "Import a list").click()
    window.find("button", "Choose a file…").click()
    asked = book.program.window(re.compile("^Choose a file to import"))
    asked.find("field", "File name:").type(str(file))
    book.hands.press("Return")
    window = book.opened()
    for button in ("Next", "Rehearse", "Import 1 row"):
        window.find("button", button, timeout_s=OPEN_S).click()
    window.find("button", "Save rejected rows…", timeout_s=OPEN_S)


def work(book: Book) -> None:
    """Everything a person does with a customer, and half of something else."""
    window = book.rest()
    book.hands.press("ctrl+n")
    book.program.wait_focus("field", "Name")
    book.hands.type(plant("name"))
    book.hands.press("Tab")
    book.hands.type(plant("legal"))
    window.find("field", "Assigned to").type(plant("assigned"))
    window.find("field", "E-mail").type(plant("refused"))  # no e-mail address
    book.hands.press("ctrl+s")
    window.find("label", re.compile("is not an e-mail address"))
    window.find("field", "E-mail").type("")
    book.hands.press("ctrl+s")
    window.find("label", f"{plant('name')} was added.")
    book.hands.press("ctrl+shift+a")
    book.program.wait_focus("field", "What happened?")
    book.hands.type(plant("activity"))
    book.hands.press("Return")
    window.find("page tab", "Timeline (1)")
    book.hands.press("ctrl+shift+c")
    book.program.wait_focus("field", "Full name")
    book.program.type(plant("contact"))
    book.hands.press("ctrl+s")
    window.find("page tab", "Contacts (1)")

    book.search(plant("search"))
    wait_until(lambda: window.has("label", re.compile("Nothing", re.I)), "the answer that there is nothing")
    book.search("> " + plant("palette"))
    book.rest()
    book.hands.press("ctrl+f")
    book.program.wait_focus("field", "Filter by…")
    book.hands.type("name")
    book.hands.press("Return")
    book.program.wait_focus("field", re.compile("text$"))
    book.hands.type(plant("filter"))
    book.hands.press("Return")
    book.table().wait_for_count(0)
    book.run_command("Save this view")
    book.program.window(re.compile("view", re.I)).find("field", "Name of the view").type(plant("view"))
    book.hands.press("Return")
    book.program.window(WORKING).find("button", f"View: {plant('view')}")
    book.rest()
    book.hands.press("slash")
    book.hands.type(plant("find"))
    book.table().wait_for_count(0)
    book.rest()

    book.table().wait_for_row(plant("name"), "Name").double_click()
    window.find("field", "Name").wait_text(plant("name"))
    log = book.seat.home / "main" / "data.db-wal"
    size = log.stat().st_size
    window.find("field", "Customer code").type(plant("draft"))
    wait_until(lambda: log.stat().st_size > size, "the draft to be written")
    os.sync()
