"""Conversations by which devices come into a company and leave it: connecting, inviting, knocking, approving.

Each may be broken off anywhere and simply held again: what is done already is found done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.crypto.identity import PublicIdentity
from app.errors import Conflict
from app.features.trust import connecting, devices, invitations, rotation
from app.features.trust.connecting import Server
from app.features.trust.devices import Knocking
from app.features.trust.invitations import Invitation, Offer
from app.features.trust.joining import Joining
from app.features.trust.replacing import Replacing
from app.features.trust.saying import Saying, rehearsed
from app.gateway.session import Session
from app.i18n import _
from app.ids import Id
from app.model.statements import Signed
from sync.client import statements
from sync.client.talk import Talk, ask
from sync.protocol.messages import (
    Admit,
    Append,
    AskKnock,
    FetchBeats,
    FetchEnds,
    FetchKnocks,
    FetchRoster,
    Hello,
    Invite,
    Knock,
    KnockPart,
    SignedStatement,
    TurnAway,
)
from sync.protocol.problems import Problem

MOST_ADMITTED = 1000
"""Statements that fit into the request by which a server gets to know a company; the rest follows one by one."""
CONTACTS = "contacts"
"""The vault's fact: device → when the server last heard of it, as it said last."""


# ---- connecting


def connect(session: Session, url: str, pin: bytes, token: bytes) -> Talk[Server]:
    """Make this company known to a server, by a token of its operator, and give every book its first key.

    Raises Invalid, Refused, Conflict before anything is sent; Problem `token_used`.
    """
    sync, url = session.sync, connecting.address(url)
    connecting.allow(url, session.identity.demo)
    connecting.only_one(sync, url)
    welcome = yield from ask(Hello())
    name = connecting.name_server(welcome.signing)
    rehearsed(sync.roster, [name], sync.device, welcome.now_ms)
    said = tuple(SignedStatement(*signed) for signed, _statement in sync.roster.statements())
    if len(said) > MOST_ADMITTED:
        raise Conflict(_("This company's roster is too long to be taken in by a server at once."))
    yield from ask(Admit(token, said))
    known = Server(url, pin, welcome.signing)
    connecting.remember(sync, known)
    yield from say_all(session, [name])
    yield from rotate(session)
    return known


# ---- saying


def say_all(session: Session, sayings: Iterable[Saying]) -> Talk[int]:
    """Say one after the other, each at the roster as it is then; returns how many were really said."""
    count = 0
    for saying in sayings:
        count += yield from statements.say(session.sync, saying.intention, saying.command, again=saying.again)
    return count


def decide(session: Session, sayings: Iterable[Saying], now_ms: int) -> Talk[int]:
    """Say what belongs together: rehearsed as a whole first, so that nobody is left half invited; then the new keys
    that it makes necessary. Raises what the first that may not be said raises, before anything was said."""
    sync, wanted = session.sync, tuple(sayings)
    yield from statements.fetch(sync)
    rehearsed(sync.roster, wanted, sync.device, now_ms)
    count = yield from say_all(session, wanted)
    yield from rotate(session)
    return count


def rotate(session: Session) -> Talk[int]:
    """Give new keys to the books that are due for one, as far as this device holds the present ones."""
    return (yield from say_all(session, rotation.pending(session.sync)))


# ---- inviting


def invite(session: Session, now_ms: int, **wanted: Any) -> Talk[Offer]:
    """Invite somebody; arguments as `invitations.offer`. The link is in the offer and nowhere else."""
    known = server_of(session)
    yield from statements.fetch(session.sync)
    if wanted.get("member") and not wanted.get("name"):
        _devices, members = session.ask(devices.names)
        wanted["name"] = members.get(wanted["member"]) or _("Further device")
    made = invitations.offer(session.sync.roster, known, session.sync.device, now_ms, **wanted)
    yield from ask(Invite(made.record.id, made.check, made.until_ms))
    session.do(invitations.keep, made.record)
    return made


def withdraw(session: Session, invite_id: Id) -> Talk[None]:
    """Forget an invitation, and turn away the device that knocked with it."""
    yield from ask(TurnAway(invite_id))
    session.do(invitations.withdraw, invite_id)


# ---- who knocks


def knocks(session: Session) -> Talk[tuple[Knocking, ...]]:
    """The devices that wait, the oldest first, as far as they are not certified already."""
    parts = (yield from ask(FetchKnocks())).knocks
    known = {record.id: record for record in session.ask(invitations.listed)}
    certified = session.sync.roster.facts.devices
    return tuple(
        _checked(session.sync.company, part, known.get(Id(part.invite)))
        for part in sorted(parts, key=lambda part: part.at_ms)
        if part.device not in certified
    )


def approve(session: Session, device: bytes, words: str, now_ms: int) -> Talk[Knocking]:
    """Let a waiting device in, after somebody has compared the six words. Raises Invalid for others.

    It is looked at anew what the server shows: the words are compared with those keys that are certified.
    """
    waiting = yield from knocks(session)
    knock = next((one for one in waiting if one.device == device), None)
    if knock is None:
        raise Conflict(_("This device does not wait any more. Look at the list again."))
    yield from rotate(session)
    yield from decide(session, devices.admission(session.sync, knock, words), now_ms)
    session.do(devices.welcome, knock)
    return knock


def refuse(session: Session, device: bytes) -> Talk[None]:
    """Turn a waiting device away; its invitation is over."""
    for knock in (yield from knocks(session)):
        if knock.device == device:
            yield from withdraw(session, knock.invite)


def contacts(session: Session) -> Talk[Mapping[bytes, int]]:
    """When the server last heard of each device (its clock, milliseconds)."""
    beats = yield from ask(FetchBeats())
    found = {one.device: one.at_ms for one in beats.contacts}
    session.sync.put_fact(CONTACTS, [[device, at_ms] for device, at_ms in sorted(found.items())])
    return found


def known_contacts(session: Session) -> Mapping[bytes, int]:
    """What `contacts` said last, also without a server."""
    return dict(session.sync.fact(CONTACTS) or ())


# ---- the joining side


def knock(joining: Joining) -> Talk[None]:
    """Ask to be let in. Safe to repeat. Raises Problem `invite_unknown` for one that was used or is over."""
    link = joining.link
    yield from ask(
        Knock(
            link.company,
            link.invite,
            joining.token,
            joining.device,
            joining.public.signing,
            joining.public.sealing,
            joining.sealed,
        )
    )


def look(joining: Joining) -> Talk[str]:
    """Whether somebody has opened: `waiting`, `certified` or `refused`."""
    link = joining.link
    try:
        return (yield from ask(AskKnock(link.company, link.invite, joining.token))).state
    except Problem as problem:
        if problem.name != "invite_unknown":
            raise
        return "refused"


def enter(joining: Joining) -> Talk[None]:
    """Fetch the company's roster, whole, and become its device. Raises Damaged where it does not hold."""
    joining.take((yield from _statements(0)))


# ---- a vault that was copied


def replace(replacing: Replacing) -> Talk[None]:
    """Let the old device sign over to a new one. Driven with a line that signs in as the old device.

    Raises Refused where that has ended: then this computer needs an invitation.
    """
    for _try in range(statements.MOST_TRIES):
        replacing.take((yield from _statements(replacing.roster.index + 1)))
        if replacing.is_certified:
            return
        replacing.check()  # one that has ended may fetch the roster and nothing else
        ends = yield from ask(FetchEnds())
        said = replacing.statement({(one.device, one.stream): one.sequence for one in ends.ends})
        try:
            yield from ask(Append(SignedStatement(*said)))
        except Problem as problem:
            # A device that signs over to its successor decides nothing: whatever moved, it is said again.
            if problem.name not in ("roster_moved", "ends_moved"):
                raise
    raise Conflict(_("Other devices are very busy. Please try again."))


# ---- parts


def server_of(session: Session) -> Server:
    """The server of this company. Raises Conflict where there is none."""
    known = connecting.server(session.sync)
    if known is None:
        raise Conflict(_("This company is not connected to a server."))
    return known


def _statements(start: int) -> Talk[list[Signed]]:
    """The roster from an index on."""
    said: list[Signed] = []
    while True:
        part = yield from ask(FetchRoster(start + len(said)))
        said += [Signed(one.data, one.signature) for one in part.statements]
        if start + len(said) >= part.length or not part.statements:
            return said


def _checked(company: bytes, part: KnockPart, invitation: Invitation | None) -> Knocking:
    public = PublicIdentity(part.signing, part.sealing)
    return devices.knocking(company, invitation, part.invite, part.device, public, part.sealed, part.at_ms)
