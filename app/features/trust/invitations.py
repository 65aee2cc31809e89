"""Invitations: for whom they are, with which role and books, and what the link, the server and colleagues get of them.

The secret is in the link alone. What members who decide need to know, and what checks a knock, is a record of the
company book; membership, access and keys are given only when somebody lets the device in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from app import ids
from app.crypto import invites
from app.crypto.invites import Keys, Link
from app.crypto.keys import SecretKey
from app.errors import Conflict, Refused
from app.features.trust.connecting import Server
from app.features.trust.roles import LABELS
from app.gateway.command import command, query
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, _
from app.ids import Id
from app.model.entity import Record, entity
from app.model.fields import Choice, Email, Moment, Tags, Text
from app.model.roster import Roster
from app.model.standing import FIELD, OFFICE
from app.model.statements import Stream


@entity("invitation", N_("Invitation"), plural=N_("Invitations"), company=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(Record):
    """Who is expected; the id is the one that the server knows. `member` is a new id, or that of an existing member
    who gets a further device and nothing else."""

    name: Annotated[str, Text(N_("Name"), required=True, personal=True)]
    email: Annotated[str, Email(N_("E-mail"), personal=True)] = ""
    role: Annotated[str, Choice(N_("Role"), options=tuple(LABELS.items()))] = ""
    member: Annotated[str, Text(N_("Member"), required=True, max=26)]
    books: Annotated[tuple[str, ...], Tags(N_("Books"))] = ()
    offices: Annotated[tuple[str, ...], Tags(N_("Books with restricted fields"))] = ()
    until: Annotated[int | None, Moment(N_("Valid until"))] = None
    check: Annotated[str, Text(N_("Check"), max=128, hidden=True)] = ""

    @property
    def member_id(self) -> Id:
        """Whose device it will be."""
        return ids.parse(self.member)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What the member will have, the field tier of a book before its office tier."""
        fields = {ids.parse(book) for book in (*self.books, *self.offices)}
        offices = {ids.parse(book) for book in self.offices}
        return tuple(
            Stream(book, tier)
            for book in sorted(fields)
            for tier in (FIELD, OFFICE)
            if tier == FIELD or book in offices
        )

    def checking(self) -> tuple[SecretKey, SecretKey]:
        """The keys for a knock's MAC and for its name."""
        raw = bytes.fromhex(self.check)
        return SecretKey(raw[:32]), SecretKey(raw[32:])


class Offer(NamedTuple):
    """A new invitation: what goes to the person, to the server, and to the company book."""

    link: str
    """For the person alone; whoever has it may knock once."""
    check: bytes
    """For the server: the hash of the token that the knock must bring."""
    record: Invitation

    @property
    def until_ms(self) -> int:
        return self.record.until or 0

    def __repr__(self) -> str:
        return "Offer(…)"


def offer(
    roster: Roster,
    known: Server,
    device: bytes,
    now_ms: int,
    *,
    name: str = "",
    email: str = "",
    role: str = "rep",
    books: Iterable[bytes] = (),
    offices: Iterable[bytes] = (),
    member: bytes | None = None,
    lasts_ms: int = invites.LASTS_MS,
) -> Offer:
    """Make an invitation: for a new member with a role and books, or (`member`) for a further device of one.

    Raises Refused at once for what this member could not grant; others may still be needed to let the device in.
    """
    _may_invite(roster, device, role, member)
    company = Stream(roster.facts.company_book, OFFICE)
    if role == "owner" and company in roster.standing(device).streams:
        # Whoever lets an owner's further device in must have all that this owner has.
        offices = (*offices, company.book)
    secret, invite = invites.fresh_secret(), ids.fresh()
    keys = invites.keys_of(secret, roster.company, invite)
    record = Invitation(
        id=invite,
        name=name,
        email=email,
        role="" if member else role,
        member=ids.show(member or ids.fresh()),
        books=() if member else tuple(sorted(ids.show(book) for book in books)),
        offices=() if member else tuple(sorted(ids.show(book) for book in offices)),
        until=now_ms + lasts_ms,
        check=_check(keys),
    )
    link = Link(known.url, known.pin, roster.company, known.key, invite, secret)
    return Offer(invites.write(link), invites.check_of(keys.token), record)


@command("invitation.add", N_("Invite"), undoable=False)
def keep(tx: Tx, record: Invitation) -> Invitation:
    """Tell the members who may decide."""
    return tx.save(record)


@command("invitation.withdraw", N_("Withdraw an invitation"), undoable=False)
def withdraw(tx: Tx, invite: Id) -> None:
    """Forget an invitation; harmless where it is forgotten already."""
    if tx.has(Invitation, invite):
        tx.delete(Invitation, invite)


@query("invitation.list", N_("Invitations"))
def listed(view: View) -> list[Invitation]:
    """Those that are open, the oldest first."""
    return sorted(view.find(Invitation), key=lambda one: one.id)


def _may_invite(roster: Roster, device: bytes, role: str, member: bytes | None) -> None:
    roles = roster.standing(device).roles
    if member is not None:
        known = roster.facts.members.get(member)
        if known is None or not known.active:
            raise Conflict(_("This person is not a member of the company, or no longer."))
        wanted = set(known.roles)
    else:
        wanted = {role}
    if "owner" not in roles and not ("manager" in roles and wanted <= {"rep", "clerk"}):
        raise Refused(_("Your role in the company does not allow this. Ask an owner."))


def _check(keys: Keys) -> str:
    return (keys.mac.reveal() + keys.name.reveal()).hex()
