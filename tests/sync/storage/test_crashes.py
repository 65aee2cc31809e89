"""PostgreSQL killed, and its place taken by a standby, under load: no acknowledged batch is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from sync.protocol.problems import Problem
from sync.server.postgres import Postgres
from sync.server.storage import Storage
from tests.sync.postgres_server import Server, standby
from tests.sync.storage.rows import COMPANY, FIELD, begin, push

BUSY_S = 0.6
"""How long the load runs before and after something happens."""


class Load:
    """Devices that push through several nodes, again where they were refused, and note what was acknowledged."""

    def __init__(self, *nodes: Storage) -> None:
        self.acknowledged: list[tuple[int, bytes]] = []
        """Positions, of which a lost one would be given again, and bodies."""
        self.refused = 0
        self._ends = threading.Event()
        self._errors: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._push, args=(node, bytes([number]) * 16), daemon=True)
            for number, node in enumerate(nodes * 2)
        ]

    def _push(self, node: Storage, device: bytes) -> None:
        while not self._ends.is_set():
            body = device[:4] + os.urandom(200)
            try:
                self.acknowledged.append((push(node, device, [body]), body))
            except Problem:
                self.refused += 1
                time.sleep(0.02)
            except BaseException as error:
                self._errors.append(error)
                return

    @contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in self._threads:
                thread.join(30)
        assert not any(thread.is_alive() for thread in self._threads)
        if self._errors:
            raise self._errors[0]

    def more(self, count: int = 10, seconds: float = 30) -> None:
        """Until so many more have been acknowledged."""
        wanted, until = len(self.acknowledged) + count, time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, "nothing is acknowledged any more"
            time.sleep(0.01)


def held(storage: Storage) -> dict[int, bytes]:
    """What is there, in one order without a gap."""
    with storage.reading() as tx:
        rows = list(tx.batches(COMPANY, FIELD, 0, 1_000_000))
        stream = tx.stream(COMPANY, FIELD)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert stream is not None and stream.position == len(rows)
    for device in {row.device for row in rows}:
        sequences = [row.sequence for row in rows if row.device == device]
        assert sequences == list(range(1, len(sequences) + 1))
    return {row.position: row.body or b"" for row in rows}


def test_a_killed_postgresql_loses_no_acknowledged_batch(postgres_of_our_own: Server) -> None:
    server = postgres_of_our_own
    address = server.address("postgres")
    with closing(Postgres.open(address)) as one, closing(Postgres.open(address)) as other:
        begin(one)
        load = Load(one, other)
        with load.running():
            for _ in range(2):
                load.more(30)
                server.kill()
                server.start()
            load.more()
        there = held(one)
    assert load.refused
    assert [one for one in load.acknowledged if there.get(one[0]) != one[1]] == []


@pytest.fixture
def pair(postgres_of_our_own: Server) -> Iterator[tuple[Server, Server, str]]:
    """A primary, its standby, and the address that names both."""
    first = postgres_of_our_own
    with standby(first) as second:
        hosts = f"127.0.0.1:{first.port},127.0.0.1:{second.port}"
        yield first, second, first.address("postgres").replace(f"127.0.0.1:{first.port}", hosts)


def test_a_failover_to_a_synchronous_standby_loses_no_acknowledged_batch(
    pair: tuple[Server, Server, str],
) -> None:
    primary, second, address = pair
    primary.be_synchronous("standby")
    with closing(Postgres.open(address)) as one, closing(Postgres.open(address)) as other:
        begin(one)
        load = Load(one, other)
        with load.running():
            load.more(60)
            primary.kill()
            second.promote()
            load.more(seconds=60)
        there = held(one)
    assert [one for one in load.acknowledged if there.get(one[0]) != one[1]] == []


def test_while_the_synchronous_standby_is_silent_nothing_is_acknowledged(
    pair: tuple[Server, Server, str],
) -> None:
    primary, second, address = pair
    primary.be_synchronous("standby")
    with closing(Postgres.open(address)) as node:
        begin(node)
        load = Load(node)
        with load.running():
            load.more(10)
            with stopped(second):
                time.sleep(0.2)  # what had been received is acknowledged yet
                before = len(load.acknowledged)
                time.sleep(0.5)
                assert len(load.acknowledged) == before
            load.more()


def test_a_standby_answers_questions_and_takes_no_writes(pair: tuple[Server, Server, str]) -> None:
    primary, second, address = pair
    with closing(Postgres.open(address)) as node:
        begin(node)
        primary.be_synchronous("standby")
        push(node, b"\x01" * 16, [b"x"])
        alone = Postgres(second.address("postgres"))
        with closing(alone):
            until = time.monotonic() + 20
            while not _has_come(alone):
                assert time.monotonic() < until
                time.sleep(0.02)
            with pytest.raises(Problem) as refused:
                push(alone, b"\x01" * 16, [b"x"])
            assert refused.value.name == "failed" and refused.value.again


def _has_come(storage: Storage) -> bool:
    """Whether the standby shows the first batch by now; at first it may not even have the tables."""
    with suppress(psycopg.errors.UndefinedTable), storage.reading() as tx:
        return tx.batch(COMPANY, FIELD, 1) is not None
    return False


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """Its receiver of the primary's log stands still."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii").split()
    receivers = [
        int(child) for child in children if b"walreceiver" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    assert receivers
    for pid in receivers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in receivers:
            with suppress(ProcessLookupError):  # killed meanwhile
                os.kill(pid, signal.SIGCONT)
