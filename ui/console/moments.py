"""Points in time as scripts and as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def as_json(at_ms: int | None) -> str | None:
    """`2026-11-23T14:30:00.250Z`; None for never."""
    if at_ms is None:
        return None
    at = datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def for_people(at_ms: int) -> str:
    """`2026-11-23 15:30:00` on this computer's clock."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
