"""Claims about the list of customers: finding, filtering, choosing, changing many, views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from app import i18n
from app.features import lists, records
from app.features.crm import custom_fields, customers, views
from app.features.crm.custom_fields import CustomField
from app.features.filtering import Filter
from app.gateway.session import Session
from app.ids import show
from app.model.values import Address
from tests.builders import a_book, a_customer
from tests.ui.open_book import desk_over, settled, shown
from ui.desk import Desk
from ui.fields.chips import ChipsEditor
from ui.main.frame import USUAL_SIZE
from ui.palette.commands import command_rows
from ui.screens.customers import Customers
from ui.table import Order
from ui.widgets.bulk_edit import BulkEdit
from ui.widgets.filter_sheet import FilterSheet
from ui.widgets.filter_values import FilterValue
from ui.widgets.record_list import RecordList
from ui.widgets.view_menu import NameDialog
from ui.window import Workspace

NAMES = ("Alpha Bakery", "Beta Café", "Gamma Wok", "Delta Deli", "Epsilon Inn")


@pytest.fixture
def session() -> Iterator[Session]:
    """Five customers; two in Munich, two active."""
    with a_book() as book:
        for place, name in enumerate(NAMES):
            book.do(
                customers.add,
                a_customer(
                    name,
                    stage="active" if place < 2 else "lead",
                    address=Address(city="Munich" if place in (1, 3) else "Köln"),
                    tags=("bio",) if place == 0 else (),
                    phone=f"+49 89 555{place}",
                ),
            )
        yield book


@pytest.fixture
def real(qtbot: QtBot, session: Session) -> Iterator[Desk]:
    with desk_over(session) as desk:
        yield desk


@pytest.fixture
def screen(qtbot: QtBot, real: Desk) -> Customers:
    return opened(qtbot, real)


def opened(qtbot: QtBot, desk: Desk, **where: Any) -> Customers:
    made = Customers(desk)
    shown(qtbot, made)
    made.arrive(where)
    settled(qtbot, desk, lambda: made.model.loaded)
    return made


def names(screen: Customers) -> list[str]:
    screen.model.look_at(0, screen.model.rowCount() - 1)
    return [str(screen.model.index(row, 0).data()) for row in range(screen.model.rowCount())]


def dialog(screen: Customers, kind: type[QDialog]) -> Any:
    return screen.window().findChildren(kind)[-1]


def values(session: Session, field: str) -> dict[str, Any]:
    rows = session.ask(records.rows, "customer", session.ask(records.ids, "customer"), ["name", field])
    return dict(rows.values())


def test_the_list_shows_all_sorted_by_name_with_their_number(qtbot: QtBot, screen: Customers) -> None:
    assert names(screen) == ["Alpha Bakery", "Beta Café", "Delta Deli", "Epsilon Inn", "Gamma Wok"]
    assert screen.count_label.text() == "5 customers"


def test_a_text_narrows_the_list_and_clearing_it_shows_all(
    qtbot: QtBot, real: Desk, screen: Customers
) -> None:
    qtbot.keyClicks(screen.search, "cafe")
    settled(qtbot, real, lambda: screen.model.rowCount() == 1)
    assert names(screen) == ["Beta Café"]
    assert screen.count_label.text() == "1 of 5"
    screen.clear_filters()
    settled(qtbot, real, lambda: screen.model.rowCount() == 5)
    assert screen.search.text() == ""


def test_a_slash_and_letters_typed_on_the_list_go_to_the_search_line(
    qtbot: QtBot, real: Desk, screen: Customers
) -> None:
    qtbot.keyClick(screen.table, Qt.Key.Key_Slash)
    assert screen.search.hasFocus()
    screen.table.setFocus()
    qtbot.keyClicks(screen.table, "g")
    settled(qtbot, real, lambda: screen.model.rowCount() == 1)
    assert screen.search.text() == "g"
    qtbot.keyClick(screen.search, Qt.Key.Key_Escape)
    settled(qtbot, real, lambda: screen.model.rowCount() == 5)


def test_a_filter_is_made_with_the_keyboard_and_says_what_it_keeps(
    qtbot: QtBot, real: Desk, screen: Customers
) -> None:
    screen.actions_here.run("list.filter")
    sheet = screen.findChildren(FilterSheet)[-1]
    line = sheet.findChild(QLineEdit)
    assert line is not None
    qtbot.keyClicks(line, "city")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settled(qtbot, real)
    value: Any = sheet.findChild(FilterValue)
    qtbot.waitUntil(lambda: value.list.list.count() == 2)
    assert [value.list.list.item(row).text() for row in range(2)] == ["Köln", "Munich"]
    value.list.list.setCurrentRow(1)
    qtbot.keyClick(value.list.list, Qt.Key.Key_Space)
    settled(qtbot, real, lambda: screen.model.rowCount() == 2)
    sheet.close()
    assert screen.filters.filters == (Filter("address.city", "any", ("Munich",)),)
    assert [chip.text.text() for chip in screen.filters._chips] == ["City: Munich"]


def test_filters_are_remembered_by_the_next_start(qtbot: QtBot, real: Desk, session: Session) -> None:
    first = opened(qtbot, real)
    first.filters._edited(Filter("stage", "any", ("active",)))
    first.table.header.sort(Order("phone", descending=True))
    settled(qtbot, real, lambda: first.model.rowCount() == 2)
    first._remember()
    settled(qtbot, real)
    with desk_over(session) as desk:
        again = opened(qtbot, desk)
        assert names(again) == ["Beta Café", "Alpha Bakery"]
        assert len(again.filters.filters) == 1


def test_deleting_a_chip_takes_its_filter_away(qtbot: QtBot, real: Desk, screen: Customers) -> None:
    screen.filters._edited(Filter("stage", "any", ("lead",)))
    settled(qtbot, real, lambda: screen.model.rowCount() == 3)
    qtbot.keyClick(screen.filters._chips[0].text, Qt.Key.Key_Delete)
    settled(qtbot, real, lambda: screen.model.rowCount() == 5)


def test_nothing_that_fits_offers_to_clear_the_filters(qtbot: QtBot, real: Desk, screen: Customers) -> None:
    qtbot.keyClicks(screen.search, "zzzzz")
    settled(qtbot, real, lambda: screen.model.rowCount() == 0)
    assert screen._empty_shown == "fits"


def test_an_empty_book_offers_to_import_or_add(qtbot: QtBot) -> None:
    with a_book() as book, desk_over(book) as desk:
        made = opened(qtbot, desk)
        assert made._empty_shown == "none"
        asked: list[tuple[str, object]] = []
        desk.shown.connect(lambda name, where: asked.append((name, where)))
        desk.opened.connect(lambda kind, id_, _where: asked.append((kind, id_)))
        made.import_button.click()
        made.new_button.click()
        assert asked == [("import", {"kind": "customer"}), ("customer", None)]


def test_enter_opens_with_the_neighbours_of_the_list(qtbot: QtBot, real: Desk, screen: Customers) -> None:
    asked: list[Any] = []
    real.opened.connect(lambda *parts: asked.append(parts))
    screen.table.choose_row(2)
    qtbot.keyClick(screen.table, Qt.Key.Key_Return)
    kind, id_, where = asked[0]
    assert kind == "customer" and id_ == screen.model.id_at(2)
    assert where["at"] == 2 and len(where["among"]) == 5


def test_space_picks_rows_and_the_arrows_leave_them_picked(qtbot: QtBot, screen: Customers) -> None:
    screen.table.choose_row(0)
    qtbot.keyClick(screen.table, Qt.Key.Key_Space)
    qtbot.keyClick(screen.table, Qt.Key.Key_Down)
    qtbot.keyClick(screen.table, Qt.Key.Key_Down)
    qtbot.keyClick(screen.table, Qt.Key.Key_Space)
    assert [index.row() for index in screen.table.selectionModel().selectedRows()] == [0, 2]
    assert screen.bars.currentIndex() == 1 and "2 of 5" in screen.many.label.text()
    qtbot.keyClick(screen.table, Qt.Key.Key_Escape)
    assert screen.table.chosen_count() == 1 and screen.bars.currentIndex() == 0


def test_tags_are_added_to_all_chosen_and_taken_back_by_undo(
    qtbot: QtBot, real: Desk, session: Session, screen: Customers
) -> None:
    said: list[tuple[str, bool]] = []
    real.said.connect(lambda text, undo: said.append((text, undo)))
    screen.table.selectAll()
    screen.actions_here.run("list.add_tags")
    sheet = dialog(screen, BulkEdit)
    settled(qtbot, real)
    assert isinstance(sheet._editor, ChipsEditor)
    sheet._editor.show_value(("vip",))
    sheet.agree()
    settled(qtbot, real, lambda: bool(said))
    assert said == [("5 customers were changed.", True)]
    assert set(values(session, "tags").values()) == {("bio", "vip"), ("vip",)}
    real.undo(screen)
    settled(qtbot, real, lambda: len(said) == 2)
    assert set(values(session, "tags").values()) == {("bio",), ()}


def test_a_field_is_set_for_all_chosen(qtbot: QtBot, real: Desk, session: Session, screen: Customers) -> None:
    screen.table.selectAll()
    screen.actions_here.run("list.edit_many")
    sheet = dialog(screen, BulkEdit)
    labels = [sheet.what.itemText(place) for place in range(sheet.what.count())]
    assert "Credit limit" not in labels and "Name" not in labels
    sheet.what.setCurrentIndex(labels.index("Stage"))
    sheet._editor.show_value("lapsed")
    sheet.agree()
    settled(qtbot, real, lambda: set(values(session, "stage").values()) == {"lapsed"})


def test_deleting_names_the_number_and_can_be_undone(
    qtbot: QtBot, real: Desk, session: Session, screen: Customers
) -> None:
    screen.table.choose_row(0)
    screen.table._select([0, 1])
    screen.actions_here.run("list.delete")
    sheet = dialog(screen, QDialog)
    assert sheet.windowTitle() == "Delete 2 customers?"
    sheet.agree()
    settled(qtbot, real, lambda: screen.model.rowCount() == 3)
    assert session.ask(records.count, "customer") == 3
    real.undo(screen)
    settled(qtbot, real, lambda: screen.model.rowCount() == 5)


def test_a_cell_is_edited_in_its_place(qtbot: QtBot, real: Desk, session: Session, screen: Customers) -> None:
    screen.table.choose_row(0)
    qtbot.keyClick(screen.table, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: screen.inline.editor is not None)
    line = screen.inline.editor.inner()  # type: ignore[union-attr]
    assert isinstance(line, QLineEdit) and line.text() == "Alpha Bakery"
    line.setText("Alpha & Sons")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settled(qtbot, real, lambda: "Alpha & Sons" in values(session, "name"))
    assert screen.inline.editor is None and set(values(session, "marks").values()) == {0}


def test_escape_leaves_a_cell_as_it_was(
    qtbot: QtBot, real: Desk, session: Session, screen: Customers
) -> None:
    screen.table.choose_row(0)
    qtbot.keyClick(screen.table, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: screen.inline.editor is not None)
    line = screen.inline.editor.inner()  # type: ignore[union-attr]
    assert isinstance(line, QLineEdit)
    line.setText("Nobody")
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    settled(qtbot, real)
    assert "Nobody" not in values(session, "name")


def test_a_view_is_saved_switched_to_and_begun_with(
    qtbot: QtBot, real: Desk, session: Session, screen: Customers
) -> None:
    screen.filters._edited(Filter("stage", "any", ("active",)))
    screen.table.header.show_column("email", shown=True)
    settled(qtbot, real, lambda: screen.model.rowCount() == 2)
    screen.actions_here.run("list.save_view")
    sheet: NameDialog = dialog(screen, NameDialog)
    sheet.line.setText("Active ones")
    sheet.agree()
    settled(qtbot, real, lambda: screen.views.text() == "Active ones")
    assert [view.name for view in session.ask(views.of_list, "customer", "")] == []  # not for everyone
    screen.show_view(None)
    settled(qtbot, real, lambda: screen.model.rowCount() == 5)
    assert screen.views.text() == "All customers"
    screen.show_view(screen.views.views[0])
    settled(qtbot, real, lambda: screen.model.rowCount() == 2)
    assert "email" in screen.table.header.shown_columns() and not screen.views.is_changed
    screen.filters._edited(Filter("tags", "any", ("bio",)))
    settled(qtbot, real, lambda: screen.model.rowCount() == 1)
    assert screen.views.text() == "Active ones (changed)"
    screen.views._begin_here(True)
    screen._save_later.stop()
    settled(qtbot, real)
    with desk_over(session) as desk:
        again = opened(qtbot, desk)
        settled(qtbot, desk, lambda: again.model.rowCount() == 2)
        assert again.views.text() == "Active ones"


def test_a_change_elsewhere_is_seen_and_keeps_the_selection(
    qtbot: QtBot, real: Desk, session: Session, screen: Customers
) -> None:
    screen.table.choose_row(4)
    chosen = screen.table.chosen()
    session.do(customers.add, a_customer("Aardvark"))
    settled(qtbot, real, lambda: screen.model.rowCount() == 6)
    assert screen.table.chosen() == chosen and screen.count_label.text() == "6 customers"


def test_a_new_custom_field_becomes_a_column_and_a_filter(
    qtbot: QtBot, real: Desk, session: Session, screen: Customers
) -> None:
    made = session.do(custom_fields.add, CustomField(label="Seats", of="customer", kind="number"))
    settled(qtbot, real, lambda: bool(screen.custom))
    assert "Seats" in [column.label for column in screen.model.columns]
    assert any(one.label == "Seats" for one in screen.filters._fields)
    assert made.label == "Seats" and "credit_limit" not in [column.name for column in screen.model.columns]


def test_a_rebuild_in_another_language_keeps_filters_and_place(
    qtbot: QtBot, real: Desk, screen: Customers
) -> None:
    screen.filters._edited(Filter("stage", "any", ("lead",)))
    settled(qtbot, real, lambda: screen.model.rowCount() == 3)
    screen.table.choose_row(1)
    kept, here = screen.state(), screen.table.current_id()
    again = Customers(real)
    again.restore(kept)
    shown(qtbot, again)
    again.arrive({})
    settled(qtbot, real, lambda: again.model.rowCount() == 3 and again.table.current_id() == here)


def test_a_saved_view_keeps_its_name_through_another_language_and_a_lock(
    qtbot: QtBot, real: Desk, session: Session, screen: Customers
) -> None:
    screen.filters._edited(Filter("stage", "any", ("lead",)))
    settled(qtbot, real, lambda: screen.model.rowCount() == 3)
    screen.actions_here.run("list.save_view")
    sheet: NameDialog = dialog(screen, NameDialog)
    sheet.line.setText("Leads")
    sheet.agree()
    settled(qtbot, real, lambda: screen.views.text() == "Leads")
    again = Customers(real)
    again.restore(screen.state())
    shown(qtbot, again)
    again.arrive({})
    settled(qtbot, real, lambda: again.model.rowCount() == 3)
    assert again.views.text() == "Leads"
    qtbot.waitUntil(lambda: not screen._save_later.isActive())
    settled(qtbot, real)
    with desk_over(session) as desk:
        later = opened(qtbot, desk)
        settled(qtbot, desk, lambda: later.model.rowCount() == 3)
        assert later.views.text() == "Leads"


def test_copied_rows_are_the_cells_in_sight(qtbot: QtBot, screen: Customers) -> None:
    screen.table._select([0, 1])
    screen.many.copy()
    lines = QApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Alpha Bakery", "Beta Café"]


def test_a_caller_may_ask_for_a_filtered_list(qtbot: QtBot, real: Desk) -> None:
    made = opened(qtbot, real, filters=[("stage", "any", ("lead",))])
    assert made.model.rowCount() == 3 and i18n.language() == "en"


def test_half_filled_forms_are_offered_above_the_list(qtbot: QtBot, real: Desk, session: Session) -> None:
    id_ = session.ask(lists.ids_of, "customer", session.ask(records.ids, "customer"))[0]
    for key, title, at in (
        (f"draft:customer:{show(id_)}", "Alpha Bakery", 2),
        ("draft:customer:new", "Nearly", 1),
    ):
        real.memory.set(key, {"fields": {"name": title}, "title": title, "at": at})
    made = opened(qtbot, real)
    assert made.drafts.isVisible() and made.drafts.text() == "2 drafts"
    asked: list[object] = []
    real.opened.connect(lambda _kind, id_, _where: asked.append(id_))
    made.drafts._fill()
    for action in made.drafts.drafts.actions():
        action.trigger()
    assert asked == [id_, None]
    assert made.drafts.drafts.actions()[1].text().startswith("New: Customer – Nearly")


@pytest.mark.parametrize("name", ["customers", "contacts"])
def test_the_usual_columns_fit_the_window_as_it_begins(qtbot: QtBot, real: Desk, name: str) -> None:
    window = Workspace(real)
    shown(qtbot, window, *USUAL_SIZE)
    window.go(name, {})
    settled(qtbot, real)
    screen = window.shown
    assert isinstance(screen, RecordList)
    # The bar at the right comes with a longer list.
    bar = (
        0
        if screen.table.verticalScrollBar().isVisible()
        else screen.table.verticalScrollBar().sizeHint().width()
    )
    assert screen.table.horizontalHeader().length() <= screen.table.viewport().width() - bar


def test_importing_is_offered_once_among_the_commands(qtbot: QtBot, real: Desk) -> None:
    window = Workspace(real)
    shown(qtbot, window)
    for name in ("customers", "settings"):
        window.go(name, {})
        settled(qtbot, real)
        rows = [row for row in command_rows(real, window.offers(), "import") if not row.heading]
        assert [(row.title, row.side) for row in rows] == [("Import a list…", "Ctrl+Shift+I")]
