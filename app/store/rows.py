"""Between a declared record and its row: which columns hold which field, and in what form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from app.model.entity import CUSTOM, FIELD_TIER, LIFE, Entity, Record
from app.model.fields import Field, Links
from app.model.folding import sort_key
from app.store.schema import table_name

HOUSE = ("row", "id", "book", "gone", "marks", "touched", "subject", "versions", "extra")
"""The columns before the declared ones, in the order in which `select` returns them."""


class RowPlan:
    """How one tier of a record kind lies in its table."""

    def __init__(self, entity: Entity, tier: int) -> None:
        self.entity, self.tier, self.table = entity, tier, table_name(entity, tier)
        self.fields = entity.tier(tier)
        self.places: dict[str, slice] = {}
        names: list[str] = []
        for field in self.fields:
            self.places[field.name] = slice(
                len(HOUSE) + len(names), len(HOUSE) + len(names) + len(field.columns)
            )
            names.extend(field.columns)
        self.columns = tuple(names)
        self.at = {name: place for place, name in enumerate((*HOUSE, *names))}
        """Where in a selected row each column stands."""
        self.empties = tuple(
            "" if "DEFAULT ''" in sql else 0 if "DEFAULT 0" in sql else None
            for field in self.fields
            for _suffix, sql in field.sql
        )
        """What the columns hold of which nothing was written, as they are declared."""
        self.select = (
            f"SELECT {', '.join(HOUSE)}, {', '.join(quoted(name) for name in names)} FROM {self.table}"
        )
        if not names:
            self.select = f"SELECT {', '.join(HOUSE)} FROM {self.table}"
        self._makers: dict[tuple[str, ...], Maker] = {}
        # Reading a record: which of its columns need more than the bare value.
        self._readers: list[tuple[str, int, int, Callable[..., Any] | None]] = [
            (
                field.name,
                self.places[field.name].start,
                self.places[field.name].stop,
                None if field.plain else field.from_row,
            )
            for field in self.fields
        ]

        cls, declared = entity.cls, {field.name for field in self.fields}
        self._new = cast(Callable[[type[Record]], Record], object.__new__)
        # Two lists, since most fields are bare values and a record is made of a row all the time.
        self._plain = [
            (getattr(cls, name).__set__, start)
            for name, start, _stop, convert in self._readers
            if convert is None
        ]
        self._converted = [
            (getattr(cls, name).__set__, slice(start, stop), convert)
            for name, start, stop, convert in self._readers
            if convert is not None
        ]
        self._others = [
            (getattr(cls, name).__set__, value)
            for name, value in entity.defaults.items()
            if name not in declared
        ]
        self._set_id, self._set_book = cls.id.__set__, cls.book.__set__  # type: ignore[attr-defined, misc]
        self._set_custom = cls.custom.__set__  # type: ignore[attr-defined, misc]

    def record(self, row: Sequence[Any], book: bytes) -> Record:
        """The record of a row. It goes past the frozen class's __init__, which costs as much as the SELECT."""
        made = self._new(self.entity.cls)
        for set_value, start in self._plain:
            set_value(made, row[start])
        for set_value, place, convert in self._converted:
            set_value(made, convert(*row[place]))
        for set_value, value in self._others:
            set_value(made, value)
        self._set_id(made, row[1])
        self._set_book(made, book)
        self._set_custom(made, custom(row[8]))
        return made

    def values(self, row: Sequence[Any]) -> dict[str, Any]:
        """The Python values of the declared fields."""
        return {
            name: row[start] if convert is None else convert(*row[start:stop])
            for name, start, stop, convert in self._readers
        }

    def wire(self, row: Sequence[Any], name: str) -> Any:
        """The wire value of a register whose single value stands in the row."""
        base, slash, element = name.partition("/")
        field = self.entity.by_name.get(base)
        if field is None or base not in self.places:
            return extras(row[8]).get(name)
        raw = row[self.places[base]]
        if slash:
            return True if element in field.to_wire(field.from_row(*raw)) else None
        return field.row_to_wire(*raw)

    def assignments(self, name: str, wire: Any) -> list[tuple[str, Any]]:
        """Columns and SQL values that a declared field's wire value sets, its sort key included."""
        field = self.entity.by_name[name]
        made = list(zip(field.columns, field.to_row(wire), strict=True))
        if field.sort:
            made.append((f"{name}_sort", sort_key(wire or "")))
        return made

    def maker(self, fields: tuple[str, ...]) -> Maker:
        """How a row with exactly these fields is inserted."""
        maker = self._makers.get(fields)
        if maker is None:
            if len(self._makers) >= 512:  # free tags make ever new sets of fields
                self._makers.clear()
            maker = self._makers[fields] = Maker(self, fields)
        return maker


class Maker:
    """The INSERT for rows that one edit creates, prepared for its set of fields."""

    def __init__(self, plan: RowPlan, fields: tuple[str, ...]) -> None:
        names: list[str] = []
        self.steps: list[tuple[int, Callable[[Any], tuple[Any, ...]] | None, bool]] = []
        self.custom: list[tuple[int, str]] = []
        self.fixed: list[Any] = []
        elements: dict[str, list[str]] = {}
        for place, name in enumerate(fields):
            base, slash, element = name.partition("/")
            field = plan.entity.by_name.get(base)
            if name == LIFE:
                continue
            if field is None or field.name not in plan.places:
                self.custom.append((place, name))
            elif slash:
                elements.setdefault(base, []).append(element)
            else:
                names.extend(field.columns)
                self.steps.append((place, None if field.plain else field.to_row, field.sort))
                if field.sort:
                    names.append(f"{name}_sort")
        for base, found in elements.items():
            names.extend(plan.entity.by_name[base].columns)
            self.fixed.extend(plan.entity.by_name[base].to_row(sorted(found)))
        head = ["row", "id", "book", "touched", "subject", "versions"]
        if self.custom:
            head.append("extra")
        everything = head + names
        self.sql = (
            f"INSERT INTO {plan.table} ({', '.join(quoted(name) for name in everything)}) "
            f"VALUES ({', '.join('?' * len(everything))})"
        )

    def row(self, head: list[Any], values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The parameters of the INSERT; `head` is row, id, book, touched, subject, versions."""
        made = head
        if self.custom:
            made.append(extra({name: values[place] for place, name in self.custom}))
        for place, convert, sort in self.steps:
            value = values[place]
            if convert is None:
                made.append(value)
            else:
                made.extend(convert(value))
            if sort:
                made.append(sort_key(value))
        if self.fixed:
            made.extend(self.fixed)
        return tuple(made)


def extra(values: Mapping[str, Any]) -> str:
    """Custom and not yet known fields as JSON; a field without a value is left out."""
    kept = {name: value for name, value in values.items() if value is not None}
    if not kept:
        return ""
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_to_json)


def _to_json(value: object) -> dict[str, str]:
    """Bytes in fields that this program does not know; no value on the wire is a map, so that these tell them."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    raise TypeError(f"{type(value).__name__} does not travel")


def _from_json(found: dict[str, Any]) -> Any:
    return bytes.fromhex(found["bytes"]) if found.keys() == {"bytes"} else found


def extras(column: str) -> dict[str, Any]:
    """What `extra` has written."""
    return json.loads(column, object_hook=_from_json) if column else {}


def custom(column: str) -> dict[str, Any]:
    """The custom values of a row by the id of their definition."""
    if not column:
        return {}
    return {
        name[len(CUSTOM) :]: value for name, value in json.loads(column).items() if name.startswith(CUSTOM)
    }


def quoted(name: str) -> str:
    """A column name that may be a word of SQL."""
    return f'"{name}"'


_plans: dict[tuple[str, int], RowPlan] = {}


def plan(entity: Entity, tier: int = FIELD_TIER) -> RowPlan:
    """The plan of one tier of a record kind, made once."""
    key = (entity.name, tier)
    found = _plans.get(key)
    if found is None:
        found = _plans[key] = RowPlan(entity, tier)
    return found


def to_record(entity: Entity, row: Sequence[Any], book: bytes) -> Record:
    """The record of a row of its field tier; restricted fields keep their defaults."""
    return plan(entity).record(row, book)


def element_wire(field: Field, value: Any) -> list[str]:
    """The elements of a set as they stand in field names: texts, also for ids."""
    return field.to_wire(value) if isinstance(field, Links) else list(value)
