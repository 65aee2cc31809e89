"""A service with a session: signs in where a request needs it, and again when the session has ended."""

from __future__ import annotations

from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from app.clock import Clock
from app.errors import Conflict
from app.i18n import _
from sync.client.talk import Talk, ask, drive
from sync.protocol.messages import (
    SESSION_MS,
    SESSION_PURPOSE,
    Challenge,
    Reply,
    Request,
    Service,
    SignedIn,
    SignIn,
)
from sync.protocol.problems import Problem
from sync.protocol.signed import session_message

R = TypeVar("R", bound=Reply)

EARLY_MS = 30_000
"""A session is renewed so long before its end, for a request may be long on its way."""


class Reaching(Protocol):
    """A roster as far as it is known; 0 for a device that has not seen it yet."""

    @property
    def index(self) -> int: ...


class Signatory(Protocol):
    """What signing in needs of a device (gateway.syncing.Syncing has all of it, and so has one that joins)."""

    @property
    def company(self) -> bytes: ...
    @property
    def device(self) -> bytes: ...
    @property
    def roster(self) -> Reaching: ...
    def sign(self, purpose: str, message: bytes) -> bytes: ...


def host_of(url: str) -> str:
    """The name that a session is good for: no other server can use a signature that was made for it."""
    host = urlsplit(url).hostname
    if not host:
        raise Conflict(_("This company is not connected to a server."))
    return host


def sign_in(device: Signatory, host: str) -> Talk[SignedIn]:
    """Get a token. Raises Problem: `not_signed`, `device_ended`, `unknown_company`, `suspended`."""
    nonce = (yield from ask(Challenge(device.company, device.device))).nonce
    at = device.roster.index
    message = session_message(host, nonce, device.company, device.device, at)
    signature = device.sign(SESSION_PURPOSE, message)
    return (yield from ask(SignIn(device.company, device.device, nonce, at, signature)))


class Line:
    """A Service on top of another one. Used by one thread at a time."""

    def __init__(self, service: Service, device: Signatory, host: str, clock: Clock) -> None:
        self._service, self._device, self._host, self._clock = service, device, host, clock
        self._token: bytes | None = None
        self._until_s = 0.0

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        """The reply. Raises Problem or Offline. A session that the server has forgotten is made anew once."""
        if not request.session:
            return self._service.ask(request)
        fresh = self._renew()
        try:
            return self._service.ask(request, self._token)
        except Problem as problem:
            if problem.name != "no_session":
                raise
            self._token = None
            if fresh:
                raise
        self._renew()
        return self._service.ask(request, self._token)

    def token(self) -> bytes:
        """The session's token, for a long poll on another connection. Raises as `ask` does."""
        self._renew()
        if self._token is None:
            raise Problem("no_session")
        return self._token

    def _renew(self) -> bool:
        """Sign in where there is no session or it is about to end; whether that was needed."""
        if self._token is not None and self._clock.elapsed_s() < self._until_s:
            return False
        try:
            signed = drive(sign_in(self._device, self._host), self._service)
        except Problem as problem:
            if problem.name != "not_signed":
                raise
            # A challenge is good for one answer, and somebody on the way may have given ours twice.
            signed = drive(sign_in(self._device, self._host), self._service)
        # The server's time is not ours: only how long a session lasts counts, by the clock that never goes back.
        self._token = signed.token
        self._until_s = self._clock.elapsed_s() + (SESSION_MS - EARLY_MS) / 1000
        return True
