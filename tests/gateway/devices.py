"""Several devices of one company, each with its own vault, and the order of what they send to each other."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

from app import bootstrap, ids
from app.clock import Clock, FakeClock
from app.crypto.identity import DeviceKeys, PublicIdentity, verify
from app.crypto.keys import SecretKey
from app.gateway.batches import Ingested
from app.gateway.session import Session
from app.model.roster import Roster
from app.model.roster_needs import lasts_needed
from app.model.statements import AccessGiven, Body, DeviceCertified, Last, MemberAdded, Signed, signed
from app.store.database import Database
from app.store.facts import Facts
from app.store.migrate import migrate
from app.store.roster_log import RosterLog
from tests.builders import MEMORY, a_book
from tests.gateway.order import RECEIPT_MS, Order

__all__ = ["RECEIPT_MS", "a_vault", "certify", "order_of", "say", "send", "several_devices", "two_devices"]

SERVER = {"url": "https://relay.test", "pin": b"", "key": bytes(32)}

_orders: WeakKeyDictionary[Session, Order] = WeakKeyDictionary()
_empty: list[tuple[bytes, bytes]] = []


def order_of(book: Session) -> Order:
    """The order that this device's company has."""
    return _orders[book]


@contextmanager
def two_devices() -> Iterator[tuple[Session, Session]]:
    """The owner's first device and a second one of hers; both have what the founding wrote."""
    with several_devices(2) as (first, second):
        yield first, second


@contextmanager
def several_devices(count: int, *roles: str) -> Iterator[list[Session]]:
    """The owner's first device and others: of hers, or where roles are named, of new members with access to the
    first book's field tier. All have followed what the founding wrote."""
    with ExitStack() as stack:
        order = Order()
        first = stack.enter_context(a_book(FakeClock()))
        _orders[first] = order
        first.sync.put_fact("server", SERVER)
        order.push(first)
        order.pull_all(first)
        others = []
        for number in range(count - 1):
            keys, device = DeviceKeys.fresh(), ids.fresh()
            member = bytes(first.person.member)
            if number < len(roles):
                member = bytes(ids.fresh())
                say(first, MemberAdded(member, roles[number]))
                say(first, AccessGiven(member, first.identity.books[0], 0))
            certify(first, keys.public, device, member)
            others.append(stack.enter_context(a_vault(first, device, keys)))
            _orders[others[-1]] = order
        for book in (first, *others):
            book.sync.take_statements([one for one, _statement in first.roster.statements()])
            order.pull_all(book)
        yield [first, *others]


def say(book: Session, body: Body) -> Signed:
    """Append a statement to the roster as this book knows it."""
    draft = book.roster.draft(body, book.sync.device, 1_780_000_000_000)
    one = signed(draft, DeviceKeys(Facts(book.database.writer).get("device_keys")).sign)
    book.sync.take_statements([one])
    return one


def certify(book: Session, public: PublicIdentity, device: bytes, member: bytes) -> None:
    """Let a new device into the company."""
    body = DeviceCertified(device=device, member=member, signing=public.signing, sealing=public.sealing)
    needed = sorted(lasts_needed(book.roster.facts, body))
    say(book, replace(body, last=tuple(Last(device_, *stream, 0) for device_, stream in needed)))


@contextmanager
def a_vault(of: Session, device: bytes, keys: DeviceKeys, clock: Clock | None = None) -> Iterator[Session]:
    """The vault of a device that has just been certified: nothing in it but the roster."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-test-"))
    try:
        content, key = _empty_vault()
        (folder / "data.db").write_bytes(content)
        database = Database.open(folder / "data.db", SecretKey(key))
        with database.transaction() as connection:
            for at, (one, _statement) in enumerate(of.roster.statements()):
                RosterLog(connection).append(at, one)
            facts = Facts(connection)
            facts.put("device", device)
            facts.put("device_keys", keys.private_bytes())
            facts.put("server", SERVER)
        session = bootstrap.door(database, clock or FakeClock())
        try:
            yield session
        finally:
            session.close()
    finally:
        shutil.rmtree(folder)


def _empty_vault() -> tuple[bytes, bytes]:
    """A migrated database without anything, and its key: made once, copied for every test."""
    if not _empty:
        folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-test-"))
        try:
            key = SecretKey.fresh()
            database = Database.open(folder / "data.db", key, create=True)
            migrate(database)
            raw = key.reveal()
            database.close()
            _empty.append(((folder / "data.db").read_bytes(), raw))
        finally:
            shutil.rmtree(folder)
    return _empty[0]


def send(book: Session, other: Session, receipt_ms: int | None = None) -> Ingested:
    """Everything that `book` has written and not sent before, taken in by `other`; what `other` then learns."""
    order = order_of(book)
    order.receipt_ms = order.receipt_ms if receipt_ms is None else receipt_ms
    order.push(book)
    order.pull_all(book)
    return order.pull_all(other)


def reread(book: Session) -> Roster:
    """The roster as it is stored, validated anew."""
    return Roster.read(RosterLog(book.database.writer).read(), verify)
