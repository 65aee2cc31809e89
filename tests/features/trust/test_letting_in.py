"""From invitation to certificate: what a new device gets, and every way in which it must not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.crypto import epochs, words
from app.crypto.identity import DeviceKeys, verify
from app.errors import AppError, Conflict, Damaged, Invalid, Refused
from app.features.trust import books, devices, roles
from app.features.trust.saying import rehearsed
from app.model import statements as say
from app.model.standing import FIELD, OFFICE
from app.model.statements import DeviceCertified, Stream, signed
from tests.features.trust.people import NOW, Seat, founded, knock_of, newcomer


def joined(author: Seat, role: str = "rep", *given: bytes, offices: tuple[bytes, ...] = ()) -> Seat:
    """A new member whose device an author has let in."""
    seat = newcomer(author.table)
    made = author.offers(role=role, books=given, offices=offices)
    knock = knock_of(seat, made)
    author.says(*devices.admission(author, knock, " ".join(words_of(seat))))
    return seat


def words_of(seat: Seat) -> tuple[str, ...]:
    """What the joining device shows, worked out from its own keys."""
    return words.of_device(seat.company, seat.device, seat.keys.public)


def test_a_new_device_reads_exactly_its_books() -> None:
    owner = founded()
    first = owner.table.first_book
    second, making = books.make(owner)
    owner.says(*making)
    rep = joined(owner, "rep", first)
    assert rep.reads() == {Stream(owner.table.company_book, FIELD), Stream(first, FIELD)}
    clerk = joined(owner, "clerk", second, offices=(second,))
    assert clerk.reads() == {
        Stream(owner.table.company_book, FIELD),
        Stream(second, FIELD),
        Stream(second, OFFICE),
    }
    for stream in rep.reads():
        assert rep.key(stream, 1) == owner.key(stream, 1)


def test_both_sides_show_the_same_words() -> None:
    owner = founded()
    seat = newcomer(owner.table)
    knock = knock_of(seat, owner.offers(books=[owner.table.first_book]))
    assert knock.words == words_of(seat) and len(knock.words) == 6
    assert knock.name == "Ana’s van" and not knock.fault


def test_wrong_words_let_nobody_in() -> None:
    owner = founded()
    seat = newcomer(owner.table)
    knock = knock_of(seat, owner.offers(books=[owner.table.first_book]))
    before = owner.roster.head
    other = words_of(newcomer(owner.table))
    with pytest.raises(Invalid):
        devices.admission(owner, knock, " ".join(other))
    assert owner.roster.head == before


def test_keys_that_the_server_swapped_show_other_words() -> None:
    owner = founded()
    seat, evil = newcomer(owner.table), DeviceKeys.fresh()
    knock = knock_of(seat, owner.offers(books=[owner.table.first_book]), public=evil.public)
    assert knock.fault and not knock.name
    # Whatever the server shows: the person reads out the words of the keys that the device really has.
    with pytest.raises(Invalid):
        devices.admission(owner, knock, " ".join(words_of(seat)))
    # And should somebody type what the screen shows, the broken proof of the invitation still stops it.
    with pytest.raises(Conflict):
        devices.admission(owner, knock, " ".join(knock.words))


def test_a_knock_without_a_known_invitation_is_not_decided_here() -> None:
    owner = founded()
    seat = newcomer(owner.table)
    knock = replace_invitation(knock_of(seat, owner.offers()), None)
    with pytest.raises(Conflict):
        devices.admission(owner, knock, " ".join(words_of(seat)))


def test_a_knock_after_the_invitation_was_over_is_refused() -> None:
    owner = founded()
    seat = newcomer(owner.table)
    made = owner.offers(lasts_ms=1000)
    assert not knock_of(seat, made, at_ms=NOW + 1000).fault
    late = knock_of(seat, made, at_ms=NOW + 1001)
    with pytest.raises(Conflict):
        devices.admission(owner, late, " ".join(words_of(seat)))


def test_an_interrupted_admission_goes_on_where_it_was() -> None:
    owner = founded()
    seat = newcomer(owner.table)
    knock = knock_of(seat, owner.offers(books=[owner.table.first_book]))
    sayings = devices.admission(owner, knock, " ".join(words_of(seat)))
    for done in range(len(sayings)):
        owner.says(*sayings[: done + 1])
        length = owner.roster.index
        owner.says(*sayings[: done + 1])
        assert owner.roster.index == length
    assert owner.roster.standing(seat.device).active


def test_a_used_invitation_lets_no_second_device_in() -> None:
    owner = founded()
    made = owner.offers(books=[owner.table.first_book])
    first, second = newcomer(owner.table), newcomer(owner.table)
    owner.says(*devices.admission(owner, knock_of(first, made), " ".join(words_of(first))))
    # The record is deleted with the first; a device that still has it can at most be shown the knock again.
    knock = replace_invitation(knock_of(second, made), None)
    with pytest.raises(Conflict):
        devices.admission(owner, knock, " ".join(words_of(second)))


def test_of_two_who_approve_at_once_the_second_finds_nothing_left_to_say() -> None:
    owner = founded()
    manager = joined(owner, "manager", owner.table.first_book, offices=(owner.table.first_book,))
    seat = newcomer(owner.table)
    knock = knock_of(seat, owner.offers(books=[owner.table.first_book]))
    by_manager = devices.admission(manager, knock, " ".join(words_of(seat)))
    owner.says(*devices.admission(owner, knock, " ".join(words_of(seat))))
    length = owner.roster.index
    manager.says(*by_manager)
    assert owner.roster.index == length


def test_two_invitations_for_two_people_do_not_mix() -> None:
    owner = founded()
    ana, bob = newcomer(owner.table), newcomer(owner.table)
    for_ana = owner.offers("Ana", "rep", [owner.table.first_book])
    for_bob = owner.offers("Bob", "auditor", [])
    # The server hands out Ana's knock under Bob's invitation: it does not open.
    swapped = knock_of(ana, for_ana)._replace(invitation=for_bob.record, invite=for_bob.record.id)
    assert swapped.words != words_of(bob)
    with pytest.raises(Invalid):
        devices.admission(owner, swapped, " ".join(words_of(bob)))
    owner.says(*devices.admission(owner, knock_of(ana, for_ana), " ".join(words_of(ana))))
    owner.says(*devices.admission(owner, knock_of(bob, for_bob), " ".join(words_of(bob))))
    assert ana.member != bob.member
    assert set(owner.roster.facts.members[bob.member].roles) == {"auditor"}


def test_a_manager_lets_in_a_week_later_whom_the_owner_invited() -> None:
    owner = founded()
    first = owner.table.first_book
    manager = joined(owner, "manager", first, offices=(first,))
    made = owner.offers(books=[first])
    seat = newcomer(owner.table)
    week = 7 * 24 * 3600 * 1000
    knock = knock_of(seat, made, at_ms=NOW + week)
    manager.says(*devices.admission(manager, knock, " ".join(words_of(seat))))
    assert seat.reads() == {Stream(owner.table.company_book, FIELD), Stream(first, FIELD)}


def test_a_manager_invites_and_admits_reps_and_clerks_only() -> None:
    owner = founded()
    first = owner.table.first_book
    manager = joined(owner, "manager", first)
    for role in ("owner", "manager", "auditor", "it"):
        with pytest.raises(Refused):
            manager.offers(role=role)
        seat = newcomer(owner.table)
        sayings = devices.admission(
            manager, knock_of(seat, owner.offers(role=role)), " ".join(words_of(seat))
        )
        with pytest.raises(Refused):
            rehearsed(manager.roster, sayings, manager.device, NOW)
    assert joined(manager, "rep", first).reads() == {
        Stream(owner.table.company_book, FIELD),
        Stream(first, FIELD),
    }
    # Nobody gives what he does not have: restricted fields are not the manager's here.
    seat = newcomer(owner.table)
    knock = knock_of(seat, owner.offers(role="clerk", books=[first], offices=[first]))
    length = manager.roster.index
    with pytest.raises(Refused):
        rehearsed(
            manager.roster,
            devices.admission(manager, knock, " ".join(words_of(seat))),
            manager.device,
            NOW,
        )
    assert manager.roster.index == length


def test_reps_invite_nobody() -> None:
    owner = founded()
    rep = joined(owner, "rep", owner.table.first_book)
    for other in ({"role": "rep"}, {"member": rep.member}):
        with pytest.raises(Refused):
            rep.offers(**other)


def test_a_further_device_gets_what_its_member_has() -> None:
    owner = founded()
    first = owner.table.first_book
    rep = joined(owner, "rep", first)
    second = newcomer(owner.table)
    made = owner.offers(member=rep.member)
    assert made.record.books == () and made.record.role == ""
    length = owner.roster.index
    owner.says(*devices.admission(owner, knock_of(second, made), " ".join(words_of(second))))
    assert owner.roster.index == length + 1
    assert second.member == rep.member and second.reads() == rep.reads()


def test_a_certificate_with_a_swapped_recipient_key_is_of_no_use() -> None:
    owner = founded()
    seat, evil = newcomer(owner.table), newcomer(owner.table)
    knock = knock_of(seat, owner.offers(books=[owner.table.first_book]))
    *before, certify = devices.admission(owner, knock, " ".join(words_of(seat)))
    owner.says(*before)
    body = certify.intention(owner.roster, {})
    assert isinstance(body, DeviceCertified)
    statement = owner.roster.draft(body, owner.device, NOW)
    whole = signed(statement, owner.keys.sign)
    # The server puts another sealing key into the signed certificate.
    forged = signed(statement._replace(body=replace(body, sealing=evil.keys.public.sealing)), evil.keys.sign)
    for data, signature in ((forged.data, whole.signature), (forged.data, forged.signature)):
        with pytest.raises(Damaged):
            owner.roster.append(say.Signed(data, signature), verify)
    # Wraps that were made for the right device do not open for another one.
    wrap = body.wraps[0]
    said = owner.roster.facts.epochs[wrap.stream].commitment
    assert epochs.unwrap(seat.keys, owner.company, wrap, said)
    with pytest.raises(Damaged):
        epochs.unwrap(evil.keys, owner.company, wrap, said)


def test_a_ghost_member_whom_nobody_added_does_not_exist() -> None:
    owner = founded()
    ghost = newcomer(owner.table)
    body = say.MemberAdded(b"g" * 16, "rep")
    # Said by a device that the roster does not know, and by a known one with another's signature.
    for device in (ghost.device, owner.device):
        statement = say.Statement(owner.roster.head, owner.roster.index + 1, device, NOW, body)
        with pytest.raises(Damaged):
            owner.roster.append(signed(statement, ghost.keys.sign), verify)
    assert b"g" * 16 not in owner.roster.facts.members


def test_an_owner_lets_in_a_further_device_of_his_own_but_a_manager_does_not() -> None:
    owner = founded()
    second = newcomer(owner.table)
    made = owner.offers(member=owner.member)
    owner.says(*devices.admission(owner, knock_of(second, made), " ".join(words_of(second))))
    assert second.member == owner.member and second.reads() == owner.reads()
    manager = joined(owner, "manager", owner.table.first_book)
    third = newcomer(owner.table)
    knock = knock_of(third, owner.offers(member=manager.member))
    with pytest.raises(AppError):
        rehearsed(
            owner.roster,
            devices.admission(manager, knock, " ".join(words_of(third))),
            manager.device,
            NOW,
        )


def test_a_member_with_a_role_that_reads_nothing_is_let_in_without_books() -> None:
    owner = founded()
    it = joined(owner, "it")
    assert it.reads() == {Stream(owner.table.company_book, FIELD)}
    with pytest.raises(Refused):
        owner.says(*books.give(owner, it.member, owner.table.first_book))
    owner.says(roles.give(it.member, "rep"))
    owner.says(*books.give(owner, it.member, owner.table.first_book))
    assert Stream(owner.table.first_book, FIELD) in it.reads()


def replace_invitation(knock: devices.Knocking, invitation: None) -> devices.Knocking:
    """The knock as a device sees it that does not know the invitation."""
    return devices.knocking(b"c" * 32, invitation, knock.invite, knock.device, knock.public, b"", knock.at_ms)


def test_a_second_owner_can_let_in_what_the_first_one_needs() -> None:
    owner = founded()
    first = owner.table.first_book
    second = joined(owner, "owner", first, offices=(first,))
    assert second.reads() == owner.reads()
    further = newcomer(owner.table)
    knock = knock_of(further, second.offers(member=owner.member))
    second.says(*devices.admission(second, knock, " ".join(words_of(further))))
    assert further.member == owner.member and further.reads() == owner.reads()
