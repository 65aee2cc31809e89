"""Claims about lists."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from pytestqt.qtbot import QtBot

from app.features.crm.customers import Customer
from app.model.entity import entity_of
from tests.ui.conftest import asking
from ui.desk import Desk
from ui.table import Column, Order, RowsModel, Source, Table, columns_of
from ui.table.columns import Pill


class Kept:
    """A memory in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.texts.get(key)

    def set(self, key: str, text: Any) -> None:
        self.texts[key] = text


class Book:
    """Rows 0 … n-1 with a name and a town; counts what is asked of it."""

    def __init__(self, desk: Desk, rows: int) -> None:
        self.desk, self.numbers = desk, list(range(rows))
        self.asked: list[int] = []
        self.town = "Town"

    def ids(self, order: Order | None) -> Any:
        descending = bool(order and order.descending)
        return self.desk.ask(
            self.desk, asking(lambda view: array("q", sorted(self.numbers, reverse=descending)))
        )

    def rows(self, ids: array[int], names: tuple[str, ...]) -> Any:
        def query(view: Any) -> dict[int, tuple[Any, ...]]:
            self.asked.append(len(ids))
            return {i: tuple(f"{name}{'' if name == 'id' else ' '}{i}" for name in names) for i in ids}

        return self.desk.ask(self.desk, asking(query))


COLUMNS = (
    Column("name", "Name", 220, strong=True),
    Column("town", "Town"),
    Column("code", "Code", at_first=False),
)


@pytest.fixture
def book(desk: Desk) -> Book:
    return Book(desk, 100_000)


def listing(qtbot: QtBot, book: Book, name: str = "", memory: Kept | None = None) -> Table:
    model = RowsModel(Source(book.ids, book.rows), COLUMNS)
    table = Table(model, name, memory)
    model.setParent(table)
    qtbot.addWidget(table)
    table.resize(900, 600)
    table.show()
    with qtbot.waitSignal(model.filled):
        model.load()
    return table


def test_only_the_rows_around_those_in_sight_are_fetched(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    assert table.rows.rowCount() == 100_000
    assert sum(book.asked) <= 130
    with qtbot.waitSignal(table.rows.filled):
        table.verticalScrollBar().setValue(table.verticalScrollBar().maximum() // 2)
    assert sum(book.asked) <= 130 + 230
    assert table.rows.row(99_999) is None


def test_a_hundred_thousand_rows_take_eight_bytes_each(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    assert table.rows.ids().itemsize * len(table.rows.ids()) == 800_000


def test_scrolling_far_asks_only_for_where_it_stops(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    bar = table.verticalScrollBar()
    for step in range(1, 60):
        bar.setValue(bar.maximum() * step // 60)
        table.viewport().repaint()
    top = table.rowAt(1)
    qtbot.waitUntil(lambda: table.rows.row(top) is not None)
    assert len(book.asked) <= 4


def test_sorting_keeps_the_selection_and_the_keyboard(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    table._select([3, 4, 5, 500])
    table.selectionModel().setCurrentIndex(table.rows.index(4, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    with qtbot.waitSignal(table.rows.fresh):
        table.header.sort(Order("name", descending=True))
    assert sorted(table.chosen()) == [3, 4, 5, 500]
    assert table.currentIndex().row() == 100_000 - 1 - 4


def test_selecting_all_of_a_long_list_is_one_range(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    table.selectAll()
    assert table.chosen_count() == 100_000
    with qtbot.waitSignal(table.rows.fresh):
        table.rows.refresh()
    assert len(table.chosen()) == 100_000


def test_a_click_on_the_head_sorts_and_a_second_one_turns_round(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    for descending in (False, True, False):
        with qtbot.waitSignal(table.rows.fresh):
            table.header.sectionClicked.emit(1)
        assert table.rows.order == Order("town", descending)


def test_refreshing_shows_the_old_text_until_the_new_is_there(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    shown: list[str] = []

    def note() -> None:
        row = table.rows.row(0)
        shown.append(str(row.cells[0]) if row else "")

    table.rows.fresh.connect(note)
    old = table.rows.row(0)
    table.rows.refresh()
    qtbot.waitUntil(lambda: table.rows.row(0) is not old)
    assert shown == ["name 0"]


def test_columns_are_remembered(qtbot: QtBot, book: Book) -> None:
    memory = Kept()
    table = listing(qtbot, book, "customers", memory)
    assert table.header.shown_columns() == ("name", "town")
    table.header.show_column("code", shown=True)
    table.header.show_column("town", shown=False)
    table.header.moveSection(2, 0)
    table.header.resizeSection(0, 333)
    table.header.sort(Order("name", descending=True))
    table.header.save()
    again = listing(qtbot, book, "customers", memory)
    assert again.header.shown_columns() == ("code", "name")
    assert again.header.sectionSize(0) == 333
    assert again.rows.order == Order("name", descending=True)
    again.header.show_usual()
    assert again.header.shown_columns() == ("name", "town")


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"order": 3, "widths": [], "sort": ["x"]}', '{"hidden": "name"}']
)
def test_a_memory_that_makes_no_sense_is_ignored(qtbot: QtBot, book: Book, text: Any) -> None:
    memory = Kept()
    memory.texts["columns.customers"] = text
    assert listing(qtbot, book, "customers", memory).header.shown_columns() == ("name", "town")


def test_the_last_column_stays(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    for name in ("name", "town", "code"):
        table.header.show_column(name, shown=False)
    assert len(table.header.shown_columns()) == 1


def test_enter_opens_and_home_and_end_go_to_the_ends(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    table.choose_row(2)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == ["id2"]
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().row() == 99_999
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert table.currentIndex().row() == 0
    qtbot.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert table.chosen_count() == 100_000


def test_typing_on_a_list_asks_no_row(qtbot: QtBot, book: Book) -> None:
    table = listing(qtbot, book)
    asked = len(book.asked)
    with qtbot.waitSignal(table.typed) as typed:
        qtbot.keyClick(table, Qt.Key.Key_W)
    assert typed.args == ["w"]
    assert len(book.asked) == asked


def test_columns_follow_from_the_declaration() -> None:
    stage_pill = {"stage": lambda value: Pill(value.upper(), 1)}
    columns = columns_of(entity_of(Customer), ("name", "stage", "phone"), show=stage_pill)
    assert [column.name for column in columns if column.at_first] == ["name", "stage", "phone"]
    assert columns[0].strong
    assert columns[1].show("at_risk") == Pill("AT_RISK", 1)
    assert next(column for column in columns if column.name == "kind").show("cafe") == "Café"
    assert next(column for column in columns if column.name == "credit_limit").right


def test_a_list_that_opens_shows_its_first_rows_before_it_knows_all(
    qtbot: QtBot, book: Book, desk: Desk
) -> None:
    def first(order: Order | None, count: int) -> Any:
        return desk.ask(desk, asking(lambda view: array("q", book.numbers[:count])))

    model = RowsModel(Source(book.ids, book.rows, first), COLUMNS)
    table = Table(model)
    model.setParent(table)
    qtbot.addWidget(table)
    seen: list[tuple[int, bool]] = []
    model.fresh.connect(lambda: seen.append((model.rowCount(), model.loaded)))
    table.show()
    model.load()
    qtbot.waitUntil(lambda: model.loaded)
    assert seen == [(200, False), (100_000, True)]
    book.numbers = [1, 2, 3]
    model.refresh()
    qtbot.waitUntil(lambda: model.rowCount() == 3)


def test_a_short_list_is_asked_for_once(qtbot: QtBot, book: Book, desk: Desk) -> None:
    model = RowsModel(
        Source(
            lambda order: pytest.fail("asked twice"),
            book.rows,
            lambda order, count: desk.ask(desk, asking(lambda view: array("q", [1, 2]))),
        ),
        COLUMNS,
    )
    model.load()
    qtbot.waitUntil(lambda: model.loaded)
    qtbot.wait(60)
    assert model.rowCount() == 2
