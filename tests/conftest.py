"""Fixtures that every part of the tests may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.gateway.session import Session
from tests.builders import a_book
from tests.session_bus import secret_service as run_secret_service
from tests.session_bus import session_bus

# Unit tests of widgets need no screen; tests/e2e gives its programs a real one.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# What explains most comes first: when a rule of the model is broken, its own test says so best.
ORDER = (
    *("architecture", "installer", "model", "crypto", "store", "vault", "gateway", "features", "sync"),
    *("console", "ui", "e2e", "campaign", "bench"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the folders from the small and certain to the large and slow."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return ORDER.index(folder) if folder in ORDER else -1

    items.sort(key=rank)


@pytest.fixture(scope="session")
def secret_service() -> Iterator[str]:
    """A real, unlocked Secret Service on a private bus; the value is the bus address.

    DBUS_SESSION_BUS_ADDRESS points at it in this process and its children while the fixture lives, so
    the `keyring` package reaches it. Items vanish with it.
    """
    if not sys.platform.startswith("linux"):
        pytest.skip("the Secret Service exists on Linux only")
    with session_bus(os.environ) as env, run_secret_service(env), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        yield env["DBUS_SESSION_BUS_ADDRESS"]


@pytest.fixture
def book() -> Iterator[Session]:
    """An open, empty book of a company with one owner."""
    with a_book() as session:
        yield session
