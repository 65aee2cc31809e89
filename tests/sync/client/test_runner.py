"""The thread that keeps a book in step: quick, quiet, truthful, and gone at once when it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from app.errors import Offline
from sync.client.engine import Engine, Report
from sync.client.runner import Runner
from sync.client.status import State, Status
from sync.client.talk import Talk
from sync.protocol.messages import Hello
from tests.sync.client.world import Device, RealWorld

SOON_S = 10.0


def until(holds: Callable[[], bool], seconds: float = SOON_S) -> float:
    """Wait for something; how long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it did not come about"
        time.sleep(0.01)
    return time.monotonic() - began


class Told:
    """What a face would have been told, in order."""

    def __init__(self, runner: Runner) -> None:
        self.all: list[Status] = []
        runner.on_status(self.all.append)

    def states(self) -> list[State]:
        found: list[State] = []
        for status in self.all:
            if not found or found[-1] is not status.state:
                found.append(status.state)
        return found


@pytest.fixture(scope="module")
def world() -> Iterator[RealWorld]:
    with ExitStack() as stack:
        made = RealWorld(stack)
        made.join("owner")
        made.settle()
        yield made


@contextmanager
def running(world: RealWorld, device: Device) -> Iterator[Runner]:
    runner = Runner(device.session, world.wire)
    runner.start()
    try:
        until(lambda: runner.status().state is State.SYNCED)
        yield runner
    finally:
        runner.stop()


def test_an_edit_here_is_seen_there_within_two_seconds(world: RealWorld) -> None:
    here, there = world.devices
    with running(world, here), running(world, there) as other:
        told = Told(other)
        made = here.adds("Seen at once")
        assert until(lambda: "Seen at once" in there.names()) < 2.5
        there.edits(made, name="Seen back")
        assert until(lambda: here.reads(made) == "Seen back") < 2.5
        until(lambda: other.status().state is State.SYNCED and not other.status().unsent)
        assert State.OFFLINE not in told.states() and State.ATTENTION not in told.states()


def test_stopping_is_done_at_once(world: RealWorld) -> None:
    device = world.owner
    with running(world, device) as runner:
        time.sleep(0.3)  # the long poll has begun
        began = time.monotonic()
        runner.stop()
        assert time.monotonic() - began < 2.0
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("sync")])


def test_the_badge_tells_the_truth_through_an_outage(world: RealWorld) -> None:
    here, there = world.devices
    with running(world, here) as runner:
        told = Told(runner)
        world.server.kill()
        until(lambda: runner.status().state is State.OFFLINE)
        since_ms = runner.status().since_ms
        here.adds("Written while offline")
        until(lambda: runner.status().unsent == 1)
        assert runner.status().state is State.OFFLINE
        assert runner.status().since_ms == since_ms
        assert runner.status().problem
        world.server.start()
        runner.nudge()
        until(lambda: runner.status().state is State.SYNCED and not runner.status().unsent)
        assert runner.status().problem == ""
        assert told.states()[-1] is State.SYNCED
    there.wire.close()
    there.sync()
    assert "Written while offline" in there.names()


def test_a_metered_connection_sends_only_what_is_asked_for(world: RealWorld) -> None:
    device = world.owner
    metered = [False]
    runner = Runner(device.session, world.wire, metered=lambda: metered[0])
    runner.start()
    try:
        until(lambda: runner.status().state is State.SYNCED)
        metered[0] = True
        device.adds("Not in a hurry")
        until(lambda: runner.status().state is State.PAUSED)
        assert runner.status().unsent == 1
        runner.nudge()
        until(lambda: not runner.status().unsent)
    finally:
        runner.stop()


def test_pausing_by_hand_lasts_until_it_is_taken_back(world: RealWorld) -> None:
    device = world.owner
    with running(world, device) as runner:
        runner.pause()
        until(lambda: runner.status().state is State.PAUSED)
        device.adds("Waits")
        time.sleep(0.2)
        assert runner.status().state is State.PAUSED
        runner.pause(False)
        until(lambda: runner.status().state is State.SYNCED and not runner.status().unsent)


def test_a_service_that_cannot_be_made_is_offline(world: RealWorld) -> None:
    def none() -> RealWorld:
        raise Offline("no network at all")

    runner = Runner(world.owner.session, none)  # type: ignore[arg-type]
    runner.start()
    try:
        until(lambda: runner.status().state is State.OFFLINE)
        assert runner.status().problem == "no network at all"
    finally:
        runner.stop()


def test_an_error_of_the_program_itself_is_reported_and_does_not_end_the_thread(
    world: RealWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda given: reported.append(given.exc_type))
    device = world.owner
    with running(world, device) as runner:
        with monkeypatch.context() as patch:
            patch.setattr(Engine, "round", _broken)
            runner.nudge()
            until(lambda: runner.status().state is State.ATTENTION)
        assert reported == [ZeroDivisionError]
        assert runner.status().problem
        runner.nudge()
        until(lambda: runner.status().state is State.SYNCED)


def _broken(_engine: Engine) -> Talk[Report]:
    yield Hello()
    raise ZeroDivisionError
