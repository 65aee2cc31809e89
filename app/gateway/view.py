"""What a query works with: reads through the person's scope, where nothing else exists."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from app import ids
from app.access.policy import Action, Person, Policy, Question
from app.access.scope import Scopes
from app.errors import NotFound, Refused
from app.gateway.custom import custom_fields
from app.i18n import _
from app.ids import Id
from app.model.change import Dot
from app.model.entity import CUSTOM, OFFICE_TIER, Entity, Record, entity_named, entity_of
from app.model.fields import Field
from app.model.merge import Register
from app.store.audit_log import AuditLog
from app.store.database import Connection
from app.store.facts import Facts
from app.store.journal import Journal
from app.store.numbers import Numbers
from app.store.reader import Condition, Order, Query, Reader, Scope
from app.store.rows import plan, to_record
from app.store.versions import unpack

R = TypeVar("R", bound=Record)


MOST_HOPS = 100
"""How often something may have moved on; a pointer that leads in a circle was forged."""


class View:
    """One query's sight of the book, on this thread's reading connection."""

    __slots__ = (
        "_books",
        "_connection",
        "_devices",
        "_reader",
        "_reveals",
        "_scopes",
        "device",
        "person",
        "policy",
    )

    def __init__(
        self,
        connection: Connection,
        devices: Numbers,
        books: Numbers,
        scopes: Scopes,
        policy: Policy,
        device: bytes,
    ) -> None:
        self._connection, self._devices, self._books = connection, devices, books
        self._scopes, self.policy, self.device = scopes, policy, device
        self.person: Person = policy.person
        self._reader = Reader(connection, books)
        self._reveals = False

    @contextmanager
    def revealing(self) -> Iterator[View]:
        """Within this block restricted fields exist, where the policy shows them: the door opens it for audited
        queries, and for nothing else."""
        self._reveals = True
        try:
            yield self
        finally:
            self._reveals = False

    # ---- records

    def get(self, cls: type[R], id_: bytes) -> R:
        """The record without its restricted fields. Raises NotFound."""
        entity = entity_of(cls)
        return to_record(entity, row := self._row(entity, id_), self._books.ids[row[2]])  # type: ignore[return-value]

    def restricted(self, cls: type[R], record: R) -> R:
        """The same record with its restricted fields; only for queries that are audited."""
        entity = entity_of(cls)
        if not self._reveals:
            raise RuntimeError("a query that shows restricted fields must be declared with audited=True")
        if self._scopes.of(entity).hidden:
            raise Refused(_("You may not see this field. Ask an owner of the company if you need it."))
        office = plan(entity, OFFICE_TIER)
        row = self._reader.office(entity.name, record.id)
        return record if row is None else replace(record, **office.values(row))

    def find(
        self, cls: type[R], where: Condition | None = None, order: Sequence[Order] = (), limit: int = 0
    ) -> Iterator[R]:
        """Records of a kind, without restricted fields."""
        entity = entity_of(cls)
        found = self._reader.records(Query(entity.name, where, tuple(order), limit), self.scope(entity.name))
        yield from found  # type: ignore[misc]

    def ids(self, query: Query) -> array[int]:
        """Local row numbers, in order."""
        return self._reader.ids(query, self.scope(query.kind))

    def count(self, query: Query) -> int:
        """How many there are."""
        return self._reader.count(query, self.scope(query.kind))

    def groups(self, query: Query, by: str) -> list[tuple[Any, int]]:
        """Values of a field with how often each occurs."""
        return self._reader.groups(query, by, self.scope(query.kind))

    def windows(self, kind: str, rows: Iterable[int], fields: Sequence[str]) -> dict[int, tuple[Any, ...]]:
        """Values of some fields for some local rows."""
        found = self._reader.windows(kind, rows, fields, self.scope(kind))
        if any(name.startswith(CUSTOM) for name in fields):
            own = {field.name: field for field in self.custom_fields(kind)}
            read = [own[name].from_wire if name in own else None for name in fields]
            for row, values in found.items():
                found[row] = tuple(
                    value if convert is None else convert(value)
                    for convert, value in zip(read, values, strict=True)
                )
        return found

    def scope(self, kind: str) -> Scope:
        """What of a kind this question may see: restricted fields only where an audit row says so."""
        entity = entity_named(kind)
        return self._scopes.of(entity) if self._reveals else self._scopes.closed(entity)

    def forbidden(self, kind: str) -> frozenset[str]:
        """The fields of a kind that this person may not see, in whatever question."""
        return self._scopes.of(entity_named(kind)).hidden

    def require(self, action: Action, kind: str, **facts: Any) -> None:
        """Ask the policy about something that no change shows, such as an export."""
        self.policy.require(Question(action, kind, **facts))

    def custom_fields(self, kind: str) -> tuple[Field, ...]:
        """The company's own fields on a kind, in the order of their making."""
        return custom_fields(self._reader, kind)

    # ---- duplicates, and what has moved

    def twins(self, kind: str, id_: bytes) -> tuple[Id, ...]:
        """A record and those that are the same as it."""
        return (Id(id_), *self._reader.twins(kind, id_))

    def has_moved(self, kind: str) -> bool:
        """Whether any record of a kind has moved to another book."""
        return self._reader.has_moved(entity_named(kind).name)

    def where(self, kind: str, id_: bytes) -> Id:
        """Where a record is now: its own id, or that in the book that it was moved to."""
        found = Id(id_)
        for _hop in range(MOST_HOPS):
            place = self._reader.moved_to(entity_named(kind).name, found)
            if place is None:
                break
            found = place.id
        return found

    # ---- beneath records

    def registers(self, entity: Entity, id_: bytes) -> dict[str, Register]:
        """The registers of a record: what a form shows, and which fields have several values."""
        return unpack(self._row(entity, id_)[7], self._devices.ids)

    def undecided_office(self, entity: Entity) -> list[bytes]:
        """The records of a kind whose restricted fields wait for a decision, where this person may see these."""
        return self._reader.undecided_office(entity.name, self._scopes.of(entity))

    def office_registers(self, entity: Entity, id_: bytes) -> dict[str, Register]:
        """The registers of a record's restricted fields; only for queries that are audited."""
        if not self._reveals:
            raise RuntimeError("a query that shows restricted fields must be declared with audited=True")
        self._row(entity, id_)
        row = self._reader.office(entity.name, id_)
        if row is None or self._scopes.of(entity).hidden:
            return {}
        return unpack(row[7], self._devices.ids)

    def registers_of(self, row: Sequence[Any]) -> dict[str, Register]:
        """The same, of a row that is at hand."""
        return unpack(row[7], self._devices.ids)

    def record(self, entity: Entity, row: Sequence[Any]) -> Record:
        """The record of a row that is at hand."""
        return to_record(entity, row, self._books.ids[row[2]])

    def row(self, entity: Entity, id_: bytes) -> tuple[Any, ...]:
        """The raw row, for history. Raises NotFound."""
        return self._row(entity, id_)

    def journal(self) -> Journal:
        """The steps that stand behind the records."""
        return Journal(self._connection, self._devices, self._books)

    def audit(self) -> AuditLog:
        """The audit trail."""
        return AuditLog(self._connection, self.device)

    def facts(self) -> Facts:
        """The vault's own values."""
        return Facts(self._connection)

    def connection(self) -> Connection:
        """The reading connection, for the store's own functions (search)."""
        return self._connection

    def books(self) -> Mapping[int, bytes]:
        """Ids of books by local number."""
        return self._books.ids

    def _row(self, entity: Entity, id_: bytes) -> tuple[Any, ...]:
        row = self._reader.one(entity.name, id_, self._scopes.of(entity))
        if row is None:
            raise NotFound(
                _("{kind} {id} is not there. It may have been deleted.").format(
                    kind=_(entity.label), id=ids.show(id_)
                )
            )
        return row


def seen(registers: Mapping[str, Register]) -> dict[str, tuple[Dot, ...]]:
    """What a form that opens now has seen, to be handed back when it is saved."""
    return {name: tuple(version.dot for version in register) for name, register in registers.items()}
