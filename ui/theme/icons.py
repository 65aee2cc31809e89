"""Our own icons: 20-pixel line drawings in resources/icons, tinted by the theme when they are shown."""

from __future__ import annotations

import weakref
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QIcon, QPixmap

from ui.theme.look import look

ICONS = Path(__file__).resolve().parents[2] / "resources" / "icons"
SIZE = 20  # the grid on which they are drawn, with strokes of 1.5


class HasIcon(Protocol):
    """A button, a label-less action, a menu: whatever shows one icon."""

    def setIcon(self, icon: QIcon, /) -> None: ...


def icon(name: str, color: str = "text_soft", *, active: str | None = None) -> QIcon:
    """The icon in a theme colour; `active` is its colour while chosen or pressed.

    It keeps this theme's colour for ever: use `set_icon` for what stays on screen.
    """
    tokens = look().tokens
    return _icon(name, tokens[color], tokens["text_off"], tokens[active or color], tokens.px(SIZE))


def pixmap(name: str, color: str = "text_soft", size: int = SIZE, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` device-independent pixels, for painting by hand."""
    return _pixmap(name, look().tokens[color], size, ratio)


def set_icon(holder: HasIcon, name: str, color: str = "text_soft", *, active: str | None = None) -> None:
    """Give `holder` this icon, now and after every change of theme, as long as it lives."""
    _listen()
    holder.setIcon(icon(name, color, active=active))
    _tinted[holder] = (name, color, active)


def retint() -> None:
    """Draw the icons of all living holders anew. Called after a change of theme."""
    for holder, (name, color, active) in list(_tinted.items()):
        try:
            holder.setIcon(icon(name, color, active=active))
        except RuntimeError:  # its C++ half is gone already; the Python half follows
            _tinted.pop(holder, None)


@lru_cache(maxsize=1)
def _listen() -> None:
    look().changed.connect(retint)


_tinted: weakref.WeakKeyDictionary[HasIcon, tuple[str, str, str | None]] = weakref.WeakKeyDictionary()


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (ICONS / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=512)
def _pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    # The text is rewritten instead of asking QtSvg, whose import would cost the first paint 10 ms.
    side = round(size * ratio)
    text = _source(name).replace("currentColor", color)
    text = text.replace('width="20" height="20"', f'width="{side}" height="{side}"', 1)
    picture = QPixmap()
    picture.loadFromData(text.encode(), "SVG")
    picture.setDevicePixelRatio(ratio)
    return picture


@lru_cache(maxsize=512)
def _icon(name: str, color: str, off: str, active: str, side: int) -> QIcon:
    result = QIcon()
    app = QGuiApplication.instance()
    sharpest = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    for ratio in {1.0, sharpest}:
        for mode, tint in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, off)):
            result.addPixmap(_pixmap(name, tint, side, ratio), mode, QIcon.State.Off)
        if active != color:
            result.addPixmap(_pixmap(name, active, side, ratio), QIcon.Mode.Selected, QIcon.State.Off)
            result.addPixmap(_pixmap(name, active, side, ratio), QIcon.Mode.Normal, QIcon.State.On)
    return result


def icon_size() -> QSize:
    """The size for buttons and menus at the present text size."""
    side = look().tokens.px(18)
    return QSize(side, side)
