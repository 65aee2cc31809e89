"""A server that was restored takes back what it had signed, and nothing that it had not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.model import chain as chains
from app.model.chain import End
from sync.protocol.messages import (
    Append,
    HandedBatch,
    HeadSaid,
    Heal,
    Link,
    Pull,
    Push,
    SentBatch,
    SignedStatement,
)
from sync.protocol.problems import Problem
from tests.model.company import MANAGERS, OFFICE_PC, VAN
from tests.relay import State
from tests.sync.server.office import FIELD, OFFICE, Device, Office, body, refused


class Lost:
    """A server that knew six batches of two devices, and was restored to where it knew two."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.rep, self.manager = office[VAN], office[MANAGERS]
        self.rep.writes(1)
        self.manager.writes(2)
        self.state: State = office.relay.snapshot()
        office.relay.clock.forward(5)
        self.rep.writes(3, 4)
        self.manager.writes(5)
        self.rep.writes(6)
        self.whole = self.pulled(office[OFFICE_PC])
        self.head: HeadSaid = office[OFFICE_PC].pull().head
        self.restore()

    def pulled(self, device: Device) -> tuple[HandedBatch, ...]:
        return device.pull().batches

    def restore(self) -> None:
        self.office.relay.restore(self.state)
        for device in self.office.devices.values():
            device.token = None

    def heal(self, after: int = 2, upto: int = 6, **other: object) -> Heal:
        links = tuple(
            Link(chains.hash_of(one.header), one.receipt_ms) for one in self.whole[upto : self.head.position]
        )
        return replace(Heal(*FIELD, after, self.whole[after:upto], links, self.head), **other)  # type: ignore[arg-type]


@pytest.fixture
def lost(office: Office) -> Lost:
    return Lost(office)


def test_everything_comes_back_byte_for_byte(lost: Lost) -> None:
    assert lost.office.position() == 2
    healed = lost.manager.ask(lost.heal())
    assert (healed.head.position, healed.head.head) == (6, lost.head.head)
    assert [(one.sequence, one.position) for one in healed.receipts] == [(2, 5)]
    assert lost.pulled(lost.office[OFFICE_PC]) == lost.whole
    assert lost.rep.writes(7).head.position == 7
    assert lost.manager.ask(lost.heal()).head.position == 7


def test_it_comes_back_in_parts_each_of_which_proves_itself(lost: Lost) -> None:
    assert lost.rep.ask(lost.heal(2, 3)).head.position == 3
    assert lost.rep.ask(lost.heal(3, 5)).head.position == 5
    assert lost.rep.ask(lost.heal(4, 6)).head.position == 6
    assert lost.pulled(lost.office[OFFICE_PC]) == lost.whole


def test_others_batches_may_come_without_their_bodies_which_are_awaited(lost: Lost) -> None:
    bare = tuple(
        batch if chains.parse(batch.header).device == VAN else batch._replace(body=b"", keys=())
        for batch in lost.whole[2:6]
    )
    assert lost.rep.ask(lost.heal(batches=bare)).head.position == 6
    office_pc = lost.office[OFFICE_PC]
    assert [one.body for one in office_pc.pull().batches] == [body(1), body(2), body(3), body(4)]
    assert refused(office_pc, Pull(*FIELD, 4)) == "body_awaited"
    assert [one.body for one in lost.manager.pull(4).batches] == [b"", body(6)]  # its own, it has it
    lost.manager.ask(lost.heal(4))
    assert lost.pulled(office_pc) == lost.whole


def test_an_author_who_pushes_again_gives_the_body_too(lost: Lost) -> None:
    bare = tuple(batch._replace(body=b"", keys=()) for batch in lost.whole[2:6])
    lost.rep.ask(lost.heal(batches=bare))
    fifth = lost.whole[4]
    lost.manager.push(SentBatch(fifth.header, fifth.signature, fifth.body, ()))
    assert lost.rep.pull(3).batches[1].body == body(5)


def test_a_head_that_this_server_did_not_sign_heals_nothing(lost: Lost) -> None:
    for head in (
        lost.head._replace(signature=bytes(64)),
        lost.head._replace(position=5),
        lost.head._replace(receipt_ms=0),
        lost.head._replace(book=b"x" * 16),
    ):
        assert refused(lost.manager, lost.heal(head=head)) == "head_unknown signature"


def test_a_head_of_another_stream_heals_nothing(lost: Lost) -> None:
    request = lost.heal()
    other = Heal(*OFFICE, request.after, request.batches, request.rest, request.head)
    assert refused(lost.manager, other) == "head_unknown signature"


def test_batches_that_do_not_lead_to_the_head_heal_nothing(lost: Lost) -> None:
    four = lost.whole[2:6]
    bent = (
        four[:-1], four[1:], (four[1], four[0], *four[2:]),
        (four[0]._replace(receipt_ms=four[0].receipt_ms + 1), *four[1:]),
    )  # fmt: skip
    for batches in bent:
        assert refused(lost.manager, lost.heal(batches=batches)) == "head_unknown links"
    assert refused(lost.manager, replace(lost.heal(3, 6), after=2)) == "head_unknown links"
    assert lost.office.position() == 2


def test_what_begins_after_the_servers_end_heals_nothing(lost: Lost) -> None:
    assert refused(lost.manager, lost.heal(3)) == "head_unknown gap"


def test_bodies_and_signatures_are_looked_at_again(lost: Lost) -> None:
    first, *rest = lost.whole[2:6]
    swapped = (first._replace(body=body(9)), *rest)
    assert refused(lost.manager, lost.heal(batches=swapped)) == "batch_refused body"
    unsigned = (first._replace(signature=bytes(64)), *rest)
    assert refused(lost.manager, lost.heal(batches=unsigned)) == "batch_refused signature"


def test_a_server_that_wrote_something_else_meanwhile_has_diverged(lost: Lost) -> None:
    """Then only an incarnation, which an owner signs, brings both branches together."""
    copy = Device(lost.office, MANAGERS)
    copy.ends[FIELD] = End(1, chains.hash_of(lost.whole[1].header), 0, 0)
    copy.writes(99)
    assert refused(lost.rep, lost.heal()) == "head_unknown fork"
    assert refused(lost.rep, Push(*FIELD, (lost.rep.batch(8),))) == "batch_refused gap"


def test_the_same_batch_received_at_another_time_is_another_history(lost: Lost) -> None:
    """An author who pushes again before anybody has healed makes a branch, be it of the same bytes."""
    lost.office.relay.clock.forward(60)
    third = lost.whole[2]
    lost.rep.push(SentBatch(third.header, third.signature, third.body, ()))
    assert refused(lost.manager, lost.heal()) == "head_unknown fork"
    assert refused(lost.manager, lost.heal(1)) == "head_unknown fork"


def test_a_head_that_the_server_has_passed_must_be_on_its_history(lost: Lost) -> None:
    """What went on elsewhere than the healer's older head."""
    lost.office.relay.clock.forward(60)
    for one in lost.whole[2:]:
        author = lost.office[chains.parse(one.header).device]
        author.push(SentBatch(one.header, one.signature, one.body, ()))
    lost.rep.writes(7)
    assert lost.office.position() == 7
    assert refused(lost.manager, lost.heal()) == "head_unknown fork"


def test_nobody_heals_a_stream_that_they_do_not_have(lost: Lost) -> None:
    assert refused(lost.office[b"a" * 16], lost.heal()) == "no_access"


def test_a_batch_that_cites_a_lost_roster_waits_for_the_statements(office: Office) -> None:
    rep, state = office[VAN], office.relay.snapshot()
    office[OFFICE_PC].begins(FIELD)
    head = rep.writes(1).head
    whole = office[OFFICE_PC].pull().batches
    office.relay.restore(state)
    office[OFFICE_PC].token = rep.token = None
    assert refused(rep, Heal(*FIELD, 0, whole, (), head)) == "roster_unknown"
    (signed, _statement) = office.company.roster.statements()[-1]
    rep.ask(Append(SignedStatement(*signed)))
    assert rep.ask(Heal(*FIELD, 0, whole, (), head)).head.position == 1


def test_pushing_to_a_server_that_went_back_says_that_heads_are_unknown(lost: Lost) -> None:
    lost.rep.sees(lost.head)
    assert refused(lost.rep, Push(*FIELD, (lost.rep.batch(7),))) == "batch_refused gap"
    lost.manager.sees(lost.head)
    lost.manager.ends[FIELD] = End(1, chains.hash_of(lost.whole[1].header), 0, 0)
    with pytest.raises(Problem) as caught:
        lost.manager.push(lost.manager.batch(8))
    assert caught.value.name == "head_unknown"


def test_a_restored_server_takes_back_a_statement_that_names_what_it_has_lost(office: Office) -> None:
    """But never one that names less than it has."""
    state = office.relay.snapshot()
    office[VAN].writes(1, 2)
    office.revokes(VAN)
    office.relay.restore(state)
    (lost,) = office.company.roster.statements(office.company.roster.index)
    office[OFFICE_PC].token = None
    office[OFFICE_PC].ask(Append(SignedStatement(*lost[0])))
    office.relay.restore(state)
    office[OFFICE_PC].token = office[VAN].token = None
    van = Device(office, VAN)
    before = office.company.roster
    van.ends.clear()
    office.company.roster = type(before).read(
        [signed for signed, _ in before.statements()[:-1]], lambda *_: None
    )
    van.writes(1, 2, 3)
    assert refused(office[OFFICE_PC], Append(SignedStatement(*lost[0]))) == "ends_moved"
