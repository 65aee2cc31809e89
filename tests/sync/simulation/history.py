"""One random history, from a seed: people at work, a bad network, power cuts, full disks, wrong clocks, members who go.

python -m tests.sync.simulation --seed 17 -v      tells it step by step
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

from app.model.statements import Stream
from sync.client import snapshots
from tests.sync.simulation.company import Copied
from tests.sync.simulation.dice import MakeWorld, Tell, seeded
from tests.sync.simulation.network import Network
from tests.sync.simulation.people import People
from tests.sync.simulation.trouble import DAY_S, Trouble

STEPS = (20, 60)


def copied(stack: ExitStack, chance: random.Random) -> Copied:
    """Three to eight devices of the template, with the server in this process."""
    chosen = [0, *sorted(chance.sample(range(1, 8), chance.randint(2, 7)))]
    return Copied(stack, chosen, lambda relay: Network(relay, chance))


class History(People, Trouble):
    """The world, what is expected of it, and the dice."""

    def __init__(self, seed: int, tell: Tell = lambda _text: None, make: MakeWorld | None = None) -> None:
        super().__init__(seed, tell)
        self._make = make or copied

    def run(self) -> None:
        """Everything, and the checks at its end. Raises AssertionError."""
        with ExitStack() as stack:
            stack.enter_context(seeded(self.seed))
            often = self.chance.choice((3, 10, 500))
            stack.enter_context(mock.patch.object(snapshots, "INTERVAL", often))
            stack.enter_context(mock.patch.object(snapshots, "FAR_BEHIND", often))
            self.world = self._make(stack, self.chance)
            count = len(self.world.devices)
            self.tell(
                f"{count} devices: {[self.roles(number) for number in range(count)]}, snapshots at {often}"
            )
            for device in self.world.devices:
                wrong_s = self.chance.choice((0, 0, 0, 400, -3600, 3650 * DAY_S, -365 * DAY_S))
                self.clock(device).forward(wrong_s)
            for _step in range(self.chance.randint(*STEPS)):
                self.step()
            self.finish()

    def step(self) -> None:
        deeds: list[tuple[Callable[[], None], int]] = [
            (self.edit, 30), (self.add, 12), (self.sync, 40), (self.offline, 6), (self.delete, 3), (self.power_cut, 6),
            (self.full_disk, 2), (self.wait, 6), (self.restart_server, 2), (self.back_up, 3), (self.restore, 1),
            (self.revoke, 1), (self.take_role, 1), (self.rotate, 1), (self.undo, 2), (self.note, 4), (self.credit, 3),
            (self.move, 2),
            (self.join, 1), (self.give_or_take, 2),
        ]  # fmt: skip
        (deed,) = self.chance.choices([one for one, _w in deeds], [weight for _one, weight in deeds])
        deed()

    # ---- the end

    def finish(self) -> None:
        """Everybody comes to rest; then all agree, and nothing is missing."""
        self.come_to_rest()
        if self.moved:
            self.come_to_rest()
        world = self.world
        staying = [number for number in range(len(world.devices)) if number not in self.gone]
        for number in staying:
            device = world.devices[number]
            assert not device.session.sync.halts(), f"{number} stands still: {device.session.sync.halts()}"
            if number not in self.oracle.ended:
                # What was written into a book that was taken from its author meanwhile stays where it was written.
                stuck = device.session.sync.waiting().keys() & set(device.session.sync.streams())
                assert not stuck, f"{number} could not send everything"
        self.same_everywhere(staying)
        self.nothing_missing()
        problems = world.check()
        assert not problems, problems

    def nothing_missing(self) -> None:
        """What the oracle says of every record and field, as the owner sees them."""
        device = self.world.owner
        for place in self.oracle.places:
            if place[0] not in self.moved and self.has(device, place[0]):
                self.oracle.check_field(place, self.values(device, *place))
        for record in self.records:
            if record in self.moved:
                continue
            if self.oracle.must_live(record):
                assert self.has(device, record), f"a record is gone: {self.oracle.made[record]}"
            if self.oracle.must_be_gone(record) and record not in self.touched:
                assert not self.has(device, record), f"a record came back: {self.oracle.made[record]}"

    def same_everywhere(self, numbers: list[int]) -> None:
        """One state of each stream, on every device that has it."""
        states: dict[Stream, dict[tuple[Any, ...], list[int]]] = {}
        for number in numbers:
            sync = self.world.devices[number].session.sync
            for stream in sync.streams():
                chain = sync.chain(stream)
                state = (chain.position, chain.head, sync.state_hash(stream))
                states.setdefault(stream, {}).setdefault(state, []).append(number)
        for stream, found in states.items():
            assert len(found) == 1, f"different states of {stream}: {list(found.values())}"
