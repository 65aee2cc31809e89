"""The export dialog on a real book: what it offers, what it writes, what it asks before."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.features.crm import customers
from app.features.crm.importing.loading import Job, rehearse
from app.features.filtering import Filter
from app.features.lists import Listing
from app.features.trust import audit
from app.gateway.session import Session
from app.model.values import Money
from tests.builders import a_book, a_customer
from ui.desk import Desk
from ui.dialogs import Dialog, pick_file
from ui.widgets.export_dialog import ALL, CHOSEN, VIEW, ExportDialog

NORTH = Listing((Filter("tags", "any", ("north",)),), order="name")
Open = Callable[..., ExportDialog]


@pytest.fixture
def book() -> Iterator[Session]:
    with a_book() as session:
        for name, tag in (("A", "north"), ("B", "south"), ("C", "north")):
            session.do(customers.add, a_customer(name, tags=(tag,), credit_limit=Money(77_700, "EUR")))
        yield session


@pytest.fixture
def desk(book: Session) -> Iterator[Desk]:
    desk = Desk(book, {})
    yield desk
    desk.close()


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    host = QWidget()
    qtbot.addWidget(host)
    host.show()
    return host


@pytest.fixture
def dialog(qtbot: QtBot, desk: Desk, host: QWidget) -> Open:
    def make(listing: Listing = NORTH, rows: array[int] | None = None, count: int = 2) -> ExportDialog:
        made = ExportDialog(host, desk, "customer", listing, count, ("name", "phone"), rows)
        made.open()
        qtbot.waitUntil(made.yes.isEnabled)
        return made

    return make


def written(qtbot: QtBot, desk: Desk, dialog: ExportDialog, path: Path) -> str:
    dialog._write(str(path))
    qtbot.waitUntil(lambda: path.exists() and desk.jobs.idle)
    return path.read_text("utf-8-sig")


def test_the_view_comes_first_and_all_is_one_choice_away(
    qtbot: QtBot, desk: Desk, dialog: Open, tmp_path: Path
) -> None:
    one = dialog()
    assert list(one.scopes) == [VIEW, ALL] and one.scope == VIEW
    assert one.scopes[ALL].text() == "All that there are (3)"
    names = [line.split(",")[1] for line in written(qtbot, desk, one, tmp_path / "a.csv").splitlines()[1:]]
    assert names == ["A", "C"]
    other = dialog()
    other.scopes[ALL].setChecked(True)
    assert len(written(qtbot, desk, other, tmp_path / "b.csv").splitlines()) == 4


def test_chosen_rows_alone_can_be_taken(qtbot: QtBot, desk: Desk, dialog: Open, tmp_path: Path) -> None:
    one = dialog(rows=array("q", [1]))
    assert list(one.scopes) == [CHOSEN, VIEW, ALL] and one.scope == CHOSEN
    assert len(written(qtbot, desk, one, tmp_path / "a.csv").splitlines()) == 2


def test_restricted_fields_go_along_only_when_asked(
    qtbot: QtBot, desk: Desk, dialog: Open, book: Session, tmp_path: Path
) -> None:
    one = dialog()
    assert one.restricted.text() == "With restricted fields: Credit limit" and not one.restricted.isChecked()
    assert "777.00 EUR" not in written(qtbot, desk, one, tmp_path / "a.csv")
    other = dialog()
    other.restricted.setChecked(True)
    assert "777.00 EUR" in written(qtbot, desk, other, tmp_path / "b.csv")
    assert "customer.export" in {line.command for line in book.ask(audit.listed)}


def test_only_the_fields_in_sight(qtbot: QtBot, desk: Desk, dialog: Open, tmp_path: Path) -> None:
    one = dialog()
    one.in_sight.setChecked(True)
    one.labelled.setChecked(False)
    head = written(qtbot, desk, one, tmp_path / "a.csv").splitlines()[0]
    assert head == "customer.id,customer.name,customer.phone"


@pytest.mark.parametrize("kind", ["csv", "xlsx", "vcard4", "vcard3", "json"])
def test_every_format_comes_back_without_a_change(
    qtbot: QtBot, desk: Desk, dialog: Open, book: Session, tmp_path: Path, kind: str
) -> None:
    one = dialog(Listing(), count=3)
    one.format.chosen.emit(kind)
    one.restricted.setChecked(True)
    path = tmp_path / "file"
    one._write(str(path))
    qtbot.waitUntil(lambda: path.exists() and desk.jobs.idle)
    report = book.ask(rehearse, Job(path))
    assert (report.created, report.updated, report.unchanged, report.rejected_count) == (0, 0, 3, 0)


def test_cards_are_not_asked_about_columns(dialog: Open) -> None:
    one = dialog()
    one.format.chosen.emit("vcard4")
    assert one.every.isHidden() and one.labelled.isHidden() and not one.restricted.isHidden()


def test_the_folder_is_offered_afterwards(qtbot: QtBot, desk: Desk, dialog: Open, tmp_path: Path) -> None:
    offered: list[Any] = []
    desk.offered.connect(lambda *what: offered.append(what))
    written(qtbot, desk, dialog(), tmp_path / "out.csv")
    qtbot.waitUntil(lambda: bool(offered))
    assert offered[0][:2] == ("2 records were written to “out.csv”.", "Open folder")


def test_a_file_is_replaced_only_after_asking(qtbot: QtBot, host: QWidget, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("old")
    chosen: list[str] = []
    picker = pick_file(host, "Save", ["CSV (*.csv)"], chosen.append, save_as="there.csv")
    picker.fileSelected.emit(str(there))
    (question,) = host.findChildren(Dialog)
    assert question.windowTitle() == "Replace “there.csv”?" and chosen == []
    question.yes.click()
    assert chosen == [str(there)]
    picker.fileSelected.emit(str(tmp_path / "new.csv"))
    assert chosen[1:] == [str(tmp_path / "new.csv")]
    picker.close()
