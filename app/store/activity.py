"""What the journal holds of each stream: who wrote last, how many steps, how many bytes. Reads all of it once."""

from __future__ import annotations

from typing import NamedTuple

from app.model.statements import Stream
from app.store.database import Connection
from app.store.numbers import Numbers


class Share(NamedTuple):
    """One device's part of one stream. `receipt_ms` is the server's time of its last step, None for none there."""

    stream: Stream
    device: bytes
    steps: int
    size_bytes: int
    receipt_ms: int | None


def shares(connection: Connection, devices: Numbers, books: Numbers) -> list[Share]:
    """By stream and device."""
    rows = connection.execute(
        "SELECT book, tier, device, count(*), sum(length(body)), max(receipt) FROM journal "
        "GROUP BY book, tier, device ORDER BY book, tier, max(receipt) DESC"
    ).fetchall()
    return [
        Share(Stream(books.ids[book], tier), devices.ids[device], steps, size, receipt)
        for book, tier, device, steps, size, receipt in rows
    ]
