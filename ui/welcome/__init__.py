"""The first start: open the demonstration, make a company or join one, keep its recovery code, restore a backup."""

from __future__ import annotations

from ui.welcome.page import WelcomePage, pick_backup
from ui.welcome.waiting import WaitingPage

__all__ = ["WaitingPage", "WelcomePage", "pick_backup"]
