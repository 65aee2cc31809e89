"""Asks for a server, the operator's token and the pin of its authority; then makes the company known to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.errors import AppError, Invalid, Unreadable, reason
from app.features.trust import connecting
from app.i18n import _
from ui import errors
from ui.desk import Desk
from ui.dialogs import Dialog, pick_file
from ui.theme import look
from ui.widgets.cards import push, words

MOST_BYTES = 4096
TOKEN_BYTES = 32


class ConnectDialog(Dialog):
    """Secrets come from files, as the operator gave them; nothing of them is shown."""

    def __init__(self, parent: QWidget, desk: Desk, then: Callable[[], object]) -> None:
        super().__init__(
            parent,
            _("Connect with a server"),
            _("Whoever runs the server gave you its address, a token that can be used once, and perhaps a pin."),
            yes=_("Connect"),
        )  # fmt: skip
        self._desk, self._then = desk, then
        self.setMinimumWidth(look().tokens.px(480))
        self.url = QLineEdit()
        self.url.setPlaceholderText("https://books.example.org:8443")
        self._labelled(_("Address of the server"), self.url)
        self.token = QLineEdit()
        self._labelled(
            _("Token file"), self.token, push(_("Choose…"), self._pick_token, name=_("Choose the token file"))
        )
        self.pin = QLineEdit()
        self._labelled(
            _("Pin file"), self.pin, push(_("Choose…"), self._pick_pin, name=_("Choose the pin file"))
        )
        self.body.addWidget(
            words(_("No pin is needed where the server has a publicly trusted certificate."), "caption")
        )
        self.url.setFocus()

    def agree(self) -> None:
        self.show_banner("")
        link = self._desk.link
        try:
            url = connecting.address(self.url.text())
            if not self.token.text().strip():
                raise Invalid("token", _("Please choose the token file."))
            token_path, pin_path = Path(self.token.text().strip()), self.pin.text().strip()
        except Invalid as error:
            self.show_invalid(error.field, error.text)
            return
        if link is None:
            return

        def connect() -> None:
            pin = read_pin(Path(pin_path)) if pin_path else b""
            link.connect_to(url, pin, read_token_file(token_path))

        def done(_nothing: None) -> None:
            self._then()
            self.accept()

        def failed(error: BaseException) -> None:
            self.set_busy(False)
            if isinstance(error, AppError):
                self.show_banner(error.text)  # offline too: here somebody waits for the answer
            else:
                errors.show(error, self)

        self.set_busy(True)
        self._desk.speak(self, connect).then(done).failed(failed).start()

    def show_invalid(self, field: str, text: str) -> bool:
        {"token": self.token, "pin": self.pin}.get(field, self.url).setFocus()
        return super().show_invalid(field, text)

    def _pick_token(self) -> None:
        pick_file(self, _("Choose the token file"), [_("All files (*)")], self.token.setText)

    def _pick_pin(self) -> None:
        pick_file(self, _("Choose the pin file"), [_("All files (*)")], self.pin.setText)

    def _labelled(self, text: str, line: QLineEdit, button: QWidget | None = None) -> None:
        box = QVBoxLayout()
        box.setSpacing(look().tokens.px(4))
        label = QLabel(text)
        label.setProperty("role", "label")
        label.setBuddy(line)
        line.setAccessibleName(text)
        box.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(look().tokens.px(8))
        row.addWidget(line, 1)
        if button is not None:
            row.addWidget(button)
        box.addLayout(row)
        self.body.addLayout(box)


def read_token_file(path: Path) -> bytes:
    """The operator's token. Raises Invalid, Unreadable."""
    from sync.protocol.codec import read_token
    from sync.protocol.problems import Problem

    try:
        token = read_token(_text(path))
    except Problem:
        token = b""
    if len(token) != TOKEN_BYTES:
        raise Invalid("token", _("This file holds no token. Ask whoever runs the server for a new one."))
    return token


def read_pin(path: Path) -> bytes:
    """The hash of the server's authority: 64 hexadecimal digits. Raises Invalid, Unreadable."""
    try:
        pin = bytes.fromhex(_text(path))
    except ValueError:
        pin = b""
    if len(pin) != connecting.PIN_BYTES:
        raise Invalid("pin", _("This file holds no pin: it should be 64 digits from 0 to f."))
    return pin


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("ascii", "replace").strip()
    except OSError as error:
        raise Unreadable(
            _("“{name}” cannot be read: {why}.").format(name=path.name, why=reason(error))
        ) from error
