"""Fields that users define: made from a definition, they behave like declared ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.ids import Id, show
from app.model.entity import CUSTOM
from app.model.fields import KINDS, Field
from app.model.fitting import fits

_NEVER = frozenset({"link", "links"})
"""Kinds that need more than a definition can say."""


def as_field(id_: Id, label: str, kind: str, options: Sequence[str] = (), unit: str = "") -> Field:
    """The field of a definition; its name is `x:<id>`. Its values are changes under that name."""
    parts: dict[str, Any] = {"name": CUSTOM + show(id_), "search": True, "personal": True}
    if kind not in KINDS or kind in _NEVER:
        # Of a newer program, or of a patched one: nothing of it can be shown.
        kind, parts["hidden"] = "text", True
    if kind in ("choice", "choices"):
        parts["options"] = tuple((option, option) for option in options)
    if kind == "number":
        parts["unit"] = unit
    made = KINDS[kind](label, **parts)  # type: ignore[call-arg]
    # Values that were written while the field was of another kind are none, until somebody writes anew.
    object.__setattr__(made, "from_wire", _reading(made))
    return made


def _reading(field: Field) -> Callable[[Any], Any]:
    read, empty = field.from_wire, field.empty
    return lambda wire: read(wire) if fits(field, wire) else empty


def definition_id(name: str) -> str:
    """The text of the definition's id in a custom field's name."""
    return name[len(CUSTOM) :]
