"""Navigation at the left: groups of places, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.i18n import _
from ui.theme import icon_size, look, set_icon


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go."""

    name: str
    label: str
    icon: str
    group: str = ""


class Sidebar(QWidget):
    """`chosen` gives the name of the place. Arrow keys go from place to place, as in any exclusive group."""

    chosen = Signal(str)

    def __init__(self, places: Sequence[Place], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = look().tokens.px
        self.head = QVBoxLayout()
        self.foot = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(12), px(8), px(8))
        column.setSpacing(px(2))
        column.addLayout(self.head)
        self._buttons: dict[str, QToolButton] = {}
        self._labels = {place.name: place.label for place in places}
        self._group = group = QButtonGroup(self)
        group.setExclusive(True)
        title = ""
        for place in places:
            if place.group != title:
                title = place.group
                label = QLabel(title)
                label.setProperty("role", "nav-group")
                column.addWidget(label)
            button = QToolButton()
            button.setProperty("role", "nav")
            button.setText(place.label)
            button.setAccessibleName(place.label)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setIconSize(icon_size())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_icon(button, place.icon, "text_soft", active="on_selected")
            button.clicked.connect(lambda _on=False, name=place.name: self.chosen.emit(name))
            group.addButton(button)
            column.addWidget(button)
            self._buttons[place.name] = button
        column.addStretch(1)
        column.addLayout(self.foot)

    def set_count(self, name: str, count: int) -> None:
        """How much waits at a place; 0 shows nothing."""
        button = self._buttons.get(name)
        if button is not None:
            label = self._labels[name]
            text = _("{place} ({n})").format(place=label, n=count) if count else label
            button.setText(text)
            button.setAccessibleName(text)

    def show_chosen(self, name: str) -> None:
        """Mark a place as the present one without going there; none for a place that does not stand here."""
        if name in self._buttons:
            self._buttons[name].setChecked(True)
            return
        self._group.setExclusive(False)
        for button in self._buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)
