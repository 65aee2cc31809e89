"""What a device does not take from a server: small checks beside those of model.chain, each with its own words."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import OtherDevice, Outdated
from app.gateway import receiving
from app.i18n import _
from app.model.chain import Chain, Header, SignedHead, StreamFault
from app.model.statements import Stream
from sync.protocol.messages import HeadSaid


def signed_head(company: bytes, said: HeadSaid) -> SignedHead:
    """The part of what the server says of a stream that it signs as its head."""
    return SignedHead(company, said.book, said.tier, said.position, said.head, said.receipt_ms)


def copied_vault() -> OtherDevice:
    """The server holds batches of this device that this vault has not sealed."""
    return OtherDevice(
        _(
            "This vault was restored or copied. It is open for reading only until it has synchronised and become a new device, "
            "because two devices must not go on as one."
        )
    )


def readable(header: Header) -> None:
    """Raise Outdated for a batch in a schema that this program cannot read: it waits there for the update."""
    if header.breaking > receiving.BREAKING:
        raise Outdated(
            _("The company's members use a newer version of this program. Please update this one to go on.")
        )


def missing(stream: Stream, position: int) -> None:
    """Raise StreamFault: the server keeps back what it had said to be there."""
    raise StreamFault("older", stream, position)


def hidden(chain: Chain, known: SignedHead | None) -> None:
    """Raise StreamFault where the server does not show a stream any more of which it had shown something."""
    if chain.position or known is not None:
        raise StreamFault("older", chain.stream, chain.position)


def received(chain: Chain, device: bytes, receipts: Mapping[int, tuple[int, int]], said: HeadSaid) -> None:
    """Raise StreamFault for a receipt of a place where our batch cannot stand: what we have followed has it or has it
    not, and of what comes after only that counts which leads to the head that is signed. `receipts`: sequence →
    (position, receipt ms)."""
    end = chain.end(device).sequence
    for sequence, (position, _receipt_ms) in receipts.items():
        is_followed = position <= chain.position
        if not 0 < position <= said.position or is_followed != (sequence <= end):
            raise StreamFault("missing", chain.stream, position)
