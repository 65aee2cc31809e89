"""One search box over customers, contacts, delivery sites and activities."""

from __future__ import annotations

from dataclasses import dataclass

from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.entity import entity_named
from app.model.fields import Link
from app.store import search
from app.store.index import KIND_NAMES, KINDS
from app.store.search import Match


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found. `of` is the name of the customer with whom it lives, `match` why it was found."""

    kind: str
    id: Id
    row: int
    title: str
    subtitle: str
    of: str
    match: Match


@query("record.find", N_("Find"))
def find(view: View, text: str, kinds: tuple[str, ...] = (), limit: int = 50) -> list[Hit]:
    """What has every word of the text: named so first, then beginning so, then last touched."""
    wanted = [kind for kind in kinds or tuple(KINDS) if kind in KINDS]
    books = view.scope("customer").books
    hits = search.find(
        view.connection(),
        text,
        kinds=None if not kinds else [KINDS[kind] for kind in wanted],
        books=None if books is None else [number for number, id_ in view.books().items() if id_ in books],
        limit=limit,
    )
    rows: dict[str, list[int]] = {}
    for hit in hits:
        rows.setdefault(KIND_NAMES[hit.kind], []).append(hit.row)
    facts: dict[tuple[str, int], tuple[Id, str]] = {}
    for kind, numbers in rows.items():
        parent: Link | None = entity_named(kind).parent
        fields = ["id"] + ([f"{parent.name}.name"] if parent else [])
        for row, values in view.windows(kind, numbers, fields).items():
            facts[kind, row] = (Id(values[0]), values[1] or "" if parent else "")
    found = []
    for hit in hits:
        kind = KIND_NAMES[hit.kind]
        if (kind, hit.row) in facts:
            id_, of = facts[kind, hit.row]
            found.append(Hit(kind, id_, hit.row, hit.title, hit.subtitle, of, hit.match))
    return found
