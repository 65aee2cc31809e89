"""Books: what the customers are shared by. Making, naming, giving and taking them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.features.trust import people
from app.features.trust.people import Company, Person
from app.i18n import N_, _, listed
from app.ids import Id
from sync.client import enrol
from sync.client.status import State
from ui.actions import Action
from ui.desk import Desk
from ui.theme import plain
from ui.widgets.book_dialogs import MakeBook, NameBook, ReadersDialog
from ui.widgets.cards import Card, CardColumn, words
from ui.widgets.member_card import Way, more
from ui.widgets.screen import Screen


class Books(Screen):
    """One card per book that this computer has, with who has it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.company: Company | None = None
        for action in self._actions():
            self.actions_here.add(action)
        self.headed(_("Books"), self.actions_here.button("books.make", "primary"))
        self.column = CardColumn()
        self.page.addWidget(self.column, 1)
        desk.changed.connect(self._changed)

    def arrive(self, where: Mapping[str, Any]) -> None:
        self.look()

    def look(self) -> None:
        """What there is now."""
        link = self.desk.link
        if link is None:
            return
        session = link.session
        work = self.desk.run(self, lambda _job: people.look(session, enrol.known_contacts(session)))
        work.then(self._show).latest("look").start()

    def _changed(self, kinds: frozenset[str]) -> None:
        if self.isVisible() and kinds & {"member", "book"}:
            self.look()

    # ---- showing

    def _show(self, company: Company) -> None:
        self.company = company
        self.column.clear()
        self.column.put(
            words(
                _(
                    "Every customer is in one book, and whoever has a book has it on their computers, encrypted. Restricted "
                    "fields, such as credit limits, are given separately."
                ),
                "soft",
            )
        )
        for book, title in company.books:
            self.column.put(self._card(company, book, title))
        self.actions_here.refresh()

    def _card(self, company: Company, book: Id, title: str) -> Card:
        name = plain(title) or _("A book without a name")
        card = Card()
        card.setAccessibleName(name)
        ways: tuple[Way, ...] = ()
        if company.may_invite:
            ways = (
                Way(_("Who has it…"), partial(self.share, book, title), "contact"),
                Way(_("Rename…"), partial(self.rename, book, title), "pencil"),
            )
        row = card.row(name, more(_("More about {name}").format(name=name), ways), _who(company, book, False))
        row.label.setProperty("role", "strong")
        if office := _who(company, book, True):
            row.left.addWidget(words(office, "caption"))
        return card

    def _actions(self) -> tuple[Action, ...]:
        def may() -> bool:
            return self.company is not None and "owner" in self.company.roles

        return (Action("books.make", N_("Make a book…"), self.make, "plus", "Ctrl+N", may),)

    # ---- doing

    def make(self) -> None:
        """A new, empty book."""
        if self._is_connected():
            MakeBook(self.window(), self.desk, self.look).open()

    def rename(self, book: Id, title: str) -> None:
        """Another name."""
        NameBook(self.window(), self.desk, book, title, self.look).open()

    def share(self, book: Id, title: str) -> None:
        """Give it, take it."""
        if self.company is not None and self._is_connected():
            ReadersDialog(self.window(), self.desk, self.company, book, title, self.look).open()

    def _is_connected(self) -> bool:
        link = self.desk.link
        if link is not None and link.status.state is not State.UNCONNECTED:
            return True
        self.show_banner(
            _(
                "This company is on this computer only. Connect it with a server first, on the page “Synchronisation”."
            ),
            "info",
        )
        return False


def _who(company: Company, book: Id, office: bool) -> str:
    have = [one for one in company.people if one.is_active and _has(one, book, office)]
    if office and not have:
        return ""
    names = listed(plain(one.name) or _("somebody") for one in have)
    if office:
        return _("With restricted fields: {people}").format(people=names)
    return _("Had by {people}").format(people=names) if have else _("Nobody has it")


def _has(person: Person, book: Id, office: bool) -> bool:
    return any(shelf.book == book and (shelf.has_office or not office) for shelf in person.shelves)
