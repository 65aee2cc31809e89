"""Fields that users define: made from a definition, they behave like declared ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.ids import Id, show
from app.model.entity import CUSTOM
from app.model.fields import KINDS, Field


def as_field(id_: Id, label: str, kind: str, options: Sequence[str] = (), unit: str = "") -> Field:
    """The field of a definition; its name is `x:<id>`. Its values are changes under that name."""
    parts: dict[str, Any] = {"name": CUSTOM + show(id_), "search": True, "personal": True}
    if kind in ("choice", "choices"):
        parts["options"] = tuple((option, option) for option in options)
    if kind == "number":
        parts["unit"] = unit
    return KINDS[kind](label, **parts)  # type: ignore[call-arg]


def definition_id(name: str) -> str:
    """The text of the definition's id in a custom field's name."""
    return name[len(CUSTOM) :]
