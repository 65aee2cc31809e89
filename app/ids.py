"""Ids of records, devices and members: 16 bytes, ordered by time (UUID version 7, RFC 9562)."""

from __future__ import annotations

import base64
import os
import time
from typing import NewType

from app.errors import NotFound
from app.i18n import _

Id = NewType("Id", bytes)

SIZE = 16
_48_BITS = (1 << 48) - 1
"""A clock may say anything; it orders ids and nothing else."""


def fresh() -> Id:
    """A new id. Its first 48 bits are milliseconds, so that new rows land at the end of an index."""
    random = os.urandom(10)
    return Id(
        (max(0, time.time_ns() // 1_000_000) & _48_BITS).to_bytes(6, "big")
        + bytes((0x70 | random[0] & 0x0F, random[1], 0x80 | random[2] & 0x3F))
        + random[3:]
    )


def show(id_: bytes) -> str:
    """The id as people and scripts see it: 26 lower-case letters and digits."""
    return base64.b32encode(id_).decode().rstrip("=").lower()


def parse(text: str) -> Id:
    """The id that `show` wrote. Raises NotFound for anything else."""
    try:
        raw = base64.b32decode(text.strip().upper() + "=" * (-len(text.strip()) % 8))
    except ValueError:
        raw = b""
    if len(raw) != SIZE:
        raise NotFound(
            _("“{text}” is not an id. Use one that “find” or “export” printed.").format(text=text[:40])
        )
    return Id(raw)
