"""What people do again and again in the window: open the book, go to a list, search, come back to rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.e2e.driver import PATIENCE_S, Name, NotSeen, Table, Widget, wait_until
from tests.e2e.hands import Hands
from tests.e2e.program import Program
from tests.e2e.seat import COMPANY, PASSWORD, Seat

# Argon2id is meant to take its time, and the two processors of a test machine are shared.
OPEN_S = 30.0
WORKING = re.compile(" – Provender$")


@dataclass(slots=True)
class Book:
    """A book on the screen of a seat; started, unlocked and found again as needed."""

    seat: Seat
    password: str = PASSWORD
    company: str = COMPANY
    _program: Program | None = None

    @property
    def hands(self) -> Hands:
        """Mouse and keyboard."""
        return self.seat.hands

    @property
    def program(self) -> Program:
        """The running window, started if there is none."""
        if self._program is None or not self._program.is_running:
            self._program = self.seat.start()
        return self._program

    @property
    def window(self) -> Widget:
        """The main window with the book open, unlocked if need be."""
        return self.unlock() if self.asks() else self.program.window(WORKING)

    def asks(self) -> bool:
        """Does it ask for the password? Waits until the keyring was asked whether it may open the book."""

        def known() -> bool:
            window = self.program.window()
            # It learns the company's name in the same moment as whether it may open.
            return bool(WORKING.search(window.name)) or window.has("label", self.company)

        wait_until(known, "the unlock screen or the book", OPEN_S)
        return not WORKING.search(self.program.window().name)

    def unlock(self, password: str | None = None) -> Widget:
        """Type the password on the unlock screen; returns the window with the book open."""
        self.try_password(password or self.password)
        return self.opened()

    def try_password(self, password: str) -> None:
        """Type a password on the unlock screen, once one can be tried."""
        assert self.asks(), "the book is open already"
        window = self.program.window()
        window.find("button", "Unlock", timeout_s=OPEN_S)
        window.find("field", "Password").type(password)
        self.hands.press("Return")

    def opened(self) -> Widget:
        """The window, once the book is open."""
        return self.program.window(WORKING, timeout_s=OPEN_S)

    def rest(self) -> Widget:
        """The window with nothing half done: all customers, no filter, nothing open above it."""
        window = self.window
        self.hands.press("Escape", "Escape")
        self.hands.press("ctrl+1")
        self.table("Customers")
        self.hands.press("ctrl+shift+f", "Escape")
        return window

    def go(self, place: str) -> Widget:
        """Click a place in the navigation; returns the window."""
        window = self.program.window()
        there = window.find(name="Navigation").find("check box", place)
        there.click()
        wait_until(lambda: "checked" in there.states, f"{place} to be the present place")
        return window

    def table(self, name: Name = "Customers") -> Table:
        """A list of records, once it is there."""
        return self.program.window().table(name)

    def quit(self) -> None:
        """Leave with Ctrl+Q, and see that it ends well."""
        self.program.window()
        self.hands.press("ctrl+q")
        assert self.program.wait() == 0

    def lock(self) -> None:
        """Lock with the button in the status bar; the unlock screen is there afterwards."""
        self.window.find("button", "Lock").click()
        self.program.window("Provender").find("button", "Unlock", timeout_s=OPEN_S)

    # --- the search box

    def search(self, text: str) -> None:
        """Type into the one search box."""
        self.hands.press("ctrl+k")
        self.program.wait_focus("text", re.compile("^Search customers"))
        self.hands.press("ctrl+a")
        if text:
            self.hands.type(text)
        else:
            self.hands.press("Delete")

    def results(self, name: str = "Search results") -> list[str]:
        """The rows under the search box, headings too."""
        found = self.program.window().all("list", name)
        return [row.name for row in found[0].children()] if found else []

    def wait_result(self, start: str) -> str:
        """Wait for a row that begins so."""
        try:
            return wait_until(
                lambda: next((row for row in self.results() if row.startswith(start)), None),
                f"{start!r} found",
            )
        except NotSeen as error:
            raise NotSeen(f"{error}; there stands {self.results()}") from None

    def run_command(self, name: str) -> None:
        """Choose a command of the palette by its whole name."""
        self.search("> " + name)
        row = self.wait_result(name)
        self.program.window().find("list", "Search results").find("list item", row).click()
        self.program.window().wait_gone("list", "Search results")

    # --- what the program says

    def wait_said(self, text: str, timeout_s: float = PATIENCE_S) -> Widget:
        """A sentence in passing at the foot of the window."""
        return self.program.window().find("label", text, timeout_s=timeout_s)


def wait_names(table: Table, names: list[str], column: int | str = "Name") -> None:
    """Wait until the list shows exactly these, in this order."""
    try:
        wait_until(lambda: table.column(column) == names, f"{names} in {table}")
    except NotSeen as error:
        raise NotSeen(f"{error}; it shows {table.column(column)}") from None
