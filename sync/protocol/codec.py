"""Requests, replies and problems as bytes: canonical MessagePack, read strictly."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import fields
from typing import Annotated, NamedTuple, TypeVar

from app.model.encoding import canonical, decode_canonical
from app.model.shape import Count, Size, read
from sync.protocol.messages import REQUESTS, Reply, Request
from sync.protocol.problems import Problem, numbered

MEDIA_TYPE = "application/vnd.provender.v1+msgpack"

M = TypeVar("M")


class _Refusal(NamedTuple):
    number: Count
    after_ms: Count
    fault: Annotated[str, Size(0, 40)]


def write(message: Request[Reply] | Reply) -> bytes:
    """A message's bytes."""
    return canonical({part.name: getattr(message, part.name) for part in fields(message)})  # type: ignore[arg-type]


def read_request(name: str, data: bytes) -> Request[Reply]:
    """The request of its bytes. Raises Problem."""
    from app.errors import AppError

    if name not in REQUESTS:
        raise Problem("unknown_request")
    try:
        return read(REQUESTS[name], decode_canonical(data))
    except AppError as error:
        raise Problem("malformed") from error


def read_reply(shape: type[M], data: bytes) -> M:
    """The reply of its bytes. Raises Damaged."""
    return read(shape, decode_canonical(data))


def write_problem(problem: Problem) -> bytes:
    """A refusal's bytes."""
    return canonical((problem.number, problem.after_ms, problem.fault))


def read_problem(data: bytes) -> Problem:
    """The refusal of its bytes. Raises Damaged."""
    refusal = read(_Refusal, decode_canonical(data))
    return Problem(numbered(refusal.number), refusal.after_ms, refusal.fault)


def write_token(token: bytes) -> str:
    """A session's token as it stands in `Authorization: Bearer …`."""
    return urlsafe_b64encode(token).decode().rstrip("=")


def read_token(text: str) -> bytes:
    """The token of that text. Raises Problem."""
    try:
        token = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Problem("no_session") from error
    if write_token(token) != text:  # Python's decoder passes over what is no base64
        raise Problem("no_session")
    return token
