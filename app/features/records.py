"""Questions that every record kind answers: lists, windows of rows, one record, its restricted part."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from app.gateway.command import query
from app.gateway.view import View, seen
from app.i18n import N_
from app.ids import Id
from app.model.change import Dot
from app.model.entity import Record, entity_named
from app.store.reader import AnyOf, Condition, Is, Order, Query

R = TypeVar("R", bound=Record)


class Opened:
    """A record as a form shows it. `seen` is handed back when saving; `undecided` counts fields with several values."""

    __slots__ = ("_dots", "record", "restricted_allowed", "undecided")

    def __init__(
        self,
        record: Record,
        undecided: int,
        restricted_allowed: bool,
        dots: Callable[[], Mapping[str, tuple[Dot, ...]]],
    ) -> None:
        self.record, self.undecided, self.restricted_allowed = record, undecided, restricted_allowed
        self._dots = dots

    @property
    def seen(self) -> Mapping[str, tuple[Dot, ...]]:
        """The dots of the shown values, worked out when the form is saved: most records are only looked at."""
        return self._dots()


@query("record.open", N_("Open"))
def open_one(view: View, kind: str, id_: Id) -> Opened:
    """One record without its restricted fields. Raises NotFound."""
    entity = entity_named(kind)
    row = view.row(entity, id_)
    return Opened(
        view.record(entity, row),
        row[4],
        entity.has_office and not view.forbidden(kind),
        lambda: seen(view.registers_of(row)),
    )


@query("record.restricted", N_("Show restricted fields"), audited=True)
def restricted(view: View, kind: str, id_: Id) -> Mapping[str, Any]:
    """The restricted fields of one record; every look is audited."""
    entity = entity_named(kind)
    record = view.restricted(entity.cls, view.get(entity.cls, id_))
    return {field.name: getattr(record, field.name) for field in entity.fields if field.restricted}


@query("record.ids", N_("List"))
def ids(view: View, kind: str, where: Condition | None = None, order: tuple[Order, ...] = ()) -> array[int]:
    """Local row numbers of a list, in order."""
    return view.ids(Query(kind, where, order))


@query("record.rows", N_("Rows of a list"))
def rows(view: View, kind: str, numbers: Iterable[int], fields: Sequence[str]) -> dict[int, tuple[Any, ...]]:
    """Python values of some fields for some rows; `id` and `marks` may be asked for."""
    return view.windows(kind, numbers, fields)


@query("record.count", N_("Count"))
def count(view: View, kind: str, where: Condition | None = None) -> int:
    """How many records there are."""
    return view.count(Query(kind, where))


@query("record.groups", N_("Group"))
def groups(view: View, kind: str, by: str, where: Condition | None = None) -> list[tuple[Any, int]]:
    """Values of a field and how many records have each."""
    return view.groups(Query(kind, where), by)


@query("record.children", N_("Records of a record"))
def children(view: View, kind: str, parent: Id, order: tuple[Order, ...] = (), limit: int = 0) -> list[Any]:
    """The living records of a kind that live with another, or with its duplicates: contacts of a customer."""
    entity = entity_named(kind)
    assert entity.parent is not None
    mine = view.twins(entity.parent.to, parent)
    name = entity.parent.name
    where: Condition = Is(name, "is", parent) if len(mine) == 1 else AnyOf(name, mine)
    return list(view.find(entity.cls, where, order, limit))
