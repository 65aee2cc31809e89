"""The real window on a virtual desktop: fixtures `desktop`, `user`, `home`, `hands`, `start_program`, `program`, `seat`."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.e2e.desktop import Desktop
from tests.e2e.desktop import desktop as run_desktop
from tests.e2e.hands import Hands
from tests.e2e.program import Program
from tests.e2e.seat import Seat, StartProgram

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "e2e"


@pytest.fixture(scope="session")
def desktop() -> Iterator[Desktop]:
    """One desktop session for all tests of this run: screen, window manager, bus, keyring, accessibility."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the virtual desktop exists on Linux only")
    with run_desktop() as session:
        yield session


@pytest.fixture(scope="session")
def hands(desktop: Desktop) -> Hands:
    """Mouse and keyboard of the desktop."""
    return Hands(desktop.env)


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A person's home folder, fresh: everything that a program may write lies under it."""
    return tmp_path / "user"


@pytest.fixture
def home(user: Path) -> Path:
    """What `--home` names: where Provender keeps its profiles. Made by Provender, not yet there."""
    return user / "provender"


@pytest.fixture
def start_program(
    desktop: Desktop, user: Path, home: Path, request: pytest.FixtureRequest
) -> Iterator[StartProgram]:
    """Start Provender, several times if need be: `start_program("--language", "en")`.

    It runs as a person whose home folder is `user`. At the end of the test it is ended if it still
    runs, and anything on its standard error fails the test, unless `may_complain` was said.
    """
    with Seat.at(desktop, user, home) as seat:
        request.node.stash[_SEAT] = seat
        yield seat.start


@pytest.fixture
def program(start_program: StartProgram) -> Program:
    """Provender's window, started without arguments in a fresh home."""
    return start_program()


@pytest.fixture(scope="module")
def seat(
    desktop: Desktop, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Seat]:
    """One person at the desktop for all tests of a file, so that they may share a running program."""
    user = tmp_path_factory.mktemp("person") / "user"
    with Seat.at(desktop, user, user / "provender") as seat:
        request.node.stash[_SEAT] = seat
        yield seat


_SEAT: pytest.StashKey[Seat] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the windows showed when a test failed: as text in the report, as picture in build/e2e."""
    report = yield
    if report.when == "call" and report.failed:
        seats = [node.stash[_SEAT] for node in item.listchain() if _SEAT in node.stash]
        for number, program in enumerate(program for seat in seats for program in seat.started):
            if program.complained:
                report.sections.append((f"program {number}: standard error", program.complained))
            if program.is_running:
                report.sections.append((f"program {number}: what its windows show", program.tree()))
                PICTURES.mkdir(parents=True, exist_ok=True)
                picture = PICTURES / f"{item.name}.png"
                program.desktop.picture(picture)
                report.sections.append(("picture", str(picture)))
    return report
