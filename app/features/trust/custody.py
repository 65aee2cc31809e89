"""What the company may ask of a device from afar: lock now, and show up at least every so many days.

Honest programs obey. Against a thief who has the password neither helps; the device is revoked, too.
"""

from __future__ import annotations

from typing import Final

from app import ids
from app.errors import Invalid
from app.features.trust.connecting import Keeper
from app.features.trust.saying import Accepted, Saying
from app.i18n import _, ngettext
from app.model.roster import Roster
from app.model.statements import Body, PolicySet

COMMAND: Final = "company.policy"
LEASE: Final = "lease"
MOST_DAYS: Final = 365
DAY_MS: Final = 24 * 3600 * 1000

CONTACT: Final = "contact"
"""The vault's fact: when this device last had a whole round with its server, by this device's clock (ms)."""
OBEYED: Final = "lock_obeyed"
"""The vault's fact: the text of the last lock that this device has obeyed."""


def lock(device: bytes, at_ms: int) -> Saying:
    """Ask a device to lock on its next contact. Asked again later, it locks again."""
    return _set(lock_name(device), str(at_ms))


def unlock(device: bytes) -> Saying:
    """Withdraw that, where the device has not obeyed yet."""
    return _set(lock_name(device), "")


def lease(days: int) -> Saying:
    """Ask all devices to connect at least every so many days; 0 withdraws it. Raises Invalid."""
    if not 0 <= days <= MOST_DAYS:
        raise Invalid(
            "days", _("Give a number of days from 1 to {most}, or 0 for none.").format(most=MOST_DAYS)
        )
    return _set(LEASE, str(days) if days else "")


def lock_name(device: bytes) -> str:
    """The policy that locks a device."""
    return f"lock:{ids.show(device)}"


def is_locked(roster: Roster, device: bytes) -> bool:
    """Whether a lock is asked for."""
    return bool(roster.facts.policies.get(lock_name(device)))


def must_lock(keeper: Keeper, roster: Roster, device: bytes) -> bool:
    """Whether this device is to lock now: a lock is asked for that it has not obeyed yet."""
    asked = roster.facts.policies.get(lock_name(device), "")
    return bool(asked) and keeper.fact(OBEYED) != asked


def obey(keeper: Keeper, roster: Roster, device: bytes) -> None:
    """Remember the lock, before the vault is closed: whoever signs in again with the password may work."""
    keeper.put_fact(OBEYED, roster.facts.policies.get(lock_name(device), ""))


def lease_days(roster: Roster) -> int:
    """After how many days without contact a device asks to connect first; 0 for never."""
    text = roster.facts.policies.get(LEASE, "")
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= MOST_DAYS else 0


def is_overdue(keeper: Keeper, roster: Roster, now_ms: int) -> bool:
    """Whether the lease is over. A clock that was turned back behind the last contact does not lengthen it."""
    days, contact_ms = lease_days(roster), keeper.fact(CONTACT)
    if not days or contact_ms is None:
        return False
    return not contact_ms - DAY_MS <= now_ms <= contact_ms + days * DAY_MS


def overdue(keeper: Keeper, roster: Roster, now_ms: int) -> str:
    """Why the book shows nothing before it has synchronised; empty where it may."""
    if not is_overdue(keeper, roster, now_ms):
        return ""
    return ngettext(
        "This device was not connected for more than {days} day. Your company asks that it synchronises before the "
        "book is shown.",
        "This device was not connected for more than {days} days. Your company asks that it synchronises before the "
        "book is shown.",
        lease_days(roster),
    ).format(days=lease_days(roster))


def _set(name: str, text: str) -> Saying:
    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        return None if roster.facts.policies.get(name, "") == text else PolicySet(name, text)

    return Saying(COMMAND, intention)
