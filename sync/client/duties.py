"""What a device does by itself once it has synchronised: nobody is asked, since nobody decides anything by it."""

from __future__ import annotations

from typing import Final

from app.errors import AppError, Conflict, Refused
from app.features.trust import books, custody, moving
from app.features.trust.saying import Saying, rehearsed
from app.gateway.session import Session
from sync.client import enrol
from sync.client.engine import Report
from sync.client.talk import Talk

CONTACT_NOTED_MS: Final = 10 * 60 * 1000
"""How closely a vault remembers its last contact: a lease counts days."""


def fulfil(session: Session, report: Report, now_ms: int) -> Talk[None]:
    """After a round that ended well. Marks the report as busy where another round is needed to send what it did,
    and as locked where this device was asked to lock: whoever holds the book then closes it, and the keyring forgets.
    """
    sync = session.sync
    if not 0 <= now_ms - sync.fact(custody.CONTACT, 0) < CONTACT_NOTED_MS:
        sync.put_fact(custody.CONTACT, now_ms)
    session.barred = ""
    if custody.must_lock(sync, sync.roster, sync.device):
        custody.obey(sync, sync.roster, sync.device)
        report.is_locked = True
        return
    try:
        ended = [one for one in books.ended(sync.roster, sync.device, now_ms) if _may(session, one, now_ms)]
        if ended and (yield from enrol.say_all(session, ended)):
            yield from enrol.rotate(session)
            report.busy = True
        if moving.settle(session):
            report.busy = True
    except (Refused, Conflict):
        return  # somebody with other rights does it, or has just done it
    except AppError as error:  # it is tried again after the next round
        report.problems.append(error)


def _may(session: Session, saying: Saying, now_ms: int) -> bool:
    """Whether this device is one that may say it: nobody is bothered with what somebody else has to do."""
    try:
        rehearsed(session.sync.roster, [saying], session.sync.device, now_ms)
    except AppError:
        return False
    return True
