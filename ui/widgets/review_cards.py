"""Cards of the review tray: a field with several values, a deletion against edits, an edit without effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.features.alternatives import Value
from app.features.review import Conflict, Held
from app.features.review_edits import HeldEdit
from app.i18n import _, listed, ngettext
from app.ids import Id
from app.model.entity import entity_named
from ui import formats
from ui.theme import look, plain
from ui.widgets.cards import Card, push, words

MOST_VALUES = 12

ICONS = {"customer": "customers", "contact": "contact", "site": "truck", "activity": "note"}


class ConflictCard(Card):
    """Both values, who and when; keep one of them, or write something else."""

    def __init__(
        self,
        one: Conflict,
        authors: Mapping[Id, str],
        keep: Callable[[Any], object],
        edit: Callable[[], object],
        open_it: Callable[[], object],
    ) -> None:
        super().__init__()
        label = _(one.declared.label) if one.declared is not None else ""
        title = _("{field} of {record}").format(field=label, record=named(one))
        self.setAccessibleName(title)
        self.add(_head(title, _("Two people changed it without knowing of each other."), open_it))
        for value in one.values[:MOST_VALUES]:
            text = formats.value(one.declared, value.value) if one.declared is not None else ""
            self.add(_line(text or _("empty"), said_by(value, authors), partial(keep, value.value)))
        other = QWidget()
        row = QHBoxLayout(other)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(
            push(_("Write something else…"), edit, "pencil", "plain", name=_("Something else for {what}").format(what=title))
        )  # fmt: skip
        self.add(other)


class LifeCard(Card):
    """Deleted by one, edited by another."""

    def __init__(
        self,
        one: Conflict,
        authors: Mapping[Id, str],
        keep: Callable[[], object],
        delete: Callable[[], object],
        open_it: Callable[[], object],
    ) -> None:
        super().__init__()
        title = named(one)
        self.setAccessibleName(title)
        gone = next((value for value in one.values if not value.value), None)
        said = _("It was deleted while somebody else went on editing it.")
        if gone is not None and authors.get(gone.device):
            said = _("{author} deleted it {when} while somebody else went on editing it.").format(
                author=plain(authors[gone.device]), when=formats.relative(gone.at_ms)
            )
        self.add(_head(title, said, open_it))
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look().tokens.px(8))
        row.addStretch(1)
        row.addWidget(push(_("Delete"), delete, "trash", name=_("Delete {name}").format(name=title)))
        row.addWidget(push(_("Keep"), keep, "check", "primary", name=_("Keep {name}").format(name=title)))
        self.add(buttons)


class HeldCard(Card):
    """What somebody wrote and nobody goes by."""

    def __init__(
        self,
        one: Held,
        author: str,
        release: Callable[[], object] | None,
        dismiss: Callable[[], object],
        open_it: Callable[[HeldEdit], object],
    ) -> None:
        super().__init__()
        n = len(one.edits)
        who = _("You") if one.is_own else plain(author) or _("A computer without a name")
        if one.is_void:
            title = _("Something from {who} could not be read").format(who=who)
        elif one.is_own:
            title = ngettext(
                "{n} edit of yours waits for your manager", "{n} edits of yours wait for your manager", n
            ).format(n=n)
        else:
            title = ngettext(
                "{n} edit by {who} has no effect", "{n} edits by {who} have no effect", n
            ).format(n=n, who=who)
        self.setAccessibleName(title)
        where = _("{book}, {when}").format(
            book=plain(one.book) or _("Company"), when=formats.relative(one.at_ms)
        )
        self.add(_head(title, one.reason, None, where))
        for edit in one.edits[:MOST_VALUES]:
            self.add(_edit_line(edit, partial(open_it, edit) if edit.is_there else None))
        if n > MOST_VALUES:
            self.add(
                words(
                    ngettext("and {n} more", "and {n} more", n - MOST_VALUES).format(n=n - MOST_VALUES),
                    "caption",
                )
            )
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look().tokens.px(8))
        row.addStretch(1)
        leave = _("I have seen it") if one.is_own or one.is_void else _("Leave without effect")
        row.addWidget(push(leave, dismiss, kind="plain"))
        if release is not None and one.can_release:
            row.addWidget(
                push(_("Release"), release, "check", "primary", name=_("Release: {what}").format(what=title))
            )
        self.add(buttons)


def named(one: Conflict) -> str:
    """What a record is called; its kind where it has no name."""
    return plain(one.title) or _(entity_named(one.kind).label)


def said_by(value: Value, authors: Mapping[Id, str]) -> str:
    """Who wrote a value, and when; the one that lists show meanwhile is named."""
    author, when = authors.get(value.device) or value.author, formats.relative(value.at_ms)
    who = _("{author}, {when}").format(author=plain(author), when=when) if author else when
    return _("{who} (shown now)").format(who=who) if value.is_shown else who


def edit_words(edit: HeldEdit) -> str:
    """What an edit wanted, in one line."""
    name = plain(edit.title) or _(entity_named(edit.kind).label)
    match edit.action:
        case "make":
            what = _("New: {name}")
        case "delete":
            what = _("Delete {name}")
        case "restore":
            what = _("Bring back {name}")
        case "move":
            what = _("Move {name} to another book")
        case _:
            what = "{name}"
    return what.format(name=name)


def edit_details(edit: HeldEdit) -> str:
    """The values that it carries."""
    parts = []
    for name, value in edit.values.items():
        field = edit.fields[name]
        parts.append(
            _("{field}: {value}").format(
                field=_(field.label), value=formats.value(field, value) or _("empty")
            )
        )
    for name, elements in (*edit.adds.items(), *edit.takes.items()):
        sign = "+" if name in edit.adds and elements == edit.adds[name] else "−"
        parts.append(
            _("{field}: {value}").format(
                field=_(edit.fields[name].label), value=listed(f"{sign} {plain(one)}" for one in elements)
            )
        )
    if edit.hidden:
        n = len(edit.hidden)
        parts.append(
            ngettext("{n} field that is not shown here", "{n} fields that are not shown here", n).format(n=n)
        )
    return " · ".join(parts)


def _head(title: str, text: str, open_it: Callable[[], object] | None, more: str = "") -> QWidget:
    head = QWidget()
    row = QHBoxLayout(head)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(look().tokens.px(12))
    column = QVBoxLayout()
    column.setSpacing(look().tokens.px(2))
    column.addWidget(words(title, "strong"))
    column.addWidget(words(text, "soft"))
    if more:
        column.addWidget(words(more, "caption"))
    row.addLayout(column, 1)
    if open_it is not None:
        button = push(_("Open"), open_it, "open", "plain", name=_("Open {name}").format(name=title))
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return head


def _line(text: str, who: str, keep: Callable[[], object]) -> QWidget:
    px = look().tokens.px
    line = QFrame()
    line.setProperty("role", "composer")
    row = QHBoxLayout(line)
    row.setContentsMargins(px(12), px(8), px(8), px(8))
    row.setSpacing(px(12))
    column = QVBoxLayout()
    column.setSpacing(px(2))
    value = words(text)
    value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    column.addWidget(value)
    column.addWidget(words(who, "caption"))
    row.addLayout(column, 1)
    row.addWidget(push(_("Keep this"), keep, name=_("Keep {value}").format(value=text)))
    return line


def _edit_line(edit: HeldEdit, open_it: Callable[[], object] | None) -> QWidget:
    px = look().tokens.px
    line = QFrame()
    line.setProperty("role", "composer")
    row = QHBoxLayout(line)
    row.setContentsMargins(px(12), px(8), px(8), px(8))
    column = QVBoxLayout()
    column.setSpacing(px(2))
    title = QLabel(edit_words(edit))
    title.setTextFormat(Qt.TextFormat.PlainText)
    title.setWordWrap(True)
    column.addWidget(title)
    if details := edit_details(edit):
        column.addWidget(words(details, "caption"))
    row.addLayout(column, 1)
    if open_it is not None:
        row.addWidget(
            push(_("Open"), open_it, kind="plain", name=_("Open {name}").format(name=edit_words(edit)))
        )
    return line
