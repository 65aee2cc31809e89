"""The server's rules: what each request of a device is answered with, over any storage.

Plain, synchronous code. A request goes one of three roads (`road`): READ, in a reading transaction; COMMIT, in a
writing one, which whoever commits for many at once shares among requests, each within a savepoint; ALONE, which
moves a large object and opens its own transactions. `ask` does all of it for one request, as a test's relay
wants it; a server with many devices calls `answer` within transactions of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, Protocol, TypeVar

from app.clock import Clock
from app.model.statements import Verify
from sync.protocol.messages import Reply, Request
from sync.server.storage import Objects, Storage, Tx

R = TypeVar("R", bound=Reply)


class Signer(Protocol):
    """The server's own Ed25519 key, framed as devices frame theirs."""

    @property
    def public(self) -> bytes: ...

    def sign(self, purpose: str, message: bytes) -> bytes: ...


class Road(Enum):
    """How a request is to be answered."""

    READ = "read"
    COMMIT = "commit"
    ALONE = "alone"


class Who(NamedTuple):
    """Whom a session belongs to."""

    company: bytes
    device: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What a company may use at most, where its own quota does not say otherwise."""

    company_bytes: int = 20 << 30


class Server:
    """Answers requests."""

    def __init__(
        self,
        storage: Storage,
        objects: Objects,
        clock: Clock,
        signing: Signer,
        verify: Verify,
        host: str,
        limits: Limits = Limits(),
    ) -> None:
        self.storage, self.objects, self.clock = storage, objects, clock
        self.signing, self.verify, self.host, self.limits = signing, verify, host, limits

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        """The reply, with transactions of its own. Raises Problem."""
        raise NotImplementedError

    def recognise(self, tx: Tx, token: bytes | None, request: Request[Any]) -> Who | None:
        """Whose session this is; None where the request needs none. Raises Problem. Asked on every request: the
        company may be suspended and the device ended meanwhile; then it may deposit and fetch the roster only."""
        raise NotImplementedError

    def answer(self, tx: Tx, request: Request[R], who: Who | None) -> R:
        """The reply to a request of the roads READ or COMMIT. Raises Problem; then nothing of it may be kept."""
        raise NotImplementedError


def road(request: Request[Any]) -> Road:
    """Which road a request goes."""
    raise NotImplementedError


def wakes(request: Request[Any]) -> bool:
    """Whether, once committed, those of the same company who wait for news are to look again."""
    raise NotImplementedError


def lock_order(request: Request[Any], who: Who | None) -> tuple[bytes, ...]:
    """Sort what is committed together by this, and nodes never wait for each other in a circle."""
    raise NotImplementedError
