"""Valid records and open books for tests; a test names only what it is about."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from app import bootstrap, ids
from app.clock import Clock, FakeClock
from app.crypto.keys import SecretKey
from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.features.crm.customers import Customer
from app.features.trust import founding
from app.features.trust.members import Company, Member
from app.gateway.session import Session
from app.i18n import _
from app.ids import Id
from app.store.database import Database
from app.store.migrate import migrate

PASSWORD = "a long walk to the northern market"
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())


def a_customer(name: str = "Golden Gate Bakery", **values: Any) -> Customer:
    """A customer that can be saved as it is."""
    return Customer(name=name, **values)


def a_contact(customer: Id, name: str = "Ana Trujillo", **values: Any) -> Contact:
    """A contact of a customer."""
    return Contact(customer=customer, name=name, **values)


def an_activity(customer: Id, text: str = "Tasted the new olives.", **values: Any) -> Activity:
    """A note on a customer."""
    return Activity(**{"customer": customer, "text": text, "at": 1_780_000_000_000, "kind": "note", **values})


@cache
def _template() -> tuple[bytes, bytes]:
    """The database of a newly made company and its key: made once, copied for every test."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-test-"))
    try:
        key, clock = SecretKey.fresh(), FakeClock()
        database = Database.open(folder / "data.db", key, create=True)
        migrate(database)
        owner = Member(id=ids.fresh(), name="Olga Owner")
        founding.found(database, clock, owner.id)
        session = bootstrap.door(database, clock)
        session.do(
            founding.found_company,
            Company(name="Acme Foods"),
            owner,
            session.identity.company,
            _("Customers"),
        )
        session.close()
        return (folder / "data.db").read_bytes(), key.reveal()
    finally:
        shutil.rmtree(folder)


@contextmanager
def a_book(clock: Clock | None = None, place: Path = MEMORY) -> Iterator[Session]:
    """The open book of a company with one owner and nothing in it: a real vault file, in memory if not elsewhere."""
    content, key = _template()
    folder = Path(tempfile.mkdtemp(dir=place, prefix="provender-test-"))
    try:
        (folder / "data.db").write_bytes(content)
        session = bootstrap.door(Database.open(folder / "data.db", SecretKey(key)), clock or FakeClock())
        try:
            yield session
        finally:
            session.close()
    finally:
        shutil.rmtree(folder)
