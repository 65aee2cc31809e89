"""Heartbeats, and what devices deposit whose membership has ended."""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import Damaged
from app.model import chain as chains
from app.model.chain import BATCH_PURPOSE
from app.model.encoding import canonical, decode_canonical
from app.model.shape import read
from app.model.statements import Stream
from sync.protocol.messages import (
    Beat,
    BeatPart,
    Beats,
    ContactPart,
    Deposit,
    DepositPart,
    Deposits,
    Done,
    FetchBeats,
    FetchDeposits,
    SentBatch,
    SettleDeposits,
    SubjectKey,
)
from sync.protocol.problems import Problem
from sync.server.asked import Asked
from sync.server.storage import BeatRow, DepositRow, Tx
from sync.server.streams import parsed, whole

MOST_BYTES = 1 << 20


def beat(asked: Asked, request: Beat) -> Done:
    standing, now_ms = asked.standing(), asked.now_ms
    asked.tx.put_contact(asked.company, asked.device, now_ms)
    for one in request.streams:
        stream = Stream(one.book, one.tier)
        if standing.holds(stream, now_ms):
            row = BeatRow(asked.device, stream, now_ms, one.position, one.sealed)
            asked.tx.put_beat(asked.company, row)
    return Done()


def fetch_beats(asked: Asked, request: FetchBeats) -> Beats:
    """Everybody's last contact; state hashes of the streams that the asker has."""
    standing, now_ms = asked.standing(), asked.now_ms
    return Beats(
        tuple(ContactPart(*one) for one in asked.tx.contacts(asked.company)),
        tuple(
            BeatPart(one.device, one.at_ms, *one.stream, one.position, one.sealed)
            for one in asked.tx.beats(asked.company)
            if standing.holds(one.stream, now_ms)
        ),
    )


def deposit(asked: Asked, request: Deposit) -> Done:
    """Kept for a manager to look at; outside the order, and only so much of it."""
    roster, tx, company = asked.roster(), asked.tx, asked.company
    if asked.standing().active:
        raise Problem("batch_refused", fault="active")
    limits = asked.house.limits
    count, size = tx.deposited(company, asked.device)
    signing = roster.facts.devices[asked.device].signing
    for sent in request.batches:
        header = parsed(sent.header)
        if header.device != asked.device or header.company != company:
            raise Problem("batch_refused", fault="author")
        if header.book not in roster.facts.books:
            raise Problem("no_access")
        whole(header, sent, roster)
        if not asked.holds(signing, BATCH_PURPOSE, chains.hash_of(sent.header), sent.signature):
            raise Problem("batch_refused", fault="signature")
        end = tx.end(company, header.stream, asked.device)
        if end is not None and header.sequence <= end.sequence:
            continue  # it stands in the order already, with its receipt lost on the way
        keys = _written(sent.keys, roster.facts.erased)
        count, size = count + 1, size + len(sent.header) + len(sent.body) + len(keys)
        if count > limits.deposited_batches or size > limits.deposited_bytes:
            raise Problem("quota")
        tx.add_deposit(
            company,
            DepositRow(
                asked.device, header.stream, header.sequence, asked.now_ms, sent.header, sent.signature,
                sent.body, keys,
            ),
        )  # fmt: skip
    return Done()


def fetch_deposits(asked: Asked, request: FetchDeposits) -> Deposits:
    """For owners and managers, of the streams that they have; as many as fit."""
    if not asked.leads():
        raise Problem("no_access")
    standing, now_ms = asked.standing(), asked.now_ms
    found: list[DepositPart] = []
    size = 0
    for row in asked.tx.streams(asked.company):
        if not standing.holds(row.stream, now_ms):
            continue
        for one in asked.tx.deposits(asked.company, row.stream):
            size += len(one.header) + len(one.body) + len(one.keys) + 200
            if found and size > MOST_BYTES:
                return Deposits(tuple(found))
            batch = SentBatch(one.header, one.signature, one.body, _keys(one.keys))
            found.append(DepositPart(one.device, one.at_ms, batch))
    return Deposits(tuple(found))


def settle(asked: Asked, request: SettleDeposits) -> Done:
    stream = Stream(request.book, request.tier)
    asked.held(stream)
    if not asked.leads():
        raise Problem("no_access")
    asked.tx.remove_deposits(asked.company, stream, request.device, request.sequence)
    return Done()


def erase(tx: Tx, company: bytes, streams: Iterable[Stream], erased: frozenset[bytes]) -> None:
    """Empty the sealed keys of erased records in what was deposited."""
    for stream in streams:
        for one in tx.deposits(company, stream):
            keys = _written(_keys(one.keys), erased)
            if keys != one.keys:
                tx.put_deposited_keys(company, stream, one.device, one.sequence, keys)


def _written(keys: Iterable[SubjectKey], erased: frozenset[bytes]) -> bytes:
    kept = [key._replace(sealed=b"") if key.record in erased else key for key in keys]
    return canonical([tuple(key) for key in kept])


def _keys(data: bytes) -> tuple[SubjectKey, ...]:
    try:
        return tuple(read(SubjectKey, one) for one in decode_canonical(data))
    except (Damaged, TypeError):
        return ()
