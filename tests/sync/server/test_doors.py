"""Coming in: a company by a token that works once, a device by a signature that works once, a guest by an invite."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from app.model import statements as say
from app.model.roster import Roster, genesis
from app.model.statements import Signed
from sync.protocol.messages import (
    SESSION_PURPOSE,
    Admit,
    AskKnock,
    Challenge,
    FetchHeads,
    FetchKnocks,
    FetchRoster,
    Hello,
    Invite,
    Knock,
    SignedStatement,
    SignIn,
    TurnAway,
)
from sync.protocol.problems import Problem
from sync.protocol.signed import session_message
from sync.server.guests import LONGEST_INVITE_MS
from sync.server.service import Limits
from tests.model.company import (
    FOUNDING,
    MANAGER,
    MANAGERS,
    NOW,
    OFFICE_PC,
    REP,
    VAN,
    Company,
    certificate,
    sealing_key,
    signer,
    signing_key,
)  # fmt: skip
from tests.relay import HOST, Relay
from tests.sync.server.office import Office, refused


def problem(relay: Relay, request: Any) -> str:
    with pytest.raises(Problem) as caught:
        relay.ask(request)
    return f"{caught.value.name} {caught.value.fault}".strip()


def test_the_server_says_who_it_is(office: Office) -> None:
    welcome = office.relay.ask(Hello())
    assert (welcome.host, welcome.signing, welcome.now_ms) == (HOST, office.relay.signer.public, NOW)


# ---- companies


def test_a_token_admits_one_company_and_may_be_repeated_by_it(office: Office) -> None:
    relay, token = office.relay, office.relay.admission()
    relay.ask(Admit(token, office.statements()))  # known already: the token is spent on it all the same
    relay.ask(Admit(token, office.statements()))
    other = SignedStatement(*genesis(FOUNDING, NOW + 1, signer(OFFICE_PC)))
    assert problem(relay, Admit(token, (other,))) == "token_used"
    assert problem(relay, Admit(bytes(32), (other,))) == "token_used"
    relay.ask(Admit(relay.admission(), (other,)))


def test_a_token_runs_out(office: Office) -> None:
    token = office.relay.admission()
    office.relay.clock.forward(8 * 24 * 3600)
    assert problem(office.relay, Admit(token, office.statements())) == "token_used"


def test_a_roster_that_does_not_hold_is_not_admitted(tmp_path: Path, office: Office) -> None:
    relay, statements = office.relay, office.statements()
    bent = (statements[0], statements[1]._replace(signature=bytes(64)))
    assert problem(relay, Admit(relay.admission(), bent)) == "statement_refused damaged"
    assert problem(relay, Admit(relay.admission(), statements[1:])) == "statement_refused damaged"
    gap = (statements[0], *statements[2:])
    assert problem(relay, Admit(relay.admission(), gap)) == "statement_refused conflict"


def test_a_roster_that_names_sequences_is_not_admitted(office: Office) -> None:
    """Nothing was accepted here yet; whoever names more comes from another server, and must heal this one."""
    revoked = office.company.completed(say.DeviceRevoked(VAN, ()))  # it names 7
    signed = office.company.says(OFFICE_PC, revoked)
    statements = (*office.statements(),)
    with office.relay.storage.writing() as tx:
        tx.delete_company(office.id)
    assert signed
    assert problem(office.relay, Admit(office.relay.admission(), statements)) == "ends_moved"


def test_a_company_that_is_here_may_give_back_statements_with_a_token(office: Office) -> None:
    """A server that was restored to before the only device that is left was certified: it could not sign in."""
    before = office.statements()
    office.company.says(OFFICE_PC, office.company.completed(certificate(GUEST, REP)))
    with pytest.raises(Problem):
        office[GUEST].sign_in()
    relay = office.relay
    relay.ask(Admit(relay.admission(), before))
    relay.ask(Admit(relay.admission(), office.statements()))
    office[GUEST].sign_in()
    relay.ask(Admit(relay.admission(), before))  # an older roster takes nothing back
    assert len(office[GUEST].ask(FetchRoster(0)).statements) == len(before) + 1


def test_a_token_gives_nobody_another_branch_of_the_roster(office: Office) -> None:
    other = office.company.signed(OFFICE_PC, say.BookMade(b"W" * 16))
    office[OFFICE_PC].says(say.BookMade(b"V" * 16))
    branch = (
        *office.statements()[:-1],
        SignedStatement(*other),
    )
    longer = Company(Roster.read([Signed(*one) for one in branch], lambda *_: None))
    branch = (*branch, SignedStatement(*longer.says(OFFICE_PC, say.BookMade(b"X" * 16))))
    assert problem(office.relay, Admit(office.relay.admission(), branch)) == "roster_moved"


def test_a_suspended_company_is_answered_nothing(office: Office) -> None:
    rep = office[VAN]
    rep.sign_in()
    with office.relay.storage.writing() as tx:
        tx.suspend(office.id, True)
    assert refused(rep, FetchHeads()) == "suspended"
    assert problem(office.relay, Challenge(office.id, VAN)) == "suspended"
    assert problem(office.relay, knock(office)) == "suspended"
    with office.relay.storage.writing() as tx:
        tx.suspend(office.id, False)
    rep.ask(FetchHeads())


def test_an_unknown_company_is_told_so(office: Office) -> None:
    assert problem(office.relay, Challenge(b"x" * 32, VAN)) == "unknown_company"


# ---- sessions


def signed_in(office: Office, **other: Any) -> SignIn:
    nonce = office.relay.ask(Challenge(office.id, VAN)).nonce
    said: dict[str, Any] = {
        "host": HOST, "nonce": nonce, "company": office.id, "device": VAN, "roster_at": 3, **other,
    }  # fmt: skip
    signature = signer(said.pop("by", VAN))(said.pop("purpose", SESSION_PURPOSE), session_message(**said))
    return SignIn(office.id, VAN, nonce, 3, signature)


def test_a_challenge_is_good_for_one_signing_in(office: Office) -> None:
    request = signed_in(office)
    assert office.relay.ask(request).token[:32] == office.id
    assert problem(office.relay, request) == "not_signed"


@pytest.mark.parametrize(
    "other",
    [
        {"host": "elsewhere.test"},
        {"company": b"x" * 32},
        {"device": MANAGERS},
        {"nonce": bytes(24)},
        {"roster_at": 4},
        {"by": MANAGERS},
        {"purpose": say.PURPOSE},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_signature_over_anything_else_opens_nothing(office: Office, other: dict[str, Any]) -> None:
    assert problem(office.relay, signed_in(office, **other)) == "not_signed"


def test_a_challenge_of_another_device_or_of_nobody_is_refused(office: Office) -> None:
    request = signed_in(office)
    theirs = office.relay.ask(Challenge(office.id, MANAGERS)).nonce
    message = session_message(HOST, theirs, office.id, VAN, 3)
    assert (
        problem(office.relay, SignIn(office.id, VAN, theirs, 3, signer(VAN)(SESSION_PURPOSE, message)))
        == "not_signed"
    )
    own = request.nonce[:-1] + bytes((request.nonce[-1] ^ 1,))
    message = session_message(HOST, own, office.id, VAN, 3)
    assert (
        problem(office.relay, SignIn(office.id, VAN, own, 3, signer(VAN)(SESSION_PURPOSE, message)))
        == "not_signed"
    )


def test_a_challenge_runs_out(office: Office) -> None:
    request = signed_in(office)
    office.relay.clock.forward(61)
    assert problem(office.relay, request) == "not_signed"


def test_an_unknown_device_does_not_sign_in(office: Office) -> None:
    nonce = office.relay.ask(Challenge(office.id, b"?" * 16)).nonce
    signature = signer(b"?" * 16)(SESSION_PURPOSE, session_message(HOST, nonce, office.id, b"?" * 16, 3))
    assert problem(office.relay, SignIn(office.id, b"?" * 16, nonce, 3, signature)) == "not_signed"


def test_a_session_ends_with_the_device_at_once(office: Office) -> None:
    rep = office[VAN]
    rep.ask(FetchHeads())
    office.revokes(VAN)
    assert refused(rep, FetchHeads()) == "device_ended"
    assert len(rep.ask(FetchRoster(0)).statements) == office.company.roster.index + 1
    rep.sign_in()  # to deposit what it still has
    assert refused(rep, FetchHeads()) == "device_ended"


def test_a_session_of_one_company_opens_no_other(office: Office) -> None:
    token = office[VAN].sign_in()
    assert refused(office[VAN], FetchHeads(), b"x" * 32 + token[32:]) == "no_session"


# ---- guests

TOKEN = b"t" * 32
INVITE = b"i" * 16
GUEST = b"g" * 16


def knock(office: Office, **other: Any) -> Knock:
    asked: dict[str, Any] = {
        "company": office.id, "invite": INVITE, "token": TOKEN, "device": GUEST, "signing": signing_key(GUEST),
        "sealing": sealing_key(GUEST), "sealed": b"name", **other,
    }  # fmt: skip
    return Knock(**asked)


def invited(office: Office, by: bytes = MANAGERS, until_ms: int = NOW + 7 * 24 * 3600 * 1000) -> None:
    office[by].ask(Invite(INVITE, hashlib.sha256(TOKEN).digest(), until_ms))


def state(office: Office, token: bytes = TOKEN) -> str:
    return office.relay.ask(AskKnock(office.id, INVITE, token)).state


def test_a_guest_knocks_is_seen_and_let_in(office: Office) -> None:
    invited(office)
    office.relay.clock.forward(6 * 24 * 3600)  # the inviter is offline, the invite nearly a week old
    office.relay.ask(knock(office))
    office.relay.ask(knock(office))
    assert state(office) == "waiting"
    office[MANAGERS].sign_in()
    (found,) = office[MANAGERS].ask(FetchKnocks()).knocks
    assert (found.device, found.signing, found.sealed) == (GUEST, signing_key(GUEST), b"name")
    assert office[MANAGERS].ask(FetchHeads()).knocks == 1
    office[OFFICE_PC].says(office.company.completed(certificate(GUEST, REP)))
    assert state(office) == "certified"
    assert office[MANAGERS].ask(FetchKnocks()).knocks == ()
    office[GUEST].ask(FetchHeads())


def test_an_invite_is_good_for_one_device(office: Office) -> None:
    invited(office)
    office.relay.ask(knock(office))
    for other in (
        {"device": b"h" * 16},
        {"signing": b"s" * 32},
        {"sealing": b"s" * 64},
        {"sealed": b"other"},
    ):
        assert problem(office.relay, knock(office, **other)) == "invite_unknown"


def test_a_knock_needs_the_token_and_a_known_invite(office: Office) -> None:
    assert problem(office.relay, knock(office)) == "invite_unknown"
    invited(office)
    assert problem(office.relay, knock(office, token=b"x" * 32)) == "invite_unknown"
    assert problem(office.relay, knock(office, invite=b"x" * 16)) == "invite_unknown"
    assert problem(office.relay, AskKnock(office.id, INVITE, TOKEN)) == "invite_unknown"
    office.relay.ask(knock(office))
    assert problem(office.relay, AskKnock(office.id, INVITE, b"x" * 32)) == "invite_unknown"


def test_an_invite_runs_out_and_none_is_good_for_ever(office: Office) -> None:
    invited(office)
    office.relay.clock.forward(8 * 24 * 3600)
    assert problem(office.relay, knock(office)) == "invite_unknown"
    office[OFFICE_PC].ask(Invite(b"j" * 16, hashlib.sha256(TOKEN).digest(), 2**53))
    office.relay.clock.forward(LONGEST_INVITE_MS / 1000)
    assert problem(office.relay, knock(office, invite=b"j" * 16)) == "invite_unknown"


def test_a_guest_may_be_turned_away(office: Office) -> None:
    invited(office)
    office.relay.ask(knock(office))
    assert refused(office[VAN], TurnAway(INVITE)) == "no_access"
    office[OFFICE_PC].ask(TurnAway(INVITE))
    assert state(office) == "refused"
    assert office[MANAGERS].ask(FetchKnocks()).knocks == ()
    office[OFFICE_PC].ask(TurnAway(b"x" * 16))


def test_an_invite_that_was_withdrawn_takes_no_knock(office: Office) -> None:
    invited(office)
    office[MANAGERS].ask(TurnAway(INVITE))
    assert problem(office.relay, knock(office)) == "invite_unknown"


def test_others_see_their_own_guests_only(office: Office) -> None:
    invited(office, by=VAN)
    office.relay.ask(knock(office))
    assert len(office[VAN].ask(FetchKnocks()).knocks) == 1
    assert len(office[OFFICE_PC].ask(FetchKnocks()).knocks) == 1
    assert office[b"a" * 16].ask(FetchKnocks()).knocks == ()


def test_somebody_elses_invite_cannot_be_taken_over(office: Office) -> None:
    invited(office)
    invited(office)
    other = Invite(INVITE, b"c" * 32, NOW + 1000)
    assert refused(office[MANAGERS], other) == "invite_unknown"
    assert (
        refused(office[VAN], Invite(INVITE, hashlib.sha256(TOKEN).digest(), NOW + 1000)) == "invite_unknown"
    )


def test_there_are_only_so_many_open_invites(tmp_path: Path) -> None:
    small = Office(tmp_path / "small", Limits(open_invites=2))
    for number in range(2):
        small[VAN].ask(Invite(bytes((number,)) * 16, b"c" * 32, NOW + 1000))
    assert refused(small[VAN], Invite(b"9" * 16, b"c" * 32, NOW + 1000)) == "quota"
    small.relay.close()


def test_the_same_device_id_with_other_keys_is_not_certified(office: Office) -> None:
    invited(office)
    office.relay.ask(knock(office, signing=b"other" * 8))
    office[OFFICE_PC].says(office.company.completed(certificate(GUEST, MANAGER)))
    assert state(office) == "waiting"
