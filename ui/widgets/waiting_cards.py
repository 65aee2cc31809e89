"""What waits for a decision about who comes in: computers that knock, and invitations that nobody has used yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import ids
from app.features.trust.devices import Knocking
from app.features.trust.invitations import Invitation
from app.features.trust.roles import LABELS
from app.i18n import _, listed
from app.ids import Id
from ui import formats
from ui.theme import look, pixmap, plain
from ui.widgets.cards import Card, push, words


class KnockCard(Card):
    """A computer that waits at the door."""

    def __init__(
        self,
        knock: Knocking,
        titles: Mapping[Id, str],
        compare: Callable[[], object],
        refuse: Callable[[], object],
    ) -> None:
        super().__init__()
        px = look().tokens.px
        name = plain(knock.name) or _("A computer")
        title = _("“{name}” waits to be let in").format(name=name)
        self.setAccessibleName(title)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(12))
        sign = QLabel()
        sign.setPixmap(pixmap("bell", "accent", px(28), self.devicePixelRatioF()))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(px(2))
        column.addWidget(words(title, "strong"))
        if knock.invitation is not None:
            column.addWidget(words(invited_as(knock.invitation, titles), "caption"))
        when = _("Knocked {when}").format(when=formats.relative(knock.at_ms))
        column.addWidget(words(when, "caption"))
        if knock.fault:
            column.addWidget(words(knock.fault, "error"))
        row.addLayout(column, 1)
        if not knock.fault:
            row.addWidget(push(_("Compare the words…"), compare, "shield", "primary"))
        row.addWidget(push(_("Turn away…"), refuse, kind="plain"))
        self.add(head)


class InvitationsCard(Card):
    """Invitations that are open."""

    def __init__(
        self,
        invitations: Sequence[Invitation],
        titles: Mapping[Id, str],
        withdraw: Callable[[Invitation], object],
    ) -> None:
        super().__init__(_("Open invitations"))
        for one in invitations:
            hint = invited_as(one, titles)
            if one.until is not None:
                hint = _("{what}, valid until {when}").format(what=hint, when=formats.moment(one.until))
            self.row(
                plain(one.name),
                push(
                    _("Withdraw…"),
                    partial(withdraw, one),
                    name=_("Withdraw the invitation for {name}").format(name=plain(one.name)),
                ),
                hint,
            )


def invited_as(invitation: Invitation, titles: Mapping[Id, str]) -> str:
    """Role and books that somebody will have."""
    if not invitation.role:
        return _("A further computer of {name}").format(name=plain(invitation.name))
    named = {
        plain(titles.get(ids.parse(book), "")) or _("A book without a name")
        for book in (*invitation.books, *invitation.offices)
    }
    books = listed(sorted(named, key=str.casefold))
    role = _(LABELS[invitation.role])
    if not books:
        return _("{name} as {role}, without books").format(name=plain(invitation.name), role=role)
    return _("{name} as {role} with {books}").format(name=plain(invitation.name), role=role, books=books)
