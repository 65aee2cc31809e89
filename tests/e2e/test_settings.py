"""The settings from outside: look, custom fields, keys, trail, backup, with a real keyring."""

from __future__ import annotations

import json
import re

import pytest

from tests.e2e.driver import Widget, wait_until
from tests.e2e.program import Program
from tests.e2e.seat import COMPANY, OWNER, PASSWORD, Seat

NEW_PASSWORD = "eleven lanterns over the harbour"


@pytest.fixture(scope="module")
def program(seat: Seat) -> Program:
    """The open book, on its settings."""
    seat.make_company()
    program = seat.start()
    unlock(program, PASSWORD)
    program.hands.press("ctrl+comma")
    program.window().find("list", "Sections of the settings")
    return program


def unlock(program: Program, password: str) -> None:
    window = program.window()
    window.find("field", "Password", timeout_s=20).type(password)
    program.hands.press("Return")
    window.find("field", "Search customers, contacts and actions", timeout_s=20)


def dialog_of(program: Program, title: str) -> Widget:
    """The dialog of that title; Qt adds the program's name."""
    return program.window(re.compile(f"{re.escape(title)} — Provender"))


def go(program: Program, section: str) -> Widget:
    window = program.window()
    window.find("list", "Sections of the settings").find("list item", section).click()
    return window


def test_a_custom_field_is_added_and_removed(program: Program) -> None:
    window = go(program, "Custom fields")
    window.find("button", "Add a field to Customers").click()
    dialog = dialog_of(program, "New field")
    dialog.find("field", "Label").type("Oven power")
    kind = next(box for box in dialog.all("combo box") if box.label.startswith("Kind"))
    kind.choose("Number")
    dialog.find("field", "Unit").type("kW")
    dialog.find("button", "Add the field").click()
    window = program.window()
    window.find(None, "Number · kW")
    window.find("button", "Remove “Oven power”").click()
    dialog_of(program, "Remove the field “Oven power”?").find("button", "Remove the field").click()
    program.window().wait_gone(None, "Number · kW")
    program.hands.press("ctrl+z")
    program.window().find(None, "Number · kW")


def test_the_password_is_changed_and_the_old_one_opens_nothing(program: Program) -> None:
    window = go(program, "Security")
    window.find("button", "Change the password…").click()
    dialog = dialog_of(program, "Change the password")
    dialog.find("field", "Current password").type("not the one")
    dialog.find("field", "New password").type(NEW_PASSWORD)
    dialog.find("field", "New password again").type(NEW_PASSWORD)
    dialog.find("button", "Change the password").click()
    wait_until(lambda: [one for one in dialog.all("label") if "is wrong" in one.name], "the refusal", 20)
    dialog.find("field", "Current password").type(PASSWORD)
    dialog.find("button", "Change the password").click()
    wait_until(
        lambda: not any(window.name.startswith("Change the password") for window in program.windows()),
        "the end of the dialog",
        20,
    )
    program.hands.press("ctrl+l")
    window = program.window()
    window.find("field", "Password", timeout_s=20).type(PASSWORD)
    program.hands.press("Return")
    wait_until(lambda: [one for one in window.all("label") if "is wrong" in one.name], "the refusal", 20)
    wait_until(lambda: window.has("button", "Unlock"), "the end of the wait", 20)
    unlock(program, NEW_PASSWORD)
    program.hands.press("ctrl+comma")


def test_a_new_recovery_code_is_shown_once(program: Program, seat: Seat) -> None:
    window = go(program, "Security")
    window.find("button", "Make a new one…").click()
    dialog = dialog_of(program, "Make a new recovery code")
    dialog.find("field", "Your password").type(NEW_PASSWORD)
    dialog.find("button", "Make the code").click()
    code = dialog.find("label", "Recovery code", timeout_s=20).description
    assert len(code.split()) == 7
    program.hands.press("Escape")
    dialog.find("check box", "I have kept the new code").click()
    dialog.find("button", "Done").click()
    window = program.window()
    window.find("button", "Make a new one…")


def test_the_trail_is_verified_and_names_who_did_it(program: Program) -> None:
    window = go(program, "Audit trail")
    table = window.table("Last entries of the audit trail")
    table.wait_for_row("Make a new recovery code", "What")
    assert OWNER in {cell.name for cell in table.all("table cell")}
    window.find("button", "Verify now").click()
    wait_until(
        lambda: [one for one in window.all("label") if one.name.startswith("The trail is whole")],
        "the result",
    )


def test_a_backup_is_made(program: Program, seat: Seat) -> None:
    window = go(program, "Backup")
    window.find("button", "Make a backup…").click()
    dialog = dialog_of(program, "Make a backup")
    file = seat.user / "book.backup"
    dialog.find("field", "File name:").type(str(file))
    program.hands.press("Return")
    wait_until(lambda: file.exists(), "the backup", 30)
    wait_until(
        lambda: [one for one in window.all("label") if one.name.startswith("The backup is written")],
        "the word",
    )


def test_language_and_text_size_hold_at_once_and_next_time(program: Program, seat: Seat) -> None:
    window = go(program, "Appearance")
    language = next(box for box in window.all("combo box") if box.label == "Language")
    language.click()
    language.find("list item", "简体中文").click()
    kept = seat.home / "settings.json"
    wait_until(lambda: json.loads(kept.read_text()).get("language") == "zh_CN", "the language kept")
    assert COMPANY not in kept.read_text()
