"""Builds a session: the window, the command line and the tests all begin here."""

from __future__ import annotations

import platform
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import app.features  # noqa: F401 - declares every record kind before a table is read
from app import ids
from app.access import membership
from app.access.policy import Policy
from app.clock import Clock, SystemClock
from app.crypto.passwords import Parameters
from app.crypto.recovery import RecoveryCode
from app.errors import AppError, Damaged
from app.features.trust.members import Book, Company, Device, Member
from app.gateway.command import command
from app.gateway.session import Identity, Session
from app.gateway.tx import Tx
from app.i18n import N_, _
from app.ids import Id
from app.model.entity import entity_named
from app.model.roster import Roster, genesis
from app.model.statements import CompanyFounded, DeviceCertified, signed
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.facts import Facts
from app.store.migrate import migrate
from app.store.numbers import Numbers
from app.store.reader import Query, Reader
from app.store.roster_log import RosterLog
from app.vault import keychain as keychains
from app.vault import profiles, rollback, unlock
from app.vault.keychain import Keychain
from app.vault.profiles import InstanceLock, Profile
from app.vault.rollback import Verdict, Watch


@dataclass(slots=True)
class Open:
    """An open company: the door, and the vault that it stands in."""

    session: Session
    vault: unlock.Opened
    profile: Profile
    instance: InstanceLock
    verdict: Verdict

    @property
    def recovery_code(self) -> RecoveryCode | None:
        """Only right after the company was made: to be shown once."""
        return self.vault.recovery_code

    def close(self, *, forget: bool = False) -> None:
        """Close the book and wipe its keys. `forget`: lock, so that the keyring does not reopen it."""
        try:
            self.session.close()
            unlock.forget(self.vault) if forget else unlock.close(self.vault)
        finally:
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
            found(vault.database, clock, member.id)
            made = _session(vault, Profile(folder.name, folder), instance, clock)
            made.session.do(found_company, record, member, made.session.identity.company, _("Customers"))
            made.session = _reopened(made.session, vault, clock)
            made.verdict = Verdict.CURRENT if keyring.is_safe else Verdict.UNWATCHED
        except BaseException:
            with suppress(AppError):
                unlock.close(vault)
            raise
    except BaseException:
        instance.release()
        raise
    return made


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
) -> Open | None:
    """Open with a password, with a recovery code and the new password that it lets one set, or with what the
    keyring keeps. None only where neither was given and the keyring keeps nothing. `keep_hours`: how long the
    keyring may reopen it from now on; None leaves that as it is. Raises WrongPassword and all that can be wrong
    with a vault."""
    clock, keyring = clock or SystemClock(), keychain or keychains.system()
    instance = InstanceLock(profile.folder)
    vault = None
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
        if vault.must_enrol:
            unlock.become_new_device(vault, lambda database: _enrol(database, clock))
        if not vault.database.is_frozen:
            migrate(vault.database)
        opened = _session(vault, profile, instance, clock, recovered=recovery is not None)
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


@command("company.found", N_("Make a company"), undoable=False)
def found_company(tx: Tx, company: Company, owner: Member, id_: Id, book_name: str) -> None:
    """The names that go with the roster's ids."""
    tx.save(replace(company, id=id_))
    tx.save(owner)
    device = tx.facts.get("device")
    tx.save(Device(id=device, name=platform.node() or _("This computer")))
    tx.save(Book(id=Id(tx.home), name=book_name))


def accept_rollback(opened: Open) -> None:
    """Go on with an older state by an owner's word: a new counter begins, and the audit trail says so."""
    opened.vault.database.thaw()
    opened.session.note("vault.rollback_accepted", "done")
    head = opened.session.head()
    rollback.remember(opened.vault, head.number, head.hash)
    opened.verdict = Verdict.CURRENT


def found(database: Database, clock: Clock, member: Id) -> None:
    """The vault's own facts and the roster's first statement."""
    from app.crypto.identity import DeviceKeys

    keys, device, company_book, book = DeviceKeys.fresh(), ids.fresh(), ids.fresh(), ids.fresh()
    founding = CompanyFounded(
        member=member, device=device, signing=keys.public.signing, sealing=keys.public.sealing,
        company_book=company_book, first_book=book,
    )  # fmt: skip
    signed = genesis(founding, clock.now_ms(), keys.sign)
    with database.transaction() as connection:
        RosterLog(connection).append(0, signed)
        facts = Facts(connection)
        facts.put("device", device)
        facts.put("device_keys", keys.private_bytes())
    keys.wipe()


def _enrol(database: Database, clock: Clock) -> None:
    """Give a copied or restored vault a device of its own; the old one ends in the same statement."""
    from app.crypto.identity import DeviceKeys, verify

    with database.transaction() as connection:
        facts = Facts(connection)
        log = RosterLog(connection)
        old, old_keys = facts.get("device"), DeviceKeys(facts.get("device_keys"))
        roster = Roster.read(log.read(), verify)
        keys, device = DeviceKeys.fresh(), ids.fresh()
        body = DeviceCertified(
            device=device, member=roster.standing(old).member, signing=keys.public.signing,
            sealing=keys.public.sealing, replaces=old,
        )  # fmt: skip
        statement = signed(roster.draft(body, old, clock.now_ms()), old_keys.sign)
        log.append(roster.append(statement, verify).index, statement)
        facts.put("device", device)
        facts.put("device_keys", keys.private_bytes())
        old_keys.wipe()
        keys.wipe()


def _session(
    vault: unlock.Opened, profile: Profile, instance: InstanceLock, clock: Clock, *, recovered: bool = False
) -> Open:
    """The door to an open vault, watched against rollback."""
    session = door(vault.database, clock)
    head = session.head()
    with vault.database.reader() as connection:
        log = AuditLog(connection, session.identity.device)
        verdict = rollback.verdict(vault, head.number, head.hash, log.hash_at)
    if verdict is Verdict.UNKNOWN and recovered:
        verdict = Verdict.CURRENT
    if verdict is Verdict.BEHIND:
        vault.database.freeze(rollback.rolled_back().text)
    else:
        watch = Watch(vault, clock)
        session.committed = watch.committed
        session.closing = watch.flush
        watch.committed(head.number, head.hash)
    return Open(session, vault, profile, instance, verdict)


def door(database: Database, clock: Clock) -> Session:
    """The session of an open, migrated database. Raises Damaged or Refused."""
    from app.crypto.identity import verify

    connection = database.writer
    device = Facts(connection).get("device")
    statements = RosterLog(connection).read()
    if device is None or not statements:
        raise Damaged(
            _("This book was never finished being made. Delete the profile and make the company again.")
        )
    place = membership.read(statements, verify, device, clock.now_ms())
    books = Numbers(connection, "book_number")
    name, demo, person = "", False, place.person
    reader = Reader(connection, books)
    for record in reader.records(Query("company")):
        if isinstance(record, Company):
            name, demo = record.name, record.demo
    for member in reader.records(Query("member")):
        if member.id == person.member and isinstance(member, Member):
            person = replace(person, name=member.name)
    identity = Identity(place.company, name, demo, Id(device), place.company_book, place.books)
    return Session(database, clock, identity, Policy(person), place.roster)


def _reopened(session: Session, vault: unlock.Opened, clock: Clock) -> Session:
    """The same door once the names are there."""
    again = door(vault.database, clock)
    again.committed, again.closing = session.committed, session.closing
    return again
