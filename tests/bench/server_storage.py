"""What a change costs the server as its log grows: time to push and to pull, bytes on the disk, memory.

Real servers over TLS, on the embedded database and on PostgreSQL; one device that pushes batches of 100 changes, and
pulls them again. A server whose log grows is measured by turns with one whose log stays small.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from sync.protocol.messages import Pull, Push
from sync.protocol.problems import Problem
from sync.server import home as homes
from tests.bench.floors import SERVER_FLAT, SERVER_MEMORY
from tests.bench.report import Line, median
from tests.sync import postgres_server
from tests.sync.server_process import ServerProcess, Wire, start_server
from tests.sync.shell.firm import Firm

SIZES = (10_000, 100_000, 1_000_000)
"""Changes in the log: of the server that stays small, and of the one beside it that grows."""
CHANGES = 100
"""In a batch, of which sealing makes so many bytes:"""
BODY_BYTES = 5_400
FILLING, AT_ONCE = 32, 4
"""Batches in a push, while the log is filled and while it is timed."""
PULLED_BYTES = 400_000
TIMED = 15
"""Pushes, and pulls, of which the median is told."""
CLUSTER = {"fsync": "on", "shared_buffers": "256MB"}
FREE = ("--rate", "device=1e5:1e6", "--rate", "company=1e5:1e6", "--rate", "address=1e5:1e6")


class Point(NamedTuple):
    """What was measured of a server, in microseconds a change and in MiB."""

    changes: int
    push_us: float
    pull_us: float
    resident_mib: float


class Grown(NamedTuple):
    """The growing server at one size, and the small one measured by turns with it."""

    small: Point
    large: Point


def run(sizes: Sequence[int] = SIZES) -> list[Line]:
    """All lines."""
    with tempfile.TemporaryDirectory() as folder:
        lines = _embedded(Path(folder), sizes)
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_server.running(CLUSTER) as small,
        postgres_server.running(CLUSTER) as large,
    ):
        return lines + _postgres(Path(folder), small, large, sizes)


def _embedded(folder: Path, sizes: Sequence[int]) -> list[Line]:
    with (
        start_server(folder / "small", options=FREE) as small,
        start_server(folder / "large", options=FREE) as large,
    ):
        database = homes.Home(large.home).database
        growing = Growing(large)
        empty = database.stat().st_size
        points = _grown(Growing(small), growing, sizes)
        large.stop()  # the write-ahead log becomes part of the file
        stored = database.stat().st_size - empty
    return _lines("embedded", points, stored, growing)


def _postgres(
    folder: Path, beside: postgres_server.Server, cluster: postgres_server.Server, sizes: Sequence[int]
) -> list[Line]:
    def begun(name: str, at: postgres_server.Server) -> AbstractContextManager[ServerProcess]:
        address = folder / f"{name}-address"
        address.write_text(at.address("postgres") + "\n", "utf-8")
        address.chmod(0o600)
        return start_server(folder / name, init=["--database-file", str(address)], options=FREE)

    def size() -> int:
        with cluster.connect() as connection:
            connection.execute("VACUUM")
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row
        return int(row[0])

    with begun("small", beside) as small, begun("large", cluster) as large:
        growing = Growing(large)
        empty = size()
        points = _grown(Growing(small), growing, sizes)
        stored = size() - empty
    return _lines("PostgreSQL", points, stored, growing)


def _grown(small: Growing, large: Growing, sizes: Sequence[int]) -> list[Grown]:
    small.fill(sizes[0])
    points = []
    for size in sizes[1:]:
        large.fill(size)
        both = (small, large)
        pushes = [[one.push(AT_ONCE) for one in both] for _ in range(TIMED)]
        pulls = [[one.pull(nth / TIMED) for one in both] for nth in range(TIMED)]
        points.append(
            Grown(
                *(
                    Point(one.changes, median(push), median(pull), one.resident_mib())
                    for one, push, pull in zip(
                        both, zip(*pushes, strict=True), zip(*pulls, strict=True), strict=True
                    )
                )
            )
        )
    return points


class Growing:
    """A company with one device, whose log grows."""

    def __init__(self, server: ServerProcess) -> None:
        self.server, self.wire = server, Wire(server)
        self.firm = Firm()
        self.firm.admitted(self.wire, server.admission())
        self.pen = self.firm.pens[0]
        self.token = self.pen.signs_in(self.wire)
        self.batches = self.sealed_bytes = 0

    @property
    def changes(self) -> int:
        return self.batches * CHANGES

    def fill(self, changes: int) -> None:
        """Grow to so many changes, less those that will be timed."""
        while self.batches + FILLING + TIMED * AT_ONCE <= changes // CHANGES:
            self.push(FILLING)

    def push(self, count: int) -> float:
        """Microseconds a change."""
        batches = self.pen.batches(count, BODY_BYTES)
        self.batches += count
        self.sealed_bytes += sum(
            len(batch.header) + len(batch.signature) + len(batch.body) for batch in batches
        )
        taken = self._timed(lambda: self.wire.ask(Push(*self.firm.stream, batches), self.token))
        return taken * 1e6 / (count * CHANGES)

    def pull(self, share: float) -> float:
        """Microseconds a change, of the answer that begins after this share of the log."""
        after = int((self.batches - FILLING * 8) * share) if self.batches > FILLING * 8 else 0
        count = 0

        def pull() -> None:
            nonlocal count
            pulled = self.wire.ask(
                Pull(*self.firm.stream, after, most_bytes=PULLED_BYTES, with_own=True), self.token
            )
            count = len(pulled.batches)

        return self._timed(pull) * 1e6 / (count * CHANGES)

    def _timed(self, work: Callable[[], object]) -> float:
        while True:
            began = time.perf_counter()
            try:
                work()
            except Problem as problem:
                if problem.name != "no_session":
                    raise
                self.token = self.pen.signs_in(self.wire)
            else:
                return time.perf_counter() - began

    def resident_mib(self) -> float:
        assert self.server.process is not None
        status = Path(f"/proc/{self.server.process.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _lines(name: str, points: Sequence[Grown], stored: int, growing: Growing) -> list[Line]:
    lines = []
    for small, large in points:
        log = f"with {large.changes:,} in the log, beside {small.changes:,}"
        memory = SERVER_MEMORY if large.changes <= 100_000 else None
        lines += [
            Line(f"{name}: a change pushed, {log}", large.push_us, "µs", small.push_us, SERVER_FLAT),
            Line(
                f"{name}: a change pulled, {log}",
                large.pull_us,
                "µs",
                small.pull_us,
                SERVER_FLAT,
                "the small log is in memory" if name == "embedded" else "",
            ),
            Line(
                f"{name}: memory of the server, {log}", large.resident_mib, "MiB", small.resident_mib, memory
            ),
        ]
    lines.append(
        Line(
            f"{name}: bytes a change on the disk, beside what was sent", stored / growing.changes, "B",
            growing.sealed_bytes / growing.changes, None, "heads, keys, pages",
        )
    )  # fmt: skip
    return lines
