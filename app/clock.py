"""Time as an argument, so that tests need no patches."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the only source of time below the user interface."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC by this computer's clock, right or wrong."""
        ...

    def elapsed_s(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""
        ...


class SystemClock:
    """The computer's own clock."""

    def now_ms(self) -> int:
        return max(0, time.time_ns() // 1_000_000)  # nothing that keeps a time has room for one before 1970

    def elapsed_s(self) -> float:
        return time.monotonic()


class FakeClock:
    """A clock that a test turns by hand."""

    def __init__(self, now_ms: int = 1_780_000_000_000) -> None:
        self.ms = now_ms
        self.s = 0.0

    def now_ms(self) -> int:
        return self.ms

    def elapsed_s(self) -> float:
        return self.s

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.ms += int(seconds * 1000)
        self.s += seconds
