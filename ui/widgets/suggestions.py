"""Offers the values in use while one types: the same word for the same thing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter

from app.features import lists
from ui.desk import Desk
from ui.fields import Editor
from ui.fields.chips import ChipsEditor
from ui.fields.editor import LineEditor

REPEATING = ("tags", "assigned_to", "price_list")
"""Fields in which people write the same few things again and again."""


def suggest(desk: Desk, kind: str, made: Editor) -> None:
    """Ask for the values that a field has in the book, and offer them in its editor."""
    if made.field.name not in REPEATING:
        return

    def landed(found: list[tuple[Any, int]]) -> None:
        texts = [str(value) for value, _count in found]
        if isinstance(made, ChipsEditor):
            made.suggest(texts)
        elif isinstance(made, LineEditor):
            completer = QCompleter(texts, made)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            made.line.setCompleter(completer)

    desk.ask(made, lists.facets, kind, made.field.name).then(landed).start()
