"""Changing what somebody of the company has: their role, their books, the name of a computer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QWidget

from app.clock import SystemClock
from app.features.trust import books, devices, roles
from app.features.trust.devices import Line
from app.features.trust.people import Company, Person
from app.features.trust.roles import LABELS
from app.features.trust.saying import Saying
from app.gateway.session import Session
from app.i18n import _
from app.model.standing import FIELD, OFFICE
from sync.client import enrol
from sync.client.talk import Talk
from ui.desk import Desk
from ui.theme import look
from ui.widgets.book_choice import BookChoice
from ui.widgets.naming_dialog import NamingDialog
from ui.widgets.talk_dialog import TalkDialog

Then = Callable[[], object]


class RoleDialog(TalkDialog):
    """One role in place of those that somebody has."""

    def __init__(self, parent: QWidget, desk: Desk, company: Company, person: Person, then: Then) -> None:
        super().__init__(
            parent,
            _("Change the role of {name}").format(name=person.name),
            _("It holds from the next time that their computers are connected."),
            yes=_("Change the role"),
        )
        self._desk, self._person, self._then = desk, person, then
        self.role = QComboBox()
        self.role.setAccessibleName(_("Role in the company"))
        for role in company.grants():
            self.role.addItem(_(LABELS[role]), role)
        if person.roles:
            self.role.setCurrentIndex(max(0, self.role.findData(person.roles[0])))
        self.body.addWidget(self.role)
        self.role.setFocus()

    def agree(self) -> None:
        role, member = str(self.role.currentData()), self._person.id
        self.wait_for(self._desk.talk(self, lambda session: _change(session, member, role)), self._done)

    def _done(self, _count: int) -> None:
        self._then()
        self.accept()


class BooksDialog(TalkDialog):
    """Which books somebody has: what is newly ticked is given, what is no longer ticked is taken."""

    def __init__(self, parent: QWidget, desk: Desk, company: Company, person: Person, then: Then) -> None:
        super().__init__(
            parent,
            _("Books of {name}").format(name=person.name),
            _(
                "Who has a book reads and writes its customers. What is taken away gets a new key; what was already "
                "on their computers, they may have seen."
            ),
            yes=_("Change the books"),
        )
        self._desk, self._person, self._then = desk, person, then
        self.setMinimumWidth(look().tokens.px(480))
        self._had = {shelf.book: shelf.has_office for shelf in person.shelves}
        titles = {**{shelf.book: shelf.title for shelf in person.shelves}, **dict(company.books)}
        self.choice = BookChoice(
            tuple(titles.items()), self._had, [book for book, office in self._had.items() if office]
        )
        self.body.addWidget(self.choice)
        self.choice.setFocus()

    def agree(self) -> None:
        person, had = self._person, self._had
        wanted, offices = set(self.choice.books()), set(self.choice.offices())
        taken = [
            books.take(person.id, book, OFFICE if book in wanted else FIELD)
            for book, office in had.items()
            if book not in wanted or (office and book not in offices)
        ]
        given = [
            (book, OFFICE if book in offices else FIELD)
            for book in sorted(wanted)
            if book not in had or (book in offices and not had[book])
        ]
        if not taken and not given:
            self.accept()
            return

        def change(session: Session) -> Talk[int]:
            sayings: list[Saying] = [
                saying for book, tier in given for saying in books.give(session.sync, person.id, book, tier)
            ]
            return (yield from enrol.decide(session, [*sayings, *taken], SystemClock().now_ms()))

        self.wait_for(self._desk.talk(self, change), self._done)

    def _done(self, _count: int) -> None:
        self._then()
        self.accept()


class NameDialog(NamingDialog):
    """Another name for a computer."""

    def __init__(self, parent: QWidget, desk: Desk, line: Line, then: Then) -> None:
        super().__init__(parent, _("Rename a computer"), "", _("Rename"), _("Name"), line.name)
        self._desk, self._line, self._then = desk, line, then

    def agree(self) -> None:
        title = self.title()
        if title:
            self.wait_for(self._desk.do(self, devices.name, self._line.id, title), self._done)

    def _done(self, _nothing: None) -> None:
        self._then()
        self.accept()


def _change(session: Session, member: bytes, role: str) -> Talk[int]:
    sayings = roles.change(member, role, session.sync.roster)
    return (yield from enrol.decide(session, sayings, SystemClock().now_ms()))
