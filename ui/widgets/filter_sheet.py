"""The sheet in which a filter is made: first the field, then the test and its value. It takes effect at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from app.features.filtering import TESTS, Filter, Filterable, is_complete
from app.i18n import _
from ui.theme import look
from ui.widgets.filter_text import label_of
from ui.widgets.filter_values import FilterValue, value_editor
from ui.widgets.popover import Popover

REST_MS = 250  # typing goes on; ask once it rests
FIELDS_SHOWN = 12

Facets = Callable[[QObject, str, Callable[[list[tuple[Any, int]]], object]], None]
"""Asks for the values of a field with counts, on behalf of an owner, and hands them over."""


class FilterSheet(Popover):
    """`edited` gives the filter after every change, None while it is not complete or is taken away."""

    edited = Signal(object)

    def __init__(
        self,
        anchor: QWidget,
        fields: Sequence[Filterable],
        facets: Facets,
        present: Filter | None = None,
        beside: QWidget | None = None,
    ) -> None:
        super().__init__(anchor, _("Filter"), beside)
        self.setMinimumWidth(look().tokens.px(300))
        self._fields, self._facets = fields, facets
        self._value: FilterValue | None = None
        self._by: Filterable | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._tell)
        self.closed.connect(self._tell_last)
        by = next((one for one in fields if present and one.path == present.field), None)
        if present is not None and by is not None:
            self._edit(by, present)
        else:
            self._choose_field()

    def start(self) -> None:
        """Open it with the keyboard where it is wanted first."""
        self.open(self._value if self._value is not None else self._line)

    # First step: which field

    def _choose_field(self) -> None:
        self._line = QLineEdit()
        self._line.setPlaceholderText(_("Filter by…"))
        self._line.setAccessibleName(_("Filter by…"))
        self._line.textChanged.connect(self._narrow)
        self._line.returnPressed.connect(self._take_field)
        self._line.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(_("Fields"))
        self._list.setUniformItemSizes(True)
        for one in self._fields:
            item = QListWidgetItem(label_of(one))
            item.setData(Qt.ItemDataRole.UserRole, one.path)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.itemClicked.connect(lambda _item: self._take_field())
        self._list.itemActivated.connect(lambda _item: self._take_field())
        self._list.setFixedHeight(self._list.sizeHintForRow(0) * FIELDS_SHOWN)
        self.box.addWidget(self._line)
        self.box.addWidget(self._list)

    def _narrow(self, text: str) -> None:
        wanted, first = text.strip().casefold(), -1
        for row in range(self._list.count()):
            hidden = wanted not in self._list.item(row).text().casefold()
            self._list.item(row).setHidden(hidden)
            if not hidden and first < 0:
                first = row
        self._list.setCurrentRow(first)

    def _take_field(self) -> None:
        item = self._list.currentItem()
        if item is None or item.isHidden():
            return
        path = item.data(Qt.ItemDataRole.UserRole)
        by = next(one for one in self._fields if one.path == path)
        for widget in (self._line, self._list):
            widget.removeEventFilter(self)
            widget.hide()
            self.box.removeWidget(widget)
            widget.deleteLater()
        self._edit(by, Filter(by.path, by.tests[0]))
        self.refit()
        if self._value is not None:
            self._value.show()  # its layout would show it later, and nothing hidden takes the keyboard
            self._value.setFocus(Qt.FocusReason.OtherFocusReason)

    # Second step: test and value

    def _edit(self, by: Filterable, present: Filter) -> None:
        self._by, self._present = by, present
        px = look().tokens.px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        title = QLabel(label_of(by))
        title.setProperty("role", "strong")
        head.addWidget(title)
        head.addStretch(1)
        self._test = QComboBox()
        for test in by.tests:
            self._test.addItem(_(TESTS[test]), test)
        self._test.setCurrentIndex(max(0, self._test.findData(present.test)))
        self._test.setAccessibleName(_("How to compare"))
        self._test.currentIndexChanged.connect(self._test_changed)
        head.addWidget(self._test)
        # On Linux a combo box is called by its label, whatever its accessible name.
        title.setBuddy(self._test)
        self.box.addLayout(head)
        self._test.setVisible(len(by.tests) > 1)
        self._show_value()
        foot = QHBoxLayout()
        self._remove = QPushButton(_("Remove filter"))
        self._remove.setProperty("kind", "plain")
        self._remove.clicked.connect(self._take_away)
        done = QPushButton(_("Done"))
        done.clicked.connect(self.close)
        foot.addWidget(self._remove)
        foot.addStretch(1)
        foot.addWidget(done)
        self.box.addLayout(foot)

    def _show_value(self) -> None:
        assert self._by is not None
        test = str(self._test.currentData())
        old = self._value
        self._value = made = value_editor(self._by, replace(self._present, test=test))
        made.setMinimumWidth(look().tokens.px(276))
        made.changed.connect(self._rest.start)
        made.entered.connect(self.close)
        if old is None:
            self.box.addWidget(made)
        else:
            self.box.replaceWidget(old, made)
            old.hide()
            old.deleteLater()
        if made.wants_facets:
            self._facets(made, self._by.path, made.show_facets)
            made.resized.connect(self.refit)

    def _test_changed(self) -> None:
        test = str(self._test.currentData())
        kept = self._value.value() if self._value is not None else None
        self._present = Filter(self._present.field, test, kept)
        self._show_value()
        self.refit()
        self._tell()

    def _tell(self) -> None:
        if self._by is None or self._value is None:
            return
        self._rest.stop()
        made = Filter(self._by.path, str(self._test.currentData()), self._value.value())
        self.edited.emit(made if is_complete(made) else None)

    def _tell_last(self) -> None:
        if self._rest.isActive():
            self._tell()

    def _take_away(self) -> None:
        self._rest.stop()
        self.edited.emit(None)
        self.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # In the line that narrows the fields the arrows move in the list below.
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._by is None:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                row = self._list.currentRow() + step
                while 0 <= row < self._list.count():
                    if not self._list.item(row).isHidden():
                        self._list.setCurrentRow(row)
                        break
                    row += step
                return True
        return super().eventFilter(watched, event)
