"""The page of one customer: who they are, how they are reached, what happened, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from app.features.crm import customers
from app.features.crm.customers import STAGES, Customer
from app.i18n import N_, _
from app.ids import Id
from app.model.entity import Record
from ui import formats
from ui.actions import Action
from ui.fields import Chip
from ui.form import Group
from ui.record import GONE, RecordOf, RecordScreen, Words
from ui.theme import icon_size, look, plain, set_icon
from ui.widgets.customer_children import digits
from ui.widgets.customer_side import CustomerSide, reach
from ui.widgets.stage import stage_label, tint

SIDE_PX = 430
TWO_SIDES_PX = 900
"""Narrower than this, the form becomes the first of the tabs."""
TAGS_SHOWN = 4
WIDTH_KEY = "customer.side"


def _words() -> Words:
    return Words(
        new=_("New customer"),
        gone=_("This customer is not there"),
        back=_("To the customers"),
        saved=_("The customer was saved."),
        made=_("{name} was added."),
        delete=_("Delete “{name}”?"),
        delete_text=_("Contacts, activities and delivery sites go with it. You can undo this."),
        deleted=_("{name} was deleted."),
        kept=_("{name} stays."),
        draft=_("You began to edit this customer {when}. Your changes are shown and not saved yet."),
        draft_new=_("You began this customer {when}. It is shown as you left it and not saved yet."),
    )


def _groups() -> tuple[Group, ...]:
    return (
        Group(_("Business"), ("name", "legal_name", "kind", "stage", "code", "assigned_to")),
        Group(_("Reaching them"), ("phone", "email", "web")),
        Group(_("Where they are"), ("address", "position")),
        Group(_("Delivery"), ("windows", "access")),
        Group(_("Terms"), ("payment_terms", "price_list")),
        Group(_("Notes"), ("tags", "notes")),
    )


class CustomerPage(RecordScreen):
    """Form at the left, what happened at the right; on a narrow window everything in tabs."""

    of = RecordOf("customer", customers.verbs, _groups, _words, "customers")

    # Making

    def lay_out(self) -> None:
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        self._make_glance()
        self._make_quick()
        self.area = self._form_area()
        self.side = CustomerSide(self.desk)
        self.side.put_back.connect(self.put_back)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.area)
        self.split.addWidget(self.side)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        self.split.splitterMoved.connect(self._remember_width)
        column.addWidget(self.split, 1)
        self._is_narrow = False
        self._share_width()

    def _form_area(self) -> QScrollArea:
        px = look().tokens.px
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setProperty("role", "page")
        outer = QVBoxLayout(page)
        outer.setContentsMargins(px(24), px(8), px(24), px(32))
        outer.addWidget(self.form)
        area.setWidget(page)
        return area

    def _make_glance(self) -> None:
        self.stage = QPushButton()
        self.stage.setProperty("kind", "pill")
        menu = QMenu(self.stage)
        for value, label in STAGES:
            menu.addAction(_(label), partial(self._set_stage, value))
        self.stage.setMenu(menu)
        self.header.glance.addWidget(self.stage)
        self.tags: list[Chip] = []
        look().changed.connect(self._tint_stage)

    def _make_quick(self) -> None:
        self.quick: dict[str, QPushButton] = {}
        for name, sign, act in (
            ("phone", "phone", self.call),
            ("email", "mail", self.mail),
            ("copy", "copy", self.copy_address),
        ):
            button = QPushButton()
            button.setProperty("kind", "link")
            set_icon(button, sign, "text_soft")
            button.setIconSize(icon_size())
            button.clicked.connect(act)
            self.header.quick.addWidget(button)
            self.quick[name] = button

    # What is shown

    def shown_record(self, record: Record | None) -> None:
        is_new = not isinstance(record, Customer)
        self.side.setVisible(not is_new)
        self.stage.setVisible(not is_new)
        if not isinstance(record, Customer):
            self.header.show_title(self.words.new)
            for button in self.quick.values():
                button.hide()
            self._show_tags(())
        else:
            self._show_head(record)
            fields = {field.name: field for field in (*self.entity.fields, *self.form.custom)}
            self.side.show_of(record.id, fields)
        self._fit()

    def arrive(self, where: Mapping[str, Any]) -> None:
        """A contact, site or activity is shown on its customer's page."""
        kind, id_ = where.get("kind"), where.get("id")
        if kind not in ("contact", "site", "activity") or id_ is None:
            super().arrive(where)
            return

        def found(customer: Id | None) -> None:
            if customer is None:
                self.stack.setCurrentIndex(GONE)
                return
            self.side.show_child(str(kind), id_)
            RecordScreen.arrive(self, {**where, "kind": "customer", "id": customer})
            if self.side.id == customer:
                self.side.people.refresh()
                self.side.places.refresh()

        self.desk.ask(self, customers.of_child, str(kind), id_).then(found).latest("child").start()

    def leaves(self) -> None:
        self.side.keep()

    def saves_elsewhere(self) -> bool:
        return self.side.save_open()

    def records_changed(self, kinds: frozenset[str]) -> None:
        super().records_changed(kinds)
        self.side.records_changed(kinds)

    def _show_head(self, record: Customer) -> None:
        kind = formats.value(self.entity.field("kind"), record.kind)
        glance = " · ".join(part for part in (kind, record.code, record.address.city) if part)
        self.header.show_title(record.name, glance)
        self.setAccessibleName(plain(record.name))
        self.title_changed.emit(plain(record.name))
        self.stage.setText(stage_label(record.stage) or _("No stage"))
        self.stage.setAccessibleName(_("Stage: {stage}").format(stage=self.stage.text()))
        self._tint_stage()
        self._show_tags(record.tags)
        address = formats.address(record.address)
        for name, text, hint in (
            ("phone", record.phone, _("Call")),
            ("email", record.email, _("Write an e-mail")),
            ("copy", _("Copy address") if address else "", address),
        ):
            button = self.quick[name]
            button.setText(text)
            button.setToolTip(hint)
            button.setAccessibleName(_("{action}: {value}").format(action=hint, value=text))
            button.setVisible(bool(text))

    def _show_tags(self, tags: Sequence[str]) -> None:
        for chip in self.tags:
            self.header.glance.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        more = len(tags) - TAGS_SHOWN
        self.tags = [Chip(tag) for tag in (*tags[:TAGS_SHOWN], *([f"+{more}"] if more > 0 else []))]
        for chip in self.tags:
            self.header.glance.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)

    def _tint_stage(self) -> None:
        if record := self._customer():
            tint(self.stage, record.stage)

    # Doing

    def more_actions(self) -> tuple[Action, ...]:
        def is_open() -> bool:
            return self.opened is not None

        def has(name: str) -> bool:
            record = self._customer()
            return record is not None and bool(getattr(record, name))

        side = self.side
        return (
            Action("customer.note", N_("Add to the timeline"), side.write, "note", "Ctrl+Shift+A", is_open,
                   group="add"),
            Action("customer.contact", N_("Add a contact"), side.add_contact, "user-plus", "Ctrl+Shift+C",
                   is_open, group="add"),
            Action("customer.site", N_("Add a delivery site"), side.add_site, "truck", "Ctrl+Shift+D", is_open,
                   group="add"),
            Action("customer.call", N_("Call"), self.call, "phone", "", partial(has, "phone"), group="reach"),
            Action("customer.mail", N_("Write an e-mail"), self.mail, "mail", "", partial(has, "email"),
                   group="reach"),
            Action("customer.copy", N_("Copy address"), self.copy_address, "copy", "", is_open, group="more"),
            Action("customer.history", N_("Change history"), side.show_changes, "history", "Ctrl+H", is_open,
                   group="more"),
        )  # fmt: skip

    def call(self) -> None:
        """Have the operating system dial."""
        if (record := self._customer()) and record.phone:
            reach("tel:" + digits(record.phone))

    def mail(self) -> None:
        """Have the operating system begin an e-mail."""
        if (record := self._customer()) and record.email:
            reach(f"mailto:{record.email}")

    def copy_address(self) -> None:
        """Name and address, for a letter or a map."""
        if record := self._customer():
            lines = (record.name, formats.address(record.address))
            QGuiApplication.clipboard().setText("\n".join(line for line in lines if line))
            self.desk.say(_("Copied."))

    def _customer(self) -> Customer | None:
        record = self.opened.record if self.opened is not None else None
        return record if isinstance(record, Customer) else None

    def _set_stage(self, stage: str) -> None:
        record = self._customer()
        if record is not None and record.stage != stage:
            said = _("{name} is now: {stage}.").format(name=record.name, stage=stage_label(stage))
            self.set_value("stage", stage, said)

    # Width

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Beside each other where there is room, otherwise the form as the first tab."""
        narrow = self.width() < look().tokens.px(TWO_SIDES_PX) and self.id is not None
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        if narrow:
            self.side.insertTab(0, self.area, _("Details"))
            self.side.setCurrentIndex(0)
        else:
            self.side.removeTab(self.side.indexOf(self.area))
            self.split.insertWidget(0, self.area)
            self.split.setStretchFactor(0, 1)
            self._share_width()
        self.area.show()

    def _share_width(self) -> None:
        """The side as wide as the person has drawn it; the form takes the rest."""
        kept = self.desk.memory.get(WIDTH_KEY)
        self.split.setSizes([10_000, look().tokens.px(kept if isinstance(kept, int) else SIDE_PX)])

    def _remember_width(self) -> None:
        width = self.side.width() * 100 // look().tokens.px(100)
        self.desk.memory.set(WIDTH_KEY, width)
