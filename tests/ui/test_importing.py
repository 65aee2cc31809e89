"""The import assistant on a real book: what it shows, what it does, what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from app.features import records
from app.features.crm import custom_fields
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import edit
from app.gateway.session import Session
from app.ids import Id, show
from tests.builders import a_book
from tests.lookalike import restaurants, restaurants_csv
from ui.desk import Desk
from ui.screens.importing import ImportScreen
from ui.widgets.import_report import ALIKE, CHANGED, NEW, REJECTED, REMARKS, SAME
from ui.widgets.import_targets import PATH
from ui.widgets.import_work import COLUMNS, FILE, REHEARSAL, RESULT, ImportWork
from ui.window import Workspace

Wait = Callable[[Callable[[], object]], None]
SMALL = "code,name,phone,shoe size\n1,Café Zürich,030 1111111,42\n2,Zum Löwen,030 2222222,39\n"


@pytest.fixture
def book() -> Iterator[Session]:
    with a_book() as session:
        yield session


@pytest.fixture
def desk(book: Session) -> Iterator[Desk]:
    desk = Desk(book, {})
    yield desk
    desk.close()


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk) -> ImportScreen:
    screen = ImportScreen(desk)
    qtbot.addWidget(screen)
    screen.resize(1000, 700)
    screen.show()
    screen.arrive({})
    return screen


@pytest.fixture
def wait(qtbot: QtBot, desk: Desk) -> Wait:
    """Until something holds and nothing is asked any more."""

    def until(holds: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(holds()) and desk.jobs.idle, timeout=10_000)

    return until


def put(folder: Path, content: bytes | str, name: str = "list.csv") -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def taken(screen: ImportScreen, wait: Wait, path: str) -> ImportWork:
    screen.work.begin_with(path)
    wait(lambda: not screen.work.is_reading)
    return screen.work


def rehearsed(screen: ImportScreen, wait: Wait, path: str) -> ImportWork:
    work = taken(screen, wait, path)
    screen.next()
    screen.next()
    wait(lambda: work.rehearsal is not None or work.rehearsal_trouble)
    return work


def imported(screen: ImportScreen, wait: Wait, path: str) -> ImportWork:
    work = rehearsed(screen, wait, path)
    screen.next()
    wait(lambda: work.loading is None and work.result is not None)
    return work


def texts(tree: QTreeWidget) -> list[str]:
    items = (tree.topLevelItem(number) for number in range(tree.topLevelItemCount()))
    return [item.text(0) for item in items if item is not None]


def drop(on: QWidget, path: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(on, QDragEnterEvent(QPoint(5, 5), *how))
    QApplication.sendEvent(on, QDropEvent(QPointF(5, 5), *how))


def made_name(id_: Id) -> str:
    return f"x:{show(id_)}"


def count(book: Session) -> int:
    return book.ask(records.count, "customer")


def test_every_guess_is_shown_with_the_first_rows(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    assert screen.file.drop.isVisible() and not screen.stepper.isVisible()
    taken(screen, wait, put(tmp_path, restaurants_csv()))
    shown = screen.file
    assert shown.encoding.combo.currentText() == "Western European (Windows-1252)"
    assert shown.separator.combo.currentText() == "Comma"
    assert shown.heading.combo.currentText() == "Row 1"
    assert shown.table.rows.rowCount() == 50
    assert shown.table.rows.index(0, 1).data() == restaurants()[0][1].strip()
    assert screen.next_button.isEnabled() and not shown.drop.isVisible()


def test_a_corrected_guess_shows_at_once(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    work = taken(screen, wait, put(tmp_path, "code;name\n1;Café\n".encode("windows-1252")))
    assert screen.file.table.rows.index(0, 1).data() == "Café"
    screen.file.encoding.chosen.emit("mac-roman")
    wait(lambda: not work.is_reading)
    assert screen.file.table.rows.index(0, 1).data() == "CafÈ"
    assert not screen.file.again.isHidden()
    screen.file.again.click()
    wait(lambda: not work.is_reading)
    assert screen.file.table.rows.index(0, 1).data() == "Café"


def test_a_file_that_cannot_be_read_says_why_and_can_be_read_in_another_way(
    screen: ImportScreen, wait: Wait, tmp_path: Path
) -> None:
    work = taken(screen, wait, put(tmp_path, "code;name\n1;Café\n".encode("windows-1252")))
    screen.file.encoding.chosen.emit("utf-8")
    wait(lambda: work.trouble)
    assert "Choose another encoding" in screen.file.banner.text
    assert not screen.next_button.isEnabled() and not screen.file.table.isVisible()
    screen.file.encoding.chosen.emit("windows-1252")
    wait(lambda: not work.is_reading and not work.trouble)
    assert screen.file.banner.text == "" and screen.next_button.isEnabled()


@pytest.mark.parametrize(
    ("content", "said"), [(b"\x89PNG\r\n\x1a\n0000", "cannot be imported"), (b"", "is empty")]
)
def test_a_file_that_is_no_list_is_refused_in_place(
    screen: ImportScreen, wait: Wait, tmp_path: Path, content: bytes, said: str
) -> None:
    taken(screen, wait, put(tmp_path, content))
    assert said in screen.file.banner.text and not screen.next_button.isEnabled()


def test_columns_are_guessed_marked_and_chosen(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    work = taken(screen, wait, put(tmp_path, SMALL))
    screen.next()
    lines = {line.name: line for line in screen.columns.lines}
    assert lines["name"].combo.currentText() == "Name" and lines["name"].how.text() == "Known heading"
    assert lines["shoe size"].combo.currentText() == "Not imported"
    assert lines["phone"].samples.text().startswith("030 1111111")
    combo = lines["shoe size"].combo
    combo.setCurrentIndex(combo.findData("customer.phone", PATH))
    combo.activated.emit(combo.currentIndex())
    assert lines["phone"].combo.currentText() == "Not imported"
    assert lines["shoe size"].how.text() == "Chosen by you"
    # Read in another way, the choice stays.
    screen.back()
    screen.file.encoding.chosen.emit("windows-1252")
    wait(lambda: not work.is_reading)
    screen.next()
    assert work.mapping is not None and work.mapping.targets[3] == "customer.phone"


def test_a_rehearsal_shows_all_and_writes_nothing(
    screen: ImportScreen, wait: Wait, book: Session, tmp_path: Path
) -> None:
    before = book.state_hash()
    work = rehearsed(screen, wait, put(tmp_path, restaurants_csv()))
    total = len(restaurants())
    assert work.rehearsal is not None and work.rehearsal.created == total
    tiles = screen.rehearsal.report.tiles.buttons
    assert tiles[NEW].accessibleName() == f"New: {total}" and tiles[NEW].isChecked()
    assert not tiles[CHANGED].isEnabled() and not tiles[REJECTED].isEnabled()
    tree = screen.rehearsal.report.tree
    assert tree.topLevelItemCount() == 20
    tiles[ALIKE].click()
    assert "a shared number alone proves nothing" in screen.rehearsal.report.sentence.text()
    tiles[REMARKS].click()
    assert "No address: 1" in texts(tree)
    assert screen.next_button.text() == f"Import {total} rows"
    assert book.state_hash() == before


def test_what_changes_is_shown_before_and_after(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    imported(screen, wait, put(tmp_path, SMALL))
    screen.work.start_over()
    rehearsed(screen, wait, put(tmp_path, SMALL.replace("030 2222222", "030 9"), "next.csv"))
    report = screen.rehearsal.report
    assert report.tiles.buttons[SAME].accessibleName() == "The same: 1"
    item = report.tree.topLevelItem(0)
    assert item is not None and item.text(1) == "Zum Löwen"
    child = item.child(0)
    assert child is not None
    assert [child.text(n) for n in range(1, 4)] == ["Phone", "030 2222222", "030 9"]


def test_an_import_and_its_undo(screen: ImportScreen, wait: Wait, book: Session, tmp_path: Path) -> None:
    work = imported(screen, wait, put(tmp_path, restaurants_csv()))
    assert count(book) == len(restaurants())
    assert work.step == RESULT and screen.result.headline.text() == f"{len(restaurants())} rows were imported"
    assert not screen.back_button.isVisible()
    screen.result.undo.click()
    wait(lambda: work.is_undone)
    assert count(book) == 0
    assert screen.result.headline.text() == "The import was undone"
    assert not screen.result.undo.isVisible()
    book.redo()
    wait(lambda: not work.is_undone)
    assert screen.result.undo.isVisible() and count(book) == len(restaurants())


def test_the_same_file_again_has_nothing_to_import(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    path = put(tmp_path, SMALL)
    imported(screen, wait, path)
    screen.result.another.click()
    work = rehearsed(screen, wait, path)
    assert work.rehearsal is not None
    assert (work.rehearsal.created, work.rehearsal.updated, work.rehearsal.unchanged) == (0, 0, 2)
    assert not screen.next_button.isEnabled()
    assert "nothing to import" in screen.rehearsal.banner.text


def test_a_later_edit_survives_the_undo_of_the_import(
    screen: ImportScreen, wait: Wait, book: Session, desk: Desk, tmp_path: Path
) -> None:
    said: list[str] = []
    desk.said.connect(lambda text, _undo: said.append(text))
    work = imported(screen, wait, put(tmp_path, SMALL))
    row = book.ask(records.ids, "customer")[0]
    (id_,) = book.ask(records.rows, "customer", [row], ["id"])[row]
    book.do(edit, id_, {"phone": "030 3"})
    screen.result.undo.click()
    wait(lambda: work.is_undone)
    assert book.ask(records.rows, "customer", [row], ["phone"])[row] == ("030 3",)
    assert count(book) == 1 and "left as" in said[-1]


def test_a_stopped_import_leaves_nothing(
    screen: ImportScreen, wait: Wait, book: Session, tmp_path: Path
) -> None:
    work = rehearsed(screen, wait, put(tmp_path, restaurants_csv(restaurants(3000))))
    before = book.state_hash()
    screen.next()
    assert work.step == RESULT and work.loading is not None
    screen.result.running.stop.click()
    wait(lambda: work.loading is None)
    assert work.was_stopped and work.result is None and book.state_hash() == before
    screen.back()
    assert work.step == REHEARSAL and screen.next_button.isEnabled()


def test_a_stopped_rehearsal_can_be_begun_again(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    work = taken(screen, wait, put(tmp_path, SMALL))
    screen.next()
    screen.next()
    work.stop()
    assert work.was_stopped and work.rehearsing is None
    wait(lambda: True)
    assert work.rehearsal is None
    work.rehearse()
    wait(lambda: work.rehearsal)


def test_an_error_far_down_in_the_file_is_told_with_a_way_back(
    screen: ImportScreen, wait: Wait, tmp_path: Path
) -> None:
    rows = "".join(f"{number},Shop {number}\n" for number in range(30_000))
    work = rehearsed(screen, wait, put(tmp_path, "code,name\n" + rows + '9,"never closed\n'))
    assert "line 30002" in screen.rehearsal.banner.text.replace(",", "").replace("\u202f", "")
    assert not screen.next_button.isEnabled()
    work.go(FILE)
    assert screen.file.isVisible()


def test_a_file_that_changed_after_its_rehearsal_is_rehearsed_again(
    screen: ImportScreen, wait: Wait, book: Session, tmp_path: Path
) -> None:
    path = put(tmp_path, SMALL)
    work = rehearsed(screen, wait, path)
    put(tmp_path, SMALL + "3,Three,030 3,40\n")
    screen.next()
    wait(lambda: work.rehearsal is not None)
    assert work.step == REHEARSAL and count(book) == 0
    assert "changed meanwhile" in screen.rehearsal.banner.text
    assert screen.next_button.text() == "Import 3 rows"


def test_a_rehearsal_that_the_book_has_left_behind_says_so(
    screen: ImportScreen, wait: Wait, book: Session, tmp_path: Path
) -> None:
    path = put(tmp_path, SMALL)
    imported(screen, wait, path)
    screen.result.another.click()
    work = rehearsed(screen, wait, path)
    book.undo()
    wait(lambda: work.is_stale)
    assert "has changed since this rehearsal" in screen.rehearsal.banner.text
    work.rehearse()
    wait(lambda: work.rehearsal is not None and not work.is_stale)
    assert work.rehearsal is not None and work.rehearsal.created == 2


def test_rejected_rows_are_given_back_and_can_be_imported_once_mended(
    screen: ImportScreen, wait: Wait, book: Session, tmp_path: Path
) -> None:
    work = imported(screen, wait, put(tmp_path, SMALL + "3,,030 3,40\n"))
    screen.result.report.tiles.buttons[REJECTED].click()
    assert screen.result.report.save.isVisible()
    assert work.result is not None and work.preview is not None
    target = tmp_path / "rejected.csv"
    screen._write_rejected(Path(work.chosen.path), work.preview.layout, work.result, str(target))
    wait(target.exists)
    mended = target.read_text("utf-8-sig").replace("3,,030 3", "3,Mended,030 3")
    screen.result.another.click()
    work = imported(screen, wait, put(tmp_path, mended, "mended.csv"))
    assert work.result is not None and (work.result.created, work.result.rejected_count) == (1, 0)
    assert count(book) == 3


def test_all_is_as_it_was_on_a_screen_built_anew(
    qtbot: QtBot, desk: Desk, screen: ImportScreen, wait: Wait, tmp_path: Path
) -> None:
    work = rehearsed(screen, wait, put(tmp_path, SMALL))
    other = ImportScreen(desk)
    qtbot.addWidget(other)
    other.show()
    assert other.work is work and other.rehearsal.isVisible()
    assert other.next_button.text() == "Import 2 rows"


def test_options_are_asked_only_where_the_file_gives_reason(
    screen: ImportScreen, wait: Wait, tmp_path: Path
) -> None:
    work = taken(screen, wait, put(tmp_path, SMALL))
    screen.next()
    options = screen.columns.options
    assert not options.currency.isVisible() and not options.days.isVisible()
    work.map("shoe size", "customer.credit_limit")
    assert options.currency.isVisible()
    work.map("shoe size", "contact.birthday")
    assert options.days.isVisible() and not options.currency.isVisible()
    options.match.chosen.emit("*")
    boxes = {box.text(): box for box in options._boxed.values()}
    assert set(boxes) == {"Name", "Customer code", "Phone"}
    boxes["Phone"].click()
    assert work.job.match == "phone"
    options.words.setText("42, nobody")
    options.words.editingFinished.emit()
    assert work.file_mapping.empty_words == {"42", "nobody"}


def test_without_a_column_there_is_nothing_to_rehearse(
    screen: ImportScreen, wait: Wait, tmp_path: Path
) -> None:
    work = taken(screen, wait, put(tmp_path, SMALL))
    screen.next()
    work.map("name", "")
    assert "name of the customer" in screen.columns.banner.text and screen.next_button.isEnabled()
    for column in ("code", "phone"):
        work.map(column, "")
    assert not screen.next_button.isEnabled() and not work.can_go(REHEARSAL)


def test_a_file_dropped_on_the_screen_is_taken(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    drop(screen, put(tmp_path, SMALL))
    wait(lambda: screen.work.preview is not None)
    assert screen.work.file_name == "list.csv"


def test_a_file_dropped_on_the_window_opens_the_assistant(
    qtbot: QtBot, desk: Desk, wait: Wait, tmp_path: Path
) -> None:
    workspace = Workspace(desk)
    qtbot.addWidget(workspace)
    workspace.show()
    path = put(tmp_path, SMALL)
    drop(workspace, path)
    wait(lambda: isinstance(workspace.shown, ImportScreen) and workspace.shown.work.preview is not None)
    work = ImportWork.of(desk)
    assert work.chosen.path == path
    # Going back and forth takes no file anew.
    work.start_over()
    workspace.step(-1)
    workspace.step(1)
    assert isinstance(workspace.shown, ImportScreen) and work.chosen.path == ""
    drop(workspace, path)
    wait(lambda: work.preview is not None)
    assert work.chosen.path == path


def test_a_field_that_is_added_meanwhile_can_be_chosen(
    screen: ImportScreen, wait: Wait, book: Session, tmp_path: Path
) -> None:
    work = taken(screen, wait, put(tmp_path, SMALL))
    screen.next()
    work.map("phone", "")
    made = book.do(custom_fields.add, CustomField(label="Shoe size", of="customer", kind="number"))
    wait(lambda: f"customer.{made_name(made.id)}" in work.fields and not work.is_reading)
    assert work.mapping is not None and work.mapping.targets[2] == ""
    assert screen.columns.targets is not None
    assert screen.columns.targets.row_of(f"customer.{made_name(made.id)}") > 0
    work.map("shoe size", f"customer.{made_name(made.id)}")
    screen.next()
    wait(lambda: work.rehearsal is not None)
    assert work.rehearsal is not None and work.rehearsal.created == 2
    item = screen.rehearsal.report.tree.topLevelItem(0)
    assert item is not None and item.text(2) == "1 · 42"


def test_what_was_imported_is_shown_in_the_list(
    screen: ImportScreen, wait: Wait, desk: Desk, tmp_path: Path
) -> None:
    shown: list[tuple[str, Any]] = []
    desk.shown.connect(lambda name, where: shown.append((name, where)))
    imported(screen, wait, put(tmp_path, SMALL))
    screen.result.show_new.click()
    ((name, where),) = shown
    assert name == "customers" and where["filters"][0].field == "touched"


def test_the_keyboard_goes_where_it_is_wanted_next(
    qtbot: QtBot, screen: ImportScreen, wait: Wait, tmp_path: Path
) -> None:
    screen.activateWindow()
    qtbot.waitUntil(screen.file.drop.button.hasFocus)
    taken(screen, wait, put(tmp_path, SMALL))
    qtbot.waitUntil(screen.next_button.hasFocus)
    steps: list[int] = []
    for _step in (COLUMNS, REHEARSAL, RESULT):
        qtbot.keyClick(screen.next_button, Qt.Key.Key_Space)
        wait(lambda: not screen.work.is_busy)
        steps.append(screen.work.step)
    assert steps == [COLUMNS, REHEARSAL, RESULT]
    qtbot.waitUntil(screen.result.show_new.hasFocus)


def test_every_choice_is_called_by_its_label(screen: ImportScreen, wait: Wait, tmp_path: Path) -> None:
    taken(screen, wait, put(tmp_path, SMALL))
    screen.next()
    buddies = {label.buddy() for label in screen.findChildren(QLabel)}
    nameless = [combo for combo in screen.findChildren(QComboBox) if combo not in buddies]
    assert nameless == [] and all(combo.accessibleName() for combo in screen.findChildren(QComboBox))


def test_after_choosing_a_file_the_keyboard_is_on_next(
    qtbot: QtBot, screen: ImportScreen, wait: Wait, tmp_path: Path
) -> None:
    def is_read(name: str) -> bool:
        return screen.work.file_name == name and not screen.work.is_reading

    for name in ("one.csv", "two.csv"):
        screen.actions_here.run("import.file")
        dialog = screen.window().findChild(QFileDialog)
        assert dialog is not None
        qtbot.waitUntil(dialog.isVisible)
        dialog.selectFile(put(tmp_path, SMALL, name))
        dialog.accept()
        wait(partial(is_read, name))
        assert screen.window().focusWidget() is screen.next_button
        qtbot.waitUntil(lambda: screen.window().findChild(QFileDialog) is None)
