"""Claims about switching the language: whatever is shown afterwards is in the new one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabWidget,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import bootstrap, i18n
from app.bootstrap import Open
from app.clock import FakeClock
from app.crypto import passwords
from app.features.crm import activities, contacts, custom_fields, customers, sites
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import Customer
from app.features.crm.sites import Site
from app.model.values import Address, Money, Position
from app.vault.keychain import NoKeychain
from tests.builders import a_contact, a_customer, an_activity
from tests.ui.open_book import desk_over, settled, shown
from ui.desk import Desk
from ui.main.speech import qt_speaks
from ui.palette import SearchPalette
from ui.screens.customer import CustomerPage
from ui.screens.settings.screen import SECTIONS
from ui.widgets.record_list import RecordList
from ui.window import Workspace

# What stays as it is in any language: names, keys, file formats, units, what a person typed (Ω).
PROPER = re.compile(
    r"Provender|English|\b(Ctrl|Alt|Shift|Esc|Enter|Return|Del|PgUp|PgDown|F\d+)\b|\b(EUR|CNY|CSV|TSV|XLSX|JSON|vCard|kB|MB)\b"
)


# What holds a path, or versions and words of the operating system.
MACHINE = re.compile(r"^Q(Label|PushButton): (/|[A-Z]:|.*SQLCipher)", re.DOTALL)


class Marked:
    """A language in which every text of ours stands in brackets."""

    def gettext(self, text: str) -> str:
        return f"⟦{text}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"


def outside(text: str) -> str:
    """What does not stand in the brackets."""
    depth, kept = 0, []
    for sign in re.sub(r"<[^>]*>", " ", text):
        depth += (sign == "⟦") - (sign == "⟧")
        if depth == 0:
            kept.append(sign)
    return PROPER.sub("", "".join(kept))


def _of_model(model: QAbstractItemModel | None) -> Iterator[str]:
    if model is None:
        return
    root = QModelIndex()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(root)
    for column in range(columns):
        yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
        for row in range(min(model.rowCount(root), 60)):
            index = model.index(row, column)
            for role in (
                Qt.ItemDataRole.DisplayRole,
                Qt.ItemDataRole.ToolTipRole,
                Qt.ItemDataRole.AccessibleTextRole,
            ):
                found = model.data(index, role)
                if isinstance(found, str):
                    yield found


def _of_widget(widget: QWidget) -> Iterator[str]:
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QLineEdit() | QPlainTextEdit() | QTextEdit():
            yield widget.placeholderText()
        case QComboBox():
            yield widget.placeholderText()
            yield from (widget.itemText(row) for row in range(min(widget.count(), 40)))
        case QTabWidget():
            yield from (widget.tabText(at) for at in range(widget.count()))
        case QGroupBox() | QMenu():
            yield widget.title()
        case QAbstractItemView():
            yield from _of_model(widget.model())
    for action in widget.actions():
        yield from _of_action(action)


def _of_action(action: QAction) -> Iterator[str]:
    yield from (action.text(), action.toolTip())


def foreign(root: QWidget) -> list[str]:
    """Texts in sight, or told to a screen reader, that are not in the present language."""
    found = set()
    for widget in (root, *root.findChildren(QWidget)):
        for text in _of_widget(widget):
            if re.search("[A-Za-z]{2,}", outside(text)):
                found.add(f"{type(widget).__name__}: {text}")
    return sorted(found)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Open]:
    opened = bootstrap.create_company(
        tmp_path, "Ω", "Ω", "seven uncommon words walk home",
        keychain=NoKeychain(), clock=FakeClock(), parameters=passwords.minimum(),
    )  # fmt: skip
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def made(book: Open) -> Customer:
    """A customer with something in every field that has words of ours."""
    session = book.session
    session.do(custom_fields.add, CustomField(label="Ω", of="customer", kind="choice", options=("Ω", "ΩΩ")))
    made = session.do(
        customers.add,
        a_customer(
            "Ω", kind="restaurant", stage="at_risk", payment_terms="net30", tags=("Ω",), phone="123",
            windows=("mo 06:00-10:30",), address=Address(city="Ω"), position=Position(1, 1),
            credit_limit=Money(50_000, "EUR"),
        ),
    )  # fmt: skip
    contact = session.do(contacts.add, a_contact(made.id, "Ω", role="Ω", language="de"))
    session.do(sites.add, Site(customer=made.id, name="Ω"))
    session.do(activities.add, an_activity(made.id, "Ω", contact=contact.id, by="Ω"))
    session.do(customers.edit, made.id, {"stage": "lost", "tags": ("Ω", "ΩΩ")})
    return made


@pytest.fixture
def desk(qtbot: QtBot, book: Open, made: Customer) -> Iterator[Desk]:
    with desk_over(book.session) as desk:
        desk.book = book
        yield desk


@pytest.fixture
def switched(qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The window after it was used in English and the language was switched."""
    first = Workspace(desk)
    shown(qtbot, first)
    for name in ("customers", "contacts", "import", "settings"):
        first.go(name, {})
        settled(qtbot, desk)
    carried = first.carry()
    i18n.use("zh_CN")
    qt_speaks()
    monkeypatch.setattr(i18n, "_current", Marked())
    again = Workspace(desk, carried)
    shown(qtbot, again)
    yield again
    i18n.use("en")
    qt_speaks()


@pytest.mark.parametrize("name", ["customers", "contacts", "import"])
def test_screens_are_in_the_new_language(qtbot: QtBot, desk: Desk, switched: Workspace, name: str) -> None:
    switched.go(name, {})
    settled(qtbot, desk)
    assert foreign(switched) == []


@pytest.mark.parametrize(
    "action", ["columns", "filter", "edit_many", "add_tags", "export", "save_view", "edit_cell", "delete"]
)
def test_what_opens_from_a_list_is_in_the_new_language(
    qtbot: QtBot, desk: Desk, switched: Workspace, action: str
) -> None:
    switched.go("customers", {})
    screen = switched.shown
    assert isinstance(screen, RecordList)
    settled(qtbot, desk, lambda: screen.model.rowCount() == 1)
    screen.table.selectRow(0)
    wanted = screen.actions_here.qaction(f"list.{action}")
    assert wanted.isEnabled()
    wanted.trigger()
    settled(qtbot, desk)
    assert foreign(switched) == []


def test_a_customers_page_is_in_the_new_language(
    qtbot: QtBot, desk: Desk, switched: Workspace, made: Customer
) -> None:
    switched.go("customer", {"kind": "customer", "id": made.id})
    settled(qtbot, desk)
    page = switched.shown
    assert isinstance(page, CustomerPage) and page.form.form is not None
    for tab in range(page.side.count()):
        page.side.setCurrentIndex(tab)
        settled(qtbot, desk)
    assert "Ω" in {label.text() for label in page.findChildren(QLabel)}
    assert foreign(switched) == []


@pytest.mark.parametrize("section", [section.name for section in SECTIONS])
def test_settings_are_in_the_new_language(
    qtbot: QtBot, desk: Desk, switched: Workspace, section: str
) -> None:
    switched.go("settings", {"section": section})
    settled(qtbot, desk)
    assert [text for text in foreign(switched) if not MACHINE.search(text)] == []


def test_the_palette_is_in_the_new_language(qtbot: QtBot, desk: Desk, switched: Workspace) -> None:
    palette = SearchPalette(desk, switched.search, switched.offers, switched)
    palette.show()
    for text in ("", ">", "Ω", "zzzz"):
        switched.search.setText(text)
        settled(qtbot, desk)
        assert foreign(switched) == []


def test_an_english_text_would_be_seen(qtbot: QtBot, switched: Workspace) -> None:
    QLabel("Forgotten", switched)
    assert foreign(switched) == ["QLabel: Forgotten"]
