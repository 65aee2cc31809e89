"""What a statement of the roster must carry, and the laws that several kinds of statement share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from app.errors import Conflict, Damaged, Refused
from app.i18n import _
from app.model import statements as say
from app.model.standing import OFFICE, Facts, Member
from app.model.statements import ROLES, Body, Last, Stream, Wrap

UNDER_MANAGERS = frozenset({"rep", "clerk"})
"""Roles over whose bearers a manager decides."""
READING = frozenset({"owner", "manager", "rep", "clerk", "auditor"})
"""Roles whose bearers may have books. The IT role alone gets none: no access to customer data."""


class Author(NamedTuple):
    """Who signs: the device, its member, and the member's lasting roles."""

    device: bytes
    member: bytes
    roles: frozenset[str]

    @property
    def is_owner(self) -> bool:
        return "owner" in self.roles

    @property
    def leads(self) -> bool:
        """Owner or manager."""
        return bool(self.roles & {"owner", "manager"})


def lasts_needed(facts: Facts, body: Body) -> frozenset[tuple[bytes, Stream]]:
    """The devices and streams whose last accepted sequence a statement must name, since it takes away."""
    if isinstance(body, say.MemberRemoved | say.RoleTaken):
        devices, streams = facts.devices_of(body.member), frozenset(facts.streams_of(body.member))
    elif isinstance(body, say.AccessTaken):
        devices, streams = facts.devices_of(body.member), ending(facts, body)
    elif isinstance(body, say.DeviceRevoked | say.DeviceCertified):
        ended = body.device if isinstance(body, say.DeviceRevoked) else body.replaces
        if ended is None or ended not in facts.devices:
            return frozenset()
        devices, streams = (ended,), frozenset(facts.streams_of(facts.devices[ended].member))
    else:
        return frozenset()
    return frozenset((device, stream) for device in devices for stream in streams)


def wraps_needed(facts: Facts, body: Body) -> frozenset[tuple[Stream, int, bytes]]:
    """The wraps (stream, epoch, device) that a statement must carry, since it lets somebody in.

    None for streams that have no key yet or are due for a new one: the next epoch brings them in.
    """
    if isinstance(body, say.AccessGiven):
        streams: tuple[Stream, ...] = (Stream(body.book, body.tier),)
        held = streams[0] in facts.streams_of(body.member)  # a longer term only: the keys are there
        devices = () if held else facts.devices_of(body.member)
    elif isinstance(body, say.DeviceCertified) and body.replaces is None:
        streams, devices = tuple(facts.streams_of(body.member)), (body.device,)
    else:
        return frozenset()
    return frozenset(
        (stream, facts.epochs[stream].number, device)
        for stream in streams
        if stream in facts.epochs and stream not in facts.rotation_due
        for device in devices
    )


def over(author: Author, person: Member) -> bool:
    """Whether the author decides about this member."""
    return author.is_owner or ("manager" in author.roles and person.roles.keys() <= UNDER_MANAGERS)


def require(allowed: bool) -> None:
    if not allowed:
        raise Refused(_("Your role in the company does not allow this. Ask an owner."))


def require_gives(author: Author, role: str, until_ms: int) -> None:
    """Owners give any role, managers those that they lead; ownership is never lent for a time."""
    if role not in ROLES:
        raise Damaged(_("A statement about the company names an unknown role. It is not believed."))
    require(author.is_owner or ("manager" in author.roles and role in UNDER_MANAGERS))
    if role == "owner" and until_ms:
        raise Refused(_("Ownership cannot be lent for a time."))


def not_oneself(author: Author, member: bytes) -> None:
    if author.member == member:
        raise Refused(_("Nobody can grant themselves anything. Ask another member who may."))


def member_of(facts: Facts, member: bytes) -> Member:
    person = facts.members.get(member)
    if person is None or not person.active:
        raise Conflict(_("This person is not a member of the company, or no longer."))
    return person


def stream_of(facts: Facts, book: bytes, tier: int) -> Stream:
    if book not in facts.books:
        raise Conflict(_("There is no such book in this company."))
    return Stream(book, tier)


def ending(facts: Facts, body: say.AccessTaken) -> frozenset[Stream]:
    """What goes with it: the office tier goes with the field tier."""
    gone = {Stream(body.book, body.tier), Stream(body.book, OFFICE)}
    return frozenset(gone & facts.access.get(body.member, {}).keys())


def due(facts: Facts, lost: frozenset[Stream]) -> Facts:
    """Streams that somebody should no longer read need a new key, where they have one."""
    return replace(facts, rotation_due=facts.rotation_due | (lost & facts.epochs.keys()))


def keeps_owner(facts: Facts) -> Facts:
    if not facts.owners():
        raise Refused(
            _("The company would be left without an owner who can sign in. Make another one first.")
        )
    return facts


def keeps_holders(facts: Facts, lost: frozenset[Stream]) -> Facts:
    """A book whose last reader leaves would be lost for good. (A stolen device may be revoked all the same.)"""
    for stream in lost & facts.epochs.keys():
        if not facts.recipients(stream):
            raise Refused(_("Nobody else could read one of the books. Give it to another member first."))
    return facts


def last_of(body: Any, device: bytes) -> dict[Stream, int]:
    """The last sequences that a body names for a device."""
    last: tuple[Last, ...] = body.last
    return {item.stream: item.sequence for item in last if item.device == device}


def exactly_named(facts: Facts, body: Body) -> None:
    """Raises unless a body that takes something away names all last sequences that it must, in order."""
    last: tuple[Last, ...] = getattr(body, "last", ())
    named = [(item.device, item.stream) for item in last]
    if named != sorted(set(named)) or frozenset(named) != lasts_needed(facts, body):
        raise Damaged(
            _("A statement that takes something away does not name the right devices. It is not believed.")
        )


def exactly_wrapped(wraps: tuple[Wrap, ...], needed: frozenset[tuple[Stream, int, bytes]]) -> None:
    named = [(wrap.stream, wrap.epoch, wrap.device) for wrap in wraps]
    if named != sorted(set(named)) or frozenset(named) != needed:
        raise Damaged(
            _("A book's key is not wrapped for exactly those who may have it. The statement is not believed.")
        )
