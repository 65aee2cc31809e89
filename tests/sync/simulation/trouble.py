"""What goes wrong in a history: power cuts, full disks, networks, clocks, and servers that come back from a backup."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest import mock

from app.errors import DiskFull
from app.gateway.syncing import Syncing
from tests.sync.simulation.dice import Dice
from tests.sync.simulation.network import PowerCut

CUT_POINTS = ("seal_all", "accepted", "follow", "take_statements", "put_fact", "take_snapshot")
DAY_S = 24 * 3600


class Trouble(Dice):
    """Computers, networks and servers fail."""

    def sync(self) -> None:
        number, device = self.somebody()
        if device is not None:
            self.round(number, device)

    def offline(self) -> None:
        number, device = self.somebody()
        if device is not None:
            device.wire.offline = not device.wire.offline
            self.tell(f"{number} is {'offline' if device.wire.offline else 'online'}")

    def power_cut(self) -> None:
        """In the middle of a round, at a request or between two commits."""
        number, device = self.somebody()
        if device is None:
            return
        with ExitStack() as stack:
            if self.chance.random() < 0.5:
                device.wire.cut_at = self.chance.randint(0, 8)
                where = f"request {device.wire.cut_at}"
            else:
                where = self.chance.choice(CUT_POINTS)
                stack.enter_context(cutting(device.session.sync, where, self.chance))
            self.tell(f"the power of {number} goes off at {where}")
            with suppress(PowerCut):
                self.round(number, device)
        device.wire.cut_at = None
        device.restart()

    def full_disk(self) -> None:
        number, device = self.somebody()
        if device is None:
            return
        writer = device.session.database.writer
        ((pages,),) = writer.execute("PRAGMA page_count").fetchall()
        writer.execute(f"PRAGMA max_page_count={pages + self.chance.randint(0, 3)}")
        self.tell(f"the disk of {number} is full")
        with suppress(DiskFull):
            self.round(number, device)
        writer.execute("PRAGMA max_page_count=1000000")

    def wait(self) -> None:
        seconds = self.chance.choice((1, 30, 600, DAY_S))
        self.world.clock.forward(seconds)
        for device in self.world.devices:
            self.clock(device).forward(seconds * self.chance.choice((1, 1, 1, 0.5, 3)))

    # ---- the server

    def restart_server(self) -> None:
        self.world.restart_server()
        self.tell("the server is killed and started")

    def back_up(self) -> None:
        if self.backup is None and self.world.can_be_restored:
            self.backup = self.world.relay.snapshot()
            self.tell("the server makes a backup")

    def restore(self) -> None:
        """Back to the backup. Nobody has written anything since the server failed: they give back what it has lost."""
        if self.backup is None:
            return
        self.come_to_rest()
        self.world.relay.restore(self.backup)
        self.backup = None
        self.tell("the server is brought back from its backup")
        # Whoever began at a snapshot has not all that was lost, and stops until somebody else has given it back.
        self.restoring = True
        self.come_to_rest()
        self.restoring = False


@contextmanager
def cutting(sync: Syncing, name: str, chance: random.Random) -> Iterator[None]:
    """The power goes off before or after what is called so, the next time or the one after."""
    real, left, before = getattr(sync, name), chance.randint(0, 2), chance.random() < 0.5

    def cut(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0 and before:
            raise PowerCut
        result = real(*args, **kwargs)
        if left < 0:
            raise PowerCut
        return result

    with mock.patch.object(sync, name, cut):
        yield
