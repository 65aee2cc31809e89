"""What a city of the demonstration company brings: businesses, people, addresses, telephone numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from app.features.crm.demonstration.talk import Talk
from app.model.values import Address, Position


class Business(NamedTuple):
    """A business as its sign and its papers name it."""

    name: str
    legal_name: str
    origin: str
    """Where its people come from, as `City.person` understands it."""
    family: str
    """The family name of its owner where the sign tells it, else empty."""
    slug: str
    """The same in letters for an address on the web."""


class Person(NamedTuple):
    """Somebody who works there."""

    name: str
    called: str
    """As reps call this person in their notes."""
    role: str
    language: str
    slug: str
    has_wechat: bool


class Place(NamedTuple):
    """Where a business stands."""

    address: Address
    position: Position
    district: str


class Rep(NamedTuple):
    """Somebody of ours."""

    name: str
    talk: Talk


@dataclass(frozen=True, slots=True)
class City:
    """One of the two places where the demonstration company delivers."""

    code: str
    currency: str
    reps: tuple[Rep, ...]
    works_on_saturday: bool
    kinds: tuple[tuple[str, int], ...]
    """Kinds of business and how often they occur."""
    business: Callable[[Random, str, str], Business]
    """Of a kind, in a district."""
    place: Callable[[Random], Place]
    person: Callable[[Random, Business, str, int], Person]
    """Of a business and its kind, the first, second or third person."""
    landline: Callable[[Random], str]
    mobile: Callable[[Random], str]
    tags: tuple[str, ...]
    price_lists: tuple[str, ...]
    access: tuple[str, ...]
    notes: tuple[str, ...]
    credit: tuple[int, ...]
    """Usual credit limits, in whole units of the currency."""
    utc_offset_h: Callable[[int, int, int], int]
    """Hours ahead of UTC on a day given as year, month, day."""


def pick(rng: Random, choices: tuple[str, ...]) -> str:
    """One of them; half the price of `rng.choice`."""
    return choices[int(rng.random() * len(choices))]
