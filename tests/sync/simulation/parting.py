"""Histories in which the server is also restored and written to before it is healed, and an owner joins the branches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.errors import Offline, Refused
from sync.client import branches
from tests.sync.client.world import Device
from tests.sync.simulation.history import History

PARTS = 0.06
"""How often a step is such a disaster."""
APART = (2, 10)


class Parting(History):
    """One random history more, with a harder server."""

    def __init__(self, seed: int, tell: Callable[[str], None] = lambda _text: None) -> None:
        super().__init__(seed, tell)
        self.parted = 0
        self._apart = False

    def step(self) -> None:
        if self.chance.random() < PARTS:
            self.part()
        else:
            super().step()

    def part(self) -> None:
        """Some work with the server before it fails, the others with what came back from the backup. The first owner
        is among those who lose; what they have not seen, others bring."""
        self.come_to_rest()
        world, relay = self.world, self.world.relay
        staying = [number for number in range(len(world.devices)) if number not in self.gone]
        before = [0, *(number for number in staying[1:] if self.chance.random() < 0.5)]
        after = [number for number in staying if number not in before]
        self.tell(f"the server fails between {before} and {after}")
        backup = relay.snapshot()
        self._apart = True
        self._work(before)
        relay.restore(backup)
        relay.clock.forward(self.chance.choice((0, 5, 600)))
        self._work(after)
        for number in before:
            self.calmly(number)
        owner = world.owner
        owner.wire.calm, owner.wire.offline = True, False
        for stream in owner.session.sync.streams():
            self.parted += bool(owner.says(branches.join(owner.session.sync, stream)))
        owner.wire.calm = False
        for _turn in range(2):
            for number in range(len(world.devices)):
                self.calmly(number)
        self._apart = False
        self.backup = None
        self.come_to_rest()

    def round(self, number: int, device: Device) -> None:
        """Faults are as they should be while the histories are apart."""
        if not self._apart:
            super().round(number, device)
            return
        try:
            report = device.sync()
        except Offline:
            return
        except Refused:
            assert number in self.gone, "a member is refused"
            return
        if not report.faults and not device.session.unsent():
            self.oracle.acknowledged(number)
        self.tell(f"{number} apart: sent {report.sent}, received {report.received}, {report.faults}")

    def _work(self, numbers: list[int]) -> None:
        if not numbers:
            return
        real: Any = self.somebody

        def somebody(*, writes: bool = False) -> tuple[int, Device | None]:
            number = self.chance.choice(numbers)
            if writes and not self.roles(number) - {"auditor", "it"}:
                return number, None
            return number, self.world.devices[number]

        self.somebody = somebody  # type: ignore[method-assign]
        try:
            for _deed in range(self.chance.randint(*APART)):
                deeds = (self.edit, self.edit, self.add, self.sync, self.sync, self.delete)
                self.chance.choice(deeds)()
            for number in numbers:
                if self.chance.random() < 0.8:
                    self.calmly(number)
        finally:
            self.somebody = real  # type: ignore[method-assign]
