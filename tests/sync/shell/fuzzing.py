"""Requests that schemathesis makes from the server's own description, sent to a running server with a valid session.

Values of the company that is really there are put in the place of made-up ones in half of the cases, so that the
requests get further than the first check.
"""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import jsonschema_rs
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, SerializationContext
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    status_code_conformance,
)

from app.model.encoding import canonical, decode
from sync.protocol.codec import MEDIA_TYPE, read_problem, write_token
from sync.protocol.messages import REQUESTS, Await
from sync.protocol.problems import KINDS
from tests.sync.server_process import ServerProcess, Wire
from tests.sync.shell.firm import Firm

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
]
"""Its own check of a reply's shape cannot read `prefixItems`; `Fuzz._is_described` stands in for it."""
WITH_A_FORM_OF_THEIR_OWN = {"offer-snapshot"}
"""Requests that carry bytes with a form inside, which random ones do not have."""
RENEWED_S = 300
MOST_BYTES = 400
"""Of a byte string that schemathesis makes up; longer ones teach nothing more."""


@schemathesis.serializer(MEDIA_TYPE)
def _serialised(context: SerializationContext, value: Any) -> bytes:
    name = context.case.operation.path.rpartition("/")[2]
    try:
        return canonical(_plain(REQUESTS[name], value))
    except (OverflowError, UnicodeEncodeError):  # MessagePack has no such number or text
        return b"\xc1"


@schemathesis.deserializer(MEDIA_TYPE)
def _deserialised(_context: Any, response: Any) -> Any:
    return _described(decode(response.content))


@dataclass
class Outcome:
    """How many requests were answered with what."""

    statuses: Counter[int] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    """Requests of each name that were answered with 200."""
    refusals: Counter[str] = field(default_factory=Counter)


class Fuzz:
    """A company at a running server, and the description that the server gives."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.firm = Firm(devices=2)
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        context = ssl.create_default_context(cafile=str(server.authority))
        with urllib.request.urlopen(f"{server.url}/openapi.json", context=context) as answer:
            self.document = json.load(answer)
        with Wire(server) as wire:
            self.firm.admitted(wire, server.admission())
        for name in {part["format"] for part in _parts(self.document) if "format" in part}:
            _kind, least, most = name.split("-")
            strategy = st.binary(min_size=int(least), max_size=max(int(least), min(int(most), MOST_BYTES)))
            schemathesis.openapi.format(name, strategy.map(_text))
        self.schema = schemathesis.openapi.from_dict(self.document)
        self.pool = {
            "company": [self.firm.roster.company],
            "device": [pen.id for pen in self.firm.pens],
            "book": [self.firm.stream.book],
            "object": [b"o" * 16],
            "invite": [b"i" * 16],
        }

    def run(self, examples: int, seed_: int) -> Outcome:
        """So many well-formed requests of each kind, and half as many malformed ones. Raises what a check finds."""
        outcome, signed_in = Outcome(), float("-inf")
        headers: dict[str, str] = {}
        with requests.Session() as session:
            session.trust_env = False
            for found in self.schema.get_all_operations():
                operation: Any = found.ok()  # type: ignore[union-attr]
                if time.monotonic() - signed_in > RENEWED_S:
                    with Wire(self.server) as wire:
                        token = self.firm.pens[0].signs_in(wire)
                    headers = {"Authorization": f"Bearer {write_token(token)}"}
                    signed_in = time.monotonic()
                for mode, count in (
                    (GenerationMode.POSITIVE, examples),
                    (GenerationMode.NEGATIVE, examples // 2),
                ):
                    self._operation(operation, mode, count, seed_, session, headers, outcome)
        return outcome

    def _operation(
        self,
        operation: Any,
        mode: GenerationMode,
        examples: int,
        seed_: int,
        session: requests.Session,
        headers: dict[str, str],
        outcome: Outcome,
    ) -> None:
        name = operation.path.rpartition("/")[2]

        @seed(seed_)
        @settings(
            max_examples=max(1, examples),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode), st.randoms(use_true_random=False))
        def one(case: Any, random: Any) -> None:
            if mode == GenerationMode.POSITIVE:
                case.body = self._real(case.body, random)
                if name == Await.name:
                    case.body["wait_ms"] = min(case.body["wait_ms"], 20)
            # What schemathesis adds to show a broken session is the subject of another test.
            case.headers = {"Content-Type": MEDIA_TYPE, **headers}
            response = case.call(base_url=self.server.url, session=session, verify=str(self.server.authority))
            case.validate_response(response, checks=CHECKS)
            self._is_described(operation.path, response)
            self._count(name, mode, response, outcome)

        one()

    def _is_described(self, path: str, response: Any) -> None:
        """Raises where what came back is not of the shape that the description gives."""
        answer = self.document["paths"][path]["post"]["responses"][str(response.status_code)]
        if "$ref" in answer:
            answer = self.document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        schema = answer["content"][MEDIA_TYPE]["schema"]
        key = f"{path} {response.status_code}"
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        self._validators[key].validate(_described(decode(response.content)))

    @staticmethod
    def _count(name: str, mode: GenerationMode, response: Any, outcome: Outcome) -> None:
        status = response.status_code
        outcome.statuses[status] += 1
        if status == 200:
            outcome.answered[name] += 1
            return
        problem = read_problem(response.content)
        outcome.refusals[f"{name}: {problem.name}"] += 1
        assert KINDS[problem.name].status == status
        assert problem.name != "too_many", "the limits of this server are too low for this test"
        if mode == GenerationMode.POSITIVE and name not in WITH_A_FORM_OF_THEIR_OWN:
            assert problem.name != "malformed", f"{name}: as described, and not understood"

    def _real(self, body: Any, random: Any) -> Any:
        if not isinstance(body, dict):
            return body
        changed = {
            name: _text(random.choice(self.pool[name]))
            if name in self.pool and random.random() < 0.5
            else value
            for name, value in body.items()
        }
        for name in ("known", "streams"):  # lists of arrays that begin with a book
            if isinstance(changed.get(name), list):
                changed[name] = [
                    [_text(self.firm.stream.book), *entry[1:]] if random.random() < 0.5 else entry
                    for entry in changed[name]
                ]
        return changed


# ---- between JSON and MessagePack


def _plain(shape: Any, value: Any) -> Any:
    """The value as it travels: base64 becomes bytes where the shape says bytes. What does not fit stays as it is."""
    origin = get_origin(shape)
    if origin is Annotated:
        return _plain(get_args(shape)[0], value)
    if origin in (Union, UnionType):
        return _plain(next(part for part in get_args(shape) if part is not type(None)), value)
    if origin is tuple and isinstance(value, list):
        return [_plain(get_args(shape)[0], part) for part in value]
    if shape is bytes and isinstance(value, str):
        try:
            return b64decode(value, validate=True)
        except ValueError:
            return value
    if isinstance(shape, type) and hasattr(shape, "_fields") and isinstance(value, list):
        hints = get_type_hints(shape, include_extras=True)
        known = [_plain(hints[name], part) for name, part in zip(shape._fields, value, strict=False)]
        return known + value[len(known) :]
    if is_dataclass(shape) and isinstance(value, dict):
        hints = get_type_hints(shape, include_extras=True)
        names = {part.name for part in fields(shape)}
        return {name: _plain(hints[name], part) if name in names else part for name, part in value.items()}
    return value


def _described(value: Any) -> Any:
    """What came back, as the description speaks of it."""
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, list):
        return [_described(part) for part in value]
    if isinstance(value, dict):
        return {name: _described(part) for name, part in value.items()}
    return value


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _parts(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value] + [found for part in value.values() for found in _parts(part)]
    if isinstance(value, list):
        return [found for part in value for found in _parts(part)]
    return []
