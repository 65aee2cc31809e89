"""An open company, and a vault that waits for one: what windows, the command line and tests hold."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from app.bootstrap.doors import door
from app.clock import Clock
from app.crypto.recovery import RecoveryCode
from app.errors import AppError
from app.features.trust import custody
from app.features.trust.joining import Joining
from app.gateway.session import Session
from app.vault import unlock
from app.vault.profiles import InstanceLock, Profile
from app.vault.rollback import Verdict, Watch
from app.vault.unlock import How


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
        vault, verdict = self.vault, fresh_verdict(self.vault)
        opened = session_of(vault, self.profile, self.instance, vault.clock, verdict)
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


def session_of(
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
        watch(opened)
    return opened


def watch(opened: Open) -> None:
    """From now on the keyring remembers how far the book has come."""
    session = opened.session
    watch = Watch(opened.vault, opened.vault.clock)
    session.committed, session.closing = watch.committed, watch.flush
    watch.committed(*session.head())


def fresh_verdict(vault: unlock.Opened) -> Verdict:
    return Verdict.CURRENT if vault.keychain.is_safe else Verdict.UNWATCHED
