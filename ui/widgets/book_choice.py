"""Books with a tick each, and a second one for their restricted fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QWidget

from app.i18n import _
from app.ids import Id
from ui.theme import look, plain
from ui.widgets.cards import words


class BookChoice(QFrame):
    """`changed` once another box was ticked. Restricted fields are of no use without the rest, so they tick it, too."""

    changed = Signal()

    def __init__(
        self,
        books: Sequence[tuple[Id, str]],
        chosen: Iterable[bytes] = (),
        offices: Iterable[bytes] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "composer")
        px = look().tokens.px
        grid = QGridLayout(self)
        grid.setContentsMargins(px(12), px(8), px(12), px(8))
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(2))
        grid.setColumnStretch(0, 1)
        chosen, offices = frozenset(chosen), frozenset(offices)
        self._boxes: dict[Id, tuple[QCheckBox, QCheckBox]] = {}
        for row, (book, name) in enumerate(books):
            title = plain(name) or _("A book without a name")
            field, office = QCheckBox(title.replace("&", "&&")), QCheckBox(_("with restricted fields"))
            field.setAccessibleName(title)
            office.setAccessibleName(_("{book}, with restricted fields").format(book=title))
            field.setChecked(book in chosen)
            office.setChecked(book in offices)
            field.toggled.connect(lambda on, other=office: None if on else other.setChecked(False))
            office.toggled.connect(lambda on, other=field: other.setChecked(True) if on else None)
            for box in (field, office):
                box.toggled.connect(lambda _on: self.changed.emit())
            grid.addWidget(field, row, 0)
            grid.addWidget(office, row, 1)
            self._boxes[book] = (field, office)
            if row == 0:
                self.setFocusProxy(field)
        if not books:
            grid.addWidget(words(_("This computer holds no book that it could give."), "soft"), 0, 0)

    def books(self) -> tuple[Id, ...]:
        """The books that are ticked."""
        return tuple(book for book, (field, _office) in self._boxes.items() if field.isChecked())

    def offices(self) -> tuple[Id, ...]:
        """Those of them with restricted fields."""
        return tuple(book for book, (_field, office) in self._boxes.items() if office.isChecked())
