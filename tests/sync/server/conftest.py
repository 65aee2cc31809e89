"""A company at a relay, for every test of the server's rules: on the embedded database, and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.server.storage import Storage
from tests.sync.server.office import Office

EMBEDDED_ALONE = {"test_healing", "test_joining", "test_upkeep"}
"""Their subject is a database that is copied, brought back or damaged; it is the same rules on any."""


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    storage: Storage | None = None
    if request.param == "postgres":
        from sync.server.postgres import Postgres

        storage = Postgres.open(request.getfixturevalue("database"))
    office = Office(tmp_path / "relay", storage=storage)
    yield office
    office.relay.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "office" in metafunc.fixturenames:
        alone = metafunc.module.__name__.rpartition(".")[2] in EMBEDDED_ALONE
        metafunc.parametrize("office", ["embedded"] if alone else ["embedded", "postgres"], indirect=True)
