"""The colours of a customer's stage: the same in lists, on its page and in menus."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.features.crm.customers import STAGES
from app.i18n import _
from ui.table import Pill
from ui.theme import look

# Indices of the theme's hues. Words carry the meaning; colours only help the eye.
HUES = {"lead": 1, "trial": 3, "active": 0, "at_risk": 6, "lapsed": 2, "lost": 4}


def stage_label(stage: str) -> str:
    """What people call the stage."""
    return _(dict(STAGES).get(stage, stage))


def stage_pill(stage: str) -> Pill | str:
    """The stage as a cell of a list."""
    return Pill(stage_label(stage), HUES.get(stage, 7)) if stage else ""


def tint(widget: QWidget, stage: str) -> None:
    """Give a button the colours of a stage; call it again when the theme changes."""
    under, over = look().tokens.hues[HUES.get(stage, 7)]
    widget.setStyleSheet(f"QPushButton {{ background: {under}; color: {over}; }}")
