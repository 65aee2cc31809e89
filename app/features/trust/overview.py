"""The book at a glance: what is in it, how it opens, when it was backed up, what was not sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Refused
from app.features import records
from app.features.trust import backups
from app.features.trust import vault as vaults
from app.features.trust.vault import Book, Status
from app.model.entity import entities
from app.store.migrate import version


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts are of the records that this person may see, by the name of their kind."""

    counts: Mapping[str, int]
    schema: int
    vault: Status
    last_backup_ms: int | None
    unsent: int
    size_bytes: int


def look(book: Book) -> Overview:
    """Ask everything that the status page shows."""
    session = book.session
    counts = {}
    for entity in entities():
        try:
            counts[entity.name] = session.ask(records.count, entity.name)
        except Refused:
            continue
    return Overview(
        counts,
        version(session.database),
        vaults.status(book),
        session.ask(backups.last),
        session.unsent(),
        session.database.path.stat().st_size,
    )
