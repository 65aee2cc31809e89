"""The thread that keeps an open book in step with the server, and the truth that it tells about it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Final

from app.clock import Clock, SystemClock
from app.errors import AppError, Locked, Offline, OtherDevice, Refused
from app.features.trust import connecting
from app.gateway.session import Session
from app.i18n import _
from app.model.chain import FAULTS
from sync.client import duties
from sync.client.engine import Engine, Report
from sync.client.line import Line
from sync.client.listening import Listener, Watch
from sync.client.status import ServiceOf, State, Status, line
from sync.client.talk import drive
from sync.protocol.messages import Position, Service
from sync.protocol.problems import Problem

COALESCED_S: Final = (0.8, 1.4)
"""A local change is sent this long after it, with those that came meanwhile."""
IDLE_S: Final = 300.0
"""A round without news, in case that word of it was lost."""
LONGEST_S: Final = 60.0
"""Between two tries while offline."""
ATTENTION_S: Final = 600.0
"""Between two tries where a person has to do something."""

Told = Callable[[Status], None]


class Runner:
    """Synchronises until it is stopped. Everything but `start` and `stop` may be called from any thread."""

    def __init__(
        self,
        session: Session,
        service_of: ServiceOf,
        clock: Clock | None = None,
        *,
        metered: Callable[[], bool] = lambda: False,
    ) -> None:
        """`service_of` makes a connection; `metered` says whether traffic costs, so that only what is asked for by
        hand is sent."""
        self._session, self._service_of, self._clock = session, service_of, clock or SystemClock()
        self._metered = metered
        self._listeners: list[Told] = []
        self._lockers: list[Callable[[], None]] = []
        self._changed = threading.Condition()
        self._asked = True
        self._news = self._dirty = self._paused = self._stopped = False
        self._status = Status(State.UNCONNECTED, since_ms=self._clock.now_ms())
        self._tries = 0
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None
        self._service: Service | None = None
        self.last_report: Report | None = None
        session.on_changed(self._on_changed)

    # ---- for whoever owns it

    def start(self) -> None:
        """Begin. A company that is not connected stays so until `nudge`."""
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End at once; the book may be closed when this returns."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._abort()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(30.0)
            self._thread = None

    def nudge(self) -> None:
        """Somebody wants it now: also on a metered connection, also before the next try is due."""
        with self._changed:
            self._asked = True
            self._changed.notify_all()

    def pause(self, paused: bool = True) -> None:
        """Rest, or go on."""
        with self._changed:
            self._paused = paused
            self._asked = self._asked or not paused
            self._changed.notify_all()

    def status(self) -> Status:
        """How things stand; cheap enough for every repaint."""
        return self._status

    def on_status(self, listener: Told) -> None:
        """Call with every new status, on whatever thread it came about."""
        self._listeners.append(listener)

    def on_lock(self, listener: Callable[[], None]) -> None:
        """Call when the company asks that this device locks; on the thread of synchronisation. Whoever holds the book
        stops this, closes it and lets the keyring forget it."""
        self._lockers.append(listener)

    # ---- the thread

    def _run(self) -> None:
        try:
            delay_s = 0.0
            while self._wait(delay_s):
                delay_s = self._turn()
        except Locked:
            pass  # the book was closed first
        finally:
            self._hang_up()

    def _turn(self) -> float:
        """One round; returns after how many seconds the next one is due."""
        try:
            if connecting.server(self._session.sync) is None:
                self._say(State.UNCONNECTED)
                return IDLE_S
            if (self._paused or self._metered()) and not self._asked:
                self._say(State.PAUSED)
                return LONGEST_S
            self._asked = self._news = self._dirty = False
            self._say(State.SENDING if self._session.unsent() else State.RECEIVING)
            return self._settled(self._round())
        except Locked:
            raise
        except AppError as error:
            return self._failed(error)
        except Exception as error:
            threading.excepthook(
                threading.ExceptHookArgs((type(error), error, error.__traceback__, self._thread))
            )
            self._hang_up()
            self._say(
                State.ATTENTION, _("The program has met an error of its own. It tries again by itself.")
            )
            return self._back_off()

    def _failed(self, error: AppError) -> float:
        """Say what happened; returns after how many seconds it is tried again."""
        if isinstance(error, Offline):
            self._hang_up()
        if isinstance(error, Offline) or (isinstance(error, Problem) and error.again):
            self._say(State.OFFLINE, error.text)
            return max(self._back_off(), getattr(error, "after_ms", 0) / 1000)
        self._say(State.ATTENTION, error.text)
        if isinstance(error, Problem | Refused | OtherDevice):
            return ATTENTION_S
        return self._back_off()  # a full disk, a damaged answer: it is tried again, but somebody should know

    def _round(self) -> Report:
        if self._service is None:
            self._service = self._service_of()
            self._line: Line = line(self._session, self._service, self._clock)
            self._engine = Engine(self._session.sync, self._clock)
        report = drive(self._engine.round(), self._line)
        drive(duties.fulfil(self._session, report, self._clock.now_ms()), self._line)
        self.last_report = report
        if report.is_locked:
            for lock in tuple(self._lockers):
                lock()
        self._tries = 0
        self._listen(report)
        return report

    def _settled(self, report: Report) -> float:
        """What a round that ended well says of how things stand."""
        halts = self._session.sync.halts()
        if halts:
            known = {name: text for name, text in FAULTS.items() if name == halts[0].fault}
            problem = _(next(iter(known.values()), ""))
        elif report.diverged:
            problem = _("This device and another one have come to different states of a book.")
        else:
            problem = ""
        knocks, now_ms = report.knocks, self._clock.now_ms()
        if problem:
            self._say(State.ATTENTION, problem, knocks, now_ms)
        elif report.problems:
            first = report.problems[0]
            waits = isinstance(first, Problem) and first.again
            self._say(State.SYNCED if waits else State.ATTENTION, first.text, knocks, now_ms)
        else:
            self._say(State.SYNCED, "", knocks, now_ms)
        return 0.0 if report.busy else IDLE_S * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load

    def _listen(self, report: Report) -> None:
        sync = self._session.sync
        if self._listener is None:
            self._listener = Listener(self._service_of(), self._clock, self._on_news)
        positions = tuple(
            Position(stream.book, stream.tier, sync.chain(stream).position) for stream in sync.streams()
        )
        token = self._line.token()
        self._listener.watch(Watch(positions, sync.roster.index + 1, report.knocks, token))

    def _wait(self, delay_s: float) -> bool:
        """Sleep until something is to be done; False once it is over."""
        until_s = self._clock.elapsed_s() + delay_s
        with self._changed:
            while not self._stopped:
                left_s = until_s - self._clock.elapsed_s()
                rests = self._status.state in (State.PAUSED, State.UNCONNECTED)
                if left_s <= 0 or self._asked or (self._paused and not rests):
                    break
                resting = self._tries or self._paused or self._status.state is State.ATTENTION
                if self._news and not resting:
                    break
                if self._dirty and not resting:
                    self._dirty = False
                    soon_s = random.uniform(*COALESCED_S)  # noqa: S311 - spreads load
                    until_s = min(until_s, self._clock.elapsed_s() + soon_s)
                    continue
                self._changed.wait(left_s)
            return not self._stopped

    def _back_off(self) -> float:
        self._tries += 1
        longest_s = min(LONGEST_S, 2.0 ** min(self._tries, 10))
        return longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load

    def _hang_up(self) -> None:
        self._abort()
        if self._listener is not None:
            self._listener.join(5.0)
        self._listener = self._service = None

    def _abort(self) -> None:
        service, listener = self._service, self._listener
        if listener is not None:
            listener.stop()
        abort = getattr(service, "abort", None)
        if abort is not None:
            abort()

    # ---- what happens elsewhere

    def _on_changed(self, _kinds: frozenset[str]) -> None:
        if self._stopped or threading.current_thread() is self._thread:
            return
        with self._changed:
            self._dirty = True
            self._changed.notify_all()
        state = self._status.state
        self._say(State.SENDING if state is State.SYNCED else state, self._status.problem)

    def _on_news(self) -> None:
        with self._changed:
            self._news = True
            self._changed.notify_all()

    def _say(
        self, state: State, problem: str = "", knocks: int | None = None, synced_ms: int | None = None
    ) -> None:
        before, now_ms = self._status, self._clock.now_ms()
        self._status = Status(
            state,
            self._session.unsent(),
            before.since_ms if before.state is state else now_ms,
            before.synced_ms if synced_ms is None else synced_ms,
            problem,
            before.knocks if knocks is None else knocks,
        )
        if self._status != before:
            for listener in tuple(self._listeners):
                listener(self._status)
