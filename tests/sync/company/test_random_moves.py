"""Random histories of moves, edits, contacts and duplicates on devices that hear of each other late: all agree, each
customer lives once, and nothing that anybody wrote is missing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.features import records
from app.features.crm import contacts, customers
from app.features.crm.contacts import Contact
from app.features.crm.customers import Customer
from app.features.trust import moving
from app.ids import Id
from tests.builders import a_contact, a_customer
from tests.sync.client.world import Device, a_world
from tests.sync.company.test_moving import Scene

DEVICES = 3


@contextmanager
def a_scene() -> Iterator[Scene]:
    with a_world() as world:
        scene = Scene(world)
        for _more in range(DEVICES - 1):
            world.join("owner")
        world.settle()
        yield scene


class History:
    """What happens, from a seed; `tags` and `people` are everything that anybody has written."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.random = scene, random.Random(seed)
        self.books = (scene.home, scene.south, scene.east)
        self.tags: dict[str, set[str]] = {}
        self.people: dict[str, set[str]] = {}
        self.count = 0

    def run(self, steps: int) -> None:
        for name in ("A", "B"):
            self.scene.owner.session.do(customers.add, a_customer(name))
            self.tags[name], self.people[name] = set(), set()
        self.scene.world.settle()
        for _step in range(steps):
            device = self.random.choice(self.scene.world.devices)
            self.random.choices([self.edit, self.contact, self.move, self.sync], [5, 2, 2, 4])[0](device)

    def one(self, device: Device) -> Customer | None:
        # Chosen by what is the same in every run: ids are not.
        found = sorted(customers_of(device), key=lambda one: (one.name, self.books.index(one.book)))
        return self.random.choice(found) if found else None

    def edit(self, device: Device) -> None:
        record = self.one(device)
        if record is not None:
            self.count += 1
            tag = f"tag {self.count:03}"
            device.edits(record.id, tags=(*record.tags, tag), phone=f"+49 30 {self.count:04}")
            self.tags[record.name].add(tag)

    def contact(self, device: Device) -> None:
        record = self.one(device)
        if record is not None:
            self.count += 1
            name = f"Person {self.count:03}"
            device.session.do(contacts.add, a_contact(record.id, name))
            self.people[record.name].add(name)

    def move(self, device: Device) -> None:
        record = self.one(device)
        if record is not None:
            book = self.random.choice([one for one in self.books if one != record.book])
            device.session.do(moving.move, [record.id], book)

    def sync(self, device: Device) -> None:
        device.sync()
        if self.random.random() < 0.5:
            moving.settle(device.session)


def customers_of(device: Device) -> list[Customer]:
    rows = list(device.session.ask(records.ids, "customer"))
    found = device.session.ask(records.rows, "customer", rows, ["id"])
    made = []
    for (id_,) in found.values():
        record = device.session.ask(records.open_one, "customer", Id(id_)).record
        assert isinstance(record, Customer)
        made.append(record)
    return sorted(made, key=lambda one: (one.name, one.id))


def people_of(device: Device, customer: Id) -> set[str]:
    found: list[Contact] = device.session.ask(records.children, "contact", customer)
    names = [one.name for one in found]
    assert len(names) == len(set(names)), "a contact twice"
    return set(names)


@pytest.mark.parametrize("seed", range(3))
def test_all_agree_and_nothing_is_lost(seed: int) -> None:
    with a_scene() as scene:
        history = History(scene, seed)
        history.run(40)
        for _round in range(4):
            scene.settle()
        for device in scene.world.devices:
            assert not device.session.unsent()
            assert moving.settle(device.session) == 0
            found = customers_of(device)
            assert [one.name for one in found] == ["A", "B"], seed
            for one in found:
                assert set(one.tags) == history.tags[one.name], seed
                assert people_of(device, one.id) == history.people[one.name], seed
                assert one.phone in ("", *(f"+49 30 {n:04}" for n in range(history.count + 1)))
        assert scene.agree(), seed
