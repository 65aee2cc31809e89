"""The server's databases under test: the embedded one, and PostgreSQL where it is installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sync.server.embedded import Embedded
from sync.server.postgres import Postgres
from sync.server.storage import Storage

KEY = bytes(range(32))
Opener = Callable[[], Storage]


@pytest.fixture(params=["embedded", "postgres"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same database once more, as another process or node does; closed at the end."""
    with ExitStack() as stack:
        if request.param == "embedded":
            path = tmp_path / "server.db"
            Embedded.create(path, KEY).close()

            def opened() -> Storage:
                return stack.enter_context(closing(Embedded.open(path, KEY)))
        else:
            address: str = request.getfixturevalue("database")

            def opened() -> Storage:
                return stack.enter_context(closing(Postgres.open(address)))

        yield opened


@pytest.fixture
def storage(node: Opener) -> Storage:
    return node()


@pytest.fixture
def on_postgres(database: str) -> Iterator[Postgres]:
    with closing(Postgres.open(database)) as storage:
        yield storage


@pytest.fixture(autouse=True)
def no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own variables of whoever runs the tests would lead elsewhere."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
