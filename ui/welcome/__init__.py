"""The first start: open the demonstration, make a company and keep its recovery code, restore a backup."""

from __future__ import annotations

from ui.welcome.page import WelcomePage, pick_backup

__all__ = ["WelcomePage", "pick_backup"]
