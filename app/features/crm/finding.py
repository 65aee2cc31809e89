"""One search box over customers, contacts, delivery sites and activities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.errors import NotFound, Refused
from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.entity import entity_named
from app.model.marking import Match
from app.model.values import Address
from app.store import search
from app.store.index import KIND_NAMES, KINDS


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found. `of` is the name of the customer with whom it lives, `match` why it was found.

    `subtitle` is the text that matched where the title does not tell, else where it is, else its first text.
    """

    kind: str
    id: Id
    row: int
    title: str
    subtitle: str
    of: str
    match: Match


@dataclass(frozen=True, slots=True)
class Found:
    """Some hits of every kind. `similar`: nothing has the words as typed, so one typing error was forgiven."""

    hits: tuple[Hit, ...]
    similar: bool


@query("record.find", N_("Find"))
def find(view: View, text: str, kinds: tuple[str, ...] = (), limit: int = 50) -> list[Hit]:
    """What has every word of the text: named so first, then beginning so, then last touched."""
    wanted = [KINDS[kind] for kind in kinds if kind in KINDS] if kinds else None
    return _hits(view, search.find(view.connection(), text, kinds=wanted, books=_books(view), limit=limit))


@query("record.find_each", N_("Find"))
def find_each(view: View, text: str, most: Mapping[str, int]) -> Found:
    """The best of every kind, so many of each as `most` says: a common word must not hide the rarer kinds."""
    books = _books(view)
    exact = [
        hit
        for kind, limit in most.items()
        for hit in search.find(
            view.connection(), text, kinds=[KINDS[kind]], books=books, limit=limit, forgiving=False
        )
    ]
    if exact:
        return Found(tuple(_hits(view, exact)), similar=False)
    numbers = [KINDS[kind] for kind in most]
    near = search.find(view.connection(), text, kinds=numbers, books=books, limit=sum(most.values()))
    return Found(tuple(_hits(view, near)), similar=True)


@query("record.recent", N_("Recent"))
def recent(view: View, records: Sequence[tuple[str, Id]]) -> list[Hit]:
    """The same for records that were opened before; those that are gone are left out."""
    hits = []
    for kind, id_ in records:
        try:
            row = view.row(entity_named(kind), id_)
        except (NotFound, Refused):
            continue
        entity = entity_named(kind)
        title = str(getattr(view.record(entity, row), entity.title_field))
        for fact in _facts(view, kind, [row[0]]).values():
            hits.append(Hit(kind, id_, row[0], title, fact.place, fact.of, Match((), "", ())))
    return hits


class _Fact(NamedTuple):
    """What the index does not know of a record."""

    id: Id
    of: str
    place: str


def _facts(view: View, kind: str, rows: Sequence[int]) -> dict[int, _Fact]:
    """Ids, names of the customers with whom they live, and where they are, by row; one look-up for all."""
    entity = entity_named(kind)
    parent, placed = entity.parent, "address" in entity.by_name
    fields = ["id", *([f"{parent.name}.name"] if parent else []), *(["address"] if placed else [])]
    facts = {}
    for row, values in view.windows(kind, rows, fields).items():
        address: Address | None = values[-1] if placed else None
        facts[row] = _Fact(
            Id(values[0]),
            (values[1] or "") if parent else "",
            ", ".join(part for part in (address.street, address.city) if part) if address else "",
        )
    return facts


def _books(view: View) -> list[int] | None:
    books = view.scope("customer").books
    return None if books is None else [number for number, id_ in view.books().items() if id_ in books]


def _hits(view: View, found: Sequence[search.Hit]) -> list[Hit]:
    """The hits with what the index does not know of them."""
    rows: dict[str, list[int]] = {}
    for hit in found:
        rows.setdefault(KIND_NAMES[hit.kind], []).append(hit.row)
    facts = {kind: _facts(view, kind, numbers) for kind, numbers in rows.items()}
    named = []
    for hit in found:
        kind = KIND_NAMES[hit.kind]
        if fact := facts[kind].get(hit.row):
            subtitle = hit.match.text or fact.place or hit.subtitle
            named.append(Hit(kind, fact.id, hit.row, hit.title, subtitle, fact.of, hit.match))
    return named
