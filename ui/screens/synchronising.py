"""The page about synchronisation: how every book stands with the server, and what to do where one does not go on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.errors import Unwritable, reason
from app.features.trust import synchronising
from app.features.trust.synchronising import Line, Overview
from app.i18n import N_, _, listed, ngettext, sentences
from sync.client.status import State, Status
from ui import errors, formats
from ui.actions import Action
from ui.desk import Desk
from ui.dialogs import confirm, pick_file
from ui.theme import look, pixmap
from ui.widgets.banner import Banner
from ui.widgets.cards import Card, CardColumn, empty, words
from ui.widgets.connect_dialog import ConnectDialog
from ui.widgets.empty import EmptyState
from ui.widgets.screen import Screen
from ui.widgets.sync_badge import SIGNS, said, since

AGAIN_MS = 30_000
MOST_WRITERS = 8


class Synchronisation(Screen):
    """Asks anew while it is looked at and something moves."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._overview: Overview | None = None
        for action in self._actions():
            self.actions_here.add(action)
        self.now = self.actions_here.button("sync.now", "primary")
        self.rest = self.actions_here.button("sync.pause")
        self.go_on = self.actions_here.button("sync.resume")
        self.headed(_("Synchronisation"), self.go_on, self.rest, self.now)
        self.unconnected = EmptyState(
            "cloud",
            _("This company is on this computer only"),
            _(
                "Connect it with a server to work with colleagues and on further computers. Everything is encrypted "
                "here first: the server can read none of it."
            ),
            _("Connect with a server…"),
            self.connect_server,
        )
        self.column = CardColumn()
        self.state_card = Card()
        self.sign = QLabel()
        self.heading_ = words("", "heading")
        self.detail = words("", "soft")
        self.column.put(self._state())
        self.books = QWidget()
        self.books_box = QVBoxLayout(self.books)
        self.books_box.setContentsMargins(0, 0, 0, 0)
        self.books_box.setSpacing(look().tokens.px(12))
        self.column.put(self.books)
        self.page.addWidget(self.unconnected, 1)
        self.page.addWidget(self.column, 1)
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._look)
        if desk.link is not None:
            desk.link.told.connect(self._told)
        desk.changed.connect(self._changed)
        self._show_status(desk.link.status if desk.link is not None else Status(State.UNCONNECTED))
        self._show(Overview("", ()))

    def arrive(self, where: Mapping[str, Any]) -> None:
        self._again.start()
        self._look()

    def leave(self) -> bool:
        self._again.stop()
        return True

    # ---- doing

    def synchronise(self) -> None:
        """Now, also while it is paused."""
        if self.desk.link is not None:
            self.desk.link.nudge()

    def pause(self, paused: bool) -> None:
        """Rest, or go on."""
        if self.desk.link is not None:
            self.desk.link.pause(paused)
        self._dress_buttons()

    def connect_server(self) -> None:
        """Ask for the server, then make the company known to it."""
        ConnectDialog(self.window(), self.desk, self._connected).open()

    def resume(self, line: Line) -> None:
        """Let a book go on that was stopped, once the person has said that they looked at it."""
        session = self.desk.link.session if self.desk.link is not None else None
        if session is None:
            return

        def go() -> None:
            pending = self.desk.run(
                self, lambda _job: synchronising.resume(session, line.stream), writes=True
            )
            pending.then(self._resumed).start()

        confirm(
            self.window(),
            _("Let “{book}” go on?").format(book=title(line)),
            sentences(
                (
                    line.trouble,
                    _("If it is still so, it stops again. The evidence is kept."),
                )
            ),
            _("Let it go on"),
            go,
            danger=True,
        )

    def save_evidence(self, line: Line) -> None:
        """Write down what the server did, for others to check."""
        halt = line.halt
        if halt is None:
            return

        def write(path: str) -> None:
            try:
                Path(path).write_bytes(halt.evidence)
            except OSError as error:
                errors.show(
                    Unwritable(_("The file could not be written: {why}.").format(why=reason(error))), self
                )
                return
            self.desk.say(_("The evidence was saved. It holds no customer data."))

        pick_file(
            self, _("Save the evidence"), [_("Evidence (*.evidence)")], write, save_as="provender.evidence"
        )

    def _resumed(self, _nothing: None) -> None:
        self.synchronise()
        self._look()

    def _connected(self) -> None:
        self.desk.say(_("The company is connected. Everything is being sent now."))
        self._look()

    # ---- showing

    def _state(self) -> Card:
        px = look().tokens.px
        row = QHBoxLayout()
        row.setSpacing(px(12))
        column = QVBoxLayout()
        column.setSpacing(px(2))
        column.addWidget(self.heading_)
        column.addWidget(self.detail)
        row.addWidget(self.sign)
        row.addLayout(column, 1)
        holder = QWidget()
        holder.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self.state_card.add(holder)
        return self.state_card

    def _told(self, status: Status) -> None:
        self._show_status(status)
        if status.state not in (State.RECEIVING, State.SENDING) and self.isVisible():
            self._look()

    def _changed(self, _kinds: frozenset[str]) -> None:
        self._look()

    def _show_status(self, status: Status) -> None:
        self._status = status
        sign, color = SIGNS[status.state]
        self.sign.setPixmap(pixmap(sign, color, look().tokens.px(32), self.devicePixelRatioF()))
        self.heading_.setText(_heading(status))
        link = self.desk.link
        self.detail.setText(
            sentences(
                part for part in _details(status, self._host(), link.clock_off_ms if link else 0) if part
            )
        )
        self._dress_buttons()

    def _host(self) -> str:
        return self._overview.host if self._overview is not None else ""

    def _dress_buttons(self) -> None:
        self.actions_here.refresh()
        connected, paused = bool(self._host()), self.desk.link is not None and self.desk.link.is_paused
        self.now.setVisible(connected)
        self.rest.setVisible(connected and not paused)
        self.go_on.setVisible(connected and paused)

    def _look(self) -> None:
        if self.desk.link is None or not self.isVisible():
            return
        session = self.desk.link.session
        self.desk.run(self, lambda _job: synchronising.look(session)).then(self._show).latest("look").start()

    def _show(self, overview: Overview) -> None:
        before, self._overview = self._overview, overview
        self.unconnected.setVisible(not overview.host)
        self.column.setVisible(bool(overview.host))
        self._show_status(self._status)
        if before is None or before.lines != overview.lines:
            empty(self.books_box)
            cards: dict[bytes, Card] = {}
            for line in overview.lines:
                card = cards.get(line.stream.book)
                if card is None:
                    card = cards[line.stream.book] = Card(title(line))
                    self.books_box.addWidget(card)
                self._add(card, line)

    def _add(self, card: Card, line: Line) -> None:
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
            text = words(wrote, "caption")
            row.left.addWidget(text)
        if line.halt is not None:
            banner = Banner()
            banner.set_closable(False)
            banner.offer(
                (_("Save the evidence…"), partial(self.save_evidence, line)),
                (_("Let it go on…"), partial(self.resume, line)),
            )
            banner.say(sentences((line.trouble, line.way_out)), "danger")
            card.add(banner)

    def _actions(self) -> tuple[Action, ...]:
        def connected() -> bool:
            return bool(self._host())

        def paused() -> bool:
            return self.desk.link is not None and self.desk.link.is_paused

        return (
            Action("sync.now", N_("Synchronise now"), self.synchronise, "sync", "F5", connected),
            Action(
                "sync.pause",
                N_("Pause"),
                partial(self.pause, True),
                "clock",
                enabled=lambda: connected() and not paused(),
            ),
            Action(
                "sync.resume",
                N_("Go on"),
                partial(self.pause, False),
                "sync",
                enabled=lambda: connected() and paused(),
            ),
        )


def title(line: Line) -> str:
    """How a book is called here."""
    return _("Company") if line.is_company else line.book or _("A book without a name")


def _heading(status: Status) -> str:  # noqa: PLR0911 - one per state
    match status.state:
        case State.SYNCED if not status.unsent:
            return _("Everything is synchronised")
        case State.SENDING | State.SYNCED:
            return ngettext("Sending {n} change", "Sending {n} changes", status.unsent).format(
                n=formats.count(status.unsent)
            )
        case State.RECEIVING:
            return _("Looking for news")
        case State.OFFLINE:
            return _("Offline since {time}").format(time=since(status.since_ms))
        case State.PAUSED:
            return _("Synchronisation is paused")
        case State.ATTENTION:
            return _("Something needs your attention")
        case _:
            return said(status)


def _details(status: Status, host: str, clock_off_ms: int) -> tuple[str, ...]:
    unsent = ngettext(
        "{n} change is on this computer only.", "{n} changes are on this computer only.", status.unsent
    ).format(n=formats.count(status.unsent))
    rests = status.state in (State.OFFLINE, State.PAUSED, State.ATTENTION)
    return (
        status.problem,
        _("You can go on working; it tries again by itself.") if status.state is State.OFFLINE else "",
        unsent if rests and status.unsent else "",
        _("Last synchronised with {host} {when}.").format(
            host=host, when=formats.relative(status.synced_ms)
        )
        if status.synced_ms and host
        else "",
        _("This computer's clock is {much} off. Set it right, so that your changes carry the right time.").format(
            much=formats.duration(abs(clock_off_ms) / 1000)
        )
        if clock_off_ms
        else "",
    )  # fmt: skip


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
