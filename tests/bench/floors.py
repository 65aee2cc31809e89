"""Every goal that a benchmark is held to, in one place, to be read in review. No test asserts a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Goal:
    """How ours may stand to the floor: `ratio` is ours divided by the floor."""

    ratio: float
    at_least: bool = False
    """Whether more is better (rows a second); otherwise less is (milliseconds)."""

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.ratio:g}"


IMPORT: Final = Goal(0.25, at_least=True)
"""100,000 customers through the door / bare executemany of the same rows and the same index."""

OPEN_RECORD: Final = Goal(1.3)
"""Through the door / the raw SQLCipher statements that it needs."""
SAVE_FIELD: Final = Goal(1.3)
PAGE_OF_LIST: Final = Goal(1.3)

SEARCH: Final = Goal(3.0)
"""p99 of the first 50 hits, ranked / p99 of the bare FTS5 query fetching the same columns."""
SEARCH_FLAT: Final = Goal(1.2)
"""How p99 grows from the smallest book to the largest / how that of the bare query grows."""

FIRST_PAINT: Final = Goal(1.4)
"""Unlock screen / a minimal PySide6 window."""
UNLOCK_TO_LIST: Final = Goal(1.5)
"""Unlock to a visible list of 100,000, less Argon2's own time / start of the minimal window."""
MEMORY: Final = Goal(2.0)
"""Resident at the unlock screen / of the minimal window."""
SCROLL: Final = Goal(1.5)
"""A frame while scrolling / the same with a C++ model."""
KEY_TO_RESULTS: Final = Goal(1.0)
"""p99 from a key stroke in the search box to painted results / one frame of 16.7 ms."""

DURABLE_BATCHES: Final = Goal(0.8, at_least=True)
"""Batches that the server acknowledges a second / rows that a bare ASGI handler commits to the same database."""
SERVER_FLAT: Final = Goal(1.2)
"""What a change costs the server with the largest log / with the smallest."""
SERVER_MEMORY: Final = Goal(1.1)
"""Resident with 100,000 changes in the log / with 10,000."""

PUSH: Final = Goal(2.0, at_least=True)
"""Changes a second from the vault to the server's disk / the same of Evolu."""
PULL: Final = Goal(3.0, at_least=True)
PULL_INDEXED: Final = Goal(1.5, at_least=True)
"""From the server into the vault, without and with the search index complete / the same of Evolu."""
WIRE: Final = Goal(0.25)
WIRE_SINGLE: Final = Goal(0.9)
"""Bytes a change over the wire, in batches and alone / the same of Evolu."""
SERVER_BYTES: Final = Goal(0.3)
"""Bytes a change that the server keeps / the same of a peer."""
SERVER_PEAK: Final = Goal(0.6)
"""Peak of the server's memory / of the peer's relay."""
FIRST: Final = Goal(0.2, at_least=True)
"""Rows a second from a snapshot into the vault, searchable / bare executemany of the same rows."""
