"""Six words, large enough to be read aloud across a room, and the question whether both sides show the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.crypto.words import numbers
from app.i18n import _
from ui.desk import Pending
from ui.theme import look
from ui.widgets.talk_dialog import TalkDialog

A_ROW = 3


class SixWords(QFrame):
    """The words in two rows, each with its number in the list for those who would rather read out digits."""

    def __init__(self, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "composer")
        px = look().tokens.px
        grid = QGridLayout(self)
        grid.setContentsMargins(px(20), px(16), px(20), px(16))
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(16))
        for place, (word, number) in enumerate(zip(words, numbers(tuple(words)), strict=True)):
            text = QLabel(word)
            text.setProperty("role", "display")
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text.setAccessibleName(_("Word {n}: {word}").format(n=place + 1, word=word))
            digits = QLabel(f"{number:04}")
            digits.setProperty("role", "caption")
            digits.setAccessibleName(_("Number of word {n}: {number}").format(n=place + 1, number=number))
            box = QVBoxLayout()
            box.setSpacing(0)
            box.addWidget(text)
            box.addWidget(digits)
            row, column = divmod(place, A_ROW)
            grid.addLayout(box, row, column)
            grid.setColumnStretch(column, 1)
        self.setAccessibleName(_("The six words"))
        self.setAccessibleDescription(" ".join(words))


class CompareWords(TalkDialog):
    """Lets a device in once a person has said that both sides show the same words."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        text: str,
        words: Sequence[str],
        let_in: Callable[[], Pending[object]],
        turn_away: Callable[[], Pending[None]],
        then: Callable[[], object],
    ) -> None:
        super().__init__(parent, title, text, yes=_("The same: let it in"))
        self._let_in, self._turn_away, self._then = let_in, turn_away, then
        self.setMinimumWidth(look().tokens.px(560))
        self.body.addWidget(SixWords(words))
        self.differ = QPushButton(_("They differ: turn it away"))
        self.differ.setAutoDefault(False)
        self.differ.setProperty("kind", "plain")
        self.differ.clicked.connect(self.refuse)
        self.buttons.insertWidget(0, self.differ)
        self.no.setFocus()  # whoever only presses Enter has not compared anything

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self.differ.setEnabled(not busy)

    def agree(self) -> None:
        self.wait_for(self._let_in(), self._done)

    def refuse(self) -> None:
        """Other words: somebody else is knocking."""
        self.wait_for(self._turn_away(), self._done)

    def _done(self, _nothing: object) -> None:
        self._then()
        self.accept()
