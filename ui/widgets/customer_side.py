"""What stands beside a customer's form: what happened, who works there, where goods go, who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.features import alternatives
from app.features.alternatives import Value
from app.features.crm import activities
from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.features.crm.timeline import Entry
from app.i18n import _
from app.ids import Id
from app.model.entity import entity_of
from app.model.fields import Field
from ui import formats
from ui.desk import Desk
from ui.dialogs import FormDialog
from ui.fields import Hit, Offered
from ui.form import Form
from ui.theme import look
from ui.widgets import customer_children
from ui.widgets.banner import Banner
from ui.widgets.change_history import ChangeHistory
from ui.widgets.children import Children
from ui.widgets.composer import Composer
from ui.widgets.drafts import now_ms
from ui.widgets.timeline import Timeline
from ui.widgets.undecided import ask_life, mark_lines

LEAST_PX = 340
EDITED = ("kind", "contact", "at", "text")


class CustomerSide(QTabWidget):
    """Tabs. Each asks for itself; the page says of whom with `show_of`."""

    put_back = Signal(object)  # a line of the history

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.id: Id | None = None
        self._fields: Mapping[str, Field] = {}
        self._is_stale = False
        self.setProperty("role", "side")
        px = look().tokens.px
        self.setMinimumWidth(px(LEAST_PX))
        self.setAccessibleName(_("Customer"))
        self.timeline = Timeline(desk, self.write)
        self.composer = Composer(desk)
        happened = QWidget()
        column = QVBoxLayout(happened)
        column.setSpacing(px(10))
        column.addWidget(self.composer)
        column.addWidget(self.timeline, 1)
        self.people = Children(desk, customer_children.people())
        self.places = Children(desk, customer_children.places())
        self.history = ChangeHistory(desk, "customer")
        self._titles = (_("Timeline"), _("Contacts"), _("Delivery sites"), _("History"))
        self._pages = (happened, *(_held(widget) for widget in (self.people, self.places, self.history)))
        for page, title in zip(self._pages, self._titles, strict=True):
            layout = page.layout()
            assert layout is not None
            layout.setContentsMargins(px(16), px(12), px(8), 0)
            self.addTab(page, title)
        self._connect()

    # Showing

    def show_of(self, id_: Id, fields: Mapping[str, Field]) -> None:
        """Everything of this customer; `fields` name what the history speaks of."""
        self.id, self._fields = id_, fields
        self.composer.begin(id_)
        self.timeline.show_of(id_)
        self.people.show_of(id_)
        self.places.show_of(id_)
        self._show_history()

    def show_child(self, kind: str, id_: Id) -> None:
        """A contact or site is wanted: open it as soon as it is here."""
        page = {"activity": 0, "contact": 1, "site": 2}[kind]
        self.setCurrentWidget(self._pages[page])
        if page:
            (self.people if page == 1 else self.places).edit_soon(id_)

    def records_changed(self, kinds: frozenset[str]) -> None:
        """Something was written, here or elsewhere."""
        if self.id is None or not kinds & {"activity", "contact", "site", "customer"}:
            return
        if not self.isVisible():
            self._is_stale = True
            return
        if kinds & {"activity", "contact"}:
            self.timeline.refresh()
        if "contact" in kinds:
            self.people.refresh()
        if "site" in kinds:
            self.places.refresh()
        if "customer" in kinds:
            self._show_history()

    def keep(self) -> None:
        """The page goes on to something else: what is half-typed is written down."""
        self.composer.keep()
        self.people.leave()
        self.places.leave()

    def save_open(self) -> bool:
        """Save the contact or site in which the keyboard is; False if it is in neither."""
        for children in (self.people, self.places):
            panel, here = children.panel, self.focusWidget()
            if panel is not None and here is not None and panel.isAncestorOf(here):
                children.save()
                return True
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale and self.id is not None:
            self._is_stale = False
            self.show_of(self.id, self._fields)

    # Doing

    def write(self) -> None:
        """Put the keyboard where a sentence about what happened goes."""
        self.setCurrentWidget(self._pages[0])
        self.composer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def add_contact(self) -> None:
        """Begin a contact."""
        self.setCurrentWidget(self._pages[1])
        self.people.begin()

    def add_site(self) -> None:
        """Begin a delivery site."""
        self.setCurrentWidget(self._pages[2])
        self.places.begin()

    def show_changes(self) -> None:
        """Show the change history."""
        self.setCurrentWidget(self._pages[3])
        self.history.list.setFocus()

    def _add(self, kind: str, text: str, contact: Id | None, at_ms: int | None) -> None:
        if self.id is None:
            return
        person = getattr(self._desk.session, "person", None)
        made = Activity(
            kind=kind,
            customer=self.id,
            contact=contact,
            at=at_ms or now_ms(),
            text=text,
            by=str(getattr(person, "name", "")),
        )
        self._desk.do(self.composer, activities.add, made).then(self._added).start()

    def _added(self, _made: Activity) -> None:
        self.composer.clear()
        self.timeline.list.scrollToTop()
        self._desk.say(_("Noted."), undo=True)

    def _edit(self, entry: Entry) -> None:
        fields = [field for field in entity_of(Activity).fields if field.name in EDITED]
        people = [Hit(contact.id, contact.name) for contact in self.people.records]
        if (
            entry.contact is not None
            and entry.contact_name
            and entry.contact not in {hit.id for hit in people}
        ):
            people.append(
                Hit(entry.contact, entry.contact_name)
            )  # deleted since, and stays where it was noted
        form = Form(fields, {"contact": Offered(people)})
        form.load({"kind": entry.kind, "contact": entry.contact, "at": entry.at_ms, "text": entry.text})

        def save(dialog: FormDialog) -> None:
            done = self._desk.do(dialog, activities.edit, entry.id, form.changes())
            done.then(lambda _changed: dialog.accept()).start()

        dialog = FormDialog(self.window(), _("Edit entry"), form, _("Save"), save)
        dialog.open()
        if entry.is_undecided:
            asked = self._desk.ask(dialog, alternatives.alternatives, "activity", entry.id)
            asked.then(partial(self._decide, entry, dialog)).start()

    def _decide(self, entry: Entry, dialog: FormDialog, found: Mapping[str, Sequence[Value]]) -> None:
        """Marks beside the fields with several values; a way out where one deleted what another edited."""

        def keep(field: str, value: object) -> None:
            done = self._desk.do(dialog, activities.edit, entry.id, {field: value})
            done.then(lambda _changed: dialog.accept()).start()

        def stay() -> None:
            self._desk.do(dialog, activities.keep, entry.id).then(lambda _done: dialog.accept()).start()

        def delete() -> None:
            dialog.reject()
            self._delete(entry)

        mark_lines(dialog.form, found, keep)
        if "" in found:
            banner = Banner()
            dialog.body.insertWidget(0, banner)
            ask_life(banner, found[""], stay, delete)

    def _delete(self, entry: Entry) -> None:
        def deleted(_count: int) -> None:
            self._desk.say(_("The entry was deleted."), undo=True)

        self._desk.do(self, activities.delete, [entry.id]).then(deleted).start()

    # Making

    def _connect(self) -> None:
        self.composer.added.connect(self._add)
        self.timeline.edit_wanted.connect(self._edit)
        self.timeline.delete_wanted.connect(self._delete)
        self.timeline.counted.connect(partial(self._count, 0))
        self.people.counted.connect(partial(self._count, 1))
        self.places.counted.connect(partial(self._count, 2))
        self.people.changed.connect(self._contacts_known)
        for children in (self.people, self.places):
            children.reached.connect(reach)
        self.history.put_back.connect(self.put_back)
        self.currentChanged.connect(lambda _index: self._show_history())

    def _contacts_known(self, people: Sequence[Contact]) -> None:
        self.composer.show_contacts([(contact.id, contact.name) for contact in people])

    def _show_history(self) -> None:
        """Only when somebody looks: it walks back through the journal."""
        if self.currentWidget() is self._pages[3] and self.id is not None:
            self.history.show_of(self.id, self._fields)

    def _count(self, page: int, n: int) -> None:
        title = self._titles[page]
        text = _("{title} ({n})").format(title=title, n=formats.count(n)) if n else title
        self.setTabText(self.indexOf(self._pages[page]), text)


def reach(link: str) -> None:
    """Have the operating system dial, write or show."""
    QDesktopServices.openUrl(QUrl(link))


def _held(widget: QWidget) -> QWidget:
    page = QWidget()
    QVBoxLayout(page).addWidget(widget)
    return page
