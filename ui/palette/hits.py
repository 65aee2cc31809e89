"""Records that were found, as rows in sections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.features.crm.finding import Hit
from app.i18n import N_, _
from app.ids import Id
from app.model.entity import entity_named
from app.model.marking import excerpt
from ui.theme import plain
from ui.widgets.search_results import Result

MOST = {"customer": 8, "contact": 6, "site": 4, "activity": 5}
"""Hits of each kind, in the order of their sections."""
ICONS = {"customer": "building", "contact": "contact", "site": "pin", "activity": "message"}
LISTS = {
    "customer": ("customers", N_("All customers with “{text}”")),
    "contact": ("contacts", N_("All contacts with “{text}”")),
}
"""Screens that list a kind, and what the way there is called."""


class Opening(NamedTuple):
    """The record behind a row."""

    kind: str
    id: Id


class Listing(NamedTuple):
    """The list of a kind, narrowed to what was typed."""

    screen: str
    text: str


def record_rows(hits: Iterable[Hit], typed: str = "") -> tuple[Result, ...]:
    """Hits in sections; a section whose first hit is so named comes before one that only mentions it.

    A section that is full ends with the way to the whole list of what was typed.
    """
    sections: dict[str, list[Hit]] = {kind: [] for kind in MOST}
    for hit in hits:
        sections[hit.kind].append(hit)
    filled = [kind for kind in MOST if sections[kind]]
    filled.sort(key=lambda kind: kind == "activity" or not sections[kind][0].match.title)
    rows = []
    for kind in filled:
        rows.append(Result(_(entity_named(kind).plural), heading=True))
        rows += [_row(hit) for hit in sections[kind]]
        if typed and kind in LISTS and len(sections[kind]) >= MOST[kind]:
            screen, label = LISTS[kind]
            rows.append(Result(_(label).format(text=typed), "table", what=Listing(screen, typed)))
    return tuple(rows)


def recent_rows(hits: Sequence[Hit]) -> tuple[Result, ...]:
    return (Result(_("Opened last"), heading=True), *map(_row, hits)) if hits else ()


def _row(hit: Hit) -> Result:
    """Title and one line below it; what has no name (an activity) is shown by its text."""
    match, what = hit.match, Opening(hit.kind, hit.id)
    if hit.kind == "activity":
        text, marks = (hit.title, match.title) if hit.title else (hit.subtitle, match.text_spans)
        text, shown = excerpt(_flat(text), list(marks))
        return Result(text, ICONS[hit.kind], tuple(shown), _flat(hit.of), what=what)
    lead = f"{hit.of} · " if hit.of and hit.subtitle else hit.of
    found = tuple((start + len(lead), end + len(lead)) for start, end in match.text_spans)
    detail = _flat(lead + hit.subtitle) or _(entity_named(hit.kind).label)
    return Result(_flat(hit.title), ICONS[hit.kind], match.title, detail, found, what=what)


def _flat(text: str) -> str:
    """On one line and harmless, every character in its place."""
    return plain(text.translate({10: " ", 13: " ", 9: " "}))
