"""The wait after wrong passwords."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.clock import FakeClock
from app.errors import WrongPassword
from app.vault import waiting


def restart() -> None:
    """What a new process does not know."""
    waiting._failed_at_s.clear()


def test_it_grows_to_a_quarter_of_an_hour() -> None:
    assert [waiting.wait_s(n) for n in range(6)] == [0, 1, 2, 4, 8, 16]
    assert waiting.wait_s(11) == waiting.wait_s(10_000_000) == 900


def test_it_survives_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    for _index in range(4):
        waiting.begin(tmp_path, clock)
        clock.forward(1000)
    waiting.begin(tmp_path, clock)
    restart()
    assert waiting.left_s(tmp_path, clock) == 16
    with pytest.raises(WrongPassword, match="16 seconds") as error:
        waiting.begin(tmp_path, clock)
    assert error.value.wait_s == 16
    clock.forward(16)
    waiting.begin(tmp_path, clock)


def test_a_kill_during_the_try_does_not_save_the_wait(tmp_path: Path) -> None:
    clock = FakeClock()
    waiting.begin(tmp_path, clock)
    restart()
    assert waiting.left_s(tmp_path, clock) == 1


def test_turning_the_clock_back_begins_the_wait_anew(tmp_path: Path) -> None:
    clock = FakeClock()
    for _index in range(5):
        waiting.begin(tmp_path, clock)
        clock.forward(100)
    restart()
    clock.ms -= 86_400_000
    assert waiting.left_s(tmp_path, clock) == 16
    clock.ms += 10_000
    assert waiting.left_s(tmp_path, clock) == 6


def test_turning_the_clock_forward_does_not_help_a_running_program(tmp_path: Path) -> None:
    clock = FakeClock()
    for _index in range(5):
        waiting.begin(tmp_path, clock)
        clock.forward(100)
    waiting.begin(tmp_path, clock)
    clock.ms += 86_400_000
    assert waiting.left_s(tmp_path, clock) == 32


def test_success_forgets(tmp_path: Path) -> None:
    clock = FakeClock()
    waiting.begin(tmp_path, clock)
    waiting.succeeded(tmp_path)
    assert waiting.left_s(tmp_path, clock) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_withdrawn_try_counts_for_nothing_but_the_earlier_ones_stay(tmp_path: Path) -> None:
    clock = FakeClock()
    waiting.begin(tmp_path, clock)
    clock.forward(1)
    waiting.begin(tmp_path, clock)
    waiting.withdraw(tmp_path, clock)
    assert waiting.left_s(tmp_path, clock) == 1


@pytest.mark.parametrize(
    "junk",
    [b"", b"{}", b"[]", b"\xff", b'{"failures": -1, "last_ms": 0}', b'{"failures": true, "last_ms": 0}'],
)
def test_a_record_that_was_tampered_with_counts_against(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / waiting.FILE).write_bytes(junk)
    clock = FakeClock()
    assert waiting._read(tmp_path).failures == waiting.UNREADABLE_FAILURES
    waiting.begin(tmp_path, clock)
    assert waiting.left_s(tmp_path, clock) == waiting.wait_s(waiting.UNREADABLE_FAILURES + 1)


def test_long_waits_are_said_in_minutes() -> None:
    assert waiting.sentence(0.2) == "Please wait 1 second before the next try."
    assert waiting.sentence(119) == "Please wait 119 seconds before the next try."
    assert waiting.sentence(841) == "Please wait 15 minutes before the next try."
