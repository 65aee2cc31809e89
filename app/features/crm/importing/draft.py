"""What one row of a file asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.features.crm.importing.layout import Row
from app.ids import Id

Values = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """Only filled cells are in `customer` and `contact`: an empty cell erases nothing.

    With `reject` set the row cannot be taken; the reason is a sentence, `column` the heading it concerns.
    """

    row: Row
    customer: Values = field(default_factory=dict)
    contact: Values | None = None
    customer_id: Id | None = None
    contact_id: Id | None = None
    warnings: list[tuple[str, str, str]] = field(default_factory=list)
    """(kind, column, text), kind a key of conversions.WARNINGS."""
    reject: str = ""
    column: str = ""


class Slip:
    """The draft being filled, where parsers can leave warnings and texts that have no field of their own."""

    def __init__(self) -> None:
        self.draft = Draft(Row(0, 0, ()))
        self.contact: Values = {}
        self.further: list[str] = []

    def begin(self, draft: Draft) -> None:
        self.draft = draft
        self.contact = {}
        if self.further:
            self.further = []

    def keep(self, text: str) -> None:
        self.further.append(text)
