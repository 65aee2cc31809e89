"""The search box and the palette from outside: keys by a real keyboard, rows as a screen reader finds them."""

from __future__ import annotations

import pytest

from tests.e2e.driver import Widget, wait_until
from tests.e2e.program import Program
from tests.e2e.seat import PASSWORD, Seat

CUSTOMERS = """Name,City,Phone
NRGIZE Lifestyle Cafe,San Francisco,+1 415 555 0101
Golden Gate Bakery,San Francisco,+1 415 555 0102
Café Élysée,Paris,+33 1 45 67 89 10
王记面馆,成都,+86 28 8555 0199
"""


@pytest.fixture(scope="module")
def program(seat: Seat) -> Program:
    """The open book with four customers."""
    seat.make_company()
    seat.type_command("import", str(seat.write("customers.csv", CUSTOMERS)), "--as", "customers")
    program = seat.start()
    window = program.window()
    window.find("field", "Password").type(PASSWORD)
    window.find("button", "Unlock").click()
    window.find("field", "Search customers, contacts and actions", timeout_s=20)
    return program


def rows(window: Widget) -> list[str]:
    """What the list of results says to a screen reader."""
    lists = window.all("list", "Search results")
    return [child.name for child in lists[0].children()] if lists else []


def results(window: Widget, *, having: str) -> list[str]:
    """The rows, once one of them has this."""

    def seen() -> list[str] | None:
        found = rows(window)
        return found if any(having in row for row in found) else None

    return wait_until(seen, f"a result with {having!r}")


def test_ctrl_k_finds_while_typing_and_enter_opens(program: Program) -> None:
    window = program.window()
    for typed, found in (
        ("nrgize", "NRGIZE Lifestyle Cafe"),
        ("elysee", "Café Élysée"),
        ("wjmg", "王记面馆"),
        ("5550102", "Golden Gate Bakery"),
        ("bakery golden", "Golden Gate Bakery"),
        ("nrgiez", "NRGIZE Lifestyle Cafe"),
    ):
        program.hands.press("ctrl+k")
        program.hands.type(typed)
        assert results(window, having=found)[0] == "Customers", typed
        program.hands.press("Escape")
        wait_until(lambda: not rows(window), "the end of the results")
    program.hands.press("ctrl+k")
    program.hands.type("golden")
    results(window, having="Golden Gate Bakery")
    program.hands.press("Return")
    wait_until(lambda: window.has(None, "Golden Gate Bakery"), "the record that was opened")


def test_commands_are_run_from_the_palette(program: Program) -> None:
    window = program.window()
    program.hands.press("ctrl+k")
    program.hands.type(">settings")
    results(window, having="Settings")
    program.hands.press("Return")
    window.find("list", "Sections of the settings")
    program.hands.press("ctrl+k")
    program.hands.type("lock")
    results(window, having="Lock")
    program.hands.press("Return")
    window = program.window()
    window.find("field", "Password", timeout_s=20).type(PASSWORD)
    program.hands.press("Return")
    window.find("field", "Search customers, contacts and actions", timeout_s=20)
