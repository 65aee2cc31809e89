"""The server's rules: what each request of a device is answered with, over any storage.

Plain, synchronous code. A request goes one of three roads (`road`): READ, in a reading transaction; COMMIT, in a
writing one, which whoever commits for many at once shares among requests, each within a savepoint; ALONE, which
moves a large object and opens its own transactions. `ask` does all of it for one request, as a test's relay
wants it; a server with many devices calls `recognise` and `answer` within transactions of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

from app.clock import Clock
from app.model.statements import Verify
from sync.protocol import messages as m
from sync.protocol.messages import Reply, Request
from sync.protocol.problems import Problem
from sync.server import beats, doors, guests, healing, shelves, statements, streams
from sync.server.asked import Asked, House, Limits, Nonces, Signer, Who
from sync.server.rosters import Rosters
from sync.server.storage import Objects, Storage, Tx
from sync.server.streams import is_news

__all__ = [
    "Limits",
    "Nonces",
    "Road",
    "Server",
    "Signer",
    "Who",
    "is_news",
    "lock_order",
    "road",
    "wakes",
]

R = TypeVar("R", bound=Reply)
Handler = Callable[[Asked, Any], Reply]


class Road(Enum):
    """How a request is to be answered."""

    READ = "read"
    COMMIT = "commit"
    ALONE = "alone"


READ: Mapping[type[Request[Any]], Handler] = {
    m.Hello: doors.hello,
    m.Challenge: doors.challenge,
    m.AskKnock: guests.ask_knock,
    m.FetchKnocks: guests.fetch_knocks,
    m.FetchRoster: statements.fetch_roster,
    m.FetchEnds: statements.fetch_ends,
    m.FetchHeads: streams.fetch_heads,
    m.Pull: streams.pull,
    m.Await: streams.look,
    m.FetchDeposits: beats.fetch_deposits,
    m.AskObject: shelves.ask_object,
    m.FetchSnapshots: shelves.fetch_snapshots,
    m.FetchBeats: beats.fetch_beats,
}
COMMIT: Mapping[type[Request[Any]], Handler] = {
    m.Admit: doors.admit,
    m.SignIn: doors.sign_in,
    m.Knock: guests.knock,
    m.Invite: guests.invite,
    m.TurnAway: guests.turn_away,
    m.Append: statements.append,
    m.Push: streams.push,
    m.Heal: healing.heal,
    m.Deposit: beats.deposit,
    m.SettleDeposits: beats.settle,
    m.OfferSnapshot: shelves.offer,
    m.Countersign: shelves.countersign,
    m.Beat: beats.beat,
}
WAKING: frozenset[type[Request[Any]]] = frozenset({m.Knock, m.TurnAway, m.Append, m.Push, m.Heal})


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
        nonces: Nonces,
        limits: Limits | None = None,
    ) -> None:
        self.storage, self.objects = storage, objects
        self.house = House(clock, signing, verify, nonces, host, limits or Limits(), Rosters(verify))

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        """The reply, with transactions of its own. Raises Problem."""
        way = road(request)
        if way is Road.ALONE:
            return self._alone(request, token)
        with self.storage.reading() if way is Road.READ else self.storage.writing() as tx:
            return self.answer(tx, request, self.recognise(tx, token, request))

    def recognise(self, tx: Tx, token: bytes | None, request: Request[Any]) -> Who | None:
        """Whose session this is; None where the request needs none. Raises Problem. Asked on every request: the
        company may be suspended and the device ended meanwhile; then it may deposit and fetch the roster only."""
        return doors.recognise(self.house, tx, token, request).who

    def answer(self, tx: Tx, request: Request[R], who: Who | None) -> R:
        """The reply to a request of the roads READ or COMMIT. Raises Problem; then nothing of it may be kept."""
        handler = READ.get(type(request)) or COMMIT[type(request)]
        return cast("R", handler(Asked(self.house, tx, who), request))

    def _alone(self, request: Request[R], token: bytes | None) -> R:
        """Chunks are stored and fetched outside of transactions: one of them would hold up everybody."""
        reply: Reply
        if isinstance(request, m.PutChunk):
            with self.storage.writing() as tx:
                asked = doors.recognise(self.house, tx, token, request)
                company, is_missing = asked.company, shelves.expect(asked, request)
            if is_missing:
                self.objects.put(company, request.object, request.index, request.data)
                with self.storage.writing() as tx:
                    shelves.shelved(doors.recognise(self.house, tx, token, request), request)
            reply = m.Done()
        elif isinstance(request, m.GetChunk):
            with self.storage.reading() as tx:
                asked = doors.recognise(self.house, tx, token, request)
                company, chunk = asked.company, shelves.wanted(asked, request)
            reply = shelves.fetched(chunk, self.objects.get(company, request.object, request.index))
        else:
            raise Problem("unknown_request")
        return cast("R", reply)


def road(request: Request[Any]) -> Road:
    """Which road a request goes."""
    if type(request) in READ:
        return Road.READ
    return Road.COMMIT if type(request) in COMMIT else Road.ALONE


def wakes(request: Request[Any]) -> bool:
    """Whether, once committed, those of the same company who wait for news are to look again."""
    return type(request) in WAKING


def lock_order(request: Request[Any], who: Who | None) -> tuple[bytes, ...]:
    """Sort what is committed together by this, and nodes never wait for each other in a circle."""
    company = who.company if who else getattr(request, "company", b"")
    if isinstance(request, m.Push | m.Heal):
        return (company, b"\x01", request.book, bytes((request.tier,)))
    return (company, b"\x00")
