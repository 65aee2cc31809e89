"""What one wants to say about the company: made anew from the roster as it is, rehearsed, never signed unseen.

An intention gets the roster and the last sequences that the server has accepted, and returns the statement's body, or
None where nothing is left to be said. So whatever was interrupted is simply wanted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeVar

from app.crypto import epochs
from app.crypto.identity import SIGNATURE_BYTES, PublicIdentity
from app.crypto.keys import SecretKey
from app.errors import NotFound, Refused
from app.i18n import _
from app.model.roster import Roster
from app.model.roster_needs import lasts_needed, wraps_needed
from app.model.standing import Facts
from app.model.statements import Body, DeviceCertified, Last, Signed, Stream, Wrap, write

Accepted = Mapping[tuple[bytes, Stream], int]
"""(device, stream) → the last sequence that the server has accepted; nothing for none."""

Intention = Callable[[Roster, Accepted], Body | None]

B = TypeVar("B", bound=Body)


class Saying(NamedTuple):
    """An intention, and the command under which the policy is asked and the audit row written.

    `again`: it may be repeated by itself when the roster has moved, since nobody decides anything by it.
    """

    command: str
    intention: Intention
    again: bool = False


class Holder(Protocol):
    """What making statements needs of an open book (gateway.syncing.Syncing has all of it)."""

    @property
    def company(self) -> bytes: ...
    @property
    def device(self) -> bytes: ...
    @property
    def roster(self) -> Roster: ...
    def key(self, stream: Stream, epoch: int) -> SecretKey: ...


def completed(body: B, roster: Roster, accepted: Accepted, holder: Holder | None = None) -> B:
    """The body with the last sequences that it must name and the keys that it must bring, wrapped.

    Raises Refused where this device does not hold a key that is needed.
    """
    facts = roster.facts
    changed: dict[str, Any] = {}
    ended = sorted(lasts_needed(facts, body))
    if ended:
        changed["last"] = tuple(Last(one, *stream, accepted.get((one, stream), 0)) for one, stream in ended)
    wanted = sorted(wraps_needed(facts, body))
    if wanted:
        changed["wraps"] = tuple(
            wrapped(holder, roster, stream, number, device, public_of(facts, device, body))
            for stream, number, device in wanted
        )
    filled: Any = body
    made: B = replace(filled, **changed)
    return made


def wrapped(
    holder: Holder | None, roster: Roster, stream: Stream, number: int, device: bytes, public: PublicIdentity
) -> Wrap:
    """A stream's present key for a device. Raises Refused where we do not hold it."""
    try:
        if holder is None:
            raise _not_held()
        key = holder.key(stream, number)
    except NotFound:
        raise _not_held() from None
    return epochs.wrap(key, roster.company, stream, number, device, public)


def public_of(facts: Facts, device: bytes, body: Body | None = None) -> PublicIdentity:
    """A device's public keys: from the validated roster, or from the certificate that is being made."""
    if isinstance(body, DeviceCertified) and body.device == device:
        return PublicIdentity(body.signing, body.sealing)
    known = facts.devices[device]
    return PublicIdentity(known.signing, known.sealing)


def rehearsed(
    roster: Roster, sayings: Iterable[Saying], device: bytes, now_ms: int, accepted: Accepted | None = None
) -> Roster:
    """The roster as it would be after all this. Raises what the first one that may not be said would raise, before
    anything was signed: nobody is to be left half invited."""
    for saying in sayings:
        body = saying.intention(roster, accepted or {})
        if body is not None:
            statement = roster.draft(body, device, now_ms)
            unsigned = Signed(write(statement), bytes(SIGNATURE_BYTES))
            roster = roster.append(unsigned, _believe)
    return roster


def _believe(signing: bytes, purpose: str, message: bytes, signature: bytes) -> None:
    """Of a rehearsal nothing leaves this module but the facts that it would bring."""


def _not_held() -> Refused:
    return Refused(
        _(
            "This device does not hold the key of one of these books yet. Synchronise first, or ask somebody else."
        )
    )
