"""What tests of synchronisation share: a real PostgreSQL, one for the run."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
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
def postgres_of_our_own() -> Iterator[postgres_server.Server]:
    """A running PostgreSQL that a test may kill."""
    try:
        with postgres_server.running() as server:
            yield server
    except NotAvailable as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def kept_database(postgres: postgres_server.Server) -> Iterator[str]:
    with postgres.database() as address:
        yield address


@pytest.fixture
def database(kept_database: str) -> Iterator[str]:
    """The address of a database in which nothing is but, perhaps, the server's tables: made once, emptied each time."""
    yield kept_database
    with psycopg.connect(kept_database, autocommit=True) as connection:
        connection.execute(EMPTY)


@pytest.fixture
def bare_database(kept_database: str) -> Iterator[str]:
    """The address of a database without tables."""
    with psycopg.connect(kept_database, autocommit=True) as connection:
        connection.execute(BARE)
        yield kept_database
        connection.execute(BARE)


EMPTY = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration' LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
    END $$
"""
BARE = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
