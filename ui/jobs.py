"""Work away from the window: one thread that writes, one that talks with the server, a few that read, and one signal
that brings all home."""

from __future__ import annotations

import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.errors import Cancelled

if TYPE_CHECKING:
    from queue import SimpleQueue

R = TypeVar("R")

READERS = 2  # more would only queue behind the interpreter's lock
SHOW_AFTER_MS = 500  # work that takes longer shows its progress and a Stop
POLL_MS = 100


class Job(Generic[R]):
    """One piece of work. Made and judged on the GUI thread; `run` alone is called on a worker."""

    def __init__(
        self, owner: QObject, work: Callable[[Job[R]], R], *, writes: bool, talks: bool = False
    ) -> None:
        """`writes`: in its turn, and its result counts even where it was stopped. `talks`: with the server, on a
        thread of its own, so that a slow network holds up neither saving nor lists."""
        self._owner = weakref.ref(owner)
        self.writes = writes or talks
        self.talks = talks
        self.work = work
        self.label = ""
        self.then: Callable[[R], object] | None = None
        self.failed: Callable[[BaseException], object] | None = None
        self.cancelled: Callable[[], object] | None = None
        self.done = 0
        self.total = 0
        self.stopped = False
        self.result: R | None = None
        self.error: BaseException | None = None

    @property
    def owner(self) -> QObject | None:
        """Who asked, unless it is gone: then nobody wants the result."""
        owner = self._owner()
        return owner if owner is not None and shiboken6.isValid(owner) else None

    def stop(self) -> None:
        """Ask the work to end; it raises Cancelled at its next step and its result is dropped."""
        self.stopped = True

    def step(self, done: int, total: int) -> None:
        """Called by the work itself, on its thread: how far it is. Raises Cancelled after `stop`."""
        self.done, self.total = done, total
        if self.stopped:
            raise Cancelled

    def run(self) -> None:
        """Do the work and keep what came of it. Never raises."""
        try:
            if self.stopped:
                raise Cancelled
            self.result = self.work(self)
        except BaseException as error:
            self.error = error

    def land(self, show: Callable[[BaseException, QObject], None]) -> None:
        """Hand the result to those who wait for it. Back on the GUI thread."""
        owner = self.owner
        if owner is not None and isinstance(self.error, Cancelled) and self.cancelled is not None:
            self.cancelled()
        if owner is None or isinstance(self.error, Cancelled) or (self.stopped and not self.writes):
            return
        if self.error is not None:
            if self.failed is not None:
                self.failed(self.error)
            else:
                show(self.error, owner)
        elif self.then is not None:
            self.then(self.result)  # type: ignore[arg-type]  # no error: the result is an R


class Jobs(QObject):
    """The workers and the way home. `shown_changed` says that the list of long work is another one."""

    shown_changed = Signal()
    _landed = Signal()

    def __init__(self, show: Callable[[BaseException, QObject], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._show = show
        self._home: deque[Job[Any]] = deque()
        self._threads: list[threading.Thread] = []
        self._latest: dict[tuple[int, str], Job[Any]] = {}
        self._pending: dict[int, Job[Any]] = {}
        self._closed = False
        self.shown: list[Job[Any]] = []
        self._landed.connect(self._land, Qt.ConnectionType.QueuedConnection)

    def start(self, job: Job[Any], latest: str = "") -> None:
        """Queue the work. With `latest`, older work of the same owner and key is not wanted any more."""
        if self._closed:
            return
        if not self._threads:
            self._hire()  # not before there is work: nothing may slow the first paint
        self._pending[id(job)] = job
        if latest:
            key = (id(job.owner), latest)
            if older := self._latest.get(key):
                older.stop()
            self._latest[key] = job
        (self._talking if job.talks else self._writing if job.writes else self._reading).put(job)
        if job.label:
            QTimer.singleShot(SHOW_AFTER_MS, self, lambda: self._reveal(job))

    @property
    def idle(self) -> bool:
        """Whether nothing is running or waiting."""
        return not self._pending

    def close(self, timeout_s: float = 30.0) -> None:
        """Stop everything, wait for what is being written, take no more. Results are dropped."""
        self._closed = True
        for job in list(self._pending.values()):
            job.stop()
        if self._threads:
            self._writing.put(None)
            self._talking.put(None)
            for _reader in range(READERS):
                self._reading.put(None)
        for thread in self._threads:
            thread.join(timeout_s)
        self._threads.clear()
        self._home.clear()
        self._pending.clear()
        self._latest.clear()
        self.shown.clear()

    def _hire(self) -> None:
        from queue import SimpleQueue

        self._writing: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._reading: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._talking: SimpleQueue[Job[Any] | None] = SimpleQueue()
        lanes = [
            ("store", self._writing),
            ("talks", self._talking),
            *(("reader", self._reading) for _ in range(READERS)),
        ]
        for name, lane in lanes:
            thread = threading.Thread(target=self._labour, args=(lane,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _labour(self, lane: SimpleQueue[Job[Any] | None]) -> None:
        while (job := lane.get()) is not None:
            # A reader's work that nobody waits for is not begun; writing is, unless it was stopped.
            if job.writes or job.owner is not None:
                job.run()
            else:
                job.stopped = True
            self._home.append(job)
            del job  # what hangs on it, widgets perhaps, must not end on this thread
            if self._closed:
                return
            self._landed.emit()

    def _land(self) -> None:
        while self._home:
            job = self._home.popleft()
            self._pending.pop(id(job), None)
            for key in [key for key, latest in self._latest.items() if latest is job]:
                del self._latest[key]
            if job in self.shown:
                self.shown.remove(job)
                self.shown_changed.emit()
            try:
                job.land(self._show)
            except Exception:
                sys.excepthook(*sys.exc_info())

    def _reveal(self, job: Job[Any]) -> None:
        if id(job) in self._pending and job.owner is not None:
            self.shown.append(job)
            self.shown_changed.emit()
