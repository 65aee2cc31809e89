"""Devices and keys in the roster, and the standing by which what they send is judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.errors import Conflict, Damaged, Refused
from app.model import statements as say
from app.model.roster import outdated
from app.model.statements import Last, Stream, Wrap
from tests.model.company import (
    AUDITORS,
    CLERK,
    CLERKS,
    COMPANY_BOOK,
    ITS,
    MANAGER,
    MANAGERS,
    NORTH,
    NOW,
    OFFICE_PC,
    OWNER,
    REP,
    SOUTH,
    VAN,
    Company,
    certificate,
    refuses,
    sealing_key,
    signing_key,
    staffed,
    verify,
)  # fmt: skip

N0, N1, S0, S1, C0 = (
    Stream(NORTH, 0),
    Stream(NORTH, 1),
    Stream(SOUTH, 0),
    Stream(SOUTH, 1),
    Stream(COMPANY_BOOK, 0),
)
NEW = b"n" * 16


@pytest.fixture
def company() -> Company:
    return staffed()


# ---- devices


def test_a_device_signs_over_to_its_successor(company: Company) -> None:
    refuses(Refused, company, VAN, certificate(NEW, REP))
    company.certifies(VAN, NEW, REP, replaces=VAN)
    facts = company.roster.facts
    assert not company.roster.standing(VAN).active
    assert company.roster.standing(NEW).active
    assert facts.rotation_due == {C0, N0}
    company.begins(NEW, C0, N0)
    assert not company.roster.facts.rotation_due


def test_the_only_owner_replaces_a_lost_laptop(company: Company) -> None:
    company.certifies(OFFICE_PC, NEW, OWNER, replaces=OFFICE_PC)
    assert company.roster.facts.owners() == {NEW}


def test_no_device_and_no_key_is_certified_twice(company: Company) -> None:
    refuses(Conflict, company, OFFICE_PC, certificate(VAN, REP))
    refuses(Conflict, company, OFFICE_PC, replace(certificate(NEW, REP), signing=signing_key(VAN)))
    refuses(Conflict, company, OFFICE_PC, replace(certificate(NEW, REP), sealing=sealing_key(VAN)))
    company.says(OFFICE_PC, say.DeviceRevoked(VAN, ()))
    refuses(Conflict, company, OFFICE_PC, certificate(VAN, REP))


def test_a_revoked_device_says_nothing_more(company: Company) -> None:
    company.says(OFFICE_PC, say.DeviceRevoked(MANAGERS, ()))
    refuses(Refused, company, MANAGERS, say.MemberAdded(NEW, "rep"))


# ---- keys


def test_an_epoch_is_wrapped_for_exactly_those_who_may_have_it(company: Company) -> None:
    good = company.epoch(OFFICE_PC, N0)
    assert {wrap.device for wrap in good.wraps} == {OFFICE_PC, MANAGERS, VAN, CLERKS}
    ghost = tuple(sorted([*good.wraps, Wrap(NORTH, 0, good.number, AUDITORS, b"wrap")]))
    for wraps in (good.wraps[1:], ghost, good.wraps[::-1], (*good.wraps, good.wraps[-1])):
        refuses(Damaged, company, OFFICE_PC, replace(good, wraps=wraps))
    refuses(Conflict, company, OFFICE_PC, replace(good, number=good.number + 1))
    refuses(Damaged, company, OFFICE_PC, replace(good, old=b""))
    refuses(Refused, company, AUDITORS, good)
    company.says(VAN, good)


def test_a_removal_makes_rotation_due_until_a_holder_rotates(company: Company) -> None:
    company.says(ITS, say.DeviceRevoked(CLERKS, ()))
    assert company.roster.facts.rotation_due == {C0, N0, N1}
    company.begins(MANAGERS, N0, N1)
    assert company.roster.facts.rotation_due == {C0}
    assert CLERKS not in company.roster.facts.recipients(N0)


def test_who_is_let_in_gets_the_present_key_at_once(company: Company) -> None:
    body = company.completed(say.AccessGiven(REP, NORTH, 1))
    assert [(wrap.stream, wrap.device) for wrap in body.wraps] == [(N1, VAN)]
    with pytest.raises(Damaged):
        company.roster.append(company.signed(OFFICE_PC, replace(body, wraps=())), verify)
    company.says(OFFICE_PC, body)
    assert VAN in company.roster.facts.recipients(N1)


def test_who_is_let_in_while_rotation_is_due_waits_for_the_new_key(company: Company) -> None:
    company.says(ITS, say.DeviceRevoked(CLERKS, ()))
    body = company.completed(say.AccessGiven(REP, NORTH, 1))
    assert body.wraps == ()
    company.says(OFFICE_PC, body)
    assert VAN in {wrap.device for wrap in company.epoch(MANAGERS, N1).wraps}


def test_the_office_tier_comes_and_goes_with_the_book(company: Company) -> None:
    company.says(OFFICE_PC, say.BookMade(SOUTH))
    refuses(Conflict, company, OFFICE_PC, say.AccessGiven(REP, SOUTH, 1))
    company.says(OFFICE_PC, say.AccessTaken(CLERK, NORTH, 0, ()))
    assert set(company.roster.facts.streams_of(CLERK)) == {C0}


def test_a_book_is_not_taken_from_its_last_reader(company: Company) -> None:
    company.says(MANAGERS, say.BookMade(SOUTH))
    company.begins(MANAGERS, S0)
    refuses(Refused, company, OFFICE_PC, say.AccessTaken(MANAGER, SOUTH, 0, ()))
    refuses(Refused, company, OFFICE_PC, say.MemberRemoved(MANAGER, ()))
    company.says(MANAGERS, say.AccessGiven(OWNER, SOUTH, 0))
    company.says(OFFICE_PC, say.MemberRemoved(MANAGER, ()))


def test_the_company_book_belongs_to_everybody(company: Company) -> None:
    refuses(Conflict, company, OFFICE_PC, say.AccessTaken(REP, COMPANY_BOOK, 0, ()))
    company.says(OFFICE_PC, say.MemberAdded(NEW, "rep"))
    assert set(company.roster.facts.streams_of(NEW)) == {C0}


def test_commitments_differ_by_company_stream_and_epoch() -> None:
    key = b"k" * 32
    found = {
        say.commitment(company, stream, epoch, key)
        for company in (b"a" * 32, b"b" * 32)
        for stream in (N0, N1, S0)
        for epoch in (1, 2)
    }
    assert len(found) == 12


# ---- judging what devices send


def test_a_taking_names_the_last_sequence_of_each_stream(company: Company) -> None:
    good = company.completed(say.DeviceRevoked(VAN, ()))
    assert [(last.device, last.stream) for last in good.last] == [(VAN, C0), (VAN, N0)]
    for last in (good.last[:1], good.last[::-1], (*good.last, Last(VAN, SOUTH, 0, 1))):
        with pytest.raises(Damaged):
            company.roster.append(company.signed(OFFICE_PC, replace(good, last=last)), verify)


def test_a_taking_goes_out_of_date_when_the_device_sends_more(company: Company) -> None:
    body = company.completed(say.DeviceRevoked(VAN, ()), lambda device, stream: 7)
    assert outdated(body, lambda device, stream: 7) == ()
    assert outdated(body, lambda device, stream: 8 if stream == N0 else 7) == ((VAN, N0),)
    assert outdated(say.BookMade(SOUTH), lambda device, stream: 1) == ()


def test_back_dating_fails(company: Company) -> None:
    cited = company.roster.index
    company.says(OFFICE_PC, say.DeviceRevoked(VAN, ()))
    assert company.roster.judged(VAN, N0, 7, cited).active
    assert not company.roster.judged(VAN, N0, 8, cited).active
    assert not company.roster.judged(VAN, N0, 8, cited + 1).active


def test_a_role_taken_counts_from_the_named_sequence(company: Company) -> None:
    company.says(OFFICE_PC, say.RoleGiven(REP, "manager"))
    cited = company.roster.index
    company.says(OFFICE_PC, say.RoleTaken(REP, "manager", ()))
    assert company.roster.judged(VAN, N0, 7, cited).roles_at(NOW) == {"rep", "manager"}
    assert company.roster.judged(VAN, N0, 8, cited).roles_at(NOW) == {"rep"}


def test_access_taken_counts_for_its_stream_only(company: Company) -> None:
    cited = company.roster.index
    company.says(OFFICE_PC, say.AccessTaken(CLERK, NORTH, 1, ()))
    assert company.roster.judged(CLERKS, N1, 7, cited).holds(N1, NOW)
    assert not company.roster.judged(CLERKS, N1, 8, cited).holds(N1, NOW)
    assert company.roster.judged(CLERKS, N0, 8, cited).holds(N0, NOW)


def test_what_was_accepted_before_an_earlier_taking_stays_so(company: Company) -> None:
    """The revocation does not name a stream that the member had lost before; that was settled then."""
    cited = company.roster.index
    company.says(OFFICE_PC, say.AccessTaken(REP, NORTH, 0, ()))
    company.says(OFFICE_PC, say.DeviceRevoked(VAN, ()))
    assert company.roster.judged(VAN, N0, 7, cited).active
    assert company.roster.judged(VAN, N0, 7, cited).holds(N0, NOW)
    assert not company.roster.judged(VAN, N0, 8, cited).holds(N0, NOW)


def test_losing_the_last_reading_role_ends_all_books(company: Company) -> None:
    company.says(OFFICE_PC, say.RoleGiven(CLERK, "it"))
    company.says(OFFICE_PC, say.RoleTaken(CLERK, "clerk", ()))
    assert set(company.roster.facts.streams_of(CLERK)) == {C0}
    assert company.roster.facts.rotation_due == {N0, N1}
