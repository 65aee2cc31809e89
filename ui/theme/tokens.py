"""The colours and measures that everything on screen is made of, read from resources/themes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

THEMES = Path(__file__).resolve().parents[2] / "resources" / "themes"
NAMES = ("light", "dark", "contrast")
SCALES = (80, 90, 100, 110, 125, 150, 175, 200)  # per cent of the system's text size

# Text or symbol over surface, with the least contrast that WCAG 2.2 asks: 4.5 for text (1.4.3), 3 for what
# makes a control recognisable (1.4.11). `tests/ui/test_theme.py` measures every pair in every theme.
SURFACES = ("canvas", "sidebar", "sunken", "raised", "hover", "pressed")
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((text, surface, 4.5) for text in ("text", "text_soft", "accent_text") for surface in SURFACES),
    *(
        (text, surface, 4.5)
        for text in ("danger_text", "link")
        for surface in ("canvas", "sidebar", "raised")
    ),
    *((symbol, surface, 3.0) for symbol in ("control_border", "focus") for surface in SURFACES[:4]),
    *(("text_off", surface, 3.0) for surface in (*SURFACES[:4], "control_off")),
    ("text", "control", 4.5),
    ("text_soft", "control", 4.5),
    ("control_border", "control", 3.0),
    ("on_accent", "accent", 4.5),
    ("on_accent", "accent_hover", 4.5),
    ("on_accent", "accent_pressed", 4.5),
    ("accent", "canvas", 3.0),
    ("accent", "raised", 3.0),
    ("on_selected", "selected", 4.5),
    ("on_danger", "danger", 4.5),
    ("on_danger", "danger_hover", 4.5),
    ("text", "danger_soft", 4.5),
    ("danger_text", "danger_soft", 4.5),
    ("text", "warning_soft", 4.5),
    ("warning_text", "warning_soft", 4.5),
    ("text", "info_soft", 4.5),
    ("info_text", "info_soft", 4.5),
    ("text", "success_soft", 4.5),
    ("success_text", "success_soft", 4.5),
    ("warning_text", "canvas", 4.5),
    ("info_text", "canvas", 4.5),
    ("success_text", "canvas", 4.5),
    ("on_toast", "toast", 4.5),
    ("toast_action", "toast", 4.5),
    ("on_mark", "mark", 4.5),
)


class Tokens:
    """One theme at one text size. Colours are `#RRGGBB` by name; measures are device-independent pixels."""

    __slots__ = ("body_px", "colors", "hues", "name", "scale")

    def __init__(self, name: str, scale: int = 100, body_px: int = 13) -> None:
        raw: dict[str, Any] = json.loads((THEMES / f"{name}.json").read_text("utf-8"))
        self.name = name
        self.scale = scale
        self.body_px = max(8, round(body_px * scale / 100))
        self.hues: tuple[tuple[str, str], ...] = tuple((a, b) for a, b in raw.pop("hues"))
        self.colors: dict[str, str] = raw

    @property
    def is_dark(self) -> bool:
        return self.name != "light"

    def __getitem__(self, color: str) -> str:
        return self.colors[color]

    def px(self, size: float) -> int:
        """A measure of the 8-pixel grid grown with the text, so that rows and buttons still fit it."""
        return max(1, round(size * self.body_px / 13))

    def text_px(self, step: float) -> int:
        """A step of the typographic scale: 0 body, 1 section heading, 2 title, 3 display, -1 caption."""
        return max(8, round(self.body_px * _STEPS[step]))


_STEPS: dict[float, float] = {-1: 0.88, 0: 1.0, 1: 1.16, 2: 1.54, 3: 2.0}


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two `#RRGGBB` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
