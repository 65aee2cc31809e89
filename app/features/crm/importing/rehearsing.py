"""What an import would do, remembered as far as it is shown; nothing is written."""

from __future__ import annotations

from array import array
from typing import Any

from app import ids
from app.errors import NotFound
from app.features.crm.customers import Customer
from app.features.crm.importing.deciding import Outcome
from app.features.crm.importing.draft import Draft, Values
from app.features.crm.importing.keys import MANY, NONE
from app.features.crm.importing.mapping import Mapping
from app.features.crm.importing.matching import Customers
from app.features.crm.importing.outcome import Alike, Difference, Example, Report
from app.gateway.view import View
from app.ids import Id
from app.model.custom import definition_id
from app.model.entity import CUSTOM, Record, entity_of

SHOWN = 20
"""Rows shown of those to be made, of those to be changed, of those that stay, and of likely duplicates."""


class Rehearsal:
    """The book of a rehearsal (see deciding.Book): says what is in it, and takes nothing in."""

    def __init__(self, view: View, report: Report, customers: Customers, mapping: Mapping) -> None:
        self._view, self._report, self._customers, self._mapping = view, report, customers, mapping
        self._draft: Draft | None = None
        self._done: list[tuple[type[Record], Record | None, Values]] = []
        self._in_book = len(customers)
        self._rows = array("q")  # of the file's rows that make a customer, in the order of their numbers

    def begin(self, draft: Draft) -> None:
        """The next row. A phone number that others have is shown here, and decides nothing."""
        self._draft = draft
        self._done.clear()
        phone = draft.customer.get("phone", "")
        if phone and self._customers.find(draft.customer, draft.customer_id).number < 0:
            other = self._customers.sharing(phone)
            if other != NONE:
                draft.warnings.append(("same_phone", self._mapping.column_of("customer.phone"), phone))
                if len(self._report.alike) < SHOWN:
                    self._report.alike.append(self._alike(draft, phone, other))

    def landed(self, outcome: Outcome) -> None:
        """What came of the row that began."""
        report, draft = self._report, self._draft
        shown = {"created": report.to_create, "updated": report.to_update, "unchanged": report.to_leave}.get(
            outcome
        )
        if draft is not None and shown is not None and len(shown) < SHOWN:
            shown.append(Example(draft.row.number, self._title(draft), self._differences()))

    def get(self, cls: type[Record], id_: Id) -> Record:
        record = self._view.get(cls, id_)
        entity = entity_of(cls)
        if entity.has_office and not self._view.scope(entity.name).hidden:
            record = self._view.restricted(cls, record)
        return record

    def make(self, cls: type[Record], values: Values) -> Id:
        self._done.append((cls, None, values))
        if cls is Customer and self._draft is not None:
            self._rows.append(self._draft.row.number)
        return ids.fresh()

    def change(self, cls: type[Record], id_: Id, before: Record | None, values: Values) -> None:
        self._done.append((cls, before, values))

    def _alike(self, draft: Draft, phone: str, other: int) -> Alike:
        title, row = draft.customer.get("name", ""), draft.row.number
        if other == MANY:
            return Alike(row, title, phone)
        if other >= self._in_book:
            return Alike(row, title, phone, other_row=self._rows[other - self._in_book])
        try:
            found = self._view.get(Customer, self._customers.id_of(other))
        except NotFound:  # deleted while the rehearsal runs
            return Alike(row, title, phone)
        return Alike(row, title, phone, found.name)

    def _title(self, draft: Draft) -> str:
        """What the row is called: by its own words, else as the book calls the record."""
        own = draft.customer if self._mapping.kind == "customer" else draft.contact or {}
        title: str = own.get("name", "")
        for _cls, before, _values in self._done:
            title = title or getattr(before, "name", "")
        return title or str(draft.customer.get("code", ""))

    def _differences(self) -> tuple[Difference, ...]:
        found: list[Difference] = []
        for cls, before, values in self._done:
            entity = entity_of(cls)
            declared = [field.name for field in entity.fields if field.kind != "link"]
            custom = [name for name in values if name.startswith(CUSTOM)]
            for name in (*declared, *custom):
                if name in values:
                    old = None if before is None else _value(before, name)
                    found.append(Difference(f"{entity.name}.{name}", old, values[name]))
        return tuple(found)


def _value(record: Record, name: str) -> Any:
    """As the record holds it: a custom field's wire value."""
    if name.startswith(CUSTOM):
        return record.custom.get(definition_id(name))
    return getattr(record, name)
