"""The composition root of the window: one program per book, unlock, work, lock."""

from __future__ import annotations

import gc
import sys
from pathlib import Path


def main(home: Path, profile: str | None = None, language: str | None = None) -> int:
    """Open the window on the profiles of `home`; returns the exit status when it is closed."""
    # Nothing made while starting becomes garbage; looking for some costs a tenth of the time to the first paint.
    # The frame switches the collector on again.
    gc.disable()
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    app.setApplicationName("Provender")
    app.setApplicationDisplayName("Provender")
    app.setDesktopFileName("provender")
    from ui.main.frame import Frame
    from ui.preferences import preferences

    preferences().keep_in(home, language)
    frame = Frame(home, profile)
    if not frame.begin():
        return 0
    status = app.exec()
    frame.end()
    return status
