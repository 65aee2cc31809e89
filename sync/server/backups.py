"""What the server says about backups: up to where each stream is in two of them, so that devices may forget."""

from __future__ import annotations

from typing import Any

from app.clock import Clock
from app.model.encoding import canonical, decode_canonical
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
    """Once a copy is durable: from now on the server signs that it has in a backup what this one and the one before
    hold. The newest may still lie beside the database, or turn out to be unreadable when it is needed."""
    for company, streams in held.items():
        with storage.writing() as tx:
            rows = tx.streams(company, lock=True)  # none of a company that was deleted meanwhile
            before = _read(tx.fact(_name(company)))
            for row in rows:
                position = min(before.get(row.stream, 0), streams.get(row.stream, 0), row.position)
                if position > row.kept:
                    tx.set_kept(company, row.stream, position)
            tx.put_fact(_name(company), canonical([[*stream, at] for stream, at in sorted(streams.items())]))


def restored(storage: Storage, clock: Clock) -> None:
    """Note in a database that was brought back from a backup that it was: devices give back what it has lost, and
    statements may name batches that are not there yet. Must be done before it serves."""
    with storage.writing() as tx:
        for company in tx.companies():
            tx.set_restored(company, clock.now_ms())


def _read(data: bytes | None) -> dict[Stream, int]:
    """The positions of the backup before."""
    parts: list[list[Any]] = decode_canonical(data) if data else []
    return {Stream(book, tier): at for book, tier, at in parts}


def _name(company: bytes) -> str:
    return f"backup/{company.hex()}"
