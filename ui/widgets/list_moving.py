"""Asks into which book chosen customers go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from app.features import records
from app.features.records import Opened
from app.features.trust import books
from app.i18n import ngettext
from app.ids import Id
from ui import formats
from ui.desk import Desk
from ui.widgets.book_dialogs import MoveDialog


def ask_where(owner: QWidget, desk: Desk, customers: Sequence[Id]) -> None:
    """Show the books that this person has, then move."""

    def moved(count: int) -> None:
        text = ngettext("{n} customer was moved.", "{n} customers were moved.", count)
        desk.say(text.format(n=formats.count(count)))

    def ask(titles: Mapping[Id, str]) -> None:
        def known(opened: Opened) -> None:
            # The book in which the first of them is can hardly be meant, so it is offered last.
            here = opened.record.book
            mine = sorted(
                desk.session.identity.books, key=lambda book: (book == here, titles.get(book, "").casefold())
            )
            choices = [(book, titles.get(book, "")) for book in mine]
            MoveDialog(owner.window(), desk, customers, choices, moved).open()

        desk.ask(owner, records.open_one, "customer", customers[0]).then(known).start()

    if customers:
        desk.ask(owner, books.names).then(ask).start()
