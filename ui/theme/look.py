"""How the program looks now: theme and text size, following the system unless the person chose."""

from __future__ import annotations

import sys
from functools import lru_cache

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app import i18n
from ui.theme.tokens import SCALES, THEMES, Tokens

SYSTEM = "system"
MODES = (SYSTEM, "light", "dark", "contrast")

# Han characters are drawn differently in China and Japan: name the Chinese fonts before the system guesses.
CHINESE = (
    "Noto Sans CJK SC",
    "Microsoft YaHei UI",
    "PingFang SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
# What a Linux without desktop settings calls "Sans" is DejaVu, wide and hard to read at length.
LINUX = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Noto Sans CJK SC")


class Look(QObject):
    """The one present look. Change it with `use`; widgets that paint by hand listen to `changed`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode = SYSTEM
        self.tokens = Tokens("light")
        self._system_px = 0
        self._worn = ""

    def use(self, mode: str | None = None, scale: int | None = None) -> None:
        """Show `mode` (one of MODES) at `scale` per cent; what is not given stays."""
        self.mode = mode if mode in MODES else self.mode
        chosen = scale if scale is not None else self.tokens.scale
        name = _system_theme() if self.mode == SYSTEM else self.mode
        body_px = self._body_px()
        self.tokens = Tokens(name, max(SCALES[0], min(SCALES[-1], chosen)), body_px)
        self._dress()
        self.changed.emit()

    def follow_system(self) -> None:
        """From now on change with the system's colours, as long as no theme is chosen."""
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        hints.accessibility().contrastPreferenceChanged.connect(self._system_changed)

    def font(self, step: float = 0, *, strong: bool = False) -> QFont:
        """The interface font at a step of the typographic scale (see Tokens.text_px)."""
        font = QFont(QApplication.font())
        font.setPixelSize(self.tokens.text_px(step))
        if strong:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def color(self, name: str) -> QColor:
        """A theme colour for painting by hand."""
        return _color(self.tokens[name])

    def _system_changed(self) -> None:
        if self.mode == SYSTEM and _system_theme() != self.tokens.name:
            self.use()

    def _body_px(self) -> int:
        if not self._system_px:
            # 9 pt at 96 dpi is 12 px: what many systems say and few people read with ease.
            self._system_px = max(13, QFontInfo(QApplication.font()).pixelSize())
        return self._system_px

    def _dress(self) -> None:
        from ui.theme.style import sheet

        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        if (
            not self._worn and app.style().objectName() != "fusion"
        ):  # with a sheet upon it the style no longer says its name
            app.setStyle("fusion")
        QDir.setSearchPaths("theme", [str(THEMES / self.tokens.name)])
        font = QFont(app.font())
        font.setFamilies(_families(font))
        font.setPixelSize(self.tokens.body_px)
        if i18n.language() == "zh_CN":
            font.clearFeatures()
        else:  # Chinese fonts draw “ ” as wide as a character, unless asked for proportional widths
            font.setFeature(QFont.Tag("pwid"), 1)
        app.setFont(font)
        wanted = sheet(self.tokens)
        if wanted != self._worn or app.styleSheet() != wanted:
            # Every widget is styled anew, 0.1 s for a few screens: not where only the language is another.
            self._worn = wanted
            app.setPalette(palette(self.tokens))
            app.setStyleSheet(wanted)


@lru_cache(maxsize=1)
def look() -> Look:
    """The present look of this process."""
    return Look()


def palette(tokens: Tokens) -> QPalette:
    """The theme as Qt's own palette, for everything that the style sheet does not reach."""
    role = QPalette.ColorRole
    result = QPalette()
    for target, name in (
        (role.Window, "canvas"),
        (role.WindowText, "text"),
        (role.Base, "control"),
        (role.AlternateBase, "sunken"),
        (role.Text, "text"),
        (role.PlaceholderText, "text_soft"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.BrightText, "danger_text"),
        (role.ToolTipBase, "toast"),
        (role.ToolTipText, "on_toast"),
        (role.Highlight, "selected"),
        (role.HighlightedText, "on_selected"),
        (role.Link, "link"),
        (role.LinkVisited, "link"),
        (role.Light, "raised"),
        (role.Midlight, "hover"),
        (role.Mid, "separator"),
        (role.Dark, "control_border"),
        (role.Shadow, "text"),
        (role.Accent, "accent"),
    ):
        result.setColor(target, _color(tokens[name]))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, target, _color(tokens["text_off"]))
    result.setColor(QPalette.ColorGroup.Disabled, role.Base, _color(tokens["control_off"]))
    return result


@lru_cache(maxsize=256)
def _color(text: str) -> QColor:
    if len(text) == 9:  # CSS writes alpha last, Qt first
        text = f"#{text[7:]}{text[1:7]}"
    return QColor(text)


def _families(font: QFont) -> list[str]:
    own = [name for name in font.families() if name not in CHINESE]
    if sys.platform.startswith("linux") and QFontInfo(font).family() == "DejaVu Sans":
        own = [*LINUX, *own]
    return list(dict.fromkeys([*own, *CHINESE]))


def _system_theme() -> str:
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return "contrast"
    return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"
