"""The wait after wrong passwords: longer each time, kept across restarts, not shortened by turning the clock.

It slows down whoever sits at this keyboard. Against a copied disk the device secret and Argon2id stand.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.clock import Clock
from app.errors import WrongPassword
from app.i18n import ngettext
from app.store.place import replace_file

FILE: Final = "attempts.json"
LONGEST_S: Final = 900
UNREADABLE_FAILURES: Final = 6
"""A record that was tampered with counts as this many."""

# The monotonic clock at each folder's last failure: in a running program the wall clock cannot be argued with.
_failed_at_s: dict[Path, float] = {}


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept: how many failures in a row, and when the last one was by this computer's clock."""

    failures: int = 0
    last_ms: int = 0


def wait_s(failures: int) -> int:
    """Seconds to wait after so many failures in a row: 1, 2, 4 … up to a quarter of an hour."""
    return min(LONGEST_S, 1 << min(failures - 1, 20)) if failures > 0 else 0


def left_s(folder: Path, clock: Clock) -> float:
    """Seconds until the next try is taken. Reading an altered clock as "later" is not possible backwards.

    When the wall clock stands before the last failure, it was turned back: the whole wait begins anew.
    """
    record = _read(folder)
    whole = wait_s(record.failures)
    passed = (clock.now_ms() - record.last_ms) / 1000
    if passed < 0:
        _write(folder, Record(record.failures, clock.now_ms()))
        passed = 0.0
    left = whole - passed
    if (failed_at := _failed_at_s.get(folder)) is not None:
        left = max(left, whole - (clock.elapsed_s() - failed_at))
    return max(0.0, min(left, whole))


def failures(folder: Path) -> int:
    """How many tries in a row were wrong."""
    return _read(folder).failures


def begin(folder: Path, clock: Clock) -> None:
    """Take one try: counted before it is made, so that killing the program does not save the wait.

    Raises WrongPassword, saying how long, while the wait lasts.
    """
    if (left := left_s(folder, clock)) > 0:
        raise WrongPassword(sentence(left), left)
    _write(folder, Record(_read(folder).failures + 1, clock.now_ms()))
    _failed_at_s[folder] = clock.elapsed_s()


def succeeded(folder: Path) -> None:
    """Forget the failures."""
    (folder / FILE).unlink(missing_ok=True)
    _failed_at_s.pop(folder, None)


def withdraw(folder: Path, clock: Clock) -> None:
    """The try was not the password's fault (no memory, a damaged file): do not count it."""
    failures = max(0, _read(folder).failures - 1)
    if failures:
        _write(folder, Record(failures, clock.now_ms()))
    else:
        succeeded(folder)


def sentence(seconds: float) -> str:
    """How long to wait, for people."""
    whole = math.ceil(seconds)
    if whole < 120:
        return ngettext(
            "Please wait {n} second before the next try.",
            "Please wait {n} seconds before the next try.",
            whole,
        ).format(n=whole)
    minutes = math.ceil(whole / 60)
    return ngettext(
        "Please wait {n} minute before the next try.", "Please wait {n} minutes before the next try.", minutes
    ).format(n=minutes)


def _read(folder: Path) -> Record:
    try:
        data = json.loads((folder / FILE).read_bytes()[:1024])
        failures, last_ms = data["failures"], data["last_ms"]
        if type(failures) is int and type(last_ms) is int and failures >= 0 and last_ms >= 0:
            return Record(failures, last_ms)
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return Record(UNREADABLE_FAILURES, 0)


def _write(folder: Path, record: Record) -> None:
    data = {"failures": record.failures, "last_ms": record.last_ms}
    replace_file(folder / FILE, json.dumps(data).encode())
