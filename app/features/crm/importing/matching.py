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

    def __init__(self) -> None:
        self._ids = bytearray()
        self._filled = array("Q")
        self._known = KeyTable()

    def __len__(self) -> int:
        return len(self._filled)

    def enter(self, id_: Id) -> int:
        """One more record; returns its number."""
        number = len(self._filled)
        self._ids += id_
        self._filled.append(0)
        self._known.add(id_, number)
        return number

    def number_of(self, id_: Id) -> int:
        """The number of the record with this id, or NONE."""
        return self._known.find(id_)

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
    """Knows the customers of the book, then also those that the file has made so far."""

    def __init__(self, match: Sequence[str] = ()) -> None:
        super().__init__()
        self._match = tuple(match)
        self._codes = KeyTable()
        self._names = KeyTable()
        self._codeless = KeyTable()
        self._bare_names = KeyTable()
        self._phones = KeyTable()
        self._is_coded = bytearray()

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
            full = name_key(name, address)
            if code:
                self._codes.add(code, number)
            else:
                self._codeless.add(full, number)
            self._names.add(full, number)
        self._bare_names.add(plain(name), number)
        if digits := phone_key(phone):
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
        full = name_key(values.get("name", ""), values.get("address") or NOWHERE)
        if code := values.get("code"):
            number = self._codes.find(code)
            if number != NONE:
                return Match(number, BY_CODE)
            # No record has this code; one that has none may still be the same customer.
            number = self._codeless.find(full)
            return UNMATCHED if number >= 0 and self._is_coded[number] else Match(number, BY_NAME)
        return Match(self._names.find(full), BY_NAME)

    def coded(self, number: int, code: str) -> None:
        """A customer without a code was given one by a row; from now on it is that code's."""
        self._is_coded[number] = True
        self._codes.add(code, number)

    def find_named(self, name: str) -> Match:
        """The only customer of that name, for a person whose row says no more about the customer."""
        return Match(self._bare_names.find(plain(name)), BY_NAME)

    def shares_phone(self, phone: str) -> bool:
        """Whether another customer has this phone number."""
        digits = phone_key(phone)
        return bool(digits) and self._phones.find(digits) != NONE


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


def name_key(name: str, address: Address) -> tuple[str, str, str, str]:
    """Name, street, postal code and city, as they are compared."""
    return plain(name), plain(address.street), plain(address.postcode), plain(address.city)


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
            key.extend(name_key("", value))
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
                _("“{name}” cannot be matched by. Use fields such as code, name, email.").format(name=name),
            )
        found.append(field)
    return tuple(found)
