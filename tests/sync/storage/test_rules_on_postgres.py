"""The tests of the server's rules, once more over PostgreSQL."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.clock import FakeClock
from tests.model.company import NOW
from tests.sync.server import (
    test_beats,
    test_doors,
    test_healing,
    test_pulling,
    test_pushing,
    test_roster_at_server,
    test_shelves,
    test_upkeep,
)
from tests.sync.server.office import Office, checked
from tests.sync.storage.relay import PostgresRelay

RULES = (
    *(test_beats, test_doors, test_healing, test_pulling, test_pushing, test_roster_at_server, test_shelves),
    test_upkeep,
)


@pytest.fixture
def office(database: str, tmp_path: Path) -> Iterator[Office]:
    with PostgresRelay(tmp_path / "relay", database, FakeClock(NOW), verify=checked) as relay:
        yield Office(tmp_path / "office", relay=relay)


EMBEDDED_ALONE = {
    "test_a_backup_is_a_database_of_its_own_that_checks",
    "test_a_company_whose_roster_is_damaged_is_left_alone",
}
"""They look into the embedded database's file, or alter it by its own SQL."""


def of_the_rules() -> Iterator[tuple[str, Callable[..., None]]]:
    """Tests that take an office; those that make a relay of their own have said which."""
    for module in RULES:
        for name, test in vars(module).items():
            takes = name.startswith("test_") and "office" in inspect.signature(test).parameters
            if takes and name not in EMBEDDED_ALONE:
                yield f"{name}__{module.__name__.rpartition('.')[2]}", test


globals().update(of_the_rules())
