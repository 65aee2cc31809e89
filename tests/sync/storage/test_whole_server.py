"""A real server over TLS, with PostgreSQL killed beneath it and its place taken by a standby, under load."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Offline
from app.model import chain as chains
from sync.protocol.messages import Pull, Pulled, Push
from sync.protocol.problems import Problem
from tests.sync.postgres_server import Server
from tests.sync.server_process import ServerProcess, Wire, start_server
from tests.sync.shell.firm import Firm, Pen
from tests.sync.storage.test_crashes import pair

__all__ = ["pair"]


class Devices:
    """Devices that push one batch after the other, each again until it is acknowledged."""

    def __init__(self, server: ServerProcess, count: int = 3) -> None:
        self.server, self.firm = server, Firm(count)
        with Wire(server) as wire:
            self.firm.admitted(wire, server.admission())
        self.acknowledged: list[tuple[int, bytes]] = []
        """Positions, of which a lost one would be given again, and headers."""
        self.troubles = 0
        self._ends = threading.Event()
        self._errors: list[BaseException] = []

    def _push(self, pen: Pen) -> None:
        with Wire(self.server) as wire:
            token = b""
            while not self._ends.is_set():
                batches = pen.batches(2)
                while not self._ends.is_set():
                    try:
                        token = token or pen.signs_in(wire)
                        receipts = wire.ask(Push(*self.firm.stream, batches), token).receipts
                        for batch, receipt in zip(batches, receipts, strict=True):
                            self.acknowledged.append((receipt.position, batch.header))
                        break
                    except Offline:
                        self.troubles += 1
                    except Problem as problem:
                        assert problem.again, problem.name
                        self.troubles += 1
                        token = b"" if problem.name == "no_session" else token
                    time.sleep(0.05)

    def _guarded(self, pen: Pen) -> None:
        try:
            self._push(pen)
        except BaseException as error:
            self._errors.append(error)

    @contextmanager
    def busy(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._guarded, args=(pen,), daemon=True) for pen in self.firm.pens]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join(60)
        if self._errors:
            raise self._errors[0]

    def more(self, count: int = 20, seconds: float = 60) -> None:
        """Until so many more have been acknowledged."""
        wanted, until = len(self.acknowledged) + count, time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until and not self._errors, (
                self._errors or "nothing is acknowledged any more"
            )
            time.sleep(0.02)

    def held(self) -> dict[int, bytes]:
        """What the server has, whose heads lead to the one that it signs."""
        found: dict[int, bytes] = {}
        with Wire(self.server) as wire:
            token = self.firm.pens[0].signs_in(wire)
            head = chains.origin(self.firm.roster.company, self.firm.stream)
            while True:
                pulled: Pulled = wire.ask(Pull(*self.firm.stream, len(found), with_own=True), token)
                for batch in pulled.batches:
                    found[len(found) + 1] = batch.header
                    head = chains.next_head(head, chains.hash_of(batch.header), batch.receipt_ms)
                if not pulled.batches:
                    break
        assert (pulled.head.position, pulled.head.head) == (len(found), head)
        return found


@contextmanager
def over(folder: Path, address: str) -> Iterator[ServerProcess]:
    """A server whose rows are at that address."""
    file = folder / "address"
    file.write_text(address + "\n", "utf-8")
    file.chmod(0o600)
    with start_server(folder / "server", init=["--database-file", str(file)]) as server:
        yield server


def is_ready(server: ServerProcess) -> bool:
    connection = http.client.HTTPSConnection(
        "127.0.0.1", server.port, timeout=20, context=ssl._create_unverified_context()
    )
    connection.request("GET", "/readyz")
    status = connection.getresponse().status
    connection.close()
    assert status in {200, 503}
    return status == 200


def eventually(claim: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_server_outlives_its_postgresql(tmp_path: Path, postgres_of_our_own: Server) -> None:
    database = postgres_of_our_own
    with over(tmp_path, database.address("postgres")) as server:
        devices = Devices(server)
        with devices.busy():
            devices.more()
            database.kill()
            eventually(lambda: not is_ready(server))
            database.start()
            eventually(lambda: is_ready(server))
            devices.more()
        held = devices.held()
        assert server.process is not None and server.process.poll() is None
    assert devices.troubles
    assert [one for one in devices.acknowledged if held.get(one[0]) != one[1]] == []


def test_a_server_follows_a_failover(tmp_path: Path, pair: tuple[Server, Server, str]) -> None:
    primary, second, address = pair
    primary.be_synchronous("standby")
    with over(tmp_path, address) as server:
        devices = Devices(server)
        with devices.busy():
            devices.more()
            primary.kill()
            second.promote()
            devices.more()
        held = devices.held()
    assert [one for one in devices.acknowledged if held.get(one[0]) != one[1]] == []
