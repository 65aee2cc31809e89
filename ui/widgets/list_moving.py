"""Asks into which book chosen customers go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

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
        mine = sorted(desk.session.identity.books, key=lambda book: titles.get(book, "").casefold())
        choices = [(book, titles.get(book, "")) for book in mine]
        MoveDialog(owner.window(), desk, customers, choices, moved).open()

    desk.ask(owner, books.names).then(ask).start()
