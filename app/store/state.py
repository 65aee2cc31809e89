"""Hashes of what the book says, so that two states can be compared without looking at them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.model.encoding import canonical, decode, encode
from app.model.entity import FIELD_TIER, OFFICE_TIER, Entity, entities
from app.store import quarantine, record_data
from app.store.aside import read_body
from app.store.database import Connection
from app.store.rows import RowPlan, plan

ENDS = "~ends"
"""What the ends of the devices' chains are called among the records of a snapshot."""


class At(NamedTuple):
    """A stream by its local numbers."""

    book: int
    tier: int


def state_hash(connection: Connection, device_of: Mapping[int, bytes]) -> bytes:
    """SHA-256 over every record as it is shown, with its versions, deleted ones too, in the order of their ids.

    Local numbers of rows and devices and the time of the last touch do not count. It reads the whole book: for tests and
    `doctor`, not for every day.
    """
    state = hashlib.sha256(b"provender state\x00")
    for entity in sorted(entities(), key=lambda one: one.name):
        for tier in (FIELD_TIER, OFFICE_TIER) if entity.has_office else (FIELD_TIER,):
            row_plan = plan(entity, tier)
            state.update(f"{entity.name}/{tier}\x00".encode())
            for row in connection.execute(f"{row_plan.select} ORDER BY id"):
                data, _key = record_data.of_row(row_plan, row, device_of)
                state.update(encode([data, row[3], row[4], *row[8:]]))
    return state.digest()


def confirmed_hash(connection: Connection, at: At, device_of: Mapping[int, bytes]) -> bytes:
    """SHA-256 over the confirmed state of one stream: every record's bytes as in a snapshot, personal values sealed,
    and what has no effect.

    Equal on all devices that have followed the stream as far, whatever waits on them and whichever additive version
    of the program they run. It reads the whole stream.
    """
    return hash_of(record_data.digest(data) for data, _key in confirmed_records(connection, at, device_of))


def hash_of(digests: Iterable[bytes]) -> bytes:
    """The state hash of a stream's records."""
    state = hashlib.sha256(b"provender confirmed state\x00")
    for one in sorted(digests):
        state.update(one)
    return state.digest()


def confirmed_records(
    connection: Connection, at: At, device_of: Mapping[int, bytes], erased: Collection[bytes] = ()
) -> Iterator[tuple[bytes, bytes]]:
    """The confirmed state of one stream as bytes: each record's, with its subject keys, and what has no effect; before
    them, how far each device has come. Keys of erased records are given to nobody."""
    yield from ends(connection, at, device_of)
    yield from quarantine.records(connection, at, device_of)
    for entity in kinds(at.tier):
        row_plan = plan(entity, at.tier)
        for raw in _rows(connection, row_plan, at):
            data, key = record_data.of_row(row_plan, raw, device_of)
            yield data, b"" if raw[1] in erased else key
    for body, key in connection.execute(
        "SELECT body, key FROM unknown_record WHERE book = ? AND tier = ? ORDER BY kind, id", at
    ):
        yield body, record_data.smallest(key)


def ends(connection: Connection, at: At, device_of: Mapping[int, bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Where each device's own chain ends and the number of its last step, as one record: whoever begins at a snapshot
    judges by them what comes next, so they are vouched for like everything else."""
    row = connection.execute("SELECT receipt FROM stream WHERE book = ? AND tier = ? AND position > 0", at)
    if (found := row.fetchone()) is not None:
        rows = connection.execute(
            "SELECT device, sequence, hash, roster_at, seen_at, step FROM stream_end WHERE book = ? AND tier = ?",
            at,
        ).fetchall()
        yield canonical((ENDS, found[0], sorted([device_of[device], *rest] for device, *rest in rows))), b""


def kinds(tier: int) -> list[Entity]:
    """The record kinds that have a table in a tier."""
    return [entity for entity in entities() if tier == FIELD_TIER or entity.has_office]


def last_steps(connection: Connection, at: At) -> dict[int, int]:
    """Device number → the number of its last step that was followed in a stream."""
    return dict(
        connection.execute("SELECT device, step FROM stream_end WHERE book = ? AND tier = ?", at).fetchall()
    )


def waits(versions: bytes, last: Mapping[int, int]) -> bool:
    """Whether a row without an entry aside was made by a step that waits, so that it is not confirmed at all."""
    runs, spelled = decode(versions)
    return any(run[1] > last.get(run[0], 0) for run in runs) or any(
        one[1] > last.get(one[0], 0) for found in spelled.values() for one in found
    )


def _rows(connection: Connection, row_plan: RowPlan, at: At) -> Iterator[Sequence[Any]]:
    """The rows of a kind in confirmed state."""
    last = last_steps(connection, at)
    aside: dict[bytes, Any] = dict(
        connection.execute(
            "SELECT id, body FROM aside WHERE book = ? AND tier = ? AND kind = ?", (*at, row_plan.entity.name)
        ).fetchall()
    )
    for raw in connection.execute(f"{row_plan.select} WHERE book = ? ORDER BY row", (at.book,)):
        if raw[1] not in aside and not waits(raw[7], last):
            yield raw
    for id_, body in aside.items():
        if body is not None:
            yield read_body(row_plan, id_, at.book, body, {}).raw
