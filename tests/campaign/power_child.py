"""The life of a book that the power-loss campaign records: `python -m tests.campaign.power_child FOLDER SEED`.

Prints one line after each thing that was acknowledged: `ack NUMBER STATE-HASH`, the hash being what a reopened
book must say.
"""

from __future__ import annotations

import os
import random
import sys
from functools import partial
from pathlib import Path

from app import bootstrap, ids
from app.clock import FakeClock
from app.crypto.keys import SecretKey
from app.features.crm import customers
from app.features.trust import founding
from app.features.trust.members import Company, Member
from app.gateway.command import command
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.store.database import Database
from app.store.migrate import migrate
from app.store.place import replace_file
from tests.builders import a_customer

ROUNDS = 12


def key(number: int) -> SecretKey:
    """The database keys of this campaign, from their numbers."""
    return SecretKey(bytes([number + 1]) * 32)


@command("customer.power_import", "Import")
def many(tx: Tx, start: int, count: int) -> None:
    for number in range(start, start + count):
        tx.save(a_customer(f"Customer {number}", phone=f"+49 {number:06}", notes="x" * (number % 97)))


def name_key(folder: Path, number: int) -> None:
    """Stands for the header, which names the key; written as the header is."""
    replace_file(folder / "header", str(number).encode())


def say(number: int, session: Session) -> None:
    """One acknowledgement, in one write so that the recording keeps its place."""
    os.write(1, f"ack {number} {session.state_hash().hex()}\n".encode())


def main(folder: Path, seed: int, careless: bool = False) -> None:
    """Make a book, then edit, import, undo, delete, checkpoint and re-key it, as the seed draws."""
    draw = random.Random(seed)
    clock = FakeClock()
    database = Database.open(folder / "data.db", key(0), create=True)
    name_key(folder, 0)
    if careless:  # a program that does not wait for the disk: the campaign must catch it
        database.writer.execute("PRAGMA synchronous=OFF")
    migrate(database)
    owner = Member(id=ids.fresh(), name="Olga Owner")
    founding.found(database, clock, owner.id)
    session = bootstrap.door(database, clock)
    session.do(founding.found_company, Company(name="Acme"), owner, session.identity.company, "Customers")
    made = [session.do(customers.add, a_customer("First")).id]
    key_number = number = 0
    say(number, session)
    for round_ in range(ROUNDS):
        for work in draw.sample(("add", "edit", "import", "undo", "checkpoint", "delete", "rekey"), 4):
            if work == "add":
                made.append(session.do(customers.add, a_customer(f"Added {round_}")).id)
            elif work == "edit":
                session.do(customers.edit, made[0], {"notes": f"called {round_}", "phone": str(number)})
            elif work == "import":
                session.do(many, number * 1000, 150)
            elif work == "undo":
                session.do(customers.edit, made[0], {"code": str(number)})
                number += 1
                say(number, session)
                session.undo()
            elif work == "checkpoint":
                database.checkpoint()
            elif work == "delete" and len(made) > 1:
                session.do(customers.delete, [made.pop()])
            elif work == "rekey" and round_ % 4 == 3:
                key_number += 1
                database.rekey(key(key_number), commit=partial(name_key, folder, key_number))
                session = bootstrap.door(database, clock)
            number += 1
            say(number, session)
    os.write(1, b"end\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "careless" in sys.argv)
