"""A server that says it has taken what it throws away: what was acknowledged must stand where it was said to stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.protocol.messages import FetchHeads, HeadSaid, Push, Pushed, Receipt
from sync.protocol.short import read_short
from tests.sync.client.world import Device, World, a_world

Place = Callable[[HeadSaid], int]

PLACES: dict[str, Place] = {
    "within what was followed": lambda head: head.position,
    "behind the end": lambda head: head.position + 1_000,
    "nowhere": lambda head: 0,
}


class Swallowing:
    """A network to a server that answers pushes of one book without keeping anything of them."""

    def __init__(self, device: Device, place: Place) -> None:
        self._device, self._wire, self._place = device, device.wire, place

    def ask(self, request: Any, token: bytes | None = None) -> Any:
        if not isinstance(request, Push) or (request.book, request.tier) != self._device.book:
            return self._wire.ask(request, token)
        heads = self._wire.ask(FetchHeads(), token).heads
        head = next(one for one in heads if (one.book, one.tier) == self._device.book)
        sequences = [read_short(one.header).sequence for one in request.batches]
        receipts = tuple(Receipt(one, self._place(head), head.receipt_ms) for one in sequences)
        return Pushed(receipts, head)


@pytest.mark.parametrize("name", PLACES)
def test_a_receipt_for_what_was_thrown_away_is_not_believed(world: World, name: str) -> None:
    owner, other = world.devices
    owner.adds("Known")
    world.settle()
    owner.adds("Thrown away")
    honest, owner.wire = owner.wire, Swallowing(owner, PLACES[name])
    owner.begin()
    report = owner.sync()
    assert [fault.fault for fault in report.faults] == ["missing"]
    assert owner.session.unsent() == 1  # nobody says that it was sent
    # An honest server gets it as soon as somebody has looked at what happened.
    owner.wire = honest
    owner.begin()
    owner.session.sync.resume(owner.book)
    world.settle()
    assert world.agree()
    assert "Thrown away" in other.names()


def test_a_receipt_whose_answer_was_lost_is_believed_at_its_place() -> None:
    with a_world("owner") as world:
        owner, other = world.devices
        owner.adds("Known")
        owner.wire.lose(Push)
        with pytest.raises(Exception, match="lost"):
            owner.sync()
        owner.begin()
        world.settle()
        assert world.agree() and other.names() == owner.names()
