"""Taking batches in: one order for all, the same receipt for the same bytes, and nothing that does not follow."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.errors import Damaged, Offline
from app.model import chain as chains
from app.model import statements as say
from app.model.chain import Delivered, End, SignedHead
from app.model.roster import Roster, genesis
from app.model.statements import Stream
from sync.protocol.messages import MOST_PUSHED, Append, Push, SentBatch, SignedStatement, SubjectKey
from sync.server import auth
from sync.server.service import Limits
from tests.model.company import AUDITORS, CLERKS, ITS, MANAGERS, NORTH, NOW, OFFICE_PC, SOUTH, VAN, verify
from tests.sync.server.office import FIELD, OFFICE, Device, Office, body, refused


def test_batches_get_places_in_one_order_and_a_signed_head(office: Office) -> None:
    rep, manager = office[VAN], office[MANAGERS]
    first = rep.writes(1, 2)
    second = manager.writes(3)
    assert [(one.sequence, one.position, one.receipt_ms) for one in first.receipts] == [
        (1, 1, NOW),
        (2, 2, NOW),
    ]
    assert [(one.sequence, one.position) for one in second.receipts] == [(1, 3)]
    said = second.head
    auth.verify(
        office.relay.signer.public,
        chains.HEAD_PURPOSE,
        chains.head_message(SignedHead(office.id, *FIELD, 3, said.head, said.receipt_ms)),
        said.signature,
    )


def test_a_reader_who_checks_everything_comes_to_the_signed_head(office: Office) -> None:
    office[VAN].writes(1, 2)
    office.relay.clock.forward(5)
    office[MANAGERS].writes(3)
    pulled = office[OFFICE_PC].pull()
    chain = chains.Chain.start(office.id, FIELD)
    heads = {0: chain.head}
    for batch in pulled.batches:
        chain, header = chains.follow(chain, Delivered(*batch[:3]), office.company.roster, heads.get, verify)
        chains.whole_body(header, batch.body, chain.position)
        heads[chain.position] = chain.head
    assert (chain.position, chain.head) == (pulled.head.position, pulled.head.head)


def test_the_same_batch_again_gets_the_same_receipt(office: Office) -> None:
    rep = office[VAN]
    sent = rep.batches(1, 2, 3)
    before = rep.push(*sent)
    office.relay.clock.forward(60)
    office[MANAGERS].writes(9)
    assert rep.push(*sent).receipts == before.receipts
    assert rep.push(*sent, rep.batch(4)).receipts[:3] == before.receipts
    assert office.position() == 5


def test_a_lost_reply_is_no_loss(office: Office) -> None:
    rep = office[VAN]
    sent = rep.batch(1)
    rep.sign_in()
    rep.wire.lose(Push)
    with pytest.raises(Offline):
        rep.push(sent)
    assert rep.push(sent).head.position == 1


def test_a_batch_within_one_push_may_come_twice(office: Office) -> None:
    sent = office[VAN].batch(1)
    assert [one.position for one in office[VAN].push(sent, sent).receipts] == [1, 1]


def test_other_bytes_under_a_number_that_was_used_are_refused(office: Office) -> None:
    rep = office[VAN]
    rep.writes(1)
    copy = Device(office, VAN)
    assert refused(rep, Push(*FIELD, (copy.batch(2),))) == "sequence_reused"
    assert office.position() == 1


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ({"sequence": 3}, "batch_refused gap"),
        ({"previous": b"x" * 32}, "batch_refused previous"),
        ({"roster_head": b"x" * 32}, "batch_refused roster"),
        ({"roster_at": 1000}, "roster_unknown"),
        ({"seen_head": b"x" * 32}, "head_unknown head"),
        ({"seen_at": 7}, "head_unknown head"),
        ({"epoch": 2}, "epoch_old epoch"),
        ({"company": b"x" * 32}, "batch_refused foreign"),
        ({"book": SOUTH}, "batch_refused foreign"),
        ({"tier": 1}, "batch_refused foreign"),
        ({"device": MANAGERS}, "batch_refused author"),
        ({"body_hash": b"x" * 32}, "batch_refused body"),
        ({"keys_hash": b"x" * 32}, "batch_refused keys"),
        ({"suite": 2}, "batch_refused form"),
    ],
    ids=lambda value: str(value),
)
def test_a_header_that_does_not_follow_is_refused(office: Office, other: dict[str, Any], fault: str) -> None:
    rep = office[VAN]
    rep.writes(1)
    assert refused(rep, Push(*FIELD, (rep.batch(2, **other),))) == fault
    assert office.position() == 1


def test_an_older_head_or_roster_than_before_is_refused(office: Office) -> None:
    rep = office[VAN]
    rep.sees(rep.writes(1).head)
    rep.writes(2)
    start = chains.origin(office.id, FIELD)
    assert refused(rep, Push(*FIELD, (rep.batch(3, seen_at=0, seen_head=start),))) == "batch_refused head"
    rep = office[MANAGERS]
    rep.writes(4)
    roster = office.company.roster
    old: dict[str, Any] = {"roster_at": roster.index - 1, "roster_head": roster.hash_at(roster.index - 1)}
    assert refused(rep, Push(*FIELD, (rep.batch(5, **old),))) == "batch_refused roster"


def test_a_signature_that_does_not_hold_is_refused(office: Office) -> None:
    rep, manager = office[VAN], office[MANAGERS]
    sent = rep.batch(1)
    hash_ = chains.hash_of(sent.header)
    for signature in (bytes(64), manager.sign(chains.BATCH_PURPOSE, hash_), rep.sign(say.PURPOSE, hash_)):
        bent = sent._replace(signature=signature)
        assert refused(rep, Push(*FIELD, (bent,))) == "batch_refused signature"


def test_nobody_pushes_for_another_device(office: Office) -> None:
    sent = office[VAN].batch(1)
    assert refused(office[MANAGERS], Push(*FIELD, (sent,))) == "batch_refused author"


def test_what_comes_before_the_first_refused_batch_is_taken(office: Office) -> None:
    rep = office[VAN]
    sent = list(rep.batches(1, 2, 3))
    sent[1] = sent[1]._replace(signature=bytes(64))
    assert [one.sequence for one in rep.push(*sent).receipts] == [1]
    assert office.position() == 1
    assert refused(rep, Push(*FIELD, tuple(sent[1:]))) == "batch_refused signature"


def test_only_who_has_the_stream_may_push(office: Office) -> None:
    office.company.epoch(OFFICE_PC, FIELD)
    for device, stream in ((VAN, OFFICE), (AUDITORS, FIELD), (ITS, FIELD), (VAN, Stream(SOUTH, 0))):
        sent = office[device].batch(1, stream)
        assert refused(office[device], Push(*stream, (sent,))) == "no_access"
    assert office[CLERKS].writes(1, stream=OFFICE).head.position == 1


def test_access_that_was_lent_ends(office: Office) -> None:
    office[OFFICE_PC].says(say.AccessGiven(b"A" * 16, NORTH, 0, until_ms=NOW + 60_000))
    office[AUDITORS].writes(1)
    office.relay.clock.forward(61)
    assert refused(office[AUDITORS], Push(*FIELD, (office[AUDITORS].batch(2),))) == "no_access"


def test_an_ended_device_pushes_nothing_more(office: Office) -> None:
    rep = office[VAN]
    rep.writes(1)
    back_dated = rep.batch(2)
    office.revokes(VAN)
    assert refused(rep, Push(*FIELD, (back_dated,))) == "device_ended"
    assert office.position() == 1


def test_an_old_key_is_taken_only_with_a_roster_of_before_the_rotation(office: Office) -> None:
    rep, manager = office[VAN], office[MANAGERS]
    before = rep.batch(1)
    office[OFFICE_PC].begins(FIELD)
    assert rep.push(before).head.position == 1
    assert refused(manager, Push(*FIELD, (manager.batch(2, epoch=1),))) == "epoch_old epoch"


def test_nothing_is_taken_while_a_rotation_is_due(office: Office) -> None:
    office.revokes(VAN)
    manager = office[MANAGERS]
    assert refused(manager, Push(*FIELD, (manager.batch(1),))) == "epoch_old epoch"
    manager.ends.clear()
    manager.begins(FIELD)
    manager.writes(1)


def test_times_of_receipt_never_go_back(office: Office) -> None:
    office[VAN].writes(1)
    office.relay.clock.ms -= 3_600_000
    office[VAN].token = None
    assert office[VAN].writes(2).receipts[0].receipt_ms == NOW
    office.relay.clock.ms += 3_600_005
    office[VAN].token = None
    assert office[VAN].writes(3).receipts[0].receipt_ms == NOW + 5


def test_a_head_is_signed_for_one_stream_of_one_company(office: Office) -> None:
    said = office[VAN].writes(1).head
    for company, book in ((b"x" * 32, NORTH), (office.id, SOUTH)):
        head = SignedHead(company, book, 0, 1, said.head, said.receipt_ms)
        with pytest.raises(Damaged):
            auth.verify(
                office.relay.signer.public, chains.HEAD_PURPOSE, chains.head_message(head), said.signature
            )


def key(record: bytes, sealed: bytes = b"sealed key") -> SubjectKey:
    return SubjectKey(record, hashlib.sha256(sealed).digest(), sealed)


def test_subject_keys_are_the_ones_that_the_header_names(office: Office) -> None:
    rep = office[VAN]
    keys = (key(b"1" * 16), key(b"2" * 16, b"other"))
    sent = rep.batch(1, keys=keys)
    for bent in (
        (),
        keys[:1],
        keys[::-1],
        (keys[0], keys[1]._replace(sealed=b"swapped")),
        (keys[0], keys[1]._replace(sealed=b"")),
    ):
        assert refused(rep, Push(*FIELD, (sent._replace(keys=bent),))) == "batch_refused keys"
    rep.push(sent)
    assert office[MANAGERS].pull().batches[0].keys == keys


def test_keys_of_erased_records_are_gone_at_once_and_never_come_back(office: Office) -> None:
    rep = office[VAN]
    keys = (key(b"1" * 16), key(b"2" * 16, b"other"))
    rep.push(rep.batch(1, keys=keys))
    office[OFFICE_PC].says(say.RecordErased((b"1" * 16,)))
    erased = keys[0]._replace(sealed=b"")
    assert office[MANAGERS].pull().batches[0].keys == (erased, keys[1])
    rep.push(rep.batch(2, keys=keys))
    rep.push(rep.batch(3, keys=(erased, keys[1])))
    assert [one.keys for one in office[MANAGERS].pull(1).batches] == [(erased, keys[1])] * 2


def test_a_company_uses_no_more_than_its_quota(tmp_path: Path) -> None:
    small = Office(tmp_path / "small", Limits(company_bytes=2_000))
    rep = small[VAN]
    rep.writes(1, 2)
    assert refused(rep, Push(*FIELD, rep.batches(3, 4, 5, 6))) == "quota"
    with small.relay.storage.writing() as tx:
        tx.set_quota(small.id, 1 << 20)
    rep.ends[FIELD] = end_at_server(rep)
    assert rep.writes(3, 4, 5, 6).head.position == 6
    small.relay.close()


def end_at_server(device: Device) -> End:
    with device.office.relay.storage.reading() as tx:
        end = tx.end(device.office.id, FIELD, device.id)
    assert end is not None
    return end


def test_a_push_of_many_batches_is_taken_whole(office: Office) -> None:
    rep = office[VAN]
    assert rep.writes(*range(MOST_PUSHED)).head.position == MOST_PUSHED


def test_two_companies_never_see_each_other(office: Office) -> None:
    """The same books, devices and numbers in both: nothing of one reaches the other."""
    from tests.model import company as staff

    other = staff.Company(
        Roster.begin(genesis(replace(staff.FOUNDING, breaking=2), NOW, staff.signer(OFFICE_PC)), verify)
    )
    other.begins(OFFICE_PC, FIELD)
    second = Office.__new__(Office)
    second.company, second.relay, second.devices = other, office.relay, {}
    second.admit()
    assert second.id != office.id
    office[OFFICE_PC].writes(1, 2, 3)
    assert second[OFFICE_PC].pull().batches == ()
    assert second[OFFICE_PC].writes(7).head.position == 1
    assert len(office[MANAGERS].pull().batches) == 3
    assert refused(second[OFFICE_PC], Push(*FIELD, (office[OFFICE_PC].batch(4),))) == "batch_refused foreign"
    swapped = second.id + (office[OFFICE_PC].token or b"")[32:]
    assert refused(second[OFFICE_PC], Push(*FIELD, (second[OFFICE_PC].batch(8),)), swapped) == "no_session"
    signed = second.company.says(OFFICE_PC, say.BookMade(SOUTH))
    assert refused(office[OFFICE_PC], Append(SignedStatement(*signed))) == "roster_moved"


def test_a_body_may_not_be_swapped(office: Office) -> None:
    sent = office[VAN].batch(1)
    bent = SentBatch(sent.header, sent.signature, body(2), ())
    assert refused(office[VAN], Push(*FIELD, (bent,))) == "batch_refused body"
