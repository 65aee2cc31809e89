"""What a person decided about an import; all else is guessed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.features.crm.importing.headings import EMPTY_SIGNS
from app.features.crm.importing.layout import Layout
from app.features.crm.importing.mapping import Mapping

CUSTOMERS, CONTACTS = "customers", "contacts"
AUTOMATIC, BY_CODE, BY_NAME, BY_CHOICE = "", "code", "name,address", "*"


@dataclass(slots=True)
class Chosen:
    """What the person decided. All else is guessed."""

    path: str = ""
    kind: str = CUSTOMERS
    layout: Layout = field(default_factory=Layout)
    by_hand: dict[str, str] = field(default_factory=dict)
    """Column → target, "" for none; kept when the file is read in another way."""
    match: str = AUTOMATIC
    match_fields: tuple[str, ...] = ()
    reads_empty: bool = True
    empty_words: tuple[str, ...] = ("NULL", "N/A", "#N/A", "none", "-", "—", "无", "暂无")
    currency: str = ""
    day_first: bool | None = None

    @property
    def match_text(self) -> str:
        """The fields to match by, as an import is told them."""
        return ",".join(self.match_fields) if self.match == BY_CHOICE else self.match

    def applied_to(self, mapping: Mapping) -> Mapping:
        """The mapping with these options in it."""
        words = {word.strip().casefold() for word in self.empty_words} - {""}
        if not self.reads_empty:
            mapping = replace(mapping, empty_words=frozenset(), empty_signs=frozenset())
        elif self.empty_words != Chosen().empty_words:
            # In names, signs such as “-” or “none” are taken at their word.
            signs = frozenset(words & EMPTY_SIGNS)
            mapping = replace(mapping, empty_words=frozenset(words - EMPTY_SIGNS), empty_signs=signs)
        if self.currency:
            mapping = replace(mapping, currency=self.currency)
        if self.day_first is not None:
            mapping = replace(mapping, day_first=self.day_first)
        return mapping
