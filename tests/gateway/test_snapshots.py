"""Snapshots: a fresh device comes to the same state, and one that is behind keeps what waits on it."""

from __future__ import annotations

import random
from contextlib import ExitStack

import pytest

from app import ids
from app.clock import FakeClock
from app.crypto.identity import DeviceKeys
from app.errors import Conflict, Damaged
from app.features import records
from app.features.crm import customers, finding
from app.gateway.batches import SnapshotRecord
from app.gateway.session import Session
from app.model.change import Edit, Step
from app.model.entity import LIFE
from app.model.statements import Stream
from app.model.values import Address, Money
from tests.builders import a_customer
from tests.gateway import expected
from tests.gateway.devices import a_vault, certify, order_of, send, several_devices, two_devices
from tests.gateway.test_confirmed import Fleet, a_fleet


def give(source: Session, target: Session, stream: Stream) -> None:
    """What `source` has confirmed, as a snapshot for `target`."""
    with source.sync.snapshot(stream) as snapshot:
        found = list(snapshot.records)
        state_hash = snapshot.state_hash()
    assert state_hash == source.sync.state_hash(stream)
    target.sync.take_snapshot(stream, snapshot.chain, None, snapshot.steps, found, state_hash)
    assert target.sync.state_hash(stream) == state_hash
    assert target.sync.chain(stream) == source.sync.chain(stream)


@pytest.mark.parametrize("seed", range(8))
def test_a_fresh_device_and_one_that_is_behind_come_to_the_same(seed: int) -> None:
    with a_fleet(seed) as fleet, ExitStack() as stack:
        dice = fleet.dice
        first, second, behind = fleet.books
        for _turn in range(50):
            book = dice.choice([first, second, second, behind])
            if dice.random() < 0.6:
                fleet.act(book)
            elif book is not behind or dice.random() < 0.3:
                fleet.talk(book)
        for stream in fleet.streams:
            fleet.pull(first, stream, 1 << 20)
            if first.sync.chain(stream).position > behind.sync.chain(stream).position:
                give(first, behind, stream)
                shown_over(fleet, behind, stream)
        fresh = stack.enter_context(a_fresh(fleet.books[0]))
        for stream in fleet.streams:
            if first.sync.chain(stream).position:
                give(first, fresh, stream)
                give_again_is_refused(first, fresh, stream)
        fleet.books.append(fresh)
        fleet.settle()
        for stream in fleet.streams:
            assert len({book.sync.state_hash(stream) for book in fleet.books}) == 1
        assert len({book.state_hash() for book in fleet.books}) == 1
        assert len({str(finding_of(book)) for book in fleet.books}) == 1


def shown_over(fleet: Fleet, book: Session, stream: Stream) -> None:
    """What waits is shown over the snapshot."""
    said, _without = expected.confirmed(fleet.order, book.roster, stream, book.sync.chain(stream).position)
    assert expected.confirmed_aside(book, stream) == expected.cleaned(said)
    waiting = [kept.step for kept in book.ground.journal.without_place(stream)]
    assert expected.stored(book, stream) == expected.cleaned(expected.with_waiting(said, waiting))


def give_again_is_refused(source: Session, target: Session, stream: Stream) -> None:
    with pytest.raises(Conflict):
        give(source, target, stream)


def finding_of(book: Session) -> list[bytes]:
    """What the search box finds of it all."""
    found: set[bytes] = set()
    for text in "ABCDEFGH":
        result = book.ask(finding.find, text)
        found |= {hit.id for hit in result}
    return sorted(found)


def a_fresh(of: Session):  # type: ignore[no-untyped-def]
    """An empty vault of one more device of the owner's."""
    keys, device = DeviceKeys.fresh(), ids.fresh()
    certify(of, keys.public, device, bytes(of.person.member))
    return a_vault(of, device, keys, FakeClock())


def test_values_of_every_sort_come_over_readable_and_sealed() -> None:
    with two_devices() as (here, there):
        made = here.do(
            customers.add,
            a_customer("Whole", phone="+49 30 1", tags=("a", "b"), address=Address("S", "1", "T"),
                       credit_limit=Money(7, "EUR"), notes="likes olives"),
        )  # fmt: skip
        here.do(customers.edit, made.id, {"notes": "", "phone": "2"})
        send(here, there)
        with a_fresh(here) as fresh:
            for stream in here.roster.facts.streams():
                if here.sync.chain(stream).position:
                    with here.sync.snapshot(stream) as snapshot:
                        data = b"".join(record.data for record in snapshot.records)
                    assert b"olives" not in data
                    give(here, fresh, stream)
            opened = fresh.ask(records.open_one, "customer", made.id).record
            assert opened == here.ask(records.open_one, "customer", made.id).record
            assert fresh.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(7, "EUR")}
            fresh.do(customers.edit, made.id, {"phone": "3"})
            assert fresh.undo().restored == 1


def test_records_of_a_kind_that_is_not_known_yet_come_over_as_they_are() -> None:
    with two_devices() as (here, there):
        stream = Stream(here.identity.books[0], 0)
        edit = Edit("spaceship", bytes(16), (LIFE, "name", "crew"), (True, "Rocinante", [b"\x01" * 16]))
        order_of(here).put_patched(there, stream, (Step(there.sync.device, 1, *stream, 1, (edit,)),))
        order_of(here).pull(here, stream)
        before = here.sync.state_hash(stream)
        more = Edit("spaceship", bytes(16), ("name",), ("Tachi",))
        order_of(here).put_patched(there, stream, (Step(there.sync.device, 2, *stream, 2, (more,)),))
        order_of(here).pull(here, stream)
        assert here.sync.state_hash(stream) != before
        with a_fresh(here) as fresh:
            give(here, fresh, stream)


def test_a_snapshot_of_another_state_is_not_believed() -> None:
    with several_devices(2, "manager") as (here, there):
        made = here.do(customers.add, a_customer("Honest"))
        send(here, there)
        stream = Stream(here.identity.books[0], 0)
        with here.sync.snapshot(stream) as snapshot:
            found = list(snapshot.records)
        state_hash = here.sync.state_hash(stream)
        lies = [[], found[1:], [*found, found[0]]]
        lies.append([SnapshotRecord(one.data.replace(b"Honest", b"Forged"), one.key) for one in found])
        lies.append([SnapshotRecord(bytes(random.Random(1).randbytes(50)), b"") for one in found])
        with a_fresh(here) as fresh:
            for lie in lies:
                before = fresh.state_hash()
                with pytest.raises(Damaged):
                    fresh.sync.take_snapshot(stream, snapshot.chain, None, snapshot.steps, lie, state_hash)
                assert fresh.state_hash() == before
            give(here, fresh, stream)
            assert fresh.ask(records.open_one, "customer", made.id).undecided == 0
