"""From rows to drafts: what a row says about a customer and a contact, checked, and what is odd about it.

`drafter` turns a mapping into one function, prepared once and called for every row: this is the inner loop
of an import, so it knows column numbers and parsers and looks nothing up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from app.errors import Invalid
from app.features.crm.importing.composing import (
    AddressColumns,
    NameColumns,
    PositionColumns,
    beyond,
)
from app.features.crm.importing.draft import Draft, Slip, Values
from app.features.crm.importing.layout import Row
from app.features.crm.importing.mapping import Mapping
from app.features.crm.importing.mending import Mender
from app.features.crm.importing.parsers import Parse, parser, shortened
from app.features.crm.importing.paths import CONTACT, CUSTOMER, Fields
from app.i18n import _
from app.model.values import NOWHERE

Drafter = Callable[[Row], Draft]


def drafter(mapping: Mapping, known: Fields, samples: Iterable[Row] = ()) -> Drafter:
    """The function that makes drafts under this mapping. `samples` show what well-formed rows look like."""
    filling = _Filling(mapping, known)
    columns = mapping.columns
    width = len(columns)
    mender = Mender(mapping.targets, samples)

    def assemble(row: Row) -> Draft:
        draft = Draft(row)
        cells = row.cells
        if len(cells) > width:
            mended = mender.mended(row)
            if mended is None:
                draft.reject = _(
                    "The row has {count} cells, the heading {width}. Check its separators and quotes."
                ).format(count=len(cells), width=width)
                return draft
            cells = mended.cells
            draft.warnings.append(("joined", "", " | ".join(row.cells)[:80]))
        try:
            filling.fill(draft, cells)
        except Invalid as error:
            draft.reject = error.text
            at = filling.at
            draft.column = columns[at] if at >= 0 else mapping.column_of(f"{mapping.kind}.{error.field}")
        return draft

    return assemble


class _Filling:
    """The mapping, prepared: which cell goes through which parser into which field."""

    def __init__(self, mapping: Mapping, known: Fields) -> None:
        self._known, self._kind = known, mapping.kind
        self._slip = slip = Slip()
        self.at = -1
        """Index of the column being read; -1 when the fault is not one column's."""
        # A name is taken at its word unless a program wrote it: some restaurant is called None.
        everywhere = frozenset() if mapping.is_own else mapping.empty_words
        self._empty = everywhere if mapping.is_own else everywhere | mapping.empty_signs
        self._beyond = beyond(self._empty)
        self._customer: list[tuple[int, str, Parse, frozenset[str]]] = []
        self._contact: list[tuple[int, str, Parse, frozenset[str]]] = []
        for index, path in enumerate(mapping.targets):
            kind, _dot, name = path.partition(".")
            if not path or path == "customer.address" or "." in name:
                continue
            empty = everywhere if name in ("name", "legal_name") else self._empty
            into = self._customer if kind == CUSTOMER else self._contact
            into.append((index, name, parser(mapping, known, slip, index), empty))
        self._address = AddressColumns(mapping, known, slip, self._empty)
        self._position = PositionColumns(mapping, known, slip, self._empty)
        self._name = NameColumns(mapping, known)
        self._named_by = mapping.column_of("contact.name")
        self._address_column = mapping.columns[self._address.first] if self._address.first >= 0 else ""

    def fill(self, draft: Draft, cells: Sequence[str]) -> None:
        """Everything the cells say. Raises Invalid, with `at` telling where."""
        slip, beyond = self._slip, self._beyond
        slip.begin(draft)
        customer = draft.customer
        for index, name, parse, empty in self._customer:
            text = cells[index]
            if text and not (len(text) < beyond and text.strip().casefold() in empty):
                self.at = index
                value = parse(text)
                if value:
                    customer[name] = value
        if self._address.first >= 0:
            self.at = self._address.first
            address = self._address.read(cells)
            if address is not NOWHERE:
                customer["address"] = address
            if not address.street and self._kind == CUSTOMER:
                draft.warnings.append(("no_address", self._address_column, ""))
        if self._position.first >= 0:
            self.at = self._position.first
            place = self._position.read(cells)
            if place is not None:
                customer["position"] = place
        if self._contact or self._name.first >= 0:
            self._fill_contact(draft, cells)
        self.at = -1
        self._finish(draft)

    def _fill_contact(self, draft: Draft, cells: Sequence[str]) -> None:
        contact, beyond = self._slip.contact, self._beyond
        for index, name, parse, empty in self._contact:
            text = cells[index]
            if text and not (len(text) < beyond and text.strip().casefold() in empty):
                self.at = index
                value = parse(text)
                if value:
                    contact[name] = value
        if self._name.first >= 0 and "name" not in contact:
            self.at = self._name.first
            if full := self._name.read(cells):
                contact["name"] = full
        if contact:
            draft.contact = contact

    def _finish(self, draft: Draft) -> None:
        """Names that the row leaves open, texts that the conversions had left over, what is missing."""
        if self._slip.further:
            self._keep_further(draft)
        contact = draft.contact
        if contact is not None and "name" not in contact and draft.contact_id is None:
            self._name_contact(contact, draft.customer)
        if "name" not in draft.customer and draft.customer_id is None:
            self._name_customer(draft)

    def _name_contact(self, contact: Values, customer: Values) -> None:
        """A person known only by a number or an address is called after it, or after the customer."""
        named = contact.get("email", "").partition("@")[0] or contact.get("wechat", "")
        named = named if self._kind == CONTACT else customer.get("name", "") or named
        if not named:
            raise self._known["contact.name"].invalid(_("The person has no name."))
        contact["name"] = self._known["contact.name"].parse(named)

    def _name_customer(self, draft: Draft) -> None:
        customer, contact = draft.customer, draft.contact or {}
        if "code" in customer or (self._kind == CONTACT and draft.contact_id is not None):
            return  # found by its code, or with the contact
        if "name" not in contact:
            raise self._known["customer.name"].invalid(_("The name is missing."))
        customer["name"] = self._known["customer.name"].parse(contact["name"])
        draft.warnings.append(("named_after", self._named_by, str(contact["name"])[:80]))

    def _keep_further(self, draft: Draft) -> None:
        """To the notes: of the person if there is one, else of the customer."""
        values = draft.customer if draft.contact is None else draft.contact
        path = "customer.notes" if draft.contact is None else "contact.notes"
        text = "; ".join(filter(None, (values.get("notes", ""), *self._slip.further)))
        values["notes"] = self._known[path].parse(shortened(text, self._known[path].max))
