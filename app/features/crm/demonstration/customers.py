"""Draws one customer after the other, each with its sites, contacts and two years of activities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final, TypeVar

from app.features.crm.contacts import Contact
from app.features.crm.customers import Customer
from app.features.crm.demonstration.chengdu import CHENGDU
from app.features.crm.demonstration.city import City, Person, pick
from app.features.crm.demonstration.hamburg import HAMBURG
from app.features.crm.demonstration.life import DAY_MS, LIVES, activities
from app.features.crm.sites import Site
from app.ids import Id
from app.model.entity import Record
from app.model.values import Money

_T = TypeVar("_T")

YEARS_MS: Final = 730 * DAY_MS

STAGES: Final = (("active", 56), ("lead", 13), ("trial", 7), ("at_risk", 9), ("lapsed", 9), ("lost", 6))
WINDOWS: Final = {
    "restaurant": (("tu", "we", "th", "fr", "sa"), ("09:30-11:00", "08:00-10:30", "14:30-16:30")),
    "cafe": (("mo", "tu", "we", "th", "fr", "sa"), ("06:30-08:00", "07:00-08:30")),
    "bakery": (("mo", "tu", "we", "th", "fr", "sa"), ("02:30-04:30", "03:30-05:30")),
    "hotel": (("mo", "tu", "we", "th", "fr", "sa", "su"), ("06:00-09:00", "07:00-10:00")),
    "canteen": (("mo", "tu", "we", "th", "fr"), ("06:00-08:00", "06:30-09:00")),
    "caterer": (("mo", "we", "fr"), ("07:00-12:00",)),
    "retailer": (("mo", "tu", "we", "th", "fr", "sa"), ("05:30-08:00", "06:00-08:30")),
    "wholesaler": (("mo", "tu", "we", "th", "fr"), ("04:00-10:00",)),
}  # fmt: skip
TERMS: Final = {
    "restaurant": ("on_delivery", "net7", "net14", "net30"),
    "cafe": ("on_delivery", "net7", "net14"),
    "bakery": ("net7", "net14", "net30"),
    "hotel": ("net30", "net60"),
    "canteen": ("net30", "net60"),
    "caterer": ("prepaid", "net14"),
    "retailer": ("on_delivery", "net14", "net30"),
    "wholesaler": ("net30",),
}
ON_ACCOUNT: Final = frozenset(("net7", "net14", "net30", "net60"))
SOURCES: Final = ("person", "person", "person", "colleague", "website", "fair", "referral")


def records(count: int, *, seed: int = 1, now_ms: int) -> Iterator[Record]:
    """`count` customers, each followed by its sites, contacts and activities, which link to it.

    Ids are drawn as well, so a record may be saved as it is. `now_ms` is the present, from which the two
    years count back; only its day matters. Values are as their fields clean them.
    """
    today = now_ms - now_ms % DAY_MS
    for number in range(count):
        yield from _customer(number, seed, today)


class _Ids:
    """Ids of one customer's records, in the order of making and after those of the customers before."""

    def __init__(self, rng: Random, start_ms: int, number: int) -> None:
        self._rng, self._prefix, self._next = rng, (start_ms + number).to_bytes(6, "big"), 0

    def fresh(self) -> Id:
        count, self._next = self._next, self._next + 1
        tail = 1 << 63 | int(self._rng.random() * (1 << 62))
        return Id(self._prefix + (0x7000 | count).to_bytes(2, "big") + tail.to_bytes(8, "big"))


def _customer(number: int, seed: int, today: int) -> Iterator[Record]:
    rng = Random(seed * 1_000_003 + number)  # noqa: S311 - nothing here is secret
    ids = _Ids(rng, today - YEARS_MS, number)
    city = CHENGDU if rng.random() < 0.55 else HAMBURG
    kind = _weighted(rng, city.kinds)
    stage = _weighted(rng, STAGES)
    life = LIVES[stage]
    address, position, district = city.place(rng)
    business = city.business(rng, kind, district)
    rep = city.reps[int(rng.random() * len(city.reps))]
    terms = pick(rng, TERMS[kind]) if life.is_customer else ""
    customer = Customer(
        id=ids.fresh(),
        name=business.name,
        legal_name=business.legal_name if life.is_customer or rng.random() < 0.3 else "",
        kind=kind,
        stage=stage,
        code=f"{city.code}-{number + 1:05}",
        address=address,
        position=position,
        windows=_windows(rng, kind) if life.is_customer else (),
        access=pick(rng, city.access) if rng.random() < 0.45 else "",
        phone=city.landline(rng),
        email=f"kontakt@{business.slug}.example" if city is HAMBURG else f"{business.slug}@mail.example",
        web=f"www.{business.slug}.example" if rng.random() < 0.4 else "",
        assigned_to=rep.name,
        payment_terms=terms,
        price_list=pick(rng, city.price_lists) if life.is_customer else "",
        tags=tuple(sorted({pick(rng, city.tags) for _ in range(int(rng.random() * 3.4))})),
        notes=pick(rng, city.notes) if rng.random() < 0.5 else "",
        credit_limit=_credit(rng, city, kind) if terms in ON_ACCOUNT else None,
    )
    yield customer
    if kind in ("canteen", "hotel", "wholesaler", "retailer") and life.is_customer and rng.random() < 0.35:
        yield _site(rng, ids, city, customer)
    people = [city.person(rng, business, kind, place) for place in range(_weighted(rng, HOW_MANY))]
    contacts = [_contact(rng, ids, city, customer, person, place) for place, person in enumerate(people)]
    yield from contacts
    called = [(contact.id, person.called) for contact, person in zip(contacts, people, strict=True)]
    yield from activities(rng, ids.fresh, city, rep, life, customer, called, today)


HOW_MANY: Final = ((1, 50), (2, 38), (3, 12))


def _windows(rng: Random, kind: str) -> tuple[str, ...]:
    days, hours = WINDOWS[kind]
    window = pick(rng, hours)
    return tuple(sorted([f"{day} {window}" for day in days if rng.random() < 0.85])) or (
        f"{days[0]} {window}",
    )


def _credit(rng: Random, city: City, kind: str) -> Money:
    """Big kitchens have more; most limits are round and modest."""
    step = int(rng.random() * 4) + (2 if kind in ("hotel", "canteen", "wholesaler") else 0)
    return Money(city.credit[step] * 100, city.currency)


def _site(rng: Random, ids: _Ids, city: City, customer: Customer) -> Site:
    address, position, district = city.place(rng)
    name = (
        ("仓库", "二店", "分部")[int(rng.random() * 3)]
        if city is CHENGDU
        else pick(rng, ("Lager", "Filiale", "Haus 2"))
    )
    return Site(
        id=ids.fresh(),
        name=f"{name} {district}",
        customer=customer.id,
        address=address,
        position=position,
        windows=_windows(rng, customer.kind),
        access=pick(rng, city.access) if rng.random() < 0.6 else "",
    )


def _contact(rng: Random, ids: _Ids, city: City, customer: Customer, person: Person, place: int) -> Contact:
    born = date(1958 + int(rng.random() * 44), 1 + int(rng.random() * 12), 1 + int(rng.random() * 28))
    host = customer.email.partition("@")[2]
    return Contact(
        id=ids.fresh(),
        name=person.name,
        customer=customer.id,
        role=person.role,
        phone=city.landline(rng) if rng.random() < 0.2 else "",
        mobile=city.mobile(rng) if place == 0 or rng.random() < 0.6 else "",
        email=f"{person.slug}@{host}" if rng.random() < (0.25 if city is CHENGDU else 0.6) else "",
        wechat=f"{person.slug}_{int(rng.random() * 9000) + 1000}" if person.has_wechat else "",
        language=person.language,
        birthday=born if rng.random() < 0.35 else None,
        source=pick(rng, SOURCES),
    )


def _weighted(rng: Random, choices: tuple[tuple[_T, int], ...]) -> _T:
    left = rng.random() * sum(weight for _, weight in choices)
    for choice, weight in choices:
        left -= weight
        if left < 0:
            return choice
    return choices[-1][0]
