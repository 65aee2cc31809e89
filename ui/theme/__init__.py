"""Colours, type and icons: `look()` is the present theme, `set_icon` tints an icon by it."""

from __future__ import annotations

from ui.theme.icons import icon, icon_size, pixmap, set_icon
from ui.theme.look import MODES, SYSTEM, Look, look
from ui.theme.tokens import NAMES, SCALES, Tokens, contrast
from ui.theme.unseen import plain

__all__ = [
    "MODES",
    "NAMES",
    "SCALES",
    "SYSTEM",
    "Look",
    "Tokens",
    "contrast",
    "icon",
    "icon_size",
    "look",
    "pixmap",
    "plain",
    "set_icon",
]
