"""Word that something of a company has moved, from whoever committed it to those who wait for it.

It says only which company; what moved is asked of the database. Word that is lost costs time and nothing else,
since whoever waits asks again by itself after a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, Protocol

COALESCED_S: Final = 0.05
"""Word that comes within this time wakes the waiting once: a busy company would keep them awake."""
LISTED_FOR_S: Final = 1.0
COMPANY_BYTES: Final = 32

Moved = Callable[[bytes], None]
"""Called with a company's id, on any thread."""


class News(Protocol):
    """Carries word between the processes of a server."""

    def start(self, moved: Moved) -> None:
        """From now on `moved` is called for whatever other processes publish."""
        ...

    def publish(self, companies: Collection[bytes]) -> None:
        """Tell the other processes. After the commit; never raises, never waits."""
        ...

    def close(self) -> None: ...


class Alone:
    """For a server of one process: there is nobody else to tell."""

    def start(self, moved: Moved) -> None: ...

    def publish(self, companies: Collection[bytes]) -> None: ...

    def close(self) -> None: ...


class Rooms:
    """Between processes on one machine: each has a socket in a folder, and sends to all others' there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._own = folder / f"{os.getpid()}.news"
        self._own.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._own))
        self._out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._out.setblocking(False)
        self._others: list[Path] = []
        self._listed_s = -LISTED_FOR_S
        self._thread: threading.Thread | None = None

    def start(self, moved: Moved) -> None:
        """Listen on a thread of its own."""
        self._thread = threading.Thread(target=self._listen, args=(moved,), name="news", daemon=True)
        self._thread.start()

    def publish(self, companies: Collection[bytes]) -> None:
        """To every socket in the folder but our own. One that nobody reads is left over, and removed."""
        now_s = time.monotonic()
        if now_s - self._listed_s >= LISTED_FOR_S:
            self._listed_s = now_s
            with contextlib.suppress(OSError):
                self._others = [other for other in self._folder.glob("*.news") if other != self._own]
        for other in self._others:
            self._send(other, companies)

    def close(self) -> None:
        """Stop listening."""
        if self._thread is not None:
            with contextlib.suppress(OSError):
                self._out.sendto(b"", str(self._own))
            self._thread.join(timeout=1)
        self._own.unlink(missing_ok=True)
        self._socket.close()
        self._out.close()

    def _send(self, other: Path, companies: Collection[bytes]) -> None:
        try:
            for company in companies:
                self._out.sendto(company, str(other))
        except (ConnectionRefusedError, FileNotFoundError):
            other.unlink(missing_ok=True)
            self._listed_s = -LISTED_FOR_S
        except OSError:
            pass  # its buffer is full: it has word enough

    def _listen(self, moved: Moved) -> None:
        while company := self._socket.recv(COMPANY_BYTES):
            moved(company)


class Waiting:
    """Those who wait in this process, by company. Belongs to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sleepers: dict[bytes, set[asyncio.Future[None]]] = {}
        self._due: dict[bytes, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return sum(map(len, self._sleepers.values()))

    def moved(self, company: bytes) -> None:
        """Wake a company's sleepers soon. On any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody sleeps any more
            self._loop.call_soon_threadsafe(self._coalesce, company)

    def wake_all(self) -> None:
        """Wake everybody at once, to close. On the loop's thread."""
        for company in list(self._sleepers):
            self._wake(company)

    def sleep(self, company: bytes) -> asyncio.Future[None]:
        """Done once something of the company moves. Take it before asking, so that nothing slips in between; give it
        back with `leave`."""
        sleeper: asyncio.Future[None] = self._loop.create_future()
        self._sleepers.setdefault(company, set()).add(sleeper)
        return sleeper

    def leave(self, company: bytes, sleeper: asyncio.Future[None]) -> None:
        """The sleeper waits no longer."""
        sleepers = self._sleepers.get(company, set())
        sleepers.discard(sleeper)
        if not sleepers:
            self._sleepers.pop(company, None)

    def _coalesce(self, company: bytes) -> None:
        if company in self._sleepers and company not in self._due:
            self._due[company] = self._loop.call_later(COALESCED_S, self._wake, company)

    def _wake(self, company: bytes) -> None:
        self._due.pop(company, None)
        for sleeper in self._sleepers.pop(company, ()):
            if not sleeper.done():
                sleeper.set_result(None)
