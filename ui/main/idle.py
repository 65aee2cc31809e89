"""Notices that nobody touches the program, to lock it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication, QWindow

TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)
LOOK_MS = 5_000


class IdleWatch(QObject):
    """Watches the windows' own events: a filter over the whole program would slow every frame down."""

    def __init__(self, parent: QObject, minutes: int, due: Callable[[], object]) -> None:
        super().__init__(parent)
        from app.clock import SystemClock
        from app.vault.idle import IdleTimer

        self._timer = IdleTimer(SystemClock(), minutes * 60)
        self._due = due
        self._watched: QWindow | None = None
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._watch)
        self._watch(QGuiApplication.focusWindow())
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._check)
        self._look.start()

    def limit(self, minutes: int) -> None:
        """Another limit was chosen; 0 never locks."""
        self._timer.limit(minutes * 60)

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)  # at most once on each
            window.installEventFilter(self)
            self._timer.touched()

    def _check(self) -> None:
        if self._timer.is_due:
            self._look.stop()
            self._due()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in TOUCHES:
            self._timer.touched()
        return False
