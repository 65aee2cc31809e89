"""The two dialogs that change what opens the book: another password, another recovery code."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QProgressBar, QWidget

from app.crypto.recovery import RecoveryCode
from app.errors import AppError, WrongPassword
from app.features.trust import vault as vaults
from app.i18n import _
from ui import errors
from ui.desk import Desk
from ui.dialogs import Dialog, pick_file
from ui.screens.settings.section import push, words
from ui.theme import look
from ui.widgets.password import NewPasswordField, PasswordField


class KeyDialog(Dialog):
    """Shows that the work runs: Argon2id is slow on purpose, and so is re-keying a large book."""

    def __init__(self, parent: QWidget, desk: Desk, title: str, text: str, yes: str) -> None:
        super().__init__(parent, title, text, yes=yes)
        self.desk = desk
        self.setMinimumWidth(look().tokens.px(440))
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(_("Working"))
        self.busy.hide()

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self.no.setEnabled(not busy)
        self.busy.setVisible(busy)

    def reject(self) -> None:
        # What has begun is finished: a half-changed password there is not.
        if self.busy.isHidden():
            super().reject()

    def failed(self, error: BaseException) -> None:
        """Say why it did not work; all is as it was."""
        self.set_busy(False)
        if isinstance(error, WrongPassword) and error.wait_s > 0:
            # Whoever guesses waits longer each time; pressing on before that would only be refused.
            self.yes.setEnabled(False)
            QTimer.singleShot(
                round(error.wait_s * 1000), self, lambda: self.yes.setEnabled(self.busy.isHidden())
            )
        if isinstance(error, AppError):
            self.show_banner(error.text)
        else:
            errors.show(error, self)


class ChangePassword(KeyDialog):
    """The old one, the new one twice."""

    def __init__(self, parent: QWidget, desk: Desk, done: Callable[[], object]) -> None:
        super().__init__(
            parent,
            desk,
            _("Change the password"),
            _("Afterwards the old password no longer opens this book."),
            _("Change the password"),
        )
        self._done = done
        self.old = PasswordField(_("Current password"))
        self.new = NewPasswordField(_("New password"), self._judge)
        self.again = PasswordField(_("New password again"))
        for field in (self.old, self.new, self.again):
            self.body.addWidget(field)
            field.line.textChanged.connect(lambda _text: self.show_banner(""))
        self.body.addWidget(self.busy)
        self.old.setFocus()
        book = desk.book
        if book is not None:  # the estimator's word lists take a moment: not at the first letter
            desk.run(self, lambda _job: vaults.judge(book, "password")).start()

    def agree(self) -> None:
        if not self.old.text():
            self.show_banner(_("Please type your current password."))
            self.old.setFocus()
        elif self.new.weigh() == 0:
            self.show_banner(_("Please choose a better password; the line below it says why."))
            self.new.setFocus()
        elif self.new.text() != self.again.text():
            self.show_banner(_("The two new passwords differ. Type the same one twice."))
            self.again.setFocus()
        elif self.busy.isHidden():
            self.set_busy(True)
            work = self.desk.vault(self, vaults.change_password, self.old.text(), self.new.text())
            work.then(lambda _nothing: self._changed()).failed(self.failed).start()

    def failed(self, error: BaseException) -> None:
        super().failed(error)
        self.old.setFocus()
        self.old.line.selectAll()

    def done(self, result: int) -> None:
        for field in (self.old, self.new, self.again):
            field.wipe()
        super().done(result)

    def _changed(self) -> None:
        self.desk.say(_("The password is changed. The old one no longer opens this book."))
        self.set_busy(False)
        self.accept()
        self._done()

    def _judge(self, text: str) -> tuple[int, str]:
        if self.desk.book is None:
            return 0, ""
        judged = vaults.judge(self.desk.book, text)
        return (judged.score if judged.acceptable else 0), judged.text


class NewRecoveryCode(KeyDialog):
    """Asks for the password, then shows the code once."""

    def __init__(self, parent: QWidget, desk: Desk, done: Callable[[], object]) -> None:
        super().__init__(
            parent,
            desk,
            _("Make a new recovery code"),
            _(
                "The old code ends at once, and the book gets a new key. The new code is shown once: have a printer or "
                "a stick at hand. Backups made so far still open with the old code."
            ),
            _("Make the code"),
        )
        self._done = done
        self._groups: tuple[str, ...] = ()
        self.password = PasswordField(_("Your password"))
        self.password.line.textChanged.connect(lambda _text: self.show_banner(""))
        self.body.addWidget(self.password)
        self.body.addWidget(self.busy)
        self.password.setFocus()
        self.kept: QCheckBox | None = None

    @property
    def code_is_shown(self) -> bool:
        """Whether there is a code that must not be lost by closing."""
        return bool(self._groups)

    def agree(self) -> None:
        if self.code_is_shown:
            if self.kept is not None and self.kept.isChecked():
                self.accept()
                self._done()
        elif not self.password.text():
            self.show_banner(_("Please type your password."))
        elif self.busy.isHidden():
            self.set_busy(True)
            work = self.desk.vault(self, vaults.new_recovery_code, self.password.text())
            work.then(self.show_code).failed(self.failed).start()

    def show_code(self, code: RecoveryCode) -> None:
        """Show it, and let the dialog close only when it was kept."""
        self.set_busy(False)
        self._groups = code.groups()
        self.password.wipe()
        self.password.hide()
        groups = self._groups
        label = QLabel("\n".join("   ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)))
        label.setProperty("role", "code")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setAccessibleName(_("Recovery code"))
        label.setAccessibleDescription(" ".join(groups))
        self.body.addWidget(label)
        row = QHBoxLayout()
        row.addWidget(push(_("Print…"), self._print, "print"))
        row.addWidget(push(_("Save as PDF…"), self._save, "save"))
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(
            words(
                _(
                    "Keep it like cash, away from this computer. The old code no longer opens this book, but still opens backups made before: make a new backup and destroy those."
                ),
                "soft",
            )
        )
        self.kept = QCheckBox(_("I have kept the new code"))
        self.kept.toggled.connect(self.yes.setEnabled)
        self.body.addWidget(self.kept)
        self.no.hide()
        self.yes.setText(_("Done"))
        self.yes.setEnabled(False)

    def reject(self) -> None:
        if self.code_is_shown:
            self.show_banner(_("Keep the code first: it is shown only now."))
        else:
            super().reject()

    def done(self, result: int) -> None:
        self.password.wipe()
        self._groups = ()
        super().done(result)

    def _company(self) -> str:
        return self.desk.book.session.identity.company_name if self.desk.book is not None else ""

    def _print(self) -> None:
        from ui.widgets.recovery_sheet import print_sheet

        print_sheet(self, self._company(), self._groups)

    def _save(self) -> None:
        from ui.widgets.recovery_sheet import save_pdf

        def write(path: str) -> None:
            try:
                save_pdf(path, self._company(), self._groups)
            except Exception as error:
                errors.show(error, self)

        pick_file(
            self, _("Save the recovery code"), [_("PDF (*.pdf)")], write, save_as="provender-recovery.pdf"
        )
