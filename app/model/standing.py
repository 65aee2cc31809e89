"""What a roster proves at one of its statements: members, roles, devices, access, epochs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from app.model.statements import Stream

FIELD, OFFICE = 0, 1

_EMPTY: Mapping[Any, Any] = MappingProxyType({})


class Member(NamedTuple):
    """A person. `roles` maps each role to the time at which it ends, 0 for never; none once removed."""

    active: bool
    roles: Mapping[str, int]

    @property
    def lasting(self) -> frozenset[str]:
        """Roles that are not lent for a time; only these let somebody sign statements about others."""
        return frozenset(role for role, until_ms in self.roles.items() if not until_ms)


class Device(NamedTuple):
    """A device with its public keys. `since` is the index of its certificate."""

    member: bytes
    active: bool
    signing: bytes
    sealing: bytes
    since: int


class Epoch(NamedTuple):
    """The key that a stream is sealed with. `begun` is the index of its statement."""

    number: int
    commitment: bytes
    begun: int


class Standing(NamedTuple):
    """What one device may be judged by: whose it is, with which roles, and the streams its member may have."""

    device: bytes
    member: bytes
    active: bool
    roles: Mapping[str, int] = _EMPTY
    streams: Mapping[Stream, int] = _EMPTY
    company_book: bytes = b""
    rules: int = 1

    def roles_at(self, receipt_ms: int) -> frozenset[str]:
        """Roles that hold at the server's receipt time, which is the same for everybody."""
        return frozenset(role for role, until_ms in self.roles.items() if lasts(until_ms, receipt_ms))

    def holds(self, stream: Stream, receipt_ms: int) -> bool:
        """Whether the member may have the stream at that time."""
        until_ms = self.streams.get(stream)
        return until_ms is not None and lasts(until_ms, receipt_ms)


def lasts(until_ms: int, at_ms: int) -> bool:
    """Whether a grant still holds."""
    return not until_ms or at_ms < until_ms


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the statements up to one index prove. Never altered; a statement makes new ones."""

    company: bytes
    company_book: bytes
    members: Mapping[bytes, Member] = field(default_factory=dict)
    devices: Mapping[bytes, Device] = field(default_factory=dict)
    books: frozenset[bytes] = frozenset()
    access: Mapping[bytes, Mapping[Stream, int]] = field(default_factory=dict)
    """Member → stream → when it ends. Every member has the company book's field tier; it is not listed."""
    epochs: Mapping[Stream, Epoch] = field(default_factory=dict)
    rotation_due: frozenset[Stream] = frozenset()
    """Streams whose key somebody has who should not: nobody seals before a new epoch has begun."""
    policies: Mapping[str, str] = field(default_factory=dict)
    erased: frozenset[bytes] = frozenset()
    factor_resets: Mapping[bytes, int] = field(default_factory=dict)
    """Member → index of the statement since which older factors are void."""
    lost_heads: Mapping[Stream, Mapping[tuple[int, bytes], int]] = field(default_factory=dict)
    """Position and head on a branch that was joined → the position where that branch parted."""
    parted_until: Mapping[Stream, int] = field(default_factory=dict)
    """Position up to which an owner has said that branches may have parted."""
    lost_batches: Mapping[bytes, int] = field(default_factory=dict)
    """Hash of a header on such a branch → when the server had received it there."""
    lost_statements: Mapping[tuple[int, bytes], int] = field(default_factory=dict)
    """Index and hash of a statement on a lost branch of the roster → the index where that parted."""
    server: bytes | None = None
    breaking: int = 1
    rules: int = 1

    def streams(self) -> Iterator[Stream]:
        """All streams of the company."""
        for book in sorted(self.books):
            yield Stream(book, FIELD)
            yield Stream(book, OFFICE)

    def streams_of(self, member: bytes) -> Mapping[Stream, int]:
        """What a member may have, each with the time at which it ends."""
        person = self.members.get(member)
        if person is None or not person.active:
            return _EMPTY
        return {Stream(self.company_book, FIELD): 0, **self.access.get(member, _EMPTY)}

    def devices_of(self, member: bytes) -> tuple[bytes, ...]:
        """The member's active devices, in the order of their ids."""
        return tuple(
            sorted(id_ for id_, device in self.devices.items() if device.active and device.member == member)
        )

    def holders(self, stream: Stream) -> frozenset[bytes]:
        """The active members who may have a stream."""
        return frozenset(member for member in self.members if stream in self.streams_of(member))

    def recipients(self, stream: Stream) -> frozenset[bytes]:
        """The devices for which a stream's key must be wrapped: these and no others."""
        holders = self.holders(stream)
        return frozenset(
            id_ for id_, device in self.devices.items() if device.active and device.member in holders
        )

    def owners(self) -> frozenset[bytes]:
        """The active devices of active owners; a company is never without one."""
        return frozenset(
            id_
            for id_, device in self.devices.items()
            if device.active and "owner" in self.members[device.member].roles
        )

    def standing(self, device: bytes) -> Standing:
        """What is proved of a device; of an unknown one, that it is not active."""
        known = self.devices.get(device)
        if known is None:
            return Standing(device, b"", False, company_book=self.company_book, rules=self.rules)
        return Standing(
            device,
            known.member,
            known.active and self.members[known.member].active,
            self.members[known.member].roles,
            self.streams_of(known.member),
            self.company_book,
            self.rules,
        )
