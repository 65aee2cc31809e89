"""Which record a row means: rules without a database, in bounded memory.

1. The id of our own export, where the file has one.
2. Codes decide first. Rows with different codes never match, within a file or against the book.
3. Name and address decide only where a code is missing on one side, and only if exactly one record fits.
4. A phone number that is shared proposes, in the rehearsal; it never decides.

With `match` given, those fields together decide instead of 2 and 3.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import Invalid
from app.features.crm.importing.keys import NONE, KeyTable
from app.i18n import _
from app.ids import SIZE, Id
from app.model.values import NOWHERE, Address

Values = Mapping[str, Any]

BY_ID, BY_CODE, BY_NAME, BY_FIELDS = "id", "code", "name", "fields"


@dataclass(frozen=True, slots=True)
class Match:
    """The record that a row means. `number` is the matcher's own, `by` the rule that decided.

    `number` is NONE for no record and MANY where several fit and none may be chosen.
    """

    number: int = NONE
    by: str = ""


UNMATCHED = Match()


class Records:
    """What is kept of each record: its id, and which fields an earlier row of this file left filled.

    The first row that fills a field of a record has the say; later rows of the same file only fill what is
    still empty. Otherwise importing a file twice would end in changes each time.
    """

    def __init__(self, *, by_id: bool = True) -> None:
        self._ids = bytearray()
        self._filled = array("Q")
        self._known = KeyTable() if by_id else None

    def __len__(self) -> int:
        return len(self._filled)

    def enter(self, id_: Id) -> int:
        """One more record; returns its number."""
        number = len(self._filled)
        self._ids += id_
        self._filled.append(0)
        if self._known is not None:
            self._known.add(id_, number)
        return number

    def number_of(self, id_: Id) -> int:
        """The number of the record with this id, or NONE."""
        return NONE if self._known is None else self._known.find(id_)

    def id_of(self, number: int) -> Id:
        """The id of a record by its number."""
        return Id(bytes(self._ids[number * SIZE : (number + 1) * SIZE]))

    def is_touched(self, number: int) -> bool:
        """Whether an earlier row of this file meant this record."""
        return self._filled[number] != 0

    def filled(self, number: int) -> int:
        """Which fields are filled, one bit each (see `bits`), once the record was touched."""
        return self._filled[number]

    def touch(self, number: int, filled: int) -> None:
        """A row meant this record, which now has these fields filled."""
        self._filled[number] = filled | TOUCHED


TOUCHED = 1 << 63


class Customers(Records):
    """Knows the customers of the book, then also those that the file has made so far.

    `match` are fields that decide instead of code, name and address. What a file does not need is not
    kept: ids (`by_id`), names without address (`by_name`), phones (`by_phone`). `expected` is how many
    records there will be, more or less.
    """

    def __init__(
        self,
        match: Sequence[str] = (),
        *,
        by_id: bool = True,
        by_name: bool = True,
        by_phone: bool = True,
        expected: int = 0,
    ) -> None:
        super().__init__(by_id=by_id)
        self._match = tuple(match)
        self._codes = KeyTable(0 if match else expected)
        self._names = KeyTable(expected)
        self._codeless = KeyTable()
        self._bare_names = KeyTable(expected) if by_name else None
        self._phones = KeyTable(expected) if by_phone else None
        self._is_coded = bytearray()
        self._asked: tuple[str, Address, str] = ("", NOWHERE, name_key("", NOWHERE))

    def add(self, id_: Id, name: str, code: str, address: Address, phone: str, values: Values) -> int:
        """A customer: of the book, or just made from a row. Returns its number.

        `values` need to hold the fields of `match` only.
        """
        number = self.enter(id_)
        self._is_coded.append(bool(code))
        if self._match:
            if key := fields_key(self._match, values):
                self._names.add(key, number)
        else:
            full = self._key(name, address)
            if code:
                self._codes.add(code, number)
            else:
                self._codeless.add(full, number)
            self._names.add(full, number)
        if self._bare_names is not None:
            self._bare_names.add(plain(name), number)
        if self._phones is not None and (digits := phone_key(phone)):
            self._phones.add(digits, number)
        return number

    def find(self, values: Values, id_: Id | None = None) -> Match:
        """The customer that a row means."""
        if id_ is not None:
            number = self.number_of(id_)
            if number >= 0:
                return Match(number, BY_ID)
        if self._match:
            key = fields_key(self._match, values)
            return Match(self._names.find(key), BY_FIELDS) if key else UNMATCHED
        if code := values.get("code"):
            number = self._codes.find(code)
            if number != NONE:
                return Match(number, BY_CODE)
            if not self._codeless:
                return UNMATCHED
            # No record has this code; one that has none may still be the same customer.
            number = self._codeless.find(self._key(values.get("name", ""), values.get("address", NOWHERE)))
            return UNMATCHED if number >= 0 and self._is_coded[number] else Match(number, BY_NAME)
        full = self._key(values.get("name", ""), values.get("address", NOWHERE))
        return Match(self._names.find(full), BY_NAME)

    def _key(self, name: str, address: Address) -> str:
        """The key of the row at hand, which is asked for twice: to find, then to add."""
        if self._asked[0] is not name or self._asked[1] is not address:
            self._asked = (name, address, name_key(name, address))
        return self._asked[2]

    def coded(self, number: int, code: str) -> None:
        """A customer without a code was given one by a row; from now on it is that code's."""
        self._is_coded[number] = True
        self._codes.add(code, number)

    def find_named(self, name: str) -> Match:
        """The only customer of that name, for a person whose row says no more about the customer."""
        return UNMATCHED if self._bare_names is None else Match(self._bare_names.find(plain(name)), BY_NAME)

    def sharing(self, phone: str) -> int:
        """The customer that has this phone number, NONE or MANY."""
        digits = phone_key(phone)
        return NONE if not digits or self._phones is None else self._phones.find(digits)


class Contacts(Records):
    """Knows people by the customer they belong to: by id, name or e-mail address within one customer."""

    def __init__(self) -> None:
        super().__init__()
        self._people = KeyTable()

    def add(self, id_: Id, customer: Id, name: str, email: str) -> int:
        """A contact of a customer. Returns its number."""
        number = self.enter(id_)
        self._people.add((customer, plain(name)), number)
        if email:
            self._people.add((customer, "@", email.casefold()), number)
        return number

    def find(self, customer: Id | None, values: Values, id_: Id | None = None) -> Match:
        """The person that a row means; nobody if the customer is new (None)."""
        if id_ is not None and (number := self.number_of(id_)) >= 0:
            return Match(number, BY_ID)
        if customer is None:
            return UNMATCHED
        number = self._people.find((customer, plain(values.get("name", ""))))
        email = values.get("email", "")
        if number < 0 and email:
            by_email = self._people.find((customer, "@", email.casefold()))
            number = by_email if by_email != NONE else number
        return Match(number, BY_NAME)


def plain(text: str) -> str:
    """A text as names are compared: without regard to case and to the number of spaces."""
    return " ".join(text.casefold().split())


def name_key(name: str, address: Address) -> str:
    """Name, street, postal code and city, as they are compared. No text has a NUL in it."""
    return plain(f"{name} \0 {address.street} \0 {address.postcode} \0 {address.city}")


def phone_key(text: str) -> str:
    """The last nine digits of a phone number, "" for fewer than seven: +86 and 0 in front do not count."""
    digits = "".join(filter(str.isdigit, text))
    return digits[-9:] if len(digits) >= 7 else ""


def fields_key(fields: Sequence[str], values: Values) -> tuple[object, ...]:
    """The values of fields that a person chose to match by, () unless all are filled."""
    key: list[object] = []
    for name in fields:
        value = values.get(name)
        if not value:
            return ()
        if name == "phone":
            key.append(phone_key(value) or plain(value))
        elif name == "address":
            key.append(name_key("", value))
        else:
            key.append(plain(value) if isinstance(value, str) else value)
    return tuple(key)


def match_fields(names: str, path_of: Callable[[str], str], kind: str) -> tuple[str, ...]:
    """The fields of `--match name,phone`. Raises Invalid for one that cannot be matched by."""
    found = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        path = path_of(name)
        owner, _dot, field = path.partition(".")
        if owner != kind or "." in field:
            raise Invalid(
                "match",
                _("Rows cannot be matched by “{name}”. Use fields such as code, name, email.").format(
                    name=name
                ),
            )
        found.append(field)
    return tuple(found)
