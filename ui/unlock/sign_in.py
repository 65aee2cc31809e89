"""Asks for the password, says what was wrong with it, and counts the wait down."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.errors import Locked, WrongPassword
from app.i18n import _, ngettext
from ui import errors
from ui.theme import set_icon
from ui.widgets.gate import Gate
from ui.widgets.password import PasswordField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

TICK_MS = 200


class SignIn(Gate):
    """Asks for the password, and offers the other ways."""

    submitted = Signal(str)
    recovery_wanted = Signal()
    chosen = Signal(str)  # another profile
    make_wanted = Signal()
    join_wanted = Signal()
    restore_wanted = Signal()
    delete_wanted = Signal()
    held_elsewhere = Signal()

    def __init__(self) -> None:
        super().__init__("")
        self._others: dict[str, str] = {}
        self._left = QTimer(self)
        self._left.setInterval(TICK_MS)
        self._left.timeout.connect(self._tick)
        self._until_s = 0.0
        self._demo: QPushButton | None = None
        self.password = PasswordField(_("Password"))
        self.password.entered.connect(self._submit)
        self.body.addWidget(self.password)
        self._trouble = QLabel()
        self._trouble.setProperty("role", "error")
        self._trouble.setWordWrap(True)
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self.unlock = self.button(_("Unlock"), self._submit)
        row = QHBoxLayout()
        self.body.addLayout(row)
        forgot = QPushButton(_("Forgot password?"))
        forgot.setProperty("kind", "plain")
        forgot.clicked.connect(self.recovery_wanted)
        more = QPushButton(_("Other"))
        more.setProperty("kind", "plain")
        more.setAccessibleName(_("Other companies and more"))
        set_icon(more, "chevron-down", "accent_text")
        more.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        more.clicked.connect(lambda: self._menu().popup(more.mapToGlobal(more.rect().bottomLeft())))
        row.addWidget(forgot)
        row.addStretch(1)
        row.addWidget(more)
        self.setFocusProxy(self.password)

    def start(self) -> None:
        """Ready for the password."""
        self.password.setFocus()

    def retitle(self, title: str, others: dict[str, str]) -> None:
        """The company to open, and the titles of the other profiles by name."""
        self._others = others
        self.say(title, _("Enter your password to open the book on this computer."))

    def offer(self, password: str) -> None:
        """The demonstration company's password is no secret: show it, and fill it in at a click."""
        self.sentence.setText(
            # On a line of its own, lest it break at a hyphen; filled in, so that Return opens it.
            _("This is the demonstration company. Its password is {password}.").format(
                password=f"\n{password}"
            )
        )
        self.password.line.setText(password)
        if self._demo is None:
            self._demo = self.button(_("Look around"), lambda: None, "")
        self._demo.clicked.disconnect()
        self._demo.clicked.connect(partial(self.submitted.emit, password))

    def set_busy(self, busy: bool) -> None:
        """While Argon2 runs."""
        self.unlock.setEnabled(not busy)
        self.unlock.setText(_("Unlocking…") if busy else _("Unlock"))
        self.password.setEnabled(not busy)

    def failed(self, error: BaseException) -> None:
        """Say why it did not open."""
        self.set_busy(False)
        match error:
            case WrongPassword():
                self.password.wipe()
                self.wait(error.wait_s, error.text)
            case Locked():
                self.held_elsewhere.emit()
                self.show_banner(error.text, "warning")
            case _:
                errors.show(error, self)
        self.password.setFocus()

    def wait(self, seconds: float, text: str) -> None:
        """Take no password for so long, counting down."""
        self._trouble.setText(text)
        self._trouble.setVisible(bool(text))
        self.password.line.setProperty("invalid", bool(text))
        self.password.line.style().polish(self.password.line)
        self._until_s = time.monotonic() + seconds
        self._left.start()
        self._tick()

    def _tick(self) -> None:
        left = math.ceil(self._until_s - time.monotonic())
        if left <= 0:
            self._left.stop()
            self.set_busy(False)
            return
        self.unlock.setEnabled(False)
        self.unlock.setText(
            ngettext("Try again in {n} second", "Try again in {n} seconds", left).format(n=left)
        )

    def _submit(self) -> None:
        if self.unlock.isEnabled() and self.password.text():
            self.quiet()
            self._trouble.hide()
            self.submitted.emit(self.password.text())

    def _menu(self) -> QMenu:
        from PySide6.QtWidgets import QMenu

        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, title in self._others.items():
            menu.addAction(title, partial(self.chosen.emit, name))
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(_("Make another company…"), self.make_wanted.emit)
        menu.addAction(_("Join a company…"), self.join_wanted.emit)
        menu.addAction(_("Restore from a backup…"), self.restore_wanted.emit)
        menu.addAction(_("Delete this company from the computer…"), self.delete_wanted.emit)
        return menu
