"""Lists as people make them: filters, a text to look for, an order; as questions to the book and as saved views."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from app.features.conditions import condition
from app.features.filtering import Filter, Filterable, filterable
from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.entity import CUSTOM, entity_named
from app.model.fields import Field
from app.store import search
from app.store.index import KINDS
from app.store.reader import All, AnyOf, Condition, Is, Order, Query, has_column

VERSION = 1
MOST_FACETS = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list shows: every filter holds, the text is found, sorted by a column."""

    filters: tuple[Filter, ...] = ()
    text: str = ""
    order: str = ""
    descending: bool = False

    def with_filter(self, wanted: Filter, instead_of: Filter | None = None) -> Listing:
        """The same list with one more filter, or another one in place of `instead_of`."""
        if instead_of in self.filters:
            kept = [wanted if old == instead_of else old for old in self.filters]
        else:
            kept = [*self.filters, wanted]
        return replace(self, filters=tuple(dict.fromkeys(kept)))

    def without(self, unwanted: Filter) -> Listing:
        """The same list without a filter."""
        return replace(self, filters=tuple(old for old in self.filters if old != unwanted))

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.filters or self.text.strip())


@dataclass(frozen=True, slots=True)
class Layout:
    """How a saved view looks: the columns in sight from left to right, and their widths."""

    columns: tuple[str, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)


@query("record.listed", N_("List"))
def listed(view: View, kind: str, listing: Listing, now_ms: int = 0, first: int = 0) -> array[int]:
    """Local row numbers of a list in its order. `now_ms` is what “the last days” count from.

    `first`: only so many, where no text is looked for: a fraction of a millisecond, whatever the book's size.
    """
    custom = view.custom_fields(kind)
    where = narrowed(kind, listing.filters, custom, now_ms)
    text = listing.text.strip()
    rows = view.ids(Query(kind, where, _order(kind, listing, custom), 0 if text else first))
    if text:
        wanted = search.rows(view.connection(), text, KINDS[kind])
        rows = array("q", [row for row in rows if row in wanted])
    return rows


@query("record.question", N_("List"))
def question(
    view: View, kind: str, listing: Listing, now_ms: int = 0, rows: Sequence[int] | None = None
) -> tuple[Condition | None, tuple[Order, ...]]:
    """The same list, or some rows of it, as condition and order: what an export is given."""
    custom = view.custom_fields(kind)
    where = narrowed(kind, listing.filters, custom, now_ms)
    if rows is None and listing.text.strip():
        rows = sorted(search.rows(view.connection(), listing.text, KINDS[kind]))
    if rows is not None:
        chosen = AnyOf("row", tuple(rows))
        where = chosen if where is None else All((where, chosen))
    return where, _order(kind, listing, custom)


@query("record.listed_ids", N_("List"))
def ids_of(view: View, kind: str, rows: Sequence[int]) -> list[Id]:
    """The ids of rows, in their order; rows that are gone are left out."""
    found: dict[int, Id] = {}
    for first in range(0, len(rows), 5_000):
        part = view.windows(kind, rows[first : first + 5_000], ("id",))
        found.update({row: Id(values[0]) for row, values in part.items()})
    return [found[row] for row in rows if row in found]


@query("record.facets", N_("Values with counts"))
def facets(
    view: View, kind: str, path: str, filters: tuple[Filter, ...] = (), now_ms: int = 0
) -> list[tuple[Any, int]]:
    """Values of a field and how many records have each, most frequent first, under the filters on other fields."""
    custom = view.custom_fields(kind)
    others = [one for one in filters if one.field != path]
    groups = view.groups(Query(kind, narrowed(kind, others, custom, now_ms)), path)
    field = entity_named(kind).by_name.get(path) or next((own for own in custom if own.name == path), None)
    if field is None or not field.elementwise:
        return [(value, count) for value, count in groups if value not in (None, "")][:MOST_FACETS]
    counts: dict[str, int] = {}
    for stored, count in groups:
        elements = _elements(stored) if path.startswith(CUSTOM) else field.from_row(stored)
        for element in elements:
            counts[element] = counts.get(element, 0) + count
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_FACETS]


def _elements(stored: Any) -> list[str]:
    """The elements of a custom set; none where a value was written while the field was of another kind."""
    try:
        found = json.loads(stored or "[]")
    except (TypeError, ValueError):
        found = []
    return [element for element in found if isinstance(element, str)] if isinstance(found, list) else []


@query("record.place", N_("Place in a list"))
def place_of(view: View, kind: str, id_: Id) -> int | None:
    """The local row number of a record, None where it is gone."""
    rows = view.ids(Query(kind, Is("id", "is", id_)))
    return rows[0] if rows else None


def narrowed(
    kind: str, filters: Iterable[Filter], custom: Sequence[Field], now_ms: int = 0
) -> Condition | None:
    """The filters as a condition; filters on fields that are gone are left out. None for no filter."""
    known = {one.path: one for one in filterable(entity_named(kind), custom)}
    parts = [condition(one, known[one.field], now_ms) for one in filters if one.field in known]
    return All(tuple(parts)) if parts else None


def to_json(listing: Listing, layout: Layout) -> str:
    """A saved view's definition."""
    kept = {"version": VERSION, **asdict(listing), **asdict(layout)}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> tuple[Listing, Layout]:
    """What `to_json` wrote; what makes no sense, or comes from a later version, is left out."""
    try:
        kept = json.loads(text)
        json.dumps(kept, ensure_ascii=False).encode()  # halves of surrogate pairs cannot be asked for
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict):
        return Listing(), Layout()
    filters = kept.get("filters")
    listing = Listing(
        tuple(one for raw in filters if (one := _filter(raw))) if isinstance(filters, list) else (),
        str(kept.get("text") or ""),
        str(kept.get("order") or ""),
        kept.get("descending") is True,
    )
    columns, widths = kept.get("columns"), kept.get("widths")
    return listing, Layout(
        tuple(str(name) for name in columns) if isinstance(columns, list) else (),
        {str(name): width for name, width in widths.items() if isinstance(width, int)}
        if isinstance(widths, dict)
        else {},
    )


def _filter(raw: Any) -> Filter | None:
    if (
        not isinstance(raw, dict)
        or not isinstance(raw.get("field"), str)
        or not isinstance(raw.get("test"), str)
    ):
        return None
    value = raw.get("value")
    if not all(
        isinstance(part, str | int | float | None) for part in (value if isinstance(value, list) else [value])
    ):
        return None
    return Filter(raw["field"], raw["test"], tuple(value) if isinstance(value, list) else value)


def _order(kind: str, listing: Listing, custom: Sequence[Field]) -> tuple[Order, ...]:
    path, entity = listing.order, entity_named(kind)
    if not path.startswith(CUSTOM) and not has_column(kind, path):
        return (Order(entity.title_field),)
    if path.startswith(CUSTOM):
        own = next((field for field in custom if field.name == path), None)
        if own is None:
            return (Order(entity.title_field),)
        path += {"number": ".number", "money": ".amount"}.get(own.kind, "")
    return (Order(path, listing.descending),)


__all__ = [
    "Filter", "Filterable", "Layout", "Listing",
    "facets", "filterable", "from_json", "ids_of", "listed", "narrowed", "place_of", "question", "to_json",
]  # fmt: skip
