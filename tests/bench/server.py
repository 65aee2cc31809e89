"""The server under load: durable batches a second beside a bare ASGI handler, and many devices that wait for news."""

from __future__ import annotations

import contextlib
import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sync.protocol.codec import MEDIA_TYPE, write, write_token
from sync.protocol.messages import Await, FetchHeads, Heads, Position, Push
from sync.server import home as homes
from tests.bench.floors import DURABLE_BATCHES
from tests.bench.report import Line, median, percentile
from tests.sync.server_process import FREE, ServerProcess, Wire, start_server
from tests.sync.shell.firm import Firm, Pen

DEVICES = 32
BODY_BYTES = 16 * 1024
PUSHES = {1: 40, 16: 8}
"""Batches in a push → pushes of each device in one run."""
WAITING = 500
ROUNDS = 5

CHILD = (sys.executable, "-m", "tests.bench.server_child")


def run(repeats: int) -> list[Line]:
    """All lines."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        lines = _durable(base, repeats)
        return lines + _waiting(base)


# ---- durable batches a second


def _durable(base: Path, repeats: int) -> list[Line]:
    """The same requests at both, by turns; the bare handler makes a row of each batch and looks into none."""
    ours: dict[int, float] = {}
    floor: dict[int, float] = {}
    lines = []
    for batches, pushes in PUSHES.items():
        with (
            start_server(base / f"server-{batches}", options=FREE) as server,
            _bare(server, base / f"bare-{batches}", batches) as port,
        ):
            found, bare, times = [], [], []
            for _ in range(repeats):
                requests = _requests(server, batches, pushes)
                count = DEVICES * pushes * batches
                pushed = _sent(base, server, server.port, requests)
                found.append(count / pushed["seconds"])
                times += pushed["ms"]
                bare.append(count / _sent(base, server, port, requests)["seconds"])
        ours[batches], floor[batches] = median(found), median(bare)
        what = "one a request" if batches == 1 else f"{batches} a request"
        lines += [
            _beside(f"durable batches of 16 KiB, {DEVICES} devices, {what}", ours[batches], floor[batches]),
            Line(f"p99 of such a request, {DEVICES} at once", percentile(times, 0.99), "ms"),
        ]
    most = max(PUSHES)
    return [*lines, _beside(f"{most} a request, beside the bare handler's one", ours[most], floor[1])]


def _beside(what: str, ours: float, floor: float) -> Line:
    limit = "Ed25519 (0.1 ms a batch), rights, the order"
    return Line(what, ours, "1/s", floor, DURABLE_BATCHES, limit)


def _requests(server: ServerProcess, batches: int, pushes: int) -> tuple[tuple[bytes, ...], ...]:
    """What the devices of a new company send."""
    firm = Firm(DEVICES)
    with Wire(server) as wire:
        firm.admitted(wire, server.admission())
        tokens = [pen.signs_in(wire) for pen in firm.pens]
    return tuple(
        tuple(_http(Push(*firm.stream, pen.batches(batches, BODY_BYTES)), token) for _ in range(pushes))
        for pen, token in zip(firm.pens, tokens, strict=True)
    )


@contextlib.contextmanager
def _bare(server: ServerProcess, folder: Path, rows: int) -> Iterator[int]:
    folder.mkdir()
    certificate = homes.Home(server.home).certificate
    arguments = [*CHILD, "bare", str(folder), str(certificate), str(rows)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield int(child.stdout.readline())
        finally:
            child.kill()


def _sent(base: Path, server: ServerProcess, port: int, requests: tuple[tuple[bytes, ...], ...]) -> Any:
    done = subprocess.run(
        [*CHILD, "push", str(_plan(base, server, port, requests))],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


# ---- devices that wait


def _waiting(base: Path) -> list[Line]:
    with start_server(base / "waiting", options=FREE) as server, Wire(server) as wire:
        firm = Firm(WAITING + 1)
        firm.admitted(wire, server.admission())
        pusher, *waiters = firm.pens
        token = pusher.signs_in(wire)
        tokens = [pen.signs_in(wire) for pen in waiters]
        before_kib = _resident_kib(server)
        heads = wire.ask(FetchHeads(), token)
        requests = tuple(
            tuple(_http(_awaiting(heads, firm, round_), token) for round_ in range(ROUNDS + 1))
            for token in tokens
        )
        plan = _plan(base, server, server.port, requests)
        with _waiters(plan) as tell:
            assert tell()["connected"] == WAITING
            latencies: list[float] = []
            held_kib = 0
            for _ in range(ROUNDS):
                assert tell("go")["sent"] == WAITING
                time.sleep(2.0)  # until all of them wait
                held_kib = max(held_kib, _resident_kib(server))
                pushed = _pushes(wire, firm, pusher, token)
                answered = tell()["at"]
                latencies += [at - pushed for at in answered]
    return [
        Line(
            f"push to news, {WAITING} devices of one company waiting, median", median(latencies) * 1000, "ms"
        ),
        Line("p99 of the same", percentile(latencies, 0.99) * 1000, "ms"),
        Line(
            "memory of a device that waits", (held_kib - before_kib) / WAITING, "KiB", limit="TLS in asyncio"
        ),
        Line("memory of the server before they came", before_kib / 1024, "MiB"),
    ]


def _pushes(wire: Wire, firm: Firm, pen: Pen, token: bytes) -> float:
    """When the push was sent."""
    request = Push(*firm.stream, pen.batches(1))
    began = time.monotonic()
    wire.ask(request, token)
    return began


def _awaiting(heads: Heads, firm: Firm, more: int) -> Await:
    """For the news after so many more batches."""
    known = tuple(
        Position(one.book, one.tier, one.position + (more if (one.book, one.tier) == firm.stream else 0))
        for one in heads.heads
    )
    return Await(known, heads.roster_length, heads.knocks, 25_000)


@contextlib.contextmanager
def _waiters(plan: Path) -> Iterator[Callable[..., Any]]:
    with subprocess.Popen(
        [*CHILD, "wait", str(plan)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:

        def tell(text: str = "") -> Any:
            assert child.stdin is not None
            assert child.stdout is not None
            if text:
                child.stdin.write(text + "\n")
                child.stdin.flush()
            return json.loads(child.stdout.readline())

        try:
            yield tell
        finally:
            child.kill()


def _resident_kib(server: ServerProcess) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def _plan(base: Path, server: ServerProcess, port: int, requests: tuple[tuple[bytes, ...], ...]) -> Path:
    file = base / "plan"
    file.write_bytes(pickle.dumps((server.host, port, str(server.authority), requests)))
    return file


def _http(request: Any, token: bytes) -> bytes:
    body = write(request)
    return (
        f"POST /v1/{request.name} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Authorization: Bearer {write_token(token)}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
