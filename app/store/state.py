"""One hash of everything that the book says, so that two states can be compared without looking at them."""

from __future__ import annotations

import hashlib

from app.model.encoding import encode
from app.model.entity import FIELD_TIER, OFFICE_TIER, entities
from app.store.database import Connection
from app.store.rows import plan


def state_hash(connection: Connection) -> bytes:
    """SHA-256 over every record with its versions, deleted ones too, in the order of their ids.

    Local row numbers and the time of the last touch do not count. It reads the whole book: for tests,
    `doctor` and comparing devices, not for every day.
    """
    state = hashlib.sha256(b"provender state\x00")
    for entity in sorted(entities(), key=lambda one: one.name):
        for tier in (FIELD_TIER, OFFICE_TIER) if entity.has_office else (FIELD_TIER,):
            row_plan = plan(entity, tier)
            state.update(f"{entity.name}/{tier}\x00".encode())
            for row in connection.execute(f"{row_plan.select} ORDER BY id"):
                state.update(encode([row[1], row[3], row[4], row[7], row[8], *row[9:]]))
    return state.digest()
