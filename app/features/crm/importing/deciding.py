"""Decides for each draft what becomes of it: what is made, what is changed, what is left, what is refused.

Import and rehearsal run the same decisions; they differ in what they do with them (`Book`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from app.features.crm.contacts import Contact
from app.features.crm.customers import Customer
from app.features.crm.importing.draft import Draft, Values
from app.features.crm.importing.keys import MANY, NONE
from app.features.crm.importing.matching import BY_CODE, BY_NAME, Contacts, Customers, Match, Records
from app.features.crm.importing.paths import CONTACT
from app.i18n import _
from app.ids import Id
from app.model.custom import definition_id
from app.model.entity import CUSTOM, Record
from app.model.fields import Field
from app.model.values import Address

Outcome = Literal["created", "updated", "unchanged", "rejected"]


class Book(Protocol):
    """What the decisions need of the book; an import writes, a rehearsal only remembers."""

    def get(self, cls: type[Record], id_: Id) -> Record:
        """The record with all its fields, restricted ones included."""

    def make(self, cls: type[Record], values: Values) -> Id:
        """Make a record."""

    def change(self, cls: type[Record], id_: Id, before: Record | None, values: Values) -> None:
        """Change fields of a record; `before` is None where only empty fields are filled."""


@dataclass(slots=True)
class Rejected(Exception):
    """The row cannot be taken."""

    column: str
    reason: str


class Deciding:
    """Takes drafts in the order of the file."""

    def __init__(
        self,
        book: Book,
        kind: str,
        customers: Customers,
        contacts: Contacts,
        fields: Mapping[str, Field],
        column_of: Callable[[str], str],
        *,
        is_own: bool,
    ) -> None:
        self._book, self._kind, self._column_of, self._is_own = book, kind, column_of, is_own
        self._customers, self._contacts = customers, contacts
        self._fields = fields
        names = {"customer": [], "contact": []}  # type: dict[str, list[str]]
        for path in fields:
            owner, _dot, name = path.partition(".")
            names[owner].append(name)
        # 62 fields have a bit; further ones (custom fields beyond imagination) count as filled at once.
        self._bits = {
            kind: {name: 1 << bit for bit, name in enumerate(found[:62])} for kind, found in names.items()
        }

    def take(self, draft: Draft) -> Outcome:
        """Carry a draft out. Raises Rejected, and then nothing was done."""
        known = self._known_contact(draft)
        match = self._customer_of(draft, known)
        person = UNASKED
        if draft.contact is not None or known != NONE:
            customer = self._customers.id_of(match.number) if match.number >= 0 else None
            person = self._contacts.find(customer, draft.contact or {}, draft.contact_id)
            if person.number == MANY:
                raise Rejected(
                    self._column_of("contact.name"),
                    _(
                        "The customer has several contacts of this name. Add an e-mail address, or merge them."
                    ),
                )
        customer_id, customer_outcome = self._take_customer(draft, match)
        if person is UNASKED:
            return customer_outcome
        contact_outcome = self._take_contact(draft, person, customer_id)
        if self._kind == CONTACT and contact_outcome == "created":
            return "created"
        if customer_outcome == "unchanged" and contact_outcome != "unchanged":
            return "updated"
        return "updated" if self._kind == CONTACT and customer_outcome == "created" else customer_outcome

    # ---- the customer

    def _known_contact(self, draft: Draft) -> int:
        return self._contacts.number_of(draft.contact_id) if draft.contact_id is not None else NONE

    def _customer_of(self, draft: Draft, known: int) -> Match:
        values = draft.customer
        match = self._customers.find(values, draft.customer_id)
        if match.number == NONE and known >= 0 and draft.customer_id is None:
            contact = self._book.get(Contact, self._contacts.id_of(known))
            match = Match(self._customers.number_of(getattr(contact, "customer", Id(b""))), BY_CODE)
        if (
            match.number == NONE
            and self._kind == CONTACT
            and "address" not in values
            and "code" not in values
        ):
            match = self._customers.find_named(values.get("name", ""))
        if match.number == MANY:
            code = values.get("code", "")
            if match.by == BY_CODE:
                reason = _("Several customers have the code {code}. Merge them, or correct the code.").format(
                    code=code
                )
                raise Rejected(self._column_of("customer.code"), reason)
            raise Rejected(
                self._column_of("customer.name"),
                _("Several customers fit this row. Add the customer's code to it, or merge them."),
            )
        if match.number == NONE and "name" not in values:
            if "code" in values and self._kind != CONTACT:
                raise Rejected(self._column_of("customer.name"), _("The name is missing."))
            if "code" in values:
                reason = _("There is no customer with the code {code}. Add the customer's name.").format(
                    code=values["code"]
                )
                raise Rejected(self._column_of("customer.code"), reason)
            raise Rejected(self._column_of("customer.name"), _("The customer's name is missing."))
        return match

    def _take_customer(self, draft: Draft, match: Match) -> tuple[Id, Outcome]:
        values = draft.customer
        if match.number < 0:
            id_ = self._book.make(Customer, values)
            number = self._add_customer(id_, values)
            self._customers.touch(number, self._mask("customer", values))
            return id_, "created"
        id_ = self._customers.id_of(match.number)
        if match.by == BY_NAME and not self._is_own:
            # Found by them, so they differ in nothing but case and spaces; the book's spelling stays.
            values = {name: value for name, value in values.items() if name not in ("name", "address")}
        if self._customers.is_touched(match.number):
            draft.warnings.append(
                ("repeated", self._column_of("customer.code"), draft.customer.get("name", ""))
            )
        changed = self._update("customer", Customer, self._customers, match.number, id_, values)
        if match.by == BY_NAME and changed.get("code"):
            self._customers.coded(match.number, changed["code"])
        return id_, "updated" if changed else "unchanged"

    def _add_customer(self, id_: Id, values: Values) -> int:
        return self._customers.add(
            id_,
            values.get("name", ""),
            values.get("code", ""),
            values.get("address") or NOWHERE_AT_ALL,
            values.get("phone", ""),
            values,
        )

    # ---- the contact

    def _take_contact(self, draft: Draft, person: Match, customer: Id) -> Outcome:
        values = draft.contact or {}
        if person.number < 0:
            made = {"source": "import", **values, "customer": customer}
            id_ = self._book.make(Contact, made)
            number = self._contacts.add(id_, customer, values.get("name", ""), values.get("email", ""))
            self._contacts.touch(number, self._mask("contact", values))
            return "created"
        id_ = self._contacts.id_of(person.number)
        if person.by == BY_NAME and not self._is_own:
            values = {name: value for name, value in values.items() if name != "name"}
        changed = self._update("contact", Contact, self._contacts, person.number, id_, values)
        return "updated" if changed else "unchanged"

    # ---- both

    def _update(
        self, kind: str, cls: type[Record], records: Records, number: int, id_: Id, values: Values
    ) -> Values:
        """Change what differs; returns what did."""
        if records.is_touched(number):
            filled = records.filled(number)
            bits = self._bits[kind]
            changed = {name: value for name, value in values.items() if not filled & bits.get(name, filled)}
            if changed:
                self._book.change(cls, id_, None, changed)
                records.touch(number, filled | self._mask(kind, changed))
            return changed
        record = self._book.get(cls, id_)
        changed = {}
        filled = 0
        for name, bit in self._bits[kind].items():
            before = self._value(kind, record, name)
            if name in values:
                after = self._together(kind, name, before, values[name])
                if after != before:
                    changed[name] = after
                filled |= bit
            elif before:
                filled |= bit
        if changed:
            self._book.change(cls, id_, record, changed)
        records.touch(number, filled)
        return changed

    def _together(self, kind: str, name: str, before: Any, after: Any) -> Any:
        """A row of another program adds to sets and fills in addresses; our own export says it all."""
        if self._is_own:
            return after
        if isinstance(after, Address):
            return Address(*(new or old for new, old in zip(after, before, strict=True)))
        if self._fields[f"{kind}.{name}"].elementwise:
            return tuple(sorted({*before, *after}))
        return after

    def _value(self, kind: str, record: Record, name: str) -> Any:
        if name.startswith(CUSTOM):
            return self._fields[f"{kind}.{name}"].from_wire(record.custom.get(definition_id(name)))
        return getattr(record, name)

    def _mask(self, kind: str, values: Values) -> int:
        bits = self._bits[kind]
        mask = 0
        for name in values:
            mask |= bits.get(name, 0)
        return mask


UNASKED = Match()
NOWHERE_AT_ALL = Address()
