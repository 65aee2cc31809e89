"""A company that worked alone for long is connected: everything it has waits, and comes to others step by step."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app import bootstrap, ids
from app.clock import FakeClock
from app.crypto.identity import DeviceKeys
from app.features import records
from app.features.crm import customers
from app.features.trust import founding
from app.gateway.session import Session
from app.model.statements import Stream
from app.store.journal import Journal
from tests.builders import a_book, a_customer
from tests.gateway import devices
from tests.gateway.devices import SERVER, a_vault, certify
from tests.gateway.order import Order
from tests.gateway.test_confirmed import Fleet


@contextmanager
def alone(seed: int) -> Iterator[Fleet]:
    """One device that has no server yet."""
    with a_book(FakeClock()) as book:
        devices._orders[book] = Order()
        yield Fleet([book], random.Random(seed))


def enrolled(fleet: Fleet, *, as_before: bool) -> Session:
    """The vault was restored, and goes on as a new device; `as_before`: in a program that began at one again."""
    book = fleet.books[0]
    founding.enrol(book.database, FakeClock())
    with pytest.MonkeyPatch.context() as patch:
        if as_before:
            patch.setattr(Journal, "newest", lambda self, device: 0)
        book.go_on_as(*bootstrap.standing(book.database, FakeClock()))
    return book


def arrives(fleet: Fleet, most_changes: int) -> None:
    """Connect, send everything in batches of a certain size, and look at every step of the way."""
    book = fleet.books[0]
    shown = book.state_hash()
    book.sync.put_fact("server", SERVER)
    for stream in fleet.streams:
        book.sync.adopt(stream)
    assert len(book.ask(records.ids, "customer")) >= 0
    keys, device = DeviceKeys.fresh(), ids.fresh()
    certify(book, keys.public, device, bytes(book.person.member))
    with a_vault(book, device, keys) as fresh:
        devices._orders[fresh] = fleet.order
        for stream in fleet.streams:
            while fleet.order.seal(book, stream, most_changes):
                fleet.order.send(book, stream)
                fleet.pull(book, stream, 1)
                fleet.pull(fresh, stream, 1)
            assert not book.ground.asides.any(book.ground.books[stream.book], stream.tier)
            assert fresh.sync.state_hash(stream) == book.sync.state_hash(stream)
        assert fresh.state_hash() == book.state_hash()
        assert book.unsent() == 0
        del shown


@pytest.mark.parametrize("most_changes", [1, 7, 256])
def test_what_one_device_has_written_alone_arrives_step_by_step(most_changes: int) -> None:
    for seed in range(4):
        with alone(seed) as fleet:
            for _turn in range(25):
                fleet.act(fleet.books[0])
            arrives(fleet, most_changes)


@pytest.mark.parametrize("as_before", [False, True])
def test_what_the_devices_wrote_that_a_vault_was_before_arrives_in_the_order_of_writing(
    as_before: bool,
) -> None:
    for seed in range(6):
        with alone(seed) as fleet:
            for _generation in range(fleet.dice.choice([1, 2])):
                for _turn in range(12):
                    fleet.act(fleet.books[0])
                enrolled(fleet, as_before=as_before)
            for _turn in range(12):
                fleet.act(fleet.books[0])
            arrives(fleet, fleet.dice.choice([1, 20, 256]))


def test_undo_goes_on_after_numbers_were_given_anew() -> None:
    with alone(1) as fleet:
        book = fleet.books[0]
        made = book.do(customers.add, a_customer("Before", phone="0"))
        book = enrolled(fleet, as_before=True)
        book.do(customers.edit, made.id, {"phone": "1"})
        book.do(customers.edit, made.id, {"phone": "2"})
        book.undo()
        book.sync.put_fact("server", SERVER)
        assert book.undo().restored == 1
        assert book.ask(records.open_one, "customer", made.id).record.phone == "0"  # type: ignore[attr-defined]
        book.redo()
        book.redo()
        assert book.ask(records.open_one, "customer", made.id).record.phone == "2"  # type: ignore[attr-defined]
        book.do(customers.edit, made.id, {"phone": "3"})
        assert book.ground.journal.newest(book.sync.device) == book._last_step
        assert Stream(book.identity.books[0], 0) in book.sync.waiting()
