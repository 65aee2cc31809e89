"""How often devices, companies and addresses may ask: token buckets in the memory of one process.

Several processes or nodes each count for themselves, so that the true bound is that many times higher; a shared
count would cost a round trip for every request and protect no better against what it is for: one broken or
hostile client that takes the others' turn.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from app.clock import Clock
from app.errors import Invalid
from app.i18n import _

MOST_KEPT: Final = 20_000
"""Buckets of one kind at most. The longest unused is forgotten, which fills it: that is never to its harm."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second, and so many at once after a rest."""

    a_second: float
    at_once: float


RATES: Final[dict[str, Rate]] = {
    "device": Rate(50, 1_000),
    "company": Rate(500, 10_000),
    "address": Rate(200, 4_000),  # offices share one
    "stranger": Rate(20, 2_000),  # requests of one address that need no session
}


def parse(texts: list[str]) -> dict[str, Rate]:
    """RATES, changed by texts like `device=50:1000`. Raises Invalid."""
    rates = dict(RATES)
    for text in texts:
        kind, _equals, numbers = text.partition("=")
        a_second, _colon, at_once = numbers.partition(":")
        try:
            rate = Rate(float(a_second), float(at_once))
        except ValueError:
            rate = Rate(0, 0)
        if kind not in RATES or not (0 < rate.a_second < 1e6 and 1 <= rate.at_once < 1e9):
            raise Invalid(
                "rate",
                _("“{text}” is no rate. Write KIND=A-SECOND:AT-ONCE; kinds are {kinds}.").format(
                    text=text, kinds=", ".join(RATES)
                ),
            )
        rates[kind] = rate
    return rates


class Buckets:
    """One bucket for each device, company or address that was seen lately."""

    __slots__ = ("_clock", "_filled", "_rates")

    def __init__(self, rates: dict[str, Rate], clock: Clock) -> None:
        self._rates, self._clock = rates, clock
        # What is in each bucket, and when that was worked out.
        self._filled: dict[str, OrderedDict[object, tuple[float, float]]] = {
            kind: OrderedDict() for kind in rates
        }

    def take(self, kind: str, key: object) -> int:
        """0 where the request may go on; otherwise how many milliseconds to wait before the next."""
        rate, filled = self._rates[kind], self._filled[kind]
        now_s = self._clock.elapsed_s()
        level, at_s = filled.get(key, (rate.at_once, now_s))
        level = min(rate.at_once, level + (now_s - at_s) * rate.a_second)
        if level < 1:
            return int((1 - level) / rate.a_second * 1000) + 1
        filled[key] = (level - 1, now_s)
        filled.move_to_end(key)
        if len(filled) > MOST_KEPT:
            filled.popitem(last=False)
        return 0
