"""Claims about signs in names that turn, hide or break what stands beside them: the window shows that they are there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.features.crm import activities, contacts, customers
from app.features.crm.customers import Customer
from app.features.crm.finding import find
from app.features.trust import audit
from app.gateway.session import Session
from tests.builders import a_book, a_contact, a_customer, an_activity
from tests.ui.open_book import desk_over, settled, shown
from ui.desk import Desk
from ui.dialogs import confirm
from ui.palette.hits import record_rows
from ui.screens.contacts import Contacts
from ui.screens.customer import CustomerPage
from ui.screens.customers import Customers
from ui.screens.settings.trail import _cell
from ui.theme import plain
from ui.widgets.banner import Banner
from ui.widgets.child_card import Card
from ui.widgets.record_list import RecordList
from ui.widgets.toast import Toast

NAME = "Golden\u202e kc\u2028oW\u009bx"
SEEN = "Golden\ufffd kc\ufffdoW\ufffdx"


@pytest.fixture
def session() -> Iterator[Session]:
    with a_book() as book:
        yield book


@pytest.fixture
def made(session: Session) -> Customer:
    made = session.do(customers.add, a_customer(NAME, tags=(NAME,)))
    contact = session.do(contacts.add, a_contact(made.id, NAME))
    session.do(activities.add, an_activity(made.id, NAME, contact=contact.id, by=NAME))
    return made


@pytest.fixture
def desk(qtbot: QtBot, session: Session) -> Iterator[Desk]:
    with desk_over(session) as desk:
        yield desk


def test_a_text_without_such_signs_is_left_alone() -> None:
    for text in ("王佳丽", "Café Zoë", "line\nline", "a\u00a0b", "مطعم", "👩\u200d🍳"):
        assert plain(text) == text
    assert plain(NAME) == SEEN and len(NAME) == len(SEEN)


@pytest.mark.parametrize("kind", [Customers, Contacts])
def test_a_list_shows_them(qtbot: QtBot, desk: Desk, made: Customer, kind: type[RecordList]) -> None:
    screen = kind(desk)
    shown(qtbot, screen)
    screen.arrive({})
    settled(qtbot, desk, lambda: screen.model.rowCount() == 1 and bool(screen.model.index(0, 0).data()))
    cells = [str(screen.model.index(0, column).data() or "") for column in range(screen.model.columnCount())]
    assert SEEN in cells and not any("\u202e" in cell for cell in cells)
    assert cells.count(SEEN) == 2  # a tag, or the customer of the contact


def test_a_customers_page_shows_them_in_title_cards_timeline_and_history(
    qtbot: QtBot, desk: Desk, made: Customer
) -> None:
    page = CustomerPage(desk)
    titles: list[str] = []
    page.title_changed.connect(titles.append)
    shown(qtbot, page, 1300, 900)
    page.arrive({"kind": "customer", "id": made.id})
    side = page.side
    settled(qtbot, desk, lambda: bool(side.people.records) and bool(side.timeline.model.entries))
    assert page.header.title.text() == SEEN and titles == [SEEN]
    card = side.people.findChild(Card)
    assert card is not None and SEEN in card.accessibleName()
    assert side.composer.contact.itemText(1) == SEEN
    assert side.timeline.model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole).count(SEEN) == 3
    page.actions_here.run("customer.history")
    settled(qtbot, desk, lambda: bool(side.history.model.lines))
    assert all("\u202e" not in label.text() for label in page.findChildren(QLabel))


def test_search_results_show_them_with_the_marks_in_place(session: Session, made: Customer) -> None:
    rows = [row for row in record_rows(session.ask(find, "golden"), "") if not row.heading]
    assert rows and all("\u202e" not in row.title + row.detail + row.side for row in rows)
    assert all(row.title[start:end] == "Golden" for row in rows for start, end in row.marks)


def test_the_audit_trail_shows_them(session: Session, made: Customer) -> None:
    (line, *_more) = session.ask(audit.listed, 5)
    object.__setattr__(line, "who", NAME)
    assert _cell(line, 1) == SEEN


def test_what_is_said_shows_them(qtbot: QtBot, desk: Desk) -> None:
    page = CustomerPage(desk)
    shown(qtbot, page)
    toast, banner = Toast(page), Banner(page)
    toast.say(NAME)
    banner.say(NAME)
    assert toast.accessibleName() == banner.text == SEEN
    dialog = confirm(page, NAME, NAME, "Delete", lambda: None)
    assert dialog.windowTitle() == SEEN
    assert all("\u202e" not in label.text() for label in dialog.findChildren(QLabel))
    dialog.reject()
