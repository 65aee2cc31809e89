"""Import and its rehearsal: one undoable command, one query that writes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.errors import Invalid
from app.features.crm.contacts import Contact
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import Customer
from app.features.crm.importing import paths
from app.features.crm.importing.deciding import Deciding, Rejected
from app.features.crm.importing.draft import Values
from app.features.crm.importing.drafts import drafter
from app.features.crm.importing.layout import Layout, Preview
from app.features.crm.importing.mapping import Mapping as Columns
from app.features.crm.importing.mapping import guess
from app.features.crm.importing.matching import Contacts, Customers, match_fields
from app.features.crm.importing.outcome import RejectsFile, Report
from app.features.crm.importing.reading import Reading, inspect, rows
from app.features.crm.importing.rehearsing import Rehearsal
from app.features.crm.importing.source import stamp
from app.gateway import progress
from app.gateway.command import command, query
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, _
from app.ids import Id
from app.model.custom import as_field, definition_id
from app.model.entity import CUSTOM, Record, entity_of
from app.model.fields import Field

R = TypeVar("R", bound=Record)

STEP_ROWS = 250


@dataclass(frozen=True, slots=True)
class Job:
    """What to import and how. Whatever is left open is guessed.

    `chosen` are (column, field) pairs decided by a person, on top of `mapping` or of the guess; `match`
    names fields as `--match` does; `currency` is for amounts that have none; `rejects` is where rejected
    rows go.
    """

    path: str | os.PathLike[str]
    kind: str = "customers"
    layout: Layout | None = None
    mapping: Columns | None = None
    chosen: tuple[tuple[str, str], ...] = ()
    match: str = ""
    currency: str = ""
    rejects: str | os.PathLike[str] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job with everything decided: what an assistant shows before the rehearsal."""

    preview: Preview
    mapping: Columns
    fields: paths.Fields
    """All that columns can become, the company's own fields too."""


@query("customer.prepare_import", N_("Look at a file"))
def prepare(view: View, job: Job) -> Prepared:
    """How the file would be read and mapped. Raises Unreadable, Invalid."""
    return Prepared(*_prepared(view, job))


@command("customer.import", N_("Import"))
def load(tx: Tx, job: Job) -> Report:
    """Import a file: all of it or, when it cannot be read to its end or is stopped, nothing."""
    tx.label = _("Import of {file}").format(file=Path(job.path).name)
    report = _run(tx, job, _Writer(tx))
    tx.detail |= {"rows": report.rows, "created": report.created, "updated": report.updated}
    return report


@query("customer.rehearse_import", N_("Rehearse an import"), audited=True)
def rehearse(view: View, job: Job) -> Report:
    """What `load` would do, with examples; nothing is written, also no file of rejected rows."""
    return _run(view, replace(job, rejects=None))


class _Source(Protocol):
    """What reads records: a Tx or a View."""

    def find(self, cls: type[R]) -> Iterator[R]: ...


def _prepared(source: _Source, job: Job) -> tuple[Preview, Columns, paths.Fields]:
    custom: dict[str, list[Field]] = {"customer": [], "contact": []}
    for definition in source.find(CustomField):
        made = as_field(definition.id, definition.label, definition.kind, definition.options, definition.unit)
        custom.setdefault(definition.of, []).append(made)
    known = paths.fields(custom)
    preview = inspect(job.path, job.layout)
    mapping = job.mapping or guess(preview.columns, preview.samples, job.kind, known)
    for column, path in job.chosen:
        mapping = mapping.mapped(column, path, known)
    if job.currency:
        mapping = replace(mapping, currency=job.currency)
    return preview, mapping, known


def _run(source: Tx | View, job: Job, writer: _Writer | None = None) -> Report:
    """Without a writer it is a rehearsal."""
    began = time.perf_counter()
    preview, mapping, known = _prepared(source, job)
    _refuse_same_file(job)
    kind = mapping.kind
    match = match_fields(job.match, lambda name: paths.path_of(name, kind, known), paths.CUSTOMER)
    customers, contacts = _indexed(source, mapping, match, preview.estimated_rows, writer is None)
    report = Report(encoding=preview.layout.encoding or "", stamp=stamp(job.path))
    rehearsal = Rehearsal(source, report, customers, mapping) if isinstance(source, View) else None
    filled = paths.filled_by(mapping.targets, known)
    book = writer or rehearsal
    assert book is not None
    deciding = Deciding(book, kind, customers, contacts, filled, mapping.column_of, is_own=mapping.is_own)
    assemble = drafter(mapping, known, preview.samples)
    with rows(job.path, preview.layout) as reading, RejectsFile(job.rejects, reading.columns) as rejects:
        for row in reading:
            report.rows += 1
            draft = assemble(row)
            try:
                if draft.reject:
                    raise Rejected(draft.column, draft.reject)
                if rehearsal:
                    rehearsal.begin(draft)
                outcome = deciding.take(draft)
            except Rejected as rejected:
                report.reject(row, rejected.column, rejected.reason)
                rejects.add(row, rejected.column, rejected.reason)
            else:
                setattr(report, outcome, getattr(report, outcome) + 1)
                if rehearsal:
                    rehearsal.landed(outcome)
            if draft.warnings:
                report.warn_all(draft)
            if not report.rows % STEP_ROWS:
                _step(reading)
        rejects.done()
    report.seconds = time.perf_counter() - began
    return report


def _step(reading: Reading) -> None:
    progress.step(reading.position, reading.size)


def _refuse_same_file(job: Job) -> None:
    if job.rejects is not None and Path(job.rejects).absolute() == Path(job.path).absolute():
        raise Invalid(
            "rejects", _("The rejected rows cannot go into the file that is imported. Name another file.")
        )


def _indexed(
    source: _Source, mapping: Columns, match: Sequence[str], expected: int, is_rehearsal: bool
) -> tuple[Customers, Contacts]:
    """What matching has to know of the book, and nothing that this file cannot ask for."""
    customers = Customers(
        match,
        by_id=any(path in mapping.targets for path in paths.IDS),
        by_name=mapping.kind == paths.CONTACT,
        by_phone=is_rehearsal,
        expected=expected,
    )
    contacts = Contacts()
    for number, record in enumerate(source.find(Customer)):
        values = {name: _value(record, name) for name in match}
        customers.add(record.id, record.name, record.code, record.address, record.phone, values)
        if not number % 2000:
            progress.step(0, 0)
    if any(target.startswith("contact.") for target in mapping.targets):
        for contact in source.find(Contact):
            contacts.add(contact.id, contact.customer, contact.name, contact.email)
    return customers, contacts


def _value(record: Record, name: str) -> Any:
    if name.startswith(CUSTOM):
        return record.custom.get(definition_id(name))
    return getattr(record, name)


class _Writer:
    """Carries decisions out."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, cls: type[Record], id_: Id) -> Record:
        return self._tx.get(cls, id_)

    def make(self, cls: type[Record], values: Values) -> Id:
        return self._tx.save(_record(self._tx, cls, values)).id

    def change(self, cls: type[Record], id_: Id, before: Record | None, values: Values) -> None:
        self._tx.edit(cls, id_, values)


def _record(tx: Tx, cls: type[Record], values: Values) -> Record:
    custom = [name for name in values if name.startswith(CUSTOM)]
    if not custom:
        return cls(**values)
    kind = entity_of(cls).name
    plain = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
    wires = {definition_id(name): tx.custom_field(kind, name).to_wire(values[name]) for name in custom}
    return cls(**plain, custom=wires)


def chosen(pairs: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """`--map COLUMN=FIELD …` as pairs. Raises Invalid."""
    found = []
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals:
            raise Invalid(
                "map", _("“{text}” is not a mapping. Write it as COLUMN=FIELD.").format(text=pair[:60])
            )
        found.append((column, field))
    return tuple(found)
