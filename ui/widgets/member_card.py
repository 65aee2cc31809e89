"""One person of the company: who, with which role and books, on which computers, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.features.trust.devices import Line
from app.features.trust.people import Person, Shelf
from app.features.trust.roles import LABELS
from app.i18n import _, listed
from ui import formats
from ui.fields import Chip
from ui.theme import icon_size, look, pixmap, plain, set_icon
from ui.widgets.avatar import Avatar
from ui.widgets.banner import Banner
from ui.widgets.cards import Card, words


class Way(NamedTuple):
    """Something that can be done about a person or device."""

    label: str
    act: Callable[[], object]
    icon: str = ""
    danger: bool = False


class MemberCard(Card):
    """`tell` says in this card what stood in the way of something that was tried here."""

    def __init__(
        self,
        person: Person,
        ways: Iterable[Way],
        device_ways: Callable[[Line], Iterable[Way]],
    ) -> None:
        super().__init__()
        self.person = person
        px = look().tokens.px
        name = plain(person.name) or _("Somebody without a name")
        self.setAccessibleName(name)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(12))
        row.addWidget(Avatar(name, 36), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(px(2))
        first = QHBoxLayout()
        first.setSpacing(px(8))
        title = QLabel(_("{name} (you)").format(name=name) if person.is_own else name)
        title.setProperty("role", "strong")
        title.setTextFormat(Qt.TextFormat.PlainText)
        first.addWidget(title)
        for role in person.roles:
            first.addWidget(Chip(_(LABELS[role])), 0, Qt.AlignmentFlag.AlignVCenter)
        if not person.is_active:
            first.addWidget(Chip(_("No longer a member")), 0, Qt.AlignmentFlag.AlignVCenter)
        first.addStretch(1)
        column.addLayout(first)
        column.addWidget(words(about(person), "caption"))
        row.addLayout(column, 1)
        if menu := more(_("More about {name}").format(name=name), ways):
            row.addWidget(menu, 0, Qt.AlignmentFlag.AlignTop)
        self.add(head)
        self.trouble = Banner()
        self.add(self.trouble)
        for line in person.devices:
            if line.state == "active" or not person.is_active or line.is_own:
                self.add(DeviceLine(line, device_ways(line)), lined=True)
        ended = [line for line in person.devices if line.state == "revoked" and person.is_active]
        if ended:
            names = listed(plain(line.name) or _("a computer") for line in ended)
            self.add(words(_("Ended: {names}").format(names=names), "caption"), lined=True)

    def tell(self, text: str) -> None:
        """A refusal, beside what was tried."""
        self.trouble.say(text, "warning")


class DeviceLine(QWidget):
    """A computer with its state."""

    def __init__(self, line: Line, ways: Iterable[Way]) -> None:
        super().__init__()
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(8), 0, 0, 0)
        row.setSpacing(px(20))  # in line with the person's name
        sign = QLabel()
        sign.setPixmap(pixmap(_sign(line), "text_soft", px(20), self.devicePixelRatioF()))
        row.addWidget(sign)
        name = plain(line.name) or _("A computer without a name")
        column = QVBoxLayout()
        column.setSpacing(px(1))
        column.addWidget(words(_("{name} (this computer)").format(name=name) if line.is_own else name))
        state = state_of(line)
        column.addWidget(words(state, "caption"))
        row.addLayout(column, 1)
        self.setAccessibleName(name)
        self.setAccessibleDescription(state)
        if menu := more(_("More about {name}").format(name=name), ways):
            row.addWidget(menu)


def more(name: str, ways: Iterable[Way]) -> QToolButton | None:
    """A button with a menu; None where nothing can be done."""
    chosen = tuple(ways)
    if not chosen:
        return None
    button = QToolButton()
    set_icon(button, "more", "text")
    button.setIconSize(icon_size())
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    for number, way in enumerate(chosen):
        if way.danger and number and not chosen[number - 1].danger:
            menu.addSeparator()
        action = menu.addAction(way.label, way.act)
        if way.icon:
            set_icon(action, way.icon, "danger_text" if way.danger else "text_soft")
    button.setMenu(menu)
    return button


def about(person: Person) -> str:
    """E-mail and books on one line."""
    shelves = listed(shelf_title(shelf) for shelf in person.shelves)
    parts = (plain(person.email), _("Books: {books}").format(books=shelves) if shelves else _("No books"))
    return " · ".join(part for part in parts if part)


def shelf_title(shelf: Shelf) -> str:
    """A book that somebody has, with what of it."""
    title = plain(shelf.title) or _("A book without a name")
    if shelf.has_office:
        title = _("{book} with restricted fields").format(book=title)
    if shelf.until_ms:
        title = _("{book} until {when}").format(book=title, when=formats.moment(shelf.until_ms))
    return title


def state_of(line: Line) -> str:
    """A computer's state and last contact."""
    if line.state == "revoked":
        return _("Ended")
    heard = (
        _("Last contact {when}").format(when=formats.relative(line.last_contact_ms))
        if line.last_contact_ms
        else _("No contact known")
    )
    if line.is_own:
        heard = _("Active now")
    return _("{state}. It will lock on its next contact.").format(state=heard) if line.is_locked else heard


def _sign(line: Line) -> str:
    if line.state == "revoked":
        return "stop"
    return "lock" if line.is_locked else "laptop"
