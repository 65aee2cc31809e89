"""The description of the interface is complete, and true of a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.codec import MEDIA_TYPE, write
from sync.protocol.messages import REQUESTS
from sync.protocol.problems import KINDS
from sync.server.openapi import description
from tests.sync.server_process import FREE, ServerProcess, start_server
from tests.sync.shell.fuzzing import Fuzz


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with start_server(tmp_path_factory.mktemp("described") / "server", options=FREE) as server:
        yield server


def test_every_request_and_every_refusal_is_described() -> None:
    document = json.loads(description())
    assert set(document["paths"]) == {f"/v1/{name}" for name in REQUESTS}
    for path, methods in document["paths"].items():
        operation = methods["post"]
        assert list(operation["requestBody"]["content"]) == [MEDIA_TYPE]
        session = REQUESTS[path.rpartition("/")[2]].session
        assert operation["security"] == ([{"session": []}] if session else [])
    told = " ".join(answer["description"] for answer in document["components"]["responses"].values())
    for name, kind in KINDS.items():
        assert f"{kind.number} {name}" in told


def test_what_is_described_is_what_the_server_does(server: ServerProcess) -> None:
    """A few requests of every kind; the campaign sends thousands."""
    outcome = Fuzz(server).run(examples=5, seed_=20260712)
    assert sum(outcome.statuses.values()) > 5 * len(REQUESTS)
    # Requests get past the first door, or this would show nothing.
    assert {"hello", "heads", "roster", "ends", "await", "challenge", "knocks", "beats"} <= set(
        outcome.answered
    )


def test_every_request_with_a_session_refuses_without_one(server: ServerProcess) -> None:
    from sync.protocol.codec import read_problem
    from tests.sync.server_process import Wire

    with Wire(server) as wire:
        for name, kind in REQUESTS.items():
            if kind.session:
                status, data = wire.post(f"/v1/{name}", b"\x80")
                assert (name, status) in {(name, 400), (name, 401)}
                assert read_problem(data).name in {"malformed", "no_session"}
        status, _data = wire.post("/v1/heads", write(REQUESTS["heads"]()))
        assert status == 401


def test_the_description_is_served(server: ServerProcess) -> None:
    assert Fuzz(server).document == json.loads(description())


def test_the_description_names_no_place_of_the_source() -> None:
    assert str(Path(__file__).parents[3]).encode() not in description()
