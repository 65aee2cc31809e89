"""A restored server was written to before it was healed: an owner joins both histories, and nobody loses anything."""

from __future__ import annotations

import pytest

from app.errors import Offline, Refused
from sync.client import branches
from sync.protocol.messages import Push
from tests.sync.client.world import Device, World, a_world


def numbered(device: Device, *numbers: int) -> None:
    for number in numbers:
        device.adds(f"Customer {number}")
        device.sync()


def part(world: World, ours: int = 2, theirs: int = 1) -> None:
    """The owner has seen what the server then lost; the other one goes on without it."""
    owner, other = world.devices[0], world.devices[-1]
    numbered(owner, 1)
    world.settle()
    backup = world.relay.snapshot()
    numbered(owner, *range(10, 10 + ours))
    world.relay.restore(backup)
    world.relay.clock.forward(60)
    numbered(other, *range(20, 20 + theirs))
    assert owner.sync().faults  # whatever comes to light first: a fork, an older head, a gap


@pytest.mark.parametrize(("ours", "theirs"), [(1, 1), (3, 1), (1, 3)])
def test_both_branches_end_in_one_state_and_go_on(world: World, ours: int, theirs: int) -> None:
    owner, other = world.devices
    part(world, ours, theirs)
    assert owner.says(branches.join(owner.session.sync, owner.book))
    world.settle()
    assert not owner.session.sync.halts()
    assert world.agree()
    assert owner.names() == other.names()
    assert len(owner.names()) == 1 + ours + theirs
    numbered(owner, 30)
    numbered(other, 31)
    world.settle()
    assert world.agree() and owner.position() == other.position() == 3 + ours + theirs
    late = world.join("owner")
    late.sync()
    assert late.hash() == owner.hash()
    assert not branches.anew_until(owner.session.sync, owner.book)


def test_what_both_branches_edited_is_decided_by_the_time_of_writing(world: World) -> None:
    owner, other = world.devices
    id_ = owner.adds("Before")
    world.settle()
    backup = world.relay.snapshot()
    owner.edits(id_, name="Ours")
    owner.sync()
    world.relay.restore(backup)
    world.relay.clock.forward(3600)
    other.edits(id_, name="Theirs")
    other.sync()
    owner.sync()
    owner.says(branches.join(owner.session.sync, owner.book))
    world.settle()
    assert world.agree()
    assert owner.kept(id_, "name") == other.kept(id_, "name") == {"Ours", "Theirs"}
    assert owner.reads(id_) == other.reads(id_) == "Theirs"


def test_unsent_edits_wait_and_are_sent_after_joining(world: World) -> None:
    owner, other = world.devices
    part(world)
    id_ = owner.adds("Not sent yet")
    owner.sync()
    assert owner.session.unsent()
    owner.says(branches.join(owner.session.sync, owner.book))
    world.settle()
    assert world.agree()
    assert other.reads(id_) == "Not sent yet"


def test_everybody_who_had_seen_what_was_lost_comes_along(world: World) -> None:
    owner, other = world.devices
    third = world.join("owner")
    numbered(owner, 1)
    world.settle()
    backup = world.relay.snapshot()
    numbered(owner, 2)
    numbered(third, 3)
    world.settle(owner, third)
    world.relay.restore(backup)
    numbered(other, 4)
    world.settle(owner, third)
    third.says(branches.join(third.session.sync, third.book))
    world.settle()
    assert world.agree()
    assert other.names() == ["Customer 1", "Customer 2", "Customer 3", "Customer 4"]
    assert not any(device.session.sync.halts() for device in world.devices)


def test_whose_author_is_gone_is_brought_by_others(world: World) -> None:
    owner, other = world.devices
    third = world.join("rep")
    numbered(owner, 1)
    world.settle()
    backup = world.relay.snapshot()
    numbered(third, 2)
    world.settle(owner)
    world.relay.restore(backup)
    numbered(other, 4)
    third.wire.offline = True
    owner.sync()
    owner.says(branches.join(owner.session.sync, owner.book))
    world.settle(owner, other)
    assert world.agree(owner, other)
    assert "Customer 2" in other.names()
    third.wire.offline = False
    world.settle()
    assert world.agree()


@pytest.mark.parametrize("fault", ["lose", "drop", "repeat"])
def test_a_rejoining_that_was_cut_short_is_done_again(world: World, fault: str) -> None:
    owner, _other = world.devices
    part(world)
    owner.says(branches.join(owner.session.sync, owner.book))
    getattr(owner.wire, fault)(Push)
    try:
        owner.sync()
    except Offline:
        owner.restart()
    world.settle()
    assert world.agree() and len(owner.names()) == 4


def test_joining_twice_says_nothing_more(world: World) -> None:
    owner, _other = world.devices
    part(world)
    assert owner.says(branches.join(owner.session.sync, owner.book))
    assert not owner.says(branches.join(owner.session.sync, owner.book))
    world.settle()
    assert world.agree()


def test_only_an_owner_joins_histories() -> None:
    with a_world("manager", "owner") as world:
        _owner, manager, other = world.devices
        numbered(manager, 1)
        world.settle()
        backup = world.relay.snapshot()
        numbered(manager, 2)
        world.relay.restore(backup)
        numbered(other, 3)
        manager.sync()
        with pytest.raises(Refused):
            manager.says(branches.join(manager.session.sync, manager.book))


def test_an_owner_who_has_seen_nothing_of_it_lets_others_bring_it() -> None:
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        numbered(owner, 1)
        world.settle()
        backup = world.relay.snapshot()
        numbered(rep, 2, 3)
        world.relay.restore(backup)
        world.relay.clock.forward(60)
        numbered(other, 4)
        world.settle()
        assert rep.session.sync.halts() and not owner.session.sync.halts()
        assert owner.says(branches.join(owner.session.sync, owner.book))
        world.settle()
        world.settle()
        assert world.agree()
        assert owner.names() == ["Customer 1", "Customer 2", "Customer 3", "Customer 4"]
        assert not rep.session.sync.halts()


def test_who_had_seen_more_of_it_than_the_owner_brings_the_rest() -> None:
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        numbered(owner, 1)
        world.settle()
        backup = world.relay.snapshot()
        numbered(rep, 2)
        owner.sync()
        numbered(rep, 3)
        world.relay.restore(backup)
        numbered(other, 4)
        world.settle()
        owner.says(branches.join(owner.session.sync, owner.book))
        world.settle()
        world.settle()
        assert world.agree() and len(owner.names()) == 4


def test_without_an_owners_word_the_book_stays_as_it_is() -> None:
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        numbered(owner, 1)
        world.settle()
        backup = world.relay.snapshot()
        numbered(rep, 2)
        before = rep.hash()
        world.relay.restore(backup)
        numbered(other, 4)
        world.settle()
        world.settle()
        assert rep.session.sync.halts() and rep.hash() == before
        assert rep.names() == ["Customer 1", "Customer 2"]


def test_an_owners_word_is_said_once_for_a_state_of_things(world: World) -> None:
    owner, other = world.devices
    assert not owner.says(branches.join(owner.session.sync, owner.book))
    numbered(owner, 1)
    numbered(other, 2)
    assert owner.says(branches.join(owner.session.sync, owner.book))
    owner.sync()
    assert not owner.says(branches.join(owner.session.sync, owner.book))
    world.settle()
    assert world.agree()
