"""The page about synchronisation: how every book stands with the server, and what to do where one does not go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.errors import Unwritable, reason
from app.features.trust import synchronising
from app.features.trust.synchronising import Line, Overview
from app.gateway.session import Session
from app.i18n import N_, _, sentences
from sync.client.status import State, Status
from sync.client.talk import Talk
from ui import errors
from ui.actions import Action
from ui.desk import Desk
from ui.dialogs import confirm, pick_file
from ui.theme import look, pixmap
from ui.widgets.book_state import add_line, title
from ui.widgets.cards import Card, CardColumn, empty, words
from ui.widgets.connect_dialog import ConnectDialog
from ui.widgets.empty import EmptyState
from ui.widgets.screen import Screen
from ui.widgets.sync_badge import SIGNS
from ui.widgets.sync_words import details, heading
from ui.widgets.talk_dialog import AskFirst

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

    def bring_together(self, line: Line) -> None:
        """Say, as an owner, that the server's history goes on and what has parted from it is brought behind it."""
        AskFirst(
            self.window(),
            _("Bring both histories of “{book}” together?").format(book=title(line)),
            _(
                "Do this after the server was restored from a backup and written to before the devices had given back "
                "what it lost. Nothing is lost: every device brings its part, and both are merged."
            ),
            _("Bring together"),
            lambda: self.desk.talk(self, lambda session: _joined(session, line)),
            self._look,
        ).open()

    def _ways(self, line: Line) -> Iterator[tuple[str, Callable[[], object]]]:
        link = self.desk.link
        if link is not None and "owner" in link.session.person.roles:
            yield _("Bring together…"), partial(self.bring_together, line)
        yield _("Save the evidence…"), partial(self.save_evidence, line)
        yield _("Let it go on…"), partial(self.resume, line)

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
        self.heading_.setText(heading(status))
        link = self.desk.link
        self.detail.setText(
            sentences(
                part for part in details(status, self._host(), link.clock_off_ms if link else 0) if part
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
                add_line(card, line, self._ways(line))

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


def _joined(session: Session, line: Line) -> Talk[bool]:
    from sync.client import branches

    return (yield from branches.join(session.sync, line.stream))
