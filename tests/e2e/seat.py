"""One person at the desktop: their folders, the programs they start, the command line they type."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.e2e.desktop import Desktop
from tests.e2e.hands import Hands
from tests.e2e.program import Program, start

PROVENDER = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "provender"
PASSWORD = "seven uncommon words walk home"
COMPANY = "Nordlicht Foods"
OWNER = "Mia Chen"
# Qt tells the desktop's accessibility registry of each key, and complains where a busy machine answers it late.
_LATE_REGISTRY = re.compile(
    r'^QSpiApplication::(keyEventError +"org\.freedesktop\.DBus\.Error\.NoReply"'
    r"|notifyKeyboardListenerCallback with no queued key called$)"
)
_LEAD_ELSEWHERE = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "PROVENDER_HOME")


class StartProgram(Protocol):
    """Starts a program on the desktop, by default Provender with its `--home`."""

    def __call__(
        self,
        *arguments: str,
        command: tuple[str | Path, ...] | None = None,
        env: dict[str, str] | None = None,
        may_complain: bool = False,
    ) -> Program: ...


@dataclass(slots=True)
class Seat:
    """Everything that the programs of this person may write lies under `user`."""

    desktop: Desktop
    user: Path
    home: Path
    hands: Hands
    _stack: ExitStack
    started: list[Program] = field(default_factory=list)
    _silent: list[Program] = field(default_factory=list)

    @classmethod
    @contextmanager
    def at(cls, desktop: Desktop, user: Path, home: Path) -> Iterator[Seat]:
        """Sit down; with the block every program ends, and none may have written to standard error."""
        (user / "tmp").mkdir(parents=True)
        with ExitStack() as stack:
            seat = cls(desktop, user, home, Hands(desktop.env), stack)
            yield seat
        for program in seat._silent:
            said = [line for line in program.complained.splitlines() if not _LATE_REGISTRY.search(line)]
            assert not said, "\n".join(("the program wrote to standard error:", *said))

    def start(
        self,
        *arguments: str,
        command: tuple[str | Path, ...] | None = None,
        env: dict[str, str] | None = None,
        may_complain: bool = False,
    ) -> Program:
        """Start Provender's window, or another program."""
        words = [*(command or (PROVENDER, "--home", self.home)), *arguments]
        log = self.user.with_name(f"program-{len(self.started)}")
        session = Desktop(self._env(), self.desktop.accessibility_bus, self.desktop.size)
        program = self._stack.enter_context(start(session, words, log, env or {}))
        self.started.append(program)
        if not may_complain:
            self._silent.append(program)
        return program

    def type_command(self, *words: str, password: str = PASSWORD) -> Any:
        """Run the command line with `--json`; returns its document. A refusal is a mistake of the test."""
        order = [str(PROVENDER), "--home", str(self.home), "--json", "--password-file", "-", *words]
        answer = subprocess.run(
            order, env=self._env(), input=password, capture_output=True, text=True, timeout=60, check=False
        )
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def make_company(self, name: str = COMPANY, *, profile: str | None = None) -> str:
        """Make a company by command; returns its recovery code."""
        more = ("--profile", profile) if profile else ()
        made = self.type_command(*more, "company", "create", name, "--owner", OWNER)
        return str(made["recovery_code"])

    def write(self, name: str, text: str) -> Path:
        """A file in the person's home folder."""
        file = self.user / name
        file.write_text(text, encoding="utf-8")
        return file

    def _env(self) -> dict[str, str]:
        # XDG folders follow from HOME, as on a fresh machine.
        env = {name: value for name, value in self.desktop.env.items() if name not in _LEAD_ELSEWHERE}
        env |= {
            "HOME": str(self.user),
            "TMPDIR": str(self.user / "tmp"),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
        }
        # Debian's reader asks each program for a bus of its own, which Qt does not have and complains about.
        return env | {"QT_LOGGING_RULES": "qt.accessibility.atspi.warning=false", "PYTHONFAULTHANDLER": "1"}
