"""The first rows of a file, as they are read."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.features.crm.importing.layout import Preview
from app.i18n import _
from ui.theme import look, plain

Index = QModelIndex | QPersistentModelIndex
NONE = QModelIndex()
LONGEST = 300  # characters of a cell that are shown
MEASURED_ROWS = 20


class PreviewModel(QAbstractTableModel):
    """Rows and columns of a preview; a row may have more cells than there are columns."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.preview: Preview | None = None
        self._width = 0

    def show_preview(self, preview: Preview | None) -> None:
        """Show another file, or none."""
        self.beginResetModel()
        self.preview = preview
        rows = preview.samples if preview else ()
        self._width = max((len(row.cells) for row in rows), default=0)
        self._width = max(self._width, len(preview.columns) if preview else 0)
        self.endResetModel()

    def rowCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() or self.preview is None else len(self.preview.samples)

    def columnCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else self._width

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.preview is None or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        cells = self.preview.samples[index.row()].cells
        text = cells[index.column()][:LONGEST] if index.column() < len(cells) else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return text if len(text) > 30 or "\n" in text else None
        return plain(text.replace("\n", " ⏎ "))

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole or self.preview is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(self.preview.samples[section].number)
        if section < len(self.preview.columns):
            return self.preview.columns[section]
        return _("Without heading")


class PreviewTable(QTableView):
    """Read-only; the arrow keys walk through it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = PreviewModel(self)
        self.setModel(self.rows)
        self.setAccessibleName(_("The first rows of the file"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.horizontalHeader().setSectionsClickable(False)
        self.verticalHeader().setHighlightSections(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._restyle()
        look().changed.connect(self._restyle)

    def show_preview(self, preview: Preview | None) -> None:
        """Show another file; widths follow what stands in its first rows."""
        self.rows.show_preview(preview)
        self._fit()

    def _restyle(self) -> None:
        px = look().tokens.px
        # Under their headings, which have this padding.
        self.setStyleSheet(f"QTableView::item {{ padding: 0 {px(9)}px; }}")
        self.verticalHeader().setDefaultSectionSize(px(28))
        self.setMinimumHeight(px(150))
        self._fit()

    def _fit(self) -> None:
        px = look().tokens.px
        metrics, heads = QFontMetrics(look().font()), QFontMetrics(look().font(-1, strong=True))
        preview = self.rows.preview
        for column in range(self.rows.columnCount()):
            head = str(self.rows.headerData(column, Qt.Orientation.Horizontal) or "")
            texts = [
                row.cells[column][:60]
                for row in (preview.samples[:MEASURED_ROWS] if preview else ())
                if column < len(row.cells)
            ]
            widest = max([heads.horizontalAdvance(head), *map(metrics.horizontalAdvance, texts)])
            self.setColumnWidth(column, min(px(280), max(px(64), widest + px(28))))
