"""Over the wire: revoking, rotating, removing, leaving, lending; and what is asked of a device from afar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.crypto import epochs
from app.crypto.identity import DeviceKeys
from app.crypto.seal import open_sealed
from app.errors import AppError, Conflict, Damaged, Locked, NotFound, Refused
from app.features import records
from app.features.crm import customers
from app.features.trust import books, custody, devices, roles, rotation
from app.model import chain
from app.model.standing import FIELD
from app.model.statements import Stream
from sync.client import duties, enrol, envelope
from sync.client.engine import Report
from sync.client.line import Line
from sync.client.talk import drive
from sync.protocol.messages import Append, FetchEnds, Pull
from sync.protocol.problems import Problem
from tests.builders import PASSWORD, a_customer
from tests.relay import HOST
from tests.sync.client.world import Device, World, a_world
from tests.sync.company.test_replacing import Laptop


@pytest.fixture
def world() -> Iterator[World]:
    with a_world("rep", "rep") as made:
        yield made


def decides(world: World, *sayings: object, by: Device | None = None) -> None:
    device = by or world.owner
    device.says(enrol.decide(device.session, sayings, world.clock.now_ms()))  # type: ignore[arg-type]


def epoch(device: Device, stream: Stream) -> int:
    return device.session.sync.roster.facts.epochs[stream].number


def test_a_revoked_device_opens_nothing_that_is_written_after(world: World) -> None:
    owner, rep, other = world.devices
    stream = owner.book
    old_keys = {at: rep.session.sync.key(stream, at) for at in range(1, epoch(rep, stream) + 1)}
    decides(world, devices.revoke(rep.session.sync.device))
    assert epoch(owner, stream) == 2 and stream not in owner.session.sync.roster.facts.rotation_due
    for device in (owner, other):
        device.sync()
        device.adds("Written after")
        device.sync()
    # What a former member with a friend at the server gets hold of: every sealed byte, and all his keys.
    later = [
        (chain.parse(batch.header), batch.body)
        for batch in owner.session.sync.sealed_after(stream, 0)
        if chain.parse(batch.header).epoch == 2
    ]
    assert later
    for header, body in later:
        assert open_sealed(owner.session.sync.key(stream, 2), body, envelope.context(header))
        for key in old_keys.values():
            with pytest.raises(Damaged):
                open_sealed(key, body, envelope.context(header))
    with pytest.raises(Refused):
        rep.sync()
    with pytest.raises(NotFound):
        rep.session.sync.key(stream, 2)
    with pytest.raises(AppError):
        rep.adds("Too late")


def test_the_keys_of_a_revoked_device_do_not_open_the_wraps_of_others(world: World) -> None:
    owner, rep, _other = world.devices
    thief = DeviceKeys(bytes(rep.session.ground.facts.get("device_keys")))
    decides(world, devices.revoke(rep.session.sync.device))
    statements = [one for _signed, one in owner.session.sync.roster.statements()]
    found = epochs.opened(statements, owner.session.sync.company, rep.session.sync.device, thief)
    assert not any(number > 1 for stream, number in found if stream == owner.book)


def test_a_client_that_is_behind_rotates_once_it_has_seen_why(world: World) -> None:
    owner, rep, other = world.devices
    stream = rep.book
    # The owner's program dies between the revocation and the new key.
    owner.says(enrol.say_all(owner.session, [devices.revoke(rep.session.sync.device)]))
    assert stream in owner.session.sync.roster.facts.rotation_due
    other.adds("Written while behind")
    other.sync()  # fetches the roster, rotates, then seals
    assert epoch(other, stream) == 2
    owner.sync()
    assert owner.names() == ["Written while behind"]
    assert rotation.due(owner.session.sync.roster, owner.session.sync.device) == ()


def test_a_key_that_somebody_else_began_meanwhile_is_not_begun_twice(world: World) -> None:
    owner, rep, other = world.devices
    owner.says(enrol.say_all(owner.session, [devices.revoke(rep.session.sync.device)]))
    pending = rotation.pending(owner.session.sync)
    other.sync()
    assert owner.says(enrol.say_all(owner.session, pending)) == 0
    assert epoch(owner, owner.book) == 2


def test_the_last_sequences_are_those_that_the_server_has(world: World) -> None:
    owner, rep, _other = world.devices
    rep.adds("Sent in time")
    rep.sync()

    def meanwhile(request: FetchEnds, reply: object) -> object:
        # Between the question and the statement the rep sends once more.
        world.relay.straight()
        rep.adds("Sent between")
        rep.sync()
        return reply

    world.relay.bend(FetchEnds, meanwhile)
    decides(world, devices.revoke(rep.session.sync.device))
    owner.sync()
    assert owner.names() == ["Sent between", "Sent in time"]
    ended = [
        said.body
        for _signed, said in owner.session.sync.roster.statements()
        if said.body.kind == "device.revoked"
    ]
    assert len(ended) == 1


def test_a_decision_about_a_roster_that_has_moved_is_looked_at_again(world: World) -> None:
    owner, rep, _other = world.devices
    manager = world.join("manager")
    world.settle()
    member = rep.session.person.member

    def meanwhile(_request: object, reply: object) -> object:
        world.relay.straight()
        manager.says(enrol.say_all(manager.session, [roles.remove(member)]))
        return reply

    world.relay.bend(FetchEnds, meanwhile)
    with pytest.raises(Conflict):
        owner.says(enrol.say_all(owner.session, [roles.give(member, "manager")]))
    assert not owner.session.sync.roster.facts.members[member].active


def test_a_reply_that_is_lost_does_not_say_it_twice(world: World) -> None:
    owner, rep, _other = world.devices
    owner.wire.lose(Append)
    with pytest.raises(AppError):
        decides(world, devices.revoke(rep.session.sync.device))
    decides(world, devices.revoke(rep.session.sync.device))
    owner.sync()
    assert not owner.session.sync.roster.facts.rotation_due
    kinds = [said.body.kind for _signed, said in owner.session.sync.roster.statements()]
    assert kinds.count("device.revoked") == 1


def test_the_last_owner_stays(world: World) -> None:
    owner = world.owner
    before = owner.session.sync.roster.index
    for saying in (roles.leave(owner.session.person.member), devices.revoke(owner.session.sync.device)):
        with pytest.raises(Refused):
            decides(world, saying)
    assert owner.session.sync.roster.index == before


def test_who_leaves_reads_on_what_he_has_and_writes_nothing(world: World) -> None:
    owner, rep, _other = world.devices
    rep.adds("Sent before")
    rep.sync()
    decides(world, roles.leave(rep.session.person.member), by=rep)
    assert rep.session.ended
    with pytest.raises(Refused):
        rep.adds("Too late")
    owner.sync()
    assert epoch(owner, owner.book) == 2 and owner.names() == ["Sent before"]


def test_a_book_that_is_taken_is_not_handed_out_any_more(world: World) -> None:
    owner, rep, other = world.devices
    stream = owner.book
    decides(world, books.take(rep.session.person.member, stream.book))
    owner.adds("Not for everybody")
    owner.sync()
    rep.sync()
    assert stream not in rep.session.sync.streams() and rep.names() == []
    with pytest.raises(Problem) as refusal:
        rep.says(_pull(stream))
    assert refusal.value.name == "no_access"
    other.sync()
    assert other.names() == ["Not for everybody"]
    decides(world, *books.give(owner.session.sync, rep.session.person.member, stream.book))
    rep.sync()
    assert rep.names() == ["Not for everybody"]


def _pull(stream: Stream):  # type: ignore[no-untyped-def]
    return (yield Pull(stream.book, stream.tier, 0))


def test_a_lent_book_comes_back_by_itself(world: World) -> None:
    owner, rep, _other = world.devices
    south, making = books.make(owner.session.sync)
    decides(world, *making)
    until_ms = world.clock.now_ms() + 3600 * 1000
    decides(world, *books.give(owner.session.sync, rep.session.person.member, south, until_ms=until_ms))
    rep.sync()
    assert Stream(south, FIELD) in rep.session.sync.streams()
    world.clock.forward(3601)
    report = Report()
    owner.sync()
    owner.says(duties.fulfil(owner.session, report, world.clock.now_ms()))
    assert report.busy and epoch(owner, Stream(south, FIELD)) == 2
    rep.sync()
    assert Stream(south, FIELD) not in rep.session.sync.streams()


def test_nobody_is_bothered_with_what_somebody_else_has_to_take_back(world: World) -> None:
    owner = world.owner
    manager, auditor = world.join("manager"), world.join("auditor", [])
    world.settle()
    until_ms = world.clock.now_ms() + 1000
    decides(
        world,
        *books.give(owner.session.sync, auditor.session.person.member, owner.book.book, until_ms=until_ms),
    )
    world.clock.forward(3600)
    for device, is_done in ((manager, False), (owner, True)):
        report = Report()
        device.sync()
        device.says(duties.fulfil(device.session, report, world.clock.now_ms()))
        assert report.busy is is_done and report.problems == []


def test_contacts_tell_when_a_device_was_last_heard_of(world: World) -> None:
    owner, rep, _other = world.devices
    world.clock.forward(24 * 3600)
    rep.sync()
    at_ms = world.clock.now_ms()
    world.clock.forward(24 * 3600)
    found = owner.says(enrol.contacts(owner.session))
    assert found[rep.session.sync.device] == at_ms
    assert enrol.known_contacts(owner.session) == found
    listed = devices.lines(
        owner.session.sync.roster, owner.session.sync.device, owner.session.ask(devices.names), found
    )
    assert [line.state for line in listed] == ["active"] * 3
    assert {line.last_contact_ms for line in listed if line.id == rep.session.sync.device} == {at_ms}


def test_a_device_that_is_asked_to_lock_does_so_once(world: World) -> None:
    owner, rep, _other = world.devices
    decides(world, custody.lock(rep.session.sync.device, world.clock.now_ms()))
    rep.sync()
    report = Report()
    rep.says(duties.fulfil(rep.session, report, world.clock.now_ms()))
    assert report.is_locked
    again = Report()  # opened anew, with the password
    rep.says(duties.fulfil(rep.session, again, world.clock.now_ms()))
    assert not again.is_locked
    world.clock.forward(60)
    decides(world, custody.lock(rep.session.sync.device, world.clock.now_ms()))
    rep.sync()
    rep.says(duties.fulfil(rep.session, again, world.clock.now_ms()))
    assert again.is_locked
    for other in (Report(), Report()):
        owner.says(duties.fulfil(owner.session, other, world.clock.now_ms()))
        assert not other.is_locked
    with pytest.raises(Refused):
        decides(world, custody.lock(owner.session.sync.device, 1), by=rep)


def test_after_its_lease_a_device_shows_nothing_before_it_has_connected(world: World, tmp_path: Path) -> None:
    laptop = Laptop(world.relay, tmp_path / "home", world.clock)
    laptop.founds()
    sync = laptop.open.session.sync
    id_ = laptop.adds("Golden Gate")
    report = laptop.sync()
    line = Line(laptop.wire, sync, HOST, world.clock)
    drive(enrol.decide(laptop.open.session, [custody.lease(7)], world.clock.now_ms()), line)
    drive(duties.fulfil(laptop.open.session, report, world.clock.now_ms()), line)
    world.clock.forward(6 * 24 * 3600)
    laptop.comes_back(PASSWORD)
    assert laptop.names() == ["Golden Gate"]
    world.clock.forward(2 * 24 * 3600)
    laptop.comes_back(PASSWORD)
    session = laptop.open.session
    with pytest.raises(Locked):
        session.ask(records.open_one, "customer", id_)
    with pytest.raises(Locked):
        session.do(customers.add, a_customer())
    report = laptop.sync()
    drive(
        duties.fulfil(session, report, world.clock.now_ms()),
        Line(laptop.wire, session.sync, HOST, world.clock),
    )
    assert laptop.names() == ["Golden Gate"]
    laptop.open.close()
    with pytest.raises(AppError):
        custody.lease(400)
