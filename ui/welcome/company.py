"""Asks for what a company needs: its name, its owner, a password."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout

from app.errors import Invalid
from app.i18n import _
from ui import errors
from ui.theme import look
from ui.widgets.gate import Gate
from ui.widgets.password import NewPasswordField, PasswordField


class Company(Gate):
    """`submitted` carries the company's name, the owner's name and e-mail, and the password."""

    submitted = Signal(str, str, str, str)

    def __init__(self, safe_keyring: Callable[[], bool], back: Callable[[], object]) -> None:
        super().__init__(
            _("Make your company"),
            _("Everything stays on this computer, encrypted, until you connect a server yourself."),
            width=420,
        )
        self._safe_keyring = safe_keyring
        self.name = self._line(_("Company name"))
        self.owner = self._line(_("Your name"))
        self.email = self._line(_("Your e-mail (optional)"))
        self.password = NewPasswordField(_("Password"), self._judge)
        self.again = PasswordField(_("Password again"))
        self.again.entered.connect(self._submit)
        self.body.addWidget(self.password)
        self.body.addWidget(self.again)
        self._make = self.button(_("Make the company"), self._submit)
        self.button(_("Back"), back, "plain")
        self.setFocusProxy(self.name)

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
            alone=not self._safe_keyring(),
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
            self.submitted.emit(
                self.name.text().strip(),
                self.owner.text().strip(),
                self.email.text().strip(),
                self.password.text(),
            )
