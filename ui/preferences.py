"""The present settings of this program: `preferences()` applies them, keeps them, and tells who listens."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app import i18n, settings
from app.settings import Settings
from ui.theme import look


class Preferences(QObject):
    """One per process, as language and look are. Without a home (tests) nothing is kept."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self._home: Path | None = None

    def keep_in(self, home: Path | None, language: str | None = None) -> None:
        """Take up what was chosen on this device. `language` of the command line wins and is not kept."""
        self._home = home
        self.settings = Settings() if home is None else settings.load(home)
        self._apply(language)

    def choose(self, **values: str | int) -> None:
        """Change some settings, show them at once, keep them. Values out of bounds are brought within."""
        wanted = settings.changed(self.settings, values)
        if wanted == self.settings:
            return
        before, self.settings = self.settings, wanted
        if self._home is not None:
            with suppress(OSError):  # a full or read-only disk: what was chosen still holds until the end
                settings.save(self._home, wanted)
        if (before.language, before.theme, before.text_size) != (
            wanted.language,
            wanted.theme,
            wanted.text_size,
        ):
            self._apply()
        self.changed.emit()

    def _apply(self, language: str | None = None) -> None:
        wanted = language or self.settings.language or i18n.from_environment()
        # The look first knows the language, then dresses: fonts differ.
        if wanted != i18n.language():
            i18n.use(wanted)
        look().use(self.settings.theme, self.settings.text_size)


@lru_cache(maxsize=1)
def preferences() -> Preferences:
    """The settings of this process."""
    return Preferences()
