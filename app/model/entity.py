"""Record kinds, declared once: table, form, list, search, import, export and rights follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from app.errors import NotFound
from app.i18n import _, listed
from app.ids import Id
from app.model.fields import Field, Link, named

LIFE = "~"
"""The register that says whether a record lives: True, or the dots that a deletion has seen."""
CUSTOM = "x:"
"""Begins the name of a custom field; its definition's id follows."""

NOT_YET = Id(b"")

FIELD_TIER = 0
OFFICE_TIER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record has. An empty id means that it was never saved."""

    id: Id = NOT_YET
    book: Id = NOT_YET
    custom: Mapping[str, Any] = field(default_factory=dict)


R = TypeVar("R", bound=Record)


class Entity:
    """A record kind as declared."""

    def __init__(
        self, name: str, label: str, plural: str, cls: type[Record], company: bool, title: str
    ) -> None:
        self.name, self.label, self.plural, self.cls, self.company = name, label, plural, cls, company
        hints = get_type_hints(cls, include_extras=True)
        defaults = {part.name: part.default for part in fields(cls)}
        declared: list[Field] = []
        for part in fields(cls):
            hint = hints[part.name]
            if get_origin(hint) is Annotated:
                found = [extra for extra in get_args(hint)[1:] if isinstance(extra, Field)]
                declared.extend(named(field, part.name) for field in found)
        self.fields: tuple[Field, ...] = tuple(declared)
        self.by_name: Mapping[str, Field] = {field.name: field for field in self.fields}
        self.defaults = {
            field.name: field.empty
            if repr(defaults[field.name]).startswith("<dataclasses.")
            else defaults[field.name]
            for field in self.fields
        }
        self.title_field = title or self.fields[0].name

    def field(self, name: str) -> Field:
        """The field of that name. Raises NotFound."""
        try:
            return self.by_name[name]
        except KeyError:
            raise NotFound(
                _("{kind} has no field “{name}”. It has: {names}.").format(
                    kind=_(self.label), name=name[:40], names=listed(self.by_name)
                )
            ) from None

    def tier(self, tier: int) -> tuple[Field, ...]:
        """The fields of one tier: restricted ones live in the office tier, in a table of their own."""
        return tuple(field for field in self.fields if field.restricted == (tier == OFFICE_TIER))

    @cached_property
    def has_office(self) -> bool:
        return any(field.restricted for field in self.fields)

    @cached_property
    def personal(self) -> frozenset[str]:
        """Names of the fields that travel and rest sealed under the record's own key."""
        return frozenset(field.name for field in self.fields if field.personal)

    @cached_property
    def parent(self) -> Link | None:
        """The link to the record with which this kind lives and moves."""
        return next((field for field in self.fields if isinstance(field, Link) and field.parent), None)

    @cached_property
    def searched(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.search)

    def __repr__(self) -> str:
        return f"Entity({self.name})"


_by_name: dict[str, Entity] = {}
_by_class: dict[type[Record], Entity] = {}


def entity(
    name: str, label: str, *, plural: str = "", company: bool = False, title: str = ""
) -> Callable[[type[R]], type[R]]:
    """Declare a record kind. `company=True`: it lives in the company book that every member reads."""

    def register(cls: type[R]) -> type[R]:
        if name in _by_name:
            raise TypeError(f"two record kinds are called {name!r}")
        _by_name[name] = _by_class[cls] = Entity(name, label, plural or label, cls, company, title)
        return cls

    return register


def entity_of(cls: type[Record]) -> Entity:
    """The declaration of a record class."""
    return _by_class[cls]


def entity_named(name: str) -> Entity:
    """The declaration of that name. Raises NotFound."""
    try:
        return _by_name[name]
    except KeyError:
        raise NotFound(_("There is no kind of record called “{name}”.").format(name=name[:40])) from None


def is_kind(name: str) -> bool:
    """Whether this program knows the kind."""
    return name in _by_name


def entities() -> tuple[Entity, ...]:
    """All declared kinds, in the order of their declaration."""
    return tuple(_by_name.values())
