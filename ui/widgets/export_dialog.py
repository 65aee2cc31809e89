"""Asks what an export shall hold, then where to, and writes it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from app.features import lists
from app.features.crm.exporting import saving, writing
from app.features.crm.exporting.saving import Export, Exportable
from app.features.lists import Listing
from app.i18n import _, listed, ngettext
from app.model.entity import entity_named
from ui import formats
from ui.desk import Desk
from ui.dialogs import Dialog, pick_file
from ui.theme import look
from ui.widgets.labelled import LabelledCombo

CHOSEN, VIEW, ALL = "chosen", "view", "all"
ENDINGS = {"csv": "csv", "xlsx": "xlsx", "vcard4": "vcf", "vcard3": "vcf", "json": "json"}
TABLES = ("csv", "xlsx")


class ExportDialog(Dialog):
    """`listing` is the present view with `count` records, `rows` the chosen ones, `shown` the columns in sight."""

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        kind: str,
        listing: Listing,
        count: int,
        shown: Sequence[str],
        rows: array[int] | None = None,
        now_ms: int = 0,
    ) -> None:
        super().__init__(
            parent,
            _("Export"),
            _(
                "The file is not encrypted: whoever gets it can read it. This export is noted in the audit trail."
            ),
            yes=_("Choose where…"),
        )
        self._host, self._desk, self._kind = parent, desk, kind
        self._listing, self._count, self._shown = listing, count, tuple(shown)
        self._rows, self._now_ms = rows, now_ms
        self._may: Exportable | None = None
        self.setMinimumWidth(look().tokens.px(460))
        self.body.setSpacing(look().tokens.px(16))
        self._what = self._group(_(entity_named(kind).plural))
        self.scopes: dict[str, QRadioButton] = {}
        self._scope_group = QButtonGroup(self)
        self.format = LabelledCombo(_("Kind of file"))
        self._format = "csv"
        self.format.chosen.connect(self._choose_format)
        self.body.addWidget(self.format)
        columns = self._group(_("Fields"))
        self.every = QRadioButton(_("All, so that the file can be imported again without a change"))
        self.in_sight = QRadioButton(_("Those whose columns are in sight"))
        self.every.setChecked(True)
        self._columns_group = QButtonGroup(self)
        self.restricted = QCheckBox()
        self.labelled = QCheckBox(_("Headings in my language"))
        self.labelled.setToolTip(_("Without it the headings are the same in every language, for scripts."))
        self.labelled.setChecked(True)
        for button in (self.every, self.in_sight):
            self._columns_group.addButton(button)
        for widget in (self.every, self.in_sight, self.restricted, self.labelled):
            columns.addWidget(widget)
        self.restricted.hide()
        self.set_busy(True)
        self._fit()
        self.format.combo.setFocus()
        desk.ask(self, saving.exportable, kind).then(self._learned).start()

    def _group(self, title: str) -> QVBoxLayout:
        """A title with room for choices close beneath it."""
        column = QVBoxLayout()
        column.setSpacing(look().tokens.px(2))
        label = QLabel(title)
        label.setProperty("role", "label")
        column.addWidget(label)
        self.body.addLayout(column)
        return column

    def _learned(self, may: Exportable) -> None:
        self._may = may
        counts = {ALL: may.count}
        if self._listing.is_narrow:
            counts = {VIEW: self._count, **counts}
        if self._rows is not None:
            counts = {CHOSEN: len(self._rows), **counts}
        texts = {
            CHOSEN: _("The chosen ones ({n})"),
            VIEW: _("What the list shows now ({n})"),
            ALL: _("All that there are ({n})"),
        }
        for name, count in counts.items():
            button = QRadioButton(texts[name].format(n=formats.count(count)))
            button.setEnabled(count > 0)
            self._scope_group.addButton(button)
            self._what.addWidget(button)
            self.scopes[name] = button
        next(iter(self.scopes.values())).setChecked(True)
        if may.restricted:
            names = listed(_(field.label) for field in may.restricted)
            self.restricted.setText(_("With restricted fields: {fields}").format(fields=names))
        if not any(counts.values()):
            self.show_banner(_("There is nothing to export yet."))
            return
        self.set_busy(False)
        self._fit()

    def _choose_format(self, name: object) -> None:
        self._format = str(name)
        self._fit()

    def _fit(self) -> None:
        self.format.offer(((name, _(title)) for name, title in writing.FORMATS.items()), self._format)
        is_card = self._format.startswith("vcard")
        self.labelled.setVisible(self._format in TABLES)
        self.every.setVisible(not is_card)
        self.in_sight.setVisible(not is_card)
        self.restricted.setVisible(self._may is not None and bool(self._may.restricted))
        self.adjustSize()

    @property
    def scope(self) -> str:
        """Which records: one of CHOSEN, VIEW, ALL."""
        return next((name for name, button in self.scopes.items() if button.isChecked()), ALL)

    def only(self) -> tuple[str, ...]:
        """The names of the fields that were asked for."""
        may = self._may
        assert may is not None
        names = may.fields
        if self.in_sight.isChecked() and not self.in_sight.isHidden():
            names = tuple(name for name in self._shown if name in may.fields)
        if self.restricted.isChecked():
            names += tuple(field.name for field in may.restricted)
        return names

    def agree(self) -> None:
        if self._may is None:
            return
        ending = ENDINGS[self._format]
        name = f"{_(entity_named(self._kind).plural)}.{ending}"
        label = _(writing.FORMATS[self._format])
        pick_file(self, _("Export"), [f"{label} (*.{ending})"], self._write, save_as=name)

    def _write(self, path: str) -> None:
        listing = Listing() if self.scope == ALL else self._listing
        rows = self._rows if self.scope == CHOSEN else None
        only, labelled = self.only(), self.labelled.isChecked() and self._format in TABLES
        kind, desk, host, chosen = self._kind, self._desk, self._host, self._format

        def write(question: tuple[Any, Any]) -> None:
            where, order = question
            # The features name lists by their plural.
            export = Export(path, f"{kind}s", where, order, format=chosen, only=only, labelled=labelled)
            asked = desk.ask(host, saving.save, export).label(_("Exporting…"))
            asked.then(partial(_exported, desk, path)).start()

        desk.ask(host, lists.question, kind, listing, self._now_ms, rows).then(write).start()
        self.accept()


def _exported(desk: Desk, path: str, count: int) -> None:
    folder = str(Path(path).parent)
    text = ngettext(
        "{n} record was written to “{file}”.", "{n} records were written to “{file}”.", count
    ).format(n=formats.count(count), file=Path(path).name)
    desk.offer(text, _("Open folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
