"""Going on: as another device, with an older state, under the names that synchronisation has brought."""

from __future__ import annotations

from contextlib import suppress

from app.bootstrap.doors import standing
from app.bootstrap.opened import Open, fresh_verdict, watch
from app.crypto.recovery import RecoveryCode
from app.errors import Refused
from app.features.trust import founding, replacing
from app.features.trust.replacing import Replacing
from app.i18n import _
from app.store.migrate import migrate
from app.vault import profiles, rollback, unlock
from app.vault.keychain import KeyringUnavailable


def accept_rollback(opened: Open) -> None:
    """Go on with an older state by an owner's word: a new counter begins, and the audit trail says so.

    Raises Refused for anybody else.
    """
    if "owner" not in opened.session.person.roles:
        raise Refused(_("Your role does not allow this. Ask an owner of the company if you need it."))
    go_on(opened, "vault.rollback_accepted")


def confirm_state(opened: Open, code: RecoveryCode) -> None:
    """Go on with a state that the keyring no longer remembers. Raises Invalid for another recovery code."""
    unlock.confirm_recovery(opened.vault, code)
    go_on(opened, "vault.state_confirmed")


def learn_names(opened: Open) -> bool:
    """Call the company and its person by the names that synchronisation has brought; whether any was new."""
    session = opened.session
    identity, policy, roster = standing(opened.vault.database, opened.vault.clock)
    if (identity, policy.person) == (session.identity, session.person):
        return False
    session.renew(identity, policy, roster)
    with suppress(KeyringUnavailable):
        profiles.set_title(opened.profile, identity.company_name, opened.vault.keychain)
    return True


def begin_replacing(opened: Open) -> Replacing:
    """What signs in as the old device, so that it can sign over to a new one."""
    return Replacing(opened.vault.database, opened.vault.clock)


def finish_replacing(opened: Open, successor: Replacing) -> None:
    """Go on as the new device, once the company knows it. Raises Conflict before that."""
    unlock.become_new_device(opened.vault, lambda _database: successor.finish())
    successor.wipe()
    opened.must_replace = False
    _stand_anew(opened, "vault.replaced")


def go_on(opened: Open, note: str) -> None:
    """Go on as a new device: the state that was lost may have given, and sent, the numbers that come next.

    A connected company's server has to say what the old one has sent: until then it stays open for reading only.
    """
    vault, clock = opened.vault, opened.vault.clock
    if replacing.is_connected(vault.database):
        opened.must_replace = True
        return
    vault.database.thaw()
    migrate(vault.database)
    unlock.become_new_device(vault, lambda database: founding.enrol(database, clock))
    _stand_anew(opened, note)


def _stand_anew(opened: Open, note: str) -> None:
    vault = opened.vault
    opened.session.go_on_as(*standing(vault.database, vault.clock))
    opened.session.note(note, "done")
    head = opened.session.head()
    with suppress(KeyringUnavailable):
        rollback.remember(vault, head.number, head.hash)
    opened.verdict = fresh_verdict(vault)
    watch(opened)
