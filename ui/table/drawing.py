"""Draws the rows in sight by hand.

Qt's delegates cost about 20 µs a cell, most of it in the style. Drawing ready text takes a fraction, so that
this keeps up with a model written in C++ (tests/bench says by how much).
"""

from __future__ import annotations

from PySide6.QtCore import QLine, QModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QTableView

from ui.table.columns import Column, Pill
from ui.table.rows import Row, RowsModel
from ui.theme import look

ELIDED_MAX = 20_000
Drawn = tuple[int, Row | None, bool]  # top, row, whether it is selected


class RowPainter:
    """Fonts, measures and colours of one table at the present look, and the strokes made with them."""

    def __init__(self, table: QTableView, rows: RowsModel) -> None:
        self._table, self._rows = table, rows
        now = look()
        self.row_height = now.tokens.px(36)
        self._pad = now.tokens.px(12)
        self._body = now.font()
        self._strong = now.font(strong=True)
        self._small = now.font(-1)
        self._body_metrics = QFontMetrics(self._body)
        self._strong_metrics = QFontMetrics(self._strong)
        self._small_metrics = QFontMetrics(self._small)
        self._elided: dict[tuple[int, str], str] = {}
        self._colors = {name: now.color(name) for name in _COLORS}
        self._hues = [(QColor(under), QColor(over)) for under, over in now.tokens.hues]
        self._outlined = now.tokens.name == "contrast"

    def draw(self, painter: QPainter, area: QRect, hover: int) -> None:
        """Draw all rows that touch `area`."""
        table, model, header = self._table, self._rows, self._table.horizontalHeader()
        height, offset = self.row_height, table.verticalHeader().offset()
        painter.fillRect(area, self._colors["canvas"])
        first = max(0, (area.top() + offset) // height)
        last = min(model.rowCount() - 1, (area.bottom() + offset) // height)
        if last < first:
            return
        model.look_at(first, last)
        selected, no_parent = table.selectionModel().isRowSelected, QModelIndex()
        rows: list[Drawn] = [
            (position * height - offset, model.row(position), selected(position, no_parent))
            for position in range(first, last + 1)
        ]
        self._grounds(painter, area, rows, hover * height - offset)
        for visual in range(header.count()):
            section = header.logicalIndex(visual)
            x, width = header.sectionViewportPosition(section), header.sectionSize(section)
            if width and x <= area.right() and x + width >= area.left():
                self._column(painter, model.columns[section], section, x, width, rows)
        current = table.currentIndex().row()
        if table.hasFocus() and first <= current <= last:
            painter.setPen(QPen(self._colors["focus"], 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(1, current * height - offset + 1, table.viewport().width() - 2, height - 3)

    def _grounds(self, painter: QPainter, area: QRect, rows: list[Drawn], hover_top: int) -> None:
        left, right, height = area.left(), area.right(), self.row_height
        for top, _row, selected in rows:
            if selected:
                painter.fillRect(left, top, area.width(), height - 1, self._colors["selected"])
            elif top == hover_top:
                painter.fillRect(left, top, area.width(), height - 1, self._colors["hover"])
        painter.setPen(self._colors["separator"])
        painter.drawLines([QLine(left, top + height - 1, right, top + height - 1) for top, _r, _s in rows])

    def _column(
        self, painter: QPainter, column: Column, section: int, x: int, width: int, rows: list[Drawn]
    ) -> None:
        font = self._strong if column.strong else self._body
        metrics = self._strong_metrics if column.strong else self._body_metrics
        normal, chosen = self._colors["text_soft" if column.soft else "text"], self._colors["on_selected"]
        painter.setFont(font)
        painter.setPen(normal)
        pen = normal
        room, left = width - 2 * self._pad, x + self._pad
        base = (self.row_height - metrics.height()) // 2 + metrics.ascent()
        elided, kind, draw = self._elided, room * 2 + column.strong, painter.drawText
        for top, row, selected in rows:
            if row is None:
                self._promise(painter, left, top, room)
                continue
            cell = row.cells[section]
            if not cell:
                continue
            if not isinstance(cell, str):
                self._pill(painter, cell, left, top, room)
                painter.setFont(font)
                painter.setPen(pen)
                continue
            wanted = chosen if selected else normal
            if wanted is not pen:
                painter.setPen(wanted)
                pen = wanted
            text = elided.get((kind, cell))
            if text is None:
                text = self._elide(metrics, cell, room, kind)
            draw(left + room - metrics.horizontalAdvance(text) if column.right else left, top + base, text)

    def _elide(self, metrics: QFontMetrics, cell: str, room: int, kind: int) -> str:
        if len(self._elided) > ELIDED_MAX:
            self._elided.clear()
        text = metrics.elidedText(cell.replace("\n", " "), Qt.TextElideMode.ElideRight, room)
        self._elided[kind, cell] = text
        return text

    def _promise(self, painter: QPainter, left: int, top: int, room: int) -> None:
        """A bar where text is on its way."""
        painter.fillRect(
            left, top + self.row_height // 2 - 4, max(16, room * 3 // 5), 8, self._colors["pressed"]
        )

    def _pill(self, painter: QPainter, pill: Pill, left: int, top: int, room: int) -> None:
        under, over = self._hues[pill.hue % len(self._hues)]
        metrics, gap = self._small_metrics, 8
        text = metrics.elidedText(pill.text, Qt.TextElideMode.ElideRight, room - 2 * gap)
        tall = metrics.height() + 4
        box = QRect(
            left - 2, top + (self.row_height - tall) // 2, metrics.horizontalAdvance(text) + 2 * gap, tall
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(under)
        painter.setPen(over if self._outlined else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, tall / 2, tall / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._small)
        painter.setPen(over)
        painter.drawText(box.left() + gap, box.top() + 2 + metrics.ascent(), text)


_COLORS = ("canvas", "text", "text_soft", "selected", "on_selected", "hover", "pressed", "separator", "focus")
