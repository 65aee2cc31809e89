"""The window's link to the company's server: the thread that synchronises, and conversations that somebody asks for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.clock import SystemClock
from app.errors import AppError
from app.features.trust import connecting
from app.gateway.session import Session
from app.i18n import _
from sync.client.status import State, Status

if TYPE_CHECKING:
    from app.bootstrap import Open
    from sync.client.runner import Runner
    from sync.client.talk import Talk
    from sync.protocol.messages import Service

R = TypeVar("R")


class Link(QObject):
    """One per open book. All but `begin` and `stop` may be called from any thread; signals arrive on the GUI thread."""

    told = Signal(object)
    """A new `Status`."""
    learnt = Signal()
    """The company or the person who sits here is called otherwise by now, or may do something else."""
    lock_wanted = Signal(str)
    """Somebody asked this computer to lock, or its membership has ended: the sentence to be shown."""
    _told = Signal(object)

    def __init__(self, book: Open, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._book, self._clock = book, SystemClock()
        self._runner: Runner | None = None
        self._talking: Service | None = None
        self._one_talk = threading.Lock()
        self._stopped = False
        self._was_barred = bool(book.session.barred)
        self.is_paused = False
        self.status = Status(State.UNCONNECTED)
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def session(self) -> Session:
        """The book that is kept in step."""
        return self._book.session

    # ---- the thread that synchronises

    def begin(self) -> None:
        """Keep the book in step from now on, as soon as its company has a server. A book that is open for reading
        only is left as it is."""
        if self._runner is not None or self.session.database.is_frozen:
            return
        from sync.client.runner import Runner

        self._runner = Runner(self.session, self._service, self._clock)
        self._runner.on_status(self._hear)
        self._runner.on_lock(self._locked)
        self._runner.start()

    def stop(self) -> None:
        """End it, and whatever is being talked about; the book may be closed when this returns."""
        self._stopped = True
        if (talking := self._talking) is not None:
            _abort(talking)
        if self._runner is not None:
            self._runner.stop()

    def nudge(self) -> None:
        """Synchronise now."""
        if self._runner is not None:
            self._runner.nudge()

    def pause(self, paused: bool) -> None:
        """Rest, or go on."""
        self.is_paused = paused
        if self._runner is not None:
            self._runner.pause(paused)

    @property
    def clock_off_ms(self) -> int:
        """How far this computer's clock is ahead of the server's; 0 while that is harmless."""
        report = self._runner.last_report if self._runner is not None else None
        return report.clock_off_ms if report is not None else 0

    # ---- conversations

    def hold(self, make: Callable[[Session], Talk[R]]) -> R:
        """Talk with the company's server on the thread of whoever calls. Raises Conflict without one, Offline,
        Problem, and whatever the conversation raises."""
        from sync.client.enrol import server_of

        known = server_of(self.session)
        return self._talk(known.url, known.pin, make)

    def connect_to(self, url: str, pin: bytes, token: bytes) -> None:
        """Make the company known to a server. Raises Invalid, Refused, Conflict, Offline, Problem."""
        from sync.client import enrol

        url = connecting.address(url)
        self._talk(url, pin, lambda session: enrol.connect(session, url, pin, token))

    def replace_device(self) -> None:
        """A copied or restored vault becomes a device of its own, and synchronises again."""
        from app import bootstrap
        from sync.client import enrol
        from sync.client.line import Line
        from sync.client.talk import drive

        known, successor = enrol.server_of(self.session), bootstrap.begin_replacing(self._book)
        with self._one_talk:
            self._talking = self.service(known.url, known.pin)
            try:
                drive(enrol.replace(successor), Line(self._talking, successor, known.host, self._clock))
                bootstrap.finish_replacing(self._book, successor)
            finally:
                self._end_talk()
        self.begin()

    def _talk(self, url: str, pin: bytes, make: Callable[[Session], Talk[R]]) -> R:
        from sync.client.line import Line, host_of
        from sync.client.talk import drive

        with self._one_talk:
            self._talking = self.service(url, pin)
            if self._stopped:
                _abort(self._talking)
            try:
                return drive(
                    make(self.session), Line(self._talking, self.session.sync, host_of(url), self._clock)
                )
            finally:
                self._end_talk()
                self.nudge()  # what it wrote into the book travels at once

    def _end_talk(self) -> None:
        talking, self._talking = self._talking, None
        close = getattr(talking, "close", None)
        if close is not None:
            close()

    def service(self, url: str, pin: bytes) -> Service:
        """A new connection; tests put another one in its place."""
        from sync.client.transport import Transport

        return Transport(url, pin)

    def _service(self) -> Service:
        """A connection for the thread that synchronises."""
        from sync.client.enrol import server_of

        known = server_of(self.session)
        return self.service(known.url, known.pin)

    # ---- what is heard

    def _hear(self, status: Status) -> None:
        """On the thread where it came about."""
        if self._stopped:
            return
        if status.state is State.SYNCED and threading.current_thread().name == "sync":
            self._learn()
        if self.session.ended:
            status = status._replace(state=State.ATTENTION, problem=self.session.ended)
        self._told.emit(status)

    def _learn(self) -> None:
        """What a round may have brought beyond records: names, and an end to what kept the book closed."""
        from app import bootstrap

        was_barred, self._was_barred = self._was_barred, bool(self.session.barred)
        with suppress(AppError):  # the book is being closed
            if bootstrap.learn_names(self._book) or (was_barred and not self._was_barred):
                self.learnt.emit()

    def _locked(self) -> None:
        self.lock_wanted.emit(_("Somebody of your company has asked this computer to lock."))

    def _take(self, status: Status) -> None:
        self.status = status
        self.told.emit(status)


def _abort(service: Service) -> None:
    """End what is under way, from another thread, where the service can."""
    abort = getattr(service, "abort", None)
    if abort is not None:
        abort()
