"""Uvicorn around the rim: its settings, a limit on slow heads, and the order in which things end."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import sys
from asyncio.sslproto import SSLProtocol
from typing import TYPE_CHECKING, Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.clock import SystemClock
from sync.server import authority, opening, rates, upkeep
from sync.server.asgi import Options, Shell
from sync.server.news import Alone, News, Rooms

if TYPE_CHECKING:
    from types import FrameType

    from sync.server.plan import Plan

HEAD_S: Final = 15.0
"""How long a request's line and headers may take, from the first byte or from the beginning of the connection."""
GOODBYE_S: Final = 0.5
TURN_S: Final = 0.001
TLS_BUFFER_BYTES: Final = 32 * 1024
MOST_HEAD_BYTES: Final = 16 * 1024
KEEP_ALIVE_S: Final = 75
"""Longer than a device's pause between requests: a TLS handshake costs more than all the rest."""


class _Corked:
    """A transport that sends what is written in one turn of the loop as one: head, body and end of an answer would be
    three records of TLS, three system calls, and wake the other side twice."""

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not data:
            return
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.write(parts[0] if len(parts) == 1 else b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Http(H11Protocol):
    """Uvicorn's HTTP/1.1, which waits for a slow head for ever, with an end to that."""

    _due: asyncio.TimerHandle | None = None
    _unsent_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        corked: Any = _Corked(transport, self.loop)
        super().connection_made(corked)
        self._due = self.loop.call_later(HEAD_S, self._cut)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()
        self._end_soon()

    def shutdown(self) -> None:
        super().shutdown()
        self._end_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch(over=True)
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        # Uvicorn's clock begins when an answer was written, not when it has arrived: whoever still reads may go on.
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent != self._unsent_bytes:
            self._unsent_bytes = unsent
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
            return
        super().timeout_keep_alive_handler()
        self._end_soon()

    def _watch(self, *, over: bool = False) -> None:
        begun = not over and self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if not begun and self._due is not None:
            self._due.cancel()
            self._due = None
        elif begun and self._due is None:
            self._due = self.loop.call_later(HEAD_S, self._cut)

    def _end_soon(self) -> None:
        # A connection that is closing waits half a minute for the other side to agree (TLS's close_notify).
        if self.transport.is_closing():
            self.loop.call_later(GOODBYE_S, self.transport.abort)

    def _cut(self) -> None:
        self._due = None
        if not self.transport.is_closing():
            self.transport.abort()


class _Uvicorn(uvicorn.Server):
    """Tells the rim to send home those who wait as soon as the signal comes, not when all requests are over."""

    def __init__(self, config: uvicorn.Config, shell: Shell) -> None:
        super().__init__(config)
        self._shell = shell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            upkeep.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        upkeep.ready("STOPPING=1")
        self._shell.close()
        super().handle_exit(sig, frame)


def serve(plan: Plan, listener: socket.socket, stop_s: int) -> None:
    """Serve on a socket until a signal says to end."""
    clock = SystemClock()
    context = authority.tls(*plan.certificate)
    tasks: set[asyncio.Task[None]] = set()

    def begin() -> None:
        loop = asyncio.get_running_loop()
        tasks.add(loop.create_task(upkeep.keep_certificate(plan, context)))
        if plan.sweeps:
            tasks.add(loop.create_task(upkeep.keep_house(server, clock)))

    server = opening.server(plan.places, plan.settings, clock)
    shell = Shell(server, clock, options(plan), _news(plan), begin)
    config = uvicorn.Config(
        shell.app,
        http=_Http,
        ws="none",
        loop="asyncio",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=stop_s,
        ssl_context_factory=lambda _config, _default: context,
    )
    # The loop gets its turn sooner while the writer's thread works, and the writer after each of its statements.
    sys.setswitchinterval(TURN_S)
    # Every connection has a buffer of its own; a quarter of a megabyte for each device that waits is too much.
    SSLProtocol.max_size = TLS_BUFFER_BYTES
    # Uvicorn raises the signal again when it has ended; by then it has been obeyed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    _Uvicorn(config, shell).run(sockets=[listener])


def options(plan: Plan) -> Options:
    """What the operator chose about the rim."""
    own = b"" if plan.settings.certificate else authority.der(plan.home)
    trusted = tuple(ipaddress.ip_network(text, strict=False) for text in plan.trusted)
    return Options(plan.rates or rates.RATES, trusted, own)


def _news(plan: Plan) -> News:
    if not plan.places.is_embedded:
        from sync.server.notify import Notify

        return Notify(opening.address(plan.places))
    return Rooms(plan.home.rooms) if plan.workers > 1 else Alone()
