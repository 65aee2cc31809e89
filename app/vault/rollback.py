"""Noticing that the database is older than what this computer wrote: counter and last head in the keyring.

An older copy, a deleted WAL or a spliced page passes every check of the file alone. What was written within
the last seconds before a rollback is not promised (SECURITY.md section 2).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final

from app.clock import Clock
from app.errors import RolledBack
from app.i18n import _
from app.vault.keychain import ROLLBACK, KeyringUnavailable

if TYPE_CHECKING:
    from app.vault.unlock import Opened

VERSION: Final = 1
HEAD_BYTES: Final = 32
EVERY_S: Final = 30.0


class Verdict(Enum):
    """What the keyring says about the database."""

    CURRENT = "current"
    """As remembered, or ahead of it: the normal case after a crash or a busy half minute."""
    BEHIND = "behind"
    """Older than remembered, or another history: a rollback."""
    UNKNOWN = "unknown"
    """The keyring remembers nothing: ask for the recovery code or the server's record of this device."""
    UNWATCHED = "unwatched"
    """There is no safe keyring on this computer, so nothing can be remembered; the status page says so."""


def remember(opened: Opened, counter: int, head: bytes) -> None:
    """Note how far the database has come: at unlock, lock, acknowledgement. Raises KeyringUnavailable."""
    if opened.keychain.is_safe:
        opened.keychain.put(opened.header.device, ROLLBACK, _encode(counter, head))


def verdict(
    opened: Opened, counter: int, head: bytes, head_at: Callable[[int], bytes | None] | None = None
) -> Verdict:
    """Compare the database's counter and head with what the keyring remembers.

    `head_at(counter)` gives the head that the database had then: a database that is ahead must contain the
    remembered history, otherwise it is another one that merely grew longer.
    """
    if not opened.keychain.is_safe:
        return Verdict.UNWATCHED
    stored = _decode(opened.keychain.get(opened.header.device, ROLLBACK))
    if stored is None:
        return Verdict.UNKNOWN
    then, head_then = stored
    if counter < then:
        return Verdict.BEHIND
    if counter == then:
        return Verdict.CURRENT if head == head_then else Verdict.BEHIND
    if head_at is not None and head_at(then) != head_then:
        return Verdict.BEHIND
    return Verdict.CURRENT


def rolled_back() -> RolledBack:
    """The explanation that the read-only vault shows."""
    return RolledBack(
        _(
            "The database is older than what this computer last wrote: somebody put an old copy in its place, or "
            "the disk lost data. It is open for reading only. Restore a newer backup, let the server fill in "
            "what is missing, or have an owner accept this state."
        )
    )


class Watch:
    """Says when to write: after a commit at most every 30 seconds, and at once when told to."""

    def __init__(self, opened: Opened, clock: Clock) -> None:
        self._opened = opened
        self._clock = clock
        self._written_s = float("-inf")
        self._pending: tuple[int, bytes] | None = None

    def committed(self, counter: int, head: bytes) -> None:
        """After each commit; writes if the last writing is long enough ago. A failing keyring is not fatal."""
        self._pending = (counter, head)
        if self._clock.elapsed_s() - self._written_s >= EVERY_S:
            self.flush()

    def flush(self) -> bool:
        """At unlock, lock and acknowledgement. False when the keyring does not take it; it is tried again."""
        if self._pending is None:
            return True
        self._written_s = self._clock.elapsed_s()
        try:
            remember(self._opened, *self._pending)
        except KeyringUnavailable:
            return False
        self._pending = None
        return True


def _encode(counter: int, head: bytes) -> bytes:
    if len(head) != HEAD_BYTES or counter < 0:
        raise ValueError("a counter from 0 and a head of 32 bytes")
    return bytes((VERSION,)) + counter.to_bytes(8, "big") + head


def _decode(raw: bytes | None) -> tuple[int, bytes] | None:
    if raw is None or len(raw) != 1 + 8 + HEAD_BYTES or raw[0] != VERSION:
        return None
    return int.from_bytes(raw[1:9], "big"), raw[9:]
