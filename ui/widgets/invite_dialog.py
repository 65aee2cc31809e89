"""Inviting somebody: who, with which role and books, for how long; then the link, as text, as QR code, as a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.clock import SystemClock
from app.errors import Unwritable, reason
from app.features.trust.invitations import Offer
from app.features.trust.people import Company, Person
from app.features.trust.roles import LABELS
from app.i18n import _, ngettext
from sync.client import enrol
from ui import errors, formats
from ui.desk import Desk
from ui.dialogs import Dialog, pick_file
from ui.theme import look
from ui.widgets.book_choice import BookChoice
from ui.widgets.cards import push, words
from ui.widgets.talk_dialog import TalkDialog

DAYS = (1, 3, 7, 14, 30)
USUAL_DAYS = 14
DAY_MS = 24 * 3600 * 1000
CLEAR_MS = 60_000
"""The link stays so long in the clipboard."""


class InviteDialog(TalkDialog):
    """For a new member; or, with `member`, for a further computer of somebody."""

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        company: Company,
        then: Callable[[], object],
        member: Person | None = None,
    ) -> None:
        title = (
            _("Invite somebody")
            if member is None
            else _("Add a computer for {name}").format(name=member.name)
        )
        super().__init__(
            parent,
            title,
            _("They get a link that can be used once. It opens nothing by itself: you let their computer in after comparing six words."),
            yes=_("Make the invitation"),
        )  # fmt: skip
        self._desk, self._then, self._member = desk, then, member
        self.setMinimumWidth(look().tokens.px(480))
        self.name = QLineEdit()
        self.email = QLineEdit()
        self.role = QComboBox()
        self.choice = BookChoice(company.books)
        self.days = QComboBox()
        if member is None:
            self._labelled(_("Their name"), self.name)
            self._labelled(_("E-mail (optional)"), self.email)
            for role in company.grants():
                self.role.addItem(_(LABELS[role]), role)
            self.role.setCurrentIndex(self.role.findData("rep"))
            self._labelled(_("Role in the company"), self.role)
            self._labelled(_("Books"), self.choice)
        for days in DAYS:
            self.days.addItem(ngettext("{n} day", "{n} days", days).format(n=days), days)
        self.days.setCurrentIndex(self.days.findData(USUAL_DAYS))
        self._labelled(_("The link is valid for"), self.days)
        (self.name if member is None else self.yes).setFocus()

    def agree(self) -> None:
        if not self.yes.isEnabled():
            return
        lasts_ms, now_ms = int(self.days.currentData()) * DAY_MS, SystemClock().now_ms()
        member = self._member
        if member is not None:
            pending = self._desk.talk(
                self,
                lambda session: enrol.invite(
                    session, now_ms, name=member.name, member=member.id, lasts_ms=lasts_ms
                ),
            )
        else:
            wanted: dict[str, Any] = {
                "name": " ".join(self.name.text().split()),
                "email": self.email.text().strip(),
                "role": str(self.role.currentData()),
                "books": self.choice.books(),
                "offices": self.choice.offices(),
                "lasts_ms": lasts_ms,
            }
            if not wanted["name"]:
                self.name.setFocus()
                self.show_banner(_("Please give the name of the person."))
                return
            pending = self._desk.talk(self, lambda session: enrol.invite(session, now_ms, **wanted))
        self.wait_for(pending, self._made)

    def _made(self, offer: Offer) -> None:
        self._then()
        parent = self.parentWidget()
        self.accept()
        OfferDialog(parent, offer, self._desk.say).open()

    def _labelled(self, text: str, widget: QWidget) -> None:
        box = QVBoxLayout()
        box.setSpacing(look().tokens.px(4))
        label = QLabel(text)
        label.setProperty("role", "label")
        label.setBuddy(widget)
        if not widget.accessibleName():
            widget.setAccessibleName(text)
        box.addWidget(label)
        box.addWidget(widget)
        self.body.addLayout(box)


class OfferDialog(Dialog):
    """Shows a link once: it is kept nowhere."""

    def __init__(self, parent: QWidget | None, offer: Offer, say: Callable[[str], object]) -> None:
        super().__init__(
            parent,
            _("The invitation for {name}").format(name=offer.record.name),
            _("Give it to nobody else, best in person or in a message that only they read. It is shown only now, and valid until {when}.").format(
                when=formats.moment(offer.until_ms)
            ),
            yes=_("Done"),
        )  # fmt: skip
        from ui.widgets.qr_code import QrCode

        self._link, self._say = offer.link, say
        px = look().tokens.px
        self.setMinimumWidth(px(520))
        self.no.hide()
        self.code = QrCode(offer.link, _("The link as a QR code"))
        self.body.addWidget(self.code, 0, Qt.AlignmentFlag.AlignHCenter)
        self.line = QLineEdit(offer.link)
        self.line.setReadOnly(True)
        self.line.setCursorPosition(0)
        self.line.setAccessibleName(_("The link"))
        self.body.addWidget(self.line)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(push(_("Copy the link"), self.copy, "copy"))
        row.addWidget(push(_("Save as a file…"), self.save, "save"))
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(
            words(
                _("Next: they open it under “Join a company”. Their computer then shows up here, and waits for you."),
                "soft",
            )
        )  # fmt: skip

    def copy(self) -> None:
        """Into the clipboard, for a minute."""
        put_for_a_while(self._link)
        self._say(_("The link was copied. It leaves the clipboard in a minute."))

    def save(self) -> None:
        """As a file that only this person may read."""

        def write(path: str) -> None:
            try:
                handle = os.open(
                    path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600
                )
                with os.fdopen(handle, "wb") as file:
                    file.write(self._link.encode() + b"\n")
            except OSError as error:
                errors.show(
                    Unwritable(_("The file could not be written: {why}.").format(why=reason(error))), self
                )
                return
            self._say(_("The invitation was saved as “{name}”.").format(name=Path(path).name))

        pick_file(
            self, _("Save the invitation"), [_("Invitation (*.provender-invite)")], write, save_as="join.provender-invite"
        )  # fmt: skip


def put_for_a_while(text: str, for_ms: int = CLEAR_MS) -> None:
    """Copy a secret; it goes by itself, unless something else was copied meanwhile."""
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(text)

    def forget() -> None:
        if clipboard.text() == text:
            clipboard.clear()

    QTimer.singleShot(for_ms, clipboard, forget)
