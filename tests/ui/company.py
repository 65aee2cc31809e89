"""A company of several devices round a simulated server, for the screens about synchronisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from app.access.policy import Policy
from app.clock import SystemClock
from app.features import records
from app.features.crm import demonstration
from app.features.trust import books, devices, invitations, joining
from app.features.trust.joining import Joining
from app.features.trust.members import Member
from app.gateway.command import command
from app.gateway.tx import Tx
from app.i18n import N_
from app.ids import Id
from sync.client import enrol
from sync.client.talk import drive
from sync.protocol.messages import Service
from tests.sync.client.world import Device, World
from ui.desk import Desk
from ui.link import Link

WEEK_MS = 7 * 24 * 3600 * 1000


@command("company_pictures.fill", N_("Fill"))
def fill(tx: Tx, count: int) -> None:
    """The demonstration's customers."""
    for record in demonstration.records(count, now_ms=tx.now):
        tx.save(record)


@command("company_pictures.call", N_("Name"))
def call(tx: Tx, member: Id, person: str) -> None:
    """Give a member a name."""
    tx.save(replace(tx.get(Member, member), name=person))


class WorldNow(World):
    """By this computer's clock, so that what just happened reads as just now."""

    guest: Joining
    """Who waits at the door."""

    def begin(self) -> None:
        self.clock = SystemClock()
        super().begin()


class RelayLink(Link):
    """The window's link of one device, through the simulated network."""

    def __init__(self, device: Device, parent: Any = None) -> None:
        super().__init__(cast("Any", SimpleNamespace(session=device.session)), parent)
        self.device = device

    def service(self, url: str, pin: bytes) -> Service:
        return cast("Service", self.device.wire)

    def _learn(self) -> None:
        """Nobody is called otherwise here."""


@contextmanager
def desk_of(device: Device, *, begin: bool = True) -> Iterator[Desk]:
    """The desk of a device whose book is kept in step."""
    desk = Desk(device.session, device.session.recall_all(""))
    desk.link = RelayLink(device, desk)
    if begin:
        desk.link.begin()
    try:
        yield desk
    finally:
        desk.link.stop()
        desk.close()


def named(world: World, device: Device, person: str, computer: str) -> None:
    """Give a member and their device the names that people use."""
    owner = world.owner.session
    owner.do(call, device.session.person.member, person)
    owner.do(devices.name, device.session.identity.device, computer)


def second_book(world: World, title: str) -> Id:
    """Make another book and give it its keys."""
    owner = world.owner
    new, sayings = books.make(owner.session.sync)
    owner.says(enrol.decide(owner.session, sayings, world.clock.now_ms()))
    owner.session.do(books.name, new, title)
    owner.sync()
    return new


def knocking(world: World, person: str, computer: str) -> Joining:
    """Somebody who was invited and waits; returns what waits."""
    from app.crypto.keys import SecretKey
    from app.store.database import Database
    from app.store.migrate import migrate

    owner = world.owner
    offer = owner.says(
        enrol.invite(
            owner.session, world.clock.now_ms(), name=person, role="rep", books=owner.session.identity.books[:1]
        )
    )  # fmt: skip
    database = Database.open(world.folder / f"{computer}.db", SecretKey.fresh(), create=True)
    migrate(database)
    joining.begin(database, offer.link, computer)
    comes = joining.Joining(database, world.clock)
    drive(enrol.knock(comes), world.wire())
    world._stack.callback(database.close)
    return comes


def invited(world: World, person: str) -> invitations.Invitation:
    """Somebody who was invited and has not come yet."""
    owner = world.owner
    offer = owner.says(
        enrol.invite(
            owner.session, world.clock.now_ms(), name=person, role="manager", books=owner.session.identity.books
        )
    )  # fmt: skip
    return cast("invitations.Invitation", offer.record)


def undecided(world: World) -> None:
    """Two who changed one field, one who deleted what another edited, and an edit that its author may not make."""
    owner, manager, rep, _office = world.devices
    rows = owner.session.ask(records.ids, "customer")
    found = [row[0] for row in owner.session.ask(records.rows, "customer", list(rows), ["id"]).values()]
    world.settle()
    first, second, third = found[:3]
    rep.edits(first, phone="+49 40 555 0123", notes="Closed in August. Ring at the back door.")
    owner.edits(first, phone="+49 40 555 0199")
    manager.edits(first, notes="Closed in August.")
    owner.deletes(second)
    rep.edits(second, email="kitchen@example.org")
    with patch.object(Policy, "require", lambda _self, _question: None):
        rep.edits(third, payment_terms="net30", assigned_to="Ana Trujillo")
    world.settle()


@contextmanager
def a_company(customers: int = 12) -> Iterator[WorldNow]:
    """An owner, a manager with two computers, a rep; a second book; one who waits and one who was invited."""
    with ExitStack() as stack:
        world = WorldNow(stack)
        if customers:
            world.owner.session.do(fill, customers)
        second_book(world, "Key accounts")
        manager = world.join("manager")
        rep = world.join("rep", office=False)
        further = world.join(member=manager.session.person.member)
        named(world, manager, "Chen Wei", "Chen’s laptop")
        named(world, further, "Chen Wei", "Office computer")
        named(world, rep, "Ana Trujillo", "Ana’s van")
        world.settle()
        world.guest = knocking(world, "Marco Rossi", "Marco’s laptop")
        if customers > 3:
            undecided(world)
        invited(world, "Lena Vogel")
        world.settle()
        yield world
