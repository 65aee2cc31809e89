"""Making vaults: for a company of one's own, or for one that somebody has invited this device to."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from app import ids
from app.bootstrap.doors import reopened
from app.bootstrap.opened import Open, Waiting, fresh_verdict, session_of
from app.clock import Clock, SystemClock
from app.crypto.passwords import Parameters
from app.errors import AppError
from app.features.trust import founding, joining
from app.features.trust.members import Company, Member
from app.i18n import _
from app.model.entity import entity_named
from app.store.audit_log import AuditLog
from app.store.migrate import migrate
from app.vault import keychain as keychains
from app.vault import profiles, rollback, unlock
from app.vault.keychain import Keychain, KeyringUnavailable
from app.vault.profiles import InstanceLock, Profile


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
            verdict = fresh_verdict(vault)
            made = session_of(vault, Profile(folder.name, folder), instance, clock, verdict)
            made.session.do(
                founding.found_company, record, member, made.session.identity.company, _("Customers")
            )
            made.session = reopened(made.session, vault, clock)
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
