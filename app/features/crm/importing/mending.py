"""Puts a row right that has a cell too many because an address was written with a comma and no quotes.

Two neighbouring cells of a text column are joined if the row then fits what the other rows of the file have
in each column, clearly better than with any other join. Otherwise the row is left alone (and rejected).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations_with_replacement
from math import log

from app.features.crm.importing.headings import EMPTY_WORDS
from app.features.crm.importing.layout import Row

SURPLUS = 2
"""Cells too many that may still be put right."""
_MARGIN = log(20)

_JOINABLE = (
    "customer.address.street",
    "customer.name",
    "customer.legal_name",
    "customer.notes",
    "contact.notes",
)
_PHONE = re.compile(r"\+?[\d\s()./-]{7,}")
_CODE = re.compile(r"[A-Z]{1,3}[- ]?\d[\w -]*|[\d-]+[A-Z]{0,2}|\d[\w ]{0,9}")


_SHAPES: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("null", lambda text: text.casefold() in EMPTY_WORDS),
    ("email", lambda text: "@" in text),
    ("number", lambda text: text.isdigit() and len(text) < 4),
    ("digits", str.isdigit),
    ("phone", lambda text: _PHONE.fullmatch(text) and sum(map(str.isdigit, text)) >= 7),
    ("code", _CODE.fullmatch),
    ("short", lambda text: len(text) <= 3 and text.isupper()),
    ("mixed", lambda text: any(map(str.isdigit, text))),
)


def shape(text: str) -> str:
    """What kind of text a cell holds, coarsely: enough to tell a city from a postal code."""
    text = text.strip()
    if not text:
        return "empty"
    return next((name for name, fits in _SHAPES if fits(text)), "words")


class Mender:
    """What the well-formed rows of a file look like, column by column."""

    def __init__(self, targets: Sequence[str], samples: Iterable[Row]) -> None:
        self._width = len(targets)
        good = [row.cells for row in samples if len(row.cells) == self._width]
        self._count = len(good)
        self._shapes = [Counter(shape(cells[i]) for cells in good) for i in range(self._width)]
        self._joinable = [i for i, target in enumerate(targets) if target in _JOINABLE]

    def mended(self, row: Row) -> Row | None:
        """The row with as many cells as there are columns, None if it is not clear which belong together."""
        surplus = len(row.cells) - self._width
        if not 0 < surplus <= SURPLUS or self._count < 5 or not self._joinable:
            return None
        scored = sorted(
            (
                (self._fit(cells), cells)
                for places in combinations_with_replacement(self._joinable, surplus)
                if (cells := _joined(row.cells, places))
            ),
            reverse=True,
        )
        if len(scored) > 1 and scored[0][0] - scored[1][0] < _MARGIN:
            return None
        return row._replace(cells=scored[0][1])

    def _fit(self, cells: Sequence[str]) -> float:
        """Log likelihood of the cells' shapes, with half a row of doubt."""
        return sum(
            log((shapes[shape(cell)] + 0.5) / (self._count + 5))
            for shapes, cell in zip(self._shapes, cells, strict=True)
        )


def _joined(cells: tuple[str, ...], places: Sequence[int]) -> tuple[str, ...]:
    found = list(cells)
    for place in sorted(places, reverse=True):
        found[place : place + 2] = [f"{found[place].strip()}, {found[place + 1].strip()}"]
    return tuple(found)
