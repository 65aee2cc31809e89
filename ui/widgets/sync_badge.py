"""How things stand with the server, in the status bar: always true, never in the way."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QToolButton, QWidget

from app.i18n import _, ngettext, sentences
from sync.client.status import State, Status
from ui import formats
from ui.desk import Desk
from ui.theme import icon_size, set_icon

SIGNS = {
    State.UNCONNECTED: ("home", "text_soft"),
    State.SYNCED: ("cloud", "success_text"),
    State.SENDING: ("sync", "text_soft"),
    State.RECEIVING: ("sync", "text_soft"),
    State.OFFLINE: ("offline", "text_soft"),
    State.PAUSED: ("clock", "text_soft"),
    State.ATTENTION: ("warning", "warning_text"),
}
PATIENCE_MS = 400
"""A round that only looks whether there is news is over by then, and is not worth a flicker."""
MINUTE_MS = 30_000
PASSING = (State.RECEIVING, State.SENDING)


class SyncBadge(QToolButton):
    """Pressing it opens the page that says more."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._status = Status(State.UNCONNECTED)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(icon_size())
        self.clicked.connect(lambda _on=False: desk.show("sync"))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PATIENCE_MS)
        self._later.timeout.connect(self._dress)
        self._minute = QTimer(self)
        self._minute.setInterval(MINUTE_MS)
        self._minute.timeout.connect(self._dress)
        if desk.link is None:
            self.hide()
        else:
            self._status = desk.link.status
            desk.link.told.connect(self.show_status)
            self._minute.start()
        self._dress()

    def show_status(self, status: Status) -> None:
        """Say this from now on."""
        before, self._status = self._status, status
        if status.state is State.RECEIVING and before.state is State.SYNCED:
            self._later.start()
        elif not (status.state in PASSING and self._later.isActive() and status.unsent == before.unsent):
            self._dress()

    def _dress(self) -> None:
        self._later.stop()
        status = self._status
        sign, color = SIGNS[status.state]
        text = said(status)
        set_icon(self, sign, color)
        self.setText(text)
        self.setAccessibleName(_("Synchronisation: {state}").format(state=text))
        more = (status.problem, _("Press to see more."))
        self.setToolTip(sentences(part for part in more if part))
        self.setAccessibleDescription(status.problem)


def said(status: Status) -> str:
    """How things stand, in a few words."""
    unsent = ngettext("{n} unsent", "{n} unsent", status.unsent).format(n=formats.count(status.unsent))
    match status.state:
        case State.UNCONNECTED:
            return _("Only on this computer")
        case State.SYNCED if status.unsent:
            return unsent
        case State.SYNCED:
            return _("Synchronised {when}").format(when=formats.relative(status.synced_ms))
        case State.SENDING:
            return _("Sending, {unsent}").format(unsent=unsent) if status.unsent else _("Sending…")
        case State.RECEIVING:
            text = _("Receiving…")
        case State.OFFLINE:
            text = _("Offline since {time}").format(time=since(status.since_ms))
        case State.PAUSED:
            text = _("Paused")
        case _:
            text = _("Needs attention")
    return _("{state}, {unsent}").format(state=text, unsent=unsent) if status.unsent else text


def since(at_ms: int) -> str:
    """The time of day; before today with its day."""
    from datetime import datetime

    at = datetime.fromtimestamp(at_ms / 1000).astimezone()
    if at.date() == datetime.now().astimezone().date():
        return formats.clock_time(at_ms)
    return formats.moment(at_ms)
