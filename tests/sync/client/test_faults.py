"""What goes wrong between honest devices and an honest server: nothing that was acknowledged is lost, and all agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from app.clock import FakeClock
from app.errors import Damaged, DiskFull, Offline, OtherDevice, Outdated
from app.gateway import receiving
from app.gateway.syncing import Syncing
from app.model.statements import SchemaRaised
from sync.client import statements
from sync.client.pushing import Pushing
from sync.protocol.messages import Hello, Pull, Push
from sync.protocol.problems import Problem
from tests.sync.client.world import Device, World, a_world

YEAR_S = 365 * 24 * 3600


def pushed(device: Device) -> list[Push]:
    return [one for one in device.wire.asked if isinstance(one, Push)]


# ---- power cuts and lost answers


class PowerCut(Exception):
    """The computer is off."""


@pytest.mark.parametrize("moment", ["before sealing", "sealed", "sent", "answered", "accepted", "noted"])
def test_a_power_cut_in_the_middle_of_a_push_loses_and_doubles_nothing(
    world: World, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, other = world.devices
    made = other.adds("Half-way")
    places = {
        "before sealing": (Syncing, "seal_all"),
        "answered": (Syncing, "accepted"),
        "accepted": (Syncing, "accepted"),
        "noted": (Pushing, "_acknowledged"),
    }
    with monkeypatch.context() as patch:
        if moment in places:
            where, name = places[moment]
            real = getattr(where, name)

            def cut(*args: Any, **named: Any) -> Any:
                if moment in ("accepted", "noted"):
                    real(*args, **named)
                raise PowerCut

            patch.setattr(where, name, cut)
        elif moment == "sealed":
            other.wire.drop(Push)
        else:
            other.wire.lose(Push)
        with suppress(PowerCut, Offline):
            other.sync()
    before = pushed(other)
    other.restart()
    other.sync()
    owner.sync()
    assert owner.reads(made) == other.reads(made) == "Half-way"
    assert other.position() == owner.position() == 1
    if moment in ("sealed", "sent"):
        again = pushed(other)[len(before) :]
        assert all(one.batches == before[0].batches for one in again), "the very same bytes"
    assert world.agree()


def test_a_lost_acknowledgement_is_made_up_for_without_sending_again(world: World) -> None:
    owner, other = world.devices
    made = other.adds("Sent once")
    other.wire.lose(Push)
    with pytest.raises(Offline) as caught:
        other.sync()
    assert caught.value.code == "offline"
    assert other.session.unsent() == 1
    report = other.sync()
    assert not report.faults
    assert len(pushed(other)) == 1
    assert other.session.unsent() == 0
    world.settle()
    assert owner.reads(made) == "Sent once"
    assert other.position() == 1
    assert world.agree()


def test_without_sealed_bytes_a_lost_acknowledgement_would_look_like_a_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _owner, other = world.devices
    other.adds("Sent once")
    other.wire.lose(Push)
    with pytest.raises(Offline):
        other.sync()
    monkeypatch.setattr(Syncing, "sealed", lambda *_args: [])
    with pytest.raises(OtherDevice):
        other.sync()


def test_a_push_that_arrives_twice_counts_once(world: World) -> None:
    owner, other = world.devices
    other.adds("Twice on the way")
    other.wire.repeat(Push)
    assert not other.sync().faults
    owner.sync()
    assert owner.position() == other.position() == 1
    assert world.agree()


# ---- clocks


@contextmanager
def a_wrong_clock(off_s: float) -> Iterator[tuple[World, Device, Device]]:
    with a_world() as world:
        clock = FakeClock(world.clock.now_ms() + int(off_s * 1000))
        other = world.join("owner", clock=clock)
        world.settle()
        yield world, world.owner, other


@pytest.mark.parametrize("off_s", [10 * YEAR_S, -YEAR_S])
def test_a_wrong_clock_warns_blocks_nothing_and_is_not_adopted(off_s: float) -> None:
    with a_wrong_clock(off_s) as (world, owner, other):
        made = owner.adds("Acme", phone="1")
        world.settle()
        other.edits(made, phone="2")
        report = other.sync()
        assert report.clock_off_ms == pytest.approx(off_s * 1000, abs=10_000)
        assert report.sent == 1
        owner.sync()
        assert owner.reads(made, "phone") == "2", "causality decides, not clocks"
        world.clock.forward(3600)
        # At once, with the right clock an hour later: what a clock ahead says is counted as when it was received.
        owner.edits(made, phone="3")
        world.settle()
        assert owner.reads(made, "phone") == other.reads(made, "phone") == "3"
        assert owner.session.clock.now_ms() == world.clock.now_ms()
        assert world.agree()


def test_a_clock_far_ahead_wins_no_more_than_five_minutes() -> None:
    with a_wrong_clock(10 * YEAR_S) as (world, owner, other):
        made = owner.adds("Acme", phone="1")
        world.settle()
        other.edits(made, phone="from the future")
        world.clock.forward(600)
        owner.edits(made, phone="ten minutes later")
        other.sync()
        world.clock.forward(600)
        world.settle()
        shown = {device.reads(made, "phone") for device in world.devices}
        assert len(shown) == 1
        assert owner.kept(made, "phone") == {"from the future", "ten minutes later"}
        assert world.agree()


# ---- what this computer lacks


def test_a_full_disk_while_applying_changes_nothing_and_is_made_up_for(world: World) -> None:
    here, there = world.devices
    for number in range(200):
        here.adds(f"Customer {number}", notes="x" * 200)
    here.sync()
    writer = there.session.database.writer
    before = there.hash()
    ((pages,),) = writer.execute("PRAGMA page_count").fetchall()
    writer.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DiskFull) as caught:
        there.sync()
    assert caught.value.code == "disk_full"
    assert (there.hash(), there.position()) == (before, 0)
    assert there.names() == []
    writer.execute("PRAGMA max_page_count=1000000")
    there.sync()
    assert len(there.names()) == 200
    assert world.agree()


def test_a_newer_schema_waits_for_the_update(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = world.devices
    made = here.adds("Readable")
    here.sync()
    here.says(
        statements.say(here.session.sync, lambda _roster, _accepted: SchemaRaised(2, 1), "company.schema")
    )
    with monkeypatch.context() as patch:
        patch.setattr(receiving, "BREAKING", 2)  # the update
        here.adds("From the future")
        here.sync()
    report = there.sync()
    assert [type(one) for one in report.problems] == [Outdated]
    assert report.problems[0].code == "outdated"
    assert there.names() == ["Readable"]
    assert there.position() == 1, "everything before it is taken in"
    assert not there.session.sync.halts()
    assert there.sync().problems, "it goes on waiting"
    monkeypatch.setattr(receiving, "BREAKING", 2)  # the update
    assert not there.sync().problems
    assert there.names() == ["From the future", "Readable"]
    world.settle()
    assert world.agree()
    assert made


def test_only_the_list_of_members_raises_the_schema(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member's program that says it writes for a newer one makes nobody wait: the server refuses it, and whoever is
    given it by another server stops there."""
    here, there = world.devices
    real = Pushing._place

    def newer(pushing: Pushing) -> Any:
        place, key = real(pushing)
        return place._replace(breaking=2), key

    with monkeypatch.context() as patch:
        patch.setattr(Pushing, "_place", newer)
        here.adds("From the future")
        report = here.sync()
    assert [problem.code for problem in report.problems] == ["server_batch_refused"]
    there.adds("Goes on")
    assert not there.sync().problems
    assert there.names() == ["Goes on"]


# ---- the server's side


def test_a_suspended_company_waits_and_loses_nothing(world: World) -> None:
    here, there = world.devices
    company = here.session.sync.company
    with world.relay.storage.writing() as tx:
        tx.suspend(company, True)
    here.adds("Written meanwhile")
    with pytest.raises(Problem) as caught:
        here.sync()
    assert caught.value.code == "server_suspended"
    assert here.session.unsent() == 1
    with world.relay.storage.writing() as tx:
        tx.suspend(company, False)
    world.settle()
    assert there.names() == ["Written meanwhile"]
    assert world.agree()


def test_another_server_is_told_nothing(world: World) -> None:
    """It has a good certificate, or TLS was broken; but it is not the one that the roster names."""
    here, _there = world.devices
    here.adds("For nobody else")
    here.begin()
    here.wire.asked.clear()
    here.wire.bend(Hello, lambda _request, reply: replace(reply, signing=b"x" * 32))
    with pytest.raises(Damaged) as caught:
        here.sync()
    assert caught.value.code == "damaged"
    assert not pushed(here)
    assert not {one.name for one in here.wire.asked} - {"hello", "challenge", "sign-in", "roster"}


# ---- copies


def test_a_copied_vault_stops_before_it_does_harm() -> None:
    import shutil
    from pathlib import Path

    from app import bootstrap
    from app.crypto.keys import SecretKey
    from app.store.database import Database

    with a_world("owner") as world:
        owner, other = world.devices
        assert other.place is not None
        copy = Path(f"{other.place}.copy")
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{other.place}{suffix}", f"{copy}{suffix}")
        other.adds("Written after the copy")
        other.sync()
        session = bootstrap.door(Database.open(copy, SecretKey(other.key)), world.clock)
        try:
            twin = Device(session, world.relay.wire(), world.clock)
            twin.adds("Written by the copy")
            with pytest.raises(OtherDevice) as caught:
                twin.sync()
            assert caught.value.code == "other_device"
        finally:
            session.close()
        world.settle()
        assert owner.names() == ["Written after the copy"]
        assert world.agree()


def test_pulls_go_on_where_the_network_broke_off(world: World) -> None:
    here, there = world.devices
    here.adds("One")
    here.sync()
    there.wire.lose(Pull)
    with pytest.raises(Offline):
        there.sync()
    there.sync()
    assert there.names() == ["One"]
