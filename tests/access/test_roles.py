"""What each role may begin, and with which records: the shipped policies, asked."""

from __future__ import annotations

from functools import cache

import pytest

from app.access.policy import Action, Person, Policy, Question, problems, shipped
from app.ids import Id

NORTH, SOUTH = Id(b"N" * 16), Id(b"S" * 16)
ROLES = ("owner", "manager", "rep", "clerk", "auditor", "it")


@cache
def policy(role: str) -> Policy:
    """A person with one role, who has the north with its restricted fields (reps without)."""
    offices = frozenset({NORTH}) if role in ("manager", "clerk", "auditor") else frozenset[Id]()
    return Policy(Person(Id(b"P" * 16), "", frozenset({role}), frozenset({NORTH}), offices))


def test_the_shipped_policies_fit_their_schema() -> None:
    assert problems([shipped("provender.cedar")]) == []


@pytest.mark.parametrize(
    ("command", "roles"),
    [
        ("server.connect", "owner"),
        ("company.policy", "owner"),
        ("member.add", "owner manager"),
        ("member.remove", "owner manager it"),
        ("invitation.add", "owner manager"),
        ("device.approve", "owner manager"),
        ("device.revoke", "owner manager rep clerk it"),
        ("device.list", "owner manager rep clerk auditor it"),
        ("membership.leave", "owner manager rep clerk auditor it"),
        ("book.rotated", "owner manager rep clerk"),
        ("customer.add", "owner manager rep clerk"),
        ("customer.move", "owner manager"),
        ("audit.list", "owner manager auditor it"),
        ("vault.backup", "owner manager"),
    ],
)
def test_who_may_begin_what(command: str, roles: str) -> None:
    asked = Question("run", command.partition(".")[0], command)
    assert [role for role in ROLES if policy(role).allows(asked)] == roles.split()


@pytest.mark.parametrize(
    ("action", "kind", "book", "restricted", "roles"),
    [
        ("read", "customer", NORTH, False, "owner manager rep clerk auditor"),
        ("read", "customer", SOUTH, False, "owner"),
        ("read", "customer", NORTH, True, "owner manager clerk auditor"),
        ("update", "customer", NORTH, False, "owner manager rep clerk"),
        ("update", "customer", NORTH, True, "owner manager clerk"),
        ("delete", "customer", NORTH, False, "owner manager"),
        ("delete", "contact", NORTH, False, "owner manager rep clerk"),
        ("read", "member", b"", False, "owner manager rep clerk auditor it"),
        ("create", "member", b"", False, "owner manager"),
        ("create", "saved_view", b"", False, "owner manager rep clerk"),
        ("export", "customer", NORTH, False, "owner manager"),
    ],
)
def test_who_may_do_what_with_records(
    action: Action, kind: str, book: bytes, restricted: bool, roles: str
) -> None:
    asked = Question(action, kind, book=book, restricted=restricted)
    assert [role for role in ROLES if policy(role).allows(asked)] == roles.split()
