"""Undo: the inverse of a command's steps, as new steps that sync and are audited like any other.

A value that somebody has written since is left alone and reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.gateway import progress
from app.gateway.writing import Writing
from app.model.change import Change, Dot, Edit, Step
from app.model.encoding import Sealed
from app.model.entity import FIELD_TIER, LIFE, OFFICE_TIER, Entity, entities, entity_named
from app.model.fitting import fitted
from app.model.merge import Register, counted_time, covers
from app.store.journal import Journal
from app.store.rows import plan
from app.store.sealing import open_readable
from app.store.tables import Row, Tables
from app.store.undo_log import UndoLog
from app.store.versions import dots

MOST_NAMED = 50


class Kept(NamedTuple):
    """Something that the undo left as it is, because it was changed since."""

    kind: str
    id: bytes
    field: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did. `kept` names the first few things that it left alone; `kept_count` counts all."""

    label: str
    restored: int
    kept: tuple[Kept, ...]
    kept_count: int


class Undoing:
    """The inverse of one command's own steps."""

    def __init__(
        self, writing: Writing, tables: Tables, journal: Journal, log: UndoLog, device: bytes, first: int, last: int
    ) -> None:  # fmt: skip
        self._writing, self._tables, self._journal, self._log = writing, tables, journal, log
        self._device, self._first, self._last = device, first, last
        self.restored = 0
        self.kept: list[Kept] = []
        self.kept_count = 0
        self._skip: set[bytes] = set()
        self._done: set[tuple[bytes, int, str]] = set()
        self._rows: dict[tuple[str, bytes], Row] = {}
        self._offices: dict[tuple[str, bytes], Row] = {}
        self._with_later: set[bytes] | None = None
        self._stands: dict[int, dict[int, frozenset[Dot]]] = {}
        self._standing: dict[int, dict[int, frozenset[Dot]]] = defaultdict(dict)

    def run(self) -> None:
        """Walk the steps backwards. Raises Cancelled where the person stops it.

        Restricted values come last: whether they go is known once it is known whether their record stays.
        """
        numbers = range(self._last, self._first - 1, -1)
        restricted: list[int] = []
        done = 0
        for number in numbers:
            kept = self._journal.step(self._device, number)
            if kept is not None and kept.step.tier != FIELD_TIER:
                restricted.append(number)
                continue
            if kept is not None:
                self._step(kept.step)
            done += 1
            progress.step(done, len(numbers))
        for number in restricted:
            kept = self._journal.step(self._device, number)
            if kept is not None:
                self._step(kept.step)
            done += 1
            progress.step(done, len(numbers))
        for number, changes in self._standing.items():
            self._log.stand(number, changes)

    def _step(self, step: Step) -> None:
        self._look_ahead(step)
        for edit, at in reversed(list(_placed(step))):
            self._edit(step, edit, at)

    def _look_ahead(self, step: Step) -> None:
        """Read at once what a step is about: one question after the other would take as long as all the rest."""
        by_kind: dict[str, list[bytes]] = {}
        created: dict[str, list[bytes]] = {}
        for edit in step.edits:
            by_kind.setdefault(edit.kind, []).append(edit.row)
            if _is_creation(edit):
                created.setdefault(edit.kind, []).append(edit.row)
        self._rows = {
            (kind, id_): row
            for kind, ids in by_kind.items()
            for id_, row in self._tables.load_many(entity_named(kind), step.tier, ids).items()
        }
        self._offices = {
            (kind, id_): row
            for kind, ids in created.items()
            if step.tier == FIELD_TIER and entity_named(kind).has_office
            for id_, row in self._tables.load_many(entity_named(kind), OFFICE_TIER, ids).items()
        }
        self._with_later = {
            parent
            for kind, ids in created.items()
            for parent in self._later_children(entity_named(kind), ids)
        }

    def _edit(self, step: Step, edit: Edit, at: int) -> None:
        entity = entity_named(edit.kind)
        # Taken out: once something is written to it, what was read is old.
        row = self._rows.pop((edit.kind, edit.row), None) or self._tables.load(entity, step.tier, edit.row)
        if row is None:
            return
        if _is_creation(edit):
            self._creation(entity, step, edit, at, row)
            return
        # May bring a record back or give it another parent, which only a fresh look can tell.
        self._with_later = None
        if edit.fields == (LIFE,):
            self._life(entity, step, edit, at, row)
        elif row.gone:
            # Deleted since, unless by the very command that is undone, whose deletion is taken back first.
            self._keep(Kept(edit.kind, edit.row, ""))
        elif edit.row not in self._skip:
            self._values(entity, step, edit, at, row)

    def _creation(self, entity: Entity, step: Step, edit: Edit, at: int, row: Row) -> None:
        if row.gone:
            return
        if step.tier != FIELD_TIER:
            whole = self._tables.load(entity, FIELD_TIER, edit.row)
            # Those of a record that the command had made too, and that stays, stay with it. Those of one that is
            # gone are emptied, so that nothing stays behind unseen.
            if whole is None or whole.gone or not self._is_made_here(whole):
                self._values(entity, step, edit, at, row)
            return
        office = self._offices.pop((edit.kind, edit.row), None)
        if (
            edit.row in self._skip
            or self._is_later(row)
            or (office is not None and self._is_later(office._replace(registers=_values_of(office))))
            or self._has_later_children(entity, edit.row)
        ):
            self._keep(Kept(edit.kind, edit.row, ""))
            if entity.parent is not None and row.raw[plan(entity).places[entity.parent.name].start]:
                self._skip.add(row.raw[plan(entity).places[entity.parent.name].start])
            return
        others = [v.dot for name, register in row.registers.items() if name != LIFE for v in register]
        self._write(entity, step, edit.row, (LIFE,), (covers(others),), row, [frozenset()])

    def _is_made_here(self, row: Row) -> bool:
        """Whether the command made this record, and not merely changed it."""
        made_by = self._from(version.dot for version in row.registers.get(LIFE, ()))
        return any(dot.device == self._device and self._first <= dot.step <= self._last for dot in made_by)

    def _is_later(self, row: Row) -> bool:
        """Whether a row holds anything that was written since."""
        return any(not self._is_untouched(v.dot) for register in row.registers.values() for v in register)

    def _has_later_children(self, entity: Entity, id_: bytes) -> bool:
        """Whether somebody has added something to the record since, which must not lose its parent."""
        if self._with_later is not None:
            return id_ in self._with_later
        return any(True for _parent in self._later_children(entity, [id_]))

    def _later_children(self, entity: Entity, ids: Sequence[bytes]) -> Iterator[bytes]:
        for child in entities():
            if child.parent is not None and child.parent.to == entity.name:
                for parent, registers in self._tables.children(child, ids):
                    if any(
                        not self._is_untouched(v.dot) for register in registers.values() for v in register
                    ):
                        yield parent

    def _life(self, entity: Entity, step: Step, edit: Edit, at: int, row: Row) -> None:
        """A deletion or its contrary."""
        own = Dot(step.device, step.number, at)
        register = row.registers.get(LIFE, ())
        if not register or not all(self._is_same(version.dot, own) for version in register):
            self._keep(Kept(edit.kind, edit.row, ""))
            return
        if isinstance(edit.values[0], list):
            value: Any = True
        else:
            value = covers([v.dot for name, r in row.registers.items() if name != LIFE for v in r])
        before = self._from(next(edit.changes()).seen)
        self._write(entity, step, edit.row, (LIFE,), (value,), row, [before])

    def _values(self, entity: Entity, step: Step, edit: Edit, at: int, row: Row) -> None:
        names: list[str] = []
        values: list[Any] = []
        stands: list[frozenset[Dot]] = []
        for place, change in enumerate(edit.changes(), at):
            if change.field == LIFE or (edit.row, step.tier, change.field) in self._done:
                continue
            self._done.add((edit.row, step.tier, change.field))
            own = Dot(step.device, step.number, place)
            register = row.registers.get(change.field, ())
            if not register or not all(self._is_same(version.dot, own) for version in register):
                self._keep(Kept(edit.kind, edit.row, change.field.partition("/")[0]))
                continue
            value, before = self._before(change, row)
            names.append(change.field)
            values.append(value)
            stands.append(before)
        if names:
            self._write(entity, step, edit.row, tuple(names), tuple(values), row, stands)

    def _write(
        self, entity: Entity, step: Step, id_: bytes, fields: tuple[str, ...], values: tuple[Any, ...], row: Row,
        stands: Sequence[frozenset[Dot]],
    ) -> None:  # fmt: skip
        """Put values back; `stands` says for each from which dots it is."""
        made = self._writing.change(
            entity, step.book, step.tier, id_, fields, values, dots(row.registers, fields), row
        )
        for dot, found in zip(made, stands, strict=True):
            self._standing[dot.step][dot.nth] = found
        self.restored += 1

    def _before(self, change: Change, row: Row) -> tuple[Any, frozenset[Dot]]:
        """The value that stood there before the command, what its first write of the field had seen; and its dots."""
        seen = change.seen
        while seen:
            found = [(dot, self._journal.change(dot)) for dot in seen]
            known = [
                (counted_time(kept.step.time_ms, kept.receipt_ms), dot, kept.step, earlier)
                for dot, item in found
                if item
                for kept, earlier in [item]
            ]
            if not known:
                break
            _time, dot, step, earlier = max(known, key=lambda one: (one[0], one[1]))
            if not self._is_own(dot):
                opened, _keys = open_readable(
                    Edit(earlier.kind, earlier.row, (earlier.field,), (earlier.value,)),
                    row.subject, step.device, step.number, dot.nth,
                )  # fmt: skip
                value = fitted(entity_named(earlier.kind), opened).values[0]
                return None if isinstance(value, Sealed) else value, self._from(seen)
            seen = earlier.seen
        return None, self._from(seen)

    def _from(self, dots_: Iterable[Dot]) -> frozenset[Dot]:
        """The dots that wrote these values first: what undo or redo has put back is from where it was before."""
        return frozenset().union(*map(self._written_by, dots_))

    def _written_by(self, dot: Dot) -> frozenset[Dot]:
        if dot.device == self._device and dot.step >= self._writing.first:
            return self._standing[dot.step].get(dot.nth, frozenset((dot,)))
        if dot.device == self._device:
            stands = self._stands.get(dot.step)
            if stands is None:
                stands = self._stands[dot.step] = self._log.stands(dot.step)
            if (found := stands.get(dot.nth)) is not None:
                return found
        return frozenset((dot,))

    def _is_same(self, dot: Dot, own: Dot) -> bool:
        """Whether a value is still, or again, the one that this change of the command wrote."""
        return self._is_own(dot) or self._written_by(dot) == self._written_by(own)

    def _is_untouched(self, dot: Dot) -> bool:
        """Whether a value is the command's own, also one that undo has put back, or an emptiness from before it."""
        return self._is_own(dot) or all(map(self._is_own, self._written_by(dot)))

    def _is_own(self, dot: Dot) -> bool:
        """Whether the command wrote it, or this undo has just written it in its place."""
        return dot.device == self._device and (
            self._first <= dot.step <= self._last or dot.step >= self._writing.first
        )

    def _keep(self, kept: Kept) -> None:
        if not kept.field:
            self._skip.add(kept.id)
        self.kept_count += 1
        if len(self.kept) < MOST_NAMED and kept not in self.kept:
            self.kept.append(kept)


def _values_of(row: Row) -> dict[str, Register]:
    """Without the register that a restricted row only has to be made, and that nobody takes back."""
    return {name: register for name, register in row.registers.items() if name != LIFE}


def _is_creation(edit: Edit) -> bool:
    return edit.fields[0] == LIFE and edit.values[0] is True and not any(edit.seen)


def _placed(step: Step) -> Iterable[tuple[Edit, int]]:
    """Each edit with the place of its first change."""
    at = 0
    for edit in step.edits:
        yield edit, at
        at += len(edit.fields)
