"""Random nonsense from a certified device: the book can be read, written and taken back all the same."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app import ids
from app.errors import NotFound
from app.features.crm import activities, contacts, custom_fields, customers, views
from app.features.crm.custom_fields import CustomField
from app.features.trust import audit
from app.model.change import Dot, Edit
from app.model.encoding import Sealed
from app.model.entity import LIFE, entity_named
from tests.builders import a_contact, a_customer, an_activity
from tests.gateway.devices import send, two_devices
from tests.gateway.test_hostile_steps import look_at_everything, push

KINDS = (
    "customer",
    "contact",
    "activity",
    "site",
    "custom_field",
    "saved_view",
    "member",
    "company",
    "later",
)
SAVED = '{"filters":[{"field":"name","test":"contains","value":"a"}]}'


def value(dice: random.Random) -> Any:
    return dice.choice(
        [None, True, False, 0, 5, -1, 2**53, "", "x", "\n", "2026-01-01", "1.5", "mo 06:00-10:30", b"", os.urandom(16),
         [], ["a"], list("abcde"), [1, 2], [5, "EUR"], [[]], [None], Sealed(os.urandom(60)), "é" * 300, "\u202e", "[",
         SAVED]
    )  # fmt: skip


def edit(dice: random.Random, rows: list[bytes], custom: str, devices: tuple[bytes, ...]) -> Edit:
    kind = dice.choice(KINDS)
    names = [LIFE, custom, "zz", "zz/x"]
    if kind != "later":
        for field in entity_named(kind).fields:
            names += [field.name, f"{field.name}/{dice.choice(['a', '', 'b' + chr(10), 'x' * 50])}"]
    fields = dice.sample(names, dice.randint(1, min(8, len(names))))
    if dice.random() < 0.3:
        fields = [LIFE, *(name for name in fields if name != LIFE)]
    lives = [True, [], [[devices[0], 1, 0, 5]], 5]
    values = tuple(dice.choice(lives) if name == LIFE else value(dice) for name in fields)
    seen: tuple[tuple[Dot, ...], ...] = ()
    if dice.random() < 0.5:
        seen = tuple(
            tuple(
                {
                    Dot(dice.choice(devices), dice.randint(1, 8), dice.randint(0, 9))
                    for _ in range(dice.randint(0, 2))
                }
            )
            for _name in fields
        )
    return Edit(kind, dice.choice(rows), tuple(fields), values, seen)


@pytest.mark.parametrize("seed", range(8))
def test_random_steps_stop_nothing(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer(phone="1", tags=("a",)))
        contact = here.do(contacts.add, a_contact(made.id))
        activity = here.do(activities.add, an_activity(made.id))
        kind = dice.choice(["number", "choices", "money", "text"])
        own = here.do(custom_fields.add, CustomField(label="S", of="customer", kind=kind))
        send(here, there)
        rows = [made.id, contact.id, activity.id, own.id, bytes(16)]
        devices = (there.identity.device, here.identity.device)
        for number in range(1000, 1020):
            edits = [edit(dice, rows, f"x:{ids.show(own.id)}", devices) for _ in range(dice.randint(1, 3))]
            push(
                there, here, *edits, number=number, tier=dice.choice([0, 0, 0, 1]),
                book=dice.choice([here.identity.books[0], here.identity.company_book]),
                time_ms=dice.choice([0, 1, -5, 2**53, 1_780_000_000_000]),
            )  # fmt: skip
        with suppress(NotFound):
            look_at_everything(here, made.id, tmp_path)
        here.ask(custom_fields.definitions)
        here.ask(views.of_list, "customer", "")
        here.ask(audit.listed)
        for _again in range(6):
            with suppress(NotFound):
                here.do(customers.edit, made.id, {"name": dice.choice("ABC"), "tags": ("q",), "phone": "3"})
            if here.undoable():
                here.undo()
