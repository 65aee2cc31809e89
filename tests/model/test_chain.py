"""Batch chains: every lie of the server that shows in headers is told apart, and honest batches pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.errors import Conflict, Damaged, Refused
from app.model import chain as chains
from app.model import statements as say
from app.model.chain import Chain, Delivered, End, Header, SignedHead, StreamFault
from app.model.statements import Stream
from tests.model.company import (
    AUDITORS,
    MANAGERS,
    NORTH,
    NOW,
    OFFICE_PC,
    VAN,
    Company,
    signature,
    signer,
    signing_key,
    staffed,
    verify,
)  # fmt: skip

STREAM = Stream(NORTH, 0)
SERVER = b"server" * 6
BODY = b"sealed" * 50


class Author:
    """A device that writes honest headers, and bends one where a test asks."""

    def __init__(self, company: Company, device: bytes) -> None:
        self.company, self.device = company, device
        self.end = Chain.start(company.roster.company, STREAM).end(device)

    def header(self, seen: Chain, **other: Any) -> Header:
        roster = self.company.roster
        header = Header(
            1, 1, roster.company, *STREAM, roster.facts.epochs[STREAM].number, self.device,
            self.end.sequence + 1, self.end.hash, seen.position, seen.head, roster.index, roster.head, 1, 0, 0, 3,
            chains.body_hash(BODY), chains.keys_hash([]),
        )  # fmt: skip
        return header._replace(**other)

    def batch(self, seen: Chain, receipt_ms: int = NOW, **other: Any) -> Delivered:
        data = chains.write(self.header(seen, **other))
        self.end = End(self.end.sequence + 1, chains.hash_of(data), 0, 0)
        return Delivered(data, signer(self.device)(chains.BATCH_PURPOSE, chains.hash_of(data)), receipt_ms)


class Reader:
    """A client that follows a stream and remembers its heads."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.chain = Chain.start(company.roster.company, STREAM)
        self.heads = {0: self.chain.head}

    def follow(self, *batches: Delivered) -> Chain:
        for batch in batches:
            self.chain, _header = chains.follow(
                self.chain, batch, self.company.roster, self.heads.get, verify
            )
            self.heads[self.chain.position] = self.chain.head
        return self.chain

    def faults(self, batch: Delivered) -> str:
        before = self.chain
        with pytest.raises(StreamFault) as caught:
            self.follow(batch)
        assert self.chain == before
        assert caught.value.position == before.position + 1
        return caught.value.fault


@pytest.fixture
def company() -> Company:
    return staffed()


@pytest.fixture
def reader(company: Company) -> Reader:
    return Reader(company)


def test_two_readers_of_the_same_batches_come_to_the_same_head(company: Company, reader: Reader) -> None:
    rep, manager = Author(company, VAN), Author(company, MANAGERS)
    batches = []
    for number in range(6):
        batches.append((rep if number % 2 else manager).batch(reader.chain, NOW + number // 2))
        reader.follow(batches[-1])
    again = Reader(company)
    assert again.follow(*batches) == reader.chain
    assert reader.chain.end(VAN).sequence == 3


def test_receipt_times_are_part_of_the_head(company: Company, reader: Reader) -> None:
    batch = Author(company, VAN).batch(reader.chain)
    other = Reader(company)
    assert reader.follow(batch).head != other.follow(batch._replace(receipt_ms=NOW + 1)).head


def test_a_foreign_batch_is_a_fault(company: Company, reader: Reader) -> None:
    assert reader.faults(Author(company, VAN).batch(reader.chain, company=b"x" * 32)) == "foreign"
    assert reader.faults(Author(company, VAN).batch(reader.chain, tier=1)) == "foreign"


def test_a_batch_left_out_or_repeated_is_a_fault(company: Company, reader: Reader) -> None:
    rep = Author(company, VAN)
    first, second, third = (rep.batch(reader.chain) for _ in range(3))
    reader.follow(first)
    assert reader.faults(third) == "gap"
    assert reader.faults(first) == "gap"
    reader.follow(second, third)


def test_a_second_batch_of_the_same_sequence_is_a_fault(company: Company, reader: Reader) -> None:
    one, two = Author(company, VAN), Author(company, VAN)
    reader.follow(one.batch(reader.chain))
    two.batch(reader.chain, changes=9)
    assert reader.faults(two.batch(reader.chain)) == "previous"


def test_an_altered_header_is_a_fault(company: Company, reader: Reader) -> None:
    rep = Author(company, VAN)
    batch = rep.batch(reader.chain)
    altered = chains.write(chains.parse(batch.data)._replace(changes=4))
    assert reader.faults(batch._replace(data=altered)) == "signature"
    assert reader.faults(batch._replace(signature=bytes(64))) == "signature"
    by_another = signer(MANAGERS)(chains.BATCH_PURPOSE, chains.hash_of(batch.data))
    assert reader.faults(batch._replace(signature=by_another)) == "signature"


def test_a_signature_for_another_purpose_is_a_fault(company: Company, reader: Reader) -> None:
    batch = Author(company, VAN).batch(reader.chain)
    other = signer(VAN)(say.PURPOSE, chains.hash_of(batch.data))
    assert reader.faults(batch._replace(signature=other)) == "signature"


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x90", b"\x92\x01\x01"], ids=repr)
def test_a_malformed_header_is_a_fault(company: Company, reader: Reader, data: bytes) -> None:
    assert reader.faults(Delivered(data, bytes(64), NOW)) == "form"


@pytest.mark.parametrize(
    "other",
    [
        {"version": 2},
        {"suite": 0},
        {"sequence": 0},
        {"changes": 257},
        {"changes": 0},
        {"tier": 2},
        {"device": b""},
    ],
    ids=repr,
)
def test_a_header_out_of_bounds_is_a_fault(company: Company, reader: Reader, other: dict[str, Any]) -> None:
    """A downgraded suite, too: nothing but what this version writes is read."""
    assert reader.faults(Author(company, VAN).batch(reader.chain, **other)) == "form"


def test_a_roster_of_another_branch_is_a_fault(company: Company, reader: Reader) -> None:
    assert reader.faults(Author(company, VAN).batch(reader.chain, roster_head=b"x" * 32)) == "roster"


def test_citing_an_older_roster_than_before_is_a_fault(company: Company, reader: Reader) -> None:
    rep = Author(company, VAN)
    reader.follow(rep.batch(reader.chain))
    older = company.roster.index - 1
    bent = rep.batch(reader.chain, roster_at=older, roster_head=company.roster.hash_at(older))
    assert reader.faults(bent) == "roster"


def test_a_roster_that_we_have_not_fetched_is_no_fault(company: Company, reader: Reader) -> None:
    batch = Author(company, VAN).batch(reader.chain, roster_at=company.roster.index + 1)
    with pytest.raises(Conflict):
        reader.follow(batch)


def test_an_author_with_another_history_is_a_fault(company: Company, reader: Reader) -> None:
    rep, manager = Author(company, VAN), Author(company, MANAGERS)
    reader.follow(manager.batch(reader.chain), manager.batch(reader.chain))
    assert reader.faults(Author(company, VAN).batch(reader.chain, seen_head=b"x" * 32)) == "head"
    assert reader.faults(Author(company, VAN).batch(reader.chain, seen_at=1, seen_head=b"x" * 32)) == "head"
    assert reader.faults(Author(company, VAN).batch(reader.chain, seen_at=3)) == "head"
    reader.follow(rep.batch(reader.chain))
    assert reader.faults(rep.batch(reader.chain, seen_at=1, seen_head=reader.heads[1])) == "head"


def test_an_old_head_below_a_snapshot_is_not_checked(company: Company, reader: Reader) -> None:
    manager = Author(company, MANAGERS)
    reader.follow(manager.batch(reader.chain), manager.batch(reader.chain))
    seen = replace(reader.chain, position=1, head=b"?" * 32)
    del reader.heads[1]
    reader.follow(Author(company, VAN).batch(seen))


def test_an_unknown_device_is_a_fault(company: Company, reader: Reader) -> None:
    stranger = Author(company, b"?" * 16)
    assert reader.faults(stranger.batch(reader.chain)) == "author"


def test_an_old_key_is_good_only_before_the_rotation(company: Company, reader: Reader) -> None:
    rep = Author(company, VAN)
    before = company.roster
    company.begins(OFFICE_PC, STREAM)
    assert reader.faults(Author(company, VAN).batch(reader.chain, epoch=1)) == "epoch"
    assert reader.faults(Author(company, VAN).batch(reader.chain, epoch=3)) == "epoch"
    late = rep.batch(reader.chain, epoch=1, roster_at=before.index, roster_head=before.head)
    reader.follow(late)


def test_nobody_seals_while_rotation_is_due(company: Company, reader: Reader) -> None:
    company.says(OFFICE_PC, say.DeviceRevoked(VAN, ()))
    assert reader.faults(Author(company, MANAGERS).batch(reader.chain)) == "epoch"
    company.begins(MANAGERS, STREAM)
    reader.follow(Author(company, MANAGERS).batch(reader.chain))


def test_times_of_receipt_that_go_back_are_a_fault(company: Company, reader: Reader) -> None:
    rep = Author(company, VAN)
    reader.follow(rep.batch(reader.chain, NOW + 5))
    assert reader.faults(rep.batch(reader.chain, NOW + 4)) == "time"


def test_an_altered_body_is_a_fault(company: Company, reader: Reader) -> None:
    header = chains.parse(Author(company, VAN).batch(reader.chain).data)
    chains.whole_body(header, BODY, 1)
    for body in (BODY + b"x", BODY[:-1], b""):
        with pytest.raises(StreamFault) as caught:
            chains.whole_body(header, body, 1)
        assert caught.value.fault == "body"


# ---- heads that the server signs

KNOWN = SignedHead(b"c" * 32, NORTH, 0, 5, b"h" * 32, NOW)


def said(head: SignedHead, known: SignedHead | None = KNOWN) -> str:
    signed = signature(SERVER, chains.HEAD_PURPOSE, chains.head_message(head))
    try:
        chains.grows(known, head, SERVER, signed, verify)
    except StreamFault as error:
        return error.fault
    return ""


def test_heads_only_grow() -> None:
    assert said(KNOWN) == said(KNOWN, None) == ""
    assert said(KNOWN._replace(position=6, head=b"i" * 32, receipt_ms=NOW + 1)) == ""
    assert said(KNOWN._replace(position=4)) == "older"
    assert said(KNOWN._replace(head=b"i" * 32)) == "fork"
    assert said(KNOWN._replace(position=6, receipt_ms=NOW - 1)) == "time"
    assert said(KNOWN._replace(tier=1)) == "foreign"


def test_a_head_that_the_server_did_not_sign_is_a_fault() -> None:
    with pytest.raises(StreamFault) as caught:
        chains.grows(KNOWN, KNOWN, SERVER, bytes(64), verify)
    assert caught.value.fault == "signature"


def test_a_chain_must_come_to_the_signed_head(company: Company, reader: Reader) -> None:
    chain = reader.follow(Author(company, VAN).batch(reader.chain))
    head = SignedHead(chain.company, *STREAM, 1, chain.head, NOW)
    chains.arrived(chain, head)
    for bent, fault in (
        (head._replace(position=2), "gap"), (head._replace(position=0), "older"), (head._replace(head=b"x" * 32), "fork"),
    ):  # fmt: skip
        with pytest.raises(StreamFault) as caught:
            chains.arrived(chain, bent)
        assert caught.value.fault == fault


def test_our_own_acknowledged_batch_must_be_there(company: Company, reader: Reader) -> None:
    chain = reader.follow(Author(company, MANAGERS).batch(reader.chain))
    chains.holds_own(chain, MANAGERS, 1, at=1)
    chains.holds_own(chain, VAN, 1, at=2)  # we have not come that far yet
    with pytest.raises(StreamFault) as caught:
        chains.holds_own(chain, VAN, 1, at=1)
    assert caught.value.fault == "missing"


def test_every_stream_begins_elsewhere(company: Company) -> None:
    origins = {
        chains.origin(one, stream)
        for one in (b"a" * 32, b"b" * 32)
        for stream in (STREAM, Stream(NORTH, 1), Stream(b"x" * 16, 0))
    }
    assert len(origins) == 6
    assert signing_key(VAN) != signing_key(MANAGERS)


# ---- branches that a restored server made, and that were brought together


class Parted:
    """Two histories of one stream: the manager went on from an older state than the rep's van had seen."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.rep, self.manager = Author(company, VAN), Author(company, MANAGERS)
        common = Reader(company)
        common.follow(self.rep.batch(common.chain), self.manager.batch(common.chain))
        self.fork = common.chain
        lost = Reader(company)
        lost.chain, lost.heads = common.chain, dict(common.heads)
        self.lost = []
        for number in range(3):
            self.lost.append(self.rep.batch(lost.chain, NOW + number))
            lost.follow(self.lost[-1])
        self.seen = lost.chain
        self.ours = common
        self.ours.follow(self.manager.batch(common.chain, NOW + 50))

    def joined(self, **other: Any) -> say.BranchesJoined:
        chain = self.ours.chain
        body = say.BranchesJoined(
            *STREAM, self.fork.position, self.fork.head, chain.position, chain.head,
            tuple(say.Lost(chains.hash_of(one.data), one.receipt_ms) for one in self.lost),
        )  # fmt: skip
        return replace(body, **other)

    def again(self) -> list[Delivered]:
        return [batch._replace(receipt_ms=NOW + 60) for batch in self.lost]


@pytest.fixture
def parted(company: Company) -> Parted:
    return Parted(company)


def test_batches_of_a_lost_branch_are_no_part_of_ours(parted: Parted) -> None:
    parted.ours.follow(parted.again()[0])  # its author had seen the fork only
    assert parted.ours.faults(parted.again()[1]) == "head"


def test_once_joined_they_follow_in_a_new_place_and_their_author_goes_on(parted: Parted) -> None:
    parted.company.says(OFFICE_PC, parted.joined())
    chain = parted.ours.follow(*parted.again())
    assert chain.position == 6 and chain.end(VAN).seen_at == parted.fork.position
    parted.ours.follow(parted.rep.batch(parted.seen, NOW + 61), parted.rep.batch(chain, NOW + 62))
    assert parted.company.roster.facts.lost_batches[chains.hash_of(parted.lost[2].data)] == NOW + 2


def test_only_the_heads_that_were_named_count(parted: Parted) -> None:
    parted.company.says(OFFICE_PC, parted.joined(lost=parted.joined().lost[:1]))
    first, second, third = parted.again()
    parted.ours.follow(first, second)
    assert parted.ours.faults(third) == "head"


def test_a_lost_head_counts_in_its_own_stream_alone(parted: Parted) -> None:
    parted.company.says(OFFICE_PC, parted.joined(tier=1))
    parted.ours.follow(parted.again()[0])
    assert parted.ours.faults(parted.again()[1]) == "head"


def test_a_citation_of_a_lost_roster_is_judged_where_it_parted(parted: Parted) -> None:
    company = parted.company
    index = company.roster.index
    lost = say.LostStatement(index + 1, b"L" * 32)
    cites = parted.rep.batch(parted.seen, NOW + 60, roster_at=index + 1, roster_head=b"L" * 32)
    company.says(OFFICE_PC, parted.joined(roster_at=index, statements=(lost,)))
    parted.ours.follow(*parted.again())
    chain = parted.ours.follow(cites)
    assert chain.end(VAN).roster_at == index
    assert company.roster.counted(index + 1, b"L" * 32) == index
    parted.ours.follow(parted.rep.batch(chain, NOW + 61))


@pytest.mark.parametrize(
    "other",
    [
        {"lost": (), "signature": bytes(64)},
        {"winning_at": 1},
        {"roster_at": 999},
        {"statements": (say.LostStatement(9999, b"L" * 32),)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_joining_that_contradicts_itself_is_refused(parted: Parted, other: dict[str, Any]) -> None:
    with pytest.raises(Damaged):
        parted.company.says(OFFICE_PC, parted.joined(**other))


def test_statements_of_this_very_roster_are_not_lost(parted: Parted) -> None:
    index = parted.company.roster.index
    own = say.LostStatement(index, parted.company.roster.head)
    with pytest.raises(Damaged):
        parted.company.says(OFFICE_PC, parted.joined(roster_at=index - 1, statements=(own,)))


def test_an_owner_joins_branches_once(parted: Parted) -> None:
    with pytest.raises(Refused):
        parted.company.says(MANAGERS, parted.joined())
    parted.company.says(OFFICE_PC, parted.joined())
    with pytest.raises(Conflict):
        parted.company.says(OFFICE_PC, parted.joined())


def proved(parted: Parted, **other: Any) -> say.BranchesJoined:
    """What somebody else than an owner says: with the server's signature."""
    chain = parted.seen
    head = SignedHead(chain.company, *STREAM, chain.position, chain.head, chain.receipt_ms)
    signed = signature(SERVER, chains.HEAD_PURPOSE, chains.head_message(head))
    return parted.joined(**{"signature": signed, **other})


def test_after_an_owners_word_others_bring_what_the_server_had_signed(parted: Parted) -> None:
    """The owner need not have seen any of it."""
    company = parted.company
    company.says(OFFICE_PC, say.ServerNamed(SERVER))
    with pytest.raises(Refused):
        company.says(VAN, proved(parted))
    company.says(OFFICE_PC, parted.joined(lost=()))
    for bent in (
        proved(parted, signature=bytes(64)),
        proved(parted, lost=parted.joined().lost[:-1]),
        proved(parted, lost=parted.joined().lost[::-1]),
        proved(parted, position=1, head=parted.ours.heads[1]),
    ):
        with pytest.raises(Damaged):
            company.says(VAN, bent)
    company.says(VAN, proved(parted))
    parted.ours.follow(*parted.again())


def test_an_owners_word_covers_what_had_parted_by_then_alone(parted: Parted) -> None:
    parted.company.says(OFFICE_PC, say.ServerNamed(SERVER))
    before = parted.fork.position - 1
    parted.company.says(
        OFFICE_PC, parted.joined(lost=(), position=before, winning_at=before, head=parted.ours.heads[before])
    )
    with pytest.raises(Refused):
        parted.company.says(VAN, proved(parted))


def test_who_has_not_the_book_joins_nothing(parted: Parted) -> None:
    parted.company.says(OFFICE_PC, say.ServerNamed(SERVER))
    parted.company.says(OFFICE_PC, parted.joined(lost=()))
    with pytest.raises(Refused):
        parted.company.says(AUDITORS, proved(parted))


def test_more_of_a_branch_that_was_joined_may_follow(parted: Parted) -> None:
    parted.company.says(OFFICE_PC, say.ServerNamed(SERVER))
    parted.company.says(OFFICE_PC, parted.joined(lost=parted.joined().lost[:1]))
    parted.company.says(VAN, proved(parted))
    parted.ours.follow(*parted.again())
