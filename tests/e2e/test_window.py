"""The window itself: navigation, status, language, looks, locking, backup; what is the same on every screen."""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from app import settings
from tests.architecture.sources import ROOT
from tests.e2e.driver import Widget, wait_until
from tests.e2e.journey import OPEN_S, WORKING, Book
from tests.e2e.seat import COMPANY, OWNER, Seat

CUSTOMERS = """Name,Kind of business,City,Phone
Anker Hotel,hotel,Hamburg,+494055500101
Café Élysée,cafe,Paris,+33155500103
"""
CHINESE = gettext.translation("provender", ROOT / "resources" / "locale", ["zh_CN"]).gettext
AFRESH = "eleven violet tractors hum"
# A laptop that sleeps: its wall clock goes on, and here as far as a file says.
SLEEPER = """import pathlib, time
_asleep = pathlib.Path({file!r})
_now = time.time_ns
def time_ns():
    try:
        return _now() + int(_asleep.read_text()) * 1_000_000_000
    except (OSError, ValueError):  # not there, or just being written
        return _now()
time.time_ns = time_ns
"""


@pytest.fixture(scope="module")
def code(seat: Seat) -> str:
    """The recovery code of the company that is there."""
    return seat.make_company()


@pytest.fixture(scope="module")
def book(seat: Seat, code: str) -> Book:
    """The open book with two customers."""
    assert code
    seat.type_command("import", str(seat.write("customers.csv", CUSTOMERS)), "--as", "customers")
    return Book(seat)


@pytest.fixture
def window(book: Book) -> Widget:
    """The list of customers."""
    return book.rest()


def test_navigation_and_history_lead_everywhere(book: Book, window: Widget) -> None:
    for place, keys in (("Contacts", "ctrl+2"), ("Settings", "ctrl+comma"), ("Customers", "ctrl+1")):
        book.go(place)
        window.find("label", place)
        book.hands.press("ctrl+1", keys)
        there = window.find(name="Navigation").find("check box", place)
        wait_until(partial(is_checked, there), f"{place} by {keys}")
    book.go("Contacts")
    window.find("button", "Back").click()
    book.table("Customers")
    window.find("button", "Forward").click()
    book.table("Contacts")
    assert window.find(name="Navigation").has("label", COMPANY)


def is_checked(widget: Widget) -> bool:
    """Is it the one that is chosen?"""
    return "checked" in widget.states


def test_the_status_bar_says_who_is_signed_in_and_locks(book: Book, window: Widget) -> None:
    window.find("label", OWNER)
    window.find("button", "Lock").click()
    book.program.window("Provender").find("button", "Unlock", timeout_s=OPEN_S)
    assert not any(COMPANY in title for title in book.hands.windows())
    book.unlock()
    book.hands.press("ctrl+l")
    book.program.window("Provender").find("button", "Unlock", timeout_s=OPEN_S)
    book.unlock()


@pytest.fixture
def back_in_english(book: Book) -> Iterator[None]:
    """Whatever becomes of the test, those after it find the window in English."""
    yield
    file = book.seat.home / settings.NAME
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if kept.get("language") == "zh_CN":
        book.program.kill()
        file.write_text(json.dumps(kept | {"language": "en"}), encoding="utf-8")


@pytest.mark.usefixtures("back_in_english")
def test_the_language_is_switched_while_the_work_stays(book: Book, window: Widget) -> None:
    book.table().wait_for_row("Anker Hotel", "Name").double_click()
    legal = window.find("field", "Legal name")
    legal.type("Half typed")
    book.run_command("Language: 简体中文")
    field = window.find("field", CHINESE("Legal name"))
    field.wait_text("Half typed")
    shown = " ".join(one.name for one in (*window.all("label"), *window.all("button")))
    assert set(re.findall("[A-Za-z]{3,}", shown)) <= {
        *COMPANY.split(),
        *OWNER.split(),
        "Anker",
        "Hotel",
        "Hamburg",
    }
    book.hands.press("ctrl+k")
    book.hands.type("English")
    wait_until(
        lambda: any("English" in row for row in book.results(CHINESE("Search results"))), "the way back"
    )
    book.hands.press("Return")
    window.find("field", "Legal name").wait_text("Half typed")
    window.all("button", "Discard")[0].click()
    window.find("field", "Legal name").wait_text("")


def test_light_dark_and_high_contrast(book: Book, window: Widget, tmp_path: Path) -> None:
    def is_so(least: int, most: int) -> bool:
        """Is the light of an empty spot of the page within these?"""
        picture = tmp_path / "screen.png"
        book.program.desktop.picture(picture)
        left, top, width, height = window.box
        return (
            least
            <= QImage(str(picture)).pixelColor(left + width // 2, top + height * 3 // 4).lightness()
            <= most
        )

    for theme, least, most in (("dark", 1, 60), ("high contrast", 0, 0), ("light", 240, 255)):
        book.run_command(f"Theme: {theme}")
        wait_until(partial(is_so, least, most), theme)
    book.run_command("Theme: as the system")


def test_text_grows_and_nothing_is_cut(book: Book, window: Widget) -> None:
    before = window.find("button", "New customer").box
    book.hands.press("ctrl+plus", "ctrl+plus")

    def grown() -> bool:
        return book.program.window().find("button", "New customer").box[3] > before[3]

    wait_until(grown, "larger buttons")
    book.hands.press("ctrl+0")
    wait_until(lambda: not grown(), "the usual size")


def test_an_hour_with_the_lid_closed_locks(book: Book, window: Widget) -> None:
    assert window
    book.quit()
    folder = book.seat.user / "sleep"
    folder.mkdir()
    slept = folder / "seconds"
    (folder / "sitecustomize.py").write_text(SLEEPER.format(file=str(slept)))
    program = book.seat.start(env={"PYTHONPATH": str(folder)})
    program.window(WORKING, timeout_s=OPEN_S)
    slept.write_text("3600")
    window = program.window("Provender", timeout_s=15)
    window.find("button", "Unlock", timeout_s=OPEN_S)
    program.kill()


def test_a_backup_made_in_the_settings_is_restored_with_the_recovery_code(book: Book, code: str) -> None:
    window = book.rest()
    file = book.seat.user / "book.backup"
    book.hands.press("ctrl+comma")
    window.find("list", "Sections of the settings").find("list item", "Backup").click()
    window.find("button", "Make a backup…").click()
    book.program.window(re.compile("^Make a backup")).find("field", "File name:").type(str(file))
    book.hands.press("Return")
    window.find("label", re.compile("^The backup is written to"), timeout_s=OPEN_S)
    book.lock()

    window = book.program.window("Provender")
    window.find("button", "Other companies and more").click()
    book.program.menu().find("menu item", "Restore from a backup…").click()
    asked = book.program.window(re.compile("^Choose the backup"))
    asked.find("field", "File name:").type(str(file))
    book.hands.press("Return")
    window = book.program.window("Provender")
    window.find("field", "Recovery code", timeout_s=OPEN_S).type(code)
    window.find("field", "New password").type(AFRESH)
    window.find("field", "New password again").type(AFRESH)
    window.find("button", "Restore and set the password").click()
    book.opened()
    book.table().wait_for_row("Anker Hotel", "Name")
    assert len([folder for folder in book.seat.home.iterdir() if (folder / "vault.json").exists()]) == 2
    book.lock()
    book.password = AFRESH
    book.unlock()
