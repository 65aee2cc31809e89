"""Two years of a customer's life: what happens, when, and how it is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from app.features.crm.activities import Activity
from app.features.crm.customers import Customer
from app.features.crm.demonstration.city import City, Rep
from app.ids import Id

DAY_MS: Final = 86_400_000
EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Life:
    """How a customer of some stage came to it."""

    is_customer: bool
    known_days: tuple[int, int]
    """Since when it is known, at least and at most."""
    last_days: tuple[int, int]
    """How long ago it was heard of last."""
    activities: tuple[int, int]
    ending: tuple[str, ...]
    """The moments with which it ends, the last one last."""


LIVES: Final = {
    "lead": Life(False, (5, 90), (0, 40), (1, 3), ()),
    "trial": Life(True, (15, 120), (0, 20), (3, 6), ("sample",)),
    "active": Life(True, (60, 729), (0, 30), (6, 18), ()),
    "at_risk": Life(True, (150, 729), (14, 60), (7, 14), ("trouble", "trouble")),
    "lapsed": Life(True, (240, 729), (90, 220), (5, 11), ("trouble", "silent", "silent")),
    "lost": Life(False, (90, 729), (30, 400), (2, 6), ("trouble", "lost")),
}

# How much happens in a month, compared with the busiest.
BUSY: Final = {
    "CNY": (0.9, 0.4, 0.7, 0.75, 0.8, 0.75, 0.7, 0.75, 0.95, 0.7, 0.85, 1.0),
    "EUR": (0.6, 0.65, 0.75, 0.85, 0.9, 0.9, 0.6, 0.55, 0.85, 0.85, 1.0, 0.9),
}
# Hours of the local day, from and to, in which each kind of activity happens.
HOURS: Final = {"visit": (9.0, 11.5, 14.0, 17.0), "call": (8.5, 11.5, 13.5, 18.0), "message": (8.0, 12.0, 13.0, 21.0),
                "note": (11.0, 13.0, 16.0, 18.5)}  # fmt: skip


def activities(
    rng: Random,
    fresh: Callable[[], Id],
    city: City,
    rep: Rep,
    life: Life,
    customer: Customer,
    people: Sequence[tuple[Id, str]],
    today: int,
) -> Iterator[Activity]:
    """What happened with a customer, oldest first, never in the future, on working days and at working hours."""
    count = _between(rng, life.activities)
    known = _between(rng, life.known_days)
    last = min(_between(rng, life.last_days), known - 1)
    ordinal_today = today // DAY_MS + EPOCH
    days = sorted({_day(rng, city, ordinal_today, known, last) for _ in range(count)})
    moments = _moments(rng, life, len(days))
    pattern = ""
    talk = rep.talk
    taste = "sweet" if customer.kind in ("bakery", "cafe") else ""
    for day, moment in zip(days, moments, strict=True):
        contact, called = people[0 if rng.random() < 0.7 else int(rng.random() * len(people))]
        kind, pattern = talk.pick(rng, moment, pattern)
        when = date.fromordinal(day)
        yield Activity(
            id=fresh(),
            kind=kind,
            customer=customer.id,
            contact=contact if "{contact}" in pattern or rng.random() < 0.5 else None,
            at=_moment(rng, city, when, kind),
            text=talk.fill(rng, pattern, taste, when.month, when.weekday(), called),
            by=rep.name,
        )


def _moments(rng: Random, life: Life, count: int) -> list[str]:
    """First meetings, then the usual, seasons and small mishaps between; at the end what the stage tells."""
    opening = ["first", "sample"] if life.is_customer else ["first", "first"]
    ending = list(life.ending[-max(1, count - 2) :]) if life.ending else []
    middle = []
    for _ in range(count - len(opening) - len(ending)):
        chance = rng.random()
        usual = "regular" if life.is_customer else "sample"
        middle.append(
            "season" if chance < 0.17 else "service" if chance < 0.27 and life.is_customer else usual
        )
    return (opening + middle + ending)[:count] if count > len(ending) else ending[-count:]


def _day(rng: Random, city: City, today: int, known: int, last: int) -> int:
    """A working day in between, likelier in a busy month."""
    busy = BUSY[city.currency]
    day = today - last
    for _ in range(4):
        day = today - last - int(rng.random() * (known - last))
        if rng.random() < busy[date.fromordinal(day).month - 1]:
            break
    working_days = 6 if city.works_on_saturday else 5
    too_late = (day + 6) % 7 - working_days
    return day - too_late - 1 - int(rng.random() * working_days) if too_late >= 0 else day


def _moment(rng: Random, city: City, day: date, kind: str) -> int:
    """A time of that day in milliseconds UTC, to the minute."""
    begin, pause, resume, end = HOURS[kind]
    hour = begin + rng.random() * (pause - begin + end - resume)
    if hour > pause:
        hour += resume - pause
    offset = city.utc_offset_h(day.year, day.month, day.day)
    return (day.toordinal() - EPOCH) * DAY_MS + (int(hour * 60) - offset * 60) * 60_000


def _between(rng: Random, bounds: tuple[int, int]) -> int:
    return bounds[0] + int(rng.random() * (bounds[1] - bounds[0] + 1))
