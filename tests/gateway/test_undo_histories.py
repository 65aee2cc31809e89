"""Random histories of commands, taken back one after the other and done again: every state comes back."""

from __future__ import annotations

import random
from typing import Any

import pytest

from app.features import records
from app.features.crm import custom_fields
from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import Customer
from app.gateway.command import command
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.ids import Id
from app.model.change import MOST_CHANGES
from app.model.custom import as_field, definition_id
from app.model.entity import entity_named
from app.model.values import Address, Money, Position
from tests.builders import a_book, a_contact, an_activity
from tests.gateway.devices import send, two_devices

CHOICES: dict[str, list[Any]] = {
    "name": ["A", "B", "C"],
    "phone": ["", "1", "2"],
    "notes": ["", "n", "m"],
    "stage": ["lead", "active", ""],
    "tags": [(), ("a",), ("a", "b"), ("b", "c")],
    "windows": [(), ("mo 06:00-10:30",)],
    "address": [Address(), Address("S"), Address("T", "1")],
    "position": [None, Position(1, 2)],
    "credit_limit": [None, Money(1, "EUR"), Money(2, "EUR")],
}


class Dice:
    """Decides what the commands of one history do."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(f"{seed}")
        self.ids: list[Id] = []
        self.custom: list[str] = []

    def values(self) -> dict[str, Any]:
        every = {**CHOICES, **{name: ["", "p", "q"] for name in self.custom}}
        return {name: self.random.choice(some) for name, some in every.items() if self.random.random() < 0.4}

    def play(self, tx: Tx) -> None:
        for _ in range(self.random.randint(1, 6)):
            self._one(tx)

    def _one(self, tx: Tx) -> None:
        living = [id_ for id_ in self.ids if tx.has(Customer, id_)]
        chance = self.random.random()
        if chance < 0.35 or not living:
            values = {"name": "N", **self.values()}
            custom = {definition_id(name): values.pop(name) for name in self.custom if values.get(name)}
            plain = {name: value for name, value in values.items() if name not in self.custom}
            self.ids.append(tx.save(Customer(**plain, custom=custom)).id)
        elif chance < 0.75:
            tx.edit(Customer, self.random.choice(living), self.values())
        elif chance < 0.85:
            tx.save(a_contact(self.random.choice(living), phone=self.random.choice(["", "5"])))
        elif chance < 0.92:
            tx.save(an_activity(self.random.choice(living)))
        else:
            tx.delete(Customer, self.random.choice(living))


@command("customer.test_history", "History")
def act(tx: Tx, dice: Dice) -> None:
    dice.play(tx)


def begin(book: Session, seed: object) -> Dice:
    dice = Dice(seed)
    for label in ("One", "Two"):
        made = book.do(custom_fields.add, CustomField(label=label, of="customer"))
        dice.custom.append(as_field(made.id, label, "text").name)
    return dice


def seen(book: Session, dice: Dice) -> dict[Any, Any]:
    """Everything that a person can see of the book."""
    found = {}
    for kind, cls in (("customer", Customer), ("contact", Contact), ("activity", Activity)):
        names = [field.name for field in entity_named(kind).fields if not field.restricted]
        own = dice.custom if cls is Customer else []
        rows = book.ask(records.ids, kind)
        for values in book.ask(records.rows, kind, rows, ["id", *names, *own, "marks"]).values():
            office = book.ask(records.restricted, kind, values[0]) if cls is Customer else {}
            found[kind, values[0]] = (values, office)
    return found


@pytest.mark.parametrize("seed", range(15))
def test_undo_after_undo_and_redo_after_redo_come_to_every_state_between(seed: int) -> None:
    with a_book() as book:
        dice = begin(book, seed)
        states = [seen(book, dice)]
        for _command in range(dice.random.randint(2, 8)):
            before = book.undo_mark()
            book.do(act, dice)
            if book.undo_mark() != before:
                states.append(seen(book, dice))
        for _again in range(2):
            count = dice.random.randint(1, len(states) - 1)
            for back in range(count):
                assert book.undo().kept_count == 0
                assert seen(book, dice) == states[-2 - back], (seed, "undo", back)
            for forth in range(count):
                book.redo()
                assert seen(book, dice) == states[forth - count], (seed, "redo", forth)
        assert all(kept.step.size <= MOST_CHANGES for kept in book.ground.journal.all_without_place())


@pytest.mark.parametrize("seed", range(8))
def test_two_devices_that_undo_and_redo_between_exchanges_agree_in_the_end(seed: int) -> None:
    with two_devices() as (here, there):
        dice = begin(here, seed)
        send(here, there)
        with here.database.transaction():
            here._undo.clear()  # the custom fields stay
        for _round in range(6):
            for book in (here, there):
                for _command in range(dice.random.randint(0, 3)):
                    chance = dice.random.random()
                    if chance < 0.25 and book.undoable():
                        book.undo()
                    elif chance < 0.35 and book.redoable():
                        book.redo()
                    else:
                        book.do(act, dice)
            if dice.random.random() < 0.7:
                assert not send(here, there).void and not send(there, here).void
        send(here, there)
        send(there, here)
        # Not the hash of the state: what a deletion covers is told by the order, which a server will give.
        assert seen(here, dice) == seen(there, dice)
