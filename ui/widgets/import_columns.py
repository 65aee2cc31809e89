"""Second step of an import: what becomes of each column."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.features.crm.importing.layout import REASON, Preview
from app.features.crm.importing.mapping import BY_CONTENT, BY_HAND, BY_NAME, BY_OWN
from app.i18n import N_, _, ngettext
from ui.theme import look, pixmap
from ui.widgets.banner import Banner
from ui.widgets.elided import ElidedLabel
from ui.widgets.import_chosen import CONTACTS
from ui.widgets.import_options import ImportOptions
from ui.widgets.import_targets import PATH, Targets
from ui.widgets.import_work import ImportWork

AT_ONCE = 100  # rows that are made at first: a file may have two thousand columns
SAMPLES = 4
NARROW_PX = 760

HOW: dict[str, str] = {
    BY_OWN: N_("Our own heading"),
    BY_NAME: N_("Known heading"),
    BY_CONTENT: N_("Guessed from the cells"),
    BY_HAND: N_("Chosen by you"),
}


class ColumnsStep(QWidget):
    """One line for each column of the file: its name, examples, and what it becomes."""

    def __init__(self, work: ImportWork) -> None:
        super().__init__()
        self._work = work
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        self.options = ImportOptions(work)
        column.addWidget(self.options)
        self.banner = Banner()
        self.banner.set_closable(False)
        column.addWidget(self.banner)
        self.summary = QLabel()
        self.summary.setProperty("role", "label")
        column.addWidget(self.summary)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setMinimumHeight(px(150))
        column.addWidget(self._area, 1)
        self.lines: list[ColumnLine] = []
        self.targets: Targets | None = None
        self._built_for: Preview | None = None
        self._limit = AT_ONCE

    def refresh(self) -> None:
        """Show the mapping."""
        work = self._work
        if work.mapping is None or work.preview is None:
            return
        if (
            self.targets is None
            or self.targets.known is not work.fields
            or self.targets.kind != work.mapping.kind
        ):
            self.targets, self._built_for = Targets(work.mapping.kind, work.fields, self), None
        if self._built_for is not work.preview:
            self._limit = AT_ONCE
            self._build(work.preview, self.targets)
        for line, path, how in zip(self.lines, work.mapping.targets, work.mapping.by, strict=False):
            line.show_target(path, how)
        self.options.refresh(self.targets)
        self._summarise()

    def _build(self, preview: Preview, targets: Targets) -> None:
        self._built_for = preview
        px = look().tokens.px
        page = QWidget()
        page.setProperty("role", "page")
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, px(12), px(8))
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(0)
        heads = (_("Column of the file"), _("Examples"), "", _("Becomes"), "")
        for place, text in enumerate(heads):
            head = QLabel(text)
            head.setProperty("role", "label")
            head.setContentsMargins(0, 0, 0, px(6))
            grid.addWidget(head, 0, place)
        self.lines = []
        for number, name in enumerate(preview.columns[: self._limit]):
            grid.addWidget(_rule(), 2 * number + 1, 0, 1, 5)
            cells = [row.cells[number] for row in preview.samples if number < len(row.cells)]
            line = ColumnLine(name, cells, targets)
            line.combo.activated.connect(lambda _index, line=line: self._work.map(line.name, line.path()))
            line.put(grid, 2 * number + 2)
            self.lines.append(line)
        last = 2 * len(self.lines) + 1
        if rest := len(preview.columns) - len(self.lines):
            text = ngettext("Show {n} more column", "Show {n} more columns", rest).format(n=rest)
            more = QPushButton(text)
            more.setProperty("kind", "plain")
            more.clicked.connect(self._show_all)
            grid.addWidget(more, last, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        grid.setRowStretch(last + 1, 1)
        for place, stretch in enumerate((3, 5, 0, 0, 0)):
            grid.setColumnStretch(place, stretch)
        self._area.setWidget(page)
        self._adapt()

    def _show_all(self) -> None:
        preview = self._built_for
        if preview is not None and self.targets is not None:
            self._limit = len(preview.columns)
            self._build(preview, self.targets)
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._adapt()

    def _adapt(self) -> None:
        """Where there is little room, the examples need it more than the origin of the guess."""
        is_narrow = self.width() < look().tokens.px(NARROW_PX)
        for line in self.lines:
            line.how.setVisible(not is_narrow)
            line.combo.setFixedWidth(look().tokens.px(190 if is_narrow else 230))

    def _summarise(self) -> None:
        work = self._work
        mapping = work.mapping
        assert mapping is not None
        count, taken = len(mapping.columns), work.mapped_count
        text = ngettext("{taken} of {n} column is imported.", "{taken} of {n} columns are imported.", count)
        self.summary.setText(text.format(taken=taken, n=count))
        if work.notice:
            said = work.notice
        elif not taken:
            said = _("Choose for at least one column what it becomes.")
        elif not work.has_name and work.chosen.kind == CONTACTS:
            said = _(
                "No column holds the name of the contact. Rows can only change contacts that are found in another way."
            )
        elif not work.has_name:
            said = _(
                "No column holds the name of the customer. Rows can only change customers that are found by their code."
            )
        else:
            said = ""
        if not said:
            self.banner.hide()
        elif said != self.banner.text:
            self.banner.say(said, "warning")


class ColumnLine(QObject):
    """One column: four widgets in a line of the grid."""

    def __init__(self, name: str, cells: list[str], targets: Targets) -> None:
        super().__init__(targets)
        self.name = name
        self.label = ElidedLabel(_("Reason for the rejection") if name == REASON else name, "strong")
        self.label.setMinimumWidth(look().tokens.px(110))
        samples = dict.fromkeys(cell.strip()[:40] for cell in cells if cell.strip())
        self.samples = ElidedLabel(" · ".join([*samples][:SAMPLES]) or _("empty"), "soft")
        self.arrow = QLabel()
        self.combo = QComboBox()
        self.combo.setModel(targets)
        self.combo.setMaxVisibleItems(14)
        self.combo.setFixedWidth(look().tokens.px(230))
        self.combo.setAccessibleName(name)
        self.combo.installEventFilter(self)
        # On Linux Qt calls a combo box by its choice; its meaning is the label's.
        self.label.setBuddy(self.combo)
        self.how = QLabel()
        self.how.setProperty("role", "caption")
        self.how.setMinimumWidth(look().tokens.px(130))
        self._targets = targets

    def put(self, grid: QGridLayout, row: int) -> None:
        """Lay it into its line."""
        px = look().tokens.px
        for place, widget in enumerate((self.label, self.samples, self.arrow, self.how)):
            widget.setContentsMargins(0, px(6), 0, px(6))
            grid.addWidget(widget, row, place if place < 3 else 4)
        cell = QWidget()
        inside = QHBoxLayout(cell)
        inside.setContentsMargins(0, px(6), 0, px(6))
        inside.addWidget(self.combo)
        cell.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        grid.addWidget(cell, row, 3)

    def path(self) -> str:
        """The target that is shown."""
        return str(self.combo.currentData(PATH) or "")

    def show_target(self, path: str, how: str) -> None:
        """Show what the column becomes and who said so."""
        row = self._targets.row_of(path)
        if self.combo.currentIndex() != row:
            self.combo.setCurrentIndex(row)
        color = "accent" if path else "text_off"
        self.arrow.setPixmap(
            pixmap("arrow-right", color, look().tokens.px(18), self.arrow.devicePixelRatioF())
        )
        self.how.setText(_(HOW[how]) if path and how in HOW else "")
        self.label.setEnabled(bool(path))
        self.samples.setEnabled(bool(path))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A wheel that scrolls the page must not change what a column becomes.
        if isinstance(event, QWheelEvent) and not self.combo.hasFocus():
            event.ignore()
            return True
        return False


def _rule() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    return line
