"""The embedded database's rows of streams: their order, the batches, and the subject keys beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.model.chain import End
from app.model.statements import Last, Stream
from sync.server.embedded_company import Rows
from sync.server.storage import KEY_WEIGHT, BatchRow, KeyRow, StreamRow


class StreamRows(Rows):
    """Rows of streams."""

    __slots__ = ()

    # ---- streams

    def add_stream(self, company: bytes, stream: Stream, origin: bytes) -> None:
        self._do(
            "INSERT INTO stream (company, book, tier, head) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(company, *stream, origin),
        )

    def stream(self, company: bytes, stream: Stream, *, lock: bool = False) -> StreamRow | None:
        row = self._one(f"{_STREAM} AND book = ? AND tier = ?", company, *stream)
        return StreamRow(stream, *row[2:]) if row else None

    def streams(self, company: bytes, *, lock: bool = False) -> list[StreamRow]:
        rows = self._all(f"{_STREAM} ORDER BY book, tier", company)
        return [StreamRow(Stream(*row[:2]), *row[2:]) for row in rows]

    def move_stream(
        self, company: bytes, stream: Stream, position: int, head: bytes, receipt_ms: int, more_bytes: int
    ) -> None:
        self._do(
            f"UPDATE stream SET position = ?, head = ?, receipt_ms = ?, size_bytes = size_bytes + ? {_HERE}",
            *(position, head, receipt_ms, more_bytes, company, *stream),
        )

    def set_kept(self, company: bytes, stream: Stream, position: int) -> None:
        self._do(f"UPDATE stream SET kept = ? {_HERE}", position, company, *stream)

    def end(self, company: bytes, stream: Stream, device: bytes) -> End | None:
        row = self._one(
            f"SELECT sequence, hash, roster_at, seen_at FROM device_end {_HERE} AND device = ?",
            *(company, *stream, device),
        )
        return End(*row) if row else None

    def put_end(self, company: bytes, stream: Stream, device: bytes, end: End) -> None:
        self._do(
            "INSERT INTO device_end (company, book, tier, device, sequence, hash, roster_at, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (company, book, tier, device) DO UPDATE SET sequence = excluded.sequence,"
            " hash = excluded.hash, roster_at = excluded.roster_at, seen_at = excluded.seen_at",
            *(company, *stream, device, *end),
        )

    def ends(self, company: bytes) -> list[Last]:
        rows = self._all(
            "SELECT device, book, tier, sequence FROM device_end WHERE company = ?"
            " ORDER BY device, book, tier",
            company,
        )
        return [Last(*row) for row in rows]

    # ---- batches

    def add_batches(
        self, company: bytes, stream: Stream, batches: Sequence[BatchRow], keys: Sequence[KeyRow]
    ) -> None:
        here = (company, *stream)
        self._many(
            "INSERT INTO batch (company, book, tier, position, device, sequence, header, signature,"
            " receipt_ms, head, body, key_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [here + batch for batch in batches],
        )
        self._add_keys(company, stream, keys)

    def head_at(self, company: bytes, stream: Stream, position: int) -> bytes | None:
        row = self._one(f"SELECT head FROM batch {_HERE} AND position = ?", company, *stream, position)
        return row[0] if row else None

    def batch(self, company: bytes, stream: Stream, position: int) -> BatchRow | None:
        row = self._one(f"{_BATCH} {_HERE} AND position = ?", company, *stream, position)
        return BatchRow(*row) if row else None

    def batch_of(self, company: bytes, stream: Stream, device: bytes, sequence: int) -> BatchRow | None:
        row = self._one(
            f"{_BATCH} {_HERE} AND device = ? AND sequence = ?", company, *stream, device, sequence
        )
        return BatchRow(*row) if row else None

    def batches(
        self, company: bytes, stream: Stream, after: int, most: int, bodiless: bytes = b""
    ) -> Iterator[BatchRow]:
        rows = self._each(
            "SELECT position, device, sequence, header, signature, receipt_ms, head,"
            " CASE WHEN device = ? THEN NULL ELSE body END, key_count"
            f" FROM batch {_HERE} AND position > ? ORDER BY position LIMIT ?",
            *(bodiless, company, *stream, after, most),
        )
        for row in rows:
            yield BatchRow(*row)

    def keys(self, company: bytes, stream: Stream, first: int, last: int) -> list[KeyRow]:
        rows = self._all(
            f"SELECT position, nth, record, hash, sealed FROM subject_key {_HERE}"
            " AND position BETWEEN ? AND ? ORDER BY position, nth",
            *(company, *stream, first, last),
        )
        return [KeyRow(*row) for row in rows]

    def fill_batch(
        self, company: bytes, stream: Stream, position: int, body: bytes, keys: Sequence[KeyRow]
    ) -> None:
        self._do(
            f"UPDATE batch SET body = ?, key_count = ? {_HERE} AND position = ?",
            *(body, len(keys), company, *stream, position),
        )
        self._add_keys(company, stream, keys)
        more = len(body) + KEY_WEIGHT * len(keys)
        self._do(f"UPDATE stream SET size_bytes = size_bytes + ? {_HERE}", more, company, *stream)

    def awaited(self, company: bytes, stream: Stream, most: int) -> list[BatchRow]:
        rows = self._all(
            f"{_BATCH} {_HERE} AND body IS NULL AND position >="
            f" (SELECT whole_from FROM stream {_HERE}) ORDER BY position LIMIT ?",
            *(company, *stream, company, *stream, most),
        )
        return [BatchRow(*row) for row in rows]

    def remove_bodies(self, company: bytes, stream: Stream, below: int) -> int:
        known = self.stream(company, stream)
        first = known.whole_from if known else below
        here = (company, *stream, first, below)
        row = self._one(
            f"SELECT coalesce(sum(length(body)), 0) FROM batch {_HERE} AND position >= ? AND position < ?",
            *here,
        )
        freed = int(row[0])
        self._do(f"UPDATE batch SET body = NULL {_HERE} AND position >= ? AND position < ?", *here)
        self._do(f"UPDATE subject_key SET sealed = ? {_HERE} AND position >= ? AND position < ?", b"", *here)
        self._do(
            "UPDATE stream SET whole_from = CASE WHEN whole_from < ? THEN ? ELSE whole_from END,"
            f" size_bytes = size_bytes - ? {_HERE}",
            *(below, below, freed, company, *stream),
        )
        return freed

    def cut_stream(self, company: bytes, stream: Stream, position: int, head: bytes, receipt_ms: int) -> None:
        after = (company, *stream, position)
        gone = self._one(
            f"SELECT coalesce(sum(length(header) + coalesce(length(body), 0) + {KEY_WEIGHT} * key_count), 0)"
            f" FROM batch {_HERE} AND position > ?",
            *after,
        )[0]
        self._do(f"DELETE FROM batch {_HERE} AND position > ?", *after)
        self._do(f"DELETE FROM subject_key {_HERE} AND position > ?", *after)
        self._do(f"DELETE FROM device_end {_HERE}", company, *stream)
        self._do(
            "UPDATE stream SET position = ?, head = ?, receipt_ms = ?,"
            f" kept = CASE WHEN kept > ? THEN ? ELSE kept END, size_bytes = size_bytes - ? {_HERE}",
            *(position, head, receipt_ms, position, position, int(gone), company, *stream),
        )

    def erase_keys(self, company: bytes, records: Sequence[bytes]) -> int:
        return sum(
            self._count(
                "UPDATE subject_key SET sealed = ? WHERE company = ? AND record = ? AND length(sealed) > 0",
                *(b"", company, record),
            )
            for record in records
        )

    def _add_keys(self, company: bytes, stream: Stream, keys: Sequence[KeyRow]) -> None:
        if keys:
            self._many(
                "INSERT INTO subject_key (company, book, tier, position, nth, record, hash, sealed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (company, book, tier, position, nth)"
                " DO UPDATE SET record = excluded.record, hash = excluded.hash, sealed = excluded.sealed",
                [(company, *stream, *key) for key in keys],
            )


_HERE = "WHERE company = ? AND book = ? AND tier = ?"
_STREAM = (
    "SELECT book, tier, position, head, receipt_ms, kept, whole_from, size_bytes FROM stream"
    " WHERE company = ?"
)
_BATCH = "SELECT position, device, sequence, header, signature, receipt_ms, head, body, key_count FROM batch"
