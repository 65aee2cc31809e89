"""What tests of synchronisation share: a real PostgreSQL, one for the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.session_bus import NotAvailable
from tests.sync import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """A running PostgreSQL. Take a database of your own: `with postgres.database() as address`."""
    try:
        context = postgres_server.running()
        server = context.__enter__()
    except NotAvailable as missing:
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        context.__exit__(None, None, None)


@pytest.fixture
def database(postgres: postgres_server.Server) -> Iterator[str]:
    """The address of an empty database."""
    with postgres.database() as address:
        yield address
