"""What a face says of synchronisation, and one-time synchronisation for scripts."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from app.clock import Clock, SystemClock
from app.errors import Conflict
from app.features.trust import connecting
from app.gateway.session import Session
from app.i18n import _
from sync.client import duties
from sync.client.engine import Engine, Report
from sync.client.line import Line
from sync.client.talk import drive
from sync.protocol.messages import Service

MOST_ROUNDS = 50


class State(Enum):
    """How things stand between this device and the server."""

    UNCONNECTED = "unconnected"
    SYNCED = "synced"
    SENDING = "sending"
    RECEIVING = "receiving"
    OFFLINE = "offline"
    PAUSED = "paused"
    ATTENTION = "attention"
    """Something that does not mend by itself: a stopped book, a suspended company, a full disk."""


class Status(NamedTuple):
    """`since_ms`: since when the state is what it is; `synced_ms`: when a round last ended well, 0 for never.
    `problem` is a sentence, empty for none."""

    state: State
    unsent: int = 0
    since_ms: int = 0
    synced_ms: int = 0
    problem: str = ""
    knocks: int = 0


ServiceOf = Callable[[], Service]


def line(session: Session, service: Service, clock: Clock) -> Line:
    """A service that signs in as this device. Raises Conflict for a company that is not connected."""
    known = connecting.server(session.sync)
    if known is None:
        raise Conflict(_("This company is not connected with a server. Connect it first."))
    return Line(service, session.sync, known.host, clock)


def once(session: Session, service: Service, clock: Clock | None = None) -> Report:
    """Synchronise until nothing is left to be done; what all rounds did together. Raises as Engine.round does."""
    clock = clock or SystemClock()
    ours, engine, total = line(session, service, clock), Engine(session.sync, clock), Report()
    before = moved_bytes(service)
    for _round in range(MOST_ROUNDS):
        report = drive(engine.round(), ours)
        drive(duties.fulfil(session, report, clock.now_ms()), ours)
        total.add(report)
        if not report.busy:
            break
    total.bytes = moved_bytes(service) - before
    return total


def moved_bytes(service: Service) -> int:
    """Bytes that went over the wire so far; 0 where nobody counts."""
    moved: int = getattr(service, "moved_bytes", 0)
    return moved
