"""From a link to an open book: real vaults, the real server's rules, and a network and programs that break off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import bootstrap, ids
from app.bootstrap import Open, Waiting
from app.crypto import invites, passwords, words
from app.crypto.identity import DeviceKeys
from app.errors import AppError, Conflict, Damaged, Invalid, Offline, Outdated, Refused
from app.features import records
from app.features.crm import customers
from app.features.crm.customers import Customer
from app.features.trust import books, devices, invitations
from app.features.trust.invitations import Offer
from app.model.standing import FIELD
from app.model.statements import Stream
from app.vault import profiles
from app.vault.profiles import Profile, found
from sync.client import enrol
from sync.client.engine import Engine
from sync.client.line import Line
from sync.client.talk import drive
from sync.protocol.messages import (
    Append,
    FetchKnocks,
    FetchRoster,
    Knock,
    Knocks,
    RosterPart,
    SignedStatement,
)
from sync.protocol.problems import Problem
from tests.builders import PASSWORD
from tests.features.trust import people
from tests.keychains import MemoryKeychain
from tests.relay import HOST, Wire
from tests.sync.client.world import World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


class Guest:
    """A computer that somebody has invited, and what its program does."""

    def __init__(self, world: World, home: Path, link: str) -> None:
        self.world, self.home, self.link = world, home, link
        self.keychain = MemoryKeychain()
        self.wire: Wire = world.relay.wire()
        self.waiting: Waiting | None = None

    def begins(self) -> Waiting:
        self.waiting = bootstrap.join_company(
            self.home, self.link, "Ana’s van", PASSWORD,
            keychain=self.keychain, clock=self.world.clock, parameters=passwords.minimum(),
        )  # fmt: skip
        return self.waiting

    def comes_back(self) -> Open | Waiting:
        """As after a kill."""
        (profile,) = found(self.home)
        opened = bootstrap.open_profile(
            Profile(profile.name, profile.folder), PASSWORD, keychain=self.keychain, clock=self.world.clock
        )
        assert opened is not None
        if isinstance(opened, Waiting):
            self.waiting = opened
        return opened

    def knocks(self) -> None:
        assert self.waiting is not None
        drive(enrol.knock(self.waiting.joining), self.wire)

    def looks(self) -> str:
        assert self.waiting is not None
        return drive(enrol.look(self.waiting.joining), self.wire)

    def enters(self) -> Open:
        assert self.waiting is not None
        joining = self.waiting.joining
        drive(enrol.enter(joining), Line(self.wire, joining, HOST, self.world.clock))
        return self.waiting.enter()

    def synchronises(self, opened: Open) -> None:
        engine = Engine(opened.session.sync, self.world.clock)
        drive(engine.round(), Line(self.wire, opened.session.sync, HOST, self.world.clock))


def invited(world: World, **wanted: Any) -> Offer:
    owner = world.owner
    first = owner.session.identity.books[:1]
    plan: dict[str, Any] = {"name": "Ana", "role": "rep", "books": first, **wanted}
    made: Offer = owner.says(enrol.invite(owner.session, world.clock.now_ms(), **plan))
    return made


def approves(world: World, guest: Guest, said: str | None = None) -> None:
    assert guest.waiting is not None
    owner, joining = world.owner, guest.waiting.joining
    owner.says(
        enrol.approve(owner.session, joining.device, said or " ".join(joining.words), world.clock.now_ms())
    )


def names(opened: Open) -> list[str]:
    rows = opened.session.ask(records.ids, "customer")
    got = opened.session.ask(records.rows, "customer", list(rows), ["name"])
    return sorted(values[0] for values in got.values())


def test_a_guest_reads_exactly_its_books(world: World, tmp_path: Path) -> None:
    owner = world.owner
    south, making = books.make(owner.session.sync)
    owner.says(enrol.decide(owner.session, making, world.clock.now_ms()))
    owner.session.do(books.name, south, "South")
    owner.session.do(customers.add, Customer(name="Northern Star"))
    owner.session.do(customers.add, Customer(name="Southern Cross", book=south))
    owner.sync()
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins()
    guest.knocks()
    (knock,) = owner.says(enrol.knocks(owner.session))
    assert guest.waiting is not None
    assert knock.words == guest.waiting.joining.words and knock.name == "Ana’s van"
    assert guest.looks() == "waiting"
    approves(world, guest)
    assert guest.looks() == "certified"
    owner.sync()
    opened = guest.enters()
    try:
        guest.synchronises(opened)
        assert bootstrap.learn_names(opened) and not bootstrap.learn_names(opened)
        assert (opened.session.identity.company_name, opened.session.person.name) == ("Acme Foods", "Ana")
        assert profiles.title(opened.profile, guest.keychain) == "Acme Foods"
        assert names(opened) == ["Northern Star"]
        identity = opened.session.identity
        assert identity.books == owner.session.identity.books[:1]
        assert set(opened.session.sync.streams()) == {
            Stream(identity.company_book, FIELD),
            Stream(identity.books[0], FIELD),
        }
        opened.session.do(customers.add, Customer(name="Found by Ana"))
        guest.synchronises(opened)
        owner.sync()
        assert owner.names() == ["Found by Ana", "Northern Star", "Southern Cross"]
    finally:
        opened.close()


def test_the_vault_waits_on_after_a_kill_at_any_point(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins().close()
    said = guest.comes_back().joining.words  # type: ignore[union-attr]
    guest.wire.lose(Knock)
    with pytest.raises(Offline):
        guest.knocks()
    assert guest.waiting is not None
    guest.waiting.close()
    guest.comes_back()
    guest.knocks()
    assert guest.waiting.joining.words == said
    guest.waiting.close()
    guest.comes_back()
    approves(world, guest)
    guest.waiting.close()
    guest.comes_back()
    assert guest.looks() == "certified"
    guest.wire.lose(FetchRoster)
    with pytest.raises(Offline):
        guest.enters()
    guest.waiting.close()
    guest.comes_back()
    joining = guest.waiting.joining
    drive(enrol.enter(joining), Line(guest.wire, joining, HOST, world.clock))
    guest.waiting.close()  # killed right after the roster was taken in
    opened = guest.comes_back()
    assert isinstance(opened, Open) and not opened.vault.database.is_frozen
    guest.synchronises(opened)
    opened.close()


def test_a_vault_that_waits_is_no_company_yet(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    waiting = guest.begins()
    with pytest.raises(Conflict):
        waiting.joining.take([signed for signed, _statement in world.owner.session.sync.roster.statements()])
    waiting.close()
    (profile,) = found(tmp_path)
    with pytest.raises(Conflict):
        bootstrap.open_company(profile, PASSWORD, keychain=guest.keychain, clock=world.clock)


def test_wrong_words_let_nobody_in(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins()
    guest.knocks()
    before = world.owner.session.sync.roster.index
    other = words.of_device(world.owner.session.sync.company, ids.fresh(), DeviceKeys.fresh().public)
    with pytest.raises(Invalid):
        approves(world, guest, " ".join(other))
    assert world.owner.session.sync.roster.index == before and guest.looks() == "waiting"
    guest.waiting.close()  # type: ignore[union-attr]


def test_keys_that_the_server_swapped_let_nobody_in(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins()
    guest.knocks()
    evil = DeviceKeys.fresh().public

    def swap(_request: FetchKnocks, reply: Knocks) -> Knocks:
        return Knocks(tuple(one._replace(signing=evil.signing, sealing=evil.sealing) for one in reply.knocks))

    world.relay.bend(FetchKnocks, swap)
    (knock,) = world.owner.says(enrol.knocks(world.owner.session))
    assert knock.fault
    with pytest.raises(Invalid):
        approves(world, guest)
    with pytest.raises(Conflict):
        approves(world, guest, " ".join(knock.words))
    assert not world.owner.session.sync.roster.facts.devices.keys() - {world.owner.session.sync.device}
    guest.waiting.close()  # type: ignore[union-attr]


def test_a_roster_of_another_company_is_not_joined(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins()
    guest.knocks()
    approves(world, guest)
    foreign = [SignedStatement(*signed) for signed, _statement in people.founded().roster.statements()]
    guest.wire.bend(FetchRoster, lambda _request, _reply: RosterPart(tuple(foreign), len(foreign)))
    with pytest.raises(Damaged):
        guest.enters()
    guest.wire.straight()
    guest.enters().close()


def test_a_roster_without_its_end_is_not_enough(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins()
    guest.knocks()
    approves(world, guest)
    guest.wire.bend(FetchRoster, lambda _request, reply: RosterPart(reply.statements[:-1], reply.length - 1))
    with pytest.raises(Conflict):
        guest.enters()
    guest.waiting.close()  # type: ignore[union-attr]


@pytest.mark.parametrize("place", [40, 130, 155])
def test_a_tampered_link_brings_nobody_in(world: World, tmp_path: Path, place: int) -> None:
    link = invited(world).link
    start = len(invites.SCHEME) + place
    swapped = "A" if link[start] != "A" else "B"
    guest = Guest(world, tmp_path, link[:start] + swapped + link[start + 1 :])
    try:
        guest.begins()
    except (Invalid, Outdated):
        return
    with pytest.raises((Problem, Damaged)):
        guest.knocks()
        approves(world, guest)
        guest.enters()
    guest.waiting.close()  # type: ignore[union-attr]


def test_an_invitation_is_good_for_one_device_and_two_weeks(world: World, tmp_path: Path) -> None:
    made = invited(world)
    first, second = Guest(world, tmp_path / "a", made.link), Guest(world, tmp_path / "b", made.link)
    first.begins()
    second.begins()
    first.knocks()
    with pytest.raises(Problem) as refusal:
        second.knocks()
    assert refusal.value.name == "invite_unknown"
    approves(world, first)
    with pytest.raises(Problem):
        second.knocks()
    late = Guest(world, tmp_path / "c", invited(world).link)
    late.begins()
    world.clock.forward(15 * 24 * 3600)
    with pytest.raises(Problem):
        late.knocks()
    for guest in (first, second, late):
        guest.waiting.close()  # type: ignore[union-attr]


def test_a_guest_who_is_turned_away_is_told(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins()
    guest.knocks()
    assert guest.waiting is not None
    world.owner.says(enrol.refuse(world.owner.session, guest.waiting.joining.device))
    assert guest.looks() == "refused"
    assert world.owner.session.ask(invitations.listed) == []
    with pytest.raises(AppError):
        approves(world, guest)
    guest.waiting.close()


def test_a_week_later_another_member_opens(world: World, tmp_path: Path) -> None:
    manager = world.join("manager")
    world.settle()
    made = invited(world)
    world.owner.sync()  # and then the owner is away
    guest = Guest(world, tmp_path, made.link)
    guest.begins()
    world.clock.forward(7 * 24 * 3600)
    guest.knocks()
    manager.sync()
    assert guest.waiting is not None
    joining = guest.waiting.joining
    manager.says(
        enrol.approve(manager.session, joining.device, " ".join(joining.words), world.clock.now_ms())
    )
    opened = guest.enters()
    guest.synchronises(opened)
    assert opened.session.sync.streams()
    opened.close()
    assert manager.session.ask(invitations.listed) == []
    manager.sync()
    world.owner.sync()
    assert world.owner.session.ask(invitations.listed) == []
    device_names, _members = world.owner.session.ask(devices.names)
    assert "Ana’s van" in device_names.values()


def test_a_reply_that_is_lost_while_approving_is_said_once(world: World, tmp_path: Path) -> None:
    guest = Guest(world, tmp_path, invited(world).link)
    guest.begins()
    guest.knocks()
    for _try in range(8):
        world.owner.wire.lose(Append)
        try:
            approves(world, guest)
        except Offline:
            continue
        except AppError as error:
            # The statement was taken in, the answer lost: the knock is a certified device by then.
            assert isinstance(error, Conflict), error
        break
    world.owner.wire.straight()
    world.owner.sync()
    facts = world.owner.session.sync.roster.facts
    assert len(facts.members) == 2 and len(facts.devices) == 2
    assert guest.looks() == "certified"
    guest.waiting.close()  # type: ignore[union-attr]


def test_two_invitations_race_and_each_brings_its_own(world: World, tmp_path: Path) -> None:
    ana = Guest(world, tmp_path / "a", invited(world, name="Ana").link)
    bob = Guest(world, tmp_path / "b", invited(world, name="Bob", role="clerk").link)
    for guest in (ana, bob):
        guest.begins()
        guest.knocks()
    manager = world.join("manager")
    world.settle()
    assert bob.waiting is not None
    joining = bob.waiting.joining
    approves(world, ana)
    manager.says(
        enrol.approve(manager.session, joining.device, " ".join(joining.words), world.clock.now_ms())
    )
    for guest, role in ((ana, "rep"), (bob, "clerk")):
        opened = guest.enters()
        guest.synchronises(opened)
        assert opened.session.person.roles == {role}
        opened.close()


def test_a_demonstration_company_stays_on_this_computer() -> None:
    with a_world() as world:
        session = world.owner.session
        session.identity = replace(session.identity, demo=True)
        with pytest.raises(Refused):
            drive(enrol.connect(session, "https://books.example.org", b"", bytes(32)), world.owner.wire)
