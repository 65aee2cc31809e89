"""Runs the server: TLS, one or several processes on one port, a certificate that renews itself, an end in good order."""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.clock import SystemClock
from app.errors import Conflict, Invalid, reason
from app.i18n import _
from sync.server import logs, upkeep
from sync.server.plan import Plan

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess
    from types import FrameType


STOP_S: Final = 40
"""How long an end in good order may take: longer than the longest answer."""
_METRICS_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_QUICK_DEATH_S: Final = 2.0
_MOST_QUICK_DEATHS: Final = 5


def run(plan: Plan, announce: Callable[[str], None]) -> None:
    """Serve until a signal says to end. `announce` is told the address once it is listened on. Raises AppError where
    the server cannot start."""
    logs.begin(plan.log_level)
    with plan.home.alone():
        _run(plan, announce)


def _run(plan: Plan, announce: Callable[[str], None]) -> None:
    upkeep.look_at_certificate(plan)
    _try_out(plan)
    listener = listen(plan.listen)
    host, port = listener.getsockname()[:2]
    rooms = plan.home.rooms
    for left_over in rooms.glob("*.news"):
        left_over.unlink(missing_ok=True)
    announce(f"https://{f'[{host}]' if ':' in host else host}:{port}")
    with listener:
        if plan.workers == 1:
            serve(plan, listener)
            return
        shared = rooms / "metrics"
        shutil.rmtree(shared, ignore_errors=True)
        shared.mkdir(mode=0o700)
        os.environ[_METRICS_SHARED] = str(shared)
        _Supervisor(plan, listener).run()


def listen(text: str) -> socket.socket:
    """A listening socket at HOST:PORT. Raises Invalid, Conflict where the port is taken."""
    host, _colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or int(port) > 65535:
        raise Invalid("listen", _("“{text}” is not HOST:PORT, such as 0.0.0.0:8443.").format(text=text))
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(port)), family=family, backlog=2048)
    except OSError as error:
        raise Conflict(
            _("The server cannot listen on {text} ({reason}).").format(text=text, reason=reason(error))
        ) from error


def networks(texts: Sequence[str]) -> tuple[str, ...]:
    """The networks of texts. Raises Invalid."""
    for text in texts:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise Invalid(
                "trusted", _("“{text}” is not a network, such as 10.0.0.0/8.").format(text=text)
            ) from None
    return tuple(texts)


# ---- one process


def serve(plan: Plan, listener: socket.socket) -> None:
    """Serve on a socket until a signal says to end, then answer what was accepted."""
    from sync.server import http  # uvicorn, starlette: only where they are needed

    logs.begin(plan.log_level)
    with suppress(KeyboardInterrupt):
        http.serve(plan, listener, STOP_S)


def _try_out(plan: Plan) -> None:
    """Whatever keeps the server from starting is said once and plainly, before there are processes."""
    from sync.server import authority, opening

    authority.tls(*plan.certificate)
    opening.objects(plan.places, check=True)
    server = opening.server(plan.places, plan.settings, SystemClock())
    server.storage.close()


# ---- several processes


class _Supervisor:
    """Starts the processes, starts anew those that died, ends them all."""

    def __init__(self, plan: Plan, listener: socket.socket) -> None:
        self._plan, self._listener = plan, listener
        self._ending = False
        self._children: dict[SpawnProcess, float] = {}
        self._quick_deaths = 0
        self._sweeper: SpawnProcess | None = None

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises Conflict where the processes die as soon as they have started."""
        logs.begin(self._plan.log_level)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        try:
            while not self._ending:
                self._tend()
                time.sleep(0.2)
        finally:
            self._stop()

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _tend(self) -> None:
        now = time.monotonic()
        for child, started in list(self._children.items()):
            if child.exitcode is None:
                continue
            del self._children[child]
            logs.event("process-died", 40, status=child.exitcode)
            _forget_metrics(child.pid)
            self._quick_deaths = self._quick_deaths + 1 if now - started < _QUICK_DEATH_S else 0
            if self._quick_deaths >= _MOST_QUICK_DEATHS:
                raise Conflict(_("The server's processes end as soon as they start. The log says why."))
        while len(self._children) < self._plan.workers:
            plan = replace(self._plan, sweeps=self._sweeper is None or self._sweeper.exitcode is not None)
            child = _started(plan, self._listener)
            self._children[child] = now
            if plan.sweeps:
                self._sweeper = child

    def _stop(self) -> None:
        for child in self._children:
            child.terminate()
        until = time.monotonic() + STOP_S + 5
        for child in self._children:
            child.join(max(0.0, until - time.monotonic()))
            if child.exitcode is None:
                child.kill()
                child.join()


def _started(plan: Plan, listener: socket.socket) -> SpawnProcess:
    from multiprocessing import get_context

    child = get_context("spawn").Process(target=_child, args=(plan, listener, os.getpid()))
    child.start()
    return child


def _child(plan: Plan, listener: socket.socket, parent: int) -> None:
    _end_with(parent)
    serve(plan, listener)


def _end_with(parent: int) -> None:
    """A parent that was killed leaves no process behind that would hold its port."""
    import threading

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _forget_metrics(pid: int | None) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
