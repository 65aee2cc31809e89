"""PostgreSQL's rows: the statements of the embedded database, and those few that read differently here.

Nearly all statements are common to both. What differs is locking (the embedded database has one writer; here rows are
locked), values that answer how many rows they changed, and how rows are replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import psycopg

from app.model.statements import Stream
from sync.server.embedded_company import CompanyRows
from sync.server.embedded_shelves import ShelfRows
from sync.server.embedded_streams import StreamRows
from sync.server.storage import AdmissionRow, BatchRow, CompanyRow, InviteRow, StreamRow

FIRST_PAGE: Final = 16
LARGEST_PAGE: Final = 512
"""Rows fetched at once while batches are read as they are taken: a body may have 96 KiB."""


class PostgresTx(CompanyRows, StreamRows, ShelfRows):
    """A transaction on a connection in pipeline mode: what is written goes out without waiting for its result.

    A statement that fails makes the next read fail, at the latest the commit; nothing is kept then.
    """

    __slots__ = ("_lock", "_may_lock", "_pipeline")

    def __init__(
        self, connection: psycopg.Connection[Any], pipeline: psycopg.Pipeline, *, may_lock: bool
    ) -> None:
        super().__init__(connection)
        self._pipeline, self._may_lock = pipeline, may_lock
        self._lock = False

    # ---- statements

    def _do(self, sql: str, *values: Any) -> None:
        """Without waiting for its result."""
        self._connection.execute(ours(sql), values, binary=True)

    def _count(self, sql: str, *values: Any) -> int:
        cursor = self._connection.execute(ours(sql), values, binary=True)
        self._pipeline.sync()
        changed: int = cursor.rowcount
        return changed

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.cursor(binary=True).executemany(ours(sql), rows)

    def _one(self, sql: str, *values: Any) -> Any:
        return self._connection.execute(ours(sql, self._lock), values, binary=True).fetchone()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        rows: list[Any] = self._connection.execute(ours(sql, self._lock), values, binary=True).fetchall()
        return rows

    def _each(self, sql: str, *values: Any) -> Iterable[Any]:
        return self._all(sql, *values)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._do("SAVEPOINT part")
        try:
            yield
        except psycopg.Error:
            raise  # the whole transaction is lost, and is done again
        except BaseException:
            self._do("ROLLBACK TO part")
            self._do("RELEASE part")
            raise
        self._do("RELEASE part")

    @contextmanager
    def _locked(self, wanted: bool) -> Iterator[None]:
        """Lock the rows that are read within. Several are locked in the order in which they are asked for."""
        self._lock = wanted and self._may_lock
        try:
            yield
        finally:
            self._lock = False

    # ---- rows that are locked

    def admission(self, check: bytes) -> AdmissionRow | None:
        with self._locked(True):
            return super().admission(check)

    def company(self, company: bytes, *, lock: bool = False) -> CompanyRow | None:
        with self._locked(lock):
            return super().company(company)

    def stream(self, company: bytes, stream: Stream, *, lock: bool = False) -> StreamRow | None:
        with self._locked(lock):
            return super().stream(company, stream)

    def streams(self, company: bytes, *, lock: bool = False) -> list[StreamRow]:
        with self._locked(lock):
            return super().streams(company)

    def invite(self, company: bytes, invite: bytes) -> InviteRow | None:
        with self._locked(True):
            return super().invite(company, invite)

    # ---- batches are many: a page at a time, since a connection that is read cannot be asked anything else

    def batches(
        self, company: bytes, stream: Stream, after: int, most: int, bodiless: bytes = b""
    ) -> Iterator[BatchRow]:
        page = FIRST_PAGE
        while most > 0:
            rows = list(super().batches(company, stream, after, min(page, most), bodiless))
            yield from rows
            if len(rows) < min(page, most):
                return
            after, most, page = rows[-1].position, most - len(rows), min(page * 2, LARGEST_PAGE)


@lru_cache(maxsize=512)
def ours(sql: str, lock: bool = False) -> str:
    """A statement with PostgreSQL's marks for values. None of ours holds a question mark or a percent sign."""
    return sql.replace("?", "%s") + (" FOR UPDATE" if lock else "")
