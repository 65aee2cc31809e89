"""Who belongs to the company, with which role: adding, changing, removing members, and leaving."""

from __future__ import annotations

from app.features.trust.saying import Accepted, Intention, Saying, completed
from app.i18n import N_
from app.model.roster import Roster
from app.model.statements import Body, FactorReset, MemberAdded, MemberRemoved, RoleGiven, RoleTaken

LABELS = {
    "owner": N_("Owner"),
    "manager": N_("Manager"),
    "rep": N_("Sales rep"),
    "clerk": N_("Clerk"),
    "auditor": N_("Auditor"),
    "it": N_("IT"),
}
"""Roles as people call them, in the order of the roster's."""


def add(member: bytes, role: str, until_ms: int = 0) -> Saying:
    """Make somebody a member. `until_ms` 0: for good."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        known = roster.facts.members.get(member)
        return None if known is not None and known.active else MemberAdded(member, role, until_ms)

    return Saying("member.add", intention)


def remove(member: bytes) -> Saying:
    """End somebody's membership, with all their devices."""
    return Saying("member.remove", _removal(member))


def leave(member: bytes) -> Saying:
    """End one's own membership. What was not sent by then reaches nobody."""
    return Saying("membership.leave", _removal(member))


def give(member: bytes, role: str, until_ms: int = 0) -> Saying:
    """Give a member another role as well."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        known = roster.facts.members.get(member)
        if known is not None and known.roles.get(role) == until_ms:
            return None
        return RoleGiven(member, role, until_ms)

    return Saying("member.give_role", intention)


def take(member: bytes, role: str) -> Saying:
    """Take a role from a member; with the last role that reads books go the books."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        known = roster.facts.members.get(member)
        if known is not None and known.active and role not in known.roles:
            return None
        return completed(RoleTaken(member, role, ()), roster, accepted)

    return Saying("member.take_role", intention)


def reset_factors(member: bytes) -> Saying:
    """A member's further sign-in factors are void."""
    return Saying("member.reset_factors", lambda roster, accepted: FactorReset(member))


def change(member: bytes, role: str, roster: Roster) -> tuple[Saying, ...]:
    """What it takes that a member has this role and no other: the new one first, so that no book is lost."""
    held = roster.facts.members[member].roles if member in roster.facts.members else {}
    return (give(member, role), *(take(member, other) for other in sorted(held) if other != role))


def _removal(member: bytes) -> Intention:
    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        known = roster.facts.members.get(member)
        if known is not None and not known.active:
            return None
        return completed(MemberRemoved(member, ()), roster, accepted)

    return intention
