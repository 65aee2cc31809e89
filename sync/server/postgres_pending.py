"""What pushes read and write, gathered while many are answered in one transaction: few statements instead of many.

Each savepoint has a layer of its own: raising drops it, ending well puts it onto the one below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from app.model.chain import End
from app.model.statements import Stream
from sync.server.storage import BatchRow, CompanyRow, KeyRow, StreamRow

TABLES: Final = frozenset({"stream", "device_end", "batch", "subject_key", "contact"})
"""Tables whose rows may be pending here."""
KNOWN: Final = frozenset({"company", "stream", "device_end"})
"""Tables whose rows may be known here."""

Here = tuple[bytes, Stream]
Of = tuple[bytes, Stream, bytes]
Send = Callable[[str, Sequence[Sequence[Any]]], None]
"""Executes a statement for each of several rows of values."""


class Layer:
    """What is known, and what is pending, since a savepoint."""

    __slots__ = (
        *("batches", "companies", "contacts", "ended", "ends", "is_opened", "is_pending", "keys", "moved"),
        *("places", "streams"),
    )

    def __init__(self) -> None:
        self.is_opened = False
        """Whether PostgreSQL knows of the savepoint."""
        # Known: rows that nobody else can change before we commit.
        self.companies: dict[bytes, CompanyRow] = {}
        self.streams: dict[Here, StreamRow] = {}
        self.ends: dict[Of, End | None] = {}
        # Pending.
        self.is_pending = False
        self.batches: dict[tuple[bytes, Stream, int], BatchRow] = {}
        self.places: dict[tuple[bytes, Stream, bytes, int], BatchRow] = {}
        self.keys: list[tuple[Any, ...]] = []
        self.moved: dict[Here, tuple[int, bytes, int, int]] = {}
        self.ended: dict[Of, End] = {}
        self.contacts: dict[tuple[bytes, bytes], int] = {}

    def add_batches(
        self, company: bytes, stream: Stream, batches: Sequence[BatchRow], keys: Sequence[KeyRow]
    ) -> None:
        for batch in batches:
            if (company, stream, batch.position) in self.batches:
                raise ValueError("a place in the order is taken twice")
            self.batches[company, stream, batch.position] = batch
            self.places[company, stream, batch.device, batch.sequence] = batch
        self.keys += [(company, *stream, *key) for key in keys]
        self.is_pending = True

    def move(self, here: Here, position: int, head: bytes, receipt_ms: int, more: int) -> None:
        before = self.moved.get(here)
        self.moved[here] = (position, head, receipt_ms, more + (before[3] if before else 0))
        self.is_pending = True

    def put_end(self, of: Of, end: End) -> None:
        self.ends[of] = self.ended[of] = end
        self.is_pending = True

    def merge(self, upper: Layer) -> None:
        """Take what a savepoint that ended well has gathered."""
        for name in ("companies", "streams", "ends", "batches", "places", "ended", "contacts"):
            getattr(self, name).update(getattr(upper, name))
        for here, moved in upper.moved.items():
            self.move(here, *moved)
        self.keys += upper.keys
        self.is_pending = self.is_pending or upper.is_pending

    def forget(self) -> None:
        """Know nothing any more; what is pending stays."""
        self.companies.clear()
        self.streams.clear()
        self.ends.clear()

    def send(self, send: Send) -> None:
        """Send what is pending, but for contacts."""
        if not self.is_pending:
            return
        for sql, rows in (
            (BATCHES, [(company, *stream, *row) for (company, stream, _at), row in self.batches.items()]),
            (KEYS, self.keys),
            (
                ENDS,
                [(company, *stream, device, *end) for (company, stream, device), end in self.ended.items()],
            ),
            (MOVED, [(*moved, company, *stream) for (company, stream), moved in self.moved.items()]),
        ):
            if rows:
                send(sql, rows)
        self.batches, self.places, self.keys, self.ended, self.moved = {}, {}, [], {}, {}
        self.is_pending = False

    def send_contacts(self, send: Send) -> None:
        """Last of all, and sorted: rows that other nodes write too, without holding a lock before. They stay here, to
        be sent again, since a savepoint above may take back what is sent now."""
        if self.contacts:
            send(CONTACTS, [(*key, at_ms) for key, at_ms in sorted(self.contacts.items())])


BATCHES: Final = (
    "INSERT INTO batch (company, book, tier, position, device, sequence, header, signature, receipt_ms, head, body,"
    " key_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
KEYS: Final = (
    "INSERT INTO subject_key (company, book, tier, position, nth, record, hash, sealed)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (company, book, tier, position, nth)"
    " DO UPDATE SET record = excluded.record, hash = excluded.hash, sealed = excluded.sealed"
)
ENDS: Final = (
    "INSERT INTO device_end (company, book, tier, device, sequence, hash, roster_at, seen_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (company, book, tier, device) DO UPDATE SET"
    " sequence = excluded.sequence, hash = excluded.hash, roster_at = excluded.roster_at,"
    " seen_at = excluded.seen_at"
)
MOVED: Final = (
    "UPDATE stream SET position = ?, head = ?, receipt_ms = ?, size_bytes = size_bytes + ?"
    " WHERE company = ? AND book = ? AND tier = ?"
)
CONTACTS: Final = (
    "INSERT INTO contact (company, device, at_ms) VALUES (?, ?, ?)"
    " ON CONFLICT (company, device) DO UPDATE SET at_ms = excluded.at_ms"
)
