"""What every screen is: a page with a title, actions, a banner, and a state that survives being rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.actions import Action, ActionSet
from ui.desk import Desk
from ui.theme import look
from ui.widgets.banner import Banner


class Screen(QWidget):
    """A page of the main window.

    A subclass builds itself in `__init__`, asks the desk for what it shows in `arrive`, and gives its actions
    to `self.actions_here`. It is built anew when the language changes: what must survive that (a filter, a
    half-filled form) goes through `state` and `restore`.
    """

    title_changed = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setProperty("role", "page")
        self.page = QVBoxLayout(self)
        self.page.setContentsMargins(0, 0, 0, 0)
        self.page.setSpacing(0)
        self.banner = Banner()
        self._banner_place = self.place_banner(self.banner)
        self.actions_here = ActionSet(self)

    def arrive(self, where: Mapping[str, Any]) -> None:
        """The window shows this screen; `where` is what the caller gave (a filter, an id)."""

    def leave(self) -> bool:
        """The window is about to show another screen; False stays (say why)."""
        return True

    def state(self) -> dict[str, Any]:
        """What must survive a rebuild, as JSON can hold it."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` gave."""

    def offers(self) -> tuple[Action, ...]:
        """What can be done here, for the palette."""
        return self.actions_here.all()

    def show_banner(self, text: str, level: str = "warning") -> None:
        """Say something across the page; part of ui/errors.py's road."""
        self._banner_place.show()
        self.banner.say(text, level)

    def place_banner(self, banner: Banner) -> QWidget:
        """Put a banner below what is on the page already, in line with the title; gives its place, hidden yet."""
        px = look().tokens.px
        place = QWidget()
        column = QVBoxLayout(place)
        column.setContentsMargins(px(24), px(12), px(24), 0)
        column.addWidget(banner)
        place.hide()
        banner.closed.connect(place.hide)
        self.page.addWidget(place)
        return place

    def fill(self, widget: QWidget) -> None:
        """Give a list the rest of the page, its text in line with the title."""
        place = QWidget()
        column = QVBoxLayout(place)
        side = look().tokens.px(12)  # cells have another twelve
        column.setContentsMargins(side, 0, 0, 0)
        column.addWidget(widget)
        self.page.addWidget(place, 1)

    def headed(self, title: str, *right: QWidget) -> QHBoxLayout:
        """Put a title line on top, with widgets at its right. Gives the line, to add more."""
        px = look().tokens.px
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(px(24), px(20), px(24), px(12))
        row.setSpacing(px(8))
        self.heading = QLabel(title)
        self.heading.setProperty("role", "title")
        row.addWidget(self.heading)
        row.addStretch(1)
        for widget in right:
            row.addWidget(widget)
        self.page.insertWidget(0, bar)
        return row
