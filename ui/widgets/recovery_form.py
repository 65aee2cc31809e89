"""Asks for the recovery code and a new password: on the unlock screen, and when a backup is restored."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit

from app.errors import AppError, Locked
from app.i18n import _
from ui import errors
from ui.widgets.gate import Gate
from ui.widgets.password import NewPasswordField, PasswordField


class RecoveryForm(Gate):
    """`submitted` carries the code and the new password, which was found good enough and typed twice."""

    submitted = Signal(str, str)

    def __init__(
        self, title: str, button: str, safe_keyring: Callable[[], bool], back: Callable[[], object]
    ) -> None:
        super().__init__(
            title,
            _("It was shown once when the company was made: seven groups of four letters and digits."),
            sign="key",
            width=420,
        )
        self._safe_keyring = safe_keyring
        label = QLabel(_("Recovery code"))
        label.setProperty("role", "label")
        self.code = QLineEdit()
        self.code.setAccessibleName(_("Recovery code"))
        self.code.setPlaceholderText("XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX")
        label.setBuddy(self.code)
        self.password = NewPasswordField(_("New password"), self._judge)
        self.again = PasswordField(_("New password again"))
        self.again.entered.connect(self._submit)
        for widget in (label, self.code, self.password, self.again):
            self.body.addWidget(widget)
        self.open = self.button(button, self._submit)
        self.leave = self.button(_("Back"), back, "plain")
        self.setFocusProxy(self.code)

    def start(self) -> None:
        """Ready for the code."""
        self.code.setFocus()

    def set_busy(self, busy: bool) -> None:
        """While the work runs."""
        self.open.setEnabled(not busy)

    def failed(self, error: BaseException) -> None:
        """Say why it did not open."""
        self.set_busy(False)
        if isinstance(error, AppError) and not isinstance(error, Locked):
            self.show_banner(error.text, "danger")
        else:
            errors.show(error, self)

    def _judge(self, text: str) -> tuple[int, str]:
        from app.crypto import strength

        judged = strength.assess(text, alone=not self._safe_keyring())
        return (judged.score if judged.acceptable else 0), judged.text

    def _submit(self) -> None:
        self.quiet()
        if self.password.text() != self.again.text():
            self.show_banner(_("The two passwords differ. Type the same one twice."), "danger")
            self.again.setFocus()
        elif self.password.weigh() == 0:
            self.password.setFocus()
        elif self.open.isEnabled():
            self.submitted.emit(self.code.text(), self.password.text())
