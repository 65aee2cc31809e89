"""What was acknowledged stays, whatever happens to the server's processes."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from app.errors import Offline
from sync.protocol.messages import Await, FetchHeads, Position, Pull, Push, Receipt, SentBatch
from sync.protocol.problems import Problem
from tests.sync.server_process import ServerProcess, Wire, start_server
from tests.sync.shell.firm import Firm, Pen


class Pusher(threading.Thread):
    """A device that pushes without a pause, repeats what was not acknowledged, and remembers what was."""

    def __init__(self, server: ServerProcess, pen: Pen) -> None:
        super().__init__(daemon=True)
        self.server, self.pen = server, pen
        self.acknowledged: list[tuple[Receipt, SentBatch]] = []
        self.refused: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        pending: tuple[SentBatch, ...] = ()
        token: bytes | None = None
        wire = Wire(self.server)
        while not self.stopping.is_set():
            try:
                token = token or self.pen.signs_in(wire)
                pending = pending or self.pen.batches(random.randint(1, 4))
                pushed = wire.ask(Push(*self.pen.firm.stream, pending), token)
                self.acknowledged += zip(pushed.receipts, pending, strict=True)
                pending = ()
            except Offline:
                time.sleep(0.02)
            except Problem as problem:
                self.refused.append(problem.name)
                if problem.name == "no_session":
                    token = None
                time.sleep(0.02)
        wire.close()

    def end(self) -> None:
        self.stopping.set()
        self.join(30)


def _everything_is_there(server: ServerProcess, firm: Firm, pushers: list[Pusher]) -> None:
    with Wire(server) as wire:
        token = firm.pens[0].signs_in(wire)
        held: dict[int, tuple[bytes, bytes]] = {}
        while batches := wire.ask(Pull(*firm.stream, len(held), with_own=True), token).batches:
            for batch in batches:
                held[len(held) + 1] = (batch.header, batch.body)
    acknowledged = [pair for pusher in pushers for pair in pusher.acknowledged]
    assert acknowledged
    for receipt, sent in acknowledged:
        assert held[receipt.position] == (sent.header, sent.body)
    assert {pusher.pen.id: pusher.refused for pusher in pushers if set(pusher.refused) - TOLERATED} == {}


TOLERATED = {"closing", "no_session"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_kill_in_the_middle_of_pushes_loses_nothing_that_was_acknowledged(
    tmp_path: Path, workers: str
) -> None:
    with start_server(tmp_path / "server", options=["--workers", workers]) as server:
        firm = _admitted(server, 3)
        pushers = [Pusher(server, pen) for pen in firm.pens]
        for pusher in pushers:
            pusher.start()
        for _ in range(3):
            time.sleep(random.uniform(0.2, 0.6))
            server.kill()
            server.start()
        time.sleep(0.3)
        for pusher in pushers:
            pusher.end()
        _everything_is_there(server, firm, pushers)
        server.stop()
        assert server.command("check")["faults"] == []


def test_an_end_in_good_order_answers_what_it_accepted(tmp_path: Path) -> None:
    with start_server(tmp_path / "server") as server:
        firm = _admitted(server, 3)
        pushers = [Pusher(server, pen) for pen in firm.pens]
        waiter = _Waiter(server, firm)
        for thread in (waiter, *pushers):
            thread.start()
        time.sleep(0.6)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10
        waiter.join(5)
        assert waiter.outcome in {"news", "closing"}
        server.start()
        time.sleep(0.2)
        for pusher in pushers:
            pusher.end()
        _everything_is_there(server, firm, pushers)


def test_several_processes_share_the_work_and_the_news(tmp_path: Path) -> None:
    with start_server(tmp_path / "server", options=["--workers", "2"]) as server:
        firm = _admitted(server, 8)
        children = _children(server)
        assert len(children) == 2
        with Wire(server) as wire:
            first = firm.pens[0]
            token = first.signs_in(wire)
            waiters = [_Waiter(server, firm, pen) for pen in firm.pens[1:]]
            for waiter in waiters:
                waiter.start()
            time.sleep(1.0)
            began = time.monotonic()
            wire.ask(Push(*firm.stream, first.batches(1)), token)
            for waiter in waiters:
                waiter.join(10)
            assert [waiter.outcome for waiter in waiters] == ["news"] * 7
            assert time.monotonic() - began < 3
            # Whichever process is asked, it counts for all.
            _status, text = wire.get("/metrics")
            assert b'provender_requests_total{request="await",status="200"} 7.0' in text
            assert b'provender_requests_total{request="push",status="200"} 1.0' in text
            assert b"provender_waiting 0.0" in text
        os.kill(children[0], signal.SIGKILL)
        until = time.monotonic() + 10
        while len(_children(server)) < 2 or children[0] in _children(server):
            assert time.monotonic() < until
            time.sleep(0.05)
        with Wire(server) as wire:
            wire.ask(Push(*firm.stream, first.batches(1)), first.signs_in(wire))
        assert server.stop() == 0


def test_nothing_goes_on_when_the_first_process_was_killed(tmp_path: Path) -> None:
    with start_server(tmp_path / "server", options=["--workers", "2"]) as server:
        children = _children(server)
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGKILL)
        until = time.monotonic() + 15
        while any(map(_is_alive, children)):
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_only_one_server_runs_in_a_home(tmp_path: Path, workers: str) -> None:
    with start_server(tmp_path / "server", options=["--workers", workers]) as server:
        refused = server.command("run", "--listen", "127.0.0.1:0", status=1)
        assert refused["error"]["code"] == "locked"


class _Waiter(threading.Thread):
    """A device that waits for news once."""

    def __init__(self, server: ServerProcess, firm: Firm, pen: Pen | None = None) -> None:
        super().__init__(daemon=True)
        self.server, self.firm, self.pen = server, firm, pen or firm.pens[-1]
        self.outcome = ""

    def run(self) -> None:
        with Wire(self.server) as wire, contextlib.suppress(Offline):
            token = self.pen.signs_in(wire)
            heads = wire.ask(FetchHeads(), token)
            known = tuple(Position(head.book, head.tier, head.position) for head in heads.heads)
            try:
                wire.ask(Await(known, heads.roster_length, heads.knocks, 25_000), token)
                self.outcome = "news"
            except Problem as problem:
                self.outcome = problem.name


def _admitted(server: ServerProcess, devices: int) -> Firm:
    firm = Firm(devices)
    with Wire(server) as wire:
        firm.admitted(wire, server.admission())
    return firm


def _children(server: ServerProcess) -> list[int]:
    """The serving processes; multiprocessing's own helper is none."""
    assert server.process is not None
    pid = server.process.pid
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
