"""What a section of the settings is made of: a heading above cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from ui.desk import Desk
from ui.theme import look
from ui.widgets.cards import Card, CardColumn, Row, push, words

__all__ = ["Card", "Row", "Section", "push", "words"]


class Section(CardColumn):
    """One page of the settings. A subclass builds its cards and asks for what they show in `arrive`."""

    def __init__(self, desk: Desk, title: str, text: str = "") -> None:
        super().__init__()
        self.desk = desk
        self.keyboard: QWidget | None = None
        """What had the keyboard before a rebuild, and is given it once when the settings get it."""
        self.heading = words(title, "heading")
        self.put(self.heading)
        if text:
            self.column.insertSpacing(self.column.count() - 1, -look().tokens.px(6))
            self.put(words(text, "soft"))
        self.setAccessibleName(title)

    def arrive(self) -> None:
        """The section is shown: ask for what it shows."""

    def state(self) -> dict[str, Any]:
        """What must survive a change of language or text size."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` gave."""
