"""The audit trail as people read it, and its verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.features.trust.members import Member
from app.gateway.command import COMMANDS, QUERIES, query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.audit import Head
from app.model.entity import entities

NOTED: Final[Mapping[str, str]] = {
    "session.undo": N_("Undo"),
    "session.redo": N_("Redo"),
    "vault.rollback_accepted": N_("Accept an older state"),
    "vault.state_confirmed": N_("Accept an older state"),
    "vault.password_changed": N_("Change the password"),
    "vault.recovery_code_renewed": N_("Make a new recovery code"),
    "vault.stay_signed_in": N_("Stay signed in"),
    "vault.backup": N_("Make a backup"),
    "vault.restored": N_("Restore a backup"),
    # Of features that are loaded only when somebody uses them.
    "customer.import": N_("Import"),
    "customer.prepare_import": N_("Look at a file"),
    "customer.rehearse_import": N_("Rehearse an import"),
    "customer.export": N_("Export"),
    "company.fill_demonstration": N_("Fill the demonstration company"),
    "vault.opened": N_("Unlock"),
    "vault.joined": N_("Join a company"),
    "vault.replaced": N_("Go on as a new device"),
    "server.connect": N_("Connect with a server"),
    "member.add": N_("Add a member"),
    "member.remove": N_("Remove a member"),
    "member.give_role": N_("Give a role"),
    "member.take_role": N_("Take a role"),
    "member.reset_factors": N_("Reset sign-in factors"),
    "membership.leave": N_("Leave the company"),
    "book.make": N_("Make a book"),
    "book.give": N_("Give a book"),
    "book.take": N_("Take a book"),
    "book.rotated": N_("New key for a book"),
    "book.resumed": N_("Let a book go on"),
    "device.approve": N_("Let a device in"),
    "device.replace": N_("Replace a device"),
    "device.revoke": N_("Revoke a device"),
    "company.policy": N_("Set a policy"),
    "vault.locked": N_("Lock"),
}
"""Labels of what is noted but is neither a command nor a query, or not yet loaded."""

OUTCOMES: Final[Mapping[str, str]] = {
    "done": N_("Done"),
    "read": N_("Read"),
    "refused": N_("Refused"),
    "failed": N_("Failed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the trail. `what` and `kind` are labels to be translated where they are shown."""

    number: int
    at_ms: int
    member: Id
    who: str
    command: str
    what: str
    kind: str
    outcome: str
    count: int
    detail: Mapping[str, str | int]
    reason: str


@query("audit.list", N_("Show the audit trail"))
def listed(view: View, most: int = 50, newest: int = 0) -> list[Line]:
    """Newest first; `newest` is the highest number wanted (0: the last)."""
    names = {member.id: member.name for member in view.find(Member)}
    return [
        Line(
            row.number,
            row.time_ms,
            Id(row.member),
            names.get(Id(row.member), ""),
            row.command,
            label(row.command),
            kind_of(row.command),
            row.outcome,
            row.count,
            row.detail,
            row.reason,
        )
        for row in view.audit().rows(newest, most)
    ]


@query("audit.verify", N_("Verify the audit trail"))
def verified(view: View) -> Head:
    """Walk the whole chain. Raises BrokenTrail, which names the first bad row."""
    return view.audit().verify()


def label(command: str) -> str:
    """What a row's command is called, untranslated; its own name where this version does not know it."""
    if command in NOTED:
        return NOTED[command]
    known = COMMANDS.get(command) or QUERIES.get(command)
    return known.label if known is not None else command


def kind_of(command: str) -> str:
    """The label of the record kind that a command is about, untranslated; empty where it is about none."""
    start = command.partition(".")[0]
    return next((entity.label for entity in entities() if entity.name == start), "")
