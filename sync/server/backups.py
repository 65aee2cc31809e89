"""Backups, and what the server says about them: up to where each stream is in one, so that devices may forget."""

from __future__ import annotations

from pathlib import Path

from app.clock import Clock
from app.model.statements import Stream
from sync.server.storage import Storage


def back_up(storage: Storage, path: Path) -> dict[bytes, dict[Stream, int]]:
    """Copy everything but objects to a new place; from then on the server signs that it has it in a backup.

    Objects lie in a folder or a bucket, to be copied after this: they never change, so a later copy fits.
    """
    # Noted before the copy is made, which may hold more than this, never less.
    with storage.reading() as tx:
        reached = {
            company: {row.stream: row.position for row in tx.streams(company)} for company in tx.companies()
        }
    storage.backup_to(path)
    with storage.writing() as tx:
        for company, streams in reached.items():
            for row in tx.streams(company, lock=True):
                position = min(streams.get(row.stream, 0), row.position)
                if position > row.kept:
                    tx.set_kept(company, row.stream, position)
    return reached


def restored(storage: Storage, clock: Clock) -> None:
    """Note in a database that was brought back from a backup that it was: devices give back what it has lost, and
    statements may name batches that are not there yet. Must be done before it serves."""
    with storage.writing() as tx:
        for company in tx.companies():
            tx.set_restored(company, clock.now_ms())
