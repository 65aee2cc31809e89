"""Verifies what a server holds: the database's own pages, every roster, every chain, every object.

What can be verified without any key of a company, which is what its devices verify too: signatures, hashes, order.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from app.errors import AppError, Conflict, Damaged
from app.i18n import _, ngettext
from app.model import chain as chains
from app.model.chain import Chain, Delivered, StreamFault
from app.model.roster import Roster
from sync.protocol.problems import Problem
from sync.server import auth
from sync.server.operator import Answer, opened
from sync.server.storage import BatchRow, CompanyRow, Objects, Storage, StreamRow, Tx

PART: Final = 500
MOST_TOLD: Final = 100


@dataclass
class Report:
    """What was found."""

    companies: int = 0
    statements: int = 0
    batches: int = 0
    objects: int = 0
    faults: list[dict[str, str | int]] = field(default_factory=list)

    def fault(self, what: str, **where: str | int) -> None:
        """Something does not hold."""
        self.faults.append({"fault": what, **where})


def check(options: Namespace) -> Answer:
    """Verify everything; a fault makes the command end with status 1."""
    report = Report()
    with opened(options) as (storage, objects):
        verify(storage, objects, report)
    document = {
        "companies": report.companies,
        "statements": report.statements,
        "batches": report.batches,
        "objects": report.objects,
        "faults": report.faults[:MOST_TOLD],
        "fault_count": len(report.faults),
    }
    lines = [
        ", ".join(f"{name} {value}" for name, value in fault.items()) for fault in report.faults[:MOST_TOLD]
    ]
    lines.append(
        _(
            "{companies} companies, {statements} statements, {batches} batches, {objects} chunks of objects."
        ).format(
            companies=report.companies,
            statements=report.statements,
            batches=report.batches,
            objects=report.objects,
        )
    )
    faults = len(report.faults)
    lines.append(
        ngettext("{count} fault was found.", "{count} faults were found.", faults).format(count=faults)
        if faults
        else _("Everything holds.")
    )
    return Answer(document, "\n".join(lines), unwell=bool(faults))


def verify(storage: Storage, objects: Objects, report: Report) -> None:
    """Verify all companies, each at one moment."""
    for problem in storage.problems():
        report.fault("database", problem=problem)
    with storage.reading() as tx:
        companies = tx.companies()
    for company in companies:
        with storage.reading() as tx:
            row = tx.company(company)
            if row is not None:
                _Company(tx, row, objects, report).verify()
                report.companies += 1


class _Company:
    def __init__(self, tx: Tx, row: CompanyRow, objects: Objects, report: Report) -> None:
        self._tx, self._row, self._objects, self._report = tx, row, objects, report
        self._id = row.company
        self._name = row.company.hex()[:16]

    def verify(self) -> None:
        roster = self._roster()
        if roster is not None:
            for stream in self._tx.streams(self._id):
                self._stream(roster, stream)
        self._kept_objects()

    def _fault(self, what: str, **where: str | int) -> None:
        self._report.fault(what, company=self._name, **where)

    def _roster(self) -> Roster | None:
        roster: Roster | None = None
        start = 0
        while part := self._tx.statements(self._id, start, PART):
            for signed in part:
                try:
                    roster = (
                        roster.append(signed, auth.verify)
                        if roster
                        else Roster.begin(signed, auth.verify, self._id)
                    )
                except AppError:
                    self._fault("statement", index=start)
                    return None
                start += 1
        self._report.statements += start
        if roster is None or (start, roster.head) != (self._row.length, self._row.head):
            self._fault("roster-end", index=start)
            return None
        return roster

    def _stream(self, roster: Roster, row: StreamRow) -> None:
        walk = _Walk(self._tx, roster, row)
        try:
            walk.to_the_end()
        except _Broken as broken:
            self._fault(
                broken.what,
                book=row.stream.book.hex(),
                tier=row.stream.tier,
                position=walk.chain.position + 1,
            )
        self._report.batches += walk.chain.position

    def _kept_objects(self) -> None:
        for kept in self._tx.objects(self._id):
            for index, hash_, _size in self._tx.chunks(self._id, kept.object):
                self._report.objects += 1
                try:
                    data = self._objects.get(self._id, kept.object, index)
                except Problem:
                    data = None
                if data is None or sha256(data).digest() != hash_:
                    self._fault(
                        "object-missing" if data is None else "object-altered",
                        object=kept.object.hex(),
                        chunk=index,
                    )


class _Broken(Exception):
    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class _Walk:
    """One stream from its origin to its end."""

    def __init__(self, tx: Tx, roster: Roster, row: StreamRow) -> None:
        self._tx, self._roster, self._row = tx, roster, row
        self.chain = Chain.start(roster.company, row.stream)
        self._head_at: Callable[[int], bytes | None] = self._head

    def to_the_end(self) -> None:
        """Raises _Broken at the first batch that does not follow."""
        while self.chain.position < self._row.position:
            before = self.chain.position
            for batch in self._tx.batches(self._roster.company, self._row.stream, before, PART):
                self._follow(batch)
            if self.chain.position == before:
                raise _Broken("gap")
        if (self.chain.head, self.chain.receipt_ms) != (self._row.head, self._row.receipt_ms):
            raise _Broken("stream-end")
        for device, end in self.chain.ends.items():
            if self._tx.end(self._roster.company, self._row.stream, device) != end:
                raise _Broken("device-end")

    def _follow(self, batch: BatchRow) -> None:
        try:
            delivered = Delivered(batch.header, batch.signature, batch.receipt_ms)
            self.chain, header = chains.follow(
                self.chain, delivered, self._roster, self._head_at, auth.verify
            )
        except StreamFault as fault:
            raise _Broken(fault.fault) from fault
        except (Conflict, Damaged) as error:
            raise _Broken("form") from error
        if batch.position != self.chain.position or batch.head != self.chain.head:
            raise _Broken("order")
        if batch.body is None:
            if batch.position >= self._row.whole_from:
                raise _Broken("body-missing")
            return
        if chains.body_hash(batch.body) != header.body_hash:
            raise _Broken("body")
        self._keys(batch, header.keys_hash)

    def _keys(self, batch: BatchRow, said: bytes) -> None:
        keys = self._tx.keys(self._roster.company, self._row.stream, batch.position, batch.position)
        if chains.keys_hash([(key.record, key.hash) for key in keys]) != said:
            raise _Broken("keys")
        if any(key.sealed and sha256(key.sealed).digest() != key.hash for key in keys):
            raise _Broken("keys")

    def _head(self, position: int) -> bytes | None:
        if position == 0:
            return chains.origin(self._roster.company, self._row.stream)
        return self._tx.head_at(self._roster.company, self._row.stream, position)
