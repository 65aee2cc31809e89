"""Values that several columns make up: addresses, positions, names of people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.features.crm.importing import conversions
from app.features.crm.importing.draft import Slip
from app.features.crm.importing.mapping import Mapping
from app.features.crm.importing.parsers import warner
from app.features.crm.importing.paths import ADDRESS_PARTS, NAME_PARTS, Fields
from app.features.crm.importing.people import joined_name
from app.model.values import NOWHERE, Address, Position


def beyond(words: Iterable[str]) -> int:
    """A length that none of these words has, some blanks around it included: longer cells need not be compared."""
    return 8 + max(map(len, words), default=0)


class AddressColumns:
    """The columns of the address. Several may make up its street; one may be the whole."""

    def __init__(self, mapping: Mapping, known: Fields, slip: Slip, empty: frozenset[str]) -> None:
        self._columns, self._slip, self._empty = mapping.columns, slip, empty
        self._beyond = beyond(empty)
        self._field = known["customer.address"]
        self._parts: dict[str, list[int]] = {}
        self._whole = -1
        for index, path in enumerate(mapping.targets):
            if path == "customer.address":
                self._whole = index
            elif path.startswith("customer.address."):
                self._parts.setdefault(path.removeprefix("customer.address."), []).append(index)
        indexes = [index for found in self._parts.values() for index in found]
        self.first = min(indexes, default=self._whole)
        """Index of the first column, -1 if there is none."""
        # The usual case, one column for each part, gets by without joining.
        self._is_simple = "district" not in self._parts and all(len(at) == 1 for at in self._parts.values())
        self._single = tuple(self._parts.get(part, [-1])[0] for part in ADDRESS_PARTS)

    def read(self, cells: Sequence[str]) -> Address:
        """The address, NOWHERE if all its cells are empty. May raise Invalid."""
        parts: list[str] = []
        if not self._parts:
            return self._from_whole(cells[self._whole].strip())
        if self._is_simple:
            empty = self._empty
            for index in self._single:
                text = cells[index].strip() if index >= 0 else ""
                parts.append("" if len(text) < self._beyond and text.casefold() in empty else text)
        else:
            parts = [self._joined(cells, part) for part in ADDRESS_PARTS]
            parts[0] = self._with_district(parts[0], self._joined(cells, "district"))
        if not any(parts):
            return NOWHERE
        if "\n" in parts[0]:
            parts[0] = _one_line(parts[0])
        postcode = parts[1]
        if postcode and postcode.isalpha():
            column = self._columns[self._parts["postcode"][0]]
            self._slip.draft.warnings.append(("odd_postcode", column, postcode[:80]))
        found: Address = self._field.clean(parts)
        return found

    def _from_whole(self, text: str) -> Address:
        if not text or text.casefold() in self._empty:
            return NOWHERE
        found: Address = (
            self._field.parse(text) if "|" in text else self._field.clean(Address(street=_one_line(text)))
        )
        return found

    def _joined(self, cells: Sequence[str], part: str) -> str:
        texts = [cells[index].strip() for index in self._parts.get(part, ())]
        return ", ".join(dict.fromkeys(text for text in texts if text and text.casefold() not in self._empty))

    @staticmethod
    def _with_district(street: str, district: str) -> str:
        if not district or district in street:
            return street
        if street.isascii() and district.isascii():
            return ", ".join(filter(None, (street, district)))
        return district + street  # 浦东新区 + 世纪大道1号


def _one_line(text: str) -> str:
    return ", ".join(piece.strip() for piece in text.split("\n") if piece.strip())


class PositionColumns:
    """The columns of latitude and longitude."""

    def __init__(self, mapping: Mapping, known: Fields, slip: Slip, empty: frozenset[str]) -> None:
        targets = mapping.targets
        self.first = self._lon = -1
        self._empty = empty
        if "customer.position.lat" in targets and "customer.position.lon" in targets:
            self.first = targets.index("customer.position.lat")
            self._lon = targets.index("customer.position.lon")
            self._warn = warner(mapping, slip, self.first)
        self._exact = known["customer.position"].parse if mapping.is_own else None

    def read(self, cells: Sequence[str]) -> Position | None:
        lat, lon = cells[self.first].strip(), cells[self._lon].strip()
        if not (lat or lon) or (lat.casefold() in self._empty and lon.casefold() in self._empty):
            return None
        if self._exact:
            found: Position | None = self._exact(f"{lat}, {lon}")
            return found
        return conversions.position(lat, lon, self._warn)


class NameColumns:
    """The columns of a person's given and family name and what stands around them."""

    def __init__(self, mapping: Mapping, known: Fields) -> None:
        self._at = [
            (index, path.removeprefix("contact.name."))
            for index, path in enumerate(mapping.targets)
            if path.startswith("contact.name.")
        ]
        self.first = self._at[0][0] if self._at else -1
        self._field = known["contact.name"]
        self._empty = mapping.empty_words

    def read(self, cells: Sequence[str]) -> str:
        """The whole name, "" if there is none. May raise Invalid."""
        parts = dict.fromkeys(NAME_PARTS, "")
        for index, part in self._at:
            text = cells[index].strip()
            if text.casefold() not in self._empty:
                parts[part] = text
        if not (parts["given"] or parts["family"] or parts["middle"]):
            return ""
        return str(self._field.parse(joined_name(**parts)))
