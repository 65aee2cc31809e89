"""A company of eight devices, made once and copied for every history: making it is most of the work."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.clock import FakeClock
from app.crypto.keys import SecretKey
from app.features.trust import books
from app.model.standing import OFFICE
from sync.client import enrol
from sync.server.checking import check
from sync.server.embedded import Embedded
from tests.builders import MEMORY
from tests.relay import KEY, Relay
from tests.sync.client.world import Device, World

ROLES = ("owner", "rep", "manager", "rep", "clerk", "owner", "rep")
"""Of the devices besides the first owner's."""


@dataclass(frozen=True)
class Template:
    """A folder with the server and all vaults, settled; and the keys of the vaults."""

    folder: Path
    keys: tuple[bytes, ...]
    now_ms: int


@cache
def template() -> Template:
    """Made on first use, for this process; goes with it."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-simulated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # where nobody calls `forget`
    with ExitStack() as stack:
        world = World(stack)
        for role in ROLES:
            world.join(role)
        second_book(world)
        for _turn in range(2):
            world.settle()
        now_ms = world.clock.now_ms()
        keys = tuple(device.key for device in world.devices)
        for device in world.devices:
            device.session.close()
        world.relay.close()
        shutil.copytree(world.folder, folder / "company")
    return Template(folder, keys, now_ms)


def second_book(world: World) -> None:
    """Another book, which everybody but every second rep has."""
    owner = world.owner
    book, sayings = books.make(owner.session.sync)
    owner.says(enrol.decide(owner.session, sayings, world.clock.now_ms()))
    roster = owner.session.sync.roster
    member = roster.facts.devices[owner.session.sync.device].member
    for number, device in enumerate(world.devices[1:], 1):
        other = roster.facts.devices[device.session.sync.device].member
        if other != member and number % 4 != 1:
            giving = books.give(owner.session.sync, other, book, OFFICE)
            owner.says(enrol.decide(owner.session, giving, world.clock.now_ms()))


def forget() -> None:
    """Remove the template of this process."""
    if template.cache_info().currsize:
        shutil.rmtree(template().folder)
        template.cache_clear()


class Copied(World):
    """A world that begins where the template ended, with some of its devices."""

    def __init__(self, stack: ExitStack, chosen: list[int], make_wire: Any) -> None:
        made = template()
        self._stack, self._make_wire = stack, make_wire
        self._settled = False
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-history-"))
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copytree(made.folder / "company", self.folder, dirs_exist_ok=True)
        self.clock = FakeClock(made.now_ms)
        self.relay = stack.enter_context(self._server())
        self.devices: list[Device] = []
        for number in chosen:
            key = SecretKey(made.keys[number])
            device = self.opened(
                self.folder / f"device-{number}.db", key.reveal(), FakeClock(self.clock.now_ms())
            )
            self.devices.append(device)
        self.owner, self._settled = self.devices[0], True

    def _server(self) -> Relay:
        home = self.folder / "server"
        return Relay(home, self.clock, storage=Embedded.open(home / "server.db", KEY))

    def wire(self) -> Any:
        made = self._make_wire(self.relay)
        made.calm = self._settled  # whoever comes in does so without faults
        return made

    def another_clock(self) -> FakeClock:
        """For one more device."""
        return FakeClock(self.clock.now_ms())

    can_be_restored = True
    called = "late"

    def restart_server(self) -> None:
        """As after a kill."""
        self.relay.restart()

    def check(self) -> list[Any]:
        """What the server's own verification finds."""
        return list(check(self.relay.storage, self.relay.objects, self.relay.verify))
