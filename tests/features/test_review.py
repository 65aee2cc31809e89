"""What has to be decided: values that met, deletions against edits, steps without effect; and what deciding does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.errors import Refused
from app.features import records, review
from app.features.review import Conflict, Held
from app.features.trust import audit
from app.model.values import Money
from tests.sync.client.world import Device, World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    with a_world("manager", "rep") as made:
        yield made


def conflicts(device: Device) -> list[Conflict]:
    return device.session.ask(review.conflicts)


def held(device: Device) -> list[Held]:
    return device.session.ask(review.held)


def test_two_values_of_a_field_are_listed_until_somebody_decides(world: World) -> None:
    here, there, _rep = world.devices
    made = here.adds("Café Central", phone="+43 1 533 3763")
    world.settle()
    here.edits(made, name="Café Central Wien")
    there.edits(made, name="Cafe Central")
    world.settle()
    (one,) = conflicts(here)
    assert (one.kind, one.field, one.id) == ("customer", "name", made)
    assert {value.value for value in one.values} == {"Café Central Wien", "Cafe Central"}
    (other,) = conflicts(there)
    assert [value.value for value in other.values] == [value.value for value in one.values]
    assert [value.is_shown for value in other.values] == [value.is_shown for value in one.values]
    here.session.do(review.decide, "customer", made, "name", "Café Central, Herrengasse", one.seen)
    world.settle()
    assert not conflicts(here) and not conflicts(there)
    assert there.reads(made) == "Café Central, Herrengasse"
    assert world.agree()


def test_what_comes_while_one_decides_stays_beside_the_decision(world: World) -> None:
    here, there, rep = world.devices
    made = here.adds("A")
    world.settle()
    here.edits(made, name="B")
    there.edits(made, name="C")
    world.settle(here, there)
    (one,) = conflicts(here)
    rep.edits(made, name="D")
    rep.sync()
    here.sync()
    here.session.do(review.decide, "customer", made, "name", "B", one.seen)
    world.settle()
    (left,) = conflicts(there)
    assert {value.value for value in left.values} == {"B", "D"}


def test_a_deletion_against_an_edit_is_kept_or_done(world: World) -> None:
    here, there, _rep = world.devices
    kept, gone = here.adds("Kept"), here.adds("Gone")
    world.settle()
    for id_ in (kept, gone):
        here.deletes(id_)
        there.edits(id_, email="new@example.org")
    world.settle()
    found = {one.id: one for one in conflicts(there)}
    assert {one.field for one in found.values()} == {""}
    there.session.do(review.keep, "customer", kept)
    there.session.do(review.delete, "customer", gone)
    world.settle()
    assert here.names() == there.names() == ["Kept"]
    assert not conflicts(here)


def test_a_rep_sees_only_what_is_theirs_and_may_not_release_what_they_may_not_write(world: World) -> None:
    owner, _manager, rep = world.devices
    made = owner.adds("Only the office settles terms")
    world.settle()
    forbidden(rep, made)
    world.settle()
    (one,) = held(rep)
    assert one.is_own and one.reason
    assert one.edits[0].values == {"payment_terms": "net30"}
    assert [other.key for other in held(owner)] == [one.key]
    with pytest.raises(Refused):
        rep.session.do(review.release, one)
    owner.session.do(review.release, one)
    world.settle()
    assert rep.reads(made, "payment_terms") == "net30"
    assert not held(rep) and not held(owner)
    assert rep.session.ask(review.count) == 0


def forbidden(device: Device, made: bytes) -> None:
    """A patched program: what its own policy forbids is written all the same."""
    from unittest.mock import patch

    from app.access.policy import Policy

    with patch.object(Policy, "require", lambda _self, _question: None):
        device.edits(made, payment_terms="net30")  # type: ignore[arg-type]


def test_restricted_values_are_decided_about_by_those_for_whom_they_exist(world: World) -> None:
    here, there, rep = world.devices
    made = here.adds("Café Central", credit_limit=Money(1, "EUR"))
    world.settle()
    here.edits(made, credit_limit=Money(2, "EUR"))
    there.edits(made, credit_limit=Money(3, "EUR"))
    world.settle()
    assert (conflicts(here), rep.session.ask(review.count), here.session.ask(review.count)) == ([], 0, 1)
    assert review.waiting(rep.session) == []
    (one,) = review.waiting(here.session)
    assert (one.field, {value.value.minor for value in one.values}) == ("credit_limit", {2, 3})
    assert here.session.ask(audit.listed)[0].command == "review.restricted_list"
    assert rep.session.ask(review.restricted_conflicts) == []
    with pytest.raises(Refused):
        rep.session.do(review.decide, "customer", made, "credit_limit", Money(9, "EUR"), one.seen)
    there.edits(made, credit_limit=Money(4, "EUR"))
    there.sync()
    here.sync()
    here.session.do(review.decide, "customer", made, "credit_limit", Money(2, "EUR"), one.seen)
    world.settle()
    # What came meanwhile stays beside the decision.
    (one,) = review.waiting(here.session)
    assert {value.value.minor for value in one.values} == {2, 4}
    here.session.do(review.decide, "customer", made, "credit_limit", Money(2, "EUR"), one.seen)
    world.settle()
    assert review.waiting(here.session) == review.waiting(there.session) == []
    assert there.session.ask(records.restricted, "customer", made) == {"credit_limit": Money(2, "EUR")}
