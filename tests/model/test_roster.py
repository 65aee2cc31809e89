"""The roster proves exactly what its members may say, and nothing that anybody else claims."""

from __future__ import annotations

import random
from typing import Any

import pytest

from app.errors import AppError, Conflict, Damaged, Outdated, Refused
from app.model import statements as say
from app.model.encoding import canonical, decode
from app.model.roster import Roster, genesis
from app.model.statements import Signed, Stream
from tests.model.company import (
    AUDITOR,
    AUDITORS,
    CLERK,
    CLERKS,
    COMPANY_BOOK,
    FOUNDING,
    IT,
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
    signer,
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


# ---- the log


def test_the_genesis_hash_is_the_company() -> None:
    first = genesis(FOUNDING, NOW, signer(OFFICE_PC))
    roster = Roster.begin(first, verify)
    assert roster.company == roster.head == say.hash_of(first.data)
    assert roster.standing(OFFICE_PC).roles_at(NOW) == {"owner"}
    assert set(roster.standing(OFFICE_PC).streams) == {C0, Stream(COMPANY_BOOK, 1), N0, N1}
    Roster.begin(first, verify, company=roster.company)
    with pytest.raises(Damaged):
        Roster.begin(first, verify, company=b"x" * 32)


def test_a_genesis_that_another_device_signed_is_not_believed() -> None:
    with pytest.raises(Damaged):
        Roster.begin(genesis(FOUNDING, NOW, signer(VAN)), verify)


def test_a_roster_read_again_is_the_same(company: Company) -> None:
    signed = [one for one, _statement in company.roster.statements()]
    again = Roster.read(signed, verify, company.roster.company)
    assert (again.head, again.facts) == (company.roster.head, company.roster.facts)


def test_every_altered_byte_is_noticed(company: Company) -> None:
    signed = [one for one, _statement in company.roster.statements()]
    rng = random.Random(1)
    for at in range(1, len(signed)):
        data = bytearray(signed[at].data)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        roster = Roster.read(signed[:at], verify)
        with pytest.raises(AppError):
            roster.append(Signed(bytes(data), signed[at].signature), verify)
        with pytest.raises(Damaged):
            roster.append(Signed(signed[at].data, bytes(64)), verify)


def test_only_what_follows_the_head_is_taken(company: Company) -> None:
    body = say.MemberAdded(NEW, "rep")
    for other in ({"previous": b"x" * 32}, {"at": company.roster.index}, {"at": company.roster.index + 2}):
        with pytest.raises(Conflict):
            company.roster.append(company.signed(OFFICE_PC, body, **other), verify)


def test_a_lost_race_is_a_conflict(company: Company) -> None:
    late = company.signed(MANAGERS, say.MemberAdded(NEW, "rep"))
    company.says(OFFICE_PC, say.MemberAdded(NEW, "clerk"))
    with pytest.raises(Conflict):
        company.roster.append(late, verify)


def test_an_unknown_device_proves_nothing(company: Company) -> None:
    refuses(Damaged, company, NEW, say.MemberAdded(NEW, "rep"))


def test_an_old_roster_stays_as_it_was(company: Company) -> None:
    old, count = company.roster, company.roster.index
    company.says(OFFICE_PC, say.DeviceRevoked(VAN, ()))
    assert old.index == count
    assert old.standing(VAN).active
    assert company.roster.standing(VAN, count).active
    assert not company.roster.standing(VAN).active


def test_an_unknown_kind_asks_for_an_update(company: Company) -> None:
    plain = decode(company.signed(OFFICE_PC, say.MemberAdded(NEW, "rep")).data)
    plain[5] = "member.praised"
    with pytest.raises(Outdated, match="update"):
        say.parse(canonical(plain))


@pytest.mark.parametrize(
    "change",
    [
        {"member": b"short"}, {"role": ""}, {"role": 3}, {"until_ms": -1}, {"until_ms": True}, {"until_ms": 2**60},
        {"extra": 1}, {"member": None},
    ],
    ids=repr,
)  # fmt: skip
def test_a_body_in_another_form_is_not_believed(company: Company, change: dict[str, Any]) -> None:
    plain = decode(company.signed(OFFICE_PC, say.MemberAdded(NEW, "rep")).data)
    plain[6].update(change)
    with pytest.raises(Damaged):
        say.parse(canonical(plain))
    del plain[6]["member"]
    with pytest.raises(Damaged):
        say.parse(canonical(plain))


def test_bytes_that_are_not_canonical_are_not_believed(company: Company) -> None:
    data = company.signed(OFFICE_PC, say.MemberAdded(NEW, "rep")).data
    assert data[0] == 0x97
    with pytest.raises(Damaged):
        say.parse(b"\xdc\x00\x07" + data[1:])  # the same array, its length in two bytes


# ---- nobody grants himself anything


def test_nobody_grants_himself_anything(company: Company) -> None:
    company.says(MANAGERS, say.BookMade(SOUTH))
    company.says(MANAGERS, say.AccessGiven(REP, SOUTH, 0))
    for device, body in (
        (OFFICE_PC, say.RoleGiven(OWNER, "rep")),
        (MANAGERS, say.RoleGiven(MANAGER, "owner")),
        (VAN, say.RoleGiven(REP, "manager")),
        (OFFICE_PC, say.AccessGiven(OWNER, SOUTH, 0)),
        (VAN, say.AccessGiven(REP, NORTH, 1)),
        (OFFICE_PC, say.FactorReset(OWNER)),
    ):
        refuses(Refused, company, device, body)


def test_a_ghost_device_of_a_colleague_is_refused(company: Company) -> None:
    """Otherwise an owner without a book would read it through a device of somebody who has it."""
    company.says(MANAGERS, say.BookMade(SOUTH))
    company.says(MANAGERS, say.AccessGiven(REP, SOUTH, 0))
    refuses(Refused, company, OFFICE_PC, certificate(NEW, REP))
    company.certifies(MANAGERS, NEW, REP)


def test_access_can_only_be_given_by_who_has_it(company: Company) -> None:
    company.says(MANAGERS, say.BookMade(SOUTH))
    refuses(Refused, company, OFFICE_PC, say.AccessGiven(CLERK, SOUTH, 0))
    company.says(MANAGERS, say.AccessGiven(CLERK, SOUTH, 0))


@pytest.mark.parametrize("device", [VAN, CLERKS, AUDITORS, ITS])
def test_those_who_do_not_lead_decide_about_nobody(company: Company, device: bytes) -> None:
    for body in (
        say.MemberAdded(NEW, "rep"),
        say.RoleGiven(CLERK if device == VAN else REP, "clerk" if device == VAN else "rep"),
        say.BookMade(SOUTH),
        say.AccessGiven(REP, NORTH, 1),
        certificate(NEW, REP if device != VAN else CLERK),
        say.PolicySet("lease", "30"),
        say.RecordErased((NEW,)),
        say.ServerNamed(b"k" * 32),
    ):
        refuses(Refused if not isinstance(body, say.RoleGiven) else AppError, company, device, body)


def test_managers_decide_about_reps_and_clerks_only(company: Company) -> None:
    company.says(MANAGERS, say.MemberAdded(NEW, "rep"))
    company.certifies(MANAGERS, b"q" * 16, NEW)
    company.says(MANAGERS, say.RoleGiven(NEW, "clerk"))
    company.says(MANAGERS, say.AccessGiven(NEW, NORTH, 0))
    company.says(MANAGERS, say.FactorReset(NEW))
    company.says(MANAGERS, say.AccessTaken(NEW, NORTH, 0, ()))
    company.says(MANAGERS, say.RoleTaken(NEW, "clerk", ()))
    company.says(MANAGERS, say.MemberRemoved(NEW, ()))
    for body in (
        say.MemberAdded(b"z" * 16, "manager"),
        say.MemberAdded(b"z" * 16, "owner"),
        say.RoleGiven(REP, "auditor"),
        say.RoleTaken(OWNER, "owner", ()),
        say.MemberRemoved(OWNER, ()),
        say.MemberRemoved(AUDITOR, ()),
        say.DeviceRevoked(OFFICE_PC, ()),
        certificate(NEW, OWNER),
        say.FactorReset(IT),
        say.AccessGiven(AUDITOR, NORTH, 0),
        say.PolicySet("lease", "30"),
        say.SchemaRaised(2, 1),
    ):
        refuses(Refused, company, MANAGERS, body)


def test_a_role_lent_for_a_time_signs_nothing_about_others(company: Company) -> None:
    company.says(OFFICE_PC, say.RoleGiven(CLERK, "manager", NOW + 1))
    refuses(Refused, company, CLERKS, say.MemberAdded(NEW, "rep"))
    assert company.roster.standing(CLERKS).roles_at(NOW) == {"clerk", "manager"}
    assert company.roster.standing(CLERKS).roles_at(NOW + 1) == {"clerk"}
    refuses(Conflict, company, OFFICE_PC, say.RoleGiven(CLERK, "manager", NOW))
    company.says(OFFICE_PC, say.RoleGiven(CLERK, "manager"))
    company.says(CLERKS, say.MemberAdded(NEW, "rep"))
    refuses(Refused, company, OFFICE_PC, say.RoleGiven(CLERK, "owner", NOW + 1))


def test_it_revokes_devices_and_removes_members_but_reads_nothing(company: Company) -> None:
    refuses(Refused, company, OFFICE_PC, say.AccessGiven(IT, NORTH, 0))
    company.says(ITS, say.FactorReset(REP))
    company.says(ITS, say.DeviceRevoked(VAN, ()))
    company.says(ITS, say.MemberRemoved(REP, ()))
    refuses(Refused, company, ITS, say.MemberRemoved(OWNER, ()))
    refuses(Refused, company, ITS, say.FactorReset(OWNER))
    company.says(ITS, say.SchemaRaised(1, 2))


# ---- the last owner


def test_the_last_owner_stays(company: Company) -> None:
    for device, body in (
        (OFFICE_PC, say.MemberRemoved(OWNER, ())),
        (OFFICE_PC, say.RoleTaken(OWNER, "owner", ())),
        (OFFICE_PC, say.DeviceRevoked(OFFICE_PC, ())),
        (ITS, say.DeviceRevoked(OFFICE_PC, ())),
    ):
        refuses(Refused, company, device, body)
    company.says(OFFICE_PC, say.RoleGiven(MANAGER, "owner"))
    company.says(MANAGERS, say.MemberRemoved(OWNER, ()))
    refuses(Refused, company, MANAGERS, say.DeviceRevoked(MANAGERS, ()))


def test_a_second_owner_without_a_device_does_not_count(company: Company) -> None:
    company.says(OFFICE_PC, say.MemberAdded(NEW, "owner"))
    refuses(Refused, company, OFFICE_PC, say.MemberRemoved(OWNER, ()))


def test_erased_records_and_policies_are_remembered(company: Company) -> None:
    company.says(MANAGERS, say.RecordErased((b"1" * 16, b"2" * 16)))
    company.says(OFFICE_PC, say.RecordErased((b"3" * 16,)))
    assert company.roster.facts.erased == {b"1" * 16, b"2" * 16, b"3" * 16}
    refuses(Damaged, company, OFFICE_PC, say.RecordErased((b"2" * 16, b"1" * 16)))
    company.says(OFFICE_PC, say.PolicySet("lease", "30"))
    company.says(OFFICE_PC, say.PolicySet("lease", ""))
    assert company.roster.facts.policies == {}


def test_the_schema_only_rises(company: Company) -> None:
    company.says(OFFICE_PC, say.SchemaRaised(2, 1))
    refuses(Conflict, company, OFFICE_PC, say.SchemaRaised(2, 1))
    refuses(Conflict, company, OFFICE_PC, say.SchemaRaised(1, 2))
    refuses(Conflict, company, OFFICE_PC, say.CompanyFounded(*[getattr(FOUNDING, name) for name in (
        "member", "device", "signing", "sealing", "company_book", "first_book")]))  # fmt: skip


def test_a_draft_is_checked_before_anything_is_signed(company: Company) -> None:
    with pytest.raises(Refused):
        company.roster.draft(say.RoleGiven(REP, "manager"), MANAGERS, NOW)
    draft = company.roster.draft(say.MemberAdded(NEW, "rep"), MANAGERS, NOW)
    company.roster.append(say.signed(draft, signer(MANAGERS)), verify)


def test_random_statements_never_break_the_two_laws() -> None:
    """Whatever members say, an owner with a device remains, and nobody's own statement widens his rights."""
    rng = random.Random(7)
    for _ in range(12):
        company = staffed()
        for _ in range(80):
            _something(rng, company)
            assert company.roster.facts.owners()
        signed = [one for one, _statement in company.roster.statements()]
        assert Roster.read(signed, verify).facts == company.roster.facts


def _something(rng: random.Random, company: Company) -> None:
    facts = company.roster.facts
    devices, members = sorted(facts.devices), sorted(facts.members)
    device, member, book = rng.choice(devices), rng.choice(members), rng.choice(sorted(facts.books))
    role, tier = rng.choice(("owner", "manager", "rep", "clerk", "auditor", "it")), rng.randrange(2)
    fresh = rng.randbytes(16)
    body = rng.choice(
        (
            say.MemberAdded(fresh, role), say.MemberRemoved(member, ()), say.RoleGiven(member, role),
            say.RoleTaken(member, role, ()), say.BookMade(fresh), say.AccessGiven(member, book, tier),
            say.AccessTaken(member, book, tier, ()), certificate(fresh, member),
            certificate(fresh, member, replaces=device), say.DeviceRevoked(rng.choice(devices), ()),
            company.epoch(device, Stream(book, tier)), say.FactorReset(member),
        )
    )  # fmt: skip
    author = facts.devices[device].member
    try:
        company.says(device, body)
    except AppError:
        return
    after = company.roster.facts
    assert after.members[author].roles.keys() <= facts.members[author].roles.keys()
    if not isinstance(body, say.BookMade):
        assert after.streams_of(author).keys() <= facts.streams_of(author).keys()


@pytest.mark.parametrize("kind", [{}, [], 7, None, b"book.made", [[]]], ids=repr)
def test_a_kind_that_is_no_text_is_refused(kind: object) -> None:
    """It arrives from others; whatever it is, it must not end the program."""
    with pytest.raises(Damaged):
        say.parse(canonical([1, b"", 0, b"d" * 16, 0, kind, {}]))
