"""Reads the definitions of custom fields for the door itself, which must check their values."""

from __future__ import annotations

from typing import Any

from app.model.custom import as_field
from app.model.fields import Field
from app.store.reader import Is, Order, Query, Reader

DEFINITIONS = "custom_field"
"""The kind of record that defines them (features/crm/custom_fields.py)."""


def custom_fields(reader: Reader, kind: str) -> tuple[Field, ...]:
    """The company's own fields on a kind of record, in the order in which they are shown."""
    query = Query(DEFINITIONS, Is("of", "is", kind), (Order("row"),))
    found: list[Any] = list(reader.records(query))
    # Those that somebody arranged come first; new ones follow in the order of their making.
    found.sort(key=lambda definition: (definition.place is None, definition.place or 0))
    return tuple(map(_field, found))


def _field(definition: Any) -> Field:
    return as_field(definition.id, definition.label, definition.kind, definition.options, definition.unit)
