"""The long poll: a thread that waits for word that something stands elsewhere, and says nothing more than that."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from app.clock import Clock
from app.errors import Offline
from sync.protocol.messages import LONGEST_WAIT_MS, Await, News, Position, Service
from sync.protocol.problems import Problem

LEAST_S: Final = 1.0
"""A server that answers at once with nothing new is not asked again before this time."""


class Watch(NamedTuple):
    """How things stand as far as we know, and the session to ask with."""

    positions: tuple[Position, ...]
    roster_length: int
    knocks: int
    token: bytes

    def request(self) -> Await:
        wait_ms = int(LONGEST_WAIT_MS * random.uniform(0.8, 1.0))  # noqa: S311 - spreads load
        return Await(self.positions, self.roster_length, self.knocks, wait_ms)

    def told_by(self, news: News) -> bool:
        """Whether that is anything new to us."""
        return (
            not set(news.positions) <= set(self.positions)
            or news.roster_length != self.roster_length
            or news.knocks != self.knocks
        )


class Listener:
    """Waits on a connection of its own. `heard` is called on its thread: there is news, or no more of it."""

    def __init__(self, service: Service, clock: Clock, heard: Callable[[], None]) -> None:
        self._service, self._clock, self._heard = service, clock, heard
        self._changed = threading.Condition()
        self._watch: Watch | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="sync listener", daemon=True)
        self._thread.start()

    def watch(self, watch: Watch | None) -> None:
        """From now on this is what is known; None to listen no more for now."""
        with self._changed:
            self._watch = watch
            self._changed.notify()

    def stop(self) -> None:
        """End at once, also in the middle of waiting."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        abort: Callable[[], Any] | None = getattr(self._service, "abort", None)
        if abort is not None:
            abort()

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (watch := self._next()) is not None:
            began_s = self._clock.elapsed_s()
            try:
                news = self._service.ask(watch.request(), watch.token)
            except (Problem, Offline):
                self._give_up(watch)
                continue
            if self._is_told(news):
                self._give_up(watch)
            elif self._clock.elapsed_s() - began_s < LEAST_S:
                with self._changed:
                    if not self._stopped:
                        self._changed.wait(LEAST_S)

    def _next(self) -> Watch | None:
        with self._changed:
            while self._watch is None and not self._stopped:
                self._changed.wait()
            return None if self._stopped else self._watch

    def _is_told(self, news: News) -> bool:
        """Compared with what is known by now: our own sending moves streams, too."""
        with self._changed:
            return self._watch is not None and self._watch.told_by(news)

    def _give_up(self, watch: Watch) -> None:
        with self._changed:
            if self._watch is watch:
                self._watch = None
            if self._stopped:
                return
        self._heard()
