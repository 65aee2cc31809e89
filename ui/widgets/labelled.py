"""A combo box with its label above it, for choosing among a few things."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import _
from ui.theme import look

MOST_PX = 380


class LabelledCombo(QWidget):
    """`chosen` gives the data of what the person chose; showing a choice from code says nothing."""

    chosen = Signal(object)

    def __init__(self, text: str, tip: str = "", width: int = 0) -> None:
        super().__init__()
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        label = QLabel(text)
        label.setProperty("role", "label")
        self.combo = QComboBox()
        # On Linux Qt calls a combo box by its choice; its meaning is the label's.
        label.setBuddy(self.combo)
        self.combo.setAccessibleName(text)
        self.combo.setToolTip(tip)
        self.combo.setMaxVisibleItems(16)
        self.combo.setPlaceholderText(_("Guessed"))
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.combo.setMaximumWidth(px(MOST_PX))
        if width:
            self.combo.setFixedWidth(px(width))
        self.combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        column.addWidget(label)
        column.addWidget(self.combo)
        self.combo.activated.connect(self._activated)
        self._items: tuple[tuple[Any, str], ...] = ()

    def offer(self, items: Iterable[tuple[Any, str]], present: Any) -> None:
        """Offer these (data, text) and show the present one."""
        wanted = tuple(items)
        with QSignalBlocker(self.combo):
            if wanted != self._items:
                self._items = wanted
                self.combo.clear()
                for data, text in wanted:
                    self.combo.addItem(text, data)
            values = [data for data, _text in wanted]
            self.combo.setCurrentIndex(values.index(present) if present in values else -1)

    def _activated(self, index: int) -> None:
        self.chosen.emit(self._items[index][0])
