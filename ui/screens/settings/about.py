"""What this program is, its version, and the licences of all its parts."""

from __future__ import annotations

import platform
from functools import partial
from importlib import resources

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QTextBrowser

from app.features.trust.vault import engine
from app.i18n import N_, _
from ui.desk import Desk
from ui.screens.settings.section import Section, push, words
from ui.theme import look, pixmap

DOCUMENTS = (
    ("third-party.md", N_("Third-party parts and their licences")),
    ("promises.md", N_("What is protected, and what is not")),
    ("manual.md", N_("Manual")),
)


class About(Section):
    """Version and documents; the documents are shown here, offline."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("About"))
        px = look().tokens.px
        card = self.card()
        mark = QLabel()
        mark.setPixmap(pixmap("logo", "accent", px(40), self.devicePixelRatioF()))
        card.add(mark)
        card.add(words("Provender", "title"))
        card.add(
            words(
                _("The customer book of a small food distributor: offline first, encrypted, lawful."), "soft"
            )
        )
        card.row(
            _("Version"),
            push(_("Copy"), self._copy, "copy", name=_("Copy the versions")),
            "\n".join(versions()),
        )
        card.row(_("Licence"), None, _("Apache License 2.0. You may use, study, change and share it."))
        self.documents = self.card(_("Documents"))
        for name, label in DOCUMENTS:
            self.documents.row(
                _(label),
                push(
                    _("Read"),
                    partial(self.read, name),
                    name=_("Read: {title}").format(title=_(label)),
                ),
            )
        self.page = QTextBrowser()
        self.page.setOpenLinks(False)
        self.page.setMinimumHeight(px(420))
        self.page.setAccessibleName(_("Document"))
        self.page.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.page.hide()
        self.documents.add(self.page)

    def read(self, name: str) -> None:
        """Show a document below."""
        self.page.setMarkdown(document(name))
        self.page.show()
        self.ensureWidgetVisible(self.page)
        self.page.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(versions()))
        self.desk.say(_("Copied."))


def versions() -> tuple[str, ...]:
    """Ours and those of what matters when something is reported."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        ours = version("provender")
    except PackageNotFoundError:
        ours = "?"
    sqlite, cipher = engine()
    return (
        f"Provender {ours}",
        f"Python {platform.python_version()}, Qt {qVersion()}",
        f"SQLite {sqlite}, SQLCipher {cipher}",
        f"{platform.system()} {platform.release()}",
    )


def document(name: str) -> str:
    """A page of resources/docs, as Markdown."""
    return (resources.files("resources") / "docs" / name).read_text("utf-8")
