"""One random history, from a seed: people at work, a bad network, power cuts, full disks, wrong clocks, members who go.

python -m tests.sync.simulation --seed 17 -v      tells it step by step
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest import mock

from app.errors import AppError, DiskFull, NotFound, Offline, Refused
from app.features import records
from app.features.trust import devices as trusted
from app.features.trust import roles
from app.gateway.syncing import Syncing
from app.ids import Id
from app.model.statements import Stream
from sync.client import enrol, snapshots, statements
from sync.client.engine import Report
from tests.relay import State
from tests.sync.client.world import Device
from tests.sync.simulation.company import Copied
from tests.sync.simulation.network import Network, PowerCut
from tests.sync.simulation.oracle import Oracle

FIELDS = ("notes", "phone", "legal_name", "price_list")
OFFICE_FIELDS = {"price_list"}
"""Which reps may not write."""
STEPS = (20, 60)
CUT_POINTS = ("seal_all", "accepted", "follow", "take_statements", "put_fact")
DAY_S = 24 * 3600


MakeWorld = Callable[[ExitStack, random.Random], Any]


def copied(stack: ExitStack, chance: random.Random) -> Copied:
    """Three to eight devices of the template, with the server in this process."""
    chosen = [0, *sorted(chance.sample(range(1, 8), chance.randint(2, 7)))]
    return Copied(stack, chosen, lambda relay: Network(relay, chance))


class History:
    """The world, what is expected of it, and the dice."""

    def __init__(
        self, seed: int, tell: Callable[[str], None] = lambda _text: None, make: MakeWorld | None = None
    ) -> None:
        self.seed, self.tell = seed, tell
        self._make = make or copied
        self.chance = random.Random(seed)
        self.oracle = Oracle()
        self.records: list[Id] = []
        self.gone: set[int] = set()
        self.touched: set[Id] = set()
        """Records that were changed in a way which the oracle does not follow: they may live on for it."""
        self._restoring = False
        self._backup: State | None = None
        self._texts = 0

    def run(self) -> None:
        """Everything, and the checks at its end. Raises AssertionError."""
        with ExitStack() as stack:
            stack.enter_context(seeded(self.seed))
            often = self.chance.choice((3, 10, 500))
            stack.enter_context(mock.patch.object(snapshots, "INTERVAL", often))
            stack.enter_context(mock.patch.object(snapshots, "FAR_BEHIND", often))
            self.world = self._make(stack, self.chance)
            count = len(self.world.devices)
            self.tell(f"{count} devices: {[self.roles(number) for number in range(count)]}")
            for device in self.world.devices:
                self.clock(device).forward(
                    self.chance.choice((0, 0, 0, 400, -3600, 3650 * DAY_S, -365 * DAY_S))
                )
            for _step in range(self.chance.randint(*STEPS)):
                self.step()
            self.finish()

    # ---- steps

    def step(self) -> None:
        deeds: list[tuple[Callable[[], None], int]] = [
            (self.edit, 30), (self.add, 12), (self.sync, 40), (self.offline, 6), (self.delete, 3), (self.power_cut, 6),
            (self.full_disk, 2), (self.wait, 6), (self.restart_server, 2), (self.back_up, 2), (self.restore, 1),
            (self.revoke, 1), (self.take_role, 1), (self.rotate, 1), (self.undo, 2),
        ]  # fmt: skip
        (deed,) = self.chance.choices([one for one, _w in deeds], [weight for _one, weight in deeds])
        deed()

    def add(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None:
            return
        text = self.text(number)
        made = device.adds(text)
        self.records.append(made)
        self.oracle.makes(number, made, "name", text)
        self.tell(f"{number} adds {text}")

    def edit(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None or not self.records:
            return
        record = self.chance.choice(self.records)
        if not self.has(device, record):
            return
        name = self.chance.choice(("name", *FIELDS))
        if name in OFFICE_FIELDS and self.roles(number) == {"rep"}:
            return
        seen, text = self.values(device, record, name), self.text(number)
        device.edits(record, **{name: text})
        self.oracle.writes(number, record, name, text, seen)
        self.tell(f"{number} writes {text} for {sorted(seen)} at {name}")

    def delete(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None or not self.records or not self.roles(number) & {"owner", "manager"}:
            return
        record = self.chance.choice(self.records)
        if self.has(device, record):
            seen = {text for name in ("name", *FIELDS) for text in self.values(device, record, name)}
            device.deletes(record)
            self.oracle.deletes(number, record, seen)
            self.tell(f"{number} deletes {sorted(seen)}")

    def undo(self) -> None:
        """Of something that the oracle does not follow: it is only to do no harm."""
        number, device = self.somebody(writes=True)
        if device is None or not self.records:
            return
        record = self.chance.choice(self.records)
        if self.has(device, record):
            self.touched.add(record)
            device.edits(record, tags=(f"tag{self.chance.randint(0, 5)}",))
            if self.chance.random() < 0.7:
                device.session.undo()
            self.tell(f"{number} tags and thinks again")

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

    def restart_server(self) -> None:
        self.world.restart_server()
        self.tell("the server is killed and started")

    def back_up(self) -> None:
        if self._backup is None and self.world.can_be_restored:
            self._backup = self.world.relay.snapshot()
            self.tell("the server makes a backup")

    def restore(self) -> None:
        """Back to the backup. Nobody has written anything since the server failed: they give back what it has lost."""
        if self._backup is None:
            return
        self.come_to_rest()
        self.world.relay.restore(self._backup)
        self._backup = None
        self.tell("the server is brought back from its backup")
        # Whoever began at a snapshot has not all that was lost, and stops until somebody else has given it back.
        self._restoring = True
        self.come_to_rest()
        self._restoring = False

    def revoke(self) -> None:
        number = self.chance.randrange(1, len(self.world.devices))
        if len(self.world.devices) - len(self.gone) <= 3 or number in self.gone:
            return
        device = self.world.devices[number].session.sync.device
        self.say(trusted.revoke(device), number, f"{number} is revoked")
        self.gone.add(number)

    def take_role(self) -> None:
        """A rep becomes an auditor, who writes nothing."""
        number = self.chance.randrange(1, len(self.world.devices))
        facts = self.world.owner.session.sync.roster.facts
        member = facts.devices[self.world.devices[number].session.sync.device].member
        if number in self.gone or set(facts.members[member].roles) != {"rep"}:
            return
        self.say(roles.give(member, "auditor"), number, "")
        self.say(roles.take(member, "rep"), number, f"{number} is no rep any more")

    def rotate(self) -> None:
        """A new key without need: the same as after a removal, for everybody who stays."""
        from app.features.trust import rotation

        owner = self.world.owner
        stream = self.chance.choice(list(owner.session.sync.streams()))

        def again(roster: Any, _accepted: Any) -> Any:
            return rotation.begun(owner.session.sync, roster, stream)

        owner.wire.calm = True
        with suppress(AppError):
            owner.says(statements.say(owner.session.sync, again, rotation.COMMAND, again=True))
        owner.wire.calm = False
        self.tell("a new key")

    def say(self, saying: Any, number: int, told: str) -> None:
        owner = self.world.owner
        owner.wire.calm, owner.wire.offline = True, False
        try:
            owner.says(enrol.say_all(owner.session, [saying]))
        finally:
            owner.wire.calm = False
        self.oracle.ended.add(number)
        if told:
            self.tell(told)

    # ---- the end

    def finish(self) -> None:
        """Everybody comes to rest; then all agree, and nothing is missing."""
        self.come_to_rest()
        world = self.world
        staying = [number for number in range(len(world.devices)) if number not in self.gone]
        for number in staying:
            device = world.devices[number]
            assert not device.session.sync.halts(), f"{number} stands still: {device.session.sync.halts()}"
            if number not in self.oracle.ended:
                assert device.session.unsent() == 0, f"{number} could not send everything"
        self.same_everywhere(staying)
        device = world.owner
        for place in self.oracle.places:
            if place[0] in self.records and self.has(device, place[0]):
                self.oracle.check_field(place, self.values(device, place[0], place[1]))
        for record in self.records:
            if self.oracle.must_live(record):
                assert self.has(device, record), f"a record is gone: {self.oracle.made[record]}"
            if self.oracle.must_be_gone(record) and record not in self.touched:
                assert not self.has(device, record), f"a record came back: {self.oracle.made[record]}"
        problems = world.check()
        assert not problems, problems

    def same_everywhere(self, numbers: list[int]) -> None:
        states: dict[Stream, dict[tuple[Any, ...], list[int]]] = {}
        for number in numbers:
            sync = self.world.devices[number].session.sync
            for stream in sync.streams():
                chain = sync.chain(stream)
                state = (chain.position, chain.head, sync.state_hash(stream))
                states.setdefault(stream, {}).setdefault(state, []).append(number)
        for stream, found in states.items():
            assert len(found) == 1, f"different states of {stream}: {list(found.values())}"

    def come_to_rest(self) -> None:
        for device in self.world.devices:
            device.wire.offline = False
        for _turn in range(4):
            for number in range(len(self.world.devices)):
                self.calmly(number)

    def calmly(self, number: int) -> None:
        device = self.world.devices[number]
        device.wire.calm, before = True, device.wire.offline
        device.wire.offline = False
        self.round(number, device)
        device.wire.calm, device.wire.offline = False, before

    # ---- parts

    def round(self, number: int, device: Device) -> None:
        try:
            report: Report = device.sync()
        except Offline:
            self.tell(f"{number} cannot reach the server")
            return
        except Refused:
            assert number in self.gone, "a member is refused"
            return
        if self._restoring and {fault.fault for fault in report.faults} == {"older"}:
            return
        assert not report.faults, f"{number}: {report.faults[0].fault} at {report.faults[0].position}"
        assert not report.void and not report.diverged
        if not device.session.unsent():
            self.oracle.acknowledged(number)
        self.tell(f"{number} sent {report.sent}, received {report.received} {report.problems or ''}")

    def somebody(self, *, writes: bool = False) -> tuple[int, Device | None]:
        number = self.chance.randrange(len(self.world.devices))
        device = self.world.devices[number]
        if number in self.gone or (writes and not self.roles(number) - {"auditor", "it"}):
            return number, None
        return number, device

    def roles(self, number: int) -> set[str]:
        """As this device itself knows it."""
        return set(self.world.devices[number].session.person.roles)

    def text(self, number: int) -> str:
        self._texts += 1
        return f"v{self._texts} of {number}"

    def has(self, device: Device, record: Id) -> bool:
        try:
            device.session.ask(records.open_one, "customer", record)
        except NotFound:
            return False
        return True

    def values(self, device: Device, record: Id, name: str) -> set[str]:
        kept = device.kept(record, name)
        return {text for text in (kept or {device.reads(record, name)}) if text}

    @staticmethod
    def clock(device: Device) -> Any:
        return device.clock


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Ids and nonces follow from the seed as well, so that it replays."""
    chance = random.Random(seed ^ 0x5EED)
    with mock.patch.object(os, "urandom", lambda size: chance.randbytes(size)):
        yield


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
