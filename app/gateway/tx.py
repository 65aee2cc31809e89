"""What a command works with: get, find, save, delete. Comparison with what was there makes the changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from app import ids
from app.access.policy import Person
from app.access.scope import Scopes
from app.errors import Invalid, NotFound, Refused
from app.gateway import progress
from app.gateway.custom import custom_fields
from app.gateway.moving import Moving
from app.gateway.writing import Writing
from app.i18n import _
from app.ids import Id
from app.model.audit import Head
from app.model.change import Dot
from app.model.entity import (
    CUSTOM,
    FIELD_TIER,
    LIFE,
    NOT_YET,
    OFFICE_TIER,
    Entity,
    Record,
    entities,
    entity_named,
    entity_of,
)
from app.model.fields import Field
from app.model.merge import covers
from app.store.facts import Facts
from app.store.reader import Condition, Is, Order, Query, Reader
from app.store.rows import element_wire, plan, to_record
from app.store.tables import Row, Tables
from app.store.versions import dots

R = TypeVar("R", bound=Record)
Seen = Mapping[str, tuple[Dot, ...]]
"""The dots that a form showed, by register, so that a later write by somebody else is not overwritten unseen."""


class Tx:
    """One command's transaction. Made by the session only."""

    def __init__(
        self, writing: Writing, tables: Tables, reader: Reader, scopes: Scopes, person: Person, facts: Facts,
        books: tuple[bytes, ...], company_book: bytes, now: int,
    ) -> None:  # fmt: skip
        self.writing, self._tables, self._reader, self._scopes = writing, tables, reader, scopes
        self.person, self.facts, self.now = person, facts, now
        self._books, self._company_book = books, company_book
        self._book_of: dict[bytes, bytes] = {}
        self._custom: dict[str, dict[str, Field]] = {}
        self.label = ""
        self.reason = ""
        self.detail: dict[str, str | int] = {}
        self.head: Head | None = None

    # ---- reading

    def get(self, cls: type[R], id_: bytes) -> R:
        """The record, restricted fields included where this person may see them. Raises NotFound."""
        entity = entity_of(cls)
        row = self._row(entity, id_)
        record = to_record(entity, row.raw, self._book(row))
        if entity.has_office and not self._scopes.of(entity).hidden:
            office = self._tables.load(entity, OFFICE_TIER, id_)
            if office is not None:
                record = replace(record, **plan(entity, OFFICE_TIER).values(office.raw))
        return record  # type: ignore[return-value]

    def find(
        self, cls: type[R], where: Condition | None = None, order: Sequence[Order] = (), limit: int = 0
    ) -> Iterator[R]:
        """Records of a kind, without restricted fields."""
        self.writing.flush()
        entity = entity_of(cls)
        query = Query(entity.name, where, tuple(order), limit)
        yield from self._reader.records(query, self._scopes.of(entity))  # type: ignore[misc]

    def has(self, cls: type[Record], id_: bytes) -> bool:
        """Whether the record lives and may be seen."""
        try:
            self._row(entity_of(cls), id_)
        except NotFound:
            return False
        return True

    # ---- writing

    def save(self, record: R, seen: Seen | None = None) -> R:
        """Make the record, or change those fields that differ from what is there."""
        entity = entity_of(type(record))
        if record.id == NOT_YET:
            return self._create(entity, record, ids.fresh())
        found = self._tables.load(entity, FIELD_TIER, record.id)
        if found is None:
            return self._create(entity, record, record.id)
        values = {field.name: getattr(record, field.name) for field in entity.fields}
        if entity.has_office and self._scopes.of(entity).hidden:
            values = {
                name: value for name, value in values.items() if name not in self._scopes.of(entity).hidden
            }
        self.edit(
            type(record), record.id, {**values, **{CUSTOM + key: v for key, v in record.custom.items()}}, seen
        )
        return record

    def add(self, record: R) -> R:
        """Make a record that is known to be new: `save` without looking for it first."""
        return self._create(entity_of(type(record)), record, record.id or ids.fresh())

    def edit(self, cls: type[Record], id_: bytes, values: Mapping[str, Any], seen: Seen | None = None) -> int:
        """Change some fields of a record; returns how many really changed. Custom fields are `x:<id>`."""
        entity = entity_of(cls)
        row = self._row(entity, id_)
        changed = 0
        for tier in (FIELD_TIER, OFFICE_TIER):
            names = [name for name in values if _tier(entity, name) == tier]
            if names:
                if tier == OFFICE_TIER and self._scopes.of(entity).hidden.intersection(names):
                    # Before anything is compared: "nothing changed" would tell the value.
                    raise Refused(
                        _("You may not see this field. Ask an owner of the company if you need it.")
                    )
                here = row if tier == FIELD_TIER else self._tables.load(entity, tier, id_)
                changed += self._edit_tier(
                    entity, tier, id_, self._book(row), here, {n: values[n] for n in names}, seen
                )
        return changed

    def delete(self, cls: type[Record], id_: bytes) -> None:
        """Delete a record and those that live with it. What its author had not seen keeps it alive."""
        entity = entity_of(cls)
        row = self._row(entity, id_)
        for child in entities():
            if child.parent is not None and child.parent.to == entity.name:
                self.writing.flush()
                for id_of_child in [r.id for r in self._reader.records(_children(child, id_))]:
                    self.delete(child.cls, id_of_child)
        self.bury(entity, id_, row)

    def bury(self, entity: Entity, id_: bytes, row: Row) -> None:
        """Write the tombstone: the dots of everything that this device has seen of the record."""
        others = [v.dot for name, register in row.registers.items() if name != LIFE for v in register]
        self.writing.change(
            entity,
            self._book(row),
            FIELD_TIER,
            id_,
            (LIFE,),
            (covers(others),),
            dots(row.registers, (LIFE,)),
            row,
        )

    def revive(self, entity: Entity, id_: bytes, row: Row) -> None:
        """Bring a deleted record back."""
        self.writing.change(
            entity, self._book(row), FIELD_TIER, id_, (LIFE,), (True,), dots(row.registers, (LIFE,)), row
        )

    def keep(self, cls: type[Record], id_: bytes) -> None:
        """Decide for a record that somebody deleted while somebody else edited it; what went with it returns."""
        entity = entity_of(cls)
        row = self._row(entity, id_)
        deletions = [version for version in row.registers.get(LIFE, ()) if isinstance(version.value, list)]
        if not deletions:
            return
        self.revive(entity, id_, row)
        for child in entities():
            if child.parent is not None and child.parent.to == entity.name:
                for id_of_child in self._tables.buried_with(child, id_, deletions):
                    found = self._tables.load(child, FIELD_TIER, id_of_child)
                    assert found is not None
                    self.revive(child, Id(id_of_child), found)

    def custom_field(self, kind: str, name: str) -> Field:
        """The company's own field of that name (`x:<id>`). Raises NotFound."""
        if kind not in self._custom:
            self.writing.flush()
            self._custom[kind] = {field.name: field for field in custom_fields(self._reader, kind)}
        try:
            return self._custom[kind][name]
        except KeyError:
            raise NotFound(_("There is no custom field “{name}”.").format(name=name[:40])) from None

    @property
    def home(self) -> bytes:
        """The book in which a record without a parent is made. Raises Refused where this person has none."""
        if not self._books:
            raise Refused(_("Your role does not allow this. Ask an owner of the company if you need it."))
        return self._books[0]

    @property
    def moving(self) -> Moving:
        """What moves records between the books that this person has."""
        return Moving(self.writing, self._tables, self._reader, self._books, self.person.offices)

    @property
    def progress(self) -> type[_Progress]:
        """`tx.progress.step(done, total)`; raises Cancelled where the person pressed Stop."""
        return _Progress

    # ---- beneath

    def _create(self, entity: Entity, record: R, id_: Id) -> R:
        book = self._home(entity, record)
        names: list[str] = [LIFE]
        wires: list[Any] = [True]
        office_names: list[str] = []
        office_wires: list[Any] = []
        for field, name, empty, elementwise, restricted, plain in shape(entity):
            value = getattr(record, name)
            if value == empty and not field.required:
                continue
            value = field.clean(value)
            if restricted:
                office_names.append(name)
                office_wires.append(field.to_wire(value))
            elif elementwise:
                for element in element_wire(field, value):
                    names.append(f"{name}/{element}")
                    wires.append(True)
            else:
                names.append(name)
                wires.append(value if plain else field.to_wire(value))
        for key, value in record.custom.items():
            if value is not None:
                names.append(CUSTOM + key)
                wires.append(value)
        self.writing.create(entity, book, FIELD_TIER, id_, tuple(names), tuple(wires))
        if office_names:
            self.writing.create(entity, book, OFFICE_TIER, id_, (LIFE, *office_names), (True, *office_wires))
        self._book_of[id_] = book
        return replace(record, id=id_, book=Id(book))

    def _edit_tier(
        self, entity: Entity, tier: int, id_: bytes, book: bytes, row: Row | None, values: Mapping[str, Any], seen: Seen | None
    ) -> int:  # fmt: skip
        row_plan = plan(entity, tier)
        old = row_plan.values(row.raw) if row is not None else {}
        registers = row.registers if row is not None else {}
        names: list[str] = []
        wires: list[Any] = []
        for name, value in values.items():
            if name.startswith(CUSTOM):
                custom = self.custom_field(entity.name, name)
                wire = custom.to_wire(custom.clean(value))
                wire = None if wire == custom.to_wire(custom.empty) else wire
                if (row_plan.wire(row.raw, name) if row is not None and name in registers else None) != wire:
                    names.append(name)
                    wires.append(wire)
                continue
            field = entity.field(name)
            clean = field.clean(value)
            before = old.get(name, field.empty)
            if field.elementwise:
                now, then = set(element_wire(field, clean)), set(element_wire(field, before))
                names += [f"{name}/{element}" for element in sorted(now ^ then)]
                wires += [True if element in now else None for element in sorted(now ^ then)]
            elif clean != before or (name in registers and len(registers[name]) > 1):
                # Saving the shown value of a field with several values decides between them.
                names.append(name)
                wires.append(clean if field.plain else field.to_wire(clean))
        if not names:
            return 0
        fields = tuple(names)
        named = dots(registers, fields)
        if seen is not None:
            named = tuple(
                # A form does not know the dots of restricted fields; who decides between their values does.
                tuple(seen.get(name, ())) if tier == FIELD_TIER or name in seen else now
                for name, now in zip(fields, named, strict=True)
            )
        if row is None:
            self.writing.create(entity, book, tier, id_, (LIFE, *fields), (True, *wires))
        else:
            self.writing.change(entity, book, tier, id_, fields, tuple(wires), named, row)
        return len(names)

    def _row(self, entity: Entity, id_: bytes) -> Row:
        row = self._tables.load(entity, FIELD_TIER, id_)
        scope = self._scopes.of(entity)
        if row is None or row.gone or (scope.books is not None and self._book(row) not in scope.books):
            raise NotFound(
                _("{kind} {id} is not there. It may have been deleted.").format(
                    kind=_(entity.label), id=ids.show(id_)
                )
            )
        return row

    def _book(self, row: Row) -> Id:
        return Id(self._tables.book_id(row.book))

    def _home(self, entity: Entity, record: Record) -> bytes:
        """The book in which a new record lives: its parent's, the company's, its own, or the first."""
        if entity.company:
            return self._company_book
        if entity.parent is not None:
            parent = getattr(record, entity.parent.name)
            if not parent:
                raise Invalid(entity.parent.name, _("Please choose one."))
            book = self._book_of.get(parent)
            if book is None:
                book = self._book_of[parent] = self._book(self._row(entity_named(entity.parent.to), parent))
            return book
        return record.book or self.home


class _Progress:
    """The door's own view of gateway/progress.py, so that a command needs only its `tx`."""

    step = staticmethod(progress.step)


Shape = tuple[Field, str, Any, bool, bool, bool]
_shapes: dict[str, tuple[Shape, ...]] = {}


def shape(entity: Entity) -> tuple[Shape, ...]:
    """Field, name, empty value, elementwise, restricted, plain: what `_create` asks of every field, prepared."""
    found = _shapes.get(entity.name)
    if found is None:
        found = _shapes[entity.name] = tuple(
            (field, field.name, field.empty, field.elementwise, field.restricted, field.plain)
            for field in entity.fields
        )
    return found


def _tier(entity: Entity, name: str) -> int:
    if name.startswith(CUSTOM):
        return FIELD_TIER
    return OFFICE_TIER if entity.field(name).restricted else FIELD_TIER


def _children(entity: Entity, parent: bytes) -> Query:
    assert entity.parent is not None
    return Query(entity.name, Is(entity.parent.name, "is", parent))
