"""Requests to the server over HTTPS: the only place that opens a socket, and the only importer of requests.

TLS 1.2 or newer; trusted is the authority whose hash the invite carried and nobody else, or, without one, the public
authorities. No redirects, and nothing from the environment (proxies, netrc, bundles) unless policy names a proxy.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

from app.crypto.keys import same
from app.crypto.seal import content_hash
from app.errors import Damaged, Offline
from app.i18n import _
from sync.protocol.codec import MEDIA_TYPE, read_problem, read_reply, write, write_token
from sync.protocol.messages import Await, Reply, Request

R = TypeVar("R", bound=Reply)

CONNECT_S: Final = 10.0
READ_S: Final = 30.0
"""Between two pieces of an answer, beyond the time that a long poll may wait."""
WHOLE_S: Final = 120.0
MOST_REPLY_BYTES: Final = 24 << 20
"""A whole roster; everything else is far smaller."""
MOST_PROBLEM_BYTES: Final = 4096
MOST_CERTIFICATE_BYTES: Final = 64 * 1024
ENVIRONMENT: Final = "environment"
"""As `proxy`: take the one that the environment names."""


class Untrusted(Offline):
    """Something answers in the server's place, or by a road that is not safe. Nothing was sent to it."""

    code = "server_untrusted"


class Transport:
    """A Service over HTTPS. Used by one thread at a time; `abort` may come from another."""

    def __init__(self, url: str, pin: bytes = b"", *, proxy: str = "") -> None:
        """`pin`: SHA-256 of the server's authority (DER), empty for a publicly trusted one. `proxy`: an address, or
        ENVIRONMENT; empty for none. Nothing is connected yet."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise Untrusted(_("The address of the server must begin with https."))
        self._url, self._host, self._port = url.rstrip("/"), parts.hostname, parts.port or 443
        self._pin, self._proxy = pin, proxy
        self._session: requests.Session | None = None
        self._open: WeakSet[_Connection] = WeakSet()
        self._aborted = False
        self.sent_bytes = 0
        self.received_bytes = 0

    @property
    def moved_bytes(self) -> int:
        """Bytes of requests and answers so far, heads included, without what TLS adds."""
        return self.sent_bytes + self.received_bytes

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        """The reply. Raises Problem where the server refuses, Offline where nothing came back, Untrusted."""
        data = write(request)
        headers = {"Content-Type": MEDIA_TYPE}
        if token is not None:
            headers["Authorization"] = f"Bearer {write_token(token)}"
        wait_s = request.wait_ms / 1000 if isinstance(request, Await) else 0.0
        status, body = self._guarded(lambda: self._post(request.name, data, headers, wait_s))
        try:
            if status != HTTPStatus.OK:
                raise read_problem(body)
            reply: Any = read_reply(request.reply, body)
            return reply  # type: ignore[no-any-return]
        except Damaged as error:
            raise Offline(
                _("The server's answer cannot be understood. The program tries again by itself.")
            ) from error

    def abort(self) -> None:
        """End whatever is under way, from another thread: it raises Offline there. Nothing can be asked any more."""
        self._aborted = True
        for connection in list(self._open):
            connection.cut()

    def close(self) -> None:
        """Close the connections; asking again opens new ones."""
        if self._session is not None:
            self._session.close()
            self._session = None

    # ---- beneath

    def _guarded(self, ask: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
        """Every way in which a network can fail, as Offline."""
        try:
            if self._aborted:
                raise _offline()
            return ask()
        except requests.exceptions.SSLError as error:
            self.close()
            text = (
                _("Who answers at {host} cannot be trusted: its certificate is not the server's.")
                if self._pin
                else _(
                    "Who answers at {host} cannot be trusted: its certificate is not publicly known. If the server has "
                    "an authority of its own, give its pin."
                )
            )
            raise Untrusted(text.format(host=self._host)) from error
        except (requests.exceptions.RequestException, OSError, ValueError, AttributeError) as error:
            # A socket that is cut under a waiting thread fails in more ways than one.
            if isinstance(error, ValueError | AttributeError) and not self._aborted:
                raise
            self.close()
            raise _offline() from error

    def _post(self, name: str, data: bytes, headers: dict[str, str], wait_s: float) -> tuple[int, bytes]:
        session = self._connected()
        until_s = time.monotonic() + WHOLE_S + wait_s
        with session.post(
            f"{self._url}/v1/{name}",
            data=data,
            headers=headers,
            timeout=(CONNECT_S, READ_S + wait_s),
            allow_redirects=False,
            stream=True,
        ) as answer:
            self.sent_bytes += len(data) + _size(answer.request.headers) + len(answer.request.path_url) + 17
            self.received_bytes += _size(answer.headers) + 17
            if 300 <= answer.status_code < 400 or answer.headers.get("Content-Type") != MEDIA_TYPE:
                raise Untrusted(
                    _(
                        "Something else answers at {host} in the server's place. Check the network that you are in."
                    ).format(host=self._host)
                )
            most = MOST_REPLY_BYTES if answer.status_code == HTTPStatus.OK else MOST_PROBLEM_BYTES
            parts, size = [], 0
            for part in answer.iter_content(1 << 16):
                size += len(part)
                if size > most or time.monotonic() > until_s:
                    raise _offline()
                parts.append(part)
            self.received_bytes += size
            return answer.status_code, b"".join(parts)

    def _connected(self) -> requests.Session:
        if self._session is None:
            session = requests.Session()
            session.trust_env = False
            session.headers.clear()
            session.headers.update({"User-Agent": "Provender", "Accept-Encoding": "identity"})
            session.proxies = self._proxies()
            session.adapters.clear()
            session.mount("https://", _Adapter(self._context(), self._open))
            self._session = session
        return self._session

    def _proxies(self) -> dict[str, str]:
        if self._proxy == ENVIRONMENT:
            return requests.utils.get_environ_proxies(self._url)
        return {"https": self._proxy} if self._proxy else {}

    def _context(self) -> ssl.SSLContext:
        if self._pin:
            context = ssl.create_default_context(cadata=self._authority())
        else:
            context = ssl.create_default_context()
            context.load_verify_locations(requests.utils.DEFAULT_CA_BUNDLE_PATH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _authority(self) -> bytes:
        """The authority's certificate, from whoever answers: it is believed for its hash alone."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        proxy = urlsplit(self._proxies().get("https", ""))
        if proxy.hostname:
            port = proxy.port or 8080
            connection = http.client.HTTPSConnection(proxy.hostname, port, timeout=CONNECT_S, context=context)
            connection.set_tunnel(self._host, self._port)
        else:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=CONNECT_S, context=context
            )
        try:
            connection.request("GET", f"{urlsplit(self._url).path}/authority")
            answer = connection.getresponse()
            data = answer.read(MOST_CERTIFICATE_BYTES) if answer.status == HTTPStatus.OK else b""
        except http.client.HTTPException as error:
            raise _offline() from error
        finally:
            connection.close()
        if not same(content_hash(data), self._pin):
            raise Untrusted(
                _("Who answers at {host} is not the server that your company named.").format(host=self._host)
            )
        return data


class _Connection(HTTPSConnection):
    """One that can be cut from another thread, whatever it is busy with."""

    spare: socket.socket | None = None
    """Another handle of the same connection: TLS takes the first one away while it shakes hands."""

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()
        self.spare = made.dup()
        return made

    def cut(self) -> None:
        if self.spare is not None:
            with suppress(OSError):  # not connected any more
                self.spare.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self.spare is not None:
            self.spare.close()
            self.spare = None
        super().close()


class _Adapter(HTTPAdapter):
    """Connections under our own TLS rules, which requests must not add its authorities to."""

    def __init__(self, context: ssl.SSLContext, open_: WeakSet[_Connection]) -> None:
        class Connection(_Connection):
            def connect(self) -> None:
                open_.add(self)
                super().connect()

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self._context, self._pool = context, Pool
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = {"https": self._pool}

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        made = super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)
        made.pool_classes_by_scheme = {**made.pool_classes_by_scheme, "https": self._pool}
        return made

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The context says all of it. Without this, requests would let every public authority in."""


def _offline() -> Offline:
    return Offline(_("The server cannot be reached. The program tries again by itself."))


def _size(headers: Any) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items())
