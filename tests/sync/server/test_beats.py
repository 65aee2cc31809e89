"""Heartbeats, and deposits of devices whose membership has ended."""

from __future__ import annotations

from pathlib import Path

from app.model import chain as chains
from app.model import statements as say
from sync.protocol.messages import (
    Beat,
    BeatSent,
    Deposit,
    FetchBeats,
    FetchDeposits,
    SentBatch,
    SettleDeposits,
)
from sync.server.service import Limits
from tests.model.company import CLERKS, MANAGERS, NOW, OFFICE_PC, VAN
from tests.sync.server.office import FIELD, OFFICE, Office, body, refused
from tests.sync.server.test_pushing import key


def test_a_heartbeat_is_seen_by_those_who_have_the_stream(office: Office) -> None:
    office.relay.clock.forward(7)
    office[CLERKS].ask(Beat((BeatSent(*FIELD, 3, b"sealed"), BeatSent(*OFFICE, 1, b"secret"))))
    seen = office[VAN].ask(FetchBeats())
    assert [(one.device, one.position, one.sealed, one.at_ms) for one in seen.beats] == [
        (CLERKS, 3, b"sealed", NOW + 7_000)
    ]
    assert {one.device: one.at_ms for one in seen.contacts} == {CLERKS: NOW + 7_000, VAN: NOW + 7_000}
    assert len(office[MANAGERS].ask(FetchBeats()).beats) == 2


def test_nobody_beats_for_a_stream_that_they_do_not_have(office: Office) -> None:
    office[VAN].ask(Beat((BeatSent(*OFFICE, 1, b"secret"),)))
    assert office[MANAGERS].ask(FetchBeats()).beats == ()


def test_an_ended_device_deposits_what_it_still_has(office: Office) -> None:
    rep = office[VAN]
    accepted = rep.batch(1)
    rep.push(accepted)
    late = rep.batch(2)
    office.revokes(VAN)
    for _ in range(2):
        rep.ask(Deposit((accepted, late)))
    (found,) = office[MANAGERS].ask(FetchDeposits()).batches
    assert (found.device, found.batch) == (VAN, late)
    assert office.position() == 1


def test_who_still_belongs_to_the_company_deposits_nothing(office: Office) -> None:
    assert refused(office[VAN], Deposit((office[VAN].batch(1),))) == "batch_refused active"


def test_a_deposit_is_the_devices_own_and_whole(office: Office) -> None:
    rep, manager = office[VAN], office[MANAGERS]
    theirs, own, foreign = manager.batch(1), rep.batch(2), rep.batch(3, company=b"x" * 32)
    office.revokes(VAN)
    assert refused(rep, Deposit((theirs,))) == "batch_refused author"
    assert refused(rep, Deposit((foreign,))) == "batch_refused author"
    assert refused(rep, Deposit((own._replace(body=body(9)),))) == "batch_refused body"
    by_manager = manager.sign(chains.BATCH_PURPOSE, chains.hash_of(own.header))
    assert refused(rep, Deposit((own._replace(signature=by_manager),))) == "batch_refused signature"
    assert refused(rep, Deposit((SentBatch(b"\x90", bytes(64), b"x", ()),))) == "batch_refused form"
    elsewhere = rep.batch(4, book=b"?" * 16)
    assert refused(rep, Deposit((elsewhere,))) == "no_access"


def test_deposits_have_a_quota(tmp_path: Path) -> None:
    small = Office(tmp_path / "small", Limits(deposited_batches=2))
    rep = small[VAN]
    batches = rep.batches(1, 2, 3)
    small.revokes(VAN)
    assert refused(rep, Deposit(batches)) == "quota"
    rep.ask(Deposit(batches[:2]))
    assert refused(rep, Deposit(batches[2:])) == "quota"
    small.relay.close()


def test_deposits_are_for_owners_and_managers(office: Office) -> None:
    assert refused(office[CLERKS], FetchDeposits()) == "no_access"
    assert office[OFFICE_PC].ask(FetchDeposits()).batches == ()


def test_deposits_are_forgotten_once_somebody_has_decided(office: Office) -> None:
    rep = office[VAN]
    batches = rep.batches(1, 2, 3)
    office.revokes(VAN)
    rep.ask(Deposit(batches))
    settled = SettleDeposits(VAN, *FIELD, 2)
    assert refused(office[CLERKS], settled) == "no_access"
    assert refused(office[MANAGERS], SettleDeposits(VAN, b"?" * 16, 0, 2)) == "no_access"
    office[MANAGERS].ask(settled)
    assert [one.batch for one in office[MANAGERS].ask(FetchDeposits()).batches] == [batches[2]]


def test_keys_of_erased_records_are_gone_from_deposits_too(office: Office) -> None:
    rep = office[VAN]
    keys = (key(b"1" * 16), key(b"2" * 16))
    before, after = rep.batch(1, keys=keys), rep.batch(2, keys=keys)
    office.revokes(VAN)
    rep.ask(Deposit((before,)))
    office[OFFICE_PC].says(say.RecordErased((b"1" * 16,)))
    rep.ask(Deposit((after,)))
    found = office[OFFICE_PC].ask(FetchDeposits()).batches
    assert [one.batch.keys for one in found] == [(keys[0]._replace(sealed=b""), keys[1])] * 2
