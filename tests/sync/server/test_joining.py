"""Two histories of one stream, after a server was restored and written to, become one by an owner's word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.model import chain as chains
from app.model import statements as say
from app.model.chain import End
from sync.protocol.messages import Append, HandedBatch, Push, SentBatch, SignedStatement
from sync.server.checking import check
from tests.model.company import MANAGERS, OFFICE_PC, VAN
from tests.sync.server.office import FIELD, Office, body, checked, refused


class Parted:
    """The rep's van has seen three batches that the server lost; the manager, who had not, went on without them."""

    def __init__(self, office: Office) -> None:
        self.office, self.rep, self.manager = office, office[VAN], office[MANAGERS]
        self.rep.writes(1)
        fork = self.manager.writes(2).head
        state = office.relay.snapshot()
        self.rep.sees(fork)
        self.rep.writes(3)
        self.rep.sees(self.rep.writes(4).head)
        self.rep.writes(5)
        self.lost: tuple[HandedBatch, ...] = office[OFFICE_PC].pull(2).batches
        office.relay.restore(state)
        for device in office.devices.values():
            device.token = None
        self.manager.sees(fork)
        self.fork, self.winning = fork, self.manager.writes(6).head

    def joined(self, **other: Any) -> say.BranchesJoined:
        made = say.BranchesJoined(
            *FIELD, 2, self.fork.head, self.winning.position, self.winning.head,
            tuple(say.Lost(chains.hash_of(one.header), one.receipt_ms) for one in self.lost),
        )  # fmt: skip
        return replace(made, **other)

    def sent(self) -> tuple[SentBatch, ...]:
        return tuple(SentBatch(one.header, one.signature, one.body, one.keys) for one in self.lost)


@pytest.fixture
def parted(office: Office) -> Parted:
    return Parted(office)


def test_what_was_lost_comes_behind_what_went_on(parted: Parted) -> None:
    office = parted.office
    assert refused(parted.rep, Push(*FIELD, parted.sent()[1:])) == "batch_refused gap"
    office[OFFICE_PC].says(parted.joined())
    pushed = parted.rep.push(*parted.sent())
    assert [(one.sequence, one.position) for one in pushed.receipts] == [(2, 4), (3, 5), (4, 6)]
    pulled = office[OFFICE_PC].pull()
    assert [one.body for one in pulled.batches] == [body(number) for number in (1, 2, 6, 3, 4, 5)]
    parted.rep.sees(pushed.head)
    assert parted.rep.writes(7).head.position == 7
    assert list(check(office.relay.storage, None, checked)) == []


def test_before_an_owner_says_so_their_heads_are_unknown(parted: Parted) -> None:
    assert len(parted.rep.push(*parted.sent()).receipts) == 2  # whose author had seen the fork only
    assert refused(parted.rep, Push(*FIELD, parted.sent()[2:])) == "head_unknown head"


def test_anybody_may_bring_them_but_only_as_they_were(parted: Parted) -> None:
    first = parted.sent()[0]
    assert refused(parted.manager, Push(*FIELD, (first,))) == "batch_refused author"
    parted.office[OFFICE_PC].says(parted.joined())
    assert refused(parted.manager, Push(*FIELD, (first._replace(body=body(9)),))) == "batch_refused body"
    unsigned = first._replace(signature=bytes(64))
    assert refused(parted.manager, Push(*FIELD, (unsigned,))) == "batch_refused signature"
    assert parted.manager.push(*parted.sent()).head.position == 6
    assert parted.rep.push(*parted.sent()).receipts[-1].position == 6  # its author comes later, with the same
    other = parted.rep.batch(8)
    assert refused(parted.manager, Push(*FIELD, (other,))) == "batch_refused author"


@pytest.mark.parametrize(
    "other",
    [
        {"head": b"x" * 32},
        {"winning": b"x" * 32},
        {"winning_at": 99},
        {"position": 1},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_joining_must_speak_of_this_servers_history(parted: Parted, other: dict[str, Any]) -> None:
    signed = parted.office.company.signed(OFFICE_PC, parted.joined(**other))
    refusal = refused(parted.office[OFFICE_PC], Append(SignedStatement(*signed)))
    assert refusal == "statement_refused fork"


def test_a_device_that_ended_meanwhile_loses_nothing_that_was_accepted(parted: Parted) -> None:
    """Its lost batches come back by others; what the roster says of its last sequence judges them."""
    office = parted.office
    office.revokes(VAN)
    office[OFFICE_PC].says(parted.joined())
    parted.manager.push(*parted.sent())
    judged = office.company.roster.judged(VAN, FIELD, 2, chains.parse(parted.lost[0].header).roster_at)
    assert not judged.active
    end = End(4, chains.hash_of(parted.lost[2].header), 0, 0)
    with office.relay.storage.reading() as tx:
        known = tx.end(office.id, FIELD, VAN)
    assert known is not None and (known.sequence, known.hash, known.seen_at) == (4, end.hash, 2)
