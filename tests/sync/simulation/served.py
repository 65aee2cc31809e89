"""Histories over real TLS and PostgreSQL, whose processes are killed; each founds a company of its own."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.clock import SystemClock
from app.errors import Offline
from sync.client.transport import Transport
from sync.protocol.messages import Reply, Request
from sync.protocol.problems import Problem
from tests.builders import MEMORY, _template
from tests.sync import postgres_server
from tests.sync.client.world import World
from tests.sync.server_process import ServerProcess, start_server
from tests.sync.simulation.network import Network

R = TypeVar("R", bound=Reply)

ROLES = ("rep", "manager", "rep", "owner", "clerk")
PATIENCE_S = 20.0


class Skewed(SystemClock):
    """The computer's clock, set wrong."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return max(0, super().now_ms() + self._ahead_ms)

    def forward(self, seconds: float) -> None:
        self._ahead_ms += int(seconds * 1000)


@dataclass
class House:
    """The server, its database, and what was done to them."""

    server: ServerProcess
    cluster: postgres_server.Server

    def kill(self, chance: random.Random) -> None:
        """The server's process, the database's, or both, without any warning."""
        which = chance.choice(("server", "database", "both"))
        if which != "server":
            self.cluster.kill()
        if which != "database":
            self.server.kill()
        if which != "server":
            self.cluster.start()
        if which != "database":
            self.server.start()


@contextmanager
def house() -> Iterator[House]:
    """A running server over a PostgreSQL of its own. Raises NotAvailable."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-house-"))
    try:
        with postgres_server.running({"fsync": "on"}) as cluster, cluster.database() as address:
            file = folder / "database"
            file.write_text(address + "\n")
            file.chmod(0o600)
            with start_server(
                folder / "home", options=["--trusted", "127.0.0.0/8"], init=["--database-file", str(file)]
            ) as server:
                yield House(server, cluster)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Line:
    """In the place of the relay: asks the real server, and waits where it says that it is not ready."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._transport.ask(request, token)
            except Problem as problem:
                # A database that was killed is back in a moment; connections to it are made anew.
                if problem.name not in ("failed", "closing", "too_many") or time.monotonic() > until:
                    raise
            except Offline:
                if time.monotonic() > until:
                    raise
            time.sleep(0.1)


class Served(World):
    """A company at the real server."""

    host = "localhost"
    can_be_restored = False

    def __init__(self, stack: ExitStack, chance: random.Random, of: House) -> None:
        self._house, self._chance = of, chance
        self._calm = True
        super().__init__(stack)
        for role in chance.sample(ROLES, chance.randint(2, 4)):
            self.join(role, clock=Skewed())
        for _turn in range(2):
            self.settle()
        for device in self.devices:
            device.wire.calm = False

    def founding(self) -> tuple[bytes, bytes]:
        """Another company for every history: they share one server."""
        made: tuple[bytes, bytes] = _template.__wrapped__()
        return made

    def begin(self) -> None:
        self.clock = Skewed()
        self.url, self.pin = self._house.server.url, self._house.server.pin

    def wire(self) -> Any:
        made = Network(Line(Transport(self.url, self.pin)), self._chance)  # type: ignore[arg-type]
        made.calm = True
        return made

    def admission(self) -> bytes:
        return self._house.server.admission()

    def another_clock(self) -> Skewed:
        """For one more device."""
        return Skewed()

    def restart_server(self) -> None:
        self._house.kill(self._chance)

    def check(self) -> list[Any]:
        return list(self._house.server.command("check").get("faults", []))
