"""A right is taken while others' batches are on their way: everybody judges these by the same list of members."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from app.features.trust.saying import Accepted, completed
from app.model.roster import Roster
from app.model.statements import Body, RoleGiven, RoleTaken
from sync.client import statements
from sync.client.following import Following
from sync.client.pushing import Pushing
from sync.protocol.messages import Pull, Push
from tests.sync.client.world import Device, World


def says(device: Device, body: Body) -> None:
    def intention(roster: Roster, accepted: Accepted) -> Body:
        return completed(body, roster, accepted)

    device.says(statements.say(device.session.sync, intention, "member.roles"))


def pushes(device: Device) -> None:
    """Without looking at the list of members first."""
    following = Following(device.session.sync, device.book, lambda _stream, _result: None)
    device.says(Pushing(device.session.sync, device.book, following).run())


def meanwhile(device: Device, kind: type[Any], what: Callable[[], None]) -> None:
    """When the device next asks this, something else happens first."""
    ask = device.wire.ask

    def asked(request: Any, token: Any = None) -> Any:
        if isinstance(request, kind):
            device.wire.ask = ask
            what()
        return ask(request, token)

    device.wire.ask = asked


def a_manager_deletes(world: World) -> tuple[Device, Device, bytes]:
    """A rep who was made a manager for a while has deleted a customer, and not said so yet."""
    rep = world.join("rep")
    member = bytes(rep.session.person.member)
    says(world.owner, RoleGiven(member, "manager"))
    made = world.owner.adds("Victim")
    other = world.join("owner")
    world.settle()
    assert "manager" in rep.session.person.roles
    rep.adds("Before")
    pushes(rep)
    rep.deletes(made)
    return rep, other, member


def test_what_is_pulled_is_judged_by_the_list_of_members_as_it_was_then() -> None:
    with ExitStack() as stack:
        world = World(stack)
        rep, other, member = a_manager_deletes(world)

        def taken() -> None:
            says(world.owner, RoleTaken(member, "manager", ()))
            pushes(rep)

        meanwhile(other, Pull, taken)
        other.sync()
        world.settle()
        assert len({device.hash() for device in world.devices}) == 1
        for device in world.devices:
            assert device.names() == ["Before", "Victim"]


def test_what_was_pushed_is_judged_so_by_its_own_author() -> None:
    with ExitStack() as stack:
        world = World(stack)
        rep, _other, member = a_manager_deletes(world)
        meanwhile(rep, Push, lambda: says(world.owner, RoleTaken(member, "manager", ())))
        pushes(rep)
        world.settle()
        assert len({device.hash() for device in world.devices}) == 1
        for device in world.devices:
            assert device.names() == ["Before", "Victim"]
