"""Asks what an export shall hold, then where to, and writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

from app.features.crm.exporting import saving, writing
from app.features.crm.exporting.saving import Export
from app.i18n import _, ngettext
from app.model.entity import entity_named
from ui import formats
from ui.desk import Desk
from ui.dialogs import Dialog, pick_file

ENDINGS = {"csv": "csv", "xlsx": "xlsx", "vcard4": "vcf", "vcard3": "vcf", "json": "json"}


class ExportDialog(Dialog):
    """`question` is condition and order of what is exported, `shown` the columns in sight."""

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        kind: str,
        count: int,
        question: tuple[Any, Any],
        shown: Sequence[str],
    ) -> None:
        text = ngettext(
            "{n} record is written to a file. The file is not encrypted: keep it as you would the customers.",
            "{n} records are written to a file. The file is not encrypted: keep it as you would the customers.",
            count,
        ).format(n=formats.count(count))
        super().__init__(parent, _("Export"), text, yes=_("Choose where…"))
        self._host, self._desk, self._kind = parent, desk, kind
        self._question, self._shown = question, tuple(shown)
        self.format = QComboBox()
        self.format.setAccessibleName(_("Kind of file"))
        for name, title in writing.FORMATS.items():
            self.format.addItem(_(title), name)
        label = QLabel(_("Kind of file"))
        label.setProperty("role", "label")
        label.setBuddy(self.format)
        self.in_sight = QCheckBox(_("Only the columns in sight"))
        self.labelled = QCheckBox(_("Headings in my language"))
        self.labelled.setToolTip(_("Without it the headings are the same in every language, for scripts."))
        self.labelled.setChecked(True)
        for widget in (label, self.format, self.in_sight, self.labelled):
            self.body.addWidget(widget)
        self.format.currentIndexChanged.connect(lambda _index: self._fit())
        self._fit()
        self.format.setFocus()

    def _fit(self) -> None:
        is_table = str(self.format.currentData()) in ("csv", "xlsx")
        self.labelled.setVisible(is_table)
        self.in_sight.setVisible(not str(self.format.currentData()).startswith("vcard"))

    def agree(self) -> None:
        chosen = str(self.format.currentData())
        ending = ENDINGS[chosen]
        only = self._shown if self.in_sight.isChecked() and not self.in_sight.isHidden() else ()
        where, order = self._question
        labelled = self.labelled.isChecked()
        kind, desk, host = self._kind, self._desk, self._host

        def write(path: str) -> None:
            export = Export(
                path, f"{kind}s", where, order, format=chosen, only=only, labelled=labelled
            )  # the features name lists by their plural
            asked = desk.ask(host, saving.save, export).label(_("Exporting…"))
            asked.then(lambda count: desk.say(_said(count))).start()

        name = f"{_(entity_named(kind).plural)}.{ending}"
        label = _(writing.FORMATS[chosen])
        pick_file(host, _("Export"), [f"{label} (*.{ending})"], write, save_as=name)
        self.accept()


def _said(count: int) -> str:
    return ngettext("{n} record was exported.", "{n} records were exported.", count).format(
        n=formats.count(count)
    )
