"""When to lock because nobody touched the program. Pure; the window asks it."""

from __future__ import annotations

from typing import Final

from app.clock import Clock

DEFAULT_S: Final = 10 * 60


class IdleTimer:
    """Due once nothing was touched for `limit_s` seconds; 0 means never.

    It watches two clocks: the steady one, which nobody can turn, and the wall clock, which goes on while a
    laptop sleeps. The one that says more time has passed counts, so opening the lid next morning locks.
    """

    def __init__(self, clock: Clock, limit_s: float = DEFAULT_S) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self.touched()

    def touched(self) -> None:
        """A key, a click, a movement."""
        self._steady_s = self._clock.elapsed_s()
        self._wall_ms = self._clock.now_ms()

    def limit(self, limit_s: float) -> None:
        """Another limit from settings or policy; the time already idle counts."""
        self._limit_s = limit_s

    def idle_s(self) -> float:
        """Seconds since the last touch."""
        steady = self._clock.elapsed_s() - self._steady_s
        wall = (self._clock.now_ms() - self._wall_ms) / 1000
        return max(0.0, steady, wall)

    def left_s(self) -> float | None:
        """Seconds until it is due, None for never: when to look again."""
        return None if self._limit_s <= 0 else max(0.0, self._limit_s - self.idle_s())

    @property
    def is_due(self) -> bool:
        """Whether to lock now."""
        return self.left_s() == 0.0
