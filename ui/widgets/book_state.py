"""How a book stands with the server, as a card says it: position, what waits, who wrote last, what stopped it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.features.trust.synchronising import Line
from app.i18n import _, listed, ngettext, sentences
from ui import formats
from ui.theme import look
from ui.widgets.banner import Banner
from ui.widgets.cards import Card, push, words

MOST_WRITERS = 8


def add_line(card: Card, line: Line, ways: Iterable[tuple[str, Callable[[], object]]]) -> None:
    """One stream of a book; `ways` are offered where it was stopped."""
    label = (
        _("Restricted fields")
        if line.is_office
        else _("Names and shared settings")
        if line.is_company
        else _("Customers and what belongs to them")
    )
    row = card.row(label, None, _counts(line))
    row.setAccessibleName(_("{book}: {part}").format(book=title(line), part=label))
    row.setAccessibleDescription(row.hint.text())
    if wrote := _writers(line):
        row.left.addWidget(words(wrote, "caption"))
    if line.halt is not None:
        banner = Banner()
        banner.set_closable(False)
        banner.say(sentences((line.trouble, line.way_out)), "danger")
        card.add(banner)
        card.add(_buttons(ways))


def title(line: Line) -> str:
    """How a book is called here."""
    return _("Company") if line.is_company else line.book or _("A book without a name")


def _counts(line: Line) -> str:
    if not (line.position or line.steps or line.unsent):
        return _("Nothing in it yet")
    parts = (
        ngettext("{n} batch verified", "{n} batches verified", line.position).format(
            n=formats.count(line.position)
        ),
        ngettext("{n} change unsent", "{n} changes unsent", line.unsent).format(n=formats.count(line.unsent))
        if line.unsent
        else _("nothing unsent"),
        _("{size} of history here").format(size=formats.size(line.size_bytes)),
        ngettext("key changed {n} time", "key changed {n} times", line.epoch - 1).format(n=line.epoch - 1)
        if line.epoch > 1
        else "",
    )
    return listed(part for part in parts if part)


def _writers(line: Line) -> str:
    """Who wrote last, as far as it was verified here."""
    wrote = [one for one in line.wrote if one.at_ms is not None][:MOST_WRITERS]
    said = [
        _("{device} {when}").format(
            device=_("this computer") if one.is_own else one.name, when=formats.relative(one.at_ms)
        )
        for one in wrote
    ]
    return _("Last verified: {devices}.").format(devices=listed(said)) if said else ""


def _buttons(ways: Iterable[tuple[str, Callable[[], object]]]) -> QWidget:
    place = QWidget()
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(look().tokens.px(8))
    row.addStretch(1)
    for text, act in ways:
        row.addWidget(push(text, act))
    return place
