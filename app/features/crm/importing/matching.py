"""Which record a row means: rules without a database, in bounded memory.

1. The id of our own export, where the file has one.
2. Codes decide first. Rows with different codes never match, within a file or against the book.
3. Name and address decide only where a code is missing on one side, and only if exactly one record fits.
4. A phone number that is shared proposes, in the rehearsal; it never decides.

With `match` given, those fields together decide instead of 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import Invalid
from app.features.crm.importing.keys import NONE, KeyTable
from app.i18n import _
from app.ids import SIZE, Id
from app.model.values import NOWHERE

Values = Mapping[str, Any]

BY_ID, BY_CODE, BY_NAME, BY_FIELDS = "id", "code", "name", "fields"


@dataclass(frozen=True, slots=True)
class Match:
    """The record that a row means. `number` is the matcher's own, `by` the rule that decided.

    `number` is NONE for no record and MANY where several fit and none may be chosen. `is_repeat`: an
    earlier row of this file already meant this record.
    """

    number: int = NONE
    by: str = ""
    is_repeat: bool = False


UNMATCHED = Match()


class Matcher:
    """Knows the customers of the book, then also those that the file has made so far.

    Feed it with `add`; ask with `find`; tell it with `meant` which record a row was taken for.
    """

    def __init__(self, match: Sequence[str] = ()) -> None:
        self._match = tuple(match)
        self._ids = bytearray()
        self._known = KeyTable()
        self._codes = KeyTable()
        self._names = KeyTable()
        self._codeless = KeyTable()
        self._bare_names = KeyTable()
        self._phones = KeyTable()
        self._repeats = bytearray()

    def __len__(self) -> int:
        return len(self._repeats)

    def id_of(self, number: int) -> Id:
        """The id with which a record was added."""
        return Id(bytes(self._ids[number * SIZE : (number + 1) * SIZE]))

    def add(self, id_: Id, values: Values) -> int:
        """A customer: of the book, or just made from a row. Returns its number."""
        number = len(self._repeats)
        self._ids += id_
        self._repeats.append(0)
        self._known.add(id_, number)
        if self._match:
            if key := fields_key(self._match, values):
                self._names.add(key, number)
        else:
            key = name_key(values)
            if code := values.get("code"):
                self._codes.add(code, number)
            else:
                self._codeless.add(key, number)
            self._names.add(key, number)
        self._bare_names.add(plain(values.get("name", "")), number)
        if digits := phone_key(values.get("phone", "")):
            self._phones.add(digits, number)
        return number

    def find(self, values: Values, id_: Id | None = None) -> Match:
        """The customer that a row means."""
        if id_ is not None:
            number = self._known.find(id_)
            if number >= 0:
                return self._found(number, BY_ID)
        if self._match:
            key = fields_key(self._match, values)
            return self._found(self._names.find(key), BY_FIELDS) if key else UNMATCHED
        if code := values.get("code"):
            number = self._codes.find(code)
            if number != NONE:
                return self._found(number, BY_CODE)
            # No record has this code; one that has none may still be the same customer.
            return self._found(self._codeless.find(name_key(values)), BY_NAME)
        return self._found(self._names.find(name_key(values)), BY_NAME)

    def find_named(self, name: str) -> Match:
        """The only customer of that name, for a person whose row says no more about the customer."""
        return self._found(self._bare_names.find(plain(name)), BY_NAME)

    def _found(self, number: int, by: str) -> Match:
        if number == NONE:
            return UNMATCHED
        return Match(number, by, number >= 0 and bool(self._repeats[number]))

    def meant(self, number: int) -> None:
        """A row of this file was taken for this record; later rows only fill it in."""
        self._repeats[number] = 1

    def same_phone(self, values: Values) -> int:
        """A record with the phone number of these values (any of several), or NONE."""
        digits = phone_key(values.get("phone", ""))
        return self._phones.find(digits) if digits else NONE


class ContactMatcher:
    """Knows people by the customer they belong to: by id, e-mail address or name within one customer."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._known = KeyTable()
        self._people = KeyTable()
        self._repeats = bytearray()

    def id_of(self, number: int) -> Id:
        return Id(bytes(self._ids[number * SIZE : (number + 1) * SIZE]))

    def add(self, id_: Id, customer: Id, values: Values) -> int:
        """A contact of a customer. Returns its number."""
        number = len(self._repeats)
        self._ids += id_
        self._repeats.append(0)
        self._known.add(id_, number)
        self._people.add((customer, plain(values.get("name", ""))), number)
        if email := values.get("email"):
            self._people.add((customer, "@", email.casefold()), number)
        return number

    def find(self, customer: Id | None, values: Values, id_: Id | None = None) -> Match:
        """The person that a row means; nobody if the customer is new (None)."""
        number = self._known.find(id_) if id_ is not None else NONE
        if number >= 0:
            return Match(number, BY_ID, bool(self._repeats[number]))
        if customer is None:
            return UNMATCHED
        number = self._people.find((customer, plain(values.get("name", ""))))
        if number < 0 and (email := values.get("email")):
            number = self._people.find((customer, "@", email.casefold()))
        if number == NONE:
            return UNMATCHED
        return Match(number, BY_NAME, number >= 0 and bool(self._repeats[number]))

    def meant(self, number: int) -> None:
        self._repeats[number] = 1


def plain(text: str) -> str:
    """A text as names are compared: without regard to case and to the number of spaces."""
    return " ".join(text.casefold().split())


def name_key(values: Values) -> tuple[str, ...]:
    """Name, street, postal code and city, as they are compared."""
    address = values.get("address") or NOWHERE
    return (
        plain(values.get("name", "")),
        plain(address.street),
        plain(address.postcode),
        plain(address.city),
    )


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
            key.extend(name_key({"address": value}))
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
