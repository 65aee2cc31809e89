"""One line per figure: ours, the floor measured beside it, their ratio, the goal, and what limits it."""

from __future__ import annotations

import gc
import statistics
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.bench.floors import Goal


@dataclass(frozen=True, slots=True)
class Line:
    """A figure. Without a floor it is told for information and has no ratio."""

    what: str
    ours: float
    unit: str
    floor: float | None = None
    goal: Goal | None = None
    limit: str = ""
    """What keeps it from being better, in a few words."""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def met(self) -> str:
        """“yes”, “no”, or nothing where there is no goal."""
        if self.goal is None or self.ratio is None:
            return ""
        return "yes" if self.goal.is_met(self.ratio) else "no"


HEAD = ("what", "ours", "floor", "unit", "ratio", "goal", "met", "what limits it")


def show(lines: Iterable[Line]) -> str:
    """The lines as an aligned table."""
    rows = [HEAD, *map(_cells, lines)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(HEAD))]
    right = (False, True, True, False, True, True, False, False)
    return "\n".join(
        "  ".join(
            _padded(cell, width, at_right) for cell, width, at_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    )


def markdown(lines: Iterable[Line]) -> str:
    """The lines as a table of a document."""
    rows = [HEAD, ("---", "--:", "--:", "---", "--:", "--:", "---", "---"), *map(_cells, lines)]
    return "\n".join("| " + " | ".join(cell.strip() for cell in row) + " |" for row in rows)


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.what,
        number(line.ours),
        number(line.floor) if line.floor is not None else "",
        line.unit,
        f"{line.ratio:.2f}" if line.ratio is not None else "",
        str(line.goal) if line.goal else "",
        line.met,
        line.limit,
    )


def number(value: float) -> str:
    """Three significant digits, thousands grouped."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def seconds(work: Callable[[], object]) -> float:
    """Seconds that one run of `work` takes, with the collector of garbage out of the way."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    finally:
        gc.enable()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie, 0.99 for p99."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int, at_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if at_right else text + space
