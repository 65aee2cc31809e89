"""Uses quiet moments to keep the search quick."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from app.errors import AppError
from ui.desk import Desk
from ui.jobs import Job

QUIET_MS = 2_000
AGAIN_MS = 200


class Tidying(QTimer):
    """Some time after the last change, one short piece of work after the other; lives as long as the desk."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.setSingleShot(True)
        self.timeout.connect(self._piece)
        desk.changed.connect(lambda _kinds: self.start(QUIET_MS))

    def _piece(self) -> None:
        self._desk.run(self, self._tidy, writes=True).then(self._more).start()

    def _tidy(self, _job: Job[bool]) -> bool:
        try:
            return self._desk.session.tidy()
        except AppError:
            return False  # locked meanwhile, or a full disk: the next save will say so

    def _more(self, is_more: bool) -> None:
        if is_more:
            self.start(AGAIN_MS)
