"""Counts as tiles, one of which is chosen: what it counts is shown beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from app.i18n import _
from ui import formats
from ui.fields.flow import FlowBox
from ui.theme import look, pixmap

TURN = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, slots=True)
class Tile:
    """`sign` is an icon; `color` its colour while the count is not zero."""

    name: str
    label: str
    count: int
    sign: str
    color: str = "text_soft"


class Tiles(FlowBox):
    """`chosen` gives the name of the tile."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(look().tokens.px(8), parent)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, TileButton] = {}

    def show_tiles(self, tiles: Sequence[Tile], present: str) -> None:
        """Show these; `present` is the chosen one."""
        if list(self.buttons) != [tile.name for tile in tiles]:
            for button in self.buttons.values():
                self._group.removeButton(button)
                button.hide()
                button.deleteLater()
            while self.flow.count():
                self.flow.takeAt(0)
            self.buttons = {}
            for tile in tiles:
                button = TileButton()
                button.clicked.connect(lambda _on=False, name=tile.name: self.chosen.emit(name))
                self._group.addButton(button)
                self.flow.addWidget(button)
                self.buttons[tile.name] = button
        for tile in tiles:
            self.buttons[tile.name].show_tile(tile)
            if tile.name == present:
                self.buttons[tile.name].setChecked(True)
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        turn = TURN.get(Qt.Key(event.key()))
        buttons = [button for button in self.buttons.values() if button.isEnabled()]
        if turn is None or not buttons:
            super().keyPressEvent(event)
            return
        here = next((n for n, button in enumerate(buttons) if button.hasFocus()), 0)
        wanted = buttons[(here + turn) % len(buttons)]
        wanted.setFocus(Qt.FocusReason.TabFocusReason)
        wanted.click()


class TileButton(QAbstractButton):
    """A large number over its meaning."""

    def __init__(self) -> None:
        super().__init__()
        self._tile = Tile("", "", 0, "")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_tile(self, tile: Tile) -> None:
        """Show another count."""
        self._tile = tile
        self.setText(tile.label)
        self.setEnabled(tile.count > 0)
        name = _("{what}: {count}").format(what=tile.label, count=formats.count(tile.count))
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px = look().tokens.px
        label = QFontMetrics(look().font()).horizontalAdvance(self._tile.label)
        number = QFontMetrics(look().font(2, strong=True)).horizontalAdvance(formats.count(self._tile.count))
        return QSize(max(px(118), label + px(28), number + px(56)), px(66))

    def paintEvent(self, _event: QPaintEvent) -> None:
        now, tile = look(), self._tile
        px = now.tokens.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, edge, wide = "raised", "separator", 1.0
        if self.isChecked():
            ground, edge = "selected", "accent"
        elif self.underMouse() and self.isEnabled():
            ground = "hover"
        if self.hasFocus():
            edge, wide = "focus", 2.0
        painter.setPen(QPen(now.color(edge), wide))
        painter.setBrush(now.color(ground))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), px(8), px(8))
        ink = "on_selected" if self.isChecked() else "text" if self.isEnabled() else "text_off"
        large, small = now.font(2, strong=True), now.font()
        metrics = QFontMetrics(large)
        painter.setFont(large)
        painter.setPen(now.color(ink))
        painter.drawText(QPoint(px(14), px(9) + metrics.ascent()), formats.count(tile.count))
        painter.setFont(small)
        if not self.isChecked() and self.isEnabled():
            painter.setPen(now.color("text_soft"))
        painter.drawText(
            QRect(px(14), self.height() - px(28), self.width() - px(16), px(20)),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            tile.label,
        )
        size = px(18)
        color = tile.color if self.isEnabled() else "text_off"
        sign = pixmap(tile.sign, color, size, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - size - px(12), px(12), sign)
