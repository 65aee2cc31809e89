"""The embedded database's rows of what stands beside the streams: objects, snapshots, deposits."""

from __future__ import annotations

from app.model.statements import Stream
from sync.server.embedded_company import Rows
from sync.server.storage import ChunkRow, CounterRow, DepositRow, ObjectRow, SnapshotRow


class ShelfRows(Rows):
    """Rows of objects, snapshots and deposits."""

    __slots__ = ()

    # ---- objects

    def object(self, company: bytes, object_: bytes) -> ObjectRow | None:
        row = self._one(f"{_OBJECT} AND object = ?", company, object_)
        return ObjectRow(row[0], Stream(*row[1:3]), *row[3:]) if row else None

    def objects(self, company: bytes) -> list[ObjectRow]:
        rows = self._all(f"{_OBJECT} ORDER BY object", company)
        return [ObjectRow(row[0], Stream(*row[1:3]), *row[3:]) for row in rows]

    def add_object(self, company: bytes, object_: ObjectRow) -> None:
        self._do(
            "INSERT INTO object (company, object, book, tier, chunk_count, author, made_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(company, object_.object, *object_.stream, *object_[2:]),
        )

    def remove_object(self, company: bytes, object_: bytes) -> None:
        self._do("DELETE FROM chunk WHERE company = ? AND object = ?", company, object_)
        self._do("DELETE FROM object WHERE company = ? AND object = ?", company, object_)

    def chunks(self, company: bytes, object_: bytes) -> list[ChunkRow]:
        rows = self._all(
            "SELECT nth, hash, size_bytes FROM chunk WHERE company = ? AND object = ? ORDER BY nth",
            *(company, object_),
        )
        return [ChunkRow(*row) for row in rows]

    def chunk(self, company: bytes, object_: bytes, nth: int) -> ChunkRow | None:
        row = self._one(
            "SELECT nth, hash, size_bytes FROM chunk WHERE company = ? AND object = ? AND nth = ?",
            *(company, object_, nth),
        )
        return ChunkRow(*row) if row else None

    def add_chunk(self, company: bytes, object_: bytes, chunk: ChunkRow) -> None:
        self._do(
            "INSERT INTO chunk (company, object, nth, hash, size_bytes) VALUES (?, ?, ?, ?, ?)",
            *(company, object_, *chunk),
        )

    # ---- snapshots

    def add_snapshot(self, company: bytes, stream: Stream, snapshot: SnapshotRow) -> None:
        self._do(
            "INSERT INTO snapshot (company, book, tier, position, object, manifest, signature, device, at_ms,"
            " counted_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(company, *stream, *snapshot),
        )

    def snapshot(self, company: bytes, stream: Stream, position: int) -> SnapshotRow | None:
        row = self._one(f"{_SNAPSHOT} AND position = ?", company, *stream, position)
        return SnapshotRow(*row) if row else None

    def snapshots(self, company: bytes, stream: Stream) -> list[SnapshotRow]:
        rows = self._all(f"{_SNAPSHOT} ORDER BY position DESC", company, *stream)
        return [SnapshotRow(*row) for row in rows]

    def count_snapshot(self, company: bytes, stream: Stream, position: int, at_ms: int) -> None:
        self._do(
            f"UPDATE snapshot SET counted_ms = ? {_HERE} AND position = ?",
            *(at_ms, company, *stream, position),
        )

    def remove_snapshot(self, company: bytes, stream: Stream, position: int) -> None:
        for table in ("counter", "snapshot"):
            self._do(f"DELETE FROM {table} {_HERE} AND position = ?", company, *stream, position)

    def add_counter(self, company: bytes, stream: Stream, counter: CounterRow) -> None:
        self._do(
            "INSERT INTO counter (company, book, tier, position, device, signature) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (company, book, tier, position, device) DO UPDATE SET signature = excluded.signature",
            *(company, *stream, *counter),
        )

    def counters(self, company: bytes, stream: Stream) -> list[CounterRow]:
        rows = self._all(
            f"SELECT position, device, signature FROM counter {_HERE} ORDER BY position, device",
            *(company, *stream),
        )
        return [CounterRow(*row) for row in rows]

    # ---- deposits

    def add_deposit(self, company: bytes, deposit: DepositRow) -> None:
        self._do(
            "INSERT INTO deposit (company, book, tier, device, sequence, at_ms, header, signature, body, keys)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(company, *deposit.stream, deposit.device, *deposit[2:]),
        )

    def deposited(self, company: bytes, device: bytes) -> tuple[int, int]:
        row = self._one(
            "SELECT count(*), coalesce(sum(length(header) + length(body) + length(keys)), 0) FROM deposit"
            " WHERE company = ? AND device = ?",
            *(company, device),
        )
        return int(row[0]), int(row[1])

    def deposits(self, company: bytes, stream: Stream) -> list[DepositRow]:
        rows = self._all(
            f"SELECT device, sequence, at_ms, header, signature, body, keys FROM deposit {_HERE}"
            " ORDER BY device, sequence",
            *(company, *stream),
        )
        return [DepositRow(row[0], stream, *row[1:]) for row in rows]

    def put_deposited_keys(
        self, company: bytes, stream: Stream, device: bytes, sequence: int, keys: bytes
    ) -> None:
        self._do(
            f"UPDATE deposit SET keys = ? {_HERE} AND device = ? AND sequence = ?",
            *(keys, company, *stream, device, sequence),
        )

    def remove_deposits(self, company: bytes, stream: Stream, device: bytes, sequence: int) -> None:
        self._do(
            f"DELETE FROM deposit {_HERE} AND device = ? AND sequence <= ?",
            *(company, *stream, device, sequence),
        )


_HERE = "WHERE company = ? AND book = ? AND tier = ?"
_OBJECT = "SELECT object, book, tier, chunk_count, author, made_ms FROM object WHERE company = ?"
_SNAPSHOT = f"SELECT position, object, manifest, signature, device, at_ms, counted_ms FROM snapshot {_HERE}"
