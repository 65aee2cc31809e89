"""How one edit changes one row: pure, so that rows in memory, aside and in their table come to the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from app.model.change import Dot, Edit
from app.model.encoding import Sealed
from app.model.entity import LIFE
from app.model.merge import (
    Register,
    Version,
    canonical_value,
    deletion,
    is_gone,
    is_marked,
    is_present,
    shown,
    write,
)
from app.model.moving import is_idle
from app.store.rows import RowPlan, extra
from app.store.versions import IN_ROW, is_spelled


class Author(NamedTuple):
    """What every change of a step shares: who, where and when."""

    device: bytes
    step: int
    book: bytes
    tier: int
    time_ms: int
    """The time that counts in merging (merge.counted_time)."""


class Standing(Protocol):
    """A row as it stands, with its registers."""

    @property
    def raw(self) -> Sequence[Any]: ...
    @property
    def registers(self) -> dict[str, Register]: ...


class Merged(NamedTuple):
    """What an edit does to a row: columns with new values, and whether the record is gone now."""

    sets: list[tuple[str, Any]]
    gone: bool
    marks: int


def merge(row_plan: RowPlan, old: Standing, author: Author, edit: Edit, first: int) -> Merged:
    """Merge an edit into the registers of `old`, which are altered, and say what its columns become.

    `first` is the place of the edit's first change in its step. A register's single value is the row's from then on:
    rows that were read again in between and rows that were not must come to the same bytes.
    """
    registers = old.registers
    if is_idle(registers, edit.fields):  # a second move, or a late edit that somebody has taken over already
        return Merged([], bool(old.raw[3]), old.raw[4])
    touched: set[str] = set()
    for place, change in enumerate(edit.changes(), first):
        register = registers.get(change.field, ())
        if len(register) == 1 and register[0].value is IN_ROW and register[0].dot not in change.seen:
            register = (register[0]._replace(value=canonical_value(row_plan.wire(old.raw, change.field))),)
        value = change.value if change.field == LIFE else canonical_value(change.value)
        if change.field == LIFE and isinstance(value, list):
            value = deletion(registers, value)
        new = Version(Dot(author.device, author.step, place), author.time_ms, value)
        registers[change.field] = write(register, new, change.seen)
        touched.add(change.field)
    gone = is_gone(registers)
    return Merged(_columns(row_plan, old, registers, touched), gone, len(undecided(registers, gone)))


def _columns(
    row_plan: RowPlan, old: Standing, registers: dict[str, Register], touched: Iterable[str]
) -> list[tuple[str, Any]]:
    """What the changed registers put into the declared columns."""
    sets: list[tuple[str, Any]] = []
    kept = None
    for base in sorted({name.partition("/")[0] for name in touched if name != LIFE}):
        field = row_plan.entity.by_name.get(base)
        if field is None or base not in row_plan.places:
            kept = json.loads(old.raw[8]) if kept is None and old.raw[8] else kept or {}
            for name in touched:
                if name.partition("/")[0] == base:
                    kept[name] = _readable(shown(registers[name]).value)
        elif field.elementwise:
            sets += row_plan.assignments(base, _elements(row_plan, old, registers, base))
        else:
            sets += row_plan.assignments(base, _readable(shown(registers[base]).value))
    if kept is not None:
        sets.append(("extra", extra(kept)))
    return sets


def _readable(value: Any) -> Any:
    return None if isinstance(value, Sealed) else value


def _elements(row_plan: RowPlan, old: Standing, registers: dict[str, Register], base: str) -> list[str]:
    """The elements of a set that are present."""
    present = []
    for name, register in registers.items():
        if name.startswith(base + "/"):
            single = len(register) == 1 and register[0].value is IN_ROW
            if row_plan.wire(old.raw, name) if single else is_present(register):
                present.append(name.partition("/")[2])
    return sorted(present)


def marks(registers: Mapping[str, Register], gone: bool) -> int:
    """How many fields hold several values between which somebody has to decide.

    Sets merge by themselves; a deletion that had not seen everything counts as one.
    """
    return len(undecided(registers, gone))


def undecided(registers: Mapping[str, Register], gone: bool) -> list[str]:
    """The names of those fields."""
    found = []
    for name, register in registers.items():
        if name == LIFE:
            if not gone and any(isinstance(version.value, list) for version in register):
                found.append(name)
        elif len(register) > 1 and "/" not in name and is_marked(register):
            found.append(name)
    return found


# ---- rows in memory


class Held:
    """A row in memory, as it was selected; edits alter it."""

    __slots__ = ("raw", "registers")

    def __init__(self, raw: Sequence[Any], registers: dict[str, Register]) -> None:
        self.raw, self.registers = list(raw), registers


def blank(row_plan: RowPlan, id_: bytes, book: int) -> Held:
    """The row of a record of which nothing is known yet, as an INSERT without values would make it."""
    return Held([0, id_, book, 0, 0, 0, None, b"", "", *row_plan.empties], {})


def filled(row_plan: RowPlan, held: Held, names: Iterable[str] | None = None) -> None:
    """Put into a row's columns what these of its registers, which hold their values, say; all of a blank one's."""
    for name, value in _columns(row_plan, held, held.registers, held.registers if names is None else names):
        at = row_plan.at.get(name)
        if at is not None:
            held.raw[at] = value
    gone = is_gone(held.registers)
    held.raw[3], held.raw[4] = int(gone), len(undecided(held.registers, gone))


def apply(row_plan: RowPlan, held: Held, author: Author, edit: Edit, first: int) -> None:
    """Merge an edit into a row in memory. Its versions are packed by whoever writes it."""
    merged = merge(row_plan, held, author, edit, first)
    for name, value in merged.sets:
        at = row_plan.at.get(name)
        if at is not None:  # a sort key follows from its text
            held.raw[at] = value
    held.raw[3], held.raw[4] = int(merged.gone), merged.marks
    for name in edit.fields:
        register = held.registers.get(name, ())
        if len(register) == 1 and name != LIFE and not is_spelled(name, register[0].value):
            held.registers[name] = (register[0]._replace(value=IN_ROW),)
