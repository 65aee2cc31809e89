"""The filters of a list as chips: each says what it keeps, opens on a click, and goes with its cross."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from app.features.filtering import Filter, Filterable
from app.i18n import _
from ui.fields import FlowLayout
from ui.theme import icon_size, look, set_icon
from ui.widgets.filter_sheet import Facets, FilterSheet
from ui.widgets.filter_text import sentence


class FilterChip(QFrame):
    """One filter. Enter opens it, Delete takes it away."""

    opened = Signal()
    removed = Signal()

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setProperty("role", "filter")
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(2), 0, px(2), 0)
        row.setSpacing(0)
        self.text = QPushButton(text)
        self.text.setProperty("kind", "chip")
        self.text.setToolTip(_("Change this filter"))
        self.text.setAccessibleName(_("Filter: {filter}").format(filter=text))
        self.text.clicked.connect(self.opened)
        cross = QToolButton()
        set_icon(cross, "close", "text")
        cross.setIconSize(QSize(px(12), px(12)))
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.setToolTip(_("Remove filter"))
        cross.setAccessibleName(_("Remove filter: {filter}").format(filter=text))
        cross.clicked.connect(self.removed)
        row.addWidget(self.text)
        row.addWidget(cross)
        self.setFocusProxy(self.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class FilterBar(QWidget):
    """`changed` gives all filters after every change. It is a line of nothing while there are none."""

    changed = Signal(object)

    def __init__(self, facets: Facets, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facets = facets
        self._fields: Sequence[Filterable] = ()
        self._filters: tuple[Filter, ...] = ()
        self._editing: Filter | None = None
        self._chips: list[FilterChip] = []
        px = look().tokens.px
        self._flow = FlowLayout(self, px(6))
        self.add = QPushButton(_("Filter"))
        self.add.setAccessibleName(_("Filter"))
        self.add.setToolTip(_("Add a filter (Ctrl+F)"))
        self.add.setIconSize(icon_size())
        set_icon(self.add, "filter", "text")
        self.add.clicked.connect(self.open_new)
        self.clear = QPushButton(_("Clear all"))
        self.clear.setProperty("kind", "plain")
        self.clear.clicked.connect(lambda: self._set(()))
        self._flow.addWidget(self.clear)
        self.clear.hide()
        self.hide()

    @property
    def filters(self) -> tuple[Filter, ...]:
        """What the chips stand for."""
        return self._filters

    def set_fields(self, fields: Sequence[Filterable]) -> None:
        """What can be filtered by."""
        self._fields = fields
        self.show_filters(self._filters)

    def show_filters(self, filters: Sequence[Filter]) -> None:
        """Show these as chips, without saying that anything changed."""
        self._filters = tuple(filters)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = []
        known = {one.path: one for one in self._fields}
        for one in self._filters:
            chip = FilterChip(sentence(one, known.get(one.field)))
            chip.opened.connect(partial(self._open, one, chip))
            chip.removed.connect(partial(self._remove, one))
            self._chips.append(chip)
            self._flow.insert_before_last(chip)
            chip.show()
        self.clear.setVisible(len(self._filters) > 1)
        self.setVisible(bool(self._filters))
        self._flow.invalidate()
        self.updateGeometry()

    def open_new(self) -> FilterSheet:
        """Begin a filter."""
        return self._sheet(None, None)

    def _open(self, one: Filter, chip: FilterChip) -> None:
        self._sheet(chip, one)

    def _sheet(self, beside: QWidget | None, present: Filter | None) -> FilterSheet:
        # The sheet hangs on the button, not on its chip: chips are made anew while it is open.
        sheet = FilterSheet(self.add, self._fields, self._facets, present, beside)
        self._editing = present
        sheet.edited.connect(self._edited)
        sheet.start()
        return sheet

    def _edited(self, made: Filter | None) -> None:
        old, kept = self._editing, list(self._filters)
        if made is None:
            kept = [one for one in kept if one != old]
        elif old in kept:
            kept = [made if one == old else one for one in kept]
        elif made not in kept:
            kept.append(made)
        self._editing = made
        self._set(tuple(kept))

    def _remove(self, one: Filter) -> None:
        self._set(tuple(kept for kept in self._filters if kept != one))
        self.add.setFocus()

    def _set(self, filters: tuple[Filter, ...]) -> None:
        if filters != self._filters:
            self.show_filters(filters)
            self.changed.emit(filters)
