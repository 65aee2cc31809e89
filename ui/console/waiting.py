"""Long work on a terminal: how far it is, and Ctrl+C as a wish to stop that leaves nothing half done."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from app.errors import Cancelled
from app.gateway import progress
from app.gateway.progress import Report
from ui.console.answer import is_terminal

EVERY_S: Final = 0.1


@contextmanager
def showing(label: str) -> Iterator[Report]:
    """Show the progress of what runs in this block on standard error, if a person looks at it.

    Ctrl+C stops the work at its next step, so that it is taken back whole; pressed again it interrupts.
    """
    line = _Line(label)
    with _stoppable(line), progress.listening(line.report):
        try:
            yield line.report
        finally:
            line.clear()


class _Line:
    def __init__(self, label: str) -> None:
        self._label = label
        self._is_seen = is_terminal(sys.stderr)
        self._last_s = 0.0
        self._width = 0
        self.stopped = False

    def report(self, done: int, total: int) -> None:
        """Takes one step. Raises Cancelled."""
        if self.stopped:
            raise Cancelled
        now_s = time.monotonic()
        if not self._is_seen or now_s - self._last_s < EVERY_S:
            return
        self._last_s = now_s
        part = f"{done * 100 // total} %" if total else f"{done}"
        text = f"{self._label} {part}"
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def clear(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()


@contextmanager
def _stoppable(line: _Line) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        line.stopped = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
