"""Coming in: admitting companies, signing their devices in."""

from __future__ import annotations

import os

from app.errors import AppError
from app.model.chain import origin
from app.model.roster import Roster, outdated
from app.model.statements import Signed
from sync.protocol.messages import (
    PROTOCOL,
    SESSION_MS,
    SESSION_PURPOSE,
    Admit,
    Challenge,
    Challenged,
    Deposit,
    Done,
    FetchRoster,
    Hello,
    Reply,
    Request,
    SignedIn,
    SignIn,
    Welcome,
)
from sync.protocol.problems import Problem
from sync.protocol.signed import session_message
from sync.server import statements
from sync.server.asked import MOST_REMEMBERED, Asked, House, Who, sha256
from sync.server.storage import Tx

NONCE_KEPT_MS = 10 * 60 * 1000
"""How long a used challenge is remembered: far longer than any challenge is good for."""


def hello(asked: Asked, request: Hello) -> Welcome:
    house = asked.house
    return Welcome(PROTOCOL, house.host, house.signing.public, asked.now_ms)


def admit(asked: Asked, request: Admit) -> Done:
    """The whole roster is validated; nobody had sent anything to this server before."""
    tx = asked.tx
    admission = tx.admission(sha256(request.token))
    if admission is None or (not admission.company and admission.until_ms <= asked.now_ms):
        raise Problem("token_used")
    signed = [Signed(*one) for one in request.statements]
    try:
        roster = Roster.read(signed, asked.house.verify)
    except AppError as error:
        raise Problem("statement_refused", fault=error.code) from error
    if admission.company:
        if admission.company != roster.company:
            raise Problem("token_used")
        return Done()
    tx.use_admission(sha256(request.token), roster.company)
    if tx.company(roster.company) is not None:
        _give_back(asked, roster)
        return Done()
    if any(outdated(statement.body, lambda *_: 0) for _signed, statement in roster.statements()):
        raise Problem("ends_moved")
    tx.add_company(roster.company, asked.now_ms)
    for index, one in enumerate(signed):
        tx.add_statement(roster.company, index, roster.hash_at(index), one)
    for stream in roster.facts.streams():
        tx.add_stream(roster.company, stream, origin(roster.company, stream))
    asked.house.rosters.keep(roster)
    return Done()


def _give_back(asked: Asked, roster: Roster) -> None:
    """A company that is here already: what its roster says beyond ours is appended. So a server that was restored to
    before its only device was certified can be told of it, with a token of its operator."""
    known = asked.roster(roster.company)
    if known.index >= roster.index:
        return
    if roster.hash_at(known.index) != known.head:
        raise Problem("roster_moved")
    for signed, _statement in roster.statements(known.index + 1):
        statements.extend(asked, roster.company, signed)


# ---- sessions


def challenge(asked: Asked, request: Challenge) -> Challenged:
    """Said to strangers too: who asks proves nothing yet, and learns nothing but that the company is here."""
    asked.row(request.company)
    return Challenged(asked.house.nonces.issue(request.company, request.device))


def sign_in(asked: Asked, request: SignIn) -> SignedIn:
    house, tx = asked.house, asked.tx
    house.nonces.check(request.company, request.device, request.nonce)
    known = asked.roster(request.company).facts.devices.get(request.device)
    message = session_message(house.host, request.nonce, request.company, request.device, request.roster_at)
    if known is None or not asked.holds(known.signing, SESSION_PURPOSE, message, request.signature):
        raise Problem("not_signed")
    now_ms = asked.now_ms
    tx.tidy(request.company, now_ms)
    if not tx.use_nonce(request.company, request.nonce, now_ms + NONCE_KEPT_MS):
        raise Problem("not_signed")
    token = request.company + os.urandom(32)
    tx.add_session(request.company, sha256(token), request.device, now_ms + SESSION_MS)
    tx.put_contact(request.company, request.device, now_ms)
    return SignedIn(token, now_ms + SESSION_MS)


def recognise(house: House, tx: Tx, token: bytes | None, request: Request[Reply]) -> Asked:
    """Whose session it is, and whether that still holds. Raises Problem.

    A device that has ended may deposit what it still has, and fetch the roster, which says why.
    """
    if not request.session:
        return Asked(house, tx, None)
    if token is None or len(token) != 64:
        raise Problem("no_session")
    company, check = token[:32], sha256(token)
    session = house.sessions.get((company, check)) or tx.session(company, check)
    if session is None or session.until_ms <= house.clock.now_ms():
        house.sessions.pop((company, check), None)
        raise Problem("no_session")
    if len(house.sessions) > MOST_REMEMBERED:
        house.sessions.clear()
    house.sessions[company, check] = session
    asked = Asked(house, tx, Who(company, session.device))
    if not asked.standing().active and not isinstance(request, Deposit | FetchRoster):
        raise Problem("device_ended")
    return asked
