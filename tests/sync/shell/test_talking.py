"""A device and a server in a process of its own, over TLS: what is asked is answered, and what came is kept."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.codec import MEDIA_TYPE, read_problem, write
from sync.protocol.messages import (
    MOST_REQUEST_BYTES,
    PROTOCOL,
    Await,
    FetchHeads,
    Hello,
    News,
    Position,
    Pull,
    Push,
)
from sync.protocol.problems import Problem
from tests.sync.server_process import HOST, ServerProcess, Wire, start_server
from tests.sync.shell.firm import Firm


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with start_server(tmp_path_factory.mktemp("shell") / "server") as server:
        yield server


@pytest.fixture
def wire(server: ServerProcess) -> Iterator[Wire]:
    with Wire(server) as wire:
        yield wire


@pytest.fixture
def firm(server: ServerProcess, wire: Wire) -> Firm:
    firm = Firm(devices=2)
    firm.admitted(wire, server.admission())
    return firm


def test_hello_comes_back(wire: Wire) -> None:
    welcome = wire.ask(Hello())
    assert (welcome.protocol, welcome.host) == (PROTOCOL, HOST)


def test_what_one_device_pushes_another_pulls(wire: Wire, firm: Firm) -> None:
    first, second = firm.pens
    sent = first.batches(3)
    pushed = wire.ask(Push(*firm.stream, sent), first.signs_in(wire))
    assert [receipt.position for receipt in pushed.receipts] == [1, 2, 3]
    pulled = wire.ask(Pull(*firm.stream, 0), second.signs_in(wire))
    assert [batch.body for batch in pulled.batches] == [batch.body for batch in sent]


def test_whoever_waits_hears_at_once(server: ServerProcess, wire: Wire, firm: Firm) -> None:
    first, second = firm.pens
    heads = wire.ask(FetchHeads(), first.signs_in(wire))
    known = tuple(Position(head.book, head.tier, head.position) for head in heads.heads)
    heard: list[tuple[float, News]] = []

    def wait() -> None:
        with Wire(server) as own:
            token = second.signs_in(own)
            began = time.monotonic()
            news = own.ask(Await(known, heads.roster_length, heads.knocks, 20_000), token)
            heard.append((time.monotonic() - began, news))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.5)
    wire.ask(Push(*firm.stream, first.batches(1)), first.signs_in(wire))
    waiting.join(10)
    seconds, news = heard[0]
    assert 0.2 < seconds < 3
    assert news.positions == (Position(*firm.stream, 1),)


def test_nothing_new_is_said_after_the_wait(wire: Wire, firm: Firm) -> None:
    token = firm.pens[0].signs_in(wire)
    heads = wire.ask(FetchHeads(), token)
    known = tuple(Position(head.book, head.tier, head.position) for head in heads.heads)
    began = time.monotonic()
    news = wire.ask(Await(known, heads.roster_length, heads.knocks, 300), token)
    assert (news.positions, news.roster_length) == ((), heads.roster_length)
    assert 0.25 < time.monotonic() - began < 5


def test_a_token_that_was_made_up_is_refused(wire: Wire, firm: Firm) -> None:
    for token in (b"x" * 64, firm.roster.company + b"x" * 32, b"", b"short"):
        with pytest.raises(Problem) as refused:
            wire.ask(FetchHeads(), token)
        assert refused.value.name == "no_session"
    with pytest.raises(Problem) as refused:
        wire.ask(FetchHeads())
    assert refused.value.name == "no_session"


def test_garbage_is_refused_by_name(wire: Wire) -> None:
    def answered(path: str, body: bytes) -> str:
        return read_problem(wire.post(path, body)[1]).name

    assert answered("/v1/hello", b"") == "malformed"
    assert answered("/v1/hello", b"\xff\x00garbage") == "malformed"
    assert answered("/v1/hello", b"\xde\x00\x00") == "malformed"  # an empty map, in a longer form
    assert answered("/v1/challenge", write(Hello())) == "malformed"
    assert answered("/v1/nonsense", write(Hello())) == "unknown_request"


def test_too_large_a_body_is_refused_before_it_is_read(server: ServerProcess) -> None:
    head = f"POST /v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {{}}\r\n\r\n"
    with _connected(server) as connection:
        connection.sendall(head.format(MOST_REQUEST_BYTES + 1).encode())  # and not one byte of it
        answer = _answer(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert read_problem(answer.partition(b"\r\n\r\n")[2]).name == "too_large"


def test_too_large_a_body_without_a_length_is_cut_off(server: ServerProcess) -> None:
    head = f"POST /v1/admit HTTP/1.1\r\nHost: x\r\nContent-Type: {MEDIA_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with _connected(server) as connection:
        connection.sendall(head.encode())
        with contextlib.suppress(OSError):  # it hangs up when it has seen enough
            for _ in range(MOST_REQUEST_BYTES // 0x10000 + 1):
                connection.sendall(chunk)
        answer = _answer(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("name", "size", "problem"),
    [("push", MOST_REQUEST_BYTES, "no_session"), ("knock", 64 * 1024, "too_large")],
)
def test_strangers_get_no_room_for_large_bodies(
    server: ServerProcess, name: str, size: int, problem: str
) -> None:
    head = (
        f"POST /v1/{name} HTTP/1.1\r\nHost: x\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {size}\r\n\r\n"
    )
    with _connected(server) as connection:
        connection.sendall(head.encode())  # and not one byte of it
        answer = _answer(connection)
    assert read_problem(answer.partition(b"\r\n\r\n")[2]).name == problem


def test_only_post_asks_anything(server: ServerProcess) -> None:
    with _connected(server) as connection:
        connection.sendall(b"GET /v1/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = _answer(connection)
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"allow: POST" in answer


def test_nobody_is_sent_elsewhere(server: ServerProcess) -> None:
    for path in ("/v1/hello/", "//v1/hello", "/V1/HELLO", "/v1"):
        with _connected(server) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert b" 404 " in _answer(connection).splitlines()[0] + b" "


def test_the_authority_is_the_one_that_was_pinned(server: ServerProcess) -> None:
    with _connected(server) as connection:
        connection.sendall(b"GET /authority HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        der = _answer(connection).partition(b"\r\n\r\n")[2]
    assert hashlib.sha256(der).digest() == server.pin


def test_logs_and_metrics_name_nobody(server: ServerProcess, wire: Wire, firm: Firm) -> None:
    token = firm.pens[0].signs_in(wire)
    wire.ask(Push(*firm.stream, firm.pens[0].batches(1)), token)
    with pytest.raises(Problem):
        wire.ask(Pull(b"x" * 16, 0, 0), token)
    with _connected(server) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        metrics = _answer(connection).decode()
    assert 'provender_requests_total{request="push",status="200"}' in metrics
    said = metrics + "".join(server.log)
    for secret in (firm.roster.company, firm.pens[0].id, token, firm.stream.book):
        assert secret.hex() not in said.lower()
    assert "127.0.0.1" not in said
    assert any('"status": 403' in line for line in server.log)


def test_a_device_that_asks_too_often_waits_and_nobody_else(tmp_path: Path) -> None:
    options = ["--rate", "device=2:5", "--rate", "company=100:100"]
    with start_server(tmp_path / "server", options=options) as server, Wire(server) as wire:
        firm = Firm(devices=2)
        firm.admitted(wire, server.admission())
        hasty, calm = (pen.signs_in(wire) for pen in firm.pens)
        with pytest.raises(Problem) as refused:
            for _ in range(10):
                wire.ask(FetchHeads(), hasty)
        assert (refused.value.name, refused.value.again) == ("too_many", True)
        assert 0 < refused.value.after_ms <= 1_000
        assert wire.ask(FetchHeads(), calm)
        time.sleep(refused.value.after_ms / 1000)
        assert wire.ask(FetchHeads(), hasty)


def _connected(server: ServerProcess) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(server.authority))
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    return context.wrap_socket(raw, server_hostname=server.host)


def _answer(connection: ssl.SSLSocket) -> bytes:
    parts: list[bytes] = []
    while True:
        try:
            part = connection.recv(65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
