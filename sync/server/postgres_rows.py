"""PostgreSQL's rows: the statements of the embedded database, with locks, and with few round trips.

Nearly all statements are common to both. Here rows are locked (the embedded database has one writer), and what pushes
read and write again and again is answered from, and gathered in, layers of memory (postgres_pending) until something
else asks for those tables, or the transaction ends.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, NamedTuple

import psycopg

from app.model.chain import End
from app.model.statements import Stream
from sync.server.embedded_company import CompanyRows
from sync.server.embedded_shelves import ShelfRows
from sync.server.embedded_streams import StreamRows
from sync.server.postgres_pending import KNOWN, TABLES, Layer
from sync.server.storage import AdmissionRow, BatchRow, CompanyRow, InviteRow, KeyRow, StreamRow

FIRST_PAGE: Final = 16
LARGEST_PAGE: Final = 512
"""Rows fetched at once while batches are read as they are taken: a body may have 96 KiB."""
PREPARE_AT: Final = 0
"""Every statement is prepared when it is first used."""
_TABLE: Final = re.compile(r"\b(?:FROM|INTO|UPDATE) (\w+)")


class PostgresTx(CompanyRows, StreamRows, ShelfRows):
    """A transaction on a connection in pipeline mode: what is written goes out without waiting for its result.

    A statement that fails makes the next read fail, at the latest the commit; nothing is kept then.
    """

    __slots__ = ("_aside", "_layers", "_lock", "_may_lock", "_pipeline")

    def __init__(
        self, connection: psycopg.Connection[Any], pipeline: psycopg.Pipeline, *, may_lock: bool
    ) -> None:
        super().__init__(connection)
        self._pipeline, self._may_lock = pipeline, may_lock
        self._lock = self._aside = False
        self._layers = [Layer()]

    def settle(self) -> None:
        """Send whatever is pending: the transaction is about to be committed."""
        self._send_pending({"contact"})

    # ---- statements

    def _do(self, sql: str, *values: Any) -> None:
        self._write(ours(sql))
        self._connection.execute(ours(sql).text, values, binary=True)

    def _count(self, sql: str, *values: Any) -> int:
        self._write(ours(sql))
        cursor = self._connection.execute(ours(sql).text, values, binary=True)
        self._pipeline.sync()
        changed: int = cursor.rowcount
        return changed

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._write(ours(sql))
        self._send(sql, list(rows))

    def _one(self, sql: str, *values: Any) -> Any:
        return self._asked(ours(sql, self._lock), values).fetchone()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        rows: list[Any] = self._asked(ours(sql, self._lock), values).fetchall()
        return rows

    def _each(self, sql: str, *values: Any) -> Iterable[Any]:
        return self._all(sql, *values)

    def _asked(self, statement: Ours, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        if statement.tables & TABLES and not self._aside:
            self._send_pending(statement.tables)
        cursor: psycopg.Cursor[Any] = self._connection.execute(statement.text, values, binary=True)
        # Not only a flush: after it PostgreSQL knows that it waits for us, and ends what waits too long.
        self._pipeline.sync()
        return cursor

    def _write(self, statement: Ours) -> None:
        """Something is written past the layers: all that came before goes out, each within its savepoint."""
        self._send_pending(statement.tables, open_all=True)
        if statement.tables & KNOWN:
            for layer in self._layers:
                layer.forget()
        if "contact" in statement.tables:
            for layer in self._layers:
                layer.contacts.clear()

    def _send_pending(self, tables: Collection[str], *, open_all: bool = False) -> None:
        contacts = "contact" in tables
        last = len(self._layers) - 1
        while not open_all and last:
            if self._layers[last].is_pending or (contacts and self._layers[last].contacts):
                break
            last -= 1
        for number, layer in enumerate(self._layers[: last + 1]):
            if number and not layer.is_opened:
                self._connection.execute("SAVEPOINT part")
                layer.is_opened = True
            layer.send(self._send)
            if contacts:
                layer.send_contacts(self._send)

    def _send(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._connection.cursor(binary=True).executemany(ours(sql).text, rows)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        layer = Layer()
        self._layers.append(layer)
        try:
            yield
        except psycopg.Error:
            raise  # the whole transaction is lost, and is done again
        except BaseException:
            self._layers.pop()
            if layer.is_opened:
                roll_back(self._connection, "ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise
        self._layers.pop()
        if layer.is_opened:
            layer.send(self._send)
            self._connection.execute("RELEASE part")
        self._layers[-1].merge(layer)

    @contextmanager
    def _locked(self, wanted: bool) -> Iterator[bool]:
        """Lock the rows that are read within. Several are locked in the order in which they are asked for."""
        self._lock = wanted and self._may_lock
        try:
            yield self._lock
        finally:
            self._lock = False

    # ---- rows that are locked

    def admission(self, check: bytes) -> AdmissionRow | None:
        with self._locked(True):
            return super().admission(check)

    def invite(self, company: bytes, invite: bytes) -> InviteRow | None:
        with self._locked(True):
            return super().invite(company, invite)

    def streams(self, company: bytes, *, lock: bool = False) -> list[StreamRow]:
        with self._locked(lock):
            return super().streams(company)

    def company(self, company: bytes, *, lock: bool = False) -> CompanyRow | None:
        for layer in () if lock else reversed(self._layers):
            if company in layer.companies:
                return layer.companies[company]
        with self._locked(lock) as locked:
            row = super().company(company)
        # Who holds one of its streams holds its roster: a statement takes all streams before it is added.
        if row is not None and (
            locked or any(company == here[0] for layer in self._layers for here in layer.streams)
        ):
            self._layers[-1].companies[company] = row
        return row

    def stream(self, company: bytes, stream: Stream, *, lock: bool = False) -> StreamRow | None:
        for layer in reversed(self._layers):
            if (company, stream) in layer.streams:
                return layer.streams[company, stream]
        with self._locked(lock) as locked:
            row = super().stream(company, stream)
        if locked and row is not None:
            self._layers[-1].streams[company, stream] = row
        return row

    # ---- what pushes write, and read again

    def move_stream(
        self, company: bytes, stream: Stream, position: int, head: bytes, receipt_ms: int, more_bytes: int
    ) -> None:
        row = self.stream(company, stream, lock=True)
        if row is None:
            return
        layer = self._layers[-1]
        layer.streams[company, stream] = row._replace(
            position=position, head=head, receipt_ms=receipt_ms, size_bytes=row.size_bytes + more_bytes
        )
        layer.move((company, stream), position, head, receipt_ms, more_bytes)

    def end(self, company: bytes, stream: Stream, device: bytes) -> End | None:
        for layer in reversed(self._layers):
            if (company, stream, device) in layer.ends:
                return layer.ends[company, stream, device]
        with self._past_the_layers():
            end = super().end(company, stream, device)
        if any((company, stream) in layer.streams for layer in self._layers):
            self._layers[-1].ends[company, stream, device] = end
        return end

    def put_end(self, company: bytes, stream: Stream, device: bytes, end: End) -> None:
        self._layers[-1].put_end((company, stream, device), end)

    def put_contact(self, company: bytes, device: bytes, at_ms: int) -> None:
        self._layers[-1].contacts[company, device] = at_ms

    def add_batches(
        self, company: bytes, stream: Stream, batches: Sequence[BatchRow], keys: Sequence[KeyRow]
    ) -> None:
        self._layers[-1].add_batches(company, stream, batches, keys)

    def head_at(self, company: bytes, stream: Stream, position: int) -> bytes | None:
        for layer in reversed(self._layers):
            if batch := layer.batches.get((company, stream, position)):
                return batch.head
        with self._past_the_layers():
            return super().head_at(company, stream, position)

    def batch_of(self, company: bytes, stream: Stream, device: bytes, sequence: int) -> BatchRow | None:
        for layer in reversed(self._layers):
            if batch := layer.places.get((company, stream, device, sequence)):
                return batch
        with self._past_the_layers():
            return super().batch_of(company, stream, device, sequence)

    @contextmanager
    def _past_the_layers(self) -> Iterator[None]:
        """Ask for one row that is not pending, whatever else of its table may be."""
        self._aside = True
        try:
            yield
        finally:
            self._aside = False

    # ---- a page at a time, since a connection that is being read cannot be asked anything else

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


def roll_back(connection: psycopg.Connection[Any], sql: str) -> None:
    """Send a ROLLBACK of which psycopg does not know.

    Else it would discard all prepared statements, and in a pipeline do so after it has sent and noted another one,
    which then would not be there.
    """
    connection.prepare_threshold = None
    try:
        connection.execute(sql)
    finally:
        connection.prepare_threshold = PREPARE_AT


class Ours(NamedTuple):
    """A statement with PostgreSQL's marks for values, and the tables that it names."""

    text: str
    tables: frozenset[str]


@lru_cache(maxsize=512)
def ours(sql: str, lock: bool = False) -> Ours:
    """A statement as PostgreSQL takes it. None holds a question mark or a percent sign of its own."""
    return Ours(sql.replace("?", "%s") + (" FOR UPDATE" if lock else ""), frozenset(_TABLE.findall(sql)))
