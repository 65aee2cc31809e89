"""Moves between books: they beat edits, late edits are taken over once, and of two moves the first holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.errors import Conflict, NotFound, Refused
from app.features import records
from app.features.crm import activities, contacts, customers, duplicates
from app.features.crm.customers import Customer
from app.features.trust import books, moving
from app.gateway.session import Session
from app.ids import Id
from app.model.moving import moved_id
from app.model.values import Money
from sync.client import enrol
from tests.builders import a_contact, a_customer, an_activity
from tests.sync.client.world import World, a_world


class Scene:
    """A company with three books and devices that have all of them."""

    def __init__(self, world: World) -> None:
        self.world, self.owner = world, world.owner
        self.home = self.owner.session.identity.books[0]
        self.south, self.east = self.makes("South"), self.makes("East")

    def makes(self, name: str) -> Id:
        owner = self.owner
        book, making = books.make(owner.session.sync)
        owner.says(enrol.decide(owner.session, making, self.world.clock.now_ms()))
        owner.session.do(books.name, book, name)
        owner.sync()
        return book

    def settle(self) -> None:
        """Everybody synchronises and does what is to be done about moves, until nothing is."""
        for _turn in range(5):
            for device in self.world.devices:
                device.sync()
                moving.settle(device.session)
        for device in self.world.devices:
            device.sync()

    def agree(self) -> bool:
        streams = self.owner.session.sync.streams()
        return all(len({device.hash(stream) for device in self.world.devices}) == 1 for stream in streams)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with a_world() as world:
        yield Scene(world)


def book_of(session: Session, customer: Id) -> Id:
    return session.ask(records.open_one, "customer", customer).record.book


def children(session: Session, kind: str, customer: Id) -> int:
    return len(session.ask(records.children, kind, customer))


def test_a_customer_moves_whole_and_the_old_one_points_on(scene: Scene) -> None:
    session = scene.owner.session
    made = session.do(
        customers.add,
        a_customer(phone="020 1", tags=("vip", "north"), credit_limit=Money(500_00, "EUR")),
    )
    contact = session.do(contacts.add, a_contact(made.id, phone="020 2"))
    session.do(activities.add, an_activity(made.id, contact=contact.id))
    (there,) = session.do(moving.move, [made.id], scene.south)
    assert there == moved_id(made.id, scene.south) and session.ask(moving.where, made.id) == there
    found = session.ask(records.open_one, "customer", there).record
    assert isinstance(found, Customer)
    assert (found.name, found.phone, found.tags) == (made.name, "020 1", ("north", "vip"))
    assert found.book == scene.south
    assert session.ask(records.restricted, "customer", there)["credit_limit"] == Money(500_00, "EUR")
    with pytest.raises(NotFound):
        session.ask(records.open_one, "customer", made.id)
    for kind in ("contact", "activity"):
        assert (children(session, kind, made.id), children(session, kind, there)) == (0, 1)
    (activity,) = session.ask(records.children, "activity", there)
    assert activity.contact == moved_id(contact.id, scene.south)
    assert session.undoable() != "Move 1 customer"


def test_another_device_sees_it_there_alone(scene: Scene) -> None:
    other = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate")
    scene.settle()
    scene.owner.session.do(moving.move, [id_], scene.south)
    scene.settle()
    assert scene.agree() and other.names() == ["Golden Gate"]
    assert book_of(other.session, moved_id(id_, scene.south)) == scene.south


def test_a_move_beats_an_edit_that_it_had_not_seen_and_the_edit_is_taken_over(scene: Scene) -> None:
    other = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate", phone="1", email="a@example.org")
    scene.settle()
    other.edits(id_, phone="2")
    other.session.do(customers.edit, id_, {"credit_limit": Money(7_00, "EUR")})
    other.sync()  # ordered before the move, which has not seen it
    scene.owner.session.do(moving.move, [id_], scene.south)
    scene.settle()
    there = moved_id(id_, scene.south)
    for device in scene.world.devices:
        assert device.reads(there, "phone") == "2" and device.reads(there, "email") == "a@example.org"
        assert not device.kept(there, "phone")
        restricted = device.session.ask(records.restricted, "customer", there)
        assert restricted["credit_limit"] == Money(7_00, "EUR")
    assert scene.agree()


def test_a_late_edit_is_issued_anew_once_even_if_two_devices_do_it(scene: Scene) -> None:
    second, late = scene.world.join("owner"), scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate", phone="1")
    scene.settle()
    scene.owner.session.do(moving.move, [id_], scene.south)
    scene.owner.sync()
    late.edits(id_, phone="2")  # has not heard of the move
    late.sync()
    there = moved_id(id_, scene.south)
    for device in (scene.owner, second):
        device.sync()
    # Both take it over, neither knows of the other; then somebody edits what he sees.
    assert moving.settle(scene.owner.session) == moving.settle(second.session) == 1
    scene.owner.sync()
    scene.owner.edits(there, phone="3")
    scene.owner.sync()
    second.sync()
    scene.settle()
    for device in scene.world.devices:
        assert device.reads(there, "phone") == "3"
        assert not device.kept(there, "phone")
        assert moving.settle(device.session) == 0
    assert scene.agree()


def test_a_late_edit_meets_what_was_edited_in_the_new_book(scene: Scene) -> None:
    late = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate", phone="1")
    scene.settle()
    scene.owner.session.do(moving.move, [id_], scene.south)
    there = moved_id(id_, scene.south)
    scene.owner.edits(there, phone="2")
    late.edits(id_, phone="3")
    scene.settle()
    for device in scene.world.devices:
        assert device.kept(there, "phone") == {"2", "3"}
    assert scene.agree()


def test_a_contact_that_was_made_too_late_moves_after_its_customer(scene: Scene) -> None:
    late = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate")
    scene.settle()
    scene.owner.session.do(moving.move, [id_], scene.south)
    scene.owner.sync()
    made = late.session.do(contacts.add, a_contact(id_))
    late.session.do(activities.add, an_activity(id_, contact=made.id))
    scene.settle()
    there = moved_id(id_, scene.south)
    for device in scene.world.devices:
        (contact,) = device.session.ask(records.children, "contact", there)
        assert contact.id == moved_id(made.id, scene.south)
        (activity,) = device.session.ask(records.children, "activity", there)
        assert activity.contact == contact.id
    assert scene.agree()


def test_of_two_moves_the_first_in_the_old_books_order_holds(scene: Scene) -> None:
    second = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate", phone="1")
    scene.owner.session.do(contacts.add, a_contact(id_))
    scene.settle()
    scene.owner.session.do(moving.move, [id_], scene.south)
    second.session.do(moving.move, [id_], scene.east)
    second.edits(moved_id(id_, scene.east), phone="2")
    second.sync()  # East was first
    scene.owner.edits(moved_id(id_, scene.south), email="late@example.org")
    scene.settle()
    there = moved_id(id_, scene.east)
    for device in scene.world.devices:
        assert device.names() == ["Golden Gate"]
        assert (device.reads(there, "phone"), device.reads(there, "email")) == ("2", "late@example.org")
        assert device.session.ask(moving.where, id_) == there
        assert device.session.ask(moving.where, moved_id(id_, scene.south)) == there
        assert children(device.session, "contact", there) == 1
    assert scene.agree()


def test_two_who_move_it_to_the_same_book_make_one(scene: Scene) -> None:
    second = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate", phone="1")
    scene.settle()
    for device in (scene.owner, second):
        device.session.do(moving.move, [id_], scene.south)
    scene.settle()
    there = moved_id(id_, scene.south)
    for device in scene.world.devices:
        assert device.names() == ["Golden Gate"] and not device.kept(there, "phone")
    assert scene.agree()


def test_moving_on_and_back_takes_late_edits_along(scene: Scene) -> None:
    late = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate", phone="1")
    scene.settle()
    (south,) = scene.owner.session.do(moving.move, [id_], scene.south)
    (again,) = scene.owner.session.do(moving.move, [south], scene.home)
    assert again not in (id_, south)
    late.edits(id_, phone="2")
    scene.settle()
    for device in scene.world.devices:
        assert device.names() == ["Golden Gate"] and device.reads(again, "phone") == "2"
        assert device.session.ask(moving.where, id_) == again
    assert scene.agree()


def test_what_nobody_has_decided_yet_stays_open(scene: Scene) -> None:
    other = scene.world.join("owner")
    id_ = scene.owner.adds("Golden Gate", phone="1")
    scene.settle()
    scene.owner.edits(id_, phone="2")
    other.edits(id_, phone="3")
    scene.settle()
    assert scene.owner.kept(id_, "phone") == {"2", "3"}
    shown = scene.owner.reads(id_, "phone")
    (there,) = scene.owner.session.do(moving.move, [id_], scene.south)
    assert scene.owner.kept(there, "phone") == {"2", "3"} and scene.owner.reads(there, "phone") == shown
    scene.settle()
    assert other.kept(there, "phone") == {"2", "3"} and other.reads(there, "phone") == shown


def test_a_rep_moves_nothing_and_needs_both_books(scene: Scene) -> None:
    rep = scene.world.join("rep", [scene.home], office=False)
    id_ = scene.owner.adds("Golden Gate")
    scene.settle()
    with pytest.raises(Refused):
        rep.session.do(moving.move, [id_], scene.south)
    manager = scene.world.join("manager", [scene.home, scene.south], office=False)
    scene.settle()
    with pytest.raises(Refused):
        manager.session.do(moving.move, [id_], scene.south)  # its restricted fields would be left behind
    with pytest.raises(Refused):
        manager.session.do(moving.move, [id_], scene.east)


def test_what_moves_away_is_gone_for_who_has_only_the_old_book(scene: Scene) -> None:
    rep = scene.world.join("rep", [scene.home], office=False)
    id_ = scene.owner.adds("Golden Gate", phone="1")
    scene.settle()
    rep.edits(id_, phone="2")
    scene.owner.session.do(moving.move, [id_], scene.south)
    scene.settle()
    assert rep.names() == []
    assert scene.owner.reads(moved_id(id_, scene.south), "phone") == "2"


def test_duplicates_move_along(scene: Scene) -> None:
    session = scene.owner.session
    kept, twin = scene.owner.adds("Golden Gate"), scene.owner.adds("Goldn Gate")
    session.do(contacts.add, a_contact(twin))
    session.do(duplicates.merge, kept, [twin])
    (there,) = session.do(moving.move, [kept], scene.south)
    assert scene.owner.names() == ["Golden Gate"]
    assert [one.id for one in session.ask(duplicates.of, there)] == [moved_id(twin, scene.south)]
    assert children(session, "contact", there) == 1
    with pytest.raises(Conflict):
        session.do(duplicates.merge, there, [scene.owner.adds("Elsewhere")])
