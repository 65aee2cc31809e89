"""What every part of a history shares: the world, the dice, what is expected, and a round with what may come of it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from app.errors import NotFound, Offline, Refused
from app.features import records
from app.ids import Id
from sync.client import duties
from sync.client.engine import Report
from tests.relay import State
from tests.sync.client.world import Device
from tests.sync.simulation.oracle import Oracle

Tell = Callable[[str], None]
MakeWorld = Callable[[ExitStack, random.Random], Any]


class Dice:
    """One history's state."""

    world: Any

    def __init__(self, seed: int, tell: Tell = lambda _text: None) -> None:
        self.seed, self.tell = seed, tell
        self.chance = random.Random(seed)
        self.oracle = Oracle()
        self.records: list[Id] = []
        self.gone: set[int] = set()
        """Devices whose membership has ended."""
        self.touched: set[Id] = set()
        """Records that were changed in a way which the oracle does not follow: they may live on for it."""
        self.moved: set[Id] = set()
        """Records that are now, or may be, in another book under another id."""
        self.restoring = False
        self.backup: State | None = None
        self._texts = 0

    # ---- who

    def somebody(self, *, writes: bool = False) -> tuple[int, Device | None]:
        number = self.chance.randrange(len(self.world.devices))
        device: Device = self.world.devices[number]
        if number in self.gone or (writes and not self.roles(number) - {"auditor", "it"}):
            return number, None
        return number, device

    def roles(self, number: int) -> set[str]:
        """As this device itself knows it."""
        return set(self.world.devices[number].session.person.roles)

    @staticmethod
    def clock(device: Device) -> Any:
        return device.clock

    # ---- what a person sees

    def text(self, number: int) -> str:
        """A value that nobody else ever writes."""
        self._texts += 1
        return f"v{self._texts} of {number}"

    def record(self, device: Device) -> Id | None:
        """One that this device shows."""
        if not self.records:
            return None
        chosen = self.chance.choice(self.records)
        return chosen if self.has(device, chosen) else None

    def has(self, device: Device, record: Id) -> bool:
        try:
            device.session.ask(records.open_one, "customer", record)
        except NotFound:
            return False
        return True

    def values(self, device: Device, record: Id, name: str) -> set[str]:
        kept = device.kept(record, name)
        return {text for text in (kept or {device.reads(record, name)}) if text}

    # ---- rounds

    def round(self, number: int, device: Device) -> None:
        """One, with what a device does by itself afterwards."""
        try:
            report: Report = device.sync()
            device.says(duties.fulfil(device.session, report, device.clock.now_ms()))
        except Offline:
            self.tell(f"{number} cannot reach the server")
            return
        except Refused:
            assert number in self.gone, "a member is refused"
            return
        faults = {fault.fault for fault in report.faults}
        if self.restoring and faults == {"older"}:
            self.tell(f"{number} stands still: {sorted(faults)}")
            return
        assert not faults, f"{number}: {report.faults[0].fault} at {report.faults[0].position}"
        assert not report.void, f"{number}: void {report.void}"
        assert not report.diverged, f"{number}: another state of {report.diverged}"
        if not device.session.unsent():
            self.oracle.acknowledged(number)
        self.tell(f"{number} sent {report.sent}, received {report.received} {report.problems or ''}")

    def calmly(self, number: int) -> None:
        """A round in which nothing goes wrong."""
        device = self.world.devices[number]
        device.wire.calm, before = True, device.wire.offline
        device.wire.offline = False
        self.round(number, device)
        device.wire.calm, device.wire.offline = False, before

    def come_to_rest(self, turns: int = 4) -> None:
        """Everybody is online, and goes round until all is settled."""
        for device in self.world.devices:
            device.wire.offline = False
        for _turn in range(turns):
            for number in range(len(self.world.devices)):
                self.calmly(number)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Ids and nonces follow from the seed as well, so that it replays."""
    chance = random.Random(seed ^ 0x5EED)
    with mock.patch.object(os, "urandom", lambda size: chance.randbytes(size)):
        yield
