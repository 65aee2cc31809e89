"""The unlock screen: wrong passwords, a forgotten one, several companies, one window for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.driver import wait_until
from tests.e2e.journey import OPEN_S, Book
from tests.e2e.seat import COMPANY, PASSWORD, Seat

OTHER = "Bäckerei Abendrot"
NEW = "eleven violet tractors hum"


@pytest.fixture(scope="module")
def code(seat: Seat) -> str:
    """The recovery code of the company that is there."""
    return seat.make_company()


@pytest.fixture(scope="module")
def book(seat: Seat, code: str) -> Book:
    """Its window."""
    assert code
    return Book(seat)


def test_a_wrong_password_makes_one_wait_and_says_how_long(book: Book) -> None:
    window = book.program.window("Provender")
    window.find("label", COMPANY)  # told by the keyring; a thief's copy does not say it
    book.try_password("not this one")
    window.find("label", re.compile(r"^The password is wrong\. Please wait \d second"), timeout_s=OPEN_S)
    book.try_password("nor this one")
    waiting = window.find("button", re.compile(r"^Try again in \d seconds?$"), timeout_s=OPEN_S)
    assert "enabled" not in waiting.states
    book.unlock()


def test_lock_asks_for_the_password_and_a_restart_does_not(book: Book) -> None:
    assert book.window
    book.lock()
    book.unlock()
    book.quit()
    book.program.window(f"{COMPANY} – Provender", timeout_s=OPEN_S)  # the keyring reopens it during a shift
    book.lock()
    book.quit()
    book.program.window("Provender").find("button", "Unlock")
    book.unlock()


def test_a_second_start_brings_the_first_window_to_the_front(book: Book) -> None:
    window = book.window
    second = book.seat.start()
    assert second.wait() == 0
    wait_until(lambda: "active" in window.states, "the first window in front")


def test_the_recovery_code_opens_and_sets_a_new_password(book: Book, code: str) -> None:
    book.lock()
    window = book.program.window("Provender")
    window.find("button", "Forgot password?").click()
    window.find("field", "Recovery code").type("AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG")
    window.find("field", "New password").type("qwertyuiop")
    window.find("label", re.compile("among the most used"))
    window.find("field", "New password").type(NEW)
    window.find("field", "New password again").type(NEW)
    window.find("button", "Open and set the password").click()
    window.find("label", re.compile("^There is a typing error in the recovery code"))
    window.find("field", "Recovery code").type(code.lower().replace("-", " "))
    window.find("button", "Open and set the password").click()
    book.opened()
    book.password = NEW
    book.lock()
    book.try_password(PASSWORD)
    window = book.program.window("Provender")
    window.find("label", re.compile("^The password is wrong"), timeout_s=OPEN_S)
    book.unlock()


def test_several_companies_are_chosen_from_and_one_is_deleted(book: Book, code: str) -> None:
    assert book.window
    book.quit()
    seat = book.seat
    seat.make_company(OTHER, profile="bakery")
    folder = seat.home / "bakery"
    assert folder.is_dir(), sorted(map(str, seat.home.rglob("*")))

    book.lock()
    window = book.program.window("Provender")
    window.find("button", "Other companies and more").click()
    book.program.menu().find("menu item", OTHER).click()
    window.find("label", OTHER)
    book.company, book.password = OTHER, PASSWORD
    book.unlock()
    assert book.program.window(f"{OTHER} – Provender")
    book.lock()

    window = book.program.window("Provender")
    window.find("button", "Other companies and more").click()
    book.program.menu().find("menu item", "Delete this company from the computer…").click()
    dialog = book.program.window(re.compile(f"^Delete “{OTHER}” from this computer"))
    assert "enabled" not in dialog.find("button", "Delete for good").states
    book.program.wait_focus("field", f"Type “{OTHER}” to go on.")
    book.hands.type(OTHER)
    wait_until(lambda: "enabled" in dialog.find("button", "Delete for good").states, "the way to be free")
    book.hands.press("Return")
    window.find("label", COMPANY)
    wait_until(lambda: not _files(folder), "the end of its files")
    book.company, book.password = COMPANY, NEW
    assert book.window.name == f"{COMPANY} – Provender"


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
