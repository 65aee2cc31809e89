"""The server has removed what counted snapshots stand for: whoever is behind begins at one, however little behind."""

from __future__ import annotations

import pytest

from app.features.trust import devices, roles
from app.model.statements import Stream
from sync.client import enrol, snapshots
from sync.client.talk import ask
from sync.protocol.messages import FetchSnapshots
from sync.server import auth
from sync.server.housekeeping import sweep
from tests.sync.client.test_snapshots import countersign, works
from tests.sync.client.world import Device, World, a_world

MONTH_S = 31 * 24 * 3600


def whole_from(world: World, stream: Stream) -> int:
    with world.relay.storage.reading() as tx:
        row = tx.stream(world.owner.session.sync.company, stream)
        assert row is not None
        return row.whole_from


def removed(world: World, counting: Device) -> None:
    """Two snapshots count, and what the first one stands for is gone."""
    owner = world.owner
    for _milestone in range(2):
        while owner.position() % 5 or not owner.position():
            works(owner, 1)
        works(owner, 1)
        counting.sync()
        countersign(counting)
    world.clock.forward(MONTH_S)
    sweep(world.relay.storage, world.relay.objects, world.clock, auth.verify)


def test_whoever_comes_back_after_two_months_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "INTERVAL", 5)
    with a_world("manager", "rep") as world:
        owner, manager, rep = world.devices
        works(owner, 3)
        rep.sync()
        known = rep.adds("Known to the rep")
        rep.sync()
        removed(world, manager)
        assert whole_from(world, owner.book) > rep.position() + 1
        # Far less than what is called far behind.
        assert owner.position() - rep.position() < snapshots.FAR_BEHIND
        rep.edits(known, notes="offline for long")
        world.settle()
        assert rep.sync().problems == []
        assert world.agree()
        assert owner.reads(known, "notes") == "offline for long"
        # A new device, too.
        late = world.join("manager")
        world.settle()
        assert late.sync().problems == []
        assert world.agree()


def test_a_revoked_laptop_does_not_make_the_book_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "INTERVAL", 5)
    with a_world("manager") as world:
        owner, manager = world.devices
        works(owner, 3)
        removed(world, manager)
        lost = manager.session.sync.device
        member = owner.session.sync.roster.facts.devices[lost].member
        owner.says(enrol.decide(owner.session, [devices.revoke(lost)], world.clock.now_ms()))
        late = world.join(member=member)
        world.settle(owner, late)
        assert late.sync().problems == []
        assert late.names() == owner.names()
        assert world.agree(owner, late)


def test_what_a_removed_member_has_signed_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "INTERVAL", 5)
    with a_world("manager", "rep") as world:
        owner, manager, rep = world.devices
        works(owner, 3)
        removed(world, manager)
        gone = owner.session.sync.roster.facts.devices[manager.session.sync.device].member
        owner.says(enrol.decide(owner.session, [roles.remove(gone)], world.clock.now_ms()))
        found = rep.says(ask(FetchSnapshots(*rep.book))).snapshots
        owner.sync()
        assert found
        assert not any(snapshots.counted(owner.session.sync, one, rep.book) for one in found)
