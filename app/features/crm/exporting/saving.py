"""Export of a list: an audited query that writes a file and returns how many records are in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from app import ids
from app.access.policy import Question
from app.errors import Invalid
from app.features.crm.contacts import Contact
from app.features.crm.customers import Customer
from app.features.crm.exporting.columns import Column, columns, headings
from app.features.crm.exporting.writing import format_of, write
from app.gateway import progress
from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_, _
from app.model.entity import Entity, Record, entity_named, entity_of
from app.model.fields import Field
from app.store.reader import AnyOf, Condition, Order, Query

AT_ONCE = 500
KINDS: dict[str, type[Record]] = {"customers": Customer, "contacts": Contact}
OF_CUSTOMER = ("customer.id", "customer.code", "customer.name")
"""Columns of its customer that each contact carries, so that a file of contacts stands on its own."""


@dataclass(frozen=True, slots=True)
class Export:
    """What to export and where to. `where` and `order` are those of the present view.

    `format` is a key of writing.FORMATS, guessed from the ending; `only` names fields (all that may be seen
    if empty); `labelled` puts labels of the present language above the columns instead of field paths;
    `mark` begins CSV with a byte order mark.
    """

    path: str | os.PathLike[str]
    kind: str = "customers"
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    format: str = ""
    only: tuple[str, ...] = ()
    labelled: bool = False
    mark: bool = True


def _told(view: View, export: Export) -> dict[str, str | int]:
    """What the audit row of an export says: kind, number of records, columns, format. Never a value."""
    cls = KINDS.get(export.kind)
    if cls is None:
        return {}
    entity = entity_of(cls)
    names = ",".join(column.path for column in _columns(view, entity, export.only))
    return {
        "kind": entity.name,
        "count": view.count(Query(entity.name, export.where)),
        "format": export.format or format_of(export.path),
        "fields": names[:500],
    }


@query("customer.export", N_("Export"), audited=True, detail=_told)
def save(view: View, export: Export) -> int:
    """Write the file; returns the number of records in it. Raises Refused, Unwritable, Cancelled."""
    format_ = export.format or format_of(export.path)
    cls = KINDS.get(export.kind)
    if cls is None:
        raise Invalid(
            "kind",
            _("“{name}” cannot be exported. Export customers or contacts.").format(name=export.kind[:40]),
        )
    entity = entity_of(cls)
    chosen = _columns(view, entity, export.only)
    asked = Query(entity.name, export.where, export.order)
    total = view.count(asked)
    _require(view, entity, chosen, total)
    paths = [column.path for column in chosen]
    named = list(headings(chosen, labelled=export.labelled))
    found = view.find(cls, export.where, export.order)
    rows = _rows(view, cls, chosen, found)
    if cls is Contact:
        paths += OF_CUSTOMER
        named += OF_CUSTOMER
        rows = _with_customers(view, chosen, found)
    return write(
        export.path,
        format_,
        paths,
        _counted(rows, total),
        headings=named,
        title=_(entity.plural),
        mark=export.mark,
    )


@dataclass(frozen=True, slots=True)
class Exportable:
    """What of a kind this person may take along: fields by name, and apart from them the restricted ones."""

    count: int
    fields: tuple[str, ...]
    restricted: tuple[Field, ...]


@query("customer.exportable", N_("Look at what can be exported"))
def exportable(view: View, kind: str) -> Exportable:
    """What can be asked of `save` for a kind of record. Says nothing of limits on how many."""
    entity = entity_named(kind)
    found = {column.field.name: column.field for column in _columns(view, entity, ()) if column.field}
    restricted = tuple(field for field in found.values() if field.restricted)
    names = frozenset(field.name for field in restricted)
    may = bool(names) and all(
        view.policy.allows(Question("export", kind, book=book, fields=names, restricted=True))
        for book in view.person.books
    )
    plain = tuple(field.name for field in found.values() if not field.restricted)
    return Exportable(view.count(Query(kind)), plain, restricted if may else ())


def _columns(view: View, entity: Entity, only: Sequence[str]) -> tuple[Column, ...]:
    """What may be seen, and no link: a contact's customer has columns of its own."""
    hidden = view.forbidden(entity.name)
    return tuple(
        column
        for column in columns(entity, view.custom_fields(entity.name), only)
        if column.field is None
        or (column.field.name not in hidden and column.field.kind not in ("link", "links"))
    )


def _require(view: View, entity: Entity, chosen: Sequence[Column], count: int) -> None:
    """Exporting is more than reading: the policy is asked with the fields and the number of records."""
    fields = frozenset(column.field.name for column in chosen if column.field)
    view.require("export", entity.name, fields=fields, count=count)
    restricted = frozenset(column.field.name for column in chosen if column.field and column.field.restricted)
    if restricted:
        for book in sorted(view.person.books):
            view.require("export", entity.name, book=book, fields=restricted, restricted=True, count=count)


def _rows(
    view: View, cls: type[Record], chosen: Sequence[Column], records: Iterable[Record]
) -> Iterator[list[str]]:
    texts = [column.text for column in chosen]
    has_office = any(column.field is not None and column.field.restricted for column in chosen)
    for record in records:
        full = view.restricted(cls, record) if has_office else record
        yield [text(full) for text in texts]


def _with_customers(view: View, chosen: Sequence[Column], records: Iterator[Record]) -> Iterator[list[str]]:
    """Contacts, each with the id, code and name of its customer, looked up some hundred at a time."""
    while chunk := [record for record in islice(records, AT_ONCE) if isinstance(record, Contact)]:
        owners = tuple({contact.customer for contact in chunk})
        found = {
            customer.id: (ids.show(customer.id), customer.code, customer.name)
            for customer in view.find(Customer, AnyOf("id", owners))
        }
        for contact, row in zip(chunk, _rows(view, Contact, chosen, chunk), strict=True):
            yield [*row, *found.get(contact.customer, ("", "", ""))]


def _counted(rows: Iterable[Sequence[str]], total: int) -> Iterator[Sequence[str]]:
    for number, row in enumerate(rows):
        if not number % AT_ONCE:
            progress.step(number, total)
        yield row
