"""How much waits behind a place of the navigation: decisions in the review tray, computers at the door."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.errors import AppError
from app.features import review
from sync.client.status import Status
from ui.desk import Desk
from ui.widgets.sidebar import Sidebar

REST_MS = 300
DISMISSED = "review.dismissed"


class Counts(QObject):
    """Asks once things have come to rest; lives as long as the navigation."""

    def __init__(self, desk: Desk, sidebar: Sidebar) -> None:
        super().__init__(sidebar)
        self._desk, self._sidebar = desk, sidebar
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REST_MS)
        self._soon.timeout.connect(self._look)
        if desk.link is None:
            return
        desk.changed.connect(self._changed)
        desk.link.told.connect(self._told)
        self._told(desk.link.status)
        self._soon.start()

    # Not by a lambda: it would go on living, and calling, when the navigation is gone.
    def _changed(self, _kinds: frozenset[str]) -> None:
        self._soon.start()

    def _told(self, status: Status) -> None:
        self._sidebar.set_count("members", status.knocks)

    def _look(self) -> None:
        kept = self._desk.memory.get(DISMISSED)
        away = tuple(str(key) for key in kept) if isinstance(kept, list) else ()
        pending = self._desk.ask(self, review.count, away).latest("count")
        pending.then(lambda n: self._sidebar.set_count("review", n)).failed(self._quietly).start()

    def _quietly(self, error: BaseException) -> None:
        if not isinstance(error, AppError):  # closed meanwhile, or not yet to be shown
            raise error
