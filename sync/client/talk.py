"""Conversations with the server that open no socket: generators that yield requests and are given replies."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from app.errors import Offline
from sync.protocol.messages import Reply, Request, Service
from sync.protocol.problems import Problem

T = TypeVar("T")
R = TypeVar("R", bound=Reply)

Talk = Generator[Request[Any], Any, T]
"""Yields requests, is sent replies, returns its result. Problem and Offline are thrown into it where it waits.

A talk knows nothing of tokens: what it is driven with (`line.Line`) signs in where a request needs a session.
"""


def ask(request: Request[R]) -> Talk[R]:
    """One request with the type of its reply: `heads = yield from ask(FetchHeads())`."""
    reply: R = yield request
    return reply


def drive(talk: Talk[T], service: Service) -> T:
    """Hold a conversation with a service to its end. Raises what the conversation does not settle itself."""
    try:
        request = next(talk)
        while True:
            try:
                reply = service.ask(request)
            except (Problem, Offline) as refusal:
                request = talk.throw(refusal)
            else:
                request = talk.send(reply)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        talk.close()
