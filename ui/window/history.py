"""Where the person has been: back and forward, as in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 50


@dataclass(frozen=True, slots=True)
class Visit:
    """A screen, and what it was asked to show."""

    screen: str
    where: Mapping[str, Any]


@dataclass(slots=True)
class Carried:
    """Visits and half-done work; what a workspace hands to the one that replaces it."""

    visits: list[Visit] = field(default_factory=list)
    at: int = -1
    states: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def present(self) -> Visit | None:
        """Where the person is."""
        return self.visits[self.at] if 0 <= self.at < len(self.visits) else None

    def go(self, visit: Visit) -> None:
        """A new place; what lay ahead is forgotten. The same place again is no second visit."""
        if visit == self.present:
            return
        del self.visits[self.at + 1 :]
        self.visits.append(visit)
        del self.visits[:-KEPT]
        self.at = len(self.visits) - 1

    def can_step(self, by: int) -> bool:
        """Whether there is somewhere to go back (-1) or forward (1) to."""
        return 0 <= self.at + by < len(self.visits)

    def step(self, by: int) -> None:
        """Go back or forward."""
        if self.can_step(by):
            self.at += by
