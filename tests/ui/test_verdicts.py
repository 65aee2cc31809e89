"""Claims about a book that is older than it should be, or unknown: the window says so and offers the way out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import bootstrap
from app.crypto import passwords
from app.crypto.recovery import RecoveryCode
from app.features.crm import customers
from app.vault import keychain as keychains
from app.vault import waiting
from app.vault.profiles import Profile
from app.vault.rollback import Verdict
from tests.builders import a_customer
from tests.keychains import MemoryKeychain
from ui.dialogs import Dialog
from ui.main.frame import Frame
from ui.preferences import preferences
from ui.unlock import UnlockPage
from ui.widgets.password import PasswordField
from ui.window import Workspace

PASSWORD = "seven uncommon words walk home"


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> MemoryKeychain:
    made = MemoryKeychain()
    monkeypatch.setattr(passwords, "calibrate", lambda *_a, **_k: passwords.minimum())
    monkeypatch.setattr(bootstrap, "keychain", lambda: made)
    monkeypatch.setattr("app.vault.keychain.system", lambda: made)
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def code(home: Path, keychain: MemoryKeychain) -> str:
    """A company with a customer; its recovery code."""
    made = bootstrap.create_company(home, "North Foods", "Wang Jiali", PASSWORD)
    assert made.recovery_code is not None
    text = made.recovery_code.text()
    made.session.do(customers.add, a_customer())
    made.close()
    return text


@pytest.fixture
def frame(qtbot: QtBot, home: Path) -> Iterator[Frame]:
    preferences().keep_in(home, "en")
    frame = Frame(home)
    qtbot.addWidget(frame)
    yield frame
    frame.end()
    preferences().keep_in(None, "en")


def signed_in(qtbot: QtBot, frame: Frame) -> Workspace:
    assert frame.begin()
    qtbot.waitUntil(lambda: frame.is_at_rest, timeout=20_000)
    page = frame.centralWidget()
    assert isinstance(page, UnlockPage)
    line = page._sign_in.password.line
    line.setText(PASSWORD)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(frame.centralWidget(), Workspace), timeout=20_000)
    workspace = frame.centralWidget()
    assert isinstance(workspace, Workspace)
    return workspace


def press(qtbot: QtBot, inside: QWidget, text: str) -> None:
    def found() -> list[QPushButton]:
        return [
            b
            for b in inside.findChildren(QPushButton)
            if b.text() == text and b.isVisible() and b.isEnabled()
        ]

    qtbot.waitUntil(lambda: bool(found()), timeout=20_000)
    qtbot.mouseClick(found()[-1], Qt.MouseButton.LeftButton)


def verdict(frame: Frame) -> Verdict:
    assert frame._opened is not None
    return frame._opened.book.verdict


def test_an_unknown_book_goes_on_with_the_recovery_code(
    qtbot: QtBot, frame: Frame, code: str, keychain: MemoryKeychain
) -> None:
    for key in [key for key in keychain.items if key[1] == keychains.ROLLBACK]:
        del keychain.items[key]
    workspace = signed_in(qtbot, frame)
    assert verdict(frame) is Verdict.UNKNOWN
    press(qtbot, workspace, "Go on with this state")
    dialog = workspace.findChild(Dialog)
    assert dialog is not None
    dialog.reject()
    assert "no longer remembers" in workspace.banner.text, "the way out is offered again"
    press(qtbot, workspace, "Go on with this state")
    dialog = workspace.findChildren(Dialog)[-1]
    line = dialog.findChild(QLineEdit)
    assert line is not None
    line.setText(code[:-1] + ("0" if code[-1] != "0" else "1"))
    press(qtbot, dialog, "Go on with this state")
    assert "typing error" in dialog._trouble.text()
    line.setText(RecoveryCode.fresh().text())
    press(qtbot, dialog, "Go on with this state")
    qtbot.waitUntil(lambda: "not this vault's recovery code" in dialog._trouble.text(), timeout=20_000)
    line.setText(code.lower())
    press(qtbot, dialog, "Go on with this state")
    qtbot.waitUntil(lambda: verdict(frame) is Verdict.CURRENT, timeout=20_000)
    assert frame._opened is not None
    frame._opened.book.session.do(customers.add, a_customer("Second"))
    qtbot.waitUntil(lambda: workspace.banner.text == "", timeout=20_000)


def test_an_older_book_goes_on_by_the_owners_word(
    qtbot: QtBot, frame: Frame, code: str, home: Path, keychain: MemoryKeychain
) -> None:
    data = home / "main" / "data.db"
    shutil.copy(data, home / "old")
    opened = bootstrap.open_company(Profile("main", home / "main"), PASSWORD, keep_hours=None)
    assert opened is not None
    opened.session.do(customers.add, a_customer("Lost"))
    opened.close()
    shutil.move(home / "old", data)
    workspace = signed_in(qtbot, frame)
    assert verdict(frame) is Verdict.BEHIND
    press(qtbot, workspace, "Go on with this state")
    dialog = workspace.findChild(Dialog)
    assert dialog is not None
    field = dialog.findChild(PasswordField)
    assert field is not None
    field.line.setText("not the password")
    press(qtbot, dialog, "Go on with this state")
    qtbot.waitUntil(lambda: "wrong" in dialog._trouble.text(), timeout=20_000)
    assert verdict(frame) is Verdict.BEHIND
    waiting.succeeded(home / "main")  # nobody waits in tests
    field.line.setText(PASSWORD)
    press(qtbot, dialog, "Go on with this state")
    qtbot.waitUntil(lambda: verdict(frame) is Verdict.CURRENT, timeout=20_000)
