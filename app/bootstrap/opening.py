"""Opening vaults, judged before anything is written: by password, recovery code, keyring, from a backup."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap.doors import unfinished
from app.bootstrap.going_on import go_on
from app.bootstrap.opened import Open, Waiting, fresh_verdict, session_of
from app.clock import Clock, SystemClock
from app.crypto.passwords import Parameters
from app.crypto.recovery import RecoveryCode
from app.errors import AppError, Conflict
from app.features.trust import founding, joining, replacing
from app.features.trust.replacing import Replacing
from app.i18n import _
from app.store.audit_log import AuditLog
from app.store.migrate import migrate, version
from app.vault import keychain as keychains
from app.vault import profiles, rollback, unlock, waiting
from app.vault.keychain import Keychain, KeyringUnavailable
from app.vault.profiles import InstanceLock, Profile
from app.vault.rollback import Verdict

if TYPE_CHECKING:
    from app.features.trust.backup_file import BackupFile


def open_company(
    profile: Profile,
    password: str | None = None,
    *,
    recovery: RecoveryCode | None = None,
    new_password: str | None = None,
    keychain: Keychain | None = None,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
    keep_hours: float | None = unlock.KEEP_HOURS,
    restoring: bool = False,
) -> Open | None:
    """Open a company, as `open_profile` does. Raises Conflict for a vault that still waits to be let into one."""
    opened = open_profile(
        profile, password, recovery=recovery, new_password=new_password, keychain=keychain, clock=clock,
        parameters=parameters, keep_hours=keep_hours, restoring=restoring,
    )  # fmt: skip
    if isinstance(opened, Waiting):
        opened.close()
        raise Conflict(
            _(
                "This device still waits to be let into its company. Go on with “Join a company” or “provender join”."
            )
        )
    return opened


def open_profile(
    profile: Profile,
    password: str | None = None,
    *,
    recovery: RecoveryCode | None = None,
    new_password: str | None = None,
    keychain: Keychain | None = None,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
    keep_hours: float | None = unlock.KEEP_HOURS,
    restoring: bool = False,
) -> Open | Waiting | None:
    """Open with a password, with a recovery code and the new password that it lets one set, or with what the
    keyring keeps. None only where neither was given and the keyring keeps nothing. `keep_hours`: how long the
    keyring may reopen it from now on; None leaves that as it is. `restoring`: it is a backup that somebody restores
    on purpose, so it may be older. Raises WrongPassword and all that can be wrong with a vault."""
    clock, keyring = clock or SystemClock(), keychain or keychains.system()
    instance = InstanceLock(profile.folder)
    vault = None
    wrong_tries = waiting.failures(profile.folder)
    try:
        if recovery is not None:
            vault = unlock.with_recovery(profile.folder, recovery, keychain=keyring, clock=clock)
            if new_password is None:
                raise ValueError("the recovery code needs a new password")
            unlock.set_password(vault, new_password, parameters=parameters)
        elif password is not None:
            vault = unlock.with_password(profile.folder, password, keychain=keyring, clock=clock)
        else:
            vault = unlock.with_keyring(profile.folder, keychain=keyring, clock=clock)
            if vault is None:
                instance.release()
                return None
        if _is_waiting(vault):
            return Waiting(joining.Joining(vault.database, clock), vault, profile, instance)
        verdict, must_replace = _settled(vault, clock, recovered=recovery is not None, restoring=restoring)
        opened = session_of(vault, profile, instance, clock, verdict, wrong_tries)
        opened.must_replace = must_replace
        if verdict is Verdict.UNKNOWN and opened.session.identity.demo:
            # Nothing in it is true, and the keyring of a virtual desktop ends with the desktop.
            go_on(opened, "vault.state_confirmed")
        if keep_hours is not None and (password is not None or recovery is not None):
            with suppress(AppError):
                unlock.keep_signed_in(vault, keep_hours)
        return opened
    except BaseException:
        if vault is not None:
            with suppress(AppError):
                unlock.close(vault)
        instance.release()
        raise


def restore_company(
    backup: BackupFile,
    home: Path,
    password: str | None = None,
    *,
    recovery: RecoveryCode | None = None,
    new_password: str | None = None,
    profile: str | None = None,
    keychain: Keychain | None = None,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Open:
    """Open a checked backup in a new profile, as a new device. Where that fails, nothing of it remains.

    The recovery code opens it anywhere; the password only where the keyring holds its second half. Raises what
    `open_company` raises, Conflict for a profile that is there, DiskFull.
    """
    from app.features.trust import backups

    keyring = keychain or keychains.system()
    made = profiles.fresh_folder(home, profile)
    fresh = Profile(made.name, made)
    try:
        backups.unpack(backup, made, report)
        opened = open_company(
            fresh, password, recovery=recovery, new_password=new_password, keychain=keyring, clock=clock,
            parameters=parameters, keep_hours=None, restoring=True,
        )  # fmt: skip
        if opened is None:
            raise ValueError("a password or a recovery code is needed")
        try:
            backup.authenticate(opened.vault.key)
            head = opened.session.head()
            if not opened.must_replace:  # nothing is written by what is not yet a device of its own
                opened.session.note("vault.restored", "done")
                head = opened.session.head()
            with suppress(KeyringUnavailable):
                rollback.remember(opened.vault, head.number, head.hash)
                profiles.set_title(fresh, opened.session.identity.company_name, keyring)
        except BaseException:
            opened.close()
            raise
    except BaseException:
        profiles.delete(fresh, keyring)
        raise
    # A deliberate restore starts a new counter: there is nothing older to compare with.
    opened.verdict = fresh_verdict(opened.vault)
    return opened


def _settled(vault: unlock.Opened, clock: Clock, *, recovered: bool, restoring: bool) -> tuple[Verdict, bool]:
    """Judge the file before anything writes to it, then bring it up to date.

    A copy, and what only the recovery code vouches for, goes on as a new device. What is older than it should be,
    or unknown, is frozen: open for reading only. Its form is brought up all the same, or this program could not
    read it; that adds nothing to its history. Also says whether it has to be replaced with the server.
    """
    verdict = Verdict.UNKNOWN if restoring else _judged(vault)
    if verdict is Verdict.BEHIND:
        why = rollback.rolled_back().text
    elif verdict is Verdict.UNKNOWN and not (vault.must_enrol or recovered):
        why = _(
            "This computer's keyring no longer remembers the state of this book, so an older copy would not be "
            "noticed. It is open for reading only. Confirm with the recovery code to go on."
        )
    else:
        why = ""
    vault.database.thaw()
    migrate(vault.database)
    if replacing.is_certified(vault.database, clock):
        unlock.become_new_device(vault, lambda database: Replacing(database, clock).finish())
        return fresh_verdict(vault), False
    if why:
        vault.database.freeze(why)
    elif vault.must_enrol or verdict is Verdict.UNKNOWN:
        if replacing.is_connected(vault.database):
            vault.database.freeze(replacing.copied())
            return verdict, True
        unlock.become_new_device(vault, lambda database: founding.enrol(database, clock))
        # Nothing is remembered yet of a device that was just made.
        verdict = fresh_verdict(vault)
    return verdict, False


def _is_waiting(vault: unlock.Opened) -> bool:
    """Whether the vault still waits for a company. A copy of one that waits must be invited anew: the server lets one
    device in for each invitation."""
    if not version(vault.database) or not joining.is_joining(vault.database):
        return False
    if vault.must_enrol:
        raise Conflict(
            _(
                "This is a copy of a vault that waits to be let into a company. Ask for an invitation of its own."
            )
        )
    migrate(vault.database)
    return True


def _judged(vault: unlock.Opened) -> Verdict:
    """Compare the file with what the keyring remembers. Raises Damaged for a book that was never finished."""
    if not version(vault.database):
        raise unfinished()
    with vault.database.reader() as connection:
        log = AuditLog(connection, b"")
        return rollback.verdict(vault, *log.head(), log.hash_at)
