"""What a step without effect wanted to write, as people read it, and how it is written anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.errors import NotFound, Refused
from app.gateway.tx import Tx
from app.gateway.view import View
from app.ids import Id
from app.model.change import Edit, Step
from app.model.encoding import Sealed
from app.model.entity import CUSTOM, FIELD_TIER, LIFE, Entity, entity_named
from app.model.fields import Field
from app.model.fitting import fits
from app.model.moving import MOVED
from app.store.sealing import open_readable

Action = Literal["make", "change", "delete", "restore", "move"]


@dataclass(frozen=True, slots=True)
class HeldEdit:
    """One record of a step. `values` holds what could be read; elements of sets are in `adds` and `takes`."""

    kind: str
    id: Id
    title: str
    action: Action
    values: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    """What those fields are."""
    hidden: tuple[str, ...] = ()
    """Names of fields that are not shown here: restricted ones, and those whose key is not on this computer."""
    is_there: bool = True
    """Whether the record is in the book."""
    is_settled: bool = False
    """Whether the book says all of it already."""

    @property
    def can_release(self) -> bool:
        """Whether writing it anew does something."""
        if self.is_settled or self.action == "move":
            return False
        if self.action == "make":
            return bool(self.values or self.adds)
        return self.is_there and (self.action != "change" or bool(self.values or self.adds or self.takes))

    def write(self, tx: Tx) -> None:
        """The same once more, by whoever sits here."""
        cls = entity_named(self.kind).cls
        if self.action == "delete":
            tx.delete(cls, self.id)
        elif self.action == "make" and not tx.has(cls, self.id):
            declared = {name: value for name, value in self.values.items() if not name.startswith(CUSTOM)}
            custom = {
                name[len(CUSTOM) :]: value for name, value in self.values.items() if name.startswith(CUSTOM)
            }
            wanted: dict[str, Any] = {**declared, **self.adds}
            tx.save(cls(id=self.id, custom=custom, **wanted))
        else:
            now = tx.get(cls, self.id)
            values = dict(self.values)
            for name in {*self.adds, *self.takes}:
                kept = (*getattr(now, name), *self.adds.get(name, ()))
                values[name] = tuple(one for one in kept if one not in self.takes.get(name, ()))
            tx.edit(cls, self.id, values)


def read_edits(view: View, step: Step) -> tuple[HeldEdit, ...]:
    """The edits of a step, readable as far as this person may and this computer can."""
    found, first = [], 0
    for edit in step.edits:
        found.append(_read(view, step, edit, first))
        first += len(edit.fields)
    return tuple(found)


def title_of(view: View, kind: str, id_: bytes) -> str:
    """What a record is called; empty where it is not there."""
    entity = entity_named(kind)
    try:
        record = view.get(entity.cls, id_)
    except (NotFound, Refused):
        return ""
    return _text(entity.field(entity.title_field), getattr(record, entity.title_field))


def _read(view: View, step: Step, edit: Edit, first: int) -> HeldEdit:
    entity, id_ = entity_named(edit.kind), Id(edit.row)
    row = _row(view, entity, id_)
    title = title_of(view, edit.kind, id_)
    if step.tier != FIELD_TIER:
        names = tuple(name for name in edit.fields if name != LIFE)
        return HeldEdit(edit.kind, id_, title, "change", hidden=names, is_there=row is not None)
    opened, _keys = open_readable(edit, row[6] if row is not None else None, step.device, step.number, first)
    action, custom = _action(opened), {one.name: one for one in view.custom_fields(edit.kind)}
    values: dict[str, Any] = {}
    adds: dict[str, tuple[str, ...]] = {}
    takes: dict[str, tuple[str, ...]] = {}
    fields: dict[str, Field] = {}
    hidden: list[str] = []
    for name, wire in zip(opened.fields, opened.values, strict=True):
        base, slash, element = name.partition("/")
        declared = custom.get(base) if base.startswith(CUSTOM) else entity.by_name.get(base)
        if name == LIFE or declared is None:
            continue
        fields[base] = declared
        if isinstance(wire, Sealed):
            hidden.append(base)
        elif slash:
            into = adds if wire else takes
            into[base] = (*into.get(base, ()), element)
        elif fits(declared, wire):
            values[base] = declared.from_wire(wire)
    if not title and entity.title_field in values:
        title = _text(entity.field(entity.title_field), values[entity.title_field])
    found = HeldEdit(
        edit.kind, id_, title, action, values, adds, takes, fields, tuple(hidden), row is not None
    )  # fmt: skip
    return replace(found, is_settled=_is_settled(view, entity, found))


def _row(view: View, entity: Entity, id_: Id) -> tuple[Any, ...] | None:
    try:
        return view.row(entity, id_)
    except NotFound:
        return None


def _action(edit: Edit) -> Action:
    if MOVED in edit.fields:
        return "move"
    if LIFE not in edit.fields:
        return "change"
    place = edit.fields.index(LIFE)
    if isinstance(edit.values[place], list):
        return "delete"
    return "restore" if edit.seen and edit.seen[place] else "make"


def _is_settled(view: View, entity: Entity, edit: HeldEdit) -> bool:
    if edit.action == "delete":
        return not edit.is_there
    if not edit.is_there or edit.hidden or edit.action in ("move", "restore"):
        return edit.action == "restore" and edit.is_there
    record = view.get(entity.cls, edit.id)
    custom = getattr(record, "custom", {})
    same = all(
        (custom.get(name[len(CUSTOM) :]) if name.startswith(CUSTOM) else getattr(record, name)) == value
        for name, value in edit.values.items()
    )
    has = all(set(elements) <= set(getattr(record, name)) for name, elements in edit.adds.items())
    lacks = all(not set(elements) & set(getattr(record, name)) for name, elements in edit.takes.items())
    return same and has and lacks


def _text(declared: Field, value: Any) -> str:
    return value if isinstance(value, str) else declared.text(value)
