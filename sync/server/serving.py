"""Runs the server: TLS, one or several processes on one port, a certificate that renews itself, an end in good order."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import random
import shutil
import signal
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.clock import Clock, SystemClock
from app.errors import AppError, Conflict, Invalid
from app.i18n import _
from sync.server import logs
from sync.server.home import Home, Settings
from sync.server.opening import Places

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess
    from types import FrameType

    from sync.server.rates import Rate
    from sync.server.service import Server

STOP_S: Final = 40
"""How long an end in good order may take: longer than the longest answer."""
FIRST_SWEEP_S: Final = 120.0
SWEEP_S: Final = 6 * 3600.0
LOOK_AT_CERTIFICATE_S: Final = 3600.0
_METRICS_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_QUICK_DEATH_S: Final = 2.0
_MOST_QUICK_DEATHS: Final = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What every process of the server needs to know."""

    places: Places
    settings: Settings
    listen: str
    workers: int = 1
    log_level: str = "info"
    rates: dict[str, Rate] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    sweeps: bool = True
    """Of several processes one keeps house."""

    @property
    def home(self) -> Home:
        return Home(self.places.home)

    @property
    def certificate(self) -> tuple[Path, Path | None]:
        """Files of certificate and key."""
        if self.settings.certificate:
            return Path(self.settings.certificate), Path(self.settings.certificate_key)
        return self.home.certificate, None


def run(plan: Plan, announce: Callable[[str], None]) -> None:
    """Serve until a signal says to end. `announce` is told the address once it is listened on. Raises AppError where
    the server cannot start."""
    logs.begin(plan.log_level)
    with plan.home.alone():
        _run(plan, announce)


def _run(plan: Plan, announce: Callable[[str], None]) -> None:
    _look_at_certificate(plan)
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
            _("The server cannot listen on {text} ({reason}).").format(text=text, reason=error.strerror)
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


async def keep_certificate(plan: Plan, context: ssl.SSLContext) -> None:
    """Renew our own certificate in time; use whatever lies in its place, also one that others have renewed."""
    from sync.server import authority

    files = plan.certificate
    known = _changed(*files)
    while True:
        await asyncio.sleep(LOOK_AT_CERTIFICATE_S)
        try:
            await asyncio.to_thread(_look_at_certificate, plan)
            if (now := _changed(*files)) != known:
                authority.load(context, *files)
                known = now
                logs.event("certificate-loaded")
        except AppError as error:  # the present one is good for weeks: say it, go on
            logs.failed("certificate-failed", error)


async def keep_house(server: Server, clock: Clock) -> None:
    """Remove now and then what nobody needs any more. In one process of a node; nodes do not disturb each other."""
    from sync.server.housekeeping import sweep

    await asyncio.sleep(FIRST_SWEEP_S)
    while True:
        try:
            swept = await asyncio.to_thread(sweep, server.storage, server.objects, clock, server.house.verify)
            logs.event("swept", freed=swept.bytes, snapshots=swept.snapshots, objects=swept.objects)
        except Exception as error:  # the next round may fare better, and devices are served meanwhile
            logs.failed("sweep-failed", error)
        await asyncio.sleep(SWEEP_S * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load


def _changed(*files: Path | None) -> tuple[float, ...]:
    return tuple(file.stat().st_mtime for file in files if file is not None and file.exists())


def _look_at_certificate(plan: Plan) -> None:
    from sync.server import authority

    now = datetime.now(UTC)
    if not plan.settings.certificate and authority.renew_if_due(plan.home, plan.settings.names, now):
        logs.event("certificate-renewed")
    ends = authority.ends_at(plan.certificate[0])
    logs.event("certificate", days_left=(ends - now).days)


def _try_out(plan: Plan) -> None:
    """Whatever keeps the server from starting is said once and plainly, before there are processes."""
    from sync.server import authority, opening

    authority.tls(*plan.certificate)
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


def ready(state: str = "READY=1") -> None:
    """Tell systemd, where it started us."""
    if place := os.environ.get("NOTIFY_SOCKET"):
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(state.encode(), f"\0{place[1:]}" if place.startswith("@") else place)
