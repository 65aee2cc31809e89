"""Confirmed state under random histories: several vaults, one order, and everything that goes wrong on the way.

After every delivery each vault's confirmed state is what the log says up to there, worked out another way, and what
it shows is that with its own waiting steps over it. When all is delivered, all are equal, and a fresh device too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from app import bootstrap, ids
from app.clock import FakeClock
from app.crypto.identity import DeviceKeys
from app.crypto.keys import SecretKey
from app.errors import Conflict, Refused
from app.features import records
from app.features.crm import contacts, customers
from app.features.crm.customers import Customer
from app.gateway.command import command
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.ids import Id
from app.model.entity import entity_of
from app.model.roster_needs import lasts_needed
from app.model.statements import Last, RoleGiven, RoleTaken, Stream
from app.model.values import Money
from app.store.database import Database
from tests.builders import a_contact, a_customer
from tests.gateway import devices, expected
from tests.gateway.devices import a_vault, certify, order_of, say, several_devices

SHARED = [Id(bytes([number]) * 16) for number in range(1, 4)]
"""Ids under which several devices make the same record."""


@command("customer.test_make", "Make")
def make(tx: Tx, customer: Customer) -> None:
    if tx._tables.load(entity_of(Customer), 0, customer.id) is None:
        tx.add(customer)


class Fleet:
    """Some devices and the order that they share."""

    def __init__(self, books: list[Session], dice: random.Random) -> None:
        self.books, self.dice, self.order = books, dice, order_of(books[0])
        self.book = books[0].identity.books[0]
        self.streams = [Stream(self.book, 0), Stream(self.book, 1), Stream(books[0].identity.company_book, 0)]

    def may(self, book: Session, stream: Stream) -> bool:
        return book.roster.standing(book.sync.device).holds(stream, self.order.receipt_ms)

    # ---- what people do

    def act(self, book: Session) -> None:
        dice = self.dice
        living = [
            values[0]
            for values in book.ask(
                records.rows, "customer", book.ask(records.ids, "customer"), ["id"]
            ).values()
        ]
        chance = dice.random()
        with suppress(Refused, Conflict):
            if chance < 0.1 or not living:
                book.do(
                    customers.add, a_customer(dice.choice("ABC"), phone=dice.choice(["", "1"]), tags=("a",))
                )
            elif chance < 0.22:
                book.do(
                    make,
                    Customer(id=dice.choice(SHARED), name=dice.choice("XYZ"), phone=dice.choice(["", "7"])),
                )
            elif chance < 0.6:
                values: dict[str, Any] = dice.choice(
                    [{"name": dice.choice("DEFG")}, {"phone": dice.choice("23")}, {"stage": dice.choice(["lead", "trial"])},
                     {"tags": dice.choice([("a", "b"), (), ("c",)]), "notes": dice.choice("no")}, {"name": "H", "phone": "4"}]
                )  # fmt: skip
                book.do(customers.edit, dice.choice(living[:4]), values)
            elif chance < 0.63:
                book.do(customers.edit, dice.choice(living), {"assigned_to": dice.choice("pq")})
            elif chance < 0.66:
                book.do(
                    customers.edit,
                    dice.choice(living),
                    {"credit_limit": dice.choice([None, Money(5, "EUR")])},
                )
            elif chance < 0.72:
                book.do(contacts.add, a_contact(dice.choice(living), phone="5"))
            elif chance < 0.78:
                book.do(customers.delete, [dice.choice(living)])
            elif chance < 0.82:
                book.do(customers.keep, dice.choice(living))
            elif chance < 0.86:
                book.do(customers.edit_many, living[:3], {"web": dice.choice("uv")})
            elif chance < 0.94:
                book.undo()
            else:
                book.redo()

    # ---- what the network does

    def talk(self, book: Session) -> None:
        dice, stream = self.dice, self.dice.choice(self.streams)
        if not self.may(book, stream):
            return
        chance = dice.random()
        if chance < 0.15:
            self.order.seal(book, stream, dice.choice([1, 3, 256]))
        elif chance < 0.4:
            self.order.send(book, stream, dice.choice([1, 2, 64]), tell=dice.random() < 0.7)
        else:
            self.pull(book, stream, dice.choice([1, 2, 5, 64]))

    def pull(self, book: Session, stream: Stream, most: int) -> None:
        # As the engine does: the roster is fetched before what was pulled is followed.
        book.sync.take_statements([one for one, _statement in self.books[0].roster.statements()])
        if self.may(book, stream):
            self.order.pull(book, stream, most)
            self.check(book, stream)

    # ---- membership

    def lend(self, book: Session) -> None:
        """Give a member the manager's role, or take it away while he may be writing by it."""
        first, member = self.books[0], bytes(book.person.member)
        if member == bytes(first.person.member):
            return
        roles = first.roster.facts.members[member].roles
        body: RoleGiven | RoleTaken = RoleGiven(member, "manager")
        if "manager" in roles:
            if len(roles) == 1:
                return
            body = RoleTaken(member, "manager", ())
            needed = sorted(lasts_needed(first.roster.facts, body))
            ended = tuple(Last(one, *stream, self.order.sequence(stream, one)) for one, stream in needed)
            body = replace(body, last=ended)
        say(first, body)

    # ---- what must hold

    def check(self, book: Session, stream: Stream) -> None:
        position = book.sync.chain(stream).position
        said, without = expected.confirmed(self.order, self.books[0].roster, stream, position)
        assert expected.confirmed_aside(book, stream) == expected.cleaned(said)
        waiting = [kept.step for kept in book.ground.journal.without_place(stream)]
        shown = expected.cleaned(expected.with_waiting(said, waiting))
        assert expected.stored(book, stream) == shown
        for device, number in without:
            kept = book.ground.journal.step(device, number)
            assert kept is None or kept.state == 3

    def settle(self) -> None:
        """Deliver everything."""
        for _round in range(3):
            for book in self.books:
                book.sync.take_statements([one for one, _statement in self.books[0].roster.statements()])
                for stream in self.streams:
                    if not self.may(book, stream):
                        continue
                    while self.order.seal(book, stream):
                        pass
                    while book.sync.sealed(stream):
                        self.order.send(book, stream)
            for book in self.books:
                for stream in self.streams:
                    self.pull(book, stream, 1 << 20)


@contextmanager
def a_fleet(seed: int, *roles: str) -> Iterator[Fleet]:
    dice = random.Random(seed)
    with several_devices(3, *roles) as books:
        for book in books:
            book._clock.ms += dice.choice([0, 0, -(10**9), 10**10])  # type: ignore[attr-defined]
        yield Fleet(books, dice)


def reopened(book: Session) -> Session:
    """The same vault after a restart of the program."""
    path, key = book.database.path, book.database._key.reveal()
    clock, order = book._clock, order_of(book)
    book.close()
    again = bootstrap.door(Database.open(path, SecretKey(key)), clock)
    devices._orders[again] = order
    return again


@pytest.mark.parametrize("seed", range(12))
def test_all_come_to_the_same_whatever_happens_on_the_way(seed: int) -> None:
    roles = [(), ("manager",), ("rep", "clerk"), ("rep",)][seed % 4]
    with a_fleet(seed, *roles) as fleet, ExitStack() as stack:
        dice = fleet.dice
        for _number in range(3):
            fleet.act(fleet.books[0])
        fleet.settle()
        offline = 0.0
        for turn in range(80):
            if turn % 20 == 0:
                offline = dice.choice([0.3, 0.5, 0.9])
            at = dice.randrange(len(fleet.books))
            chance = dice.random()
            if chance < offline:
                fleet.act(fleet.books[at])
            elif chance < 0.94:
                fleet.talk(fleet.books[at])
            elif chance < 0.97 and at:
                fleet.lend(fleet.books[at])
            elif at:
                fleet.books[at] = reopened(fleet.books[at])
                stack.callback(fleet.books[at].close)
        fleet.settle()
        fresh = stack.enter_context(a_fresh_device(fleet))
        for stream in fleet.streams:
            hashes = {
                book.sync.state_hash(stream) for book in (*fleet.books, fresh) if fleet.may(book, stream)
            }
            assert len(hashes) == 1, stream
            for book in fleet.books:
                if fleet.may(book, stream):
                    assert not book.ground.journal.without_place(stream)
                    assert not book.ground.asides.any(book.ground.books[stream.book], stream.tier)
        owners = [book for book in fleet.books if book.person.member == fleet.books[0].person.member]
        assert len({book.state_hash() for book in (*owners, fresh)}) == 1


@contextmanager
def a_fresh_device(fleet: Fleet) -> Iterator[Session]:
    """One more device of the owner's, which takes in everything at once."""
    keys, device = DeviceKeys.fresh(), ids.fresh()
    first = fleet.books[0]
    certify(first, keys.public, device, bytes(first.person.member))
    with a_vault(first, device, keys, FakeClock()) as book:
        for stream in fleet.streams:
            fleet.order.pull(book, stream)
            fleet.check(book, stream)
        yield book
