"""What the server says about backups: up to where each stream is in one, so that devices may forget."""

from __future__ import annotations

from app.clock import Clock
from app.model.statements import Stream
from sync.server.storage import Storage

Reached = dict[bytes, dict[Stream, int]]
"""Company → stream → position."""


def reached(storage: Storage) -> Reached:
    """Where every stream stands. Ask before a copy is made, which then holds at least this."""
    with storage.reading() as tx:
        return {
            company: {row.stream: row.position for row in tx.streams(company)} for company in tx.companies()
        }


def keep(storage: Storage, held: Reached) -> None:
    """Once a copy is durable: from now on the server signs that it has these positions in a backup."""
    for company, streams in held.items():
        with storage.writing() as tx:
            for row in tx.streams(company, lock=True):  # none of a company that was deleted meanwhile
                position = min(streams.get(row.stream, 0), row.position)
                if position > row.kept:
                    tx.set_kept(company, row.stream, position)


def restored(storage: Storage, clock: Clock) -> None:
    """Note in a database that was brought back from a backup that it was: devices give back what it has lost, and
    statements may name batches that are not there yet. Must be done before it serves."""
    with storage.writing() as tx:
        for company in tx.companies():
            tx.set_restored(company, clock.now_ms())
