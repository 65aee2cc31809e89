"""Two devices of one company, each with its own book, and what one has to send to the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app import bootstrap, ids
from app.clock import FakeClock
from app.crypto.identity import DeviceKeys, verify
from app.gateway.receiving import Ingested, Received
from app.gateway.session import Session
from app.model.roster import Roster
from app.model.roster_needs import lasts_needed
from app.model.statements import DeviceCertified, Last, signed
from app.store.facts import Facts
from app.store.roster_log import RosterLog
from tests.builders import a_book

RECEIPT_MS = 1_780_000_100_000


@contextmanager
def two_devices() -> Iterator[tuple[Session, Session]]:
    """The owner's first device and a second one, certified by the first; both hold what the founding wrote."""
    with a_book(FakeClock()) as first, a_book(FakeClock()) as second:
        facts, log = Facts(first.database.writer), RosterLog(first.database.writer)
        device, keys = facts.get("device"), DeviceKeys(facts.get("device_keys"))
        roster, fresh, id_ = Roster.read(log.read(), verify), DeviceKeys.fresh(), ids.fresh()
        body = DeviceCertified(
            device=id_, member=roster.standing(device).member, signing=fresh.public.signing,
            sealing=fresh.public.sealing,
        )  # fmt: skip
        needed = sorted(lasts_needed(roster.facts, body))
        body = replace(body, last=tuple(Last(device_, *stream, 0) for device_, stream in needed))
        statement = signed(roster.draft(body, device, 1_780_000_000_000), keys.sign)
        for book in (first, second):
            with book.database.transaction() as connection:
                RosterLog(connection).append(1, statement)
                if book is second:
                    Facts(connection).put("device", id_)
                    Facts(connection).put("device_keys", fresh.private_bytes())
            book.go_on_as(*bootstrap._standing(book.database, FakeClock()))
        yield first, second


def send(book: Session, other: Session, receipt_ms: int = RECEIPT_MS) -> Ingested:
    """Everything that `book` has written and not sent before, taken in by `other`."""
    waiting = book.outbox(most=10_000)
    result = other.ingest([Received(step, keys, receipt_ms, 1) for step, keys in waiting])
    book.acknowledged({step.number: receipt_ms for step, _keys in waiting})
    return result
