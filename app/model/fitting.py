"""Whether a value from another device is one that its field can hold: a patched program may send anything.

Only what reading and showing rely on is asked, never what a person is asked when typing: limits and options
may differ between versions, and a value that a newer program allows must not be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app.model.change import Edit
from app.model.encoding import Sealed
from app.model.entity import CUSTOM, LIFE, Entity
from app.model.fields import Field
from app.model.fields.declared import CONTROL
from app.model.moving import MOVED, read_place

STRANGE: Final = "?"
"""Begins the name of a register that the declared field has no place for: kept with the unknown ones."""

LAST_MS: Final = 253_402_300_800_000
"""The year 10000: no clock face, and no Python, shows what comes then."""


def fits(field: Field, wire: Any) -> bool:
    """Whether the field can be read from this wire value and shown."""
    return wire is None or _FITS.get(field.kind, _is_text)(wire)


def fitted(entity: Entity, edit: Edit) -> Edit:
    """The edit as it is applied: what does not fit is no value, what has no place is kept aside. Dots stay.

    A value that is still sealed does not open here: it is kept as it came, and read as no value.
    """
    key = (entity.name, edit.fields)
    shape = _shapes.get(key)
    if shape is None:
        if len(_shapes) > 2048:
            _shapes.clear()
        shape = _shapes[key] = _shape(entity, edit.fields)
    names, rules = shape
    given = edit.values
    values: list[Any] | None = None
    for place, rule in rules:
        value = given[place]
        if rule is _is_text and type(value) is str and "\0" not in value:
            continue  # nearly all of them
        if rule is _PLACE:
            if read_place(value) is None:
                names = (*names[:place], STRANGE + names[place], *names[place + 1 :])
        elif value is None or isinstance(value, Sealed) or (rule is not _ELEMENT and rule(value)):
            continue
        else:
            values = values or list(given)
            values[place] = True if rule is _ELEMENT and value else None
    if values is None and names == edit.fields:
        return edit
    return edit._replace(fields=names, values=given if values is None else tuple(values))


Rule = Callable[[Any], bool]


def _ELEMENT(_wire: Any) -> bool:  # noqa: N802
    return True


def _PLACE(_wire: Any) -> bool:  # noqa: N802
    return True


_shapes: dict[tuple[str, tuple[str, ...]], tuple[tuple[str, ...], tuple[tuple[int, Rule], ...]]] = {}


def _shape(entity: Entity, fields: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[int, Rule], ...]]:
    """The names under which fields are kept, and what is asked of the values at some places."""
    names: list[str] = []
    rules: list[tuple[int, Rule]] = []
    for place, name in enumerate(fields):
        base, slash, element = name.partition("/")
        field = None if name == LIFE or name.startswith(CUSTOM) else entity.by_name.get(base)
        if name == MOVED:
            rules.append((place, _PLACE))
        elif field is None:
            pass
        elif bool(slash) != field.elementwise or (slash and not _is_element(field, element)):
            name = STRANGE + name  # noqa: PLW2901
        else:
            rules.append((place, _ELEMENT if slash else _FITS.get(field.kind, _is_text)))
        names.append(name)
    return tuple(names), tuple(rules)


def _is_element(field: Field, element: str) -> bool:
    if not 0 < len(element) <= 200 or CONTROL.search(element):
        return False
    if field.kind == "links":
        try:
            field.from_wire([element])
        except Exception:
            return False
    return True


def _is_text(wire: Any) -> bool:
    return isinstance(wire, str) and "\0" not in wire


def _is_texts(wire: Any) -> bool:
    return isinstance(wire, list | tuple) and all(_is_text(part) for part in wire)


def _is_int(wire: Any) -> bool:
    return type(wire) is int and abs(wire) <= 2**53


def _is_day(wire: Any) -> bool:
    try:
        return _is_text(wire) and (not wire or date.fromisoformat(wire).isoformat() == wire)
    except ValueError:
        return False


def _is_number(wire: Any) -> bool:
    try:
        return _is_text(wire) and len(wire) <= 100 and Decimal(wire).is_finite()
    except InvalidOperation:
        return False


def _is_money(wire: Any) -> bool:
    return isinstance(wire, list | tuple) and len(wire) == 2 and _is_int(wire[0]) and _is_text(wire[1])


def _is_position(wire: Any) -> bool:
    return (
        isinstance(wire, list | tuple)
        and len(wire) == 2
        and all(map(_is_int, wire))
        and abs(wire[0]) <= 90_000_000
        and abs(wire[1]) <= 180_000_000
    )


_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "yes_no": lambda wire: isinstance(wire, bool),
    "day": _is_day,
    "moment": lambda wire: _is_int(wire) and 0 <= wire < LAST_MS,
    "number": _is_number,
    "money": _is_money,
    "position": _is_position,
    "address": lambda wire: _is_texts(wire) and len(wire) == 5,
    "link": lambda wire: isinstance(wire, bytes) and len(wire) == 16,
    **dict.fromkeys(("elements", "tags", "choices", "windows", "links"), _is_texts),
}
