"""The list that a column's target is chosen from: one model for all combo boxes of a file."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QBrush, QStandardItem, QStandardItemModel

from app.features.crm.importing.paths import Fields
from app.features.crm.importing.targets import GROUPS, Choice, choices
from app.i18n import N_, _
from ui.theme import look

PATH = Qt.ItemDataRole.UserRole
_OF_CONTACT, _OF_CUSTOMER = N_("Contact: {field}"), N_("Customer: {field}")


class Targets(QStandardItemModel):
    """“Not imported”, then the fields of customer and contact under a heading each."""

    def __init__(self, kind: str, known: Fields, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kind, self.known = kind, known
        self._rows: dict[str, int] = {}
        self._labels: dict[str, str] = {}
        self._add(_("Not imported"), "")
        group = ""
        for choice in choices(kind, known):
            if choice.kind != group:
                group = choice.kind
                self._add_heading(_(GROUPS[group]))
            self._labels[choice.path] = self._full(choice)
            self._add(self._labels[choice.path], choice.path)

    def row_of(self, path: str) -> int:
        """Where a target stands; of an unknown one, the place of “Not imported”."""
        return self._rows.get(path, 0)

    def label(self, path: str) -> str:
        """A target in words: `City`, `Contact: Phone`."""
        return self._labels.get(path, path)

    def _full(self, choice: Choice) -> str:
        """Fields of what the rows are need no more than their name; the others say whose they are."""
        if choice.kind == self.kind:
            return _(choice.label)
        pattern = _OF_CONTACT if choice.kind == "contact" else _OF_CUSTOMER
        return _(pattern).format(field=_(choice.label))

    def _add(self, text: str, path: str) -> None:
        item = QStandardItem(text)
        item.setData(path, PATH)
        if not path:
            item.setData(QBrush(look().color("text_soft")), Qt.ItemDataRole.ForegroundRole)
        self._rows[path] = self.rowCount()
        self.appendRow(item)

    def _add_heading(self, text: str) -> None:
        item = QStandardItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setFont(look().font(-1, strong=True))
        item.setData(None, PATH)
        self.appendRow(item)
