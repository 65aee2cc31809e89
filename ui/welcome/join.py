"""Asks for what joining a company needs: the link of the invitation, a name for this computer, a password."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.errors import AppError, Invalid, Unreadable, reason
from app.i18n import _
from ui import errors
from ui.theme import look
from ui.widgets.gate import Gate
from ui.widgets.password import NewPasswordField, PasswordField

MOST_BYTES = 16 * 1024
LINES = 3


class Join(Gate):
    """`submitted` carries the link, the computer's name and the password."""

    submitted = Signal(str, str, str)

    def __init__(self, safe_keyring: Callable[[], bool], back: Callable[[], object]) -> None:
        super().__init__(
            _("Join a company"),
            _(
                "Somebody of the company has sent you an invitation. It can be used once, on this computer or another."
            ),
            width=420,
        )
        self._safe_keyring = safe_keyring
        px = look().tokens.px
        self.link = QPlainTextEdit()
        self.link.setTabChangesFocus(True)
        self.link.setPlaceholderText("provender://join/…")
        self.link.setFixedHeight(self.link.fontMetrics().lineSpacing() * LINES + px(20))
        self._labelled(_("Link of the invitation"), self.link)
        self.open_file = self.button(_("Open the file instead…"), self._open, "plain", "folder")
        self.name = QLineEdit(platform.node())
        self._labelled(_("Name of this computer, as your colleagues will see it"), self.name)
        self.password = NewPasswordField(_("Password"), self._judge)
        self.again = PasswordField(_("Password again"))
        self.again.entered.connect(self._submit)
        self.body.addWidget(self.password)
        self.body.addWidget(self.again)
        self._join = self.button(_("Join"), self._submit)
        self.button(_("Back"), back, "plain")
        self.setFocusProxy(self.link)

    def start(self) -> None:
        """Ready for the link."""
        self.link.setFocus()

    def set_busy(self, busy: bool) -> None:
        """While the vault is made."""
        self._join.setEnabled(not busy)
        self._join.setText(_("Preparing…") if busy else _("Join"))

    def wipe(self) -> None:
        """Forget the password and the link."""
        self.password.wipe()
        self.again.wipe()
        self.link.clear()

    def failed(self, error: BaseException) -> None:
        """Say what stands in the way."""
        self.set_busy(False)
        errors.show(error, self)

    def show_invalid(self, field: str, text: str) -> bool:
        self.show_banner(text, "danger")
        fields: dict[str, QWidget] = {"name": self.name, "password": self.password}
        fields.get(field, self.link).setFocus()
        return True

    def _labelled(self, text: str, widget: QWidget) -> None:
        box = QVBoxLayout()
        box.setSpacing(look().tokens.px(4))
        label = QLabel(text)
        label.setProperty("role", "label")
        label.setBuddy(widget)
        widget.setAccessibleName(text)
        box.addWidget(label)
        box.addWidget(widget)
        self.body.addLayout(box)

    def _judge(self, text: str) -> tuple[int, str]:
        from app.crypto import strength

        judged = strength.assess(
            text, alone=not self._safe_keyring(), discouraged=(self.name.text(), "provender")
        )
        return (judged.score if judged.acceptable else 0), judged.text

    def _open(self) -> None:
        from ui.dialogs import pick_file

        def read(path: str) -> None:
            self.quiet()
            try:
                with Path(path).open("rb") as file:
                    self.link.setPlainText(file.read(MOST_BYTES).decode("utf-8", "replace").strip())
                self.name.setFocus()
            except OSError as error:
                text = _("“{name}” cannot be read: {why}.")
                errors.show(Unreadable(text.format(name=Path(path).name, why=reason(error))), self)

        kinds = [_("Invitation (*.provender-invite)"), _("All files (*)")]
        pick_file(self, _("Open the invitation"), kinds, read)

    def _submit(self) -> None:
        from app.features.trust import joining

        self.quiet()
        link, name = self.link.toPlainText(), " ".join(self.name.text().split())
        try:
            joining.address_of(link)
            if not name:
                raise Invalid("name", _("Please give this computer a name."))
            if self.password.weigh() == 0:
                self.password.setFocus()
                return
            if self.password.text() != self.again.text():
                self.again.setFocus()
                self.show_banner(_("The two passwords differ. Type the same one twice."), "danger")
                return
        except AppError as error:
            self.failed(error)
            return
        if self._join.isEnabled():
            self.submitted.emit(link, name, self.password.text())
