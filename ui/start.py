"""The `provender` entry: arguments lead to the command line, none to the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app import paths


def main() -> int:
    """Run what the arguments ask for; returns the exit status."""
    if len(sys.argv) == 1:
        return show(paths.home(), None, None)
    from ui.console.running import Window, run

    for stream in (sys.stdout, sys.stderr):
        # A customer's name must not stop a script because the terminal cannot show it.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        answer = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us (`head`) has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(answer, Window):
        return show(answer.home, answer.profile, answer.language)
    return answer


def show(home: Path, profile: str | None, language: str | None) -> int:
    """Open the window; only here Qt is loaded."""
    if sys.platform == "linux" and not any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    ):
        # Qt would abort the interpreter instead of saying this.
        from app import i18n
        from app.i18n import _

        i18n.use(language or i18n.from_environment())
        sys.stderr.write(
            _("There is no display here, so no window can open. “provender --help” lists what works without.")
            + "\n"
        )
        return 1
    from ui.main import main as open_window

    return open_window(home, profile, language)
