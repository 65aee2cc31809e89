"""A batch's header without what the server knows already of a device that sends its own next batch.

Company, stream and device follow from the session and the request, the device's previous header and both heads from
their positions, and the hashes from what comes beside it. The signature covers the whole header: where the two sides
know different things it does not hold, and the device sends the header in full.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from app.model import chain as chains
from app.model.chain import Header
from app.model.encoding import canonical, decode_canonical
from app.model.shape import Count, Size, read
from app.model.statements import Stream

FORMAT = 0
"""No header begins so; one of another version or suite gets another number here."""
_BEGINNING = bytes((0x90 + 9, FORMAT))


class Short(NamedTuple):
    """What is left."""

    format: Annotated[int, Size(FORMAT, FORMAT)]
    epoch: Annotated[int, Size(1, 2**53)]
    sequence: Annotated[int, Size(1, 2**53)]
    seen_at: Count
    roster_at: Count
    breaking: Count
    additive: Count
    packing: Count
    changes: Annotated[int, Size(1, 2**16)]


def is_short(data: bytes) -> bool:
    """Whether these are not the bytes of a whole header."""
    return data.startswith(_BEGINNING)


def shorten(data: bytes) -> bytes:
    """The short form of a header's bytes."""
    header = chains.parse(data)
    return canonical(
        (
            FORMAT, header.epoch, header.sequence, header.seen_at, header.roster_at, header.breaking,
            header.additive, header.packing, header.changes,
        )
    )  # fmt: skip


def read_short(data: bytes) -> Short:
    """The parts of a short form. Raises Damaged."""
    return read(Short, decode_canonical(data))


def written_out(
    short: Short, company: bytes, stream: Stream, device: bytes, previous: bytes, seen_head: bytes,
    roster_head: bytes, body_hash: bytes, keys_hash: bytes,
) -> bytes:  # fmt: skip
    """The whole header's bytes, as its author signed them if both know the same."""
    return chains.write(
        Header(
            chains.VERSION, chains.SUITE, company, *stream, short.epoch, device, short.sequence, previous,
            short.seen_at, seen_head, short.roster_at, roster_head, short.breaking, short.additive, short.packing,
            short.changes, body_hash, keys_hash,
        )
    )  # fmt: skip
