"""The first start: open the demonstration company, or make one's own and keep its recovery code."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QStackedWidget, QVBoxLayout

from app.errors import Invalid
from app.i18n import LANGUAGES, _
from ui import errors
from ui.jobs import Job, Jobs
from ui.theme import look
from ui.widgets.gate import Gate
from ui.widgets.password import NewPasswordField, PasswordField

if TYPE_CHECKING:
    from app.bootstrap import Open
    from app.features.trust.backup_file import BackupFile
    from ui.widgets.recovery_form import RecoveryForm

R = TypeVar("R")
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})  # as app.crypto.recovery reads them


class WelcomePage(QStackedWidget):
    """`opened` carries app.bootstrap's Open once the code was confirmed. `back_wanted` where there is a way back."""

    opened = Signal(object)
    demo_wanted = Signal()
    back_wanted = Signal()
    language_wanted = Signal(str)

    def __init__(self, home: Path, jobs: Jobs, *, first: bool = True) -> None:
        super().__init__()
        self._home, self._jobs = home, jobs
        self._made: Open | None = None
        self._start = _Start(self) if first else None
        if self._start is not None:
            self.addWidget(self._start)
        self.safe_keyring = True  # until `begin` has looked
        self._form = _Company(self)
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

    def restore(self) -> None:
        """Ask for a backup, read all of it, then ask what opens it."""
        from ui.dialogs import pick_file

        kinds = [_("Backups of Provender (*.provender)"), _("All files (*)")]
        pick_file(self, _("Choose the backup"), kinds, self.check)

    def check(self, path: str) -> None:
        """Read a backup; what follows needs it whole."""

        def read(_job: Job[BackupFile]) -> BackupFile:
            from app.features.trust import backup_file

            return backup_file.check(Path(path))

        self._work(read, self._ask_restore, lambda error: errors.show(error, self.currentWidget()))

    def _ask_restore(self, backup: BackupFile) -> None:
        from ui.widgets.recovery_form import RecoveryForm

        page = RecoveryForm(
            _("Restore with the recovery code"),
            _("Restore and set the password"),
            lambda: self.safe_keyring,
            self.show_start,
        )
        page.submitted.connect(partial(self._restore, backup, page))
        self.addWidget(page)
        self.setCurrentWidget(page)
        page.start()

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

    def _show_code(self, made: Open, company: str) -> None:
        self._made = made
        self._form.wipe()
        code = made.recovery_code
        groups = code.groups() if code is not None else ()
        page = _Code(company, tuple(groups))
        page.confirmed.connect(self._finish)
        self.addWidget(page)
        self.setCurrentWidget(page)

    def _finish(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            made.vault.recovery_code = None
            self.opened.emit(made)

    def _work(
        self,
        work: Callable[[Job[R]], R],
        then: Callable[[R], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        job: Job[R] = Job(self, work, writes=True)
        job.then, job.failed = then, failed
        self._jobs.start(job)


class _Start(Gate):
    """Two ways to begin."""

    def __init__(self, page: WelcomePage) -> None:
        super().__init__(
            _("Welcome to Provender"),
            _("The customer book that works without a network and that nobody else can read."),
            width=420,
        )
        px = look().tokens.px
        self.button(_("Make your company"), page.show_form, sign="building")
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


class _Company(Gate):
    """Name, owner, password."""

    def __init__(self, page: WelcomePage) -> None:
        super().__init__(
            _("Make your company"),
            _("Everything stays on this computer, encrypted, until you connect a server yourself."),
            width=420,
        )
        self._page = page
        self.name = self._line(_("Company name"))
        self.owner = self._line(_("Your name"))
        self.email = self._line(_("Your e-mail (optional)"))
        self.password = NewPasswordField(_("Password"), self._judge)
        self.again = PasswordField(_("Password again"))
        self.again.entered.connect(self._submit)
        self.body.addWidget(self.password)
        self.body.addWidget(self.again)
        self._make = self.button(_("Make the company"), self._submit)
        self.button(_("Back"), page.show_start, "plain")

    def start(self) -> None:
        """Ready for the name."""
        self.name.setFocus()

    def set_busy(self, busy: bool) -> None:
        """While the vault is made."""
        self._make.setEnabled(not busy)
        self._make.setText(_("Making the company…") if busy else _("Make the company"))

    def wipe(self) -> None:
        """Forget the password."""
        self.password.wipe()
        self.again.wipe()

    def failed(self, error: BaseException) -> None:
        """Say what stands in the way."""
        self.set_busy(False)
        errors.show(error, self)

    def show_invalid(self, field: str, text: str) -> bool:
        self.show_banner(text, "danger")
        {"name": self.name, "email": self.email, "password": self.password}.get(field, self.name).setFocus()
        return True

    def _line(self, text: str) -> QLineEdit:
        box = QVBoxLayout()
        box.setSpacing(look().tokens.px(4))
        label = QLabel(text)
        label.setProperty("role", "label")
        line = QLineEdit()
        line.setAccessibleName(text)
        label.setBuddy(line)
        box.addWidget(label)
        box.addWidget(line)
        self.body.addLayout(box)
        return line

    def _judge(self, text: str) -> tuple[int, str]:
        from app.crypto import strength

        judged = strength.assess(
            text,
            alone=not self._page.safe_keyring,
            discouraged=(self.name.text(), self.owner.text(), self.email.text(), "provender"),
        )
        return (judged.score if judged.acceptable else 0), judged.text

    def _submit(self) -> None:
        self.quiet()
        try:
            for line, text in (
                (self.name, _("Please give the name of the company.")),
                (self.owner, _("Please give your name.")),
            ):
                if not line.text().strip():
                    line.setFocus()
                    raise Invalid("", text)
            if self.password.weigh() == 0:
                self.password.setFocus()
                return
            if self.password.text() != self.again.text():
                self.again.setFocus()
                raise Invalid("", _("The two passwords differ. Type the same one twice."))
        except Invalid as error:
            self.show_banner(error.text, "danger")
            return
        if self._make.isEnabled():
            self._page.make(
                self.name.text().strip(),
                self.owner.text().strip(),
                self.email.text().strip(),
                self.password.text(),
            )


class _Code(Gate):
    """Shows the recovery code once and asks for two of its groups, so that it is really written down."""

    confirmed = Signal()

    def __init__(self, company: str, groups: tuple[str, ...]) -> None:
        super().__init__(
            _("Keep this recovery code"),
            _(
                "It opens the book if you forget the password or lose the keyring of this computer. It is shown "
                "only now. Print it, or save it on a stick that you lock away."
            ),
            width=460,
            sign="key",
        )
        self._company, self._groups = company, groups
        px = look().tokens.px
        code = QLabel("\n".join("   ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)))
        code.setProperty("role", "code")
        code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        code.setAccessibleName(_("Recovery code"))
        code.setAccessibleDescription(" ".join(groups))
        self.body.addWidget(code)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        for label, act, sign in (
            (_("Print…"), self._print, "print"),
            (_("Save as PDF…"), self._save, "save"),
        ):
            row.addWidget(self.button(label, act, "", sign))
        self.body.addLayout(row)
        line = QFrame()
        line.setProperty("role", "line")
        self.body.addWidget(line)
        self._asked = sorted(secrets.SystemRandom().sample(range(len(groups)), min(2, len(groups))))
        text = _("To go on, type groups {first} and {second} from your copy.").format(
            first=self._asked[0] + 1, second=self._asked[-1] + 1
        )
        label_ = QLabel(text)
        label_.setWordWrap(True)
        self.body.addWidget(label_)
        answers = QHBoxLayout()
        answers.setSpacing(px(8))
        self.answers: list[QLineEdit] = []
        for place in self._asked:
            answer = QLineEdit()
            answer.setMaxLength(8)
            answer.setAccessibleName(_("Group {n}").format(n=place + 1))
            answer.setPlaceholderText(_("Group {n}").format(n=place + 1))
            answer.returnPressed.connect(self._confirm)
            answers.addWidget(answer)
            self.answers.append(answer)
        self.body.addLayout(answers)
        self.button(_("I have kept the code"), self._confirm)

    @property
    def asked(self) -> tuple[str, ...]:
        """What must be typed."""
        return tuple(self._groups[place] for place in self._asked)

    def _confirm(self) -> None:
        typed = tuple(answer.text().strip().upper().translate(_READ_AS) for answer in self.answers)
        if typed == self.asked:
            self.confirmed.emit()
        else:
            self.show_banner(
                _("These are not the groups on the sheet. Compare them and try again."), "danger"
            )

    def _print(self) -> None:
        from ui.widgets.recovery_sheet import print_sheet

        print_sheet(self, self._company, self._groups)

    def _save(self) -> None:
        from ui.dialogs import pick_file
        from ui.widgets.recovery_sheet import save_pdf

        def write(path: str) -> None:
            try:
                save_pdf(path, self._company, self._groups)
            except Exception as error:
                errors.show(error, self)

        pick_file(
            self, _("Save the recovery code"), [_("PDF (*.pdf)")], write, save_as="provender-recovery.pdf"
        )
