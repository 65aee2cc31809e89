"""A company whose devices, each with a real vault, talk to one simulated server over networks that can fail."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import bootstrap
from app.clock import Clock, FakeClock, SystemClock
from app.crypto.keys import SecretKey
from app.features import alternatives, records
from app.features.crm import customers
from app.features.crm.customers import Customer
from app.features.trust import joining
from app.gateway.session import Session
from app.ids import Id
from app.model.statements import Stream
from app.store.database import Database
from app.store.migrate import migrate
from sync.client import enrol
from sync.client.engine import Engine, Report
from sync.client.line import Line
from sync.client.talk import Talk, drive
from sync.client.transport import Transport
from tests.builders import MEMORY, _template
from tests.relay import HOST, Relay
from tests.sync.server_process import ServerProcess, start_server


@dataclass
class Device:
    """One device: its open book, its network, its engine."""

    session: Session
    wire: Any
    """A Wire of the relay, or a transport to a real server."""
    clock: Clock
    host: str = HOST
    place: Path | None = None
    key: bytes = b""
    line: Line = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """As after a start of the program: nothing but the vault is remembered."""
        self.line = Line(self.wire, self.session.sync, self.host, self.clock)
        self.engine = Engine(self.session.sync, self.clock)

    def restart(self) -> None:
        """The power goes off: what lies on the disk at this moment is all that there is when it comes back."""
        assert self.place is not None
        copy = self.place.with_name(f"{self.place.stem}+.db")
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{self.place}{suffix}", f"{copy}{suffix}")
        self.session.close()
        self.place = copy
        self.session = bootstrap.door(Database.open(copy, SecretKey(self.key)), self.clock)
        self.begin()

    def says(self, talk: Talk[Any]) -> Any:
        return drive(talk, self.line)

    def sync(self) -> Report:
        return drive(self.engine.round(), self.line)

    @property
    def book(self) -> Stream:
        """The field tier of the first book."""
        return Stream(self.session.identity.books[0], 0)

    def hash(self, stream: Stream | None = None) -> bytes:
        return self.session.sync.state_hash(stream or self.book)

    def position(self, stream: Stream | None = None) -> int:
        return self.session.sync.chain(stream or self.book).position

    # ---- what a person does

    def adds(self, name: str, **values: Any) -> Id:
        made: Customer = self.session.do(customers.add, Customer(name=name, **values))
        return made.id

    def edits(self, id_: Id, **values: Any) -> None:
        one = self.session.ask(records.open_one, "customer", id_)
        self.session.do(customers.edit, id_, values, one.seen)

    def deletes(self, id_: Id) -> None:
        self.session.do(customers.delete, [id_])

    def kept(self, id_: Id, name: str) -> set[Any]:
        """All values of a field between which somebody has to decide; empty where there is one only."""
        found = self.session.ask(alternatives.alternatives, "customer", id_)
        return {one.value for one in found.get(name, ())}

    def undecided(self, id_: Id) -> set[str]:
        """The fields of which that is so."""
        return set(self.session.ask(alternatives.alternatives, "customer", id_))

    def reads(self, id_: Id, name: str = "name") -> Any:
        return getattr(self.session.ask(records.open_one, "customer", id_).record, name)

    def names(self) -> list[str]:
        rows = self.session.ask(records.ids, "customer")
        got = self.session.ask(records.rows, "customer", list(rows), ["name"])
        return sorted(values[0] for values in got.values())


class World:
    """The server, and the devices of one company. The first is the owner's."""

    host, url, pin = HOST, f"https://{HOST}", b""
    called = "device"
    """How the files of vaults begin."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.clock: Any = FakeClock()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-world-"))
        stack.callback(shutil.rmtree, self.folder)
        self.begin()
        self.owner = self._founded()
        self.devices = [self.owner]

    def begin(self) -> None:
        """Start the server."""
        self.relay = self._stack.enter_context(Relay(self.folder / "server", self.clock))

    def wire(self) -> Any:
        """A network for one device."""
        return self.relay.wire()

    def admission(self) -> bytes:
        """A token of the server's operator."""
        return self.relay.admission()

    def founding(self) -> tuple[bytes, bytes]:
        """A vault of a new company, and its key."""
        return _template()

    def _founded(self) -> Device:
        content, key = self.founding()
        place = self.folder / "device-0.db"
        place.write_bytes(content)
        device = self.opened(place, key, self.clock)
        device.says(enrol.connect(device.session, self.url, self.pin, self.admission()))
        device.sync()
        return device

    def opened(self, place: Path, key: bytes, clock: Clock) -> Device:
        """The device whose vault lies there."""
        session = bootstrap.door(Database.open(place, SecretKey(key)), clock)
        device = Device(session, self.wire(), clock, self.host, place, key)
        self._stack.callback(lambda: device.session.close())
        return device

    def join(
        self,
        role: str = "owner",
        books: Sequence[bytes] | None = None,
        *,
        office: bool = True,
        member: bytes | None = None,
        clock: Clock | None = None,
    ) -> Device:
        """One more device: of a new member with these books (all), or a further one of a member."""
        owner, now_ms = self.owner, self.clock.now_ms()
        books = owner.session.identity.books if books is None else books
        offer = owner.says(
            enrol.invite(
                owner.session, now_ms, name=f"Member {len(self.devices)}", role=role, books=books,
                offices=books if office else (), member=member,
            )
        )  # fmt: skip
        place, key = self.folder / f"{self.called}-{len(self.devices)}.db", SecretKey.fresh()
        database = Database.open(place, key, create=True)
        migrate(database)
        joining.begin(database, offer.link, f"Computer {len(self.devices)}")
        comes = joining.Joining(database, self.clock)
        wire = self.wire()
        drive(enrol.knock(comes), wire)
        owner.says(enrol.approve(owner.session, comes.device, " ".join(comes.words), now_ms))
        drive(enrol.enter(comes), Line(wire, comes, self.host, self.clock))
        clock = clock or self.clock
        session = bootstrap.door(database, clock)
        device = Device(session, wire, clock, self.host, place, key.reveal())
        self._stack.callback(lambda: device.session.close())
        self.devices.append(device)
        return device

    def settle(self, *devices: Device) -> None:
        """Let everybody come to rest."""
        chosen = devices or tuple(self.devices)
        for _turn in range(2):
            for device in chosen:
                device.sync()

    def agree(self, *devices: Device) -> bool:
        """Whether all have come to the same state of the book, with nothing left to send."""
        chosen = devices or tuple(self.devices)
        assert not any(device.session.unsent() for device in chosen)
        return len({device.hash() for device in chosen}) == 1


@contextmanager
def a_world(*roles: str) -> Iterator[World]:
    """A company whose owner's device is connected, with a further device for each role; all are settled."""
    with ExitStack() as stack:
        world = World(stack)
        for role in roles:
            world.join(role)
        world.settle()
        yield world


class RealWorld(World):
    """The same over real TLS, with a server in processes of its own and the computer's clock."""

    host = "localhost"

    def __init__(self, stack: ExitStack, **options: Any) -> None:
        self._options = options
        super().__init__(stack)

    def begin(self) -> None:
        self.clock = SystemClock()
        self.server: ServerProcess = self._stack.enter_context(
            start_server(self.folder / "server", **self._options)
        )
        self.url, self.pin = self.server.url, self.server.pin

    def wire(self) -> Transport:
        return Transport(self.url, self.pin)

    def admission(self) -> bytes:
        return self.server.admission()
