"""Leads from the first start to an open book."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.i18n import LANGUAGES, _
from ui import errors
from ui.jobs import Job, Jobs
from ui.theme import look
from ui.welcome.code import Code
from ui.welcome.company import Company
from ui.widgets.gate import Gate, Gates

if TYPE_CHECKING:
    from app.bootstrap import Open, Waiting
    from app.features.trust.backup_file import BackupFile
    from ui.welcome.join import Join
    from ui.widgets.recovery_form import RecoveryForm

R = TypeVar("R")


class WelcomePage(Gates):
    """`opened` carries app.bootstrap's Open once the code was confirmed, `waiting` its Waiting where a company was
    joined. `back_wanted` where there is a way back."""

    opened = Signal(object)
    waiting = Signal(object)
    demo_wanted = Signal()
    back_wanted = Signal()
    language_wanted = Signal(str)

    def __init__(self, home: Path, jobs: Jobs, *, first: bool = True) -> None:
        super().__init__()
        self._home, self._jobs = home, jobs
        self._made: Open | Waiting | None = None
        self._join: Join | None = None
        self._start = _Start(self) if first else None
        if self._start is not None:
            self.addWidget(self._start)
        self.safe_keyring = True  # until `begin` has looked
        self._form = Company(lambda: self.safe_keyring, self.show_start)
        self._form.submitted.connect(self.make)
        self.addWidget(self._form)
        if not first:
            self.show_form()

    def begin(self) -> None:
        """After the first paint: see whether a keyring will hold the second half of the key."""

        def look_around(_job: Job[bool]) -> bool:
            from app import bootstrap
            from app.crypto import strength

            strength.is_common("password")  # reads the list, so that the first letter typed need not wait
            return bootstrap.keychain().is_safe

        def seen(safe: bool) -> None:
            self.safe_keyring = safe

        self._work(look_around, seen, lambda error: errors.show(error, self))

    def show_form(self) -> None:
        """Ask for the company."""
        self.setCurrentWidget(self._form)
        self._form.start()

    def show_start(self) -> None:
        """Back to where one came from."""
        if self._start is None:
            self.back_wanted.emit()
        else:
            self.setCurrentWidget(self._start)

    def make(self, name: str, owner: str, email: str, password: str) -> None:
        """Make the company; the recovery code follows."""
        home = self._home

        def create(_job: Job[Open]) -> Open:
            from app import bootstrap

            return bootstrap.create_company(home, name, owner, password, email=email)

        self._form.set_busy(True)
        self._work(create, lambda made: self._show_code(made, name), self._form.failed)

    def show_join(self) -> None:
        """Ask for an invitation."""
        if self._join is None:
            from ui.welcome.join import Join

            self._join = Join(lambda: self.safe_keyring, self.show_start)
            self._join.submitted.connect(self.join_company)
            self.addWidget(self._join)
        self.setCurrentWidget(self._join)
        self._join.start()

    def join_company(self, link: str, name: str, password: str) -> None:
        """Make the vault that waits; its recovery code follows."""
        home, form = self._home, self._join
        if form is None:
            return

        def create(_job: Job[Waiting]) -> Waiting:
            from app import bootstrap

            return bootstrap.join_company(home, link, name, password)

        def made(waiting: Waiting) -> None:
            form.wipe()
            self._show_code(waiting, waiting.joining.server.host)

        form.set_busy(True)
        self._work(create, made, form.failed)

    def restore(self) -> None:
        """Ask for a backup, then for what opens it."""
        pick_backup(self, self.check)

    def check(self, path: str) -> None:
        """Ask for what opens a backup while it is being read; nothing is restored before it was read whole."""
        from ui.widgets.recovery_form import RecoveryForm

        page = RecoveryForm(
            _("Restore with the recovery code"),
            _("Restore and set the password"),
            lambda: self.safe_keyring,
            self.show_start,
        )
        page.set_busy(True)
        self.addWidget(page)
        self.setCurrentWidget(page)
        page.start()

        def read(_job: Job[BackupFile]) -> BackupFile:
            from app.features.trust import backup_file

            return backup_file.check(Path(path))

        def is_whole(backup: BackupFile) -> None:
            page.submitted.connect(partial(self._restore, backup, page))
            page.set_busy(False)

        def failed(error: BaseException) -> None:
            page.failed(error)
            page.set_busy(True)  # there is nothing to restore
            page.leave.setFocus()

        self._work(read, is_whole, failed)

    def _restore(self, backup: BackupFile, page: RecoveryForm, code: str, password: str) -> None:
        home = self._home

        def unpack(job: Job[Open]) -> Open:
            from app import bootstrap
            from app.crypto.recovery import RecoveryCode

            return bootstrap.restore_company(
                backup, home, recovery=RecoveryCode.parse(code), new_password=password, report=job.step
            )

        page.set_busy(True)
        self._work(unpack, self.opened.emit, page.failed)

    def _show_code(self, made: Open | Waiting, company: str) -> None:
        self._made = made
        self._form.wipe()
        code = made.recovery_code
        groups = code.groups() if code is not None else ()
        page = Code(company, tuple(groups))
        page.confirmed.connect(self._finish)
        self.addWidget(page)
        self.setCurrentWidget(page)

    def _finish(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            made.vault.recovery_code = None
            (self.waiting if hasattr(made, "joining") else self.opened).emit(made)

    def _work(
        self,
        work: Callable[[Job[R]], R],
        then: Callable[[R], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        job: Job[R] = Job(self, work, writes=True)
        job.then, job.failed = then, failed
        self._jobs.start(job)


def pick_backup(parent: QWidget, then: Callable[[str], object]) -> None:
    """Ask for a backup file."""
    from ui.dialogs import pick_file

    kinds = [_("Provender backup (*.backup)"), _("All files (*)")]
    pick_file(parent, _("Choose the backup"), kinds, then)


class _Start(Gate):
    """The ways to begin."""

    def __init__(self, page: WelcomePage) -> None:
        super().__init__(
            _("Welcome to Provender"),
            _("The customer book that works without a network and that nobody else can read."),
            width=420,
        )
        px = look().tokens.px
        self.button(_("Make your company"), page.show_form, sign="building")
        self.button(_("Join a company…"), page.show_join, "", "link")
        self.button(_("Look around in a demonstration company"), page.demo_wanted.emit, "", "today")
        self.button(_("Restore from a backup…"), page.restore, "", "history")
        row = QHBoxLayout()
        row.setSpacing(px(4))
        row.addStretch(1)
        for name, label in LANGUAGES.items():
            push = QPushButton(label)
            push.setProperty("kind", "plain")
            push.clicked.connect(lambda _on=False, name=name: page.language_wanted.emit(name))
            row.addWidget(push)
        row.addStretch(1)
        self.body.addSpacing(px(8))
        self.body.addLayout(row)
