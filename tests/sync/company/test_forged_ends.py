"""A server that lies about the last sequences of a device that is about to be revoked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.errors import Damaged
from app.features.trust import devices
from sync.client import enrol
from sync.protocol.messages import Ends, FetchEnds
from tests.sync.client.world import World, a_world

Bend = Callable[[object, Ends], Ends]


def of(world: World, device: bytes, more: int) -> Bend:
    """Another end of this device in the first book."""

    def bend(_request: object, reply: Ends) -> Ends:
        return Ends(
            tuple(
                one._replace(sequence=one.sequence + more)
                if (one.device, one.stream) == (device, world.owner.book)
                else one
                for one in reply.ends
            )
        )

    return bend


def revokes(world: World, device: bytes) -> None:
    owner = world.owner
    owner.says(enrol.decide(owner.session, [devices.revoke(device)], world.clock.now_ms()))


@pytest.mark.parametrize("sent_since", [0, 2])
def test_no_sequences_are_left_to_somebody_who_goes(sent_since: int) -> None:
    with a_world("rep") as world:
        owner, rep = world.devices
        rep.adds("Sent in time")
        rep.sync()
        world.settle()
        device = rep.session.sync.device
        for number in range(sent_since):
            rep.adds(f"Not seen yet {number}")
            rep.sync()
        with pytest.raises(Damaged):
            owner.wire.bend(FetchEnds, of(world, device, 100))
            revokes(world, device)
        assert owner.session.sync.roster.facts.devices[device].active
        owner.wire.straight()
        revokes(world, device)
        assert not owner.session.sync.roster.facts.devices[device].active
        owner.sync()
        assert len(owner.names()) == 1 + sent_since


def test_what_was_sent_is_not_taken_back() -> None:
    with a_world("rep") as world:
        owner, rep = world.devices
        rep.adds("Sent in time")
        rep.sync()
        world.settle()
        device = rep.session.sync.device
        owner.wire.bend(FetchEnds, of(world, device, -1))
        revokes(world, device)
        late = world.join("owner")
        world.settle(owner, late)
        assert late.names() == owner.names() == ["Sent in time"]
        assert world.agree(owner, late)
