"""The shell's parts, one by one: challenges, rates, group commit, word that goes round, slow and broken clients."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from app.clock import FakeClock
from app.errors import Damaged, Invalid
from sync.protocol.codec import MEDIA_TYPE, read_problem, read_token, write, write_token
from sync.protocol.messages import Hello
from sync.protocol.problems import Problem
from sync.server import asgi, logs, rates
from sync.server.asgi import Shell
from sync.server.auth import NONCE_MS, Nonces, Signer, framed, verify
from sync.server.committer import Committer
from sync.server.embedded import Embedded
from sync.server.metrics import Metrics
from sync.server.news import Alone, Rooms
from sync.server.rates import MOST_KEPT, Buckets, Rate

SEED = b"seed" * 8
COMPANY, DEVICE = b"c" * 32, b"d" * 16


# ---- challenges and signatures


def test_a_challenge_is_good_for_one_device_a_short_time_and_one_server() -> None:
    clock = FakeClock()
    nonces = Nonces(SEED, clock)
    nonce = nonces.issue(COMPANY, DEVICE)
    nonces.check(COMPANY, DEVICE, nonce)
    Nonces(SEED, clock).check(COMPANY, DEVICE, nonce)  # another node
    for company, device, given in (
        (b"x" * 32, DEVICE, nonce),
        (COMPANY, b"x" * 16, nonce),
        (COMPANY, DEVICE, nonce[:-1] + bytes((nonce[-1] ^ 1,))),
        (COMPANY, DEVICE, bytes((nonce[0] ^ 1,)) + nonce[1:]),
        (COMPANY, DEVICE, nonce[:40]),
        (COMPANY, DEVICE, b""),
    ):
        with pytest.raises(Problem):
            nonces.check(company, device, given)
    with pytest.raises(Problem):
        Nonces(b"another!" * 4, clock).check(COMPANY, DEVICE, nonce)
    clock.forward(NONCE_MS / 1000 + 0.001)
    with pytest.raises(Problem):
        nonces.check(COMPANY, DEVICE, nonce)


def test_no_two_challenges_are_alike() -> None:
    nonces = Nonces(SEED, FakeClock())
    assert len({nonces.issue(COMPANY, DEVICE) for _ in range(100)}) == 100


def test_the_server_signs_as_devices_do() -> None:
    from app.crypto import identity

    signer = Signer(SEED)
    signature = signer.sign("stream head", b"message")
    identity.verify(signer.public, "stream head", b"message", signature)
    verify(signer.public, "stream head", b"message", signature)
    for key, purpose, message, given in (
        (signer.public, "session", b"message", signature),
        (signer.public, "stream head", b"other", signature),
        (signer.public, "stream head", b"message", bytes(64)),
        (b"short", "stream head", b"message", signature),
    ):
        with pytest.raises(Damaged):
            verify(key, purpose, message, given)
    assert framed("a", b"b") != framed("ab", b"")


@pytest.mark.parametrize("text", ["", "=", "ä", "AA=", "A", "AB", "A A", "AA\n", "-_-_-"])
def test_a_token_is_written_in_one_way_only(text: str) -> None:
    token = b"\xfb\xff\x00" * 20
    assert read_token(write_token(token)) == token
    if text:
        with pytest.raises(Problem):
            read_token(text)


# ---- rates


def test_a_bucket_empties_and_fills() -> None:
    clock = FakeClock()
    buckets = Buckets({"device": Rate(2, 3)}, clock)
    assert [buckets.take("device", "a") for _ in range(3)] == [0, 0, 0]
    assert 0 < buckets.take("device", "a") <= 501
    assert buckets.take("device", "b") == 0  # another's is full
    clock.forward(0.5)
    assert buckets.take("device", "a") == 0
    assert buckets.take("device", "a") > 0
    clock.forward(100)
    assert [bool(buckets.take("device", "a")) for _ in range(4)] == [False, False, False, True]


def test_buckets_do_not_grow_without_bound() -> None:
    buckets = Buckets({"address": Rate(1, 1)}, FakeClock())
    for number in range(MOST_KEPT + 100):
        buckets.take("address", number)
    assert len(buckets._filled["address"]) == MOST_KEPT


def test_rates_are_read_or_refused() -> None:
    assert rates.parse(["device=5:10"])["device"] == Rate(5, 10)
    assert rates.parse([]) == rates.RATES
    for text in ("device", "device=", "device=1", "device=a:b", "device=1:0", "nobody=1:1", "device=nan:1"):
        with pytest.raises(Invalid):
            rates.parse([text])


# ---- group commit


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Embedded]:
    storage = Embedded.create(tmp_path / "db", b"k" * 32)
    yield storage
    storage.close()


def test_what_comes_together_is_committed_together_and_answered_after(storage: Embedded) -> None:
    metrics = Metrics()
    groups: list[int] = []
    metrics.committed = lambda requests, seconds: groups.append(requests)  # type: ignore[method-assign]
    committer = Committer(storage, metrics)
    gate = threading.Event()
    first = committer.write(lambda tx: gate.wait(5))
    time.sleep(0.05)
    others = [committer.write(lambda tx, n=n: tx.put_fact(f"f{n}", b"x")) for n in range(20)]  # type: ignore[misc]
    assert not any(other.done() for other in others)
    gate.set()
    for other in [first, *others]:
        other.result(5)
    with storage.reading() as tx:
        assert all(tx.fact(f"f{n}") == b"x" for n in range(20))
    committer.close()
    assert groups == [1, 20]


def test_what_is_refused_leaves_nothing_and_disturbs_nobody(storage: Embedded) -> None:
    committer = Committer(storage, Metrics())

    def refused(tx: Any) -> None:
        tx.put_fact("refused", b"x")
        raise Problem("batch_refused")

    def broken(tx: Any) -> None:
        tx.put_fact("broken", b"x")
        raise RuntimeError("a bug")

    gate = threading.Event()
    held = committer.write(lambda tx: gate.wait(5))
    time.sleep(0.05)
    outcomes = [
        committer.write(lambda tx: tx.put_fact("before", b"x")),
        committer.write(refused),
        committer.write(broken),
        committer.write(lambda tx: tx.put_fact("after", b"x")),
    ]
    gate.set()
    held.result(5)
    errors = [outcome.exception(5) for outcome in outcomes]
    assert [error.name if isinstance(error, Problem) else error for error in errors] == [
        None, "batch_refused", "failed", None,
    ]  # fmt: skip
    with storage.reading() as tx:
        assert [tx.fact(name) for name in ("before", "refused", "broken", "after")] == [
            b"x",
            None,
            None,
            b"x",
        ]
    committer.close()


def test_closing_finishes_what_was_taken_and_takes_nothing_more(storage: Embedded) -> None:
    committer = Committer(storage, Metrics())
    gate = threading.Event()
    held = committer.write(lambda tx: gate.wait(5))
    last = committer.write(lambda tx: tx.put_fact("last", b"x"))
    closing = threading.Thread(target=committer.close)
    closing.start()
    time.sleep(0.05)
    with pytest.raises(Problem) as caught:
        committer.write(lambda tx: None)
    assert caught.value.name == "closing"
    gate.set()
    closing.join(5)
    assert held.done()
    assert last.done()
    with storage.reading() as tx:
        assert tx.fact("last") == b"x"


# ---- news


def test_word_goes_to_the_other_rooms_only(tmp_path: Path) -> None:
    heard: dict[str, list[bytes]] = {"a": [], "b": []}
    rooms = {name: _room(tmp_path, name) for name in heard}
    for name, room in rooms.items():
        room.start(heard[name].append)
    rooms["a"].publish([COMPANY])
    until = time.monotonic() + 5
    while not heard["b"]:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert heard == {"a": [], "b": [COMPANY]}
    rooms["b"].close()
    rooms["a"].publish([COMPANY])  # to nobody: no error
    rooms["a"].close()
    assert list(tmp_path.glob("*.news")) == []


def test_a_room_that_was_left_without_a_word_is_cleared(tmp_path: Path) -> None:
    left = _room(tmp_path, "left")
    left._socket.close()
    left._out.close()
    room = _room(tmp_path, "here")
    room.publish([COMPANY])
    assert not (tmp_path / "left.news").exists()
    room.close()


def _room(folder: Path, name: str) -> Rooms:
    room = Rooms(folder)
    own = folder / f"{name}.news"
    room._own.rename(own)
    room._own = own
    return room


# ---- the rim, without a network


class _Nothing:
    storage: Any = None


def _shell(**options: Any) -> Shell:
    return Shell(_Nothing(), FakeClock(), asgi.Options(**options), Alone())  # type: ignore[arg-type]


async def _asked(
    shell: Shell, receive: Any, headers: list[tuple[bytes, bytes]] | None = None
) -> tuple[int, bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/v1/hello", "root_path": "", "query_string": b"",
        "headers": headers or [(b"content-type", MEDIA_TYPE.encode())], "client": ("192.0.2.7", 1), "app": None,
    }  # fmt: skip
    await shell.app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def test_a_body_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "BODY_S", 0.1)

    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"x", "more_body": True}

    status, body = asyncio.run(_asked(_shell(), drip))
    assert (status, read_problem(body).name) == (408, "slow")


def test_an_address_that_asks_too_often_is_told_when_to_come_back() -> None:
    shell = _shell(rates={**rates.RATES, "stranger": Rate(0.5, 1)})

    async def nothing() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def both() -> list[tuple[int, bytes]]:
        return [await _asked(shell, nothing), await _asked(shell, nothing)]

    first, second = asyncio.run(both())
    assert first[0] == 400  # counted, and malformed
    problem = read_problem(second[1])
    assert (second[0], problem.name) == (429, "too_many")
    assert 1_000 < problem.after_ms <= 2_001


@pytest.mark.parametrize("kind", [b"", b"application/json", b"application/octet-stream"])
def test_another_kind_of_body_is_refused_unread(kind: bytes) -> None:
    async def never() -> dict[str, Any]:
        raise AssertionError("it was read")

    status, body = asyncio.run(_asked(_shell(), never, [(b"content-type", kind)]))
    assert (status, read_problem(body).name) == (400, "malformed")


def test_a_server_that_is_closing_says_so() -> None:
    shell = _shell()
    shell.closing = True

    async def never() -> dict[str, Any]:
        raise AssertionError("it was read")

    status, body = asyncio.run(_asked(shell, never))
    assert (status, read_problem(body).name) == (503, "closing")


def test_trust_is_a_matter_of_networks() -> None:
    import ipaddress

    shell = _shell(trusted=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fe80::/10")))
    assert shell.trusts("10.1.2.3")
    assert shell.trusts("fe80::1%eth0")
    assert not shell.trusts("192.0.2.1")
    assert not shell.trusts("")


# ---- heads that drip


def test_a_head_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from sync.server import http

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.6)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    monkeypatch.setattr(http, "HEAD_S", 0.3)
    with _uvicorn(app) as port:
        import socket

        for first in (b"", b"POST /v1/hello HTTP/1.1\r\nHost: x\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(first)
                began = time.monotonic()
                with suppress(ConnectionResetError):
                    assert connection.recv(10) == b""
                assert 0.1 < time.monotonic() - began < 3
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            whole = b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            connection.sendall(whole)  # its answer takes longer than a head may
            assert connection.recv(100).startswith(b"HTTP/1.1 204")
            connection.sendall(whole[:20])  # and then a second head that drips
            time.sleep(0.1)
            connection.sendall(whole[20:30])
            with suppress(ConnectionResetError):
                assert connection.recv(10) == b""


@contextmanager
def _uvicorn(app: Any, **other: Any) -> Iterator[int]:
    import uvicorn

    from sync.server.http import _Http

    config = uvicorn.Config(app, http=_Http, port=0, lifespan="off", log_config=None, ws="none", **other)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


# ---- logs


def test_log_lines_are_json_and_name_nobody() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs._Lines())
    logger = logging.getLogger("uvicorn.error")
    for one in (logs.LOGGER, logger):
        one.addHandler(handler)
    try:
        logs.event("answered", logging.WARNING, request="push", network=logs.network("192.0.2.77"))
        try:
            raise ValueError("Mia Chen, 030 1234567")
        except ValueError as error:
            logs.failed("request-failed", error)
            logger.error("Something of %s", "Mia Chen", exc_info=error)
    finally:
        for one in (logs.LOGGER, logger):
            one.removeHandler(handler)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == 3
    assert lines[0]["network"] == "192.0.2.0/24"
    assert lines[1]["error"] == "ValueError"
    assert "tests/sync/shell/test_parts.py:" in lines[1]["where"]
    assert "Mia" not in out.getvalue()
    assert "1234567" not in out.getvalue()


def test_networks_hide_the_computer() -> None:
    assert logs.network("2001:db8:1:2:3:4:5:6") == "2001:db8:1::/48"
    assert logs.network("unix:") == ""


def test_hello_is_the_smallest_request() -> None:
    assert write(Hello()) == b"\x80"


def test_whoever_reads_slowly_but_reads_is_not_cut_off() -> None:
    import socket

    body = bytes(4 << 20)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    with _uvicorn(app, timeout_keep_alive=1) as port, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
        read = 0
        while read < len(body):
            part = connection.recv(128 * 1024)
            assert part, f"cut off after {read}"
            read += len(part)
            time.sleep(0.04)


def test_whoever_stops_reading_is_cut_off() -> None:
    import socket

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(8 << 20)})

    with _uvicorn(app, timeout_keep_alive=1) as port, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(3.5)
        read = 0
        with suppress(ConnectionResetError):
            while part := connection.recv(1 << 20):
                read += len(part)
        assert read < 8 << 20
