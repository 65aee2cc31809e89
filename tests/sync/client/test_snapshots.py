"""Snapshots: whoever is far behind begins at one that two members vouch for, and comes to the same state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import Damaged
from app.gateway.syncing import Syncing
from sync.client import envelope, pushing, snapshots
from sync.client.beats import Beats
from sync.client.engine import Report
from sync.client.talk import ask
from sync.protocol.messages import FetchBeats, FetchSnapshots, GetChunk, Pull, PutChunk, Snapshots
from sync.protocol.signed import read_manifest
from tests.sync.client.world import Device, World, a_world


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "INTERVAL", 5)
    monkeypatch.setattr(snapshots, "FAR_BEHIND", 4)


@pytest.fixture
def two() -> Iterator[World]:
    with a_world("manager") as world:
        yield world


def works(device: Device, count: int, **values: Any) -> None:
    for number in range(count):
        device.adds(f"Customer {number}", phone=f"+49 {number}", notes="n" * 50, **values)
        device.sync()


def countersign(device: Device) -> None:
    """As happens with a heartbeat."""
    device.says(Beats(device.session.sync, device.clock).run(Report(), now=True))


def on_offer(device: Device) -> Snapshots:
    found: Snapshots = device.says(ask(FetchSnapshots(*device.book)))
    return found


def pulled(device: Device) -> list[Pull]:
    return [one for one in device.wire.asked if isinstance(one, Pull) and one.book == device.book.book]


def a_counted_one(world: World, count: int = 7) -> None:
    """The first milestone has a snapshot that the other member has countersigned; some batches come after it."""
    owner, manager = world.devices
    works(owner, 5)
    manager.sync()
    countersign(manager)
    works(owner, count - 5)
    manager.sync()
    (part,) = on_offer(owner).snapshots
    assert len(part.counters) == 1


@pytest.mark.parametrize("at_once", [3, 64])
def test_much_that_waits_makes_one_snapshot_at_its_last_milestone(
    two: World, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In as many requests as it takes: a snapshot that all the rest lies behind would help nobody."""
    monkeypatch.setattr(envelope, "MOST_CHANGES", 4)
    monkeypatch.setattr(pushing, "MOST_PUSHED", at_once)
    owner, _manager = two.devices
    for number in range(23):
        owner.adds(f"Customer {number}")
    owner.sync()
    assert owner.position() == 23
    assert [read_manifest(part.manifest).position for part in on_offer(owner).snapshots] == [20]
    assert sum(isinstance(one, PutChunk) for one in owner.wire.asked) == 1
    two.settle()
    assert two.agree()


def test_a_new_device_begins_at_a_counted_snapshot(two: World) -> None:
    a_counted_one(two)
    late = two.join("rep")
    late.sync()
    assert late.names() == two.owner.names()
    assert [one.after for one in pulled(late) if one.tier == 0] == [5]
    two.settle()
    assert two.agree()
    # It works on like everybody: keys of personal values came with it.
    works(late, 2)
    two.settle()
    assert two.agree()


def test_whoever_was_away_for_long_keeps_what_waits(two: World) -> None:
    owner, manager = two.devices
    made = owner.adds("Acme", phone="1")
    two.settle()
    manager.wire.offline = True
    manager.edits(made, phone="from the road")
    other = manager.adds("Met on the road")
    witness = two.join("manager")
    two.settle(owner, witness)
    works(owner, 6)
    witness.sync()
    countersign(witness)
    works(owner, 4)
    witness.sync()
    manager.wire.offline = False
    report = manager.sync()
    assert not report.faults and not report.problems
    assert any(isinstance(one, GetChunk) for one in manager.wire.asked)
    two.settle()
    assert manager.reads(made, "phone") == owner.reads(made, "phone") == "from the road"
    assert owner.reads(other) == "Met on the road"
    assert two.agree()


def test_one_that_nobody_else_vouches_for_is_not_taken(two: World) -> None:
    owner, _manager = two.devices
    works(owner, 9)
    assert not on_offer(owner).snapshots[0].counters
    late = two.join("rep")
    late.sync()
    assert [one.after for one in pulled(late) if one.tier == 0] == [0]
    assert late.names() == owner.names()


def test_in_a_company_of_one_the_author_is_enough() -> None:
    with a_world() as world:
        works(world.owner, 9)
        member = world.owner.session.sync.roster.facts.devices[world.owner.session.sync.device].member
        other = world.join("", member=member, books=())
        other.sync()
        assert [one.after for one in pulled(other) if one.tier == 0] == [5]
        assert other.names() == world.owner.names()


def test_an_old_snapshot_is_not_taken(two: World) -> None:
    """The server offers it to somebody who has come further: it would bring back an older state."""
    a_counted_one(two)
    owner, manager = two.devices
    works(owner, 12)
    sync = manager.session.sync
    found = manager.says(snapshots.newest(sync, manager.book, manager.position(), 100))
    assert found is None
    taken = manager.says(snapshots.catch_up(sync, manager.book, 0, 100, set()))
    assert taken is not None
    before = manager.hash()
    with pytest.raises(Exception) as caught:
        snapshots.take(sync, taken)
    assert getattr(caught.value, "code", "") == "conflict"
    assert manager.hash() == before
    manager.sync()
    assert manager.names() == owner.names()


@pytest.mark.parametrize(
    "lie", ["a chunk", "another chunk", "the state", "no countersignature", "nobody's name"]
)
def test_what_is_not_as_it_was_signed_is_not_believed(
    two: World, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_counted_one(two, 9)
    late = two.join("rep")
    if lie == "a chunk":
        late.wire.bend(
            GetChunk, lambda _request, reply: type(reply)(reply.data[:-1] + bytes((reply.data[-1] ^ 1,)))
        )
    elif lie == "another chunk":
        late.wire.bend(GetChunk, lambda _request, reply: type(reply)(reply.data + reply.data))
    elif lie == "the state":
        monkeypatch.setattr(Syncing, "take_snapshot", _other_state(Syncing.take_snapshot))
    else:
        late.wire.bend(
            FetchSnapshots,
            lambda _request, reply: Snapshots(tuple(_unvouched(lie, one) for one in reply.snapshots)),
        )
    report = late.sync()
    if lie in ("no countersignature", "nobody's name"):
        assert report.problems == []
    else:
        assert [type(one) for one in report.problems] == [Damaged]
    if lie == "the state":
        assert (late.position(), late.names()) == (0, [])
        late.sync()  # it is not tried again
    assert 0 in [one.after for one in pulled(late) if one.tier == 0], "the long way"
    assert late.names() == two.owner.names()
    two.settle()
    assert two.agree()


def _unvouched(lie: str, part: Any) -> Any:
    if lie == "no countersignature":
        return part._replace(counters=())
    return part._replace(counters=tuple(one._replace(device=b"x" * 16) for one in part.counters))


def _other_state(real: Any) -> Any:
    def take(
        self: Syncing, stream: Any, chain: Any, said: Any, steps: Any, records: Any, state_hash: bytes
    ) -> Any:
        return real(self, stream, chain, said, steps, list(records)[:-1], state_hash)

    return take


def test_nobody_countersigns_another_state(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, manager = two.devices
    works(owner, 5)
    monkeypatch.setattr(Syncing, "state_hash", lambda _self, _stream: b"another state".ljust(32))
    two.clock.forward(24 * 3600)
    report = manager.sync()
    assert report.diverged == [manager.book]
    # It is told, and keeps nothing else from being said.
    assert not report.problems
    assert any(one.device == manager.session.sync.device for one in manager.says(ask(FetchBeats())).beats)
    assert not on_offer(owner).snapshots[0].counters


def test_a_divergence_is_found_by_heartbeats(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, manager = two.devices
    works(owner, 3)
    two.settle()
    two.clock.forward(24 * 3600)
    assert owner.sync().diverged == []
    with monkeypatch.context() as patch:
        patch.setattr(Syncing, "state_hash", lambda _self, _stream: b"another state".ljust(32))
        assert owner.book in manager.sync().diverged
    assert owner.book in manager.sync().diverged, "it is told until it was compared again"
    two.clock.forward(24 * 3600)
    manager.session.sync.put_fact(f"hashes/{owner.book.book.hex()}/0", None)
    assert manager.sync().diverged == []
