"""After an update: kinds and fields that came before this program knew them take their place in tables and columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.model.change import Edit
from app.model.encoding import Sealed
from app.model.entity import FIELD_TIER, OFFICE_TIER, Entity, entities, entity_named
from app.model.fitting import fitted
from app.store.aside import Aside, Asides
from app.store.confirmed import has_place
from app.store.database import Connection
from app.store.facts import Facts
from app.store.merging import Held, filled
from app.store.rows import RowPlan, extra, extras, plan
from app.store.sealing import open_readable
from app.store.tables import Tables
from app.store.versions import IN_ROW

FACT = "known_fields"
"""Kind → the fields that this vault's program knew when it was last opened."""


def known() -> dict[str, list[str]]:
    """What this program knows."""
    return {entity.name: sorted(entity.by_name) for entity in entities()}


def unknown_kinds(connection: Connection) -> list[tuple[int, int, str]]:
    """Book and tier numbers and kinds of records that wait for tables which are there by now."""
    rows = connection.execute("SELECT DISTINCT book, tier, kind FROM unknown_record").fetchall()
    return [(book, tier, kind) for book, tier, kind in rows if has_place(kind, tier)]


def is_due(connection: Connection) -> bool:
    """Whether there is anything to learn."""
    return Facts(connection).get(FACT) != known() or bool(unknown_kinds(connection))


class Learning:
    """Fields, within the transaction that the door has begun. Kinds are Restoring's business."""

    def __init__(self, connection: Connection, tables: Tables, asides: Asides) -> None:
        self._connection, self._tables, self._asides = connection, tables, asides

    def run(self) -> set[str]:
        """Give what is known by now its columns; the kinds of which rows have changed."""
        facts = Facts(self._connection)
        before: dict[str, list[str]] = facts.get(FACT) or known()
        changed = set()
        for kind, names in known().items():
            fresh = set(names) - set(before.get(kind, names))
            if fresh:
                for tier in (FIELD_TIER, OFFICE_TIER):
                    if has_place(kind, tier) and self._kind(entity_named(kind), tier, fresh):
                        changed.add(kind)
        facts.put(FACT, known())
        return changed

    def _kind(self, entity: Entity, tier: int, fresh: set[str]) -> bool:
        row_plan, changed = plan(entity, tier), False
        for (id_,) in self._connection.execute(f"SELECT id FROM {row_plan.table}").fetchall():
            live = self._tables.load(entity, tier, id_)
            assert live is not None
            held = Held(live.raw, live.registers)
            if learned(row_plan, held, fresh):
                self._tables.put(entity, tier, held, live)
                changed = True
        for book, id_ in self._asides.all_of(entity.name, tier):
            aside = self._asides.some(book, tier, entity.name, [id_])[id_]
            if aside.body is not None and learned(row_plan, aside.body, fresh):
                self._asides.put(book, tier, entity.name, id_, Aside(aside.steps, aside.body))
        self._tables.flush()
        return changed


def learned(row_plan: RowPlan, held: Held, fresh: set[str]) -> bool:
    """Move what a row keeps of fields that are known by now into their columns; whether there was anything."""
    entity, kept = row_plan.entity, extras(held.raw[8])
    names = [name for name in held.registers if name.partition("/")[0] in fresh & row_plan.places.keys()]
    if not names:
        return False
    before = dict(held.registers)
    for name in names:
        opened = [
            version._replace(value=_value(entity, held, name, version.dot, _kept(kept, name, version.value)))
            for version in before[name]
        ]
        held.registers[name] = tuple(opened)
    held.raw[8] = extra({name: value for name, value in kept.items() if name not in names})
    filled(row_plan, held, names)
    for name in names:
        register = held.registers[name]
        if len(register) == 1 and not isinstance(register[0].value, Sealed):
            held.registers[name] = (register[0]._replace(value=IN_ROW),)
    return True


def _kept(kept: Mapping[str, Any], name: str, value: Any) -> Any:
    return kept.get(name) if value is IN_ROW else value


def _value(entity: Entity, held: Held, name: str, dot: Any, value: Any) -> Any:
    edit = Edit(entity.name, held.raw[1], (name,), (value,))
    opened, _keys = open_readable(edit, held.raw[6], dot.device, dot.step, dot.nth)
    fits = fitted(entity, opened)
    return fits.values[0] if fits.fields == (name,) else None
