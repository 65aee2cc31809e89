"""Moving records to another book, with what lives with them; and taking over there what was edited too late.

Works within a command's transaction (Tx.moving). The rules that make all devices agree are in app/model/moving.py and
look at one row alone; here is what a device does about them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app import ids
from app.errors import Conflict, NotFound, Refused
from app.gateway.writing import Writing
from app.i18n import _
from app.ids import Id
from app.model.change import Dot
from app.model.encoding import canonical
from app.model.entity import FIELD_TIER, LIFE, OFFICE_TIER, Entity, entities, entity_named
from app.model.merge import Register, Version, covers, is_covered, is_marked, is_present, shown
from app.model.moving import LATE, MOVED, Place, late_field, moved_id, read_place, write_place
from app.store.reader import Is, Query, Reader
from app.store.rows import RowPlan, plan
from app.store.tables import Row, Tables
from app.store.versions import IN_ROW, dots


class Moving:
    """Part of one transaction. `books` are those whose field tier this person may write, `offices` the others'."""

    def __init__(
        self,
        writing: Writing,
        tables: Tables,
        reader: Reader,
        books: Collection[bytes],
        offices: Collection[bytes],
    ) -> None:
        self._writing, self._tables, self._reader = writing, tables, reader
        self._books, self._offices = frozenset(books), frozenset(offices)
        self._new: dict[bytes, Id] = {}

    # ---- moving

    def move(self, entity: Entity, id_: bytes, book: bytes) -> Id:
        """Move a record and what lives with it; returns its id there. Raises Refused, Conflict, NotFound.

        Every value goes along, those between which nobody has decided yet too, and fields that only a newer
        program knows.
        """
        row = self._tables.load(entity, FIELD_TIER, id_)
        if row is None or row.gone:
            raise NotFound(_("What was to be moved is not there. It may have been deleted."))
        old = self._tables.book_id(row.book)
        if old == book:
            raise Conflict(_("This is in that book already."))
        family = list(self._family(entity, id_))
        self._may(old, book, {one.name for one, _id in family})
        for _one, member in family:
            self._new[member] = moved_id(member, book)
        for one, member in family:
            self._move_one(one, member, book)
        return self._new[id_]

    def _may(self, old: bytes, book: bytes, kinds: Collection[str]) -> None:
        if not {old, book} <= self._books:
            raise Refused(_("You can only move between books that are yours."))
        restricted = any(entity_named(kind).has_office for kind in kinds)
        if restricted and not {old, book} <= self._offices:
            raise Refused(
                _("Only somebody who has the restricted fields of both books can move this; they go along.")
            )

    def _family(self, entity: Entity, id_: bytes) -> Iterator[tuple[Entity, Id]]:
        """A record, then its duplicates and what lives with it, and what lives with these."""
        yield entity, Id(id_)
        for twin in self._reader.twins(entity.name, id_):
            yield from self._family(entity, twin)
        for child in entities():
            if child.parent is not None and child.parent.to == entity.name:
                for member in self._living_children(child, id_):
                    yield from self._family(child, member)

    def _living_children(self, child: Entity, parent: bytes) -> list[Id]:
        assert child.parent is not None
        self._writing.flush()
        query = Query(child.name, Is(child.parent.name, "is", parent))
        return [record.id for record in self._reader.records(query)]

    def _move_one(self, entity: Entity, id_: bytes, book: bytes) -> None:
        place = Place(Id(book), self._new[id_])
        for tier in _tiers(entity):
            row = self._tables.load(entity, tier, id_)
            if row is not None:
                self._create(entity, tier, row, place)
                self._point(entity, tier, id_, row, place, _all_dots(row))

    def _create(self, entity: Entity, tier: int, row: Row, place: Place) -> None:
        """The whole record in the other book. A register of several values is written as often, the shown one last,
        each without having seen the others, so that the decision stays open and shows the same meanwhile."""
        row_plan = plan(entity, tier)
        names, wires = [], []
        further: list[tuple[str, Any]] = []
        for name, register in sorted(row.registers.items()):
            if name in (LIFE, MOVED) or name.startswith(LATE):
                continue
            if "/" in name:
                if (
                    self._wire(row_plan.wire, row, name, register)
                    if len(register) == 1
                    else is_present(register)
                ):
                    names.append(self._element(entity, name))
                    wires.append(True)
                continue
            values = self._values(row_plan.wire, row, name, register)
            mapped = [self._linked(entity, name, value) for value in values]
            names.append(name)
            wires.append(mapped[0])
            further += [(name, value) for value in mapped[1:]]
        there = self._tables.load(entity, tier, place.id)
        if there is None:
            self._writing.create(entity, place.book, tier, place.id, (LIFE, *names), (True, *wires))
        else:  # somebody else has moved it there as well; both values of what differs stay
            none_seen: tuple[tuple[Dot, ...], ...] = ((),) * (len(names) + 1)
            self._writing.change(
                entity, place.book, tier, place.id, (LIFE, *names), (True, *wires), none_seen, there
            )
        for name, value in further:
            self._writing.change(entity, place.book, tier, place.id, (name,), (value,), ((),), None)

    def _point(
        self, entity: Entity, tier: int, id_: bytes, row: Row, place: Place, seen: Collection[Dot]
    ) -> None:
        """The tombstone that points on."""
        self._writing.change(
            entity,
            self._tables.book_id(row.book),
            tier,
            id_,
            (LIFE, MOVED),
            (covers(seen), write_place(place)),
            (*dots(row.registers, (LIFE,)), ()),
            row,
        )

    def _values(self, wire: Any, row: Row, name: str, register: Register) -> list[Any]:
        """The differing values of a register, the one that is shown last."""
        if not is_marked(register):
            return [self._wire(wire, row, name, register)]
        last = shown(register)
        return [version.value for version in register if version is not last] + [last.value]

    @staticmethod
    def _wire(wire: Any, row: Row, name: str, register: Register) -> Any:
        version = shown(register)
        return wire(row.raw, name) if version.value is IN_ROW else version.value

    def _linked(self, entity: Entity, name: str, value: Any) -> Any:
        """A link to something that moves along leads there."""
        field = entity.by_name.get(name)
        if field is None or field.kind != "link" or value is None:
            return value
        return self._new.get(value) or self._follow(getattr(field, "to", ""), value)

    def _element(self, entity: Entity, name: str) -> str:
        base, _slash, element = name.partition("/")
        field = entity.by_name.get(base)
        if field is None or field.kind != "links":
            return name
        new = self._new.get(ids.parse(element))
        return name if new is None else f"{base}/{ids.show(new)}"

    def _follow(self, kind: str, id_: bytes) -> bytes:
        """Where something is now that moved before."""
        row = self._tables.load(entity_named(kind), FIELD_TIER, id_) if kind else None
        place = None if row is None else pointer(entity_named(kind), FIELD_TIER, row)
        return id_ if place is None else place.id

    # ---- what came too late

    def settle(self) -> int:
        """Take over what was edited, or made, in the old book after a record had moved; returns how many changes.

        Also undoes the losing one of two moves. Whatever another device does as well has effect once. To be called
        when nothing waits to be sent, so that it is known which move holds.
        """
        done = 0
        for entity in entities():
            if not entity.company:
                for id_, row in self._tables.moved(entity, FIELD_TIER):
                    done += self._settle_one(entity, id_, row)
        return done

    def _settle_one(self, entity: Entity, id_: Id, row: Row) -> int:
        """The field tier's order decides for both tiers where a record has gone."""
        place, old, done = pointer(entity, FIELD_TIER, row), self._tables.book_id(row.book), 0
        if place is None or not {place.book, old} <= self._books:
            return 0
        if self._tables.load(entity, FIELD_TIER, place.id) is None:
            return 0  # its creation has not reached us yet
        for tier in _tiers(entity):
            held = self._books if tier == FIELD_TIER else self._offices
            left = row if tier == FIELD_TIER else self._tables.load(entity, tier, id_)
            if not {place.book, old} <= held:
                continue
            if left is not None:
                done += self._take_over(entity, tier, left, place)
        for book in sorted(self._books - {old}):
            copy = moved_id(id_, book)  # also in the same book, where this one points to another record
            if copy != place.id:
                done += self._undo_loser(entity, id_, copy, place)
        return done + self._bring_children(entity, id_, place)

    def _take_over(self, entity: Entity, tier: int, row: Row, place: Place) -> int:
        row_plan, done = plan(entity, tier), 0
        has_gone = pointer(entity, tier, row) == place
        for name, version, saw_all in late(row, has_gone):
            field = _taken_as(row, version)
            target = self._tables.load(entity, tier, place.id)
            known = target.registers if target is not None else {}
            if known.get(field):
                continue
            value = version.value
            if value is IN_ROW:
                value = row_plan.wire(row.raw, name)
            register = known.get(name, ())
            seen = tuple(one.dot for one in register if saw_all and _was_created(one, known))
            self._writing.change(
                entity,
                place.book,
                tier,
                place.id,
                (self._element(entity, name), field),
                (self._linked(entity, name, value), True),
                (seen, ()),
                target,
            )
            self._writing.flush()
            done += 1
        return done

    def _undo_loser(self, entity: Entity, id_: Id, copy: Id, place: Place) -> int:
        """The copy that a second move has made, or where that has moved on to, points to the first one's.

        What was edited in it is late there: whatever it was made with that the old record does not hold.
        """
        kept, lost = self._way(entity, place.id), self._way(entity, copy)
        if not lost or lost[-1] in kept:
            return 0
        row = self._tables.load(entity, FIELD_TIER, lost[-1])
        if row is None or row.gone or self._tables.book_id(row.book) not in self._books:
            return 0
        for tier in _tiers(entity):
            there = row if tier == FIELD_TIER else self._tables.load(entity, tier, lost[-1])
            if there is not None and (
                tier == FIELD_TIER or self._tables.book_id(there.book) in self._offices
            ):
                known = self._same(entity, tier, there, self._tables.load(entity, tier, id_))
                self._point(entity, tier, lost[-1], there, place, known)
        self._writing.flush()
        return 1

    def _way(self, entity: Entity, id_: Id) -> list[Id]:
        """A record and where it has moved on to, as far as this device knows; empty for one that is not there."""
        way: list[Id] = []
        at: Id | None = id_
        while at is not None and at not in way:
            row = self._tables.load(entity, FIELD_TIER, at)
            if row is None:
                break
            way.append(at)
            onward = pointer(entity, FIELD_TIER, row)
            at = None if onward is None else onward.id
        return way

    def _same(self, entity: Entity, tier: int, copy: Row, old: Row | None) -> set[Dot]:
        """The dots of a copy that say nothing that the old record does not say. Links lead elsewhere in each copy."""
        row_plan = plan(entity, tier)
        found = set()
        for name, register in copy.registers.items():
            field = entity.by_name.get(name.partition("/")[0])
            is_link = field is not None and field.kind in ("link", "links")
            values = [] if old is None else _wires(row_plan, old, name)
            for version in register:
                if name != LIFE and _was_created(version, copy.registers):
                    value = row_plan.wire(copy.raw, name) if version.value is IN_ROW else version.value
                    if is_link or canonical(value) in values:
                        found.add(version.dot)
        return found

    def _bring_children(self, entity: Entity, id_: Id, place: Place) -> int:
        """What was made in the old book, for a record that had moved, moves after it; what is in the right book
        already is only given to the record that stands for it there."""
        behind: list[tuple[Entity, Id]] = []
        beside: list[tuple[Entity, Id]] = []
        for child in entities():
            if child.parent is not None and child.parent.to == entity.name:
                for member in self._living_children(child, id_):
                    row = self._tables.load(child, FIELD_TIER, member)
                    if row is not None:
                        here = self._tables.book_id(row.book) == place.book
                        (beside if here else behind).append((child, member))
        self._new[id_] = place.id
        for _child, member in behind:  # of each other, whichever moves first
            self._new[member] = moved_id(member, place.book)
        for child, member in behind:
            self.move(child, member, place.book)
        for child, member in beside:
            self._give(child, member, place)
        return len(behind) + len(beside)

    def _give(self, child: Entity, id_: Id, place: Place) -> None:
        """Another parent for a record that stays in its book."""
        assert child.parent is not None
        row = self._tables.load(child, FIELD_TIER, id_)
        name = child.parent.name
        if row is not None:
            seen = dots(row.registers, (name,))
            self._writing.change(child, place.book, FIELD_TIER, id_, (name,), (place.id,), seen, row)
            self._writing.flush()


def pointer(entity: Entity, tier: int, row: Row) -> Place | None:
    """Where a record has gone; None for one that is still here."""
    register = row.registers.get(MOVED)
    if not register:
        return None
    value = register[0].value
    return read_place(plan(entity, tier).wire(row.raw, MOVED) if value is IN_ROW else value)


def late(row: Row, has_gone: bool) -> Iterator[tuple[str, Version, bool]]:
    """What the tombstone of a moved record had not seen: register, version, and whether its author had seen all that
    was moved of it. All of it, where this tier's own tombstone points elsewhere or is not there."""
    ranges = [
        cover
        for version in row.registers.get(LIFE, ())
        if has_gone and isinstance(version.value, list)
        for cover in version.value
    ]
    for name, register in sorted(row.registers.items()):
        if name in (LIFE, MOVED) or name.startswith(LATE):
            continue
        open_ = [version for version in register if not is_covered(version.dot, ranges)]
        for version in open_:
            yield name, version, len(open_) == len(register)


def _wires(row_plan: RowPlan, row: Row, name: str) -> list[bytes]:
    """All values of a register, as bytes that can be compared."""
    return [
        canonical(row_plan.wire(row.raw, name) if version.value is IN_ROW else version.value)
        for version in row.registers.get(name, ())
    ]


def _all_dots(row: Row) -> list[Dot]:
    return [version.dot for name, register in row.registers.items() if name != LIFE for version in register]


def _was_created(version: Version, registers: Mapping[str, Register]) -> bool:
    """Whether a value came with the record and was not written since."""
    return any(
        life.value is not None and not isinstance(life.value, list) and life.dot[:2] == version.dot[:2]
        for life in registers.get(LIFE, ())
    )


def _taken_as(row: Row, version: Version) -> str:
    """The register that says that this edit was taken over; one that was itself taken over keeps its first name."""
    device, step, nth = version.dot
    for name, register in row.registers.items():
        if name.startswith(LATE) and any(one.dot == (device, step, nth + 1) for one in register):
            return name
    return late_field(version.dot)


def _tiers(entity: Entity) -> tuple[int, ...]:
    return (FIELD_TIER, OFFICE_TIER) if entity.has_office else (FIELD_TIER,)
