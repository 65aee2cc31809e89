"""Actions that change how the program looks and speaks: language, theme, text size."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer

from app import i18n
from app.i18n import LANGUAGES, N_, _
from ui.actions import Action
from ui.preferences import preferences
from ui.theme import SCALES, look

THEMES = (
    ("system", N_("Theme: as the system")),
    ("light", N_("Theme: light")),
    ("dark", N_("Theme: dark")),
    ("contrast", N_("Theme: high contrast")),
)


def look_actions() -> tuple[Action, ...]:
    """For the palette, and for a window that wants their shortcuts."""
    return (
        *(
            Action(
                f"theme.{mode}",
                label,
                _later(theme=mode),
                "theme",
                checked=_shows(mode),
                group="look",
            )
            for mode, label in THEMES
        ),
        Action("text.larger", N_("Larger text"), lambda: step_text(1), "plus", "Ctrl++", group="look"),
        Action("text.smaller", N_("Smaller text"), lambda: step_text(-1), "minus", "Ctrl+-", group="look"),
        Action("text.usual", N_("Usual text size"), _later(text_size=100), "theme", "Ctrl+0", group="look"),
        *(
            Action(
                f"language.{name}",
                _("Language: {name}").format(name=label),
                _later(language=name),
                "language",
                checked=_speaks(name),
                group="look",
            )
            for name, label in LANGUAGES.items()
        ),
    )


def step_text(by: int) -> None:
    """The next larger or smaller size of text."""
    now = look().tokens.scale
    nearest = min(range(len(SCALES)), key=lambda place: abs(SCALES[place] - now))
    _later(text_size=SCALES[max(0, min(len(SCALES) - 1, nearest + by))])()


def _shows(mode: str) -> Callable[[], bool]:
    return lambda: look().mode == mode


def _speaks(language: str) -> Callable[[], bool]:
    return lambda: i18n.language() == language


def _later(**values: str | int) -> Callable[[], None]:
    # Another language builds the window anew: not while the widget that asked for it is still in its event.
    return lambda: QTimer.singleShot(0, preferences(), lambda: preferences().choose(**values))
