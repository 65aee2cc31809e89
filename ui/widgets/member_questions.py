"""What is asked before somebody, or a computer, loses something."""

from __future__ import annotations

from typing import NamedTuple

from app.features.trust.devices import Line
from app.features.trust.invitations import Invitation
from app.features.trust.people import Person
from app.i18n import _


class Question(NamedTuple):
    """A heading, what will happen, and the button that does it."""

    title: str
    text: str
    yes: str


def refuse() -> Question:
    """Turn a computer away."""
    return Question(
        _("Turn this computer away?"),
        _("Its invitation is over. Invite the person again if it was theirs."),
        _("Turn away"),
    )


def withdraw(invitation: Invitation) -> Question:
    """Forget an invitation."""
    return Question(
        _("Withdraw the invitation for {name}?").format(name=invitation.name),
        _("The link opens nothing any more."),
        _("Withdraw"),
    )


def remove(person: Person) -> Question:
    """End somebody's membership."""
    return Question(
        _("Remove {name} from the company?").format(name=person.name),
        _(
            "All their computers lose access at once, and their books get new keys. What was already on those "
            "computers, they may have seen. What they wrote stays."
        ),
        _("Remove"),
    )


def revoke(line: Line) -> Question:
    """End one computer's access."""
    return Question(
        _("End the access of “{name}”?").format(name=line.name),
        _("It gets nothing new from now on, and its books get new keys. Do this when a computer is lost."),
        _("End access"),
    )


def lock(line: Line) -> Question:
    """Have a computer lock on its next contact."""
    return Question(
        _("Lock “{name}” from afar?").format(name=line.name),
        _(
            "On its next contact it locks and asks for the password. That keeps out whoever merely sits there. If "
            "it was stolen, end its access as well."
        ),
        _("Lock"),
    )


def leave() -> Question:
    """End one's own membership."""
    return Question(
        _("Leave the company?"),
        _(
            "Your computers get nothing new any more, and this book can only be read from then on. Synchronise "
            "first: what was not sent reaches nobody."
        ),
        _("Leave"),
    )
