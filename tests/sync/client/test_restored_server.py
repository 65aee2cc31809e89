"""A server that was brought back from a backup, and one that shows different people different things."""

from __future__ import annotations

import pytest

from app.errors import AppError, Damaged
from app.features.trust import custody
from app.model.encoding import decode_canonical
from sync.client import enrol
from sync.protocol.messages import HeadSaid, Heal
from tests.sync.client.test_lying_server import resigned
from tests.sync.client.world import Device, World, a_world


def numbered(device: Device, *numbers: int) -> None:
    for number in numbers:
        device.adds(f"Customer {number}")
        device.sync()


@pytest.mark.parametrize("told", [True, False])
def test_what_a_restored_server_has_lost_is_given_back_byte_for_byte(world: World, told: bool) -> None:
    owner, other = world.devices
    numbered(owner, 1)
    world.settle()
    backup = world.relay.snapshot()
    numbered(owner, 2)
    numbered(other, 3)
    numbered(owner, 4)
    world.settle()
    before, head = owner.hash(), owner.session.sync.chain(owner.book).head
    world.relay.restore(backup, told=told)
    report = other.sync()  # one device is enough
    assert not report.faults
    assert not owner.sync().faults
    assert (owner.hash(), owner.session.sync.chain(owner.book).head) == (before, head)
    late = world.join("owner")
    late.sync()
    world.settle()
    assert late.names() == owner.names() == [f"Customer {number}" for number in range(1, 5)]
    assert world.agree()


def test_a_server_that_lost_everything_since_the_beginning_is_healed(world: World) -> None:
    owner, other = world.devices
    backup = world.relay.snapshot()
    numbered(owner, 1, 2)
    numbered(other, 3)
    world.settle()
    before = owner.hash()
    world.relay.restore(backup)
    world.settle()
    assert owner.hash() == other.hash() == before
    assert any(isinstance(one, Heal) for one in owner.wire.asked + other.wire.asked)
    assert owner.position() == 3


def test_members_who_came_after_the_backup_are_told_to_the_server_again() -> None:
    with a_world("owner") as world:
        owner, other = world.devices
        numbered(owner, 1)
        world.settle()
        backup = world.relay.snapshot()
        rep = world.join("rep")
        numbered(rep, 2)
        world.settle()
        before = owner.session.sync.roster.head
        world.relay.restore(backup)
        world.settle(owner, other)
        assert owner.session.sync.roster.head == before
        world.settle()
        assert rep.names() == owner.names() == ["Customer 1", "Customer 2"]
        assert world.agree()


def test_a_backup_lets_devices_forget_what_they_kept_for_it(world: World) -> None:
    owner, other = world.devices
    numbered(owner, 1, 2)
    world.settle()
    sync = other.session.sync
    assert len(sync.handed_after(other.book, 0)) == 2
    with world.relay.storage.writing() as tx:
        tx.set_kept(sync.company, other.book, 1)
    world.settle()
    assert [position for position, _data in sync.handed_after(other.book, 0)] == [2]
    assert [one.position for one in owner.session.sync.sealed_after(owner.book, 0)] == [2]


def test_a_server_that_was_written_to_before_it_was_healed_stops_the_book_with_evidence(world: World) -> None:
    """Two histories go on from the backup. Neither side loses anything; what was shown first stays as it is."""
    owner, other = world.devices
    numbered(owner, 1)
    world.settle()
    backup = world.relay.snapshot()
    numbered(owner, 2)  # the other one has never seen it
    before = owner.hash()
    world.relay.restore(backup)
    numbered(other, 3)
    report = owner.sync()
    assert [fault.fault for fault in report.faults] == ["fork"]
    (halt,) = owner.session.sync.halts()
    _version, fault, _stream, _position, _roster, known, said, _batch = decode_canonical(halt.evidence)
    assert fault == "fork"
    assert (known and said and known[2] != said[2]) or known[3] != said[3]
    assert owner.hash() == before
    assert owner.names() == ["Customer 1", "Customer 2"]
    assert other.names() == ["Customer 1", "Customer 3"]


def test_views_that_were_forked_cannot_be_joined_unnoticed(world: World) -> None:
    """The server shows each of two members a history of its own; whoever sees both has proof."""
    owner, other = world.devices
    numbered(owner, 1)
    world.settle()
    fork = world.relay.snapshot()
    numbered(owner, 2)
    mine = world.relay.snapshot()
    before = owner.hash()
    world.relay.restore(fork, told=False)
    world.relay.clock.forward(10)
    numbered(other, 3)
    theirs = world.relay.snapshot()
    # Each goes on in the world that is shown to it.
    world.relay.restore(mine, told=False)
    assert not owner.sync().faults
    world.relay.restore(theirs, told=False)
    assert not other.sync().faults
    # Now the views are joined.
    report = owner.sync()
    assert [fault.fault for fault in report.faults] == ["fork"]
    assert owner.hash() == before
    assert owner.session.sync.halts()[0].evidence


def test_a_server_that_only_says_it_is_older_gains_nothing(world: World) -> None:
    """It shows a head that it really signed once. What it is given back it had; and it may not stay behind."""
    owner, other = world.devices
    numbered(owner, 1)
    world.settle()
    backup = world.relay.snapshot()
    numbered(owner, 2)
    world.settle()
    before = other.hash()
    world.relay.restore(backup, told=False)
    other.wire.bend(Heal, lambda request, reply: reply.__class__(reply.receipts, _older(world, reply.head)))
    report = other.sync()
    assert {fault.fault for fault in report.faults} <= {"older", "fork"}
    assert report.faults
    assert other.hash() == before
    other.wire.straight()
    world.settle()
    assert not other.session.sync.halts()
    assert world.agree()


def _older(world: World, head: HeadSaid) -> HeadSaid:
    return resigned(world, head, position=1, head=world.owner.session.sync.head_at(world.owner.book, 1))


def test_a_roster_that_the_server_has_lost_is_not_forgotten(world: World) -> None:
    owner = world.owner
    length = owner.session.sync.roster.index
    backup = world.relay.snapshot()
    world.join("rep")
    assert owner.session.sync.roster.index > length
    world.relay.restore(backup)
    try:
        owner.sync()
    except AppError as error:
        pytest.fail(f"{error.code}: {error.text}")
    assert owner.session.sync.roster.index > length


def test_a_list_of_members_that_went_another_way_is_told(world: World) -> None:
    """The owner's device says something; the server is brought back to before it, and another device, which has
    not heard of it, changes the list of members first. Nobody is left believing that there is no network."""
    owner, other = world.devices
    backup = world.relay.snapshot()
    begun = owner.session.sync.roster.index
    for days in (20, 30):
        owner.says(enrol.decide(owner.session, [custody.lease(days)], world.clock.now_ms()))
    world.relay.restore(backup)
    other.says(enrol.decide(other.session, [custody.lease(60)], world.clock.now_ms()))
    with pytest.raises(Damaged):
        owner.sync()
    assert owner.session.sync.roster.index == begun + 2
    assert custody.lease_days(owner.session.sync.roster) == 30
