"""One running program on the virtual desktop: its window, its life and death, what it said."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e import atspi
from tests.e2e.desktop import Desktop
from tests.e2e.driver import PATIENCE_S, ROLES, Name, NotSeen, Widget, is_called, wait_until
from tests.e2e.hands import Hands
from tests.session_bus import running


@dataclass(slots=True)
class Program:
    """A started program. Ends with the test; what it wrote to standard error is judged then."""

    process: subprocess.Popen[bytes]
    desktop: Desktop
    hands: Hands
    output: Path
    errors: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Has it not ended yet?"""
        return self.process.poll() is None

    @property
    def said(self) -> str:
        """What it wrote to standard output so far."""
        return self.output.read_text(errors="replace")

    @property
    def complained(self) -> str:
        """What it wrote to standard error so far."""
        return self.errors.read_text(errors="replace")

    def windows(self) -> list[Widget]:
        """Its windows and dialogs that are showing now."""
        reader = atspi.connect(self.desktop.accessibility_bus).get_desktop(0)
        found = []
        with suppress(atspi.gone()):
            for index in range(reader.get_child_count()):
                application = reader.get_child_at_index(index)
                if application and application.get_process_id() == self.pid:
                    windows = Widget(application, self.hands).children()
                    found += [window for window in windows if window.is_showing]
        return found

    def window(self, name: Name = None, *, timeout_s: float = PATIENCE_S, active: bool = True) -> Widget:
        """The window or dialog of that title (any, if none is named), waiting until it takes the keyboard."""

        def seen() -> Widget | None:
            if not self.is_running:
                raise NotSeen(f"the program ended with status {self.process.returncode}: {self.complained}")
            fitting = [window for window in self.windows() if is_called(window, name)]
            if active:
                fitting = [window for window in fitting if "active" in window.states]
            return fitting[-1] if fitting else None

        return wait_until(seen, f"a window named {name!r}", timeout_s)

    def focused(self) -> Widget | None:
        """What has the keyboard, by the last event that told so."""
        node = atspi.focused(self.desktop.accessibility_bus, self.pid)
        return Widget(node, self.hands) if node is not None else None

    def wait_focus(self, role: str | None = None, name: Name = None) -> Widget:
        """Wait until such a widget has the keyboard."""

        def seen() -> Widget | None:
            here = self.focused()
            return here if here is not None and here.fits(role, name) else None

        try:
            return wait_until(seen, f"the keyboard in {role or 'anything'} named {name!r}")
        except NotSeen as error:
            raise NotSeen(f"{error}; it is in {self.focused()}") from None

    def type(self, text: str) -> None:
        """Type into what has the keyboard, and wait until it stands there: a shortcut might overtake it."""

        def stands() -> bool:
            here = self.focused()
            return here is not None and here.holds(text)

        self.hands.type(text)
        wait_until(stands, f"{text!r} where the keyboard is")

    def popup(self, name: Name = None) -> Widget:
        """The menu or sheet that has the keyboard. It is no window, and found only from the inside."""

        def seen() -> Widget | None:
            here = self.focused()
            while here is not None and (above := here.parent()) is not None and above.role != "application":
                here = above
            return (
                here
                if here is not None and here.role not in ROLES["window"] and here.fits(None, name)
                else None
            )

        return wait_until(seen, f"a menu or sheet named {name!r}")

    def menu(self) -> Widget:
        """The menu that was opened just now. Its first item takes the keyboard, else it could not be found."""
        self.hands.press("Down")
        return self.popup()

    def wait(self, timeout_s: float = PATIENCE_S) -> int:
        """Wait for its end; returns the exit status. Raises `NotSeen` if it goes on."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # with PYTHONFAULTHANDLER it says where it hangs
            raise NotSeen(f"the program did not end within {timeout_s:g} s") from None

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL), together with its children."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def tree(self) -> str:
        """What is on its windows, as an indented text."""
        return "\n".join(window.tree() for window in self.windows()) or "no window"


@contextmanager
def start(
    desktop: Desktop, command: Sequence[str | Path], log: Path, env: Mapping[str, str]
) -> Iterator[Program]:
    """Start a command on the desktop with `env` on top of the desktop's own; end it with the block."""
    output, errors = log.with_suffix(".out"), log.with_suffix(".err")
    errors.touch()
    with output.open("wb") as said:
        inside = desktop.env | dict(env)
        with running(list(map(str, command)), inside, stdout=said.fileno(), log=errors) as process:
            yield Program(process, desktop, Hands(desktop.env), output, errors)
