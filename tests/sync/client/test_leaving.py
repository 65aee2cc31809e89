"""Who may no longer: what they send has no effect, what comes after them they cannot read, and nobody is held up."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import NotFound, Offline, Refused
from app.features.trust import devices as trusted
from app.model import chain as chains
from sync.client import enrol
from sync.protocol.messages import FetchDeposits, Push
from tests.sync.client.world import Device, World, a_world


def revoke(world: World, device: Device) -> None:
    owner = world.owner
    sayings = [trusted.revoke(device.session.sync.device)]
    owner.says(enrol.decide(owner.session, sayings, world.clock.now_ms()))


def test_a_revoked_device_comes_back_after_a_month_with_edits() -> None:

    with a_world("rep") as world:
        owner, rep = world.devices
        made = owner.adds("Acme", notes="ours")
        world.settle()
        rep.wire.offline = True
        rep.edits(made, notes="written on the road")
        rep.wire.drop(Push)
        rep.wire.offline = False
        with pytest.raises(Offline):
            rep.sync()  # sealed, but it did not arrive
        revoke(world, rep)
        before = owner.hash()
        world.clock.forward(30 * 24 * 3600)
        with pytest.raises(Refused):
            rep.sync()
        with pytest.raises(Refused):
            rep.sync()  # again: nothing is deposited twice
        world.settle(owner)
        assert owner.hash() == before
        assert owner.reads(made, "notes") == "ours"
        deposits = owner.says(iter_ask(FetchDeposits())).batches
        assert [one.device for one in deposits] == [rep.session.sync.device]
        # Nothing that came after it can be read by the device.
        owner.edits(made, notes="secret")
        owner.sync()
        assert rep.reads(made, "notes") == "written on the road"
        epoch = owner.session.sync.roster.facts.epochs[owner.book].number
        assert epoch == 2
        with pytest.raises(NotFound):
            rep.session.sync.key(owner.book, epoch)


def iter_ask(request: Any) -> Any:
    reply = yield request
    return reply


def test_a_device_that_is_behind_a_rotation_goes_on_by_itself() -> None:
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        made = other.adds("Acme")
        world.settle()
        other.adds("Sealed under the old key")
        other.wire.drop(Push)
        with pytest.raises(Offline):
            other.sync()
        revoke(world, rep)
        epochs = owner.session.sync.roster.facts.epochs
        assert epochs[owner.book].number == 2
        report = other.sync()
        assert not report.faults and not report.problems
        other.adds("Sealed under the new key")
        other.sync()
        owner.sync()
        assert set(owner.names()) == {"Acme", "Sealed under the old key", "Sealed under the new key"}
        kept = other.session.sync.sealed_after(other.book, 0)
        assert [chains.parse(batch.header).epoch for batch in kept][-2:] == [1, 2]
        assert world.agree(owner, other)
        assert made


def test_two_devices_that_rotate_at_once_begin_one_epoch() -> None:
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        sayings = [trusted.revoke(rep.session.sync.device)]
        owner.says(enrol.say_all(owner.session, sayings))  # without the rotation that follows
        assert owner.book in owner.session.sync.roster.facts.rotation_due
        owner.adds("One")
        other.adds("Two")
        for device in (other, owner, other):
            device.sync()
        facts = owner.session.sync.roster.facts
        assert not facts.rotation_due
        assert facts.epochs[owner.book].number == 2
        assert world.agree(owner, other)
