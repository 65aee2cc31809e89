"""Guests: devices that were invited, knock, and wait until somebody opens."""

from __future__ import annotations

import secrets

from app.model.roster import Roster
from sync.protocol.messages import (
    AskKnock,
    Done,
    FetchKnocks,
    Invite,
    Knock,
    KnockPart,
    Knocks,
    KnockState,
    TurnAway,
)
from sync.protocol.problems import Problem
from sync.server.asked import DAY_MS, Asked, sha256
from sync.server.storage import InviteRow

LONGEST_INVITE_MS = 31 * DAY_MS
KNOCK_KEPT_MS = 31 * DAY_MS
"""How long a knock waits for somebody to open."""


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
