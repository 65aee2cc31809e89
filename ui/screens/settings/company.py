"""The company and the profile that holds its book; deleting the profile for good."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel

from app import bootstrap
from app.features.trust import overview
from app.features.trust.overview import Overview
from app.i18n import _, listed, ngettext
from app.vault import profiles
from ui import errors, formats
from ui.desk import Desk
from ui.dialogs import confirm_by_typing
from ui.screens.settings.section import Section, push
from ui.widgets.gate import destroyed

COUNTED = ("customer", "contact", "site", "activity")


def _counted(kind: str, n: int) -> str:
    match kind:
        case "customer":
            text = ngettext("{n} customer", "{n} customers", n)
        case "contact":
            text = ngettext("{n} contact", "{n} contacts", n)
        case "site":
            text = ngettext("{n} delivery site", "{n} delivery sites", n)
        case _:
            text = ngettext("{n} activity", "{n} activities", n)
    return text.format(n=formats.count(n))


class Company(Section):
    """Whose book this is and where it lies."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Company and profile"))
        book = desk.book
        identity = book.session.identity if book is not None else None
        self.name = identity.company_name if identity is not None else ""
        card = self.card()
        card.row(
            _("Company"),
            _value(self.name),
            _("A demonstration: nothing in it is real.") if identity is not None and identity.demo else "",
        )
        card.row(_("You"), _value(book.session.person.name if book is not None else ""))
        self.content = card.row(_("In the book"), None, _("Counting…"))
        card = self.card(
            _("Profile"), _("A profile is the folder on this computer that holds one book, encrypted.")
        )
        folder = str(book.profile.folder) if book is not None else ""
        self.folder = card.row(
            _("Folder"),
            push(
                _("Open the folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)), "folder"
            ),
            folder,
        )
        self.folder.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.room = card.row(_("Size"), None, _("Counting…"))
        card = self.card()
        self.delete = card.row(
            _("Delete this profile"),
            push(_("Delete…"), self.ask_to_delete, "trash", "danger"),
            _(
                "Destroys the book on this computer and its keys in the keyring. Without a backup it is gone for good."
            ),
        )

    def arrive(self) -> None:
        book = self.desk.book
        if book is not None:
            self.desk.run(self, lambda _job: overview.look(book)).then(self._show).latest("overview").start()
            folder = book.profile.folder
            self.desk.run(self, lambda _job: _size_bytes(folder)).then(
                lambda size: self.room.say(formats.size(size))
            ).latest("size").start()

    def ask_to_delete(self) -> None:
        """Nothing goes before the company's name was typed."""
        confirm_by_typing(
            self,
            _("Delete “{name}” from this computer").format(name=self.name),
            _(
                "All customers of this company on this computer are destroyed for good. Without a backup or "
                "another device nobody can bring them back."
            ),
            self.name,
            _("Delete for good"),
            self._delete,
        )

    def _delete(self) -> None:
        self.setEnabled(False)

        def destroy(book: bootstrap.Open) -> None:
            keychain = book.vault.keychain
            book.close(forget=True)
            profiles.delete(book.profile, keychain)

        def failed(error: BaseException) -> None:
            self.setEnabled(True)
            errors.show(error, self)

        # The book is closed by now, so locking only leaves it: what follows is the welcome screen.
        gone = destroyed(self.name)
        self.desk.vault(self, destroy).then(lambda _nothing: self.desk.lock(gone)).failed(failed).start()

    def _show(self, seen: Overview) -> None:
        counts = [_counted(kind, seen.counts[kind]) for kind in COUNTED if seen.counts.get(kind)]
        self.content.say(listed(counts) or _("Nothing yet."))


def _value(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setProperty("role", "strong")
    return label


def _size_bytes(folder: Path) -> int:
    """Everything that lies in the profile."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
