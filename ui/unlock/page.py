"""Opens a profile: what is tried with the keyring, a password, the recovery code; all of it on a worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from PySide6.QtCore import Signal

from app import paths
from app.errors import AppError
from app.i18n import _
from ui.jobs import Job, Jobs
from ui.preferences import preferences
from ui.unlock.sign_in import SignIn
from ui.widgets.gate import Gate, Gates, destroyed

if TYPE_CHECKING:
    from app.bootstrap import Open, Waiting
    from app.vault.keychain import Keychain
    from ui.widgets.recovery_form import RecoveryForm

HEADER_FILE = "vault.json"  # app.vault.header.NAME; a test holds them together, its import costs 25 ms
R = TypeVar("R")


def profile_names(home: Path) -> list[str]:
    """The profiles in the home folder, as app.vault.profiles finds them, without its imports."""
    if not home.is_dir():
        return []
    return sorted(
        folder.name
        for folder in home.iterdir()
        if paths.is_profile_name(folder.name) and (folder / HEADER_FILE).exists()
    )


class Opened(NamedTuple):
    """An open book, and what its screens remember on this device."""

    book: Open
    remembered: dict[str, Any]


class Waits(NamedTuple):
    """A vault that still waits to be let into its company."""

    vault: Waiting


class Seen(NamedTuple):
    """What the first look at a profile gave, fetched after the first paint."""

    titles: dict[str, str]
    wait_s: float
    opened: Opened | Waits | None
    keyring: Keychain
    demo_password: str | None


def with_memory(book: Open) -> Opened:
    """Fetch what the screens remember while still on the worker, so that they are built without waiting."""
    return Opened(book, book.session.recall_all(""))


def as_opened(found: Open | Waiting) -> Opened | Waits:
    """What a profile has turned out to be."""
    from app.bootstrap import Waiting

    return Waits(found) if isinstance(found, Waiting) else with_memory(found)


class UnlockPage(Gates):
    """`opened` carries an Opened, `waiting` a bootstrap.Waiting. Begin the background work with `begin` after the first paint."""

    opened = Signal(object)
    waiting = Signal(object)
    make_wanted = Signal()
    join_wanted = Signal()
    restore_wanted = Signal()
    last_deleted = Signal(str)  # what is to be said of it
    held_elsewhere = Signal(str)  # this profile is open in another window of ours

    def __init__(
        self, home: Path, names: list[str], chosen: str | None, jobs: Jobs, *, may_keyring: bool = True
    ) -> None:
        super().__init__()
        self._home, self._names, self._jobs = home, names, jobs
        self._name = chosen if chosen in names else (names[0] if names else "")
        self._titles = {name: name for name in names}
        self._may_keyring = may_keyring
        self._safe_keyring = True
        self._keyring: Keychain | None = None  # found once: looking for it takes a tenth of a second
        self._sign_in = SignIn()
        self._sign_in.submitted.connect(self.submit)
        self._sign_in.recovery_wanted.connect(self.show_recovery)
        self._sign_in.chosen.connect(self.choose)
        self._sign_in.make_wanted.connect(self.make_wanted)
        self._sign_in.join_wanted.connect(self.join_wanted)
        self._sign_in.restore_wanted.connect(self.restore_wanted)
        self._sign_in.delete_wanted.connect(self.delete_profile)
        self._sign_in.held_elsewhere.connect(lambda: self.held_elsewhere.emit(self._name))
        self.addWidget(self._sign_in)
        self._retitle()
        self._recovery: RecoveryForm | None = None
        if len(names) > 1 and chosen is None:
            self._choose()

    @property
    def profile(self) -> str:
        """The profile that would be opened."""
        return self._name

    def begin(self) -> None:
        """Look at keyring, titles and waiting time, and open at once if the keyring still may."""
        home, names, name, may = self._home, self._names, self._name, self._may_keyring
        hours = preferences().settings.keep_hours

        def look_around(_job: Job[Seen]) -> Seen:
            from app import bootstrap, demo
            from app.clock import SystemClock
            from app.vault import profiles, waiting

            keyring = bootstrap.keychain()
            known = {profile.name: profile for profile in profiles.found(home)}
            titles = {
                profile: profiles.title(known[profile], keyring) for profile in names if profile in known
            }
            left = waiting.left_s(known[name].folder, SystemClock()) if name in known else 0.0
            opened: Opened | Waits | None = None
            if may and hours and name in known:
                book = bootstrap.open_profile(known[name], keychain=keyring)
                opened = as_opened(book) if book is not None else None
            return Seen(titles, left, opened, keyring, _demo_password(demo.existing, home, name))

        def seen(what: Seen) -> None:
            self._titles.update(what.titles)
            self._keyring, self._safe_keyring = what.keyring, what.keyring.is_safe
            self._retitle()
            if what.opened is not None:
                self._go(what.opened)
                return
            if what.demo_password:
                self._sign_in.offer(what.demo_password)
            if what.wait_s > 0:
                self._sign_in.wait(what.wait_s, "")

        self.work(look_around, seen, self._sign_in.failed)

    def submit(self, password: str) -> None:
        """Try a password."""
        home, name, keyring = self._home, self._name, self._keyring
        hours = preferences().settings.keep_hours

        def open_it(_job: Job[Opened | Waits]) -> Opened | Waits:
            from app import bootstrap
            from app.vault import profiles

            book = bootstrap.open_profile(
                profiles.named(home, name), password, keychain=keyring, keep_hours=hours
            )
            assert book is not None  # only the keyring may keep nothing
            return as_opened(book)

        self._sign_in.set_busy(True)
        self.work(open_it, self._landed, self._sign_in.failed)

    def recover(self, code: str, password: str) -> None:
        """Open with the recovery code and set a new password."""
        home, name, keyring = self._home, self._name, self._keyring
        hours = preferences().settings.keep_hours

        def open_it(_job: Job[Opened | Waits]) -> Opened | Waits:
            from app import bootstrap
            from app.crypto.recovery import RecoveryCode
            from app.vault import profiles

            book = bootstrap.open_profile(
                profiles.named(home, name),
                recovery=RecoveryCode.parse(code),
                new_password=password,
                keychain=keyring,
                keep_hours=hours,
            )
            assert book is not None
            return as_opened(book)

        page = self._recovery
        if page is not None:
            page.set_busy(True)
            self.work(open_it, self._landed, page.failed)

    def delete_profile(self) -> None:
        """Delete the chosen profile after its name was typed."""
        from ui.dialogs import confirm_by_typing

        title = self._titles.get(self._name, self._name)
        confirm_by_typing(
            self,
            _("Delete “{name}” from this computer").format(name=title),
            _(
                "All customers of this company on this computer are destroyed for good. Without a backup or "
                "another device nobody can bring them back."
            ),
            title,
            _("Delete for good"),
            self._delete,
        )

    def show_sign_in(self) -> None:
        """Back to the password."""
        self.setCurrentWidget(self._sign_in)
        self._sign_in.start()

    def show_recovery(self) -> None:
        """Ask for the recovery code."""
        if self._recovery is None:
            from ui.widgets.recovery_form import RecoveryForm

            self._recovery = RecoveryForm(
                _("Open with the recovery code"),
                _("Open and set the password"),
                lambda: self._safe_keyring,
                self.show_sign_in,
            )
            self._recovery.submitted.connect(self.recover)
            self.addWidget(self._recovery)
        self.setCurrentWidget(self._recovery)
        self._recovery.start()

    def choose(self, name: str) -> None:
        """Open another profile than the one that is shown."""
        self._name = name
        self._retitle()
        self.show_sign_in()
        self.begin()

    @property
    def title(self) -> str:
        """The company's name as the keyring knows it; the profile's where it does not and several are here."""
        known = self._titles.get(self._name, self._name)
        return "Provender" if known == self._name and len(self._names) == 1 else known

    def _retitle(self) -> None:
        others = {name: title for name, title in self._titles.items() if name != self._name}
        self._sign_in.retitle(self.title, others)

    def work(
        self,
        work: Callable[[Job[R]], R],
        then: Callable[[R], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        """Do something away from the window."""
        job: Job[R] = Job(self, work, writes=True)
        job.then, job.failed = then, failed
        self._jobs.start(job)

    def _landed(self, opened: Opened | Waits) -> None:
        self._sign_in.set_busy(False)
        self._go(opened)

    def _go(self, found: Opened | Waits) -> None:
        if isinstance(found, Waits):
            self.waiting.emit(found.vault)
        else:
            self.opened.emit(found)

    def _delete(self) -> None:
        home, name, said = self._home, self._name, destroyed(self._titles.get(self._name, self._name))

        def destroy(_job: Job[None]) -> None:
            from app import bootstrap
            from app.vault import profiles

            profiles.delete(profiles.named(home, name), bootstrap.keychain())

        def gone(_nothing: None) -> None:
            self._names.remove(name)
            self._titles.pop(name, None)
            if not self._names:
                self.last_deleted.emit(said)
                return
            self.choose(self._names[0])
            self.tell(said)

        self.work(destroy, gone, self._sign_in.failed)

    def _choose(self) -> None:
        page = Gate(_("Choose a company"), width=420)
        for name in self._names:
            page.button(self._titles[name], partial(self.choose, name), "", "building")
        self.addWidget(page)
        self.setCurrentWidget(page)


def _demo_password(existing: Callable[[Path, str], Any], home: Path, name: str) -> str | None:
    try:
        demo = existing(home, name)
    except AppError:  # a company of one's own
        return None
    return demo.password if demo is not None else None
