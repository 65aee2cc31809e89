"""Coming in: admitting companies, signing devices in, inviting new ones."""

from __future__ import annotations

import os
import secrets

from app.errors import AppError
from app.model.chain import origin
from app.model.roster import Roster, outdated
from app.model.statements import Signed
from sync.protocol.messages import (
    PROTOCOL,
    SESSION_MS,
    SESSION_PURPOSE,
    Admit,
    AskKnock,
    Challenge,
    Challenged,
    Deposit,
    Done,
    FetchKnocks,
    FetchRoster,
    Hello,
    Invite,
    Knock,
    KnockPart,
    Knocks,
    KnockState,
    Reply,
    Request,
    SignedIn,
    SignIn,
    TurnAway,
    Welcome,
)
from sync.protocol.problems import Problem
from sync.protocol.signed import session_message
from sync.server.asked import DAY_MS, MOST_REMEMBERED, Asked, House, Who, sha256
from sync.server.storage import InviteRow, Tx

NONCE_KEPT_MS = 10 * 60 * 1000
"""How long a used challenge is remembered: far longer than any challenge is good for."""
LONGEST_INVITE_MS = 31 * DAY_MS
KNOCK_KEPT_MS = 31 * DAY_MS
"""How long a knock waits for somebody to open."""


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


# ---- letting devices in


def invite(asked: Asked, request: Invite) -> Done:
    tx, now_ms = asked.tx, asked.now_ms
    known = tx.invite(asked.company, request.invite)
    if known is not None:
        if (known.check, known.author) != (request.check, asked.device):
            raise Problem("invite_unknown")
        return Done()
    roster = asked.roster()
    still_open = [one for one in tx.invites(asked.company) if not one.refused and not _is_in(roster, one)]
    if len(still_open) >= asked.house.limits.open_invites:
        raise Problem("quota")
    until_ms = min(request.until_ms, now_ms + LONGEST_INVITE_MS)
    tx.put_invite(asked.company, InviteRow(request.invite, request.check, asked.device, until_ms))
    return Done()


def knock(asked: Asked, request: Knock) -> Done:
    """The first to bring the token is the one that is expected; the same device may knock again."""
    tx = asked.tx
    found = _expected(asked, request.company, request.invite, request.token)
    knocked = (request.device, request.signing, request.sealing, request.sealed)
    if found.device:
        if (found.device, found.signing, found.sealing, found.sealed) != knocked:
            raise Problem("invite_unknown")
        return Done()
    if found.until_ms <= asked.now_ms or found.refused:
        raise Problem("invite_unknown")
    tx.put_invite(
        request.company,
        found._replace(
            device=request.device, signing=request.signing, sealing=request.sealing,
            sealed=request.sealed, at_ms=asked.now_ms, until_ms=asked.now_ms + KNOCK_KEPT_MS,
        ),
    )  # fmt: skip
    return Done()


def ask_knock(asked: Asked, request: AskKnock) -> KnockState:
    found = _expected(asked, request.company, request.invite, request.token)
    if found.refused:
        return KnockState("refused")
    if not found.device:
        raise Problem("invite_unknown")
    return KnockState("certified" if _is_in(asked.roster(request.company), found) else "waiting")


def fetch_knocks(asked: Asked, request: FetchKnocks) -> Knocks:
    return Knocks(
        tuple(
            KnockPart(one.invite, one.device, one.signing, one.sealing, one.sealed, one.at_ms)
            for one in waiting(asked)
        )
    )


def turn_away(asked: Asked, request: TurnAway) -> Done:
    """Whoever knocked is told so until the invite would have run out."""
    found = asked.tx.invite(asked.company, request.invite)
    if found is None:
        return Done()
    if found.author != asked.device and not asked.leads():
        raise Problem("no_access")
    asked.tx.put_invite(asked.company, found._replace(refused=True))
    return Done()


def waiting(asked: Asked) -> list[InviteRow]:
    """The knocks that the asking device may open to: all for owners and managers, for others their own guests'."""
    invites = [one for one in asked.tx.invites(asked.company) if one.device and not one.refused]
    if not invites:
        return []
    roster, leads = asked.roster(), asked.leads()
    return [one for one in invites if (leads or one.author == asked.device) and not _is_in(roster, one)]


def _expected(asked: Asked, company: bytes, invite: bytes, token: bytes) -> InviteRow:
    asked.row(company)
    found = asked.tx.invite(company, invite)
    if found is None or not secrets.compare_digest(found.check, sha256(token)):
        raise Problem("invite_unknown")
    return found


def _is_in(roster: Roster, found: InviteRow) -> bool:
    known = roster.facts.devices.get(found.device)
    return known is not None and known.signing == found.signing
