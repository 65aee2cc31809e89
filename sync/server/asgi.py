"""The server's rim: HTTP in, one request of a device answered by the rules, HTTP out.

POST /v1/<name> takes and gives `codec.MEDIA_TYPE`; refusals are a problem's bytes under its HTTP status. A session's
token stands in `Authorization: Bearer …` (codec.write_token). GET /authority gives the certificate that devices pin,
/openapi.json describes it all, /healthz, /readyz and /metrics are for whoever runs the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from app.clock import Clock
from sync.protocol.codec import MEDIA_TYPE, read_request, read_token, write, write_problem
from sync.protocol.messages import MOST_REQUEST_BYTES, REQUESTS, Admit, Await, FetchRoster, Reply, Request
from sync.protocol.messages import News as NewsReply
from sync.protocol.problems import Problem
from sync.server import logs, metrics
from sync.server.committer import Committer
from sync.server.news import Alone, News, Waiting
from sync.server.openapi import description
from sync.server.rates import RATES, Buckets, Rate
from sync.server.service import Road, Server, Who, is_news, lock_order, road, wakes

BODY_S: Final = 30.0
SLOWEST_BYTES_A_SECOND: Final = 8 * 1024
"""A request's body may take so long, and longer by what it has at this pace: a van in the country sends, too."""
LOOK_AGAIN_S: Final = 10.0
"""Whoever waits looks again after this time, in case that word from another process was lost."""
SLOW_S: Final = 1.0
MOST_AT_ONCE: Final = 5_000
"""Requests under way in one process, waiting ones included; more are asked to come back."""
MOST_STRANGERS_BYTES: Final = 32 * 1024
"""Of a request without a session; but for `Admit`, which brings a whole roster, and of which few are read at once."""
MOST_ADMITTING: Final = 16
_KNOWN_SESSIONS: Final = 20_000
_VERSION: Final = "/v1/"
_TYPE: Final = MEDIA_TYPE.encode()

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator may choose about the rim. `trusted` networks (monitoring, load balancers, tests) may read the
    metrics, and their addresses are not counted."""

    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    trusted: tuple[Network, ...] = ()
    authority: bytes = b""
    """The authority's certificate in DER; empty where the server uses a certificate of others."""


class Shell:
    """One process of the server."""

    def __init__(
        self,
        server: Server,
        clock: Clock,
        options: Options | None = None,
        news: News | None = None,
        begin: Callable[[], None] = lambda: None,
    ) -> None:
        """`begin` is called once the event loop runs, for what belongs to it."""
        self.server, self.clock = server, clock
        self.options = options or Options()
        self.news = news or Alone()
        self.counted = metrics.Metrics()
        self.buckets = Buckets(dict(self.options.rates), clock)
        self.closing = False
        self._begin = begin
        self._sessions: OrderedDict[bytes, Who] = OrderedDict()
        self._at_once = self._awaiting = self._admitting = 0
        self._committer: Committer
        self._waiting: Waiting
        self._loop: asyncio.AbstractEventLoop
        self._description = description()
        self._door = _Door(self)
        self._rest = Starlette(
            routes=[
                Route("/healthz", self._health),
                Route("/readyz", self._ready),
                Route("/metrics", self._metrics),
                Route("/openapi.json", self._openapi),
                Route("/authority", self._authority),
            ],
            lifespan=self._lifespan,
        )
        self._rest.router.redirect_slashes = False

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application. Requests of devices do not pass through what Starlette wraps around others."""
        if scope["type"] == "http" and scope["path"].startswith(_VERSION) and scope["path"].count("/") == 2:
            await self._door(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    # ---- from start to end

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        self._waiting = Waiting(self._loop)
        self._committer = Committer(self.server.storage, self.counted, self._loop)
        self.news.start(self._waiting.moved)
        self._begin()
        logs.event("started")
        yield
        # By now every request is answered; nothing new can come.
        await asyncio.to_thread(self._committer.close)
        self.news.close()
        self.server.storage.close()
        logs.event("ended")

    def close(self) -> None:
        """Answer what is under way, send those home who wait, take nothing new. On any thread, in signal handlers."""
        with contextlib.suppress(AttributeError, RuntimeError):  # not started, or ended
            self._loop.call_soon_threadsafe(self._close)

    def _close(self) -> None:
        self.closing = True
        self._waiting.wake_all()

    # ---- one request

    async def answer(self, name: str, scope: Scope, receive: Receive) -> bytes:
        """The reply's bytes. Raises Problem."""
        if self.closing:
            raise Problem("closing", 1_000)
        if self._at_once >= MOST_AT_ONCE:
            raise Problem("too_many", 5_000)
        if name not in REQUESTS:
            raise Problem("unknown_request")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        self._count_address(name, scope)
        most = _most(name)
        size = _announced(headers, most)
        token = _token(headers)
        admits = name == Admit.name
        if admits and self._admitting >= MOST_ADMITTING:
            raise Problem("too_many", 5_000)
        self._at_once += 1
        self._admitting += admits
        try:
            # Strangers get no room for large bodies: whose session it is, is known before any of it is read.
            who = await self._who(token) if REQUESTS[name].session else None
            body = await _body(size, most, receive)
            scope["state"] |= {"received": len(body), "whole": True}
            request = read_request(name, body)
            reply = await self._answered(request, token, who, receive)
            return write(reply)
        finally:
            self._at_once -= 1
            self._admitting -= admits

    async def _answered(
        self, request: Request[Any], token: bytes | None, who: Who | None, receive: Receive
    ) -> Reply:
        if isinstance(request, Await) and who is not None:
            return await self._news_for(request, token, who, receive)
        reply: Reply
        match road(request):
            case Road.READ:
                reply = await self._read(request, token)
            case Road.ALONE:
                reply = await asyncio.wrap_future(
                    self._committer.run(lambda: self.server.ask(request, token))
                )
            case Road.COMMIT:
                reply = await self._committer.write(
                    lambda tx: self.server.answer(tx, request, self.server.recognise(tx, token, request)),
                    lock_order(request, who),
                )
        company = who.company if who else getattr(request, "company", None)
        if company and wakes(request):
            self._waiting.moved(company)
            self.news.publish([company])
        return reply

    async def _read(self, request: Request[Any], token: bytes | None) -> Any:
        return await asyncio.wrap_future(
            self._committer.read(
                lambda tx: self.server.answer(tx, request, self.server.recognise(tx, token, request))
            )
        )

    async def _news_for(self, request: Await, token: bytes | None, who: Who, receive: Receive) -> NewsReply:
        """Answer once anything stands elsewhere than the asker knows, or its time is over."""
        until_s = self.clock.elapsed_s() + request.wait_ms / 1000
        gone = asyncio.ensure_future(_disconnected(receive))
        self._count_waiting(+1)
        try:
            while True:
                # Before asking: what moves meanwhile wakes us at once.
                sleeper = self._waiting.sleep(who.company)
                try:
                    news: NewsReply = await self._read(request, token)
                    left_s = until_s - self.clock.elapsed_s()
                    if is_news(request, news) or left_s <= 0 or self.closing or gone.done():
                        return news
                    await asyncio.wait(
                        {sleeper, gone},
                        timeout=min(left_s, LOOK_AGAIN_S * random.uniform(0.8, 1.2)),  # noqa: S311 - spreads load
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                finally:
                    self._waiting.leave(who.company, sleeper)
        finally:
            gone.cancel()
            self._count_waiting(-1)

    async def _who(self, token: bytes | None) -> Who:
        """Whose session this is, counted against their rates. The session itself is judged again when answering."""
        if token is None:
            raise Problem("no_session")
        who = self._sessions.get(token)
        if who is None:
            # What also a device may ask that has ended: whether this one may ask more is looked at later.
            least = FetchRoster(0)
            who = await asyncio.wrap_future(
                self._committer.read(lambda tx: self.server.recognise(tx, token, least))
            )
            if who is None:
                raise Problem("no_session")
            self._sessions[token] = who
            if len(self._sessions) > _KNOWN_SESSIONS:
                self._sessions.popitem(last=False)
        self._take("device", who)
        self._take("company", who.company)
        return who

    # ---- counting

    def _count_address(self, name: str, scope: Scope) -> None:
        address = scope["client"][0] if scope.get("client") else ""
        if self.trusts(address):
            return
        self._take("address", address)
        if not REQUESTS[name].session:
            self._take("stranger", address)

    def _take(self, kind: str, key: object) -> None:
        if after_ms := self.buckets.take(kind, key):
            self.counted.refused(kind)
            raise Problem("too_many", after_ms)

    def _count_waiting(self, change: int) -> None:
        self._awaiting += change
        self.counted.waiting(self._awaiting)

    def trusts(self, address: str) -> bool:
        """Whether an address lies in a network that the operator trusts."""
        if not self.options.trusted or not address:
            return False
        parsed = ipaddress.ip_address(address.partition("%")[0])
        return any(parsed in network for network in self.options.trusted)

    # ---- for whoever runs the server

    async def _health(self, _request: HttpRequest) -> Response:
        return PlainTextResponse("ok\n")

    async def _ready(self, _request: HttpRequest) -> Response:
        if self.closing:
            return PlainTextResponse("closing\n", 503)
        try:
            await asyncio.wrap_future(self._committer.read(lambda tx: tx.fact("format")))
        except Exception as error:  # whatever its driver raises
            logs.failed("not-ready", error)
            return PlainTextResponse("the database does not answer\n", 503)
        return PlainTextResponse("ready\n")

    async def _metrics(self, request: HttpRequest) -> Response:
        address = request.client.host if request.client else ""
        if not (self.trusts(address) or ipaddress.ip_address(address or "::").is_loopback):
            return PlainTextResponse("only from this computer, and from networks given as --trusted\n", 403)
        text = await asyncio.to_thread(self.counted.text)
        return Response(text, media_type=metrics.MEDIA_TYPE)

    async def _openapi(self, _request: HttpRequest) -> Response:
        return Response(self._description, media_type="application/json")

    async def _authority(self, _request: HttpRequest) -> Response:
        if not self.options.authority:
            return PlainTextResponse("this server has a certificate of a public authority\n", 404)
        return Response(self.options.authority, media_type="application/pkix-cert")


class _Door:
    """POST /v1/<name> as a bare ASGI application: a request costs no objects that it does not need."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        name: str = scope["path"][len(_VERSION) :]
        scope["state"] = {"received": 0, "whole": False}
        status, after_ms, closes = 200, 0, False
        try:
            if scope["method"] != "POST":
                await _send(send, 405, b"", [(b"allow", b"POST")])
                return
            data = await self._shell.answer(name, scope, receive)
        except Exception as error:
            problem = error if isinstance(error, Problem) else Problem("failed", 1_000)
            if problem is not error:
                logs.failed("request-failed", error)
            status, after_ms, data = problem.status, problem.after_ms, write_problem(problem)
            # Whoever sends a body that we do not want would keep the connection busy with it.
            closes = not scope["state"]["whole"]
        extra = [(b"retry-after", str(-(-after_ms // 1000)).encode())] if after_ms else []
        if closes:
            extra.append((b"connection", b"close"))
        await _send(send, status, data, extra)
        self._say(name, scope, status, began, len(data))

    def _say(self, name: str, scope: Scope, status: int, began: float, sent: int) -> None:
        seconds = time.perf_counter() - began
        known = name if name in REQUESTS else "other"
        received: int = scope["state"]["received"]
        self._shell.counted.answered(known, status, seconds, received, sent)
        if status >= 400 or (seconds > SLOW_S and known != Await.name):
            logs.event(
                "answered",
                request=known,
                status=status,
                ms=round(seconds * 1000),
                received=received,
                sent=sent,
                network=logs.network(scope["client"][0]) if scope.get("client") else "",
            )


async def _send(send: Send, status: int, data: bytes, extra: list[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", _TYPE),
        (b"content-length", str(len(data)).encode()),
        (b"cache-control", b"no-store"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def _token(headers: Mapping[bytes, bytes]) -> bytes | None:
    given = headers.get(b"authorization")
    if given is None:
        return None
    scheme, _space, text = given.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem("no_session")
    return read_token(text)


def _most(name: str) -> int:
    """How large the body of a request may be."""
    return MOST_REQUEST_BYTES if REQUESTS[name].session or name == Admit.name else MOST_STRANGERS_BYTES


def _announced(headers: Mapping[bytes, bytes], most: int) -> int:
    """The size of a body of our kind, as far as its head tells. Raises Problem."""
    if headers.get(b"content-type") != _TYPE:
        raise Problem("malformed")
    announced = int(headers.get(b"content-length", b"0"))  # h11 has checked that it is a number
    if announced > most:
        raise Problem("too_large")
    return most if b"transfer-encoding" in headers else announced


async def _body(size: int, most: int, receive: Receive) -> bytes:
    """The body, if it is not too large and not too slow. Raises Problem."""
    try:
        async with asyncio.timeout(BODY_S + size / SLOWEST_BYTES_A_SECOND):
            return await _read_all(receive, most)
    except TimeoutError:
        raise Problem("slow", 1_000) from None


async def _read_all(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("slow")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most:
            raise Problem("too_large")
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
