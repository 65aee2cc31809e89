"""Claims about the settings, on a real company with a real vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import bootstrap, i18n
from app.bootstrap import Open
from app.clock import SystemClock
from app.crypto import passwords
from app.features.crm import custom_fields, customers
from app.features.crm.custom_fields import CustomField
from app.features.trust import backups, vault
from app.settings import Settings
from app.vault import waiting
from tests.builders import PASSWORD, a_customer
from tests.keychains import MemoryKeychain
from ui.desk import Desk
from ui.dialogs import Dialog, TypedConfirmation
from ui.palette import SETTINGS
from ui.preferences import preferences
from ui.screens.settings import SettingsScreen
from ui.screens.settings.about import About
from ui.screens.settings.appearance import SETTLED_MS, Appearance
from ui.screens.settings.backups import Backups
from ui.screens.settings.company import Company
from ui.screens.settings.custom_fields import CustomFields, FieldDialog, describe
from ui.screens.settings.keys import ChangePassword, NewRecoveryCode
from ui.screens.settings.screen import SECTIONS
from ui.screens.settings.section import Section
from ui.screens.settings.security import Security
from ui.screens.settings.trail import Trail
from ui.theme import look
from ui.widgets.recovery_sheet import save_pdf

NEW = "seven lanterns at noon"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2id at its least, and the usual settings before and after."""
    monkeypatch.setattr(passwords, "calibrate", passwords.minimum)
    usual = Settings(theme="light")
    preferences().settings = usual
    yield
    preferences().settings = usual
    look().use("light", 100)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    made = bootstrap.create_company(
        tmp_path_factory.mktemp("home"), "Acme Foods", "Olga Owner", PASSWORD,
        keychain=MemoryKeychain(), clock=SystemClock(), parameters=passwords.minimum(),
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, company: Open) -> Iterator[Desk]:
    desk = Desk(company.session)
    desk.book = company
    yield desk
    desk.close()


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk) -> SettingsScreen:
    screen = SettingsScreen(desk)
    qtbot.addWidget(screen)
    screen.resize(1000, 760)
    screen.show()
    screen.activateWindow()
    return screen


def go(qtbot: QtBot, screen: SettingsScreen, name: str) -> Section:
    screen.arrive({"section": name})
    qtbot.waitUntil(lambda: screen.desk.jobs.idle)
    section = screen.stack.currentWidget()
    assert isinstance(section, Section)
    return section


def settle(qtbot: QtBot, desk: Desk) -> None:
    qtbot.waitUntil(lambda: desk.jobs.idle, timeout=10_000)


def button(where: QWidget, name: str) -> QPushButton:
    return next(push for push in where.findChildren(QPushButton) if push.accessibleName() == name)


def cut_off(where: QWidget) -> list[str]:
    """Texts that do not fit the room they were given."""
    found = []
    for label in where.findChildren(QLabel):
        if label.isVisible() and label.text() and label.pixmap().isNull():
            needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            wide = 0 if label.wordWrap() else label.sizeHint().width()
            if label.height() < needed or label.width() < wide:
                found.append(label.text())
    for push in where.findChildren(QPushButton):
        if push.isVisible() and push.width() < push.minimumSizeHint().width():
            found.append(push.text())
    return found


def test_the_list_names_every_section_and_goes_there(qtbot: QtBot, screen: SettingsScreen) -> None:
    screen.arrive({})
    assert [screen.list.item(row).text() for row in range(screen.list.count())] == [
        "Appearance", "Custom fields", "Security", "Audit trail", "Backup", "Company and profile", "About",
    ]  # fmt: skip
    screen.list.setFocus()
    qtbot.keyClick(screen.list, Qt.Key.Key_Down)
    assert screen.section == "custom_fields"
    assert {name for name, _label in SETTINGS} == {
        section.name for section in SECTIONS
    }  # the palette's way here
    settle(qtbot, screen.desk)


def test_the_section_in_sight_survives_a_rebuild(qtbot: QtBot, screen: SettingsScreen, desk: Desk) -> None:
    go(qtbot, screen, "trail")
    again = SettingsScreen(desk)
    qtbot.addWidget(again)
    again.restore(screen.state())
    assert again.section == "trail"
    settle(qtbot, desk)


@pytest.mark.parametrize(("width", "scale"), [(1100, 100), (640, 100), (430, 100), (1100, 175), (700, 150)])
def test_no_text_is_cut_off(qtbot: QtBot, desk: Desk, width: int, scale: int) -> None:
    look().use("light", scale)
    screen = SettingsScreen(desk)
    qtbot.addWidget(screen)
    screen.resize(width, 800)
    screen.show()
    for section in SECTIONS:
        shown = go(qtbot, screen, section.name)
        qtbot.wait(20)
        assert not cut_off(shown), section.name
        inside = shown.widget()
        assert inside is not None and inside.minimumSizeHint().width() <= shown.viewport().width(), (
            section.name
        )


def test_in_a_narrow_window_the_sections_are_icons_that_keep_their_names(
    qtbot: QtBot, screen: SettingsScreen
) -> None:
    screen.resize(430, 700)
    qtbot.waitUntil(lambda: screen.list.width() < 60)
    item = screen.list.item(2)
    assert item.text() == "" and item.data(Qt.ItemDataRole.AccessibleTextRole) == "Security"


# ---- appearance


def test_a_theme_is_shown_at_once_and_kept(qtbot: QtBot, screen: SettingsScreen) -> None:
    section = go(qtbot, screen, "appearance")
    assert isinstance(section, Appearance)
    qtbot.mouseClick(section.themes.button(2), Qt.MouseButton.LeftButton)
    assert look().tokens.name == "dark" and preferences().settings.theme == "dark"
    preferences().choose(theme="contrast")
    assert section.themes.button(3).isChecked()


def test_the_text_size_is_previewed_while_moving_and_applied_when_the_keys_rest(
    qtbot: QtBot, screen: SettingsScreen
) -> None:
    section = go(qtbot, screen, "appearance")
    assert isinstance(section, Appearance)
    section.slider.setFocus()
    before = section.sample.sizeHint().height()
    for _step in range(3):
        qtbot.keyClick(section.slider, Qt.Key.Key_Right)
    assert section.percent.text() == "150%" and look().tokens.scale == 100
    assert section.sample.sizeHint().height() > before
    qtbot.waitUntil(lambda: look().tokens.scale == 150, timeout=SETTLED_MS * 4)
    assert preferences().settings.text_size == 150


def test_the_language_is_switched_while_running(qtbot: QtBot, screen: SettingsScreen) -> None:
    section = go(qtbot, screen, "appearance")
    assert isinstance(section, Appearance)
    index = section.language.findData("zh_CN")
    section.language.setCurrentIndex(index)
    section.language.activated.emit(index)
    qtbot.waitUntil(lambda: i18n.language() == "zh_CN")
    assert preferences().settings.language == "zh_CN"


# ---- custom fields


def test_a_field_is_added_edited_moved_and_removed(qtbot: QtBot, screen: SettingsScreen, desk: Desk) -> None:
    section = go(qtbot, screen, "custom_fields")
    assert isinstance(section, CustomFields)
    shown = section.list_of("customer")
    for label, kind in (("Oven", "number"), ("Cuisine", "choice")):
        shown.add()
        dialog = shown.findChildren(FieldDialog)[-1]
        dialog.form.editor("label").show_raw(label)
        dialog.form.editor("kind").show_raw(kind)
        if kind == "choice":
            dialog.agree()
            assert dialog.form.troubles() == {"options": "Please give at least one option."}
            dialog.form.editor("options").show_raw([["French", "Sichuan"], ""])
        else:
            assert dialog.form.lines["unit"].isVisible() and not dialog.form.lines["options"].isVisible()
            dialog.form.editor("unit").show_raw("kW")
        dialog.agree()
        settle(qtbot, desk)
    qtbot.waitUntil(lambda: [field.label for field in shown.fields] == ["Oven", "Cuisine"])
    shown.move(1, -1)
    qtbot.waitUntil(lambda: [field.label for field in shown.fields] == ["Cuisine", "Oven"])
    shown.edit(shown.fields[1])
    dialog = shown.findChildren(FieldDialog)[-1]
    assert "kind" not in dialog.form.lines  # values were written for it
    dialog.form.editor("label").show_raw("Oven power")
    dialog.agree()
    qtbot.waitUntil(lambda: [field.label for field in shown.fields] == ["Cuisine", "Oven power"])
    shown.remove(shown.fields[0])
    confirmation = shown.findChildren(Dialog)[-1]
    confirmation.accept()
    qtbot.waitUntil(lambda: [field.label for field in shown.fields] == ["Oven power"])
    desk.undo(shown)
    qtbot.waitUntil(lambda: [field.label for field in shown.fields] == ["Cuisine", "Oven power"])
    desk.session.do(custom_fields.delete, [field.id for field in shown.fields])
    settle(qtbot, desk)


# ---- security


def test_security_says_in_plain_words_what_opens_the_book(qtbot: QtBot, screen: SettingsScreen) -> None:
    section = go(qtbot, screen, "security")
    assert isinstance(section, Security)
    assert "only together with a key in the keyring" in section.password.hint.text()
    assert "64 MiB" in section.password.hint.text()
    assert "Made on" in section.recovery.hint.text()
    assert section.keyring.hint.text().startswith("“memory” is safe to use.")


def test_the_password_is_changed_only_when_all_is_right(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk, company: Open
) -> None:
    section = go(qtbot, screen, "security")
    assert isinstance(section, Security)
    section.change_password()
    dialog = section.findChild(ChangePassword)
    assert isinstance(dialog, ChangePassword)
    settle(qtbot, desk)
    for old, new, again, trouble in (
        ("", NEW, NEW, "current password"),
        (PASSWORD, "password1", "password1", "better password"),
        (PASSWORD, "acme foods 77", "acme foods 77", "better password"),
        (PASSWORD, NEW, NEW + "!", "differ"),
        ("not the one", NEW, NEW, "The password is wrong"),
    ):
        dialog.old.line.setText(old)
        dialog.new.line.setText(new)
        dialog.again.line.setText(again)
        dialog.agree()
        settle(qtbot, desk)
        assert trouble in dialog._trouble.text()
        qtbot.waitUntil(lambda: not cut_off(dialog))
    waiting.succeeded(company.profile.folder)  # a test need not wait
    dialog.old.line.setText(PASSWORD)
    said: list[str] = []
    desk.said.connect(lambda text, _undo: said.append(text))
    left: list[str] = []
    dialog.finished.connect(lambda _result: left.append(dialog.old.text() + dialog.new.text()))
    dialog.agree()
    assert not dialog.yes.isEnabled() and dialog.busy.isVisible()
    dialog.reject()  # not while it runs
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert said == ["The password is changed. The old one no longer opens this book."]
    assert left == [""]
    vault.change_password(company, NEW, PASSWORD)
    settle(qtbot, desk)


def test_a_new_recovery_code_is_shown_until_it_was_kept_and_the_book_goes_on(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk, tmp_path: Path
) -> None:
    section = go(qtbot, screen, "security")
    assert isinstance(section, Security)
    section.new_recovery_code()
    dialog = section.findChild(NewRecoveryCode)
    assert isinstance(dialog, NewRecoveryCode)
    dialog.agree()
    assert "type your password" in dialog._trouble.text()
    dialog.password.line.setText(PASSWORD)
    dialog.agree()
    qtbot.waitUntil(lambda: dialog.code_is_shown, timeout=10_000)
    assert not dialog.password.text() and not dialog.yes.isEnabled()
    dialog.reject()
    assert dialog.isVisible() and "shown only now" in dialog._trouble.text()
    save_pdf(str(tmp_path / "code.pdf"), "Acme Foods", dialog._groups)
    assert (tmp_path / "code.pdf").read_bytes().startswith(b"%PDF")
    qtbot.waitUntil(lambda: not cut_off(dialog))
    assert dialog.kept is not None
    dialog.kept.setChecked(True)
    dialog.yes.click()
    assert not dialog.code_is_shown
    made = desk.session.do(customers.add, a_customer("After re-keying"))
    assert made.id
    settle(qtbot, desk)


def test_staying_signed_in_and_idle_locking_are_kept(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk, company: Open
) -> None:
    section = go(qtbot, screen, "security")
    assert isinstance(section, Security)
    keychain = company.vault.keychain
    assert isinstance(keychain, MemoryKeychain)
    for hours, held in ((2, True), (0, False)):
        index = section.hours.findData(hours)
        section.hours.setCurrentIndex(index)
        section.hours.activated.emit(index)
        settle(qtbot, desk)
        assert preferences().settings.keep_hours == hours
        assert any(item == "session-key" for _owner, item in keychain.items) is held
    section.minutes.activated.emit(section.minutes.findData(0))
    assert preferences().settings.lock_minutes == 0
    with qtbot.waitSignal(desk.lock_wanted):
        button(section, "Lock").click()


# ---- audit trail


def test_the_trail_lists_who_did_what_and_is_verified(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk
) -> None:
    desk.session.do(customers.add, a_customer("Traced"))
    section = go(qtbot, screen, "trail")
    assert isinstance(section, Trail)
    model = section.table.model()
    first = [model.index(0, column).data() for column in range(model.columnCount())]
    assert first[1:] == ["Olga Owner", "Customer · Add", "1", "Done"]
    button(section, "Verify now").click()
    settle(qtbot, desk)
    assert section.result.text.startswith("The trail is whole:")


def test_a_broken_trail_names_its_first_bad_row(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk, company: Open
) -> None:
    section = go(qtbot, screen, "trail")
    assert isinstance(section, Trail)
    with company.session.database.transaction() as connection:
        ((body,),) = connection.execute("SELECT body FROM audit WHERE number = 2").fetchall()
        connection.execute("UPDATE audit SET outcome = 'failed' WHERE number = 2")
    button(section, "Verify now").click()
    settle(qtbot, desk)
    assert "row 2" in section.result.text and "Keep a copy" in section.result.text
    with company.session.database.transaction() as connection:
        connection.execute("UPDATE audit SET outcome = 'done', body = ? WHERE number = 2", (body,))


# ---- backup


def test_a_backup_is_made_told_and_remembered(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk, tmp_path: Path
) -> None:
    section = go(qtbot, screen, "backups")
    assert isinstance(section, Backups)
    assert "never been backed up" in section.last.hint.text()
    section.back_up(str(tmp_path / "one.backup"))
    assert not section.make.isEnabled() and section.running.isVisible()
    settle(qtbot, desk)
    assert section.result.text.startswith("The backup is written to") and section.make.isEnabled()
    assert section.running.isHidden() and (tmp_path / "one.backup").stat().st_size > 10_000
    assert "just now" in section.last.hint.text()
    section.back_up(str(tmp_path / "one.backup"))
    settle(qtbot, desk)
    assert "never written over" in screen.banner.text


def test_the_keyboard_stays_with_the_backup(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk, tmp_path: Path
) -> None:
    section = go(qtbot, screen, "backups")
    assert isinstance(section, Backups)
    section.make.setFocus()
    section.back_up(str(tmp_path / "one.backup"))
    assert screen.window().focusWidget() is section.running.stop
    settle(qtbot, desk)
    assert screen.window().focusWidget() is section.make
    section.back_up(str(tmp_path / "one.backup"))  # is refused
    settle(qtbot, desk)
    assert screen.window().focusWidget() is section.make


def test_a_stopped_backup_leaves_nothing(
    qtbot: QtBot, screen: SettingsScreen, desk: Desk, tmp_path: Path
) -> None:
    section = go(qtbot, screen, "backups")
    assert isinstance(section, Backups)
    before = desk.session.ask(backups.last)
    section.back_up(str(tmp_path / "two.backup"))
    button(section, "Stop").click()
    qtbot.waitUntil(lambda: section.make.isEnabled())
    if "stopped" in section.result.text:  # quick machines are done before the press
        assert not list(tmp_path.iterdir()) and desk.session.ask(backups.last) == before


# ---- company, about


def test_the_company_page_says_whose_book_this_is_and_where_it_lies(
    qtbot: QtBot, screen: SettingsScreen, company: Open
) -> None:
    section = go(qtbot, screen, "company")
    assert isinstance(section, Company)
    assert section.name == "Acme Foods"
    assert section.folder.hint.text() == str(company.profile.folder)
    assert "customer" in section.content.hint.text() and "kB" in section.room.hint.text()


def test_the_documents_are_read_inside_the_program(qtbot: QtBot, screen: SettingsScreen) -> None:
    section = go(qtbot, screen, "about")
    assert isinstance(section, About)
    button(section, "Read: Third-party parts and their licences").click()
    assert "PySide6" in section.page.toPlainText() and section.page.isVisible()


def test_a_profile_is_destroyed_only_after_its_name_was_typed(qtbot: QtBot, tmp_path: Path) -> None:
    made = bootstrap.create_company(
        tmp_path, "Doomed Ltd", "Olga", PASSWORD,
        keychain=MemoryKeychain(), clock=SystemClock(), parameters=passwords.minimum(),
    )  # fmt: skip
    desk = Desk(made.session)
    desk.book = made
    section = Company(desk)
    qtbot.addWidget(section)
    section.show()
    section.ask_to_delete()
    dialog = section.findChild(TypedConfirmation)
    assert isinstance(dialog, TypedConfirmation)
    dialog.line.setText("doomed")
    assert not dialog.yes.isEnabled()
    dialog.line.setText("Doomed Ltd")
    with qtbot.waitSignal(desk.lock_wanted, timeout=10_000):
        dialog.yes.click()
    assert not made.profile.folder.exists()
    keychain = made.vault.keychain
    assert isinstance(keychain, MemoryKeychain) and not keychain.items
    desk.close()
    made.close(forget=True)  # as locking does once more
    assert not keychain.items


def test_a_field_is_described_on_one_line() -> None:
    assert describe(CustomField(label="Oven", of="customer", kind="number", unit="kW")) == "Number · kW"
    choice = CustomField(label="Cuisine", of="customer", kind="choice", options=("French",))
    assert describe(choice) == "Choice · 1 option: French"
