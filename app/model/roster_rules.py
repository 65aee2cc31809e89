"""What each statement of the roster needs, and what it changes: one function per kind.

A rule gets the facts before the statement, its author and its body; it returns the facts after it, or raises:
Refused where the author may not say this, Conflict where it does not fit what is so, Damaged where it
contradicts itself. Two laws stand above all: nobody grants himself anything, and the last owner stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, NoReturn, TypeVar

from app.errors import Conflict, Damaged, Refused
from app.i18n import _
from app.model import statements as say
from app.model.heads import next_head
from app.model.roster_needs import (
    READING,
    Author,
    due,
    ending,
    exactly_wrapped,
    keeps_holders,
    keeps_owner,
    last_of,
    member_of,
    not_oneself,
    over,
    require,
    require_gives,
    stream_of,
    wraps_needed,
)
from app.model.standing import FIELD, OFFICE, Device, Epoch, Facts, Member
from app.model.statements import Body, Stream

K = TypeVar("K")
V = TypeVar("V")


class Taken(NamedTuple):
    """What a statement takes from one device, and the last sequences to which it does not apply."""

    device: bytes
    last: Mapping[Stream, int]
    ended: bool = False
    role: str = ""
    streams: frozenset[Stream] = frozenset()


class Outcome(NamedTuple):
    """The facts after a statement, and what it took away."""

    facts: Facts
    taken: tuple[Taken, ...] = ()


def _founded(facts: Facts, author: Author, body: Body, at: int) -> NoReturn:
    raise Conflict(_("A company is founded once, by its first statement."))


def found(body: say.CompanyFounded, company: bytes) -> Facts:
    """The facts after the first statement: one owner with one device, two books, all of them theirs."""
    streams = {
        Stream(body.company_book, OFFICE): 0,
        Stream(body.first_book, FIELD): 0,
        Stream(body.first_book, OFFICE): 0,
    }
    if body.company_book == body.first_book or body.member == body.device:
        raise Damaged(_("The founding statement of this company contradicts itself. It is not believed."))
    return Facts(
        company=company,
        company_book=body.company_book,
        members={body.member: Member(True, {"owner": 0})},
        devices={body.device: Device(body.member, True, body.signing, body.sealing, 0)},
        books=frozenset({body.company_book, body.first_book}),
        access={body.member: streams},
        server=body.server,
        breaking=body.breaking,
        rules=body.rules,
    )


def _server_named(facts: Facts, author: Author, body: say.ServerNamed, at: int) -> Outcome:
    require(author.is_owner)
    return Outcome(replace(facts, server=body.key))


def _member_added(facts: Facts, author: Author, body: say.MemberAdded, at: int) -> Outcome:
    require_gives(author, body.role, body.until_ms)
    if body.member in facts.members:
        raise Conflict(_("This member was added before; a removed one comes back under a new id."))
    return Outcome(
        replace(facts, members=_with(facts.members, body.member, Member(True, {body.role: body.until_ms})))
    )


def _member_removed(facts: Facts, author: Author, body: say.MemberRemoved, at: int) -> Outcome:
    person = member_of(facts, body.member)
    leaves = body.member == author.member
    require(leaves or over(author, person) or ("it" in author.roles and "owner" not in person.roles))
    taken = tuple(
        Taken(device, last_of(body, device), ended=True) for device in facts.devices_of(body.member)
    )
    lost = frozenset(facts.streams_of(body.member))
    devices = {
        id_: device._replace(active=False) if device.member == body.member else device
        for id_, device in facts.devices.items()
    }
    after = replace(
        facts,
        members=_with(facts.members, body.member, Member(False, {})),
        devices=devices,
        access={member: streams for member, streams in facts.access.items() if member != body.member},
    )
    return Outcome(keeps_owner(keeps_holders(due(after, lost), lost)), taken)


def _role_given(facts: Facts, author: Author, body: say.RoleGiven, at: int) -> Outcome:
    require_gives(author, body.role, body.until_ms)
    person = member_of(facts, body.member)
    not_oneself(author, body.member)
    require(over(author, person))
    known = person.roles.get(body.role)
    if known is not None and (not known or 0 < body.until_ms <= known):
        raise Conflict(_("This member has this role already, for at least as long."))
    roles = _with(person.roles, body.role, body.until_ms)
    return Outcome(replace(facts, members=_with(facts.members, body.member, Member(True, roles))))


def _role_taken(facts: Facts, author: Author, body: say.RoleTaken, at: int) -> Outcome:
    person = member_of(facts, body.member)
    require(body.member == author.member or over(author, person))
    if body.role not in person.roles:
        raise Conflict(_("This member does not have this role."))
    roles = {role: until_ms for role, until_ms in person.roles.items() if role != body.role}
    after = replace(facts, members=_with(facts.members, body.member, Member(True, roles)))
    lost: frozenset[Stream] = frozenset()
    if not READING & roles.keys():
        lost = frozenset(facts.access.get(body.member, ()))
        after = keeps_holders(due(replace(after, access=_with(after.access, body.member, {})), lost), lost)
    taken = tuple(
        Taken(device, last_of(body, device), role=body.role, streams=lost)
        for device in facts.devices_of(body.member)
    )
    return Outcome(keeps_owner(after), taken)


def _book_made(facts: Facts, author: Author, body: say.BookMade, at: int) -> Outcome:
    require(author.leads)
    if body.book in facts.books:
        raise Conflict(_("A book with this id exists already."))
    mine = {**facts.access.get(author.member, {}), Stream(body.book, FIELD): 0, Stream(body.book, OFFICE): 0}
    return Outcome(
        replace(facts, books=facts.books | {body.book}, access=_with(facts.access, author.member, mine))
    )


def _access_given(facts: Facts, author: Author, body: say.AccessGiven, at: int) -> Outcome:
    stream = stream_of(facts, body.book, body.tier)
    person = member_of(facts, body.member)
    not_oneself(author, body.member)
    require(author.leads and ("owner" in person.roles or over(author, person)))
    if not READING & person.roles.keys():
        raise Refused(_("The IT role alone gets no book. Give this member another role first."))
    if facts.streams_of(author.member).get(stream) != 0:
        raise Refused(_("You can only give access to what you yourself have."))
    held = facts.streams_of(body.member)
    known = held.get(stream)
    if known is not None and (not known or 0 < body.until_ms <= known):
        raise Conflict(_("This member has access to this already, for at least as long."))
    if body.tier == OFFICE and Stream(body.book, FIELD) not in held:
        raise Conflict(
            _("Restricted fields are of use only with the book itself. Give access to that first.")
        )
    access = _with(facts.access.get(body.member, {}), stream, body.until_ms)
    exactly_wrapped(body.wraps, wraps_needed(facts, body))
    return Outcome(replace(facts, access=_with(facts.access, body.member, access)))


def _access_taken(facts: Facts, author: Author, body: say.AccessTaken, at: int) -> Outcome:
    stream = stream_of(facts, body.book, body.tier)
    person = member_of(facts, body.member)
    require(body.member == author.member or over(author, person))
    held = facts.access.get(body.member, {})
    if stream not in held:
        raise Conflict(_("This member has no access to this, or has it as every member does."))
    lost = ending(facts, body)
    left = {other: until_ms for other, until_ms in held.items() if other not in lost}
    taken = tuple(
        Taken(device, last_of(body, device), streams=lost) for device in facts.devices_of(body.member)
    )
    after = replace(facts, access=_with(facts.access, body.member, left))
    return Outcome(keeps_holders(due(after, lost), lost), taken)


def _device_certified(facts: Facts, author: Author, body: say.DeviceCertified, at: int) -> Outcome:
    person = member_of(facts, body.member)
    own = body.member == author.member
    # A second device of one's own widens nobody's rights, but it must not be a way around the colleague
    # who compares the words: only owners, and a device that signs over to its successor, may do it alone.
    require(over(author, person) if not own else author.is_owner or body.replaces == author.device)
    known = facts.devices.values()
    if body.device in facts.devices or any(
        body.signing == device.signing or body.sealing == device.sealing for device in known
    ):
        raise Conflict(_("This device, or one with the same keys, was certified before."))
    taken: tuple[Taken, ...] = ()
    if body.replaces is not None:
        old = facts.devices.get(body.replaces)
        if old is None or not old.active or old.member != body.member:
            raise Conflict(_("The device to be replaced is not an active one of this member."))
        taken = (Taken(body.replaces, last_of(body, body.replaces), ended=True),)
    # Whoever brings a device in sees what it will see; otherwise a ghost device would open foreign books.
    mine = facts.streams_of(author.member)
    if any(mine.get(stream) != 0 for stream in facts.streams_of(body.member)):
        raise Refused(_("Somebody who has all the books of this member must approve this device."))
    exactly_wrapped(body.wraps, wraps_needed(facts, body))
    devices = dict(facts.devices)
    devices[body.device] = Device(body.member, True, body.signing, body.sealing, at)
    lost: frozenset[Stream] = frozenset()
    if body.replaces is not None:
        devices[body.replaces] = devices[body.replaces]._replace(active=False)
        lost = frozenset(facts.streams_of(body.member))
    return Outcome(keeps_owner(due(replace(facts, devices=devices), lost)), taken)


def _device_revoked(facts: Facts, author: Author, body: say.DeviceRevoked, at: int) -> Outcome:
    device = facts.devices.get(body.device)
    if device is None or not device.active:
        raise Conflict(_("This device is not active."))
    person = facts.members[device.member]
    require(device.member == author.member or over(author, person) or "it" in author.roles)
    after = replace(facts, devices=_with(facts.devices, body.device, device._replace(active=False)))
    taken = Taken(body.device, last_of(body, body.device), ended=True)
    return Outcome(keeps_owner(due(after, frozenset(facts.streams_of(device.member)))), (taken,))


def _epoch_begun(facts: Facts, author: Author, body: say.EpochBegun, at: int) -> Outcome:
    stream = stream_of(facts, body.book, body.tier)
    if stream not in facts.streams_of(author.member):
        raise Refused(_("Only somebody who has a book may give it a new key."))
    current = facts.epochs.get(stream)
    number = current.number + 1 if current else 1
    if body.number != number:
        raise Conflict(_("This book has been given a new key meanwhile."))
    if bool(body.old) != (number > 1):
        raise Damaged(_("A statement about the company contradicts itself. It is not believed."))
    exactly_wrapped(body.wraps, frozenset((stream, number, device) for device in facts.recipients(stream)))
    return Outcome(
        replace(
            facts,
            epochs=_with(facts.epochs, stream, Epoch(number, body.commitment, at)),
            rotation_due=facts.rotation_due - {stream},
        )
    )


def _policy_set(facts: Facts, author: Author, body: say.PolicySet, at: int) -> Outcome:
    require(author.is_owner)
    policies = {name: text for name, text in facts.policies.items() if name != body.name}
    return Outcome(replace(facts, policies={**policies, body.name: body.text} if body.text else policies))


def _factor_reset(facts: Facts, author: Author, body: say.FactorReset, at: int) -> Outcome:
    person = member_of(facts, body.member)
    not_oneself(author, body.member)
    require(over(author, person) or ("it" in author.roles and "owner" not in person.roles))
    return Outcome(replace(facts, factor_resets=_with(facts.factor_resets, body.member, at)))


def _record_erased(facts: Facts, author: Author, body: say.RecordErased, at: int) -> Outcome:
    require(author.leads)
    if list(body.records) != sorted(set(body.records)):
        raise Damaged(_("A statement about the company contradicts itself. It is not believed."))
    return Outcome(replace(facts, erased=facts.erased.union(body.records)))


def _schema_raised(facts: Facts, author: Author, body: say.SchemaRaised, at: int) -> Outcome:
    require(author.is_owner or "it" in author.roles)
    before, after = (facts.breaking, facts.rules), (body.breaking, body.rules)
    if after == before or after[0] < before[0] or after[1] < before[1]:
        raise Conflict(_("The company's records are already at this schema, or at a newer one."))
    return Outcome(replace(facts, breaking=body.breaking, rules=body.rules))


def _branches_joined(facts: Facts, author: Author, body: say.BranchesJoined, at: int) -> Outcome:
    stream = stream_of(facts, body.book, body.tier)
    until = facts.parted_until.get(stream, -1)
    if not author.is_owner:
        require(bool(body.signature) and body.position <= until and not body.statements)
        require(stream in facts.streams_of(author.member))
    indexes = [one.at for one in body.statements]
    if (
        body.winning_at < body.position
        or (body.signature and not body.lost)
        or body.roster_at >= at
        or indexes != list(range(body.roster_at + 1, body.roster_at + 1 + len(indexes)))
    ):
        raise Damaged(_("A statement about the company contradicts itself. It is not believed."))
    if body.lost and all(lost.header_hash in facts.lost_batches for lost in body.lost):
        raise Conflict(_("This was brought together before."))
    lost_heads = dict(facts.lost_heads.get(stream, {}))
    head = body.head
    for position, lost in enumerate(body.lost, body.position + 1):
        head = next_head(head, *lost)
        lost_heads[position, head] = body.position
    return Outcome(
        replace(
            facts,
            lost_heads=_with(facts.lost_heads, stream, lost_heads),
            lost_batches={**dict(body.lost), **facts.lost_batches},
            lost_statements={
                **facts.lost_statements,
                **{(one.at, one.hash): body.roster_at for one in body.statements},
            },
            parted_until=_with(
                facts.parted_until, stream, max(until, body.winning_at) if author.is_owner else until
            ),
        )
    )


Rule = Callable[[Facts, Author, Any, int], Outcome]

RULES: Mapping[type[Body], Rule] = {
    say.CompanyFounded: _founded,
    say.ServerNamed: _server_named,
    say.MemberAdded: _member_added,
    say.MemberRemoved: _member_removed,
    say.RoleGiven: _role_given,
    say.RoleTaken: _role_taken,
    say.BookMade: _book_made,
    say.AccessGiven: _access_given,
    say.AccessTaken: _access_taken,
    say.DeviceCertified: _device_certified,
    say.DeviceRevoked: _device_revoked,
    say.EpochBegun: _epoch_begun,
    say.PolicySet: _policy_set,
    say.FactorReset: _factor_reset,
    say.RecordErased: _record_erased,
    say.SchemaRaised: _schema_raised,
    say.BranchesJoined: _branches_joined,
}


def _with(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}
