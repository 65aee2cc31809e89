"""First step of an import: which file, what its rows are, and how it is read, with its first rows beneath."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.features.crm.importing import layout
from app.features.crm.importing.encodings import ENCODINGS
from app.features.crm.importing.layout import Preview
from app.i18n import _, ngettext, sentences
from ui import formats
from ui.dialogs import pick_file
from ui.fields.flow import FlowBox
from ui.theme import icon_size, look, pixmap, set_icon
from ui.widgets.banner import Banner
from ui.widgets.elided import ElidedLabel
from ui.widgets.import_chosen import CONTACTS, CUSTOMERS
from ui.widgets.import_drop import DropZone
from ui.widgets.import_preview import PreviewTable
from ui.widgets.import_work import ImportWork
from ui.widgets.labelled import LabelledCombo

HEADING_ROWS = 12  # that can be chosen as heading; the guess may lie lower


class FileStep(QWidget):
    """Everything is guessed; every guess can be corrected and is shown at once."""

    picked = Signal(str)  # the path of a file to begin with

    def __init__(self, work: ImportWork) -> None:
        super().__init__()
        self._work = work
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.drop = DropZone(self.choose_file)
        column.addWidget(self.drop, 1)
        self._details = QWidget()
        column.addWidget(self._details, 1)
        self._make_details()

    def _make_details(self) -> None:
        px = look().tokens.px
        column = QVBoxLayout(self._details)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        column.addLayout(self._file_line())
        self._options = self._make_options()
        column.addWidget(self._options)
        self.banner = Banner()
        self.banner.set_closable(False)
        column.addWidget(self.banner)
        line = QHBoxLayout()
        line.setSpacing(px(8))
        self._caption = QLabel()
        self._caption.setProperty("role", "label")
        line.addWidget(self._caption)
        line.addStretch(1)
        self.again = QPushButton(_("Guess again"))
        self.again.setProperty("kind", "plain")
        self.again.clicked.connect(self._work.guess_layout)
        line.addWidget(self.again)
        beneath = QVBoxLayout()
        beneath.setSpacing(px(4))
        beneath.addLayout(line)
        self.table = PreviewTable()
        beneath.addWidget(self.table, 1)
        column.addLayout(beneath, 1)
        self._filler = QWidget()
        column.addWidget(self._filler, 1)

    def _file_line(self) -> QHBoxLayout:
        px = look().tokens.px
        line = QHBoxLayout()
        line.setSpacing(px(12))
        self._sign = QLabel()
        line.addWidget(self._sign)
        words = QVBoxLayout()
        words.setSpacing(px(2))
        self._name = ElidedLabel("", "heading", Qt.TextElideMode.ElideMiddle)
        self._about = ElidedLabel("", "soft")
        words.addWidget(self._name)
        words.addWidget(self._about)
        line.addLayout(words, 1)
        self._reading = QProgressBar()
        self._reading.setRange(0, 0)
        self._reading.setTextVisible(False)
        self._reading.setFixedWidth(px(120))
        self._reading.setAccessibleName(_("Reading the file…"))
        line.addWidget(self._reading)
        self.other = QPushButton(_("Choose another file…"))
        set_icon(self.other, "folder", "text")
        self.other.setIconSize(icon_size())
        self.other.clicked.connect(self.choose_file)
        line.addWidget(self.other)
        return line

    def _make_options(self) -> FlowBox:
        work = self._work
        place = FlowBox(look().tokens.px(16))
        self.kind = LabelledCombo(_("The rows are"))
        self.encoding = LabelledCombo(
            _("Characters"), _("How the file writes letters; wrong ones show as é or ?.")
        )
        self.separator = LabelledCombo(_("Separator"))
        self.quote = LabelledCombo(_("Quotes"))
        self.sheet = LabelledCombo(_("Sheet"))
        self.heading = LabelledCombo(_("Headings in"))
        self.kind.chosen.connect(work.choose_kind)
        self.encoding.chosen.connect(lambda value: work.choose_layout(encoding=value))
        self.separator.chosen.connect(lambda value: work.choose_layout(separator=value))
        self.quote.chosen.connect(lambda value: work.choose_layout(quote=value))
        # Another sheet has its own heading.
        self.sheet.chosen.connect(lambda value: work.choose_layout(sheet=value, header_row=None))
        self.heading.chosen.connect(lambda value: work.choose_layout(header_row=value))
        for one in (self.kind, self.encoding, self.separator, self.quote, self.sheet, self.heading):
            place.flow.addWidget(one)
        return place

    def choose_file(self) -> None:
        """Ask for a file."""
        kinds = [
            _("Lists of customers") + " (*.csv *.tsv *.txt *.xlsx *.xlsm *.vcf *.json)",
            _("All files") + " (*)",
        ]
        dialog = pick_file(self.window(), _("Choose a file to import"), kinds, self.picked.emit)
        dialog.setDirectory(self._work.folder)

    def refresh(self) -> None:
        """Show what is known of the file."""
        work = self._work
        self.drop.setVisible(not work.chosen.path)
        self._details.setVisible(bool(work.chosen.path))
        if not work.chosen.path:
            return
        preview = work.preview
        failed = bool(work.trouble)
        self._sign.setPixmap(
            pixmap("error" if failed else "file", "danger_text" if failed else "accent",
                   look().tokens.px(32), self.devicePixelRatioF())
        )  # fmt: skip
        self._name.setText(work.file_name)
        self._about.setText(self._facts())
        self._reading.setVisible(work.is_reading)
        self.again.setVisible(work.chosen.layout != layout.Layout())
        self._show_options()
        self._say()
        shown = preview is not None and not failed
        self._caption.setVisible(shown and preview is not None and bool(preview.samples))
        self.table.setVisible(shown)
        self._filler.setVisible(not shown)
        if preview is not None and shown:
            count = len(preview.samples)
            text = ngettext("The first row", "The first {n} rows", count)
            if count >= preview.estimated_rows:
                text = ngettext("Its only row", "All {n} rows", count)
            self._caption.setText(text.format(n=count))
            if self.table.rows.preview is not preview:
                self.table.show_preview(preview)

    def _facts(self) -> str:
        work = self._work
        try:
            parts = [formats.size(Path(work.chosen.path).stat().st_size)]
        except OSError:
            parts = []
        if (preview := work.preview) is not None:
            parts.insert(0, _(layout.FORMATS[preview.format]))
            count = preview.estimated_rows
            if preview.is_estimate:
                count = round(count, 2 - len(str(count)))  # more digits would claim to be right
                text = ngettext("about {n} row", "about {n} rows", count)
            else:
                text = ngettext("{n} row", "{n} rows", count)
            parts.append(text.format(n=formats.count(count)))
            columns = len(preview.columns)
            parts.append(ngettext("{n} column", "{n} columns", columns).format(n=columns))
        return " · ".join(parts)

    def _show_options(self) -> None:
        work = self._work
        self.kind.offer(
            (
                (CUSTOMERS, _("Customers, with their contacts")),
                (CONTACTS, _("Contacts of customers")),
            ),
            work.chosen.kind,
        )
        preview = work.preview
        asked = work.chosen.layout
        known = preview.layout if preview is not None else asked
        parts = ("encoding", "separator", "quote", "header_row", "sheet")
        corrected = {part: value for part in parts if (value := getattr(asked, part)) is not None}
        known = replace(known, **corrected)
        format_ = preview.format if preview is not None else layout.CSV
        is_text, is_table = format_ != layout.XLSX, format_ in (layout.CSV, layout.XLSX)
        self.encoding.setVisible(is_text)
        self.encoding.offer(((name, _(label)) for name, label in ENCODINGS.items()), known.encoding)
        for one in (self.separator, self.quote):
            one.setVisible(format_ == layout.CSV)
        self.separator.offer(((sign, _(text)) for sign, text in layout.SEPARATORS.items()), known.separator)
        self.quote.offer(((sign, _(text)) for sign, text in layout.QUOTES.items()), known.quote)
        sheets = preview.sheets if preview is not None else ()
        self.sheet.setVisible(len(sheets) > 1)
        self.sheet.offer(((name, name) for name in sheets), known.sheet)
        self.heading.setVisible(is_table)
        rows = range(1, max(HEADING_ROWS, known.header_row or 0) + 1)
        self.heading.offer(
            (
                (0, _("No row")),
                *((row, _("Row {number}").format(number=row)) for row in rows),
            ),
            known.header_row,
        )
        self._options.fit()

    def _say(self) -> None:
        work = self._work
        if work.trouble:
            self.banner.say(work.trouble, "danger", button=_("Read it again"), act=work.read_again)
        elif work.notice:
            self.banner.say(work.notice, "info")
        elif work.preview is not None and (said := _remarks(work.preview)):
            self.banner.say(said, "warning")
        else:
            self.banner.hide()


def _remarks(preview: Preview) -> str:
    return sentences(preview.warnings)
