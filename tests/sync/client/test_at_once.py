"""What two do at once: both is kept, all show the same, and deciding ends it."""

from __future__ import annotations

from tests.sync.client.world import World


def test_the_same_customer_made_twice_is_two_until_somebody_says_so(world: World) -> None:
    here, there = world.devices
    one, two = here.adds("Acme", phone="1"), there.adds("Acme", phone="2")
    world.settle()
    assert one != two
    assert here.names() == there.names() == ["Acme", "Acme"]
    assert {here.reads(one, "phone"), here.reads(two, "phone")} == {"1", "2"}
    assert world.agree()


def test_deleting_against_editing_keeps_the_edit_and_marks_it(world: World) -> None:
    here, there = world.devices
    made = here.adds("Acme", phone="1")
    world.settle()
    here.deletes(made)
    there.edits(made, phone="2")
    world.settle()
    for device in (here, there):
        assert device.reads(made, "phone") == "2"
        assert "" in device.undecided(made)
    assert world.agree()


def test_a_conflict_that_both_decide_alike_is_over(world: World) -> None:
    here, there = world.devices
    made = here.adds("Acme", phone="1")
    world.settle()
    here.edits(made, phone="2")
    there.edits(made, phone="3")
    world.settle()
    assert here.kept(made, "phone") == {"2", "3"}
    here.edits(made, phone="2")
    there.edits(made, phone="2")
    world.settle()
    assert here.kept(made, "phone") == there.kept(made, "phone") == set()
    assert here.reads(made, "phone") == there.reads(made, "phone") == "2"
    assert world.agree()


def test_a_conflict_that_both_decide_differently_is_one_again(world: World) -> None:
    here, there = world.devices
    made = here.adds("Acme", phone="1")
    world.settle()
    here.edits(made, phone="2")
    there.edits(made, phone="3")
    world.settle()
    here.edits(made, phone="2")
    there.edits(made, phone="4")
    world.settle()
    assert here.kept(made, "phone") == there.kept(made, "phone") == {"2", "4"}
    assert here.reads(made, "phone") == there.reads(made, "phone")
    assert world.agree()
