"""Making and naming books, choosing who has one, and moving customers into another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from app.clock import SystemClock
from app.features.trust import books, moving
from app.features.trust.people import Company
from app.features.trust.saying import Saying
from app.gateway.session import Session
from app.i18n import _, ngettext
from app.ids import Id
from app.model.standing import FIELD, OFFICE
from sync.client import enrol
from sync.client.talk import Talk
from ui import formats
from ui.desk import Desk
from ui.theme import look, plain
from ui.widgets.book_choice import BookChoice
from ui.widgets.naming_dialog import NamingDialog
from ui.widgets.talk_dialog import TalkDialog

Then = Callable[[], object]


class MakeBook(NamingDialog):
    """A new book, which its maker has with restricted fields."""

    def __init__(self, parent: QWidget, desk: Desk, then: Then) -> None:
        super().__init__(
            parent,
            _("Make a book"),
            _("It begins empty, and only you have it. Then give it to others and move customers into it."),
            _("Make the book"),
            _("Name of the book"),
        )
        self._desk, self._then = desk, then

    def agree(self) -> None:
        title = self.title()
        if title:
            self.wait_for(self._desk.talk(self, lambda session: _make(session, title)), self._done)

    def _done(self, _book: Id) -> None:
        self._then()
        self.accept()


class NameBook(NamingDialog):
    """Another name for a book."""

    def __init__(self, parent: QWidget, desk: Desk, book: Id, title: str, then: Then) -> None:
        super().__init__(
            parent, _("Rename “{book}”").format(book=plain(title)), "", _("Rename"), _("Name of the book"), title
        )  # fmt: skip
        self._desk, self._book, self._then = desk, book, then

    def agree(self) -> None:
        title = self.title()
        if title:
            self.wait_for(self._desk.do(self, books.name, self._book, title), self._done)

    def _done(self, _book: object) -> None:
        self._then()
        self.accept()


class ReadersDialog(TalkDialog):
    """Who has a book: what is newly ticked is given, what is no longer ticked is taken."""

    def __init__(
        self, parent: QWidget, desk: Desk, company: Company, book: Id, title: str, then: Then
    ) -> None:
        super().__init__(
            parent,
            _("Who has “{book}”").format(book=plain(title)),
            _(
                "Who has a book reads and writes its customers. Where it is taken away, it gets a new key; what was "
                "already on their computers, they may have seen."
            ),
            yes=_("Change"),
        )
        self._desk, self._book, self._then = desk, book, then
        self.setMinimumWidth(look().tokens.px(480))
        self._had: dict[Id, bool] = {
            person.id: shelf.has_office
            for person in company.people
            for shelf in person.shelves
            if shelf.book == book
        }
        members = [(one.id, one.name or _("somebody")) for one in company.people if one.is_active]
        self.choice = BookChoice(members, self._had, [one for one, office in self._had.items() if office])
        self.body.addWidget(self.choice)
        self.choice.setFocus()

    def agree(self) -> None:
        book, had = self._book, self._had
        wanted, offices = set(self.choice.books()), set(self.choice.offices())
        taken = [
            books.take(member, book, OFFICE if member in wanted else FIELD)
            for member, office in had.items()
            if member not in wanted or (office and member not in offices)
        ]
        given = [
            (member, OFFICE if member in offices else FIELD)
            for member in sorted(wanted)
            if member not in had or (member in offices and not had[member])
        ]
        if not taken and not given:
            self.accept()
            return

        def change(session: Session) -> Talk[int]:
            sayings: list[Saying] = [
                saying for member, tier in given for saying in books.give(session.sync, member, book, tier)
            ]
            return (yield from enrol.decide(session, [*sayings, *taken], SystemClock().now_ms()))

        self.wait_for(self._desk.talk(self, change), self._done)

    def _done(self, _count: int) -> None:
        self._then()
        self.accept()


class MoveDialog(TalkDialog):
    """Into which book the chosen customers go, with everything that belongs to them."""

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        customers: Sequence[Id],
        choices: Sequence[tuple[Id, str]],
        then: Callable[[int], object],
    ) -> None:
        n = len(customers)
        super().__init__(
            parent,
            ngettext("Move {n} customer to another book", "Move {n} customers to another book", n).format(
                n=formats.count(n)
            ),
            _(
                "Sites, contacts and activities go along. Whoever has the other book has them from then on, whoever "
                "has only the old one no longer. Moving back is another move."
            ),
            yes=_("Move"),
        )
        self._desk, self._customers, self._then = desk, tuple(customers), then
        self.book = QComboBox()
        self.book.setAccessibleName(_("Book"))
        for id_, title in choices:
            self.book.addItem(plain(title) or _("A book without a name"), id_)
        self.body.addWidget(self.book)
        self.book.setFocus()

    def agree(self) -> None:
        book = self.book.currentData()
        if book is None:
            return
        pending = self._desk.do(self, moving.move, self._customers, Id(bytes(book))).label(_("Moving…"))
        self.wait_for(pending, self._done)

    def _done(self, made: list[Id]) -> None:
        self._then(len(made))
        self.accept()


def _make(session: Session, title: str) -> Talk[Id]:
    book, sayings = books.make(session.sync)
    yield from enrol.decide(session, sayings, SystemClock().now_ms())
    session.do(books.name, book, title)
    return book
