"""The open book on screen: navigation at the left, search on top, status at the foot, a screen in the middle."""

from __future__ import annotations

from ui.window.history import Carried
from ui.window.workspace import Workspace

__all__ = ["Carried", "Workspace"]
