"""Sentences of the demonstration company: what a rep writes after a visit, a call or a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Talk:
    """The sentences of one language, by moment of a customer's life: (kind of activity, sentence with gaps)."""

    weekdays: tuple[str, ...]
    products: Mapping[str, tuple[str, ...]]
    """What a kitchen buys, and under “sweet” what a bakery or a café does."""
    seasonal: Mapping[str, Mapping[int, tuple[str, ...]]]
    """The same by month."""
    amounts: tuple[str, ...]
    moments: Mapping[str, tuple[tuple[str, str], ...]]

    def pick(self, rng: Random, moment: str, last: str) -> tuple[str, str]:
        """A kind of activity and a sentence with gaps for this moment, not `last` again."""
        patterns = self.moments[moment]
        chosen = int(rng.random() * len(patterns))
        kind, pattern = patterns[chosen]
        if pattern == last:
            kind, pattern = patterns[chosen - 1]
        return kind, pattern

    def fill(self, rng: Random, pattern: str, taste: str, month: int, weekday: int, contact: str) -> str:
        """The sentence with its gaps filled; the day named in it is one that follows, never a Sunday."""
        products = self.products[taste]
        product = int(rng.random() * len(products))
        season = self.seasonal[taste][month]
        amount = int(rng.random() * len(self.amounts))
        return pattern.format(
            contact=contact,
            product=products[product],
            other=products[product - 1 - int(rng.random() * 5)],
            amount=self.amounts[amount],
            amount2=self.amounts[amount - 1],
            day=self.weekdays[(weekday + 1 + int(rng.random() * 3)) % 6],
            season=season[int(rng.random() * len(season))],
        )
