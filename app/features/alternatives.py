"""Fields between whose values somebody has to decide: each value with its author and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.features import history
from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.encoding import Sealed
from app.model.entity import CUSTOM, LIFE, entity_named
from app.model.fields import Field
from app.model.fitting import LAST_MS
from app.model.merge import Register, Version, shown
from app.store.merging import undecided


@dataclass(frozen=True, slots=True)
class Value:
    """One of several values of a field. `is_shown` marks the one that lists and forms show meanwhile."""

    value: Any
    device: Id
    author: str
    at_ms: int
    is_shown: bool


@query("record.alternatives", N_("Values to decide between"))
def alternatives(view: View, kind: str, id_: Id) -> dict[str, tuple[Value, ...]]:
    """By field name. The empty name stands for the record itself: one deleted it, another went on editing."""
    entity = entity_named(kind)
    row = view.row(entity, id_)
    return _alternatives(view, kind, view.registers_of(row))


@query("record.restricted_alternatives", N_("Restricted values to decide between"), audited=True)
def restricted(view: View, kind: str, id_: Id) -> dict[str, tuple[Value, ...]]:
    """The same of a record's restricted fields; nothing for whom they do not exist."""
    return _alternatives(view, kind, view.office_registers(entity_named(kind), id_))


def _alternatives(view: View, kind: str, registers: Mapping[str, Register]) -> dict[str, tuple[Value, ...]]:
    entity = entity_named(kind)
    names = undecided(registers, False)
    if not names:
        return {}
    custom = {field.name: field for field in view.custom_fields(kind)}
    devices = {Id(version.dot.device) for name in names for version in registers[name]}
    authors = history.authors.run(view, tuple(devices))
    found: dict[str, tuple[Value, ...]] = {}
    for name in names:
        register = registers[name]
        if name == LIFE:
            found[""] = _values(register, authors, None)
            continue
        field = custom.get(name) if name.startswith(CUSTOM) else entity.by_name.get(name)
        if field is not None:
            found[name] = _values(register, authors, field)
    return found


def _values(register: Register, authors: dict[Id, str], field: Field | None) -> tuple[Value, ...]:
    kept = shown(register)
    return tuple(
        Value(
            not isinstance(version.value, list) if field is None else _read(field, version.value),
            Id(version.dot.device),
            authors.get(Id(version.dot.device), ""),
            max(0, min(version.time_ms, LAST_MS - 1)),
            version is kept,
        )
        for version in sorted(register, key=_newest, reverse=True)
    )


def _read(field: Field, wire: Any) -> Any:
    """The value; as for an empty field where it does not open here."""
    return field.from_wire(None if isinstance(wire, Sealed) else wire)


def _newest(version: Version) -> tuple[int, Any]:
    return version.time_ms, version.dot
