"""Appending to the roster: by its rules, at its head, and with the ends that are accepted by now."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.model import statements as say
from app.model.statements import Stream
from sync.protocol.messages import Append, FetchEnds, FetchRoster, SignedStatement
from sync.server.service import Limits
from tests.model.company import MANAGERS, NORTH, OFFICE_PC, REP, SOUTH, VAN, staffed
from tests.sync.server.office import Office, refused


def prepared(office: Office, device: bytes, body: say.Body, **other: object) -> Append:
    return Append(SignedStatement(*office.company.signed(device, body, **other)))


def test_the_roster_is_handed_out_from_an_index_on(office: Office) -> None:
    rep = office[VAN]
    whole = rep.ask(FetchRoster(0))
    assert whole.statements == office.statements() and whole.length == len(whole.statements)
    assert rep.ask(FetchRoster(5)).statements == office.statements()[5:]
    assert rep.ask(FetchRoster(999)).statements == ()


def test_a_statement_is_appended_once_and_may_be_repeated(office: Office) -> None:
    request = prepared(office, OFFICE_PC, say.BookMade(SOUTH))
    for _ in range(2):
        office[OFFICE_PC].ask(request)
    assert office[VAN].ask(FetchRoster(0)).length == office.company.roster.index + 2


def test_a_new_book_can_be_written_once_it_has_a_key(office: Office) -> None:
    office[OFFICE_PC].says(say.BookMade(SOUTH))
    stream = Stream(SOUTH, 0)
    office[OFFICE_PC].begins(stream)
    assert office[OFFICE_PC].writes(1, stream=stream).head.position == 1


def test_of_two_statements_at_one_head_the_second_is_refused(office: Office) -> None:
    first = prepared(office, OFFICE_PC, say.BookMade(SOUTH))
    second = prepared(office, MANAGERS, say.BookMade(b"W" * 16))
    office[OFFICE_PC].ask(first)
    assert refused(office[MANAGERS], second) == "roster_moved"


@pytest.mark.parametrize(
    ("device", "body", "fault"),
    [
        (VAN, say.BookMade(SOUTH), "refused"),
        (MANAGERS, say.RoleGiven(REP, "owner"), "refused"),
        (OFFICE_PC, say.BookMade(NORTH), "conflict"),
        (OFFICE_PC, say.DeviceRevoked(VAN, ()), "damaged"),
    ],
)
def test_what_the_rules_forbid_is_refused(office: Office, device: bytes, body: say.Body, fault: str) -> None:
    assert refused(office[device], prepared(office, device, body)) == f"statement_refused {fault}"


def test_a_statement_whose_signature_does_not_hold_is_refused(office: Office) -> None:
    request = prepared(office, OFFICE_PC, say.BookMade(SOUTH))
    bent = Append(request.statement._replace(signature=bytes(64)))
    assert refused(office[OFFICE_PC], bent) == "statement_refused damaged"
    assert (
        refused(office[OFFICE_PC], Append(SignedStatement(b"\x90", bytes(64)))) == "statement_refused damaged"
    )


def test_ends_are_what_was_accepted_last(office: Office) -> None:
    office[VAN].writes(1, 2)
    office[MANAGERS].writes(3)
    ends = office[OFFICE_PC].ask(FetchEnds()).ends
    assert [(one.device, one.sequence) for one in ends] == [(MANAGERS, 1), (VAN, 2)]


def test_a_taking_must_name_the_ends_as_they_are(office: Office) -> None:
    office[VAN].writes(1, 2)
    body = office.company.completed(say.DeviceRevoked(VAN, ()), office.accepted)
    request = prepared(office, OFFICE_PC, body)
    office[VAN].writes(3)
    assert refused(office[OFFICE_PC], request) == "ends_moved"
    more = office.company.completed(say.DeviceRevoked(VAN, ()), lambda *_: 9)
    assert refused(office[OFFICE_PC], prepared(office, OFFICE_PC, more)) == "ends_moved"
    office.revokes(VAN)


def test_a_roster_does_not_grow_without_end(tmp_path: Path) -> None:
    small = Office(tmp_path / "small", Limits(roster_length=staffed().roster.index + 2))
    small[OFFICE_PC].says(say.BookMade(SOUTH))
    more = prepared(small, OFFICE_PC, say.BookMade(b"W" * 16))
    assert refused(small[OFFICE_PC], more) == "quota"
    small.relay.close()
