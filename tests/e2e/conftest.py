"""The real window on a virtual desktop: fixtures `desktop`, `user`, `home`, `hands`, `start_program`, `program`."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.e2e.desktop import Desktop
from tests.e2e.desktop import desktop as run_desktop
from tests.e2e.hands import Hands
from tests.e2e.program import Program, start

ROOT = Path(__file__).resolve().parents[2]
PROVENDER = ROOT / ".venv" / "bin" / "provender"
PICTURES = ROOT / "build" / "e2e"


class StartProgram(Protocol):
    """Starts a program on the desktop, by default Provender with its `--home`."""

    def __call__(
        self,
        *arguments: str,
        command: tuple[str | Path, ...] | None = None,
        env: dict[str, str] | None = None,
        may_complain: bool = False,
    ) -> Program: ...


@pytest.fixture(scope="session")
def desktop() -> Iterator[Desktop]:
    """One desktop session for all tests of this run: screen, window manager, bus, keyring, accessibility."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the virtual desktop exists on Linux only")
    with run_desktop() as session:
        yield session


@pytest.fixture
def hands(desktop: Desktop) -> Hands:
    """Mouse and keyboard of the desktop."""
    return Hands(desktop.env)


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A person's home folder, fresh: everything that a program may write lies under it."""
    folder = tmp_path / "user"
    (folder / "tmp").mkdir(parents=True)
    return folder


@pytest.fixture
def home(user: Path) -> Path:
    """What `--home` names: where Provender keeps its profiles. Made by Provender, not yet there."""
    return user / "provender"


@pytest.fixture
def start_program(
    desktop: Desktop, user: Path, home: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[StartProgram]:
    """Start Provender, several times if need be: `start_program("--language", "en")`.

    It runs as a person whose home folder is `user`. At the end of the test it is ended if it still
    runs, and anything on its standard error fails the test, unless `may_complain` was said.
    """
    silent: list[Program] = []
    started: list[Program] = []
    request.node.stash[_STARTED] = started
    person = {"HOME": str(user), "TMPDIR": str(user / "tmp"), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    # Debian's reader asks each program for a bus of its own, which Qt does not have and complains about.
    person["QT_LOGGING_RULES"] = "qt.accessibility.atspi.warning=false"
    # XDG folders then follow from HOME, as on a fresh machine.
    base = {name: value for name, value in desktop.env.items() if name not in _LEAD_ELSEWHERE}
    session = Desktop(base, desktop.accessibility_bus, desktop.size)

    with ExitStack() as stack:

        def start_one(
            *arguments: str,
            command: tuple[str | Path, ...] | None = None,
            env: dict[str, str] | None = None,
            may_complain: bool = False,
        ) -> Program:
            words = [*(command or (PROVENDER, "--home", home)), *arguments]
            log = tmp_path / f"program-{len(started)}"
            program = stack.enter_context(start(session, words, log, person | (env or {})))
            started.append(program)
            if not may_complain:
                silent.append(program)
            return program

        yield start_one
    for program in silent:
        assert program.complained == "", "the program wrote to standard error"


@pytest.fixture
def program(start_program: StartProgram) -> Program:
    """Provender's window, started without arguments in a fresh home."""
    return start_program()


_STARTED: pytest.StashKey[list[Program]] = pytest.StashKey()
_LEAD_ELSEWHERE = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "PROVENDER_HOME")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the windows showed when a test failed: as text in the report, as picture in build/e2e."""
    report = yield
    if report.when == "call" and report.failed:
        started: list[Program] = item.stash.get(_STARTED, [])
        for number, program in enumerate(started):
            report.sections.append((f"program {number}: standard error", program.complained))
            if program.is_running:
                report.sections.append((f"program {number}: what its windows show", program.tree()))
                PICTURES.mkdir(parents=True, exist_ok=True)
                picture = PICTURES / f"{item.name}.png"
                program.desktop.picture(picture)
                report.sections.append(("picture", str(picture)))
    return report
