"""Books in the window: making, naming, giving, taking, and moving customers between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.features import records
from app.model.statements import Stream
from tests.sync.client.world import World
from tests.ui.company import a_company, desk_of
from tests.ui.open_book import settled, shown
from tests.ui.test_members import texts
from ui.desk import Desk
from ui.screens.books import Books
from ui.screens.customers import Customers
from ui.widgets.book_dialogs import MakeBook, MoveDialog, NameBook, ReadersDialog


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_company(3) as made:
        yield made


@pytest.fixture
def desk(qtbot: QtBot, world: World) -> Iterator[Desk]:
    with desk_of(world.owner) as desk:
        qtbot.waitUntil(lambda: bool(desk.link and desk.link.status.synced_ms), timeout=8000)
        yield desk


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk) -> Books:
    screen = Books(desk)
    shown(qtbot, screen)
    screen.arrive({})
    settled(qtbot, desk, lambda: screen.company is not None)
    return screen


def dialog(screen: QWidget, kind: type[QWidget]) -> QWidget:
    return next(one for one in screen.window().findChildren(kind) if one.isVisible())


def test_every_book_says_who_has_it(screen: Books) -> None:
    said = texts(screen)
    assert "Customers" in said and "Key accounts" in said
    assert "Had by Olga Owner, Ana Trujillo, Chen Wei" in said
    assert "With restricted fields: Olga Owner, Chen Wei" in said


def test_a_book_is_made_named_and_renamed(qtbot: QtBot, desk: Desk, world: World, screen: Books) -> None:
    screen.make()
    ask = dialog(screen, MakeBook)
    assert isinstance(ask, MakeBook)
    ask.agree()
    assert "Please fill this in." in texts(ask)
    ask.name.setText("South round")
    ask.agree()
    settled(qtbot, desk, lambda: "South round" in texts(screen))
    book = next(id_ for id_, title in screen.company.books if title == "South round")  # type: ignore[union-attr]
    assert Stream(book, 0) in world.owner.session.sync.streams()
    screen.rename(book, "South round")
    again = dialog(screen, NameBook)
    assert isinstance(again, NameBook)
    again.name.setText("Key accounts")
    again.agree()
    settled(qtbot, desk, lambda: again.yes.isEnabled())
    assert "There is a book called “Key accounts” already." in texts(again)
    again.name.setText("Southern round")
    again.agree()
    settled(qtbot, desk, lambda: "Southern round" in texts(screen))


def test_a_book_is_given_with_restricted_fields(
    qtbot: QtBot, desk: Desk, world: World, screen: Books
) -> None:
    manager = world.devices[1].session.person.member
    book = next(id_ for id_, title in screen.company.books if "outh" in title)  # type: ignore[union-attr]
    screen.share(book, "Southern round")
    ask = dialog(screen, ReadersDialog)
    assert isinstance(ask, ReadersDialog)
    ask.choice._boxes[manager][1].setChecked(True)
    assert ask.choice._boxes[manager][0].isChecked()
    ask.agree()
    settled(
        qtbot, desk, lambda: "With restricted fields: Olga Owner, Chen Wei" in texts(screen).split("\n")[-3:]
    )
    assert Stream(book, 1) in world.owner.session.sync.roster.facts.streams_of(manager)


def test_customers_are_moved_from_the_list(qtbot: QtBot, desk: Desk, world: World) -> None:
    customers = Customers(desk)
    shown(qtbot, customers)
    customers.arrive({})
    settled(qtbot, desk, lambda: customers.model.rowCount() == 3)
    customers.table.selectAll()
    customers.actions_here.run("list.move")
    settled(qtbot, desk, lambda: any(one.isVisible() for one in customers.window().findChildren(MoveDialog)))
    ask = dialog(customers, MoveDialog)
    assert isinstance(ask, MoveDialog)
    ask.book.setCurrentIndex(ask.book.findText("Key accounts"))
    ask.agree()
    settled(
        qtbot, desk, lambda: not any(one.isVisible() for one in customers.window().findChildren(MoveDialog))
    )
    session = world.owner.session
    rows = session.ask(records.ids, "customer")
    found = [row[0] for row in session.ask(records.rows, "customer", list(rows), ["id"]).values()]
    titles = {session.ask(records.open_one, "customer", id_).record.book for id_ in found}
    assert len(found) == 3 and len(titles) == 1
    assert titles != {session.identity.books[0]}
