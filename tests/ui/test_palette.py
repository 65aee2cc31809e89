"""Claims about the one search box and its sheet."""

from __future__ import annotations

import gettext
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from app.features.crm import activities, contacts, customers
from app.features.crm.finding import Hit
from app.gateway.session import Session
from app.ids import Id
from app.model.marking import Match
from app.model.values import Address
from tests.builders import a_book, a_contact, a_customer, an_activity
from ui.actions import Action
from ui.desk import Desk
from ui.palette import RECENT, SearchPalette, record_rows
from ui.theme import look
from ui.widgets.search_box import SearchBox

Key = Qt.Key
NO_MATCH = Match((), "", ())


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[Session, dict[str, Id]]]:
    with a_book() as session:
        made = {}
        for name in ("Golden Gate Bakery", "Golden Wok", "Old Town Canteen", "NRGIZE"):
            record = a_customer(name, address=Address("12 Grant Avenue", "", "San Francisco", "", ""))
            made[name] = session.do(customers.add, record).id
        session.do(contacts.add, a_contact(made["Golden Wok"], "王佳丽", phone="+1 415 555 0199"))
        session.do(activities.add, an_activity(made["Old Town Canteen"], "Late delivery of\ngolden syrup."))
        yield session, made


class Window(QWidget):
    """The box over a field that has the keyboard."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.resize(900, 700)
        self.desk = Desk(session)
        self.ran: list[str] = []
        self.opened: list[tuple[str, object]] = []
        self.desk.opened.connect(lambda kind, id_, _where: self.opened.append((kind, id_)))
        self.box, self.field = SearchBox("Search"), QLineEdit()
        column = QVBoxLayout(self)
        column.addWidget(self.box)
        column.addWidget(self.field)
        self.actions_here: tuple[Action, ...] = (
            Action("import", "Import…", lambda: self.ran.append("import"), "import", "Ctrl+I"),
            Action("lock", "Lock", lambda: self.ran.append("lock"), "lock"),
            Action("undo", "Undo", lambda: self.ran.append("undo"), enabled=lambda: False),
            Action("import", "Import…", lambda: self.ran.append("twice")),
        )
        self.palette_ = SearchPalette(self.desk, self.box, lambda: self.actions_here, self)

    def titles(self) -> list[str]:
        return [row.title for row in self.palette_.rows if not row.heading]

    def headings(self) -> list[str]:
        return [row.title for row in self.palette_.rows if row.heading]


@pytest.fixture
def window(qtbot: QtBot, filled: tuple[Session, dict[str, Id]]) -> Iterator[Window]:
    window = Window(filled[0])
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    window.field.setFocus()
    qtbot.waitUntil(window.field.hasFocus)
    yield window
    window.desk.close()


def search(qtbot: QtBot, window: Window, text: str) -> None:
    window.box.clear()
    window.box.setFocus()
    qtbot.keyClicks(window.box, text) if text.isascii() else window.box.setText(text)
    qtbot.waitUntil(lambda: window.palette_._shown == text and window.palette_.isVisible())


def test_sections_stand_in_order_and_the_first_row_is_chosen(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "golden")
    assert window.headings() == ["Customers", "Activities"]
    assert window.titles() == ["Golden Wok", "Golden Gate Bakery", "Late delivery of golden syrup."]
    current = window.palette_.current
    assert current is not None and current.title == "Golden Wok" and current.marks == ((0, 6),)
    assert current.detail == "12 Grant Avenue, San Francisco"


def test_a_contact_is_found_by_initials_and_named_with_its_customer(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "wjl")
    (row,) = (row for row in window.palette_.rows if not row.heading)
    assert (row.title, row.marks, row.detail[:10]) == ("王佳丽", ((0, 3),), "Golden Wok")


def test_the_keyboard_moves_past_headings_and_stays_in_the_list(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "golden")
    seen = []
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_PageUp, Key.Key_Up):
        qtbot.keyClick(window.box, key)
        assert window.palette_.current is not None
        seen.append(window.titles().index(window.palette_.current.title))
    assert seen == [1, 2, 2, 1, 0, 0]


def test_enter_opens_the_record_and_gives_the_keyboard_back(
    qtbot: QtBot, window: Window, filled: tuple[Session, dict[str, Id]]
) -> None:
    search(qtbot, window, "gate")
    qtbot.keyClick(window.box, Key.Key_Return)
    assert window.opened == [("customer", filled[1]["Golden Gate Bakery"])]
    assert window.palette_.isHidden() and not window.box.text()
    assert window.field.hasFocus()


def test_enter_before_the_answer_opens_what_the_answer_brings(
    qtbot: QtBot, window: Window, filled: tuple[Session, dict[str, Id]]
) -> None:
    window.box.setFocus()
    qtbot.keyClicks(window.box, "nrgize")
    qtbot.keyClick(window.box, Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.opened))
    assert window.opened == [("customer", filled[1]["NRGIZE"])]


def test_escape_closes_empties_and_gives_the_keyboard_back(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "golden")
    qtbot.keyClick(window.box, Key.Key_Escape)
    assert window.palette_.isHidden() and not window.box.text() and window.field.hasFocus()


def test_commands_are_found_by_name_listed_once_and_only_when_they_can_be_run(
    qtbot: QtBot, window: Window
) -> None:
    search(qtbot, window, ">")
    assert window.headings() == ["Commands"]
    assert window.titles().count("Import…") == 1 and "Undo" not in window.titles()
    search(qtbot, window, "imp")
    qtbot.keyClick(window.box, Key.Key_Return)
    qtbot.waitUntil(lambda: window.ran == ["import"])


def test_a_command_that_is_meant_comes_first_but_not_before_a_record_so_named(
    qtbot: QtBot, window: Window, filled: tuple[Session, dict[str, Id]]
) -> None:
    search(qtbot, window, "lock")
    assert window.titles()[0] == "Lock"
    session, _made = filled
    made = session.do(customers.add, a_customer("Lockhart Grill"))
    qtbot.keyClick(window.box, Key.Key_Escape)
    search(qtbot, window, "lock")
    assert window.titles()[0] == "Lockhart Grill"
    session.do(customers.delete, [made.id])


def test_what_screens_offer_is_offered_everywhere_but_once(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, ">new")
    assert window.titles() == ["New customer"]
    qtbot.keyClick(window.box, Key.Key_Return)
    qtbot.waitUntil(lambda: window.opened == [("customer", None)])
    window.actions_here = (
        *window.actions_here,
        Action("list.new", "New customer", lambda: window.ran.append("new")),
    )
    search(qtbot, window, ">new cust")
    assert window.titles() == ["New customer"]
    qtbot.keyClick(window.box, Key.Key_Return)
    qtbot.waitUntil(lambda: window.ran == ["new"])
    search(qtbot, window, ">password")
    with qtbot.waitSignal(window.desk.shown) as shown:
        qtbot.keyClick(window.box, Key.Key_Return)
    assert shown.args == ["settings", {"section": "security"}]


def test_a_full_section_leads_to_the_whole_list(qtbot: QtBot, window: Window) -> None:
    hits = [Hit("customer", Id(bytes(16)), row, f"Golden {row}", "", "", NO_MATCH) for row in range(8)]
    assert [row.title for row in record_rows(hits[:7], "golden")][-1] == "Golden 6"
    last = record_rows(hits, "golden")[-1]
    assert last.title == "All customers with “golden”"
    with qtbot.waitSignal(window.desk.shown) as shown:
        window.palette_.ran.emit(last.what)
    assert shown.args == ["customers", {"filters": (), "text": "golden"}]


def test_the_sign_in_front_leaves_records_out(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, ">dark")
    assert window.titles() == ["Theme: dark"]
    search(qtbot, window, ">golden")
    assert window.titles() == [] and window.palette_.note == "There is no such command."


def test_one_typing_error_is_forgiven_and_said(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "nrgiez")
    assert window.titles() == ["NRGIZE"]
    assert window.palette_.note == "Nothing is written exactly so. This is similar:"


def test_where_nothing_is_found_it_says_what_to_try(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "qqqqqzz")
    assert window.titles() == [] and "Try fewer or shorter words" in window.palette_.note
    qtbot.keyClick(window.box, Key.Key_Return)  # nothing to run
    assert not window.opened


def test_an_empty_box_offers_what_was_opened_last(
    qtbot: QtBot, window: Window, filled: tuple[Session, dict[str, Id]]
) -> None:
    made = filled[1]
    for name in ("Golden Wok", "NRGIZE", "Golden Wok"):
        window.desk.open("customer", made[name])
    window.desk.open("customer", None)  # a form for a new one is no record yet
    assert len(window.desk.memory.get(RECENT)) == 2
    window.box.setFocus()
    qtbot.waitUntil(window.palette_.isVisible)
    assert window.headings() == ["Opened last", "Commands"]
    assert window.titles()[:2] == ["Golden Wok", "NRGIZE"]


def test_a_press_elsewhere_closes_the_sheet(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "golden")
    qtbot.mouseClick(
        window, Qt.MouseButton.LeftButton, pos=window.rect().bottomLeft() - window.rect().topLeft()
    )
    assert window.palette_.isHidden()


def test_a_row_is_opened_by_the_mouse(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "golden")
    sheet = window.palette_.list
    place = sheet.visualRect(sheet.model().index(2, 0)).center()
    qtbot.mouseClick(sheet.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert len(window.opened) == 1


def test_screen_readers_find_a_named_list_with_named_rows(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, "golden")
    model = window.palette_.list.model()
    names = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert window.palette_.list.accessibleName() == "Search results"
    assert names[0] == "Customers" and names[1] == "Golden Wok, 12 Grant Avenue, San Francisco"


def test_the_sheet_stays_inside_the_window_at_any_size(qtbot: QtBot, window: Window) -> None:
    search(qtbot, window, ">")
    for width, height in ((1600, 900), (640, 440), (900, 300)):
        window.resize(width, height)
        assert window.palette_.geometry().right() <= width + 10
        assert window.palette_.geometry().bottom() <= height
        assert window.palette_.geometry().left() >= -10


def test_commands_are_found_in_english_whatever_the_language(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Chinese(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return {"Lock": "锁定"}.get(message, message)

    monkeypatch.setattr(i18n, "_current", Chinese())
    for typed in ("lock", "锁", "sd"):
        search(qtbot, window, ">" + typed)
        assert window.titles() == ["锁定"]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_it_paints_in_every_theme_and_size(qtbot: QtBot, window: Window, theme: str) -> None:
    look().use(theme, 175)
    search(qtbot, window, "golden")
    picture = window.palette_.grab().toImage()
    assert len({picture.pixel(x, picture.height() // 2) for x in range(0, picture.width(), 3)}) > 3
