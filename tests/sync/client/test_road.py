"""The straight road: what is written on one device is read on the others, whatever they were doing meanwhile."""

from __future__ import annotations

import contextlib

from app.errors import Offline
from sync.client import status
from sync.protocol.messages import Pull, Push
from tests.sync.client.world import World, a_world


def test_what_is_written_here_is_read_there() -> None:
    with a_world("owner") as world:
        here, there = world.devices
        made = here.adds("Golden Gate Bakery", phone="+49 30 1234567", tags=("bio", "early"))
        assert here.sync().sent == 1
        report = there.sync()
        assert report.received >= 1
        assert there.reads(made) == "Golden Gate Bakery"
        assert there.reads(made, "phone") == here.reads(made, "phone")
        assert there.reads(made, "tags") == ("bio", "early")
        there.edits(made, name="Golden Gate Bakery & Café")
        world.settle()
        assert here.reads(made) == "Golden Gate Bakery & Café"
        assert world.agree()


def test_what_both_edited_is_kept_and_both_show_the_same() -> None:
    with a_world("owner") as world:
        here, there = world.devices
        made = here.adds("Acme", phone="1")
        world.settle()
        here.wire.offline = there.wire.offline = True
        here.edits(made, phone="2")
        world.clock.forward(5)
        there.edits(made, phone="3")
        here.wire.offline = there.wire.offline = False
        world.settle()
        assert here.kept(made, "phone") == there.kept(made, "phone") == {"2", "3"}
        assert here.reads(made, "phone") == there.reads(made, "phone") == "3"
        here.edits(made, phone="2")
        world.settle()
        assert here.kept(made, "phone") == there.kept(made, "phone") == set()
        assert here.reads(made, "phone") == there.reads(made, "phone") == "2"
        assert world.agree()


def test_three_devices_agree_in_any_order() -> None:
    with a_world("rep", "manager") as world:
        owner, rep, manager = world.devices
        made = [owner.adds(f"Customer {number}") for number in range(5)]
        world.settle()
        for turn, device in enumerate((rep, manager, owner, rep)):
            device.edits(made[turn], notes=f"note {turn}")
            device.adds(f"Added {turn}")
        world.settle(manager, rep, owner)
        assert world.agree()
        assert owner.names() == rep.names() == manager.names()
        assert len(owner.names()) == 9


def test_a_restricted_field_stays_with_those_who_have_its_tier() -> None:
    from app.model.values import Money  # noqa: F401 - what the field holds

    with a_world() as world:
        owner = world.owner
        rep = world.join("rep", office=False)
        made = owner.adds("Acme", credit_limit=None)
        world.settle()
        assert rep.reads(made) == "Acme"
        assert all(stream.tier == 0 for stream in rep.session.sync.streams())


def test_a_large_import_goes_in_few_batches() -> None:
    with a_world("owner") as world:
        here, there = world.devices
        for number in range(60):
            here.adds(f"Customer {number}", notes="x" * 40)
        before = here.position()
        report = here.sync()
        assert report.sent == 60
        assert here.position() - before <= 3
        pulls = len([one for one in here.wire.asked[-20:] if isinstance(one, Pull)])
        assert pulls == 0, "own batches are followed without fetching them"
        there.sync()
        assert there.names() == here.names()
        assert world.agree()


def test_offline_work_is_kept_and_sent_later() -> None:
    with a_world("rep") as world:
        owner, rep = world.devices
        rep.wire.offline = True
        made = rep.adds("Seen on the road")
        with contextlib.suppress(Offline):
            rep.sync()
        assert rep.session.unsent() > 0
        rep.wire.offline = False
        world.settle()
        assert owner.reads(made) == "Seen on the road"
        assert rep.session.unsent() == 0


def test_the_program_may_end_between_any_two_requests() -> None:
    with a_world("owner") as world:
        owner, other = world.devices
        made = other.adds("Before the end")
        other.wire.drop(Push)
        with contextlib.suppress(Offline):
            other.sync()
        other.restart()
        other.sync()
        owner.sync()
        assert owner.reads(made) == "Before the end"
        assert world.agree()


def test_once_goes_on_until_nothing_is_left(world: World) -> None:
    here, there = world.devices
    here.adds("One")
    report = status.once(here.session, here.wire, world.clock)
    assert (report.sent, report.faults, report.problems) == (1, [], [])
    assert status.once(there.session, there.wire, world.clock).received >= 1
