"""The settings: sections at the left, the chosen one at the right; each is made when it is first shown."""

from ui.screens.settings.screen import SettingsScreen

__all__ = ["SettingsScreen"]
