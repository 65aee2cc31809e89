"""A network that drops, loses, doubles and delays by a seed, and a computer whose power goes off in between."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any, TypeVar

from app.errors import AppError, Offline
from sync.protocol.messages import Reply, Request, SignIn
from tests.relay import Relay, Wire

R = TypeVar("R", bound=Reply)

DROP, LOSE, REPEAT, LATE = 0.05, 0.05, 0.05, 0.04
"""How likely each is to happen to one request."""


class PowerCut(BaseException):
    """The computer is off: nothing catches this."""


class Network(Wire):
    """One device's network."""

    def __init__(self, relay: Relay, chance: random.Random) -> None:
        super().__init__(relay)
        self._chance = chance
        self.calm = False
        self.cut_at: int | None = None
        """The power goes off at this request, or with its answer."""
        self._earlier: list[tuple[Request[Any], bytes | None]] = []

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        self.asked.clear()
        if self.cut_at is not None:
            self.cut_at -= 1
            if self.cut_at < 0:
                self.cut_at = None
                if self._chance.random() < 0.5:
                    with suppress(AppError):
                        super().ask(request, token)
                raise PowerCut
        if self.calm:
            return super().ask(request, token)
        fate = self._chance.random()
        if fate < DROP:
            raise Offline("lost on the way there")
        if self._earlier and fate > 1 - LATE:
            with suppress(AppError):
                super().ask(*self._chance.choice(self._earlier))
        self._earlier = [*self._earlier[-5:], (request, token)]
        reply = super().ask(request, token)
        if fate < DROP + LOSE:
            raise Offline("lost on the way back")
        if fate < DROP + LOSE + REPEAT and not isinstance(request, SignIn):  # whose nonce is good for once
            return super().ask(request, token)
        return reply
