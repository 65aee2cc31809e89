"""What is kept of a fault, so that somebody else can check later what the server did."""

from __future__ import annotations

from app.model.chain import StreamFault
from app.model.encoding import canonical
from sync.client.following import Following
from sync.protocol.messages import HeadSaid

VERSION = 1


def of(fault: StreamFault, said: HeadSaid | None, following: Following) -> bytes:
    """Canonical bytes: version, fault, stream, position, the roster as we know it, the head that we had believed
    before, the head that was said, and the batch at which it came to light. All with their signatures."""
    known, said = following.known, following.last_said or said
    return canonical(
        (
            VERSION,
            fault.fault,
            tuple(fault.stream),
            fault.position,
            (following.roster.index, following.roster.head),
            None if known is None else tuple(known),
            None if said is None else tuple(said),
            None if following.handed is None else tuple(following.handed),
        )
    )
