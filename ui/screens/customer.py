"""The page of one customer: who they are, how they are reached, what happened, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from app.features.crm import activities, contacts, customers, sites
from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.features.crm.customers import STAGES, Customer
from app.features.crm.sites import Site
from app.features.crm.timeline import Entry
from app.i18n import N_, _
from app.ids import Id
from app.model.entity import Record, entity_of
from ui import formats
from ui.actions import Action
from ui.dialogs import FormDialog
from ui.fields import Chip
from ui.form import Form, Group
from ui.record import RecordOf, RecordScreen, Words
from ui.theme import icon_size, look, set_icon
from ui.widgets.change_history import ChangeHistory
from ui.widgets.child_card import Detail
from ui.widgets.children import Children, Kind
from ui.widgets.composer import Composer
from ui.widgets.drafts import now_ms
from ui.widgets.stage import stage_label, tint
from ui.widgets.timeline import Timeline

SIDE_PX, SIDE_LEAST_PX = 430, 340
TWO_SIDES_PX = 900
"""Narrower than this, the form becomes the first of the tabs."""
TAGS_SHOWN = 4


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


def _people() -> Kind:
    return Kind(
        name="contact",
        verbs=contacts.verbs,
        icon="contacts",
        add=_("Add a contact"),
        empty=_("No contacts yet"),
        empty_text=_("Whom do you ask for when you call? Add a name and a number."),
        deleted=_("{name} was deleted."),
        groups=(
            Group("", ("name", "role", "phone", "mobile", "email", "wechat")),
            Group(_("More"), ("language", "birthday", "source", "notes")),
        ),
        subtitle=lambda contact: str(contact.role),
        details=_ways,
    )


def _ways(contact: Contact) -> list[Detail]:
    found: list[Detail] = []
    for sign, text in (("phone", contact.phone), ("mobile", contact.mobile)):
        if text:
            found.append((sign, formats.phone(text), "tel:" + _digits(text)))
    if contact.email:
        found.append(("mail", contact.email, f"mailto:{contact.email}"))
    if contact.wechat:
        found.append(("wechat", contact.wechat, ""))
    if contact.notes:
        found.append(("note", contact.notes, ""))
    return found


def _places() -> Kind:
    return Kind(
        name="site",
        verbs=sites.verbs,
        icon="truck",
        add=_("Add a delivery site"),
        empty=_("No further delivery sites"),
        empty_text=_(
            "Goods go to the customer's own address. Add a back door, a second kitchen, a warehouse."
        ),
        deleted=_("{name} was deleted."),
        groups=(),
        subtitle=lambda site: formats.address(site.address),
        details=_reception,
    )


def _reception(site: Site) -> list[Detail]:
    found: list[Detail] = []
    if site.windows:
        found.append(("clock", formats.windows(site.windows), ""))
    if site.access:
        found.append(("key", site.access, ""))
    return found


class CustomerPage(RecordScreen):
    """Form at the left, what happened at the right; on a narrow window everything in tabs."""

    of = RecordOf(
        kind="customer",
        verbs=customers.verbs,
        groups=_groups,
        words=_words,
        list_screen="customers",
        suggested=("tags", "assigned_to", "price_list"),
    )

    # Making

    def lay_out(self) -> None:
        px = look().tokens.px
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        self._make_glance()
        self._make_quick()
        self.area = self._form_area()
        self._make_side()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.area)
        self.split.addWidget(self.side)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        self.split.setSizes([1000, px(SIDE_PX)])
        column.addWidget(self.split, 1)
        self._is_narrow = False

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
        outer.setSpacing(0)
        outer.addLayout(self.form_place)
        outer.addWidget(self.restricted)
        outer.addStretch(1)
        area.setWidget(page)
        return area

    def _make_side(self) -> None:
        px = look().tokens.px
        self.timeline = Timeline(self.desk, self.write_activity)
        self.composer = Composer(self.desk)
        happened = QWidget()
        column = QVBoxLayout(happened)
        column.setContentsMargins(px(16), px(12), px(8), 0)
        column.setSpacing(px(10))
        column.addWidget(self.composer)
        column.addWidget(self.timeline, 1)
        self.people = Children(self.desk, _people())
        self.places = Children(self.desk, _places())
        self.history = ChangeHistory(self.desk, "customer")
        self.side = QTabWidget()
        self.side.setProperty("role", "side")
        self.side.setMinimumWidth(px(SIDE_LEAST_PX))
        self._pages: list[tuple[QWidget, str]] = [
            (happened, _("Timeline")),
            (_spaced(self.people), _("Contacts")),
            (_spaced(self.places), _("Delivery sites")),
            (_spaced(self.history), _("History")),
        ]
        for page, title in self._pages:
            self.side.addTab(page, title)
        self.composer.added.connect(self._add_activity)
        self.timeline.edit_wanted.connect(self._edit_activity)
        self.timeline.delete_wanted.connect(self._delete_activity)
        self.timeline.counted.connect(partial(self._count, 0))
        self.people.counted.connect(partial(self._count, 1))
        self.places.counted.connect(partial(self._count, 2))
        self.people.changed.connect(self._contacts_known)
        for children in (self.people, self.places):
            children.reached.connect(_reach)
        self.history.put_back.connect(self.put_back)
        self.side.currentChanged.connect(lambda _index: self._show_history())

    def _make_glance(self) -> None:
        self.stage = QPushButton()
        self.stage.setProperty("kind", "pill")
        menu = QMenu(self.stage)
        for value, label in STAGES:
            menu.addAction(_(label), partial(self._set_stage, value))
        self.stage.setMenu(menu)
        self.header.glance.addWidget(self.stage)
        self._tags: list[Chip] = []
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
        is_new = record is None
        self.side.setVisible(not is_new)
        self.stage.setVisible(not is_new)
        if is_new:
            self.header.show_title(self.words.new)
            for button in self.quick.values():
                button.hide()
            self._show_tags(())
            self._fit()
            return
        assert isinstance(record, Customer)
        kind = formats.value(entity_of(Customer).field("kind"), record.kind)
        glance = " · ".join(part for part in (kind, record.code, record.address.city) if part)
        self.header.show_title(record.name, glance)
        self.title_changed.emit(record.name)
        self.stage.setText(stage_label(record.stage) or _("No stage"))
        self.stage.setAccessibleName(_("Stage: {stage}").format(stage=self.stage.text()))
        self._tint_stage()
        self._show_tags(record.tags)
        self._show_quick(record)
        self.composer.begin(record.id)
        self.timeline.show_of(record.id)
        self.people.show_of(record.id)
        self.places.show_of(record.id)
        self._show_history()
        self._fit()

    def arrive(self, where: Mapping[str, Any]) -> None:
        """A contact, site or activity is shown on its customer's page."""
        kind, id_ = where.get("kind"), where.get("id")
        if kind in ("contact", "site", "activity") and id_ is not None:
            self._arrive_at_child(str(kind), id_, where)
            return
        super().arrive(where)

    def leaves(self) -> None:
        self.composer.keep()
        self.people.leave()
        self.places.leave()

    def saves_elsewhere(self) -> bool:
        """Ctrl+S in an open contact saves the contact."""
        for children in (self.people, self.places):
            panel = children.panel
            if panel is not None and panel.isAncestorOf(self.focusWidget() or self):
                children.save()
                return True
        return False

    def _arrive_at_child(self, kind: str, id_: Id, where: Mapping[str, Any]) -> None:
        def found(customer: Id | None) -> None:
            if customer is None:
                self.stack.setCurrentIndex(2)
                return
            for at, (name, children) in enumerate((("contact", self.people), ("site", self.places)), 1):
                if kind == name:
                    children.edit_soon(id_)
                    self._show_page(at)
            if kind == "activity":
                self._show_page(0)
            RecordScreen.arrive(self, {**where, "kind": "customer", "id": customer})

        self.desk.ask(self, customers.of_child, kind, id_).then(found).latest("child").start()

    def _contacts_known(self, people: Sequence[Contact]) -> None:
        self.composer.show_contacts([(contact.id, contact.name) for contact in people])

    def _show_history(self) -> None:
        """Only when somebody looks: it walks back through the journal."""
        if self.side.currentWidget() is self._pages[3][0] and self.id is not None:
            fields = {field.name: field for field in (*self.entity.fields, *self.custom)}
            self.history.show_of(self.id, fields)

    def _count(self, page: int, n: int) -> None:
        widget, title = self._pages[page]
        text = _("{title} ({n})").format(title=title, n=formats.count(n)) if n else title
        self.side.setTabText(self.side.indexOf(widget), text)

    def _show_quick(self, record: Customer) -> None:
        address = formats.address(record.address)
        for name, text, hint in (
            ("phone", formats.phone(record.phone), _("Call")),
            ("email", record.email, _("Write an e-mail")),
            ("copy", _("Copy address") if address else "", address),
        ):
            button = self.quick[name]
            button.setText(text)
            button.setToolTip(hint)
            button.setAccessibleName(_("{action}: {value}").format(action=hint, value=text))
            button.setVisible(bool(text))

    def _show_tags(self, tags: Sequence[str]) -> None:
        for chip in self._tags:
            self.header.glance.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        shown = [*tags[:TAGS_SHOWN], *([f"+{len(tags) - TAGS_SHOWN}"] if len(tags) > TAGS_SHOWN else [])]
        self._tags = [Chip(tag) for tag in shown]
        for chip in self._tags:
            self.header.glance.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)

    def _tint_stage(self) -> None:
        if self.opened is not None and isinstance(self.opened.record, Customer):
            tint(self.stage, self.opened.record.stage)

    def _show_page(self, page: int) -> None:
        self.side.setCurrentWidget(self._pages[page][0])

    # Doing

    def more_actions(self) -> tuple[Action, ...]:
        def is_open() -> bool:
            return self.opened is not None

        return (
            Action("customer.note", N_("Add to the timeline"), self.write_activity, "note", "Ctrl+Shift+A",
                   is_open, group="add"),
            Action("customer.contact", N_("Add a contact"), self.add_contact, "user-plus", "Ctrl+Shift+C",
                   is_open, group="add"),
            Action("customer.site", N_("Add a delivery site"), self.add_site, "truck", "", is_open, group="add"),
            Action("customer.call", N_("Call"), self.call, "phone", "", is_open, group="reach"),
            Action("customer.mail", N_("Write an e-mail"), self.mail, "mail", "", is_open, group="reach"),
            Action("customer.copy", N_("Copy address"), self.copy_address, "copy", "", is_open, group="more"),
            Action("customer.history", N_("Change history"), self.show_changes, "history", "Ctrl+H",
                   is_open, group="more"),
        )  # fmt: skip

    def write_activity(self) -> None:
        """Put the keyboard where a sentence about what happened goes."""
        self._show_page(0)
        self.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def add_contact(self) -> None:
        """Begin a contact."""
        self._show_page(1)
        self.people.begin()

    def add_site(self) -> None:
        """Begin a delivery site."""
        self._show_page(2)
        self.places.begin()

    def show_changes(self) -> None:
        """Show the change history."""
        self._show_page(3)
        self.history.list.setFocus()

    def call(self) -> None:
        """Have the operating system dial."""
        if (record := self._customer()) and record.phone:
            _reach("tel:" + _digits(record.phone))

    def mail(self) -> None:
        """Have the operating system begin an e-mail."""
        if (record := self._customer()) and record.email:
            _reach(f"mailto:{record.email}")

    def copy_address(self) -> None:
        """Name and address, for a letter or a map."""
        if record := self._customer():
            address = formats.address(record.address)
            QGuiApplication.clipboard().setText("\n".join(part for part in (record.name, address) if part))
            self.desk.say(_("Copied."))

    def _customer(self) -> Customer | None:
        record = self.opened.record if self.opened is not None else None
        return record if isinstance(record, Customer) else None

    def _set_stage(self, stage: str) -> None:
        record = self._customer()
        if record is not None and record.stage != stage:
            said = _("{name} is now: {stage}.").format(name=record.name, stage=stage_label(stage))
            self.set_value("stage", stage, said)

    def _add_activity(self, kind: str, text: str, contact: Id | None, at_ms: int | None) -> None:
        if self.id is None:
            return
        made = Activity(
            kind=kind, customer=self.id, contact=contact, at=at_ms or now_ms(), text=text,
            by=str(getattr(getattr(self.desk.session, "person", None), "name", "")),
        )  # fmt: skip
        self.desk.do(self.composer, activities.add, made).then(self._activity_added).start()

    def _activity_added(self, _made: Activity) -> None:
        self.composer.clear()
        self.timeline.list.scrollToTop()
        self.desk.say(_("Noted."), undo=True)

    def _edit_activity(self, entry: Entry) -> None:
        fields = [field for field in entity_of(Activity).fields if field.name in ("kind", "at", "text")]
        form = Form(fields)
        form.load({"kind": entry.kind, "at": entry.at_ms, "text": entry.text})

        def save(dialog: FormDialog) -> None:
            def saved(_changed: int) -> None:
                dialog.accept()

            self.desk.do(dialog, activities.edit, entry.id, form.changes()).then(saved).start()

        FormDialog(self.window(), _("Edit entry"), form, _("Save"), save).open()

    def _delete_activity(self, entry: Entry) -> None:
        def deleted(_count: int) -> None:
            self.desk.say(_("The entry was deleted."), undo=True)

        self.desk.do(self, activities.delete, [entry.id]).then(deleted).start()

    def _changed(self, kinds: frozenset[str]) -> None:
        super()._changed(kinds)
        if self.isVisible() and self.id is not None:
            if kinds & {"activity", "contact"}:
                self.timeline.refresh()
            if "contact" in kinds:
                self.people.refresh()
            if "site" in kinds:
                self.places.refresh()
            if "customer" in kinds:
                self._show_history()
        elif kinds & {"activity", "contact", "site"}:
            self._is_stale = True

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
            self.split.setSizes([1000, look().tokens.px(SIDE_PX)])
        self.area.show()


def _spaced(widget: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    px = look().tokens.px
    column.setContentsMargins(px(16), px(12), px(8), 0)
    column.addWidget(widget)
    return page


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def _reach(link: str) -> None:
    QDesktopServices.openUrl(QUrl(link))
