"""What a newer program wrote passes through an older one, and is there once that was updated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from app import bootstrap
from app.clock import FakeClock
from app.crypto.keys import SecretKey
from app.crypto.seal import SubjectSealer
from app.features import records
from app.gateway.session import Session
from app.ids import Id
from app.model import entity as entities
from app.model import fitting
from app.model.change import Edit, Step
from app.model.encoding import Sealed, encode
from app.model.entity import LIFE, Record, entity
from app.model.fields import Phone, Tags, Text
from app.model.statements import Stream
from app.store import record_data, rows, schema, sealing
from app.store.database import Database
from app.store.migrate import statements
from tests.gateway import devices
from tests.gateway.devices import order_of, two_devices

SHIP, OTHER = Id(b"\x07" * 16), Id(b"\x08" * 16)
KEY = bytes(range(32))


def forget() -> None:
    """This program does not know ships."""
    known = entities._by_name.pop("ship", None)
    if known is not None:
        entities._by_class.pop(known.cls)
    caches: list[dict[Any, Any]] = [
        rows._plans,
        fitting._shapes,
        record_data._known_readers,
        sealing._sealed_places,
    ]
    for cache in caches:
        for key in [key for key in cache if key[0] in ("ship", "ship_office")]:
            cache.pop(key)


@pytest.fixture(autouse=True)
def ships() -> Iterator[None]:
    forget()
    yield
    forget()


def a_first_version() -> None:
    """An update brings ships with a name."""

    @entity("ship", "Ship")
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Ship(Record):
        name: Annotated[str, Text("Name", required=True, search=True, sort=True)]


def a_second_version() -> None:
    """Another one brings more of them."""
    forget()

    @entity("ship", "Ship")
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Ship(Record):
        name: Annotated[str, Text("Name", required=True, search=True, sort=True)]
        home: Annotated[str, Text("Home", sort=True)] = ""
        radio: Annotated[str, Phone("Radio", personal=True)] = ""
        flags: Annotated[tuple[str, ...], Tags("Flags")] = ()


def updated(book: Session, migration: str) -> Session:
    """The book after a restart in a newer program, which migrates."""
    path, key = book.database.path, book.database._key.reveal()
    book.close()
    database = Database.open(path, SecretKey(key))
    with database.transaction() as connection:
        for statement in statements(migration):
            connection.execute(statement)
    return bootstrap.door(database, FakeClock())


def sent(here: Session, there: Session, number: int, *edits: Edit) -> None:
    stream = Stream(here.identity.books[0], 0)
    device, first, sealed = there.sync.device, 0, []
    for one in edits:
        sealed.append(_sealed(one, device, number, first))
        first += len(one.fields)
    order_of(here).put_patched(there, stream, (Step(device, number, *stream, 5, tuple(sealed)),), {SHIP: KEY})
    order_of(here).pull(here, stream)


def _sealed(edit: Edit, device: bytes, number: int, first: int) -> Edit:
    """As a program writes it that knows the radio to be personal."""
    if "radio" not in edit.fields:
        return edit
    place = edit.fields.index("radio")
    bound = (
        sealing.context(edit.kind, edit.row, device, number) + (first + place).to_bytes(2, "big") + b"radio"
    )
    values = list(edit.values)
    values[place] = Sealed(SubjectSealer(KEY).seal(bound, encode(values[place])))
    return edit._replace(values=tuple(values))


ADDED = """
ALTER TABLE ship ADD COLUMN "home" TEXT NOT NULL DEFAULT '';
ALTER TABLE ship ADD COLUMN "home_sort" TEXT NOT NULL DEFAULT '';
ALTER TABLE ship ADD COLUMN "radio" TEXT NOT NULL DEFAULT '';
ALTER TABLE ship ADD COLUMN "flags" TEXT NOT NULL DEFAULT '';
"""


def test_kinds_and_fields_that_came_too_early_are_there_after_the_update() -> None:
    with two_devices() as (here, there):
        stream = Stream(here.identity.books[0], 0)
        full = ("name", "home", "radio", "flags/red", "flags/blue")
        sent(
            here, there, 1, Edit("ship", SHIP, (LIFE, *full), (True, "Rocinante", "Ceres", "77", True, True))
        )
        sent(here, there, 2, Edit("ship", OTHER, (LIFE, "name"), (True, "Tachi")))
        sent(here, there, 3, Edit("ship", SHIP, ("home",), ("Tycho",)))
        before = here.sync.state_hash(stream)
        a_first_version()
        book = updated(here, schema.declared(entities.entity_named("ship")))
        assert book.sync.state_hash(stream) == before
        assert names(book) == ["Rocinante", "Tachi"]
        assert book.ground.writer.execute("SELECT count(*) FROM unknown_record").fetchone() == (0,)
        sent_on(book, here, there, 4)
        before = book.sync.state_hash(stream)
        a_second_version()
        book = updated(book, ADDED)
        assert book.sync.state_hash(stream) == before
        opened: Any = book.ask(records.open_one, "ship", SHIP)
        assert (opened.record.radio, opened.record.flags) == ("77", ("blue", "red"))
        assert opened.record.home in ("Ceres", "Tycho", "Luna") and opened.undecided == 1
        assert updated(book, "").sync.state_hash(stream) == before


def sent_on(book: Session, here: Session, there: Session, number: int) -> None:
    """One more edit, to the vault as it is now."""
    devices._orders[book] = order_of(here)
    sent(book, there, number, Edit("ship", SHIP, ("home",), ("Luna",)))


def names(book: Session) -> list[str]:
    found = book.ask(records.rows, "ship", book.ask(records.ids, "ship"), ["name"])
    return sorted(name for (name,) in found.values())


def test_a_kind_that_waits_for_its_rights_is_judged_as_a_newer_program_judges_it() -> None:
    with two_devices() as (here, there):
        stream = Stream(here.identity.books[0], 0)
        order, device = order_of(here), there.sync.device
        making = Edit("ship", SHIP, (LIFE, "name"), (True, "Rocinante"))
        for number in (1, 2):
            order.put_patched(there, stream, (Step(device, number, *stream, 5, (making,)),))
            order.pull(here, stream)
            assert here.ground.confirmed(stream, frozenset()).exists("ship", SHIP)
