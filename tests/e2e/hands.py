"""Mouse and keyboard of the virtual screen, through xdotool: what a person's hands do."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from tests.e2e.keys import give_keys
from tests.session_bus import require

TYPING_DELAY_MS = 6
_FOREIGN = re.compile(r"([^\x00-\x7f]+)")


@dataclass(frozen=True, slots=True)
class Hands:
    """Acts on whatever lies under the pointer or has the focus, as a person would."""

    env: dict[str, str]

    def press(self, *keys: str) -> None:
        """Press keys one after another: `press("ctrl+k")`, `press("Down", "Down", "Return")`."""
        self._xdotool("key", "--clearmodifiers", "--delay", str(TYPING_DELAY_MS), *keys)

    def type(self, text: str) -> None:
        """Type a text into whatever has the focus. Line breaks press Return."""
        give_keys(self.env["DISPLAY"], text)
        for part in filter(None, _FOREIGN.split(text)):
            if part.isascii():
                self._xdotool("type", "--clearmodifiers", "--delay", str(TYPING_DELAY_MS), "--", part)
            else:  # by number: for some signs `type` would look for an older name than their key has
                self.press(*(f"U{ord(letter):04X}" for letter in part))

    def click(self, x: int, y: int, *, button: int = 1, times: int = 1) -> None:
        """Click at a point of the screen in pixels; button 3 is the right one, 4 and 5 the wheel."""
        # `--sync` would wait for ever where the pointer is there already.
        self._xdotool("mousemove", str(x), str(y), "sleep", "0.02")
        self._xdotool("click", "--repeat", str(times), "--delay", "40", str(button))

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag with the left button from one point of the screen to another, in a few steps."""
        steps = 8
        order = ["mousemove", str(start[0]), str(start[1]), "mousedown", "1", "sleep", "0.05"]
        for step in range(1, steps + 1):
            x = start[0] + (end[0] - start[0]) * step // steps
            y = start[1] + (end[1] - start[1]) * step // steps
            order += ["mousemove", str(x), str(y), "sleep", "0.02"]
        self._xdotool(*order, "mouseup", "1")

    def bring_forward(self, pid: int) -> bool:
        """Bring a program's window before all others, as a click into the task bar would; False for none yet."""
        found = self._xdotool("search", "--onlyvisible", "--pid", str(pid), check=False).split()
        for window in found:
            self._xdotool("windowactivate", window)
        return bool(found)

    def windows(self) -> list[str]:
        """The titles of all visible windows on the screen, in no promised order."""
        found = self._xdotool("search", "--onlyvisible", "--name", ".", "getwindowname", "%@", check=False)
        return [title for title in found.splitlines() if title]

    def _xdotool(self, *arguments: str, check: bool = True) -> str:
        command = [require("xdotool", "xdotool"), *arguments]
        answer = subprocess.run(
            command, env=self.env, check=check, capture_output=True, text=True, timeout=60
        )
        return answer.stdout
