"""New keys for books: when one is due, and how it is begun by any device that may.

A book without a key gets its first; one that somebody should no longer read gets a new key, with the old one under it,
before anything else is sealed.
"""

from __future__ import annotations

from app.crypto import epochs
from app.errors import NotFound
from app.features.trust.saying import Accepted, Holder, Saying, public_of
from app.model.roster import Roster
from app.model.statements import Body, EpochBegun, Stream

COMMAND = "book.rotated"
WRITERS = frozenset({"owner", "manager", "rep", "clerk"})
"""Roles that begin keys by themselves. Who only reads leaves it to those who write."""


def due(roster: Roster, device: bytes) -> tuple[Stream, ...]:
    """Streams of this device's member that have no key yet, or are due for a new one."""
    facts, standing = roster.facts, roster.standing(device)
    if not standing.active or not WRITERS & standing.roles.keys():
        return ()
    return tuple(stream for stream in sorted(standing.streams) if _is_due(roster, stream, facts.books))


def pending(holder: Holder) -> tuple[Saying, ...]:
    """What is to be said before anything is sealed: new keys for those streams whose present key is held here."""
    return tuple(
        Saying(COMMAND, Begin(holder, stream), again=True)
        for stream in due(holder.roster, holder.device)
        if _holds(holder, stream)
    )


class Begin:
    """The intention to begin a stream's next epoch. Nothing is left of it once somebody else was quicker."""

    def __init__(self, holder: Holder, stream: Stream) -> None:
        self._holder, self._stream = holder, stream

    def __call__(self, roster: Roster, accepted: Accepted) -> Body | None:
        if self._stream not in due(roster, self._holder.device):
            return None
        return begun(self._holder, roster, self._stream)


def begun(holder: Holder, roster: Roster, stream: Stream) -> EpochBegun:
    """The statement about a fresh key, wrapped for exactly those who may have it. Raises NotFound for the old key."""
    facts = roster.facts
    known = facts.epochs.get(stream)
    number = known.number + 1 if known else 1
    key = epochs.make()
    old = b""
    if known is not None:
        old = epochs.seal_old(key, holder.key(stream, known.number), roster.company, stream, number)
    wraps = tuple(
        epochs.wrap(key, roster.company, stream, number, device, public_of(facts, device))
        for device in sorted(facts.recipients(stream))
    )
    return EpochBegun(*stream, number, epochs.commit(key, roster.company, stream, number), wraps, old)


def _is_due(roster: Roster, stream: Stream, books: frozenset[bytes]) -> bool:
    facts = roster.facts
    return stream.book in books and (stream not in facts.epochs or stream in facts.rotation_due)


def _holds(holder: Holder, stream: Stream) -> bool:
    known = holder.roster.facts.epochs.get(stream)
    if known is None:
        return True
    try:
        holder.key(stream, known.number)
    except NotFound:
        return False
    return True
