"""What a list can be filtered by: fields, the tests that fit each, and a sentence for every filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.i18n import N_
from app.model.entity import Entity
from app.model.fields import Field, Moment, YesNo


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a list. `value` is a text, a number, a pair, or a tuple of texts, as the test asks."""

    field: str
    test: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Filterable:
    """A field, or a part of one, that lists can be filtered by."""

    path: str
    label: str
    field: Field
    tests: tuple[str, ...]

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """Declared values with their labels, for choices."""
        return tuple(getattr(self.field, "options", ()))

    @property
    def has_facets(self) -> bool:
        """Whether its values repeat, so that choosing from them beats typing."""
        return "any" in self.tests and self.field.kind != "windows"


TESTS: dict[str, str] = {
    "any": N_("is one of"),
    "none": N_("is none of"),
    "all": N_("has all of"),
    "contains": N_("contains"),
    "lacks": N_("does not contain"),
    "starts": N_("begins with"),
    "is": N_("is"),
    "least": N_("at least"),
    "most": N_("at most"),
    "since": N_("on or after"),
    "until": N_("on or before"),
    "last": N_("in the last … days"),
    "next": N_("in the next … days"),
    "yes": N_("is yes"),
    "no": N_("is no"),
    "filled": N_("is filled in"),
    "empty": N_("is empty"),
}
"""Every test with what a menu calls it."""

WITHOUT_VALUE = frozenset({"yes", "no", "filled", "empty"})

_THERE = ("filled", "empty")
_WORDS = ("contains", "lacks", "starts", "is", *_THERE)
_REPEATING = ("any", "none", "contains", *_THERE)
_BY_KIND: dict[str, tuple[str, ...]] = {
    "choice": ("any", "none", *_THERE),
    "choices": ("any", "all", "none", *_THERE),
    "tags": ("any", "all", "none", *_THERE),
    "elements": ("any", "all", "none", *_THERE),
    "windows": ("any", "none", *_THERE),
    "day": ("since", "until", "last", "next", *_THERE),
    "moment": ("since", "until", "last", "next", *_THERE),
    "money": ("least", "most", *_THERE),
    "number": ("least", "most", *_THERE),
    "yes_no": ("yes", "no"),
    "position": _THERE,
    "text": _WORDS,
    "long_text": _WORDS,
    "phone": _WORDS,
    "email": _WORDS,
    "web": _WORDS,
}
_REPEATED = frozenset({"assigned_to", "price_list", "by", "role"})
"""Text fields of which a book holds few different values."""

_PARTS = (
    ("city", N_("City"), _REPEATING),
    ("postcode", N_("Postcode"), _WORDS),
    ("region", N_("Region"), _REPEATING),
    ("country", N_("Country"), _REPEATING),
    ("street", N_("Street and number"), _WORDS),
)

# What every record has beside its fields.
_CHANGED, _WAITS = N_("Last changed"), N_("Waits for a decision")
_KEPT = (
    Filterable("touched", _CHANGED, Moment(_CHANGED), ("last", "since", "until")),
    Filterable("marks", _WAITS, YesNo(_WAITS), ("yes", "no")),
)


def filterable(entity: Entity, custom: Sequence[Field] = ()) -> tuple[Filterable, ...]:
    """Everything that lists of a kind can be filtered by. Restricted fields cannot: looking at them is audited."""
    found: list[Filterable] = []
    for field in (*entity.fields, *custom):
        if field.restricted or field.hidden:
            continue
        if field.kind == "address":
            found += [
                Filterable(f"{field.name}.{part}", label, field, tests) for part, label, tests in _PARTS
            ]
        elif field.name in _REPEATED:
            found.append(Filterable(field.name, field.label, field, _REPEATING))
        elif field.kind in _BY_KIND:
            found.append(Filterable(field.name, field.label, field, _BY_KIND[field.kind]))
    return (*found, *_KEPT)


def is_complete(one: Filter) -> bool:
    """Whether the filter has what its test needs."""
    return one.test in WITHOUT_VALUE or one.value not in (None, "", ())
