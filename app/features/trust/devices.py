"""Devices: letting one in after comparing its words, turning it away, naming, locking and revoking it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from app.crypto import invites, words
from app.crypto.identity import SEALING_BYTES, SIGNING_BYTES, PublicIdentity
from app.errors import Conflict, Damaged, NotFound
from app.features.trust import books, custody, roles
from app.features.trust.invitations import Invitation
from app.features.trust.members import Device, Member
from app.features.trust.saying import Accepted, Holder, Intention, Saying, completed
from app.gateway.command import command, query
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, _
from app.ids import Id
from app.model.roster import Roster
from app.model.statements import Body, DeviceCertified, DeviceRevoked

CERTIFY, REVOKE = "device.approve", "device.revoke"

State = Literal["waiting", "active", "revoked"]


class Knocking(NamedTuple):
    """A device that asks to be let in. Nothing of it is proved before its words were compared."""

    invite: Id
    device: Id
    public: PublicIdentity
    at_ms: int
    words: tuple[str, ...]
    name: str
    """What the device calls itself; empty where that could not be checked."""
    invitation: Invitation | None
    """What it would get; None where this device does not know the invitation."""
    fault: str = ""
    """Why it must not be let in, as a sentence; empty where nothing speaks against it so far."""


@dataclass(frozen=True, slots=True)
class Line:
    """A device in the list: of the roster, or one that waits."""

    id: Id
    name: str
    member: Id | None
    member_name: str
    state: State
    words: tuple[str, ...]
    last_contact_ms: int | None
    is_own: bool = False
    is_locked: bool = False


# ---- who knocks


def knocking(
    company: bytes,
    invitation: Invitation | None,
    invite: bytes,
    device: bytes,
    public: PublicIdentity,
    sealed: bytes,
    at_ms: int,
) -> Knocking:
    """What the server says of a device that knocked, checked against the invitation as far as that goes."""
    said = words.of_device(company, device, public)
    name, fault = "", ""
    if len(public.signing) != SIGNING_BYTES or len(public.sealing) != SEALING_BYTES:
        fault = _("The keys of this device are malformed.")
    elif invitation is None:
        fault = _("This device does not know the invitation. Synchronise, or let the one who invited decide.")
    else:
        try:
            mac, key = invitation.checking()
            name = invites.open_knock(mac, key, company, invite, device, public, sealed)
        except (Damaged, ValueError):
            fault = _("These keys were not posted by the device that was invited. They are not believed.")
        if invitation.until is not None and at_ms > invitation.until:
            fault = _("The invitation was over when this device knocked. Invite it again.")
    return Knocking(Id(invite), Id(device), public, at_ms, said, name, invitation, fault)


# ---- letting in


def admission(holder: Holder, knock: Knocking, given_words: str) -> tuple[Saying, ...]:
    """What it takes to let a device in: its member, what they get, then the certificate with the keys.

    Raises Invalid unless the words, which the person at the other device read out, are those of these keys.
    """
    words.compare(given_words, words.of_device(holder.company, knock.device, knock.public))
    if knock.fault or knock.invitation is None:
        raise Conflict(knock.fault or _("This device does not know the invitation."))
    invitation = knock.invitation
    member = invitation.member_id
    sayings: list[Saying] = []
    if invitation.role:
        sayings.append(roles.add(member, invitation.role))
        sayings += [books.give_stream(holder, member, stream) for stream in invitation.streams]
    return (*sayings, certify(holder, knock.device, member, knock.public))


def certify(holder: Holder, device: bytes, member: bytes, public: PublicIdentity) -> Saying:
    """Certify a device with the present keys of exactly the streams that its member has."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        known = roster.facts.devices.get(device)
        if known is not None:
            if (known.member, known.signing, known.sealing) != (member, public.signing, public.sealing):
                raise Conflict(_("This device, or one with the same keys, was certified before."))
            return None
        body = DeviceCertified(device, member, public.signing, public.sealing)
        return completed(body, roster, accepted, holder)

    return Saying(CERTIFY, intention)


def succession(old: bytes, new: bytes, public: PublicIdentity) -> Intention:
    """A device signs over to its successor, which has its member, and ends."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        if new in roster.facts.devices:
            return None
        member = roster.standing(old).member
        body = DeviceCertified(new, member, public.signing, public.sealing, replaces=old)
        return completed(body, roster, accepted)

    return intention


def revoke(device: bytes) -> Saying:
    """End a device. Its books are due for new keys."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        known = roster.facts.devices.get(device)
        if known is not None and not known.active:
            return None
        return completed(DeviceRevoked(device, ()), roster, accepted)

    return Saying(REVOKE, intention)


@command("device.welcome", N_("Let a device in"), undoable=False)
def welcome(tx: Tx, knock: Knocking) -> None:
    """The names that go with the ids of the roster; the invitation is used up."""
    invitation = knock.invitation
    if invitation is None:
        raise NotFound(_("This invitation is not there any more."))
    member = invitation.member_id
    if invitation.role and not tx.has(Member, member):
        tx.save(Member(id=member, name=invitation.name, email=invitation.email))
    if not tx.has(Device, knock.device):
        tx.save(Device(id=knock.device, name=knock.name or invitation.name))
    if tx.has(Invitation, invitation.id):
        tx.delete(Invitation, invitation.id)


@command("device.name", N_("Name a device"), undoable=False)
def name(tx: Tx, device: Id, title: str) -> None:
    """Give a device of the roster its name."""
    if tx.has(Device, device):
        tx.save(replace(tx.get(Device, device), name=title))
    else:
        tx.save(Device(id=device, name=title))


# ---- the list


@query("device.list", N_("Devices"))
def names(view: View) -> tuple[Mapping[Id, str], Mapping[Id, str]]:
    """Names of devices and of members."""
    return (
        {device.id: device.name for device in view.find(Device)},
        {member.id: member.name for member in view.find(Member)},
    )


def lines(
    roster: Roster,
    own: bytes,
    names: tuple[Mapping[Id, str], Mapping[Id, str]],
    contacts: Mapping[bytes, int],
    knocks: tuple[Knocking, ...] = (),
) -> list[Line]:
    """All devices of the company: those that wait, then active ones, then revoked ones."""
    facts, (devices, members) = roster.facts, names
    found = [
        Line(
            one.device,
            one.name,
            one.invitation.member_id if one.invitation else None,
            one.invitation.name if one.invitation else "",
            "waiting",
            one.words,
            one.at_ms,
        )
        for one in knocks
    ]
    for id_, device in sorted(facts.devices.items(), key=lambda item: (not item[1].active, item[0])):
        public = PublicIdentity(device.signing, device.sealing)
        found.append(
            Line(
                Id(id_),
                devices.get(Id(id_), ""),
                Id(device.member),
                members.get(Id(device.member), ""),
                "active" if device.active else "revoked",
                words.of_device(roster.company, id_, public),
                contacts.get(id_),
                id_ == own,
                custody.is_locked(roster, id_),
            )
        )
    return found
