"""Offers the values in use while one types: the same word for the same thing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QCompleter

from app.features import lists
from ui.desk import Desk
from ui.fields import Editor
from ui.fields.chips import ChipsEditor
from ui.fields.editor import LineEditor

REPEATING = ("tags", "assigned_to", "price_list")
"""Fields in which people write the same few things again and again."""


def suggest(desk: Desk, kind: str, made: Editor) -> None:
    """Offer the values that a field has in the book, from the moment its editor gets the keyboard."""
    if made.field.name in REPEATING and isinstance(made, (ChipsEditor, LineEditor)):
        _Suggestions(desk, kind, made)


class _Suggestions(QObject):
    """Asks once, and only when somebody is about to type: counting values reads the whole book."""

    def __init__(self, desk: Desk, kind: str, made: ChipsEditor | LineEditor) -> None:
        super().__init__(made)
        self._desk, self._kind, self._editor = desk, kind, made
        made.inner().installEventFilter(self)
        if made.inner().hasFocus():
            self._ask()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self._ask()
        return False

    def _ask(self) -> None:
        self._editor.inner().removeEventFilter(self)
        asked = self._desk.ask(self, lists.facets, self._kind, self._editor.field.name)
        asked.then(self._offer).start()

    def _offer(self, found: list[tuple[Any, int]]) -> None:
        texts = [str(value) for value, _count in found]
        if isinstance(self._editor, ChipsEditor):
            self._editor.suggest(texts)
            return
        completer = QCompleter(texts, self._editor)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._editor.line.setCompleter(completer)
