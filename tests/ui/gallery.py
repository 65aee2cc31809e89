"""One of everything, on three pages: for looking at, and for pictures of the common parts."""

from __future__ import annotations

import random
from array import array
from typing import Any

from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from app.features.crm.customers import Customer
from app.model.entity import entity_of
from app.model.values import Address, Money, Position
from ui.desk import Desk
from ui.fields import Chip
from ui.form import Form, Group, scrolled
from ui.table import Order, RowsModel, Source, Table, columns_of
from ui.theme import look
from ui.widgets.avatar import Avatar
from ui.widgets.banner import Banner
from ui.widgets.empty import EmptyState
from ui.widgets.password import NewPasswordField, PasswordField
from ui.widgets.screen import Screen
from ui.widgets.search_box import SearchBox
from ui.widgets.stage import stage_pill

NAMES = (
    "Zum Löwen",
    "NRGIZE Café",
    "蜀香园",
    "Fischhaus Altona",
    "Kantine Hafen 5",
    "锦江烤匠",
    "Bäckerei Möller",
)
TOWNS = ("Hamburg", "成都", "Altona", "武侯区", "Bremen")


class ListPage(Screen):
    """A hundred thousand customers that are made up when asked for."""

    rows = 100_000

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        new = QPushButton("New customer")
        new.setProperty("kind", "primary")
        self.headed("Customers", SearchBox("Filter this list"), QPushButton("Columns"), new)
        columns = columns_of(
            entity_of(Customer),
            ("name", "stage", "kind", "address", "phone", "assigned_to", "credit_limit"),
            show={"stage": stage_pill},
        )
        model = RowsModel(Source(self._ids, self._rows), columns, self)
        self.table = Table(model, "gallery", desk.memory)
        self.table.setAccessibleName("Customers")
        self.table.set_empty(
            EmptyState(
                "customers", "No customers yet", "Bring your list along from another program, or add the first one here.",
                "Import a list", lambda: None, "Add a customer", lambda: None,
            )
        )  # fmt: skip
        self.fill(self.table)
        self.setFocusProxy(self.table)
        model.load()

    def _ids(self, order: Order | None) -> Any:
        ids = range(self.rows)[:: -1 if order and order.descending else 1]
        return self.desk.run(self, lambda _job: array("q", ids))

    def _rows(self, ids: array[int], names: tuple[str, ...]) -> Any:
        return self.desk.run(self, lambda _job: {i: tuple(_value(i, name) for name in names) for i in ids})


class EmptyPage(ListPage):
    """The same list with nothing in it."""

    rows = 0


class FormPage(Screen):
    """Every field of a customer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        save = QPushButton("Save")
        save.setProperty("kind", "primary")
        self.headed("Zum Löwen", QPushButton("Cancel"), save)
        self.form = Form(
            entity_of(Customer).fields,
            groups=[
                Group("Business", ("name", "legal_name", "kind", "stage", "code", "tags")),
                Group("Where", ("address", "position", "windows", "access")),
            ],
        )
        self.form.load({field.name: _value(0, field.name) for field in entity_of(Customer).fields})
        self.form.show_invalid("code", "Another customer has this code already.")
        self.page.addWidget(scrolled(self.form))


class PartsPage(Screen):
    """Buttons, banners, chips, passwords."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.headed("Parts")
        px = look().tokens.px
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(px(24), 0, px(24), px(24))
        column.setSpacing(px(12))
        for level in ("info", "success", "warning", "danger"):
            banner = Banner()
            banner.say(
                f"This is what a sentence of level “{level}” looks like.",
                level,
                button="Do it",
                act=lambda: None,
            )
            column.addWidget(banner)
        for enabled in (True, False):
            row = QHBoxLayout()
            for kind in ("primary", "", "danger", "plain"):
                button = QPushButton(kind or "usual")
                button.setProperty("kind", kind)
                button.setEnabled(enabled)
                row.addWidget(button)
            tick, choice = QCheckBox("Remember"), QRadioButton("One of these")
            tick.setChecked(True)
            choice.setChecked(True)
            for box in (tick, choice):
                box.setEnabled(enabled)
                row.addWidget(box)
            row.addStretch(1)
            column.addLayout(row)
        row = QHBoxLayout()
        for name in NAMES:
            row.addWidget(Avatar(name))
        for tag in ("fish", "terrace", "night delivery", "常客"):
            row.addWidget(Chip(tag, removable=True))
        row.addStretch(1)
        column.addLayout(row)
        for role in ("display", "title", "heading", "strong", "soft", "caption", "error"):
            label = QLabel(f"Text of the role {role} 客户名单")
            label.setProperty("role", role)
            column.addWidget(label)
        tabs = QTabBar()
        for name in ("Overview", "Contacts", "Activities", "History"):
            tabs.addTab(name)
        column.addWidget(tabs)
        fields = QHBoxLayout()
        fields.addWidget(PasswordField("Password"))
        strong = NewPasswordField(
            "New password", lambda text: (2, "Fair. Another uncommon word makes it strong.")
        )
        strong.line.setText("weather report")
        strong.weigh()
        fields.addWidget(strong)
        column.addLayout(fields)
        column.addStretch(1)
        self.page.addWidget(body)


def _value(i: int, name: str) -> Any:
    rng = random.Random(i)
    town = rng.choice(TOWNS)
    match name:
        case "id":
            return i.to_bytes(16, "big")
        case "name":
            return f"{rng.choice(NAMES)} {i + 1}" if i else "Zum Löwen"
        case "address":
            return Address(f"Hafenstraße {i + 1}", f"{20000 + i % 9999}", town, "", "Germany")
        case "stage":
            return rng.choice(("lead", "trial", "active", "active", "at_risk", "lapsed", "lost"))
        case "kind":
            return rng.choice(("restaurant", "cafe", "bakery", "hotel", "canteen"))
        case "phone":
            return f"+49 40 {rng.randrange(100000, 999999)}"
        case "assigned_to":
            return rng.choice(("Wang Jiali", "Jonas Petersen", "李雷"))
        case "credit_limit":
            return Money(rng.randrange(5, 200) * 10_000, "EUR")
        case "tags":
            return ("fish", "night delivery")
        case "windows":
            return ("fr 05:00-07:00", "mo 06:00-10:30", "tu 06:00-10:30")
        case "position":
            return Position(53_550_000, 9_990_000)
        case _:
            return entity_of(Customer).field(name).empty
