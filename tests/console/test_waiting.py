"""Long work on a terminal: its progress, and Ctrl+C that takes it back whole."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from app.errors import Cancelled
from app.gateway import progress
from tests.console.conftest import COMPANY, PASSWORD, Home, Said
from ui.console.answer import plain, table
from ui.console.waiting import showing

Call = Callable[..., Said]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_sees_how_far_it_is_and_the_line_goes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with showing("Importing…"):
        progress.step(1, 4)
    assert "Importing… 25 %" in screen.getvalue()
    assert screen.getvalue().endswith("\r")


def test_a_script_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with showing("Importing…"):
        progress.step(1, 4)
    assert capsys.readouterr().err == ""


def test_ctrl_c_stops_at_the_next_step() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Cancelled), showing("Importing…"):
        progress.step(1, 4)
        os.kill(os.getpid(), signal.SIGINT)
        progress.step(2, 4)
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_during_an_import_keeps_nothing(
    call: Call, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "many.csv"
    file.write_text("Name\n" + "".join(f"Customer {number}\n" for number in range(3000)))
    steps = []

    def step(done: int, total: int = 0) -> None:
        steps.append(done)
        if len(steps) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        wrapped(done, total)

    wrapped = progress.step
    monkeypatch.setattr(progress, "step", step)
    said = call("import", str(file), "--as", "customers", "--json")
    assert (said.status, said.document["error"]["code"]) == (1, "cancelled")
    assert call("status", "--json").document["counts"]["customer"] == 1
    assert call("audit", "verify").status == 0


def test_tables_are_straight_in_chinese_too() -> None:
    assert table([("王佳丽", "x"), ("Ana", "y")]) == "王佳丽  x\nAna     y"
    assert table([]) == ""


def test_what_acts_on_a_terminal_is_shown_as_its_number() -> None:
    assert plain("a\x1b[2J\u202eb\nc") == "a\\u001b[2J\\u202eb\\u000ac"


@pytest.mark.skipif(os.name == "nt", reason="Unix terminals")
def test_at_a_real_terminal_passwords_are_asked_without_an_echo(secret_service: str, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("provender"))
    arguments = [program, "company", "create", COMPANY, "--owner", "Mia Chen", "--home", str(tmp_path)]
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        arguments, stdin=secondary, stdout=secondary, stderr=secondary, start_new_session=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        preexec_fn=lambda: _take_terminal(secondary),
    )  # fmt: skip
    os.close(secondary)
    said = ""
    try:
        for wait_for, answer in (
            ("New password: ", "password1"),
            ("New password: ", PASSWORD),
            ("once more: ", "something else"),
            ("New password: ", PASSWORD),
            ("once more: ", PASSWORD),
        ):
            heard = _until(primary, wait_for)
            said += heard
            os.write(primary, answer.encode() + b"\n")
        said += _until(primary, "not shown again.")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(primary)
    assert PASSWORD not in said
    assert "among the most used" in said
    assert "not the same" in said
    assert "Recovery code: " in said


def _take_terminal(handle: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(handle, termios.TIOCSCTTY, 0)


def _until(handle: int, text: str) -> str:
    heard, end = "", time.monotonic() + 30
    while text not in heard:
        ready, _, _ = select.select([handle], [], [], end - time.monotonic())
        assert ready, heard
        heard += os.read(handle, 4096).decode()
    return heard
