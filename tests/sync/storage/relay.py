"""The tests' relay over PostgreSQL instead of the embedded database."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import psycopg

from sync.server.postgres import Postgres
from tests.relay import Relay, Shelf, State


class Unsynced(Postgres):
    """The tests' PostgreSQL does not wait for the disk, on purpose."""

    def problems(self) -> tuple[str, ...]:
        return tuple(problem for problem in super().problems() if "fsync" not in problem)


class PostgresRelay(Relay):
    """A relay in the empty database at an address."""

    def __init__(self, folder: Path, address: str, *arguments: Any, **options: Any) -> None:
        super().__init__(folder, *arguments, storage=Unsynced.open(address), **options)
        self.address = address

    def restart(self) -> None:
        self._reopen(Unsynced.open(self.address))

    def snapshot(self) -> State:
        self._states += 1
        path = self.folder / f"backup-{self._states}"
        self.storage.backup_to(path)
        return State(path, dict(cast("Shelf", self.objects).held))

    def restore(self, state: State, *, told: bool = True) -> None:
        self.storage.close()
        emptied(self.address)
        cast("Shelf", self.objects).held = dict(state.held)
        self._reopen(Unsynced.restore(self.address, state.path))
        if told:
            with self.storage.writing() as tx:
                for company in tx.companies():
                    tx.set_restored(company, self.clock.now_ms())

    def _reopen(self, storage: Postgres) -> None:
        self.storage.close()
        self.storage = storage
        self._begin()


def emptied(address: str) -> None:
    """Take everything out of a database."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
