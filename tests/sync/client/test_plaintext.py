"""Nothing that a person wrote can be read on the wire, in the server's database, or among its objects."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from app.features.crm import activities, contacts, customers
from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.model.values import Address, Money
from sync.client import files, snapshots
from sync.protocol.codec import write
from sync.protocol.messages import PutChunk
from tests.sync.client.world import World, a_world

PLANTED = "Zanzibar-Quixote"
"""Stands in everything that is written below."""


def spellings(text: str) -> list[bytes]:
    """As it might be found: plain, in other encodings, reversed, in part."""
    plain = [text, text.lower(), text.upper(), text[3:], text[:-3], text[::-1]]
    found = [one.encode(code) for one in plain for code in ("utf-8", "utf-16-le", "utf-16-be")]
    found += [base64.b64encode(text.encode()[at:])[2:-4] for at in range(3)]
    found.append(text.encode().hex().encode())
    return found


class Listening:
    """Everything that passes to and from the server."""

    def __init__(self, world: World) -> None:
        self.heard = bytearray()
        self.requests = 0
        real = world.relay.ask

        def ask_and_listen(request: Any, token: bytes | None = None) -> Any:
            self.requests += 1
            self.heard += write(request) + (token or b"")
            reply = real(request, token)
            self.heard += write(reply)
            return reply

        world.relay.ask = ask_and_listen  # type: ignore[method-assign]


def hits(data: bytes) -> list[bytes]:
    return [one for one in spellings(PLANTED) if one in data]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(snapshots, "INTERVAL", 2)
    monkeypatch.setattr(snapshots, "FAR_BEHIND", 2)
    with a_world("manager") as made:
        yield made


def test_what_was_planted_is_found_nowhere_outside(world: World) -> None:
    listening = Listening(world)
    owner, manager = world.devices
    session, file = owner.session, files.new(3)
    made = session.do(
        customers.add,
        customers.Customer(
            name=f"{PLANTED} Bakery",
            legal_name=f"{PLANTED} Ltd",
            phone="+49 30 7654321",
            email="zanzibar-quixote@example.org",
            web="https://zanzibar-quixote.example.org",
            address=Address(f"{PLANTED} Street 5", "10115", PLANTED, "", "DE"),
            tags=(PLANTED.lower(),),
            notes=f"met at {PLANTED}",
            credit_limit=Money(4_000_00, "EUR"),
        ),
    )
    session.do(contacts.add, Contact(customer=made.id, name=f"Ana {PLANTED}", role=PLANTED))
    session.do(activities.add, Activity(customer=made.id, kind="note", at=1, text=f"said {PLANTED} twice"))
    owner.says(files.put(file, owner.book, lambda at, size: PLANTED.encode()[at : at + size][:3]))
    for number in range(6):
        owner.edits(made.id, notes=f"{PLANTED} {number}")
        owner.sync()
    late = world.join("rep")
    world.settle()
    assert late.reads(made.id, "notes") == f"{PLANTED} 5", "it did arrive where it should"
    assert manager.reads(made.id) == f"{PLANTED} Bakery"
    assert listening.requests > 50
    assert any(isinstance(one, PutChunk) for one in owner.wire.asked), "a snapshot was among it"
    assert hits(bytes(listening.heard)) == []
    assert hits(everything_in(world)) == []
    # The same search finds what is there to be found: ids are what the server sees of records and devices.
    assert owner.session.sync.device in bytes(listening.heard)
    assert hits(PLANTED.encode()) and hits(f"met {PLANTED.upper()}".encode())


def everything_in(world: World) -> bytes:
    """Every value of the server's database, deciphered, and all objects."""
    found = bytearray()
    connection = world.relay.storage._writer  # type: ignore[attr-defined]
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert len(tables) > 10
    for (table,) in tables:
        for row in connection.execute(f"SELECT * FROM {table}").fetchall():
            for value in row:
                found += value if isinstance(value, bytes) else str(value).encode()
    for data in world.relay.objects.held.values():  # type: ignore[attr-defined]
        found += data
    return bytes(found)


def test_names_of_members_books_and_devices_stay_with_the_members() -> None:
    with a_world() as world:
        listening = Listening(world)
        world.join("manager")
        world.settle()
        for secret in (b"Member 1", b"Computer 1", b"Acme Foods", b"Olga Owner"):
            assert secret not in listening.heard


def test_a_size_does_not_tell_which_field_was_saved() -> None:
    with a_world() as world:
        owner = world.owner
        made = owner.adds("Acme")
        owner.sync()
        sizes = set()
        for values in ({"name": "A"}, {"legal_name": "A longer legal name, with a Ltd"}, {"price_list": "x"}):
            owner.edits(made, **values)
            owner.wire.asked.clear()
            owner.sync()
            (push,) = [one for one in owner.wire.asked if one.name == "push"]
            sizes.add(len(push.batches[0].body))
        assert len(sizes) == 1
