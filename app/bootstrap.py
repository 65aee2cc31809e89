"""Builds a session: the window, the command line and the tests all begin here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import app.features  # noqa: F401 - declares every record kind before a table is read
from app import ids
from app.access import membership
from app.access.policy import Policy
from app.clock import Clock, SystemClock
from app.crypto.passwords import Parameters
from app.crypto.recovery import RecoveryCode
from app.errors import AppError, Conflict, Damaged, Refused
from app.features.trust import custody, founding, joining, replacing
from app.features.trust.joining import Joining
from app.features.trust.members import Company, Member
from app.features.trust.replacing import Replacing
from app.gateway.session import Identity, Session
from app.i18n import _
from app.ids import Id
from app.model.entity import entity_named
from app.model.roster import Roster
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.facts import Facts
from app.store.migrate import migrate, version
from app.store.numbers import Numbers
from app.store.reader import Query, Reader
from app.store.roster_log import RosterLog
from app.vault import keychain as keychains
from app.vault import profiles, rollback, unlock, waiting
from app.vault.keychain import Keychain, KeyringUnavailable
from app.vault.profiles import InstanceLock, Profile
from app.vault.rollback import Verdict, Watch
from app.vault.unlock import How

if TYPE_CHECKING:
    from app.features.trust.backup_file import BackupFile


@dataclass(slots=True)
class Open:
    """An open company: the door, and the vault that it stands in."""

    session: Session
    vault: unlock.Opened
    profile: Profile
    instance: InstanceLock
    verdict: Verdict
    must_replace: bool = False
    """A copy of a connected company's vault, open for reading only: with the server it becomes a device of its own
    (`begin_replacing`, `sync.client.enrol.replace`, `finish_replacing`)."""

    @property
    def recovery_code(self) -> RecoveryCode | None:
        """Only right after the company was made: to be shown once."""
        return self.vault.recovery_code

    def close(self, *, forget: bool = False) -> None:
        """Close the book and wipe its keys. `forget`: lock, so that the keyring does not reopen it."""
        try:
            if forget:
                with suppress(AppError):  # read-only, or closed already: it is locked all the same
                    self.session.note("vault.locked", "done")
            self.session.close()
        finally:
            try:
                unlock.forget(self.vault) if forget else unlock.close(self.vault)
            finally:
                self.instance.release()


@dataclass(slots=True)
class Waiting:
    """A vault that waits to be let into a company; it has no book yet. `joining` knocks and asks."""

    joining: Joining
    vault: unlock.Opened
    profile: Profile
    instance: InstanceLock

    @property
    def recovery_code(self) -> RecoveryCode | None:
        """Only right after the vault was made: to be shown once."""
        return self.vault.recovery_code

    def enter(self) -> Open:
        """The book, once `joining` was let in. This must not be used any more. Raises Damaged, Refused."""
        vault, verdict = self.vault, _fresh_verdict(self.vault)
        opened = _session(vault, self.profile, self.instance, vault.clock, verdict)
        self.joining.wipe()
        opened.session.note("vault.joined", "done")
        return opened

    def close(self, *, forget: bool = False) -> None:
        """Close the vault; it waits on when it is opened again."""
        try:
            unlock.forget(self.vault) if forget else unlock.close(self.vault)
        finally:
            self.joining.wipe()
            self.instance.release()


def keychain() -> Keychain:
    """This computer's keyring."""
    return keychains.system()


def create_company(
    home: Path,
    name: str,
    owner: str,
    password: str,
    *,
    email: str = "",
    profile: str | None = None,
    demo: bool = False,
    keychain: Keychain | None = None,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
) -> Open:
    """Make a company, its first book, member and device, in a new profile. Raises Invalid, Conflict, Unsafe."""
    clock, keyring = clock or SystemClock(), keychain or keychains.system()
    record = Company(name=entity_named("company").field("name").clean(name), demo=demo)
    member = Member(
        id=ids.fresh(),
        name=entity_named("member").field("name").clean(owner),
        email=entity_named("member").field("email").clean(email),
    )
    folder = profiles.fresh_folder(home, profile)
    instance = InstanceLock(folder)
    try:
        vault = unlock.create(
            folder,
            password,
            title=record.name,
            keychain=keyring,
            clock=clock,
            parameters=parameters,
            discouraged=(owner, *([email] if email else [])),
        )
        try:
            migrate(vault.database)
            founding.found(vault.database, clock, member.id)
            verdict = _fresh_verdict(vault)
            made = _session(vault, Profile(folder.name, folder), instance, clock, verdict)
            made.session.do(
                founding.found_company, record, member, made.session.identity.company, _("Customers")
            )
            made.session = _reopened(made.session, vault, clock)
        except BaseException:
            with suppress(AppError):
                unlock.close(vault)
            raise
    except BaseException:
        instance.release()
        raise
    return made


def join_company(
    home: Path,
    link: str,
    name: str,
    password: str,
    *,
    profile: str | None = None,
    keychain: Keychain | None = None,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
) -> Waiting:
    """Make a vault for a company that somebody has invited this device to. `name` is what the device calls itself.

    Nothing is sent: `sync.client.enrol` knocks. Raises Invalid for link, name or password, Outdated, Conflict, Unsafe.
    """
    clock, keyring = clock or SystemClock(), keychain or keychains.system()
    host = joining.address_of(link)
    name = entity_named("device").field("name").clean(name)
    folder = profiles.fresh_folder(home, profile)
    instance = InstanceLock(folder)
    try:
        vault = unlock.create(
            folder,
            password,
            title=host,
            keychain=keyring,
            clock=clock,
            parameters=parameters,
            discouraged=(name,),
        )
        try:
            migrate(vault.database)
            # Remembered before anything waits: once it is let in, an older copy would be noticed from its first row on.
            with suppress(KeyringUnavailable):
                rollback.remember(vault, *AuditLog(vault.database.writer, b"").head())
            joining.begin(vault.database, link, name)
            return Waiting(
                joining.Joining(vault.database, clock), vault, Profile(folder.name, folder), instance
            )
        except BaseException:
            with suppress(AppError):
                unlock.close(vault)
            raise
    except BaseException:
        instance.release()
        raise


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
        opened = _session(vault, profile, instance, clock, verdict, wrong_tries)
        opened.must_replace = must_replace
        if verdict is Verdict.UNKNOWN and opened.session.identity.demo:
            # Nothing in it is true, and the keyring of a virtual desktop ends with the desktop.
            _go_on(opened, "vault.state_confirmed")
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
    opened.verdict = _fresh_verdict(opened.vault)
    return opened


def accept_rollback(opened: Open) -> None:
    """Go on with an older state by an owner's word: a new counter begins, and the audit trail says so.

    Raises Refused for anybody else.
    """
    if "owner" not in opened.session.person.roles:
        raise Refused(_("Your role does not allow this. Ask an owner of the company if you need it."))
    _go_on(opened, "vault.rollback_accepted")


def confirm_state(opened: Open, code: RecoveryCode) -> None:
    """Go on with a state that the keyring no longer remembers. Raises Invalid for another recovery code."""
    unlock.confirm_recovery(opened.vault, code)
    _go_on(opened, "vault.state_confirmed")


def learn_names(opened: Open) -> bool:
    """Call the company and its person by the names that synchronisation has brought; whether any was new."""
    session = opened.session
    identity, policy, roster = _standing(opened.vault.database, opened.vault.clock)
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


def _go_on(opened: Open, note: str) -> None:
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
    opened.session.go_on_as(*_standing(vault.database, vault.clock))
    opened.session.note(note, "done")
    head = opened.session.head()
    with suppress(KeyringUnavailable):
        rollback.remember(vault, head.number, head.hash)
    opened.verdict = _fresh_verdict(vault)
    _watch(opened)


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
        return _fresh_verdict(vault), False
    if why:
        vault.database.freeze(why)
    elif vault.must_enrol or verdict is Verdict.UNKNOWN:
        if replacing.is_connected(vault.database):
            vault.database.freeze(replacing.copied())
            return verdict, True
        unlock.become_new_device(vault, lambda database: founding.enrol(database, clock))
        # Nothing is remembered yet of a device that was just made.
        verdict = _fresh_verdict(vault)
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


def _fresh_verdict(vault: unlock.Opened) -> Verdict:
    return Verdict.CURRENT if vault.keychain.is_safe else Verdict.UNWATCHED


def _judged(vault: unlock.Opened) -> Verdict:
    """Compare the file with what the keyring remembers. Raises Damaged for a book that was never finished."""
    if not version(vault.database):
        raise unfinished()
    with vault.database.reader() as connection:
        log = AuditLog(connection, b"")
        return rollback.verdict(vault, *log.head(), log.hash_at)


def _session(
    vault: unlock.Opened,
    profile: Profile,
    instance: InstanceLock,
    clock: Clock,
    verdict: Verdict,
    wrong_tries: int = 0,
) -> Open:
    """The door to an open vault, watched against rollback. Who came in, and how often it was tried, is noted."""
    opened = Open(door(vault.database, clock), vault, profile, instance, verdict)
    sync = opened.session.sync
    opened.session.barred = custody.overdue(sync, sync.roster, clock.now_ms())
    if not vault.database.is_frozen:
        if vault.how is not How.CREATED:
            opened.session.note("vault.opened", "done", how=vault.how.value, wrong_tries=wrong_tries)
        _watch(opened)
    return opened


def _watch(opened: Open) -> None:
    """From now on the keyring remembers how far the book has come."""
    session = opened.session
    watch = Watch(opened.vault, opened.vault.clock)
    session.committed, session.closing = watch.committed, watch.flush
    watch.committed(*session.head())


def door(database: Database, clock: Clock) -> Session:
    """The session of an open, migrated database. Raises Damaged or Refused."""
    return Session(database, clock, *_standing(database, clock))


def _standing(database: Database, clock: Clock) -> tuple[Identity, Policy, Roster]:
    """Whose book this is and what they may do, as the roster proves it. Raises Damaged or Refused."""
    from app.crypto.identity import verify

    connection = database.writer
    device = Facts(connection).get("device")
    statements = RosterLog(connection).read()
    if device is None or not statements:
        raise unfinished()
    place = membership.read(statements, verify, device, clock.now_ms())
    books = Numbers(connection, "book_number")
    name, demo, person = "", False, place.person
    reader = Reader(connection, books)
    for record in reader.records(Query("company")):
        if isinstance(record, Company) and record.id == place.company:
            name, demo = record.name, record.demo
    for member in reader.records(Query("member")):
        if member.id == person.member and isinstance(member, Member):
            person = replace(person, name=member.name)
    identity = Identity(place.company, name, demo, Id(device), place.company_book, place.books)
    return identity, Policy(person), place.roster


def unfinished() -> Damaged:
    """A program that was killed while it made the company has left this."""
    return Damaged(
        _("The making of this book was never finished. Delete the profile and make the company again.")
    )


def _reopened(session: Session, vault: unlock.Opened, clock: Clock) -> Session:
    """The same door once the names are there."""
    again = door(vault.database, clock)
    again.committed, again.closing = session.committed, session.closing
    return again
