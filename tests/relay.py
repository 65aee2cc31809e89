"""A server in memory for tests of everything else: the real rules over a real database, and a network that can fail.

relay = Relay(tmp_path)
wire = relay.wire()          # what one device talks through
wire.offline = True          # until it is False again
wire.lose(Push)              # the next push arrives, its reply does not
wire.drop(Push)              # the next push does not even arrive
wire.repeat(Push)            # the next push arrives twice
relay.bend(Pull, function)   # what every reply to a pull becomes, until `relay.straight()`
state = relay.snapshot(); …; relay.restore(state)     # a backup, and a server that was brought back from it
relay.clock.forward(60)
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from app.clock import FakeClock
from app.errors import Offline
from app.model.statements import Verify
from sync.protocol.codec import read_reply, read_request, write
from sync.protocol.messages import HandedBatch, Pulled, Reply, Request
from sync.server import auth
from sync.server.auth import Nonces, Signer
from sync.server.embedded import Embedded
from sync.server.service import Limits, Server
from sync.server.storage import Objects, Storage

R = TypeVar("R", bound=Reply)
Bend = Callable[[Any, Any], Any]
"""(request, reply) → another reply; or it raises what the device is to see."""

SEED = b"relay" * 6 + b"!!"
KEY = b"k" * 32
HOST = "relay.test"


class Shelf:
    """Objects in memory."""

    def __init__(self) -> None:
        self.held: dict[tuple[bytes, bytes, int], bytes] = {}

    def put(self, company: bytes, object_: bytes, index: int, data: bytes) -> None:
        self.held[company, object_, index] = data

    def get(self, company: bytes, object_: bytes, index: int) -> bytes | None:
        return self.held.get((company, object_, index))

    def remove(self, company: bytes, object_: bytes, count: int) -> None:
        for index in range(count):
            self.held.pop((company, object_, index), None)

    def remove_company(self, company: bytes) -> None:
        for key in [key for key in self.held if key[0] == company]:
            del self.held[key]


@dataclass(frozen=True)
class State:
    """A backup: the database's file and the objects."""

    path: Path
    held: dict[tuple[bytes, bytes, int], bytes]


class Relay:
    """The server. `wire()` gives each device a network of its own."""

    def __init__(
        self,
        folder: Path,
        clock: FakeClock | None = None,
        *,
        limits: Limits | None = None,
        seed: bytes = SEED,
        verify: Verify = auth.verify,
        storage: Storage | None = None,
    ) -> None:
        """`verify`: tests of the rules alone give their devices toy signatures. `storage`: another database than
        the embedded one; such a relay is neither restarted nor restored."""
        self.folder, self.limits, self.seed, self.verify = folder, limits, seed, verify
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = clock or FakeClock()
        self.objects: Objects = Shelf()
        self.asked: Counter[str] = Counter()
        self.down = False
        self._bends: list[tuple[type[Request[Any]] | None, Bend]] = []
        self._states = 0
        self.storage: Storage = storage or Embedded.create(folder / "server.db", KEY)
        self._begin()

    def _begin(self) -> None:
        self.signer = Signer(self.seed)
        nonces = Nonces(self.seed, self.clock)
        self.server = Server(
            self.storage, self.objects, self.clock, self.signer, self.verify, HOST, nonces, self.limits
        )

    def wire(self) -> Wire:
        """What one device talks through."""
        return Wire(self)

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        """The reply of a server that nothing happens to but its bends. Everything goes through its bytes."""
        if self.down:
            raise Offline("The server is down.")
        self.asked[request.name] += 1
        understood = read_request(request.name, write(request))
        reply: Any = self.server.ask(understood, token)
        for kind, bend in self._bends:
            if kind is None or isinstance(request, kind):
                reply = bend(request, reply)
        return cast("R", read_reply(request.reply, write(reply)))

    def admission(self) -> bytes:
        """A token with which one company may come."""
        token = os.urandom(32)
        with self.storage.writing() as tx:
            tx.add_admission(hashlib.sha256(token).digest(), self.clock.now_ms() + 7 * 24 * 3600 * 1000)
        return token

    # ---- a server that lies

    def bend(self, kind: type[Request[Any]] | None, bend: Bend) -> None:
        """Alter replies to one kind of request, or to all."""
        self._bends.append((kind, bend))

    def straight(self) -> None:
        """Lie no longer."""
        self._bends.clear()

    # ---- a server that fails

    def restart(self) -> None:
        """As after a kill: everything in memory is gone, what was committed is there."""
        self.storage.close()
        self.storage = Embedded.open(self.folder / "server.db", KEY)
        self._begin()

    def snapshot(self) -> State:
        """A backup, of which the devices hear nothing (`kept` stays as it is)."""
        self._states += 1
        path = self.folder / f"backup-{self._states}.db"
        self.storage.backup_to(path)
        return State(path, dict(cast("Shelf", self.objects).held))

    def restore(self, state: State, *, told: bool = True) -> None:
        """Bring the server back from a backup. `told`: with the operator's command, which notes that it was."""
        self.storage.close()
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                (self.folder / f"server.db{suffix}").unlink()
        shutil.copyfile(state.path, self.folder / "server.db")
        cast("Shelf", self.objects).held = dict(state.held)
        self.storage = Embedded.open(self.folder / "server.db", KEY)
        self._begin()
        if told:
            with self.storage.writing() as tx:
                for company in tx.companies():
                    tx.set_restored(company, self.clock.now_ms())

    def close(self) -> None:
        self.storage.close()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class Wire:
    """One device's network: a Service that can be cut, lose, repeat and bend what passes."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.offline = False
        self.asked: list[Request[Any]] = []
        self._faults: list[tuple[str, type[Request[Any]] | None, int]] = []
        self._bends: list[tuple[type[Request[Any]] | None, Bend]] = []

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        self.asked.append(request)
        if self.offline or self._happens("drop", request):
            raise Offline("There is no network.")
        if self._happens("repeat", request):
            with suppress(Exception):
                self.relay.ask(request, token)
        reply = self.relay.ask(request, token)
        if self._happens("lose", request):
            raise Offline("The reply was lost.")
        for kind, bend in self._bends:
            if kind is None or isinstance(request, kind):
                reply = bend(request, reply)
        return reply

    def lose(self, kind: type[Request[Any]] | None = None, times: int = 1) -> None:
        """The next requests of this kind arrive, their replies do not."""
        self._faults.append(("lose", kind, times))

    def drop(self, kind: type[Request[Any]] | None = None, times: int = 1) -> None:
        """The next requests of this kind do not arrive."""
        self._faults.append(("drop", kind, times))

    def repeat(self, kind: type[Request[Any]] | None = None, times: int = 1) -> None:
        """The next requests of this kind arrive twice."""
        self._faults.append(("repeat", kind, times))

    def bend(self, kind: type[Request[Any]] | None, bend: Bend) -> None:
        """Alter replies to one kind of request on this wire alone."""
        self._bends.append((kind, bend))

    def straight(self) -> None:
        """No more faults."""
        self.offline = False
        self._faults.clear()
        self._bends.clear()

    def _happens(self, fault: str, request: Request[Any]) -> bool:
        for at, (name, kind, times) in enumerate(self._faults):
            if name == fault and (kind is None or isinstance(request, kind)):
                if times > 1:
                    self._faults[at] = (name, kind, times - 1)
                else:
                    del self._faults[at]
                return True
        return False


# ---- lies about batches, for `bend(Pull, …)`


def batches(change: Callable[[list[HandedBatch]], Iterable[HandedBatch]]) -> Bend:
    """Replies to pulls with other batches: `relay.bend(Pull, batches(lambda them: them[::-1]))`."""

    def bend(_request: Any, reply: Pulled) -> Pulled:
        return Pulled(tuple(change(list(reply.batches))), reply.head, reply.whole_from)

    return bend


def altered_body(batch: HandedBatch) -> HandedBatch:
    """One bit of the sealed body is another."""
    return batch._replace(body=bytes((batch.body[0] ^ 1,)) + batch.body[1:])
