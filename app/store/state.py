"""Hashes of what the book says, so that two states can be compared without looking at them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from app.model.encoding import decode, encode
from app.model.entity import FIELD_TIER, OFFICE_TIER, Entity, entities
from app.store import record_data
from app.store.database import Connection
from app.store.rows import plan
from app.store.schema import table_name


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
                dots = record_data.digest_of_row(entity, row[1], row[7], device_of)
                state.update(encode([row[1], row[3], row[4], dots, *row[8:]]))
    return state.digest()


def confirmed_hash(connection: Connection, book: int, tier: int, device_of: Mapping[int, bytes]) -> bytes:
    """SHA-256 over the confirmed state of one stream: every record's dots, their times, and deletions.

    Equal on all devices that have followed the stream as far, whatever waits on them and whichever version of the
    program they run. Values are not hashed: each follows from its dot, whose step the stream's head binds.
    """
    digests: list[bytes] = []
    for entity in kinds(tier):
        for id_, versions in _versions(connection, entity, book, tier):
            digests.append(record_data.digest_of_row(entity, id_, versions, device_of))
    digests += (
        record_data.digest(body)
        for (body,) in connection.execute(
            "SELECT body FROM unknown_record WHERE book = ? AND tier = ?", (book, tier)
        )
    )
    state = hashlib.sha256(b"provender confirmed state\x00")
    for one in sorted(digests):
        state.update(one)
    return state.digest()


def kinds(tier: int) -> list[Entity]:
    """The record kinds that have a table in a tier."""
    return [entity for entity in entities() if tier == FIELD_TIER or entity.has_office]


def last_steps(connection: Connection, book: int, tier: int) -> dict[int, int]:
    """Device number → the number of its last step that was followed in a stream."""
    return dict(
        connection.execute(
            "SELECT device, step FROM stream_end WHERE book = ? AND tier = ?", (book, tier)
        ).fetchall()
    )


def waits(versions: bytes, last: Mapping[int, int]) -> bool:
    """Whether a row without an entry aside was made by a step that waits, so that it is not confirmed at all."""
    runs, spelled = decode(versions)
    return any(run[1] > last.get(run[0], 0) for run in runs) or any(
        one[1] > last.get(one[0], 0) for found in spelled.values() for one in found
    )


def _versions(connection: Connection, entity: Entity, book: int, tier: int) -> Iterator[tuple[bytes, bytes]]:
    """Id and versions of each record of a kind in confirmed state."""
    last = last_steps(connection, book, tier)
    aside: dict[bytes, Any] = dict(
        connection.execute(
            "SELECT id, body FROM aside WHERE book = ? AND tier = ? AND kind = ?", (book, tier, entity.name)
        ).fetchall()
    )
    rows = connection.execute(f"SELECT id, versions FROM {table_name(entity, tier)} WHERE book = ?", (book,))
    for id_, versions in rows:
        if id_ not in aside and not waits(versions, last):
            yield id_, versions
    for id_, body in aside.items():
        if body is not None:
            yield id_, decode(body)[3]
