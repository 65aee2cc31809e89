"""Language, theme and text size: chosen for this device, shown at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app import i18n
from app.i18n import LANGUAGES, N_, _
from app.settings import FOLLOW
from ui.desk import Desk
from ui.fields import FlowLayout
from ui.preferences import preferences
from ui.screens.settings.section import Section, words
from ui.theme import SCALES, Tokens, look

THEMES = (
    ("system", N_("As the system")),
    ("light", N_("Light")),
    ("dark", N_("Dark")),
    ("contrast", N_("High contrast")),
)
SETTLED_MS = 500  # keys on the slider: the window is laid out anew once they rest


class Appearance(Section):
    """What is chosen here is kept on this device and holds before signing in too."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Appearance"), _("Kept on this computer, for everybody who uses it."))
        now = preferences().settings
        self.language = QComboBox()
        system = LANGUAGES[i18n.from_environment()]
        self.language.addItem(_("As the system ({language})").format(language=system), FOLLOW)
        for name, label in LANGUAGES.items():
            self.language.addItem(label, name)
        self.language.setCurrentIndex(self.language.findData(now.language))
        self.language.activated.connect(self._speak)
        self.card().row(_("Language"), self.language)
        card = self.card(_("Theme"))
        tiles = QWidget()
        flow = FlowLayout(tiles, look().tokens.px(12))
        self.themes = QButtonGroup(self)
        for place, (mode, label) in enumerate(THEMES):
            tile = ThemeTile(mode, _(label))
            tile.setChecked(look().mode == mode)
            self.themes.addButton(tile, place)
            flow.addWidget(tile)
        self.themes.idClicked.connect(lambda place: preferences().choose(theme=THEMES[place][0]))
        card.add(tiles)
        self._text_size()
        preferences().changed.connect(self._show)

    def _text_size(self) -> None:
        px = look().tokens.px
        card = self.card(_("Text size"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(SCALES) - 1)
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName(_("Text size"))
        self.slider.setMinimumWidth(px(80))
        self.percent = QLabel()
        self.percent.setMinimumWidth(px(44))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(12))
        small, large = QLabel("A"), QLabel("A")
        small.setFont(look().font(-1))
        large.setFont(look().font(2))
        for widget in (small, self.slider, large, self.percent):
            row.addWidget(widget)
        row.setStretch(1, 1)
        card.add(line)
        self.sample = Sample()
        card.add(self.sample)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLED_MS)
        self._settle.timeout.connect(self._keep_size)
        self._show()
        self.slider.valueChanged.connect(self._preview)
        self.slider.sliderReleased.connect(self._keep_size)

    def state(self) -> dict[str, Any]:
        here = self.focusWidget()
        return {"keyboard": next((name for name, held in self._held().items() if held is here), "")}

    def restore(self, state: Mapping[str, Any]) -> None:
        # The window was laid out anew under the hand that moved the slider or opened the list.
        self.keyboard = self._held().get(str(state.get("keyboard", "")))

    def _held(self) -> dict[str, QWidget]:
        return {"language": self.language, "slider": self.slider}

    def _show(self) -> None:
        now = preferences().settings
        nearest = min(range(len(SCALES)), key=lambda place: abs(SCALES[place] - now.text_size))
        self.slider.blockSignals(True)
        self.slider.setValue(nearest)
        self.slider.blockSignals(False)
        self._label(nearest)
        for place, (mode, _label) in enumerate(THEMES):
            self.themes.button(place).setChecked(now.theme == mode)

    def _preview(self, place: int) -> None:
        self._label(place)
        if not self.slider.isSliderDown():
            self._settle.start()

    def _label(self, place: int) -> None:
        self.percent.setText(_("{n}%").format(n=SCALES[place]))
        self.slider.setAccessibleDescription(self.percent.text())
        self.sample.show_scale(SCALES[place])

    def _keep_size(self) -> None:
        self._settle.stop()
        size = SCALES[self.slider.value()]
        # Laid out anew, this very slider goes: not while it is still in its event.
        QTimer.singleShot(0, preferences(), lambda: preferences().choose(text_size=size))

    def _speak(self, index: int) -> None:
        name = self.language.itemData(index)
        QTimer.singleShot(0, preferences(), lambda: preferences().choose(language=name))


class Sample(QWidget):
    """A few words at a text size that is not chosen yet."""

    def __init__(self) -> None:
        super().__init__()
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(2))
        self._lines = (
            (QLabel(_("Golden Gate Bakery")), 1.0, True),
            (words(_("12 Grant Avenue · delivers Tuesdays before ten")), 0.0, False),
            (words(_("Two notes, one open order")), -1.0, False),
        )
        for label, _step, _strong in self._lines:
            label.setProperty("sample", True)
            column.addWidget(label)

    def show_scale(self, scale: int) -> None:
        """Show the words at so many per cent of the system's size."""
        tokens = look().tokens
        body = tokens.body_px * 100 / tokens.scale
        for label, step, strong in self._lines:
            size = max(8, round(Tokens(tokens.name, scale, round(body)).text_px(step)))
            weight = 600 if strong else 400
            label.setStyleSheet(f"QLabel {{ font-size: {size}px; font-weight: {weight}; }}")


class ThemeTile(QAbstractButton):
    """A theme as a small picture of the window, with its name below."""

    def __init__(self, mode: str, label: str) -> None:
        super().__init__()
        self.mode = mode
        self.setText(label)
        self.setCheckable(True)
        self.setAccessibleName(label)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        px = look().tokens.px
        wide = max(px(132), self.fontMetrics().horizontalAdvance(self.text()) + px(16))
        return QSize(wide, px(84) + px(10) + self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        px, now, painter = look().tokens.px, look(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(2, 2, self.width() - 4, px(80))
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(box), px(8), px(8))
        painter.setClipPath(clip)
        if self.mode == "system":
            _miniature(painter, box, Tokens("light"), px)
            half = QRect(box.center().x(), box.top(), box.width(), box.height())
            painter.setClipRect(half, Qt.ClipOperation.IntersectClip)
            _miniature(painter, box, Tokens("dark"), px)
        else:
            _miniature(painter, box, Tokens(self.mode), px)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = now.color("accent" if self.isChecked() else "control_border")
        thick = 3 if self.isChecked() or self.hasFocus() else 1
        painter.setPen(_pen(now.color("focus") if self.hasFocus() else pen, thick))
        painter.drawRoundedRect(box, px(8), px(8))
        painter.setFont(look().font(0, strong=self.isChecked()))
        painter.setPen(now.color("text"))
        below = QRect(0, box.bottom() + px(6), self.width(), self.height() - box.bottom() - px(6))
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.text())


def _pen(color: QColor, width: int) -> Any:
    from PySide6.QtGui import QPen

    return QPen(color, width)


def _miniature(painter: QPainter, box: QRect, tokens: Tokens, px: Any) -> None:
    """Sidebar, a heading, three lines and a button, in the colours of a theme."""

    def fill(x: int, y: int, wide: int, tall: int, color: str, radius: int = 0) -> None:
        painter.setBrush(QColor(tokens[color]))
        painter.drawRoundedRect(box.left() + px(x), box.top() + px(y), px(wide), px(tall), radius, radius)

    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillRect(box, QColor(tokens["canvas"]))
    painter.fillRect(QRect(box.left(), box.top(), px(34), box.height()), QColor(tokens["sidebar"]))
    fill(6, 10, 22, 8, "selected", px(3))
    fill(6, 24, 16, 4, "text_soft", 1)
    fill(6, 34, 19, 4, "text_soft", 1)
    fill(44, 12, 44, 6, "text", 1)
    for line in range(3):
        fill(44, 28 + 11 * line, 70 - 14 * line, 4, "text_soft", 1)
    fill(44, 62, 30, 11, "accent", px(3))
