"""Claims about the way in: welcome, unlock, lock, several profiles. With real vaults, quick passwords."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import bootstrap, i18n
from app.crypto import passwords
from app.vault import header
from app.vault.keychain import NoKeychain
from ui import unlock
from ui.dialogs import TypedConfirmation
from ui.main.frame import Frame
from ui.main.single import Single
from ui.preferences import preferences
from ui.screens.settings.company import Company as CompanySection
from ui.unlock import UnlockPage, profile_names
from ui.welcome import WelcomePage
from ui.widgets.gate import Gate, Gates
from ui.widgets.password import PasswordField
from ui.widgets.recovery_form import RecoveryForm
from ui.window import Workspace

PASSWORD = "seven uncommon words walk home"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least Argon2id that is allowed, and no keyring."""
    monkeypatch.setattr(passwords, "calibrate", lambda *_a, **_k: passwords.minimum())
    monkeypatch.setattr(bootstrap, "keychain", NoKeychain)
    monkeypatch.setattr("app.vault.keychain.system", NoKeychain)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def company(home: Path) -> str:
    """A company whose recovery code is returned."""
    made = bootstrap.create_company(home, "North Foods", "Wang Jiali", PASSWORD)
    code = made.recovery_code
    assert code is not None
    text = code.text()
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


def begun(qtbot: QtBot, frame: Frame) -> Frame:
    assert frame.begin()
    qtbot.waitUntil(lambda: frame.is_at_rest, timeout=20_000)
    return frame


def unlock_page(frame: Frame) -> UnlockPage:
    page = frame.centralWidget()
    assert isinstance(page, UnlockPage)
    return page


def press(qtbot: QtBot, inside: QWidget, text: str) -> None:
    """Press a button, if need be once it has come: what takes a look at the disk comes a moment later."""

    def found() -> list[QPushButton]:
        return [b for b in inside.findChildren(QPushButton) if b.text() == text and b.isVisible()]

    qtbot.waitUntil(lambda: bool(found()), timeout=20_000)
    qtbot.mouseClick(found()[0], Qt.MouseButton.LeftButton)


def type_password(qtbot: QtBot, frame: Frame, text: str) -> None:
    line = unlock_page(frame)._sign_in.password.line
    line.setText(text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def said(frame: Frame) -> str:
    page = frame.centralWidget()
    gate = page.currentWidget() if isinstance(page, Gates) else None
    return gate.banner.text if isinstance(gate, Gate) else ""


def opened(qtbot: QtBot, frame: Frame) -> Workspace:
    qtbot.waitUntil(lambda: isinstance(frame.centralWidget(), Workspace), timeout=20_000)
    page = frame.centralWidget()
    assert isinstance(page, Workspace)
    return page


def test_the_name_of_the_header_is_the_vaults() -> None:
    assert unlock.HEADER_FILE == header.NAME


def test_profiles_are_found_as_the_vault_finds_them(home: Path, company: str) -> None:
    (home / "not-one").mkdir()
    (home / "Bad Name").mkdir()
    assert profile_names(home) == ["main"]
    assert profile_names(home / "none") == []


def test_the_first_start_makes_a_company_and_insists_on_the_code(qtbot: QtBot, frame: Frame) -> None:
    begun(qtbot, frame)
    page = frame.centralWidget()
    assert isinstance(page, WelcomePage)
    press(qtbot, page, "Make your company")
    form: Any = page._form
    press(qtbot, page, "Make the company")
    assert "name of the company" in form.banner.text
    form.name.setText("North Foods")
    form.owner.setText("Wang Jiali")
    form.password.line.setText("password123")
    press(qtbot, page, "Make the company")
    assert form.password.score == 0
    form.password.line.setText(PASSWORD)
    form.again.line.setText(PASSWORD + "!")
    press(qtbot, page, "Make the company")
    assert "differ" in form.banner.text
    form.again.line.setText(PASSWORD)
    press(qtbot, page, "Make the company")
    qtbot.waitUntil(lambda: page.count() == 3, timeout=20_000)
    assert form.password.text() == ""
    code: Any = page.currentWidget()
    code.answers[0].setText("AAAA")
    press(qtbot, code, "I have kept the code")
    assert "not the groups" in code.banner.text
    for answer, group in zip(code.answers, code.asked, strict=True):
        answer.setText(group.lower())
    press(qtbot, code, "I have kept the code")
    opened(qtbot, frame)
    assert "North Foods" in frame.windowTitle()
    assert frame._opened is not None and frame._opened.book.recovery_code is None


def test_a_wrong_password_waits_and_the_right_one_opens(qtbot: QtBot, frame: Frame, company: str) -> None:
    begun(qtbot, frame)
    sign_in: Any = unlock_page(frame)._sign_in
    type_password(qtbot, frame, "wrong")
    qtbot.waitUntil(lambda: not sign_in._trouble.isHidden(), timeout=20_000)
    assert "wrong" in sign_in._trouble.text()
    assert sign_in.password.text() == ""
    assert not sign_in.unlock.isEnabled() and "Try again in 1 second" in sign_in.unlock.text()
    qtbot.waitUntil(sign_in.unlock.isEnabled, timeout=5_000)
    type_password(qtbot, frame, PASSWORD)
    opened(qtbot, frame)


def test_locking_closes_the_book_and_asks_for_the_password(qtbot: QtBot, frame: Frame, company: str) -> None:
    begun(qtbot, frame)
    type_password(qtbot, frame, PASSWORD)
    workspace = opened(qtbot, frame)
    book = frame._opened.book  # type: ignore[union-attr]
    qtbot.keyClick(workspace, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    unlock_page(frame)
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)
    assert book.session._closed
    assert "North Foods" not in frame.windowTitle()
    type_password(qtbot, frame, PASSWORD)
    opened(qtbot, frame)


@pytest.mark.parametrize("ours", [True, False])
def test_locking_takes_what_was_copied_here_from_the_clipboard(
    qtbot: QtBot, frame: Frame, company: str, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    # Without a screen Qt cannot tell who has put something there.
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _clipboard: ours)
    begun(qtbot, frame)
    type_password(qtbot, frame, PASSWORD)
    opened(qtbot, frame)
    QGuiApplication.clipboard().setText("+49 30 5551234")
    frame.lock()
    assert QGuiApplication.clipboard().text() == ("" if ours else "+49 30 5551234")
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)


def test_the_recovery_code_sets_a_new_password(qtbot: QtBot, frame: Frame, company: str) -> None:
    begun(qtbot, frame)
    page = unlock_page(frame)
    press(qtbot, page, "Forgot password?")
    recovery: Any = page.currentWidget()
    new = "eleven other words stay outside"
    recovery.code.setText("1234")
    recovery.password.line.setText(new)
    recovery.again.line.setText(new)
    press(qtbot, recovery, "Open and set the password")
    qtbot.waitUntil(lambda: "28" in recovery.banner.text, timeout=20_000)
    recovery.code.setText(company.lower().replace("-", " "))
    press(qtbot, recovery, "Open and set the password")
    opened(qtbot, frame)
    frame.lock()
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)
    type_password(qtbot, frame, new)
    opened(qtbot, frame)


def test_a_profile_is_deleted_only_after_its_name_was_typed(
    qtbot: QtBot, frame: Frame, home: Path, company: str
) -> None:
    begun(qtbot, frame)
    unlock_page(frame).delete_profile()
    dialog = frame.findChild(TypedConfirmation)
    assert dialog is not None
    assert not dialog.yes.isEnabled()
    dialog.line.setText("main")
    qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(frame.centralWidget(), WelcomePage), timeout=20_000)
    assert not (home / "main").exists()
    assert said(frame) == "“main” was deleted from this computer."


def test_one_of_several_profiles_is_deleted_with_a_word(
    qtbot: QtBot, frame: Frame, home: Path, company: str
) -> None:
    bootstrap.create_company(home, "South Foods", "Li Lei", PASSWORD).close()
    preferences().choose(last_profile="main")
    begun(qtbot, frame)
    unlock_page(frame).delete_profile()
    dialog = frame.findChild(TypedConfirmation)
    assert dialog is not None
    dialog.line.setText("main")
    qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(said(frame)), timeout=20_000)
    assert said(frame) == "“main” was deleted from this computer."
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)
    assert said(frame) and unlock_page(frame).profile == "main-2"


def test_a_company_that_is_deleted_while_it_is_open_ends_with_a_word(
    qtbot: QtBot, frame: Frame, home: Path, company: str
) -> None:
    begun(qtbot, frame)
    type_password(qtbot, frame, PASSWORD)
    workspace = opened(qtbot, frame)
    workspace.go("settings", {"section": "company"})
    section = workspace.findChild(CompanySection)
    assert section is not None
    section.ask_to_delete()
    dialog = frame.findChild(TypedConfirmation)
    assert dialog is not None
    dialog.line.setText("North Foods")
    qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(frame.centralWidget(), WelcomePage), timeout=20_000)
    assert said(frame) == "“North Foods” was deleted from this computer."
    assert not (home / "main").exists()
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)


def test_several_profiles_are_offered(qtbot: QtBot, frame: Frame, home: Path, company: str) -> None:
    bootstrap.create_company(home, "South Foods", "Li Lei", PASSWORD).close()
    begun(qtbot, frame)
    page = unlock_page(frame)
    press(qtbot, page, "main-2")
    assert page.profile == "main-2"
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)
    type_password(qtbot, frame, PASSWORD)
    opened(qtbot, frame)
    assert "South Foods" in frame.windowTitle()
    assert preferences().settings.last_profile == "main-2"


def test_a_second_start_shows_the_first_window_and_ends(
    qtbot: QtBot, frame: Frame, home: Path, company: str
) -> None:
    import subprocess
    import sys

    begun(qtbot, frame)
    frame.showMinimized()
    code = (
        f"import sys; from pathlib import Path; from ui.main import main; sys.exit(main(Path({str(home)!r})))"
    )
    second = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0, second.stderr and second.stderr.read()
    qtbot.waitUntil(lambda: not frame.isMinimized())
    if second.stderr:
        second.stderr.close()


def test_a_profile_is_let_go_when_the_window_closes(tmp_path: Path) -> None:
    one, two = Single(tmp_path), Single(tmp_path)
    assert one.take()
    assert not two.take()
    one.release()
    assert two.take()
    two.release()


def test_switching_the_language_relabels_the_page_in_sight(qtbot: QtBot, frame: Frame, company: str) -> None:
    begun(qtbot, frame)
    first = unlock_page(frame)
    preferences().choose(language="zh_CN")
    qtbot.waitUntil(lambda: frame.centralWidget() is not first)
    assert i18n.language() == "zh_CN"
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)
    type_password(qtbot, frame, PASSWORD)
    workspace = opened(qtbot, frame)
    preferences().choose(language="en")
    qtbot.waitUntil(lambda: frame.centralWidget() is not workspace)
    opened(qtbot, frame)


def test_keys_that_wait_while_the_language_is_switched_go_to_the_new_window(
    qtbot: QtBot, frame: Frame, company: str
) -> None:
    begun(qtbot, frame)
    type_password(qtbot, frame, PASSWORD)
    workspace = opened(qtbot, frame)
    for name, language in (("customers", "zh_CN"), ("settings", "en")):
        workspace.go(name, {})
        preferences().choose(language=language)
        again = frame.centralWidget()  # without a turn of the event loop, which would deliver what was typed
        assert isinstance(again, Workspace) and again is not workspace
        here = QApplication.focusWidget()
        assert here is not None and again.shown is not None and again.shown.isAncestorOf(here)
        assert here.isVisible()
        workspace = again
        qtbot.wait(20)
        assert QApplication.focusWidget() is here


def test_the_control_that_switched_the_language_has_the_keyboard_afterwards(
    qtbot: QtBot, frame: Frame, company: str
) -> None:
    begun(qtbot, frame)
    type_password(qtbot, frame, PASSWORD)
    workspace = opened(qtbot, frame)
    workspace.go("settings", {"section": "appearance"})
    for language in ("zh_CN", "en"):
        box = next(box for box in workspace.findChildren(QComboBox) if box.findData("zh_CN") >= 0)
        box.setFocus()
        preferences().choose(language=language)
        assert frame.centralWidget() is not workspace
        workspace = frame.centralWidget()  # type: ignore[assignment]
        here = QApplication.focusWidget()
        assert isinstance(here, QComboBox) and here.currentData() == language


def test_another_language_does_not_style_every_widget_anew(
    qtbot: QtBot, frame: Frame, company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(qtbot, frame)
    sheets: list[str] = []
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    monkeypatch.setattr(QApplication, "setStyleSheet", lambda _app, sheet: sheets.append(sheet))
    before = app.font()
    preferences().choose(language="zh_CN")
    assert sheets == [] and app.font() != before
    preferences().choose(theme="dark")
    assert len(sheets) == 1


def test_the_window_comes_back_where_it_stood(qtbot: QtBot, frame: Frame, home: Path, company: str) -> None:
    begun(qtbot, frame)
    frame.resize(777, 555)
    frame.close()
    frame.end()
    again = Frame(home)
    qtbot.addWidget(again)
    begun(qtbot, again)
    assert (again.width(), again.height()) == (777, 555)
    again.end()


def test_caps_lock_is_noticed_by_its_letters(qtbot: QtBot) -> None:
    field = PasswordField("Password")
    qtbot.addWidget(field)
    field.show()
    qtbot.keyClick(field.line, "a")
    assert not field.caps_hint
    qtbot.keyClick(field.line, "A")
    assert field.caps_hint
    qtbot.keyClick(field.line, "A", Qt.KeyboardModifier.ShiftModifier)
    assert not field.caps_hint


def test_a_password_can_be_shown_and_is_hidden_again_when_wiped(qtbot: QtBot) -> None:
    field = PasswordField("Password")
    qtbot.addWidget(field)
    field.line.setText("secret")
    field.line._eye.trigger()
    assert field.line.echoMode() == QLineEdit.EchoMode.Normal
    field.wipe()
    assert field.line.echoMode() == QLineEdit.EchoMode.Password and field.text() == ""


def test_names_are_never_read_as_rich_text(qtbot: QtBot, frame: Frame, company: str) -> None:
    begun(qtbot, frame)
    page = unlock_page(frame)
    page._titles["main"] = "<img src=x> & Sons"
    page._retitle()
    headings = [label for label in page.findChildren(QLabel) if label.text() == "<img src=x> & Sons"]
    assert headings and all(label.textFormat() == Qt.TextFormat.PlainText for label in headings)


def test_the_idle_watch_locks_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtCore import QObject

    from ui.main.idle import IdleWatch

    due: list[int] = []
    owner = QObject()
    watch = IdleWatch(owner, 1, lambda: due.append(1))
    watch._check()
    assert not due
    watch._timer._steady_s -= 61
    watch._check()
    assert due == [1]
    assert not watch._look.isActive()


def test_the_recovery_sheet_tells_whose_it_is_and_how_it_is_kept(qtbot: QtBot) -> None:
    from ui.widgets.recovery_sheet import sheet

    groups = ("AAAA", "BBBB", "CCCC", "DDDD", "EEEE", "FFFF", "GGGG")
    for language, keep in (("en", "Lock the paper away"), ("zh_CN", "保险箱")):
        i18n.use(language)
        page = sheet("金锅 <b>\u202e", groups)
        text = page.toPlainText()
        assert "金锅 <b>\ufffd" in text and keep in text and page.pageCount() == 1
        assert [group for group in groups if group not in text] == []
    i18n.use("en")


def test_the_recovery_sheet_is_a_pdf(qtbot: QtBot, tmp_path: Path) -> None:
    from app.errors import Unreadable
    from ui.widgets.recovery_sheet import save_pdf

    file, shared = tmp_path / "code.pdf", tmp_path / "old.pdf"
    shared.touch(0o644)
    for path in (file, shared):
        save_pdf(str(path), "North <Foods>", ("AAAA", "BBBB"))
        assert path.read_bytes().startswith(b"%PDF-")
        assert path.stat().st_mode & 0o077 == 0, "nobody else reads the code"
    with pytest.raises(Unreadable):
        save_pdf(str(tmp_path / "no" / "code.pdf"), "North", ("AAAA",))


def test_the_demonstration_is_one_click_away_and_so_is_ones_own_company(
    qtbot: QtBot, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import demo

    monkeypatch.setattr(demo, "CUSTOMERS", 3)
    begun(qtbot, frame)
    page = frame.centralWidget()
    assert isinstance(page, WelcomePage)
    press(qtbot, page, "Look around in a demonstration company")
    workspace = opened(qtbot, frame)
    assert "invented" in workspace.banner.text
    frame.lock()
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)
    press(qtbot, unlock_page(frame), "Look around")
    workspace = opened(qtbot, frame)
    press(qtbot, workspace, "Start your own company")
    assert isinstance(frame.centralWidget(), WelcomePage)
    qtbot.waitUntil(lambda: frame._jobs.idle, timeout=20_000)


def test_a_backup_is_restored_with_the_recovery_code(
    qtbot: QtBot, frame: Frame, home: Path, company: str, tmp_path: Path
) -> None:
    from app.features.trust import backups
    from app.vault import profiles

    with_company = bootstrap.open_company(profiles.named(home, "main"), PASSWORD)
    assert with_company is not None
    backups.make(with_company, tmp_path / "book.provender")
    with_company.close()
    frame.home = tmp_path / "elsewhere"
    preferences().keep_in(frame.home, "en")
    begun(qtbot, frame)
    page = frame.centralWidget()
    assert isinstance(page, WelcomePage)
    page.check(str(tmp_path / "nothing.provender"))
    form: Any = page.currentWidget()
    qtbot.waitUntil(lambda: bool(form.banner.text))
    assert not form.open.isEnabled() and frame.focusWidget() is form.leave
    press(qtbot, form, "Back")
    page.check(str(tmp_path / "book.provender"))
    assert page.currentWidget() is not form
    form = page.currentWidget()
    qtbot.waitUntil(form.open.isEnabled, timeout=20_000)
    new = "eleven other words stay outside"
    form.code.setText(company)
    form.password.line.setText(new)
    form.again.line.setText(new)
    press(qtbot, form, "Restore and set the password")
    opened(qtbot, frame)
    assert "North Foods" in frame.windowTitle()


def test_restoring_from_the_unlock_screen_begins_in_the_line_for_the_code(
    qtbot: QtBot, frame: Frame, home: Path, company: str, tmp_path: Path
) -> None:
    (tmp_path / "book.backup").write_bytes(b"")
    begun(qtbot, frame)
    unlock_page(frame).restore_wanted.emit()
    unlock_page(frame).findChild(QFileDialog).reject()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: unlock_page(frame).findChild(QFileDialog) is None)
    unlock_page(frame).restore_wanted.emit()
    dialog = unlock_page(frame).findChild(QFileDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    dialog.selectFile(str(tmp_path / "book.backup"))
    dialog.accept()
    page = frame.centralWidget()
    assert isinstance(page, WelcomePage)
    form = page.currentWidget()
    # At once, while the backup is still being read: whoever types on types into this line.
    assert isinstance(form, RecoveryForm) and frame.focusWidget() is form.code
    qtbot.waitUntil(lambda: bool(form.banner.text), timeout=20_000)
    press(qtbot, form, "Back")
    unlock_page(frame)
