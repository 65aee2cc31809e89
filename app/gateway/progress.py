"""How far long work has come, and the wish to stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Report = Callable[[int, int], None]
"""Takes how much is done and how much there is (0: not known). Raises Cancelled to stop."""

_listener: ContextVar[Report | None] = ContextVar("progress", default=None)


@contextmanager
def listening(report: Report) -> Iterator[None]:
    """Commands that run in this block tell `report` how far they are."""
    token = _listener.set(report)
    try:
        yield
    finally:
        _listener.reset(token)


def step(done: int, total: int = 0) -> None:
    """Tell whoever listens. Raises Cancelled where the person pressed Stop."""
    report = _listener.get()
    if report is not None:
        report(done, total)
