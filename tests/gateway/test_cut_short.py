"""Taking in batches is cut short between any two statements: nothing of it has happened, and it succeeds the next time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app import bootstrap
from app.clock import FakeClock
from app.crypto.keys import SecretKey
from app.features.crm import contacts, customers
from app.gateway.session import Session
from app.model.change import Edit, Step
from app.model.entity import LIFE
from app.model.statements import Stream
from app.store.database import Database
from tests.builders import MEMORY, a_contact, a_customer
from tests.gateway import expected
from tests.gateway.devices import order_of, several_devices
from tests.gateway.test_snapshots import a_fresh

MOST_STATEMENTS = 500


class Cut(Exception):
    """The power went away."""


class Cutting:
    """The writing connection, until so many statements were executed."""

    def __init__(self, connection: Any, left: int, at_the_cut: Callable[[], None]) -> None:
        self._connection, self._left, self._at_the_cut = connection, left, at_the_cut

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> Any:
        self._count(sql)
        return self._connection.execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> Any:
        self._count(sql)
        return self._connection.executemany(sql, *values)

    def _count(self, sql: str) -> None:
        if sql.startswith(("BEGIN", "ROLLBACK")):
            return
        if self._left == 0:
            self._left = -1
            self._at_the_cut()
            raise Cut
        self._left -= 1


@contextmanager
def cut_after(book: Session, statements: int, at_the_cut: Callable[[], None]) -> Iterator[None]:
    database, connection = book.database, book.database._writer
    database._writer = Cutting(connection, statements, at_the_cut)
    book._stand_on_writer()
    try:
        yield
    finally:
        database._writer = connection
        book._stand_on_writer()


def picture(book: Session, stream: Stream) -> Any:
    """Everything that following alters."""
    ground = book.ground
    return (
        expected.stored(book, stream),
        expected.confirmed_aside(book, stream),
        book.sync.chain(stream),
        book.sync.waiting(),
        ground.quarantine.of(stream),
        [(kept.step.number, kept.state, kept.position) for kept in ground.journal.all_without_place()],
        book.state_hash(),
    )


def prepared(here: Session, there: Session, clerk: Session, stream: Stream) -> None:
    """Something of every sort for `here` to take in: rows of others, edits of what waits here, own batches with and
    without effect, a void one, a kind that nobody knows."""
    order = order_of(here)
    made = here.do(customers.add, a_customer("Both", phone="1"))
    other = here.do(customers.add, a_customer("Other"))
    for book in (here, there, clerk):
        order.push(book)
        order.pull_all(book)
    here.do(customers.edit, made.id, {"phone": "mine", "name": "Mine"})
    order.seal(here, stream)
    order.send(here, stream)
    there.do(customers.edit, made.id, {"phone": "theirs", "tags": ("t",)})
    there.do(contacts.add, a_contact(made.id, phone="5"))
    there.do(customers.delete, [other.id])
    order.push(there)
    here.do(customers.edit, other.id, {"notes": "still here"})
    here.do(customers.edit, made.id, {"stage": "trial"})
    odd = [
        Edit("spaceship", bytes(16), (LIFE, "name"), (True, "Rocinante")),
        Edit("customer", made.id, (LIFE,), ([[there.sync.device, 1, 0, 5]],)),
    ]
    for number, edit in enumerate(odd, 500):
        step = Step(clerk.sync.device, number, *stream, 1, (edit,))
        order.put_patched(clerk, stream, (step,))
    order.put_patched(clerk, stream, (Step(clerk.sync.device, 1, *stream, 1, ()),))


@pytest.mark.parametrize("way", ["follow", "snapshot"])
def test_a_cut_between_any_two_statements_changes_nothing(way: str) -> None:
    with several_devices(3, "clerk") as (here, clerk, there), a_fresh(here) as fresh:
        for book in (there, clerk):
            book.sync.take_statements([one for one, _statement in here.roster.statements()])
        stream = Stream(here.identity.books[0], 0)
        prepared(here, there, clerk, stream)
        order = order_of(here)
        order.pull(fresh, stream)

        def take() -> None:
            if way == "follow":
                order.pull(here, stream)
            else:
                with fresh.sync.snapshot(stream) as snapshot:
                    records = list(snapshot.records)
                here.sync.take_snapshot(
                    stream, snapshot.chain, None, snapshot.steps, records, fresh.sync.state_hash(stream)
                )

        before = picture(here, stream)
        for statements in range(MOST_STATEMENTS):
            try:
                with cut_after(here, statements, lambda at=statements: _image(here, stream, before, at)):  # type: ignore[misc]
                    take()
            except Cut:
                assert picture(here, stream) == before, statements
            else:
                break
        assert 15 < statements < MOST_STATEMENTS
        assert here.sync.state_hash(stream) == fresh.sync.state_hash(stream)
        assert picture(here, stream) != before
        order.push(here)
        for book in (here, fresh, there):
            order.pull(book, stream)
        assert len({book.sync.state_hash(stream) for book in (here, fresh, there)}) == 1


def _image(book: Session, stream: Stream, before: Any, statements: int) -> None:
    """What a restart would find at that moment."""
    if statements % 7:
        return
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-test-"))
    try:
        for path in book.database.path.parent.glob("data.db*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder / path.name)
        database = Database.open(folder / "data.db", SecretKey(book.database._key.reveal()))
        again = bootstrap.door(database, FakeClock())
        assert picture(again, stream) == before, statements
        again.close()
    finally:
        shutil.rmtree(folder)
