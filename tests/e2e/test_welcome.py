"""The first start: make a company, keep its recovery code, or look around in a demonstration."""

from __future__ import annotations

import re

from tests.e2e.driver import Widget, wait_until
from tests.e2e.hands import Hands
from tests.e2e.journey import OPEN_S, WORKING
from tests.e2e.program import Program
from tests.e2e.seat import COMPANY, OWNER, PASSWORD


def fill_in(window: Widget, password: str) -> None:
    """The form of a new company."""
    window.find("button", "Make your company").click()
    window.find("field", "Company name").type(COMPANY)
    window.find("field", "Your name").type(OWNER)
    window.find("field", "Password").type(password)


def keep_code(window: Widget) -> str:
    """Read the recovery code, type the groups that are asked for, go on; returns the code."""
    code = window.find("label", "Recovery code", timeout_s=OPEN_S).description
    groups = code.split()
    for field in window.all("field", re.compile(r"^Group \d$")):
        field.type(groups[int(field.name[-1]) - 1].lower())
    window.find("button", "I have kept the code").click()
    return code


def test_a_password_that_everybody_knows_is_refused(program: Program, hands: Hands) -> None:
    window = program.window("Provender")
    fill_in(window, "iloveyou")
    window.find("label", re.compile("among the most used"))
    window.find("field", "Password again").type("iloveyou")
    hands.press("Return")
    program.wait_focus("field", "Password")
    window.find("field", "Password").type("Nordlicht Foods")
    window.find("label", re.compile("^Do not build the password from your own"))
    window.find("field", "Password").type(PASSWORD)
    window.find("label", "Strong.")
    hands.press("Tab", "Tab")
    hands.type("another one")
    hands.press("Return")
    window.find("label", "The two passwords differ. Type the same one twice.")
    assert not window.has("label", "Recovery code")


def test_a_company_is_made_by_keyboard_alone(program: Program, hands: Hands) -> None:
    window = program.window("Provender")
    program.wait_focus("button", "Make your company")
    hands.press("space")
    program.wait_focus("field", "Company name")
    for text in (COMPANY, OWNER, "mia@nordlicht.example", PASSWORD):
        hands.type(text)
        hands.press("Tab")
    hands.type(PASSWORD)
    hands.press("Return")

    code = window.find("label", "Recovery code", timeout_s=OPEN_S).description
    assert re.fullmatch(r"([0-9A-Z]{4} ){6}[0-9A-Z]{4}", code)
    asked = [int(field.name[-1]) for field in window.all("field", re.compile(r"^Group \d$"))]
    assert len(asked) == 2
    field = window.find("field", f"Group {asked[0]}")
    while (here := program.focused()) is None or here.name != field.name:
        hands.press("Tab")
        program.wait_focus()
    hands.type("0000")
    hands.press("Return")
    window.find("label", re.compile("^These are not the groups on the sheet"))
    keep_code(window)

    window = program.window(f"{COMPANY} – Provender", timeout_s=OPEN_S)
    assert window.find(name="Navigation").has("label", COMPANY)
    window.find("button", "Import a list")  # the empty list says what to do next
    hands.press("ctrl+q")
    assert program.wait() == 0


def test_the_demonstration_opens_at_a_click_and_leads_to_a_company_of_ones_own(program: Program) -> None:
    window = program.window("Provender")
    window.find("button", "Look around in a demonstration company").click()
    window = program.window(WORKING, timeout_s=60)
    table = window.table("Customers")
    wait_until(lambda: table.row_count >= 100, "believable customers", 30)
    window.find("label", re.compile("^This is a demonstration: every customer in it is invented"))
    window.find("button", "Start your own company").click()
    program.window("Provender").find("field", "Company name")


def test_the_first_page_speaks_the_chosen_language(program: Program) -> None:
    window = program.window("Provender")
    window.find("button", "简体中文").click()
    window.wait_gone("button", "Make your company")
    window.find("button", "English").click()
    window.find("button", "Make your company")
