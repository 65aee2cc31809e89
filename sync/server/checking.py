"""Checking a server's whole store: every roster, chain, signature, body, subject key and object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.errors import AppError
from app.model import chain as chains
from app.model.chain import Chain, Delivered, StreamFault
from app.model.roster import Roster
from app.model.statements import Stream, Verify
from sync.server.asked import sha256
from sync.server.rosters import Rosters
from sync.server.storage import BatchRow, Objects, Storage, StreamRow, Tx
from sync.server.streams import weight

PART = 500


class Finding(NamedTuple):
    """Something that is not as it must be. `at` is a position, an index or a chunk."""

    company: bytes
    stream: Stream | None
    at: int
    fault: str
    """`database`, `roster`, a chain's fault, `end`, `size`, `awaited`, `keys` or `object`."""
    detail: str = ""

    @property
    def is_damage(self) -> bool:
        """Bodies that a restored server waits for are no damage: their authors have them."""
        return self.fault != "awaited"


def check(storage: Storage, objects: Objects | None, verify: Verify) -> Iterator[Finding]:
    """Everything that is wrong, as it is found. Reads every byte; devices are answered meanwhile."""
    for problem in storage.problems():
        yield Finding(b"", None, 0, "database", problem)
    with storage.reading() as tx:
        companies = tx.companies()
    for company in companies:
        with storage.reading() as tx:
            yield from _company(tx, company, verify)
            if objects is not None:
                yield from _objects(tx, company, objects)


def _company(tx: Tx, company: bytes, verify: Verify) -> Iterator[Finding]:
    row = tx.company(company)
    if row is None:
        return  # deleted meanwhile
    try:
        roster = Rosters(verify).get(tx, row)
    except AppError as error:
        yield Finding(company, None, row.length, "roster", error.text)
        return
    if roster.company != company:
        yield Finding(company, None, 0, "roster")
        return
    there = {stream.stream: stream for stream in tx.streams(company)}
    for stream in roster.facts.streams():
        if stream in there:
            yield from _stream(tx, company, there[stream], roster, verify)
        else:
            yield Finding(company, stream, 0, "missing")


def _stream(tx: Tx, company: bytes, row: StreamRow, roster: Roster, verify: Verify) -> Iterator[Finding]:
    stream = row.stream
    chain = Chain.start(company, stream)
    size = 0
    heads = {0: chain.head}

    def head_at(position: int) -> bytes | None:
        return heads.get(position) or tx.head_at(company, stream, position)

    while batches := list(tx.batches(company, stream, chain.position, PART)):
        for batch in batches:
            delivered = Delivered(batch.header, batch.signature, batch.receipt_ms)
            try:
                chain, header = chains.follow(chain, delivered, roster, head_at, verify)
                if batch.body is not None:
                    chains.whole_body(header, batch.body, batch.position)
            except StreamFault as fault:
                yield Finding(company, stream, batch.position, fault.fault, fault.text)
                return
            except AppError as error:
                yield Finding(company, stream, batch.position, "roster", error.text)
                return
            if (chain.position, chain.head) != (batch.position, batch.head):
                yield Finding(company, stream, batch.position, "fork")
                return
            if batch.body is None and batch.position >= row.whole_from:
                yield Finding(company, stream, batch.position, "awaited")
        size += weight(batches)
        yield from _keys(tx, company, row, batches, roster)
    if (chain.position, chain.head, chain.receipt_ms) != (row.position, row.head, row.receipt_ms):
        yield Finding(company, stream, row.position, "missing")
    if size != row.size_bytes:
        yield Finding(company, stream, row.position, "size", f"{size} {row.size_bytes}")
    for device, end in chain.ends.items():
        if tx.end(company, stream, device) != end:
            yield Finding(company, stream, end.sequence, "end", device.hex())


def _keys(
    tx: Tx, company: bytes, row: StreamRow, batches: list[BatchRow], roster: Roster
) -> Iterator[Finding]:
    beside: dict[int, list[tuple[bytes, bytes]]] = {}
    for key in tx.keys(company, row.stream, batches[0].position, batches[-1].position):
        beside.setdefault(key.position, []).append((key.record, key.hash))
        gone = key.record in roster.facts.erased or key.position < row.whole_from
        if key.sealed and key.record in roster.facts.erased:
            yield Finding(company, row.stream, key.position, "keys", "erased")
        elif sha256(key.sealed) != key.hash and (key.sealed or not gone):
            yield Finding(company, row.stream, key.position, "keys")
    for batch in batches:
        named = chains.parse(batch.header).keys_hash
        there = beside.get(batch.position, [])
        if chains.keys_hash(there) != named and (batch.body is not None or there):
            yield Finding(company, row.stream, batch.position, "keys")


def _objects(tx: Tx, company: bytes, objects: Objects) -> Iterator[Finding]:
    for row in tx.objects(company):
        for chunk in tx.chunks(company, row.object):
            data = objects.get(company, row.object, chunk.nth)
            if data is None or sha256(data) != chunk.hash:
                yield Finding(company, row.stream, chunk.nth, "object", row.object.hex())
