"""Revoking, removing, taking, rotating: who cannot read on, and what stays."""

from __future__ import annotations

import pytest

from app.errors import Conflict, Refused
from app.features.trust import books, devices, roles, rotation
from app.features.trust.saying import Saying
from app.model.standing import FIELD, OFFICE
from app.model.statements import DeviceRevoked, MemberRemoved, Stream
from tests.features.trust.people import NOW, Seat, founded, newcomer, refused_key
from tests.features.trust.test_letting_in import joined


def two(role: str = "rep") -> tuple[Seat, Seat, Stream]:
    owner = founded()
    return owner, joined(owner, role, owner.table.first_book), Stream(owner.table.first_book, FIELD)


def test_a_revoked_device_opens_no_key_that_comes_after() -> None:
    owner, rep, stream = two()
    owner.table.accepted = {(rep.device, stream): 41}
    owner.says(devices.revoke(rep.device))
    (_signed, said) = owner.roster.statements()[-1]
    assert isinstance(said.body, DeviceRevoked)
    assert {last.stream: last.sequence for last in said.body.last}[stream] == 41
    assert set(rotation.due(owner.roster, owner.device)) == {stream, Stream(owner.table.company_book, FIELD)}
    owner.rotates()
    assert rotation.due(owner.roster, owner.device) == ()
    assert rep.key(stream, 1) == owner.key(stream, 1)  # what it had, it has
    assert refused_key(rep, stream, 2) and not refused_key(owner, stream, 2)
    assert rep.reads() == set()


def test_who_comes_after_a_rotation_reads_what_was_before() -> None:
    owner, rep, stream = two()
    owner.says(devices.revoke(rep.device))
    owner.rotates()
    later = joined(owner, "rep", stream.book)
    assert later.key(stream, 2) == owner.key(stream, 2)
    assert later.key(stream, 1) == owner.key(stream, 1)


def test_any_holder_rotates_and_the_slower_one_finds_nothing_due() -> None:
    owner, rep, stream = two()
    other = joined(owner, "rep", stream.book)
    owner.says(devices.revoke(other.device))
    by_rep, by_owner = rotation.pending(rep), rotation.pending(owner)
    rep.says(*by_rep)
    length = owner.roster.index
    owner.says(*by_owner)
    assert owner.roster.index == length
    assert owner.key(stream, 2) == rep.key(stream, 2)


def test_a_device_without_the_present_key_does_not_rotate() -> None:
    owner, rep, stream = two()
    it = joined(owner, "it")
    it.says(devices.revoke(rep.device))
    assert it.roster.facts.rotation_due and rotation.pending(it) == ()
    second = joined(owner, "rep", stream.book)  # let in while the rotation is due: the next key brings it in
    assert stream not in second.reads()
    assert {saying.command for saying in rotation.pending(second)} == set()
    owner.rotates()
    assert stream in second.reads()


def test_a_removed_member_and_all_devices_end() -> None:
    owner, rep, stream = two()
    second = newcomer(owner.table)
    made = owner.offers(member=rep.member)
    from tests.features.trust.people import knock_of
    from tests.features.trust.test_letting_in import words_of

    owner.says(*devices.admission(owner, knock_of(second, made), " ".join(words_of(second))))
    member = rep.member
    owner.says(roles.remove(member))
    owner.rotates()
    for seat in (rep, second):
        assert not owner.roster.standing(seat.device).active
        assert refused_key(seat, stream, 2)
    owner.says(roles.remove(member))  # again: nothing left to say
    assert isinstance(owner.roster.statements()[-1][1].body, object)


def test_somebody_who_leaves_takes_nothing_of_what_comes() -> None:
    owner, rep, stream = two()
    rep.says(roles.leave(rep.member))
    assert isinstance(owner.roster.statements()[-1][1].body, MemberRemoved)
    owner.rotates()
    assert refused_key(rep, stream, 2)


@pytest.mark.parametrize("say", [roles.leave, roles.remove, lambda member: roles.take(member, "owner")])
def test_the_last_owner_stays(say) -> None:  # type: ignore[no-untyped-def]
    owner, _rep, _stream = two()
    saying: Saying = say(owner.member)
    with pytest.raises(Refused):
        owner.says(saying)
    with pytest.raises(Refused):
        owner.says(devices.revoke(owner.device))
    second = joined(owner, "owner", owner.table.first_book, offices=(owner.table.first_book,))
    assert Stream(owner.table.company_book, OFFICE) in second.reads()
    owner.says(saying)


def test_what_a_manager_may_and_may_not() -> None:
    owner, rep, stream = two()
    manager = joined(owner, "manager", stream.book)
    auditor = joined(owner, "auditor", stream.book)
    for saying in (
        roles.remove(auditor.member),
        roles.give(rep.member, "manager"),
        roles.give(manager.member, "owner"),
        devices.revoke(owner.device),
        books.take(auditor.member, stream.book),
    ):
        with pytest.raises(Refused):
            manager.says(saying)
    manager.says(roles.give(rep.member, "clerk"), roles.take(rep.member, "rep"))
    assert set(owner.roster.facts.members[rep.member].roles) == {"clerk"}
    manager.says(books.take(rep.member, stream.book))
    manager.rotates()
    assert refused_key(rep, stream, 2)
    manager.says(*books.give(manager, rep.member, stream.book))
    assert stream in rep.reads()
    manager.says(devices.revoke(rep.device))


def test_a_book_is_taken_in_one_tier_or_whole() -> None:
    owner = founded()
    first = owner.table.first_book
    field, office = Stream(first, FIELD), Stream(first, OFFICE)
    clerk = joined(owner, "clerk", first, offices=(first,))
    owner.says(books.take(clerk.member, first, OFFICE))
    owner.rotates()
    assert clerk.reads() == {Stream(owner.table.company_book, FIELD), field}
    owner.says(*books.give(owner, clerk.member, first, OFFICE))
    assert office in clerk.reads()
    owner.says(books.take(clerk.member, first))
    owner.rotates()
    assert clerk.reads() == {Stream(owner.table.company_book, FIELD)}
    owner.says(books.take(clerk.member, first))  # again: nothing left to say


def test_a_manager_makes_a_book_and_owners_are_given_it() -> None:
    owner, _rep, _stream = two()
    manager = joined(owner, "manager")
    book, making = books.make(manager)
    manager.says(*making)
    assert {Stream(book, FIELD), Stream(book, OFFICE)} <= manager.reads()
    assert not {Stream(book, FIELD)} & owner.reads()
    manager.says(*books.give(manager, owner.member, book, OFFICE))
    assert {Stream(book, FIELD), Stream(book, OFFICE)} <= owner.reads()


def test_an_ended_grant_is_taken_by_whoever_may() -> None:
    owner, rep, stream = two()
    second, making = books.make(owner)
    owner.says(*making)
    owner.says(*books.give(owner, rep.member, second, until_ms=NOW + 10))
    assert books.ended(owner.roster, owner.device, NOW + 9) == ()
    assert books.ended(rep.roster, rep.device, NOW + 10) == ()
    owner.says(*books.ended(owner.roster, owner.device, NOW + 10))
    owner.rotates()
    assert rep.reads() == {Stream(owner.table.company_book, FIELD), stream}


def test_a_role_is_changed_without_losing_books() -> None:
    owner, rep, stream = two()
    owner.says(*roles.change(rep.member, "clerk", owner.roster))
    assert set(owner.roster.facts.members[rep.member].roles) == {"clerk"}
    assert stream in rep.reads() and not owner.roster.facts.rotation_due
    # IT alone reads nothing: with the last role that does go the books.
    owner.says(*roles.change(rep.member, "it", owner.roster))
    owner.rotates()
    assert rep.reads() == {Stream(owner.table.company_book, FIELD)}


def test_a_device_is_succeeded_and_its_keys_are_changed() -> None:
    owner, rep, stream = two()
    new = newcomer(owner.table)
    owner.table.accepted = {(rep.device, stream): 5}
    rep.says(Saying("device.replace", devices.succession(rep.device, new.device, new.keys.public)))
    assert not owner.roster.standing(rep.device).active and owner.roster.standing(new.device).active
    assert stream in owner.roster.facts.rotation_due
    owner.rotates()
    assert stream in new.reads() and refused_key(rep, stream, 2)
    with pytest.raises(Refused):  # a device that has ended signs over to nobody
        other = newcomer(owner.table)
        rep.says(Saying("device.replace", devices.succession(rep.device, other.device, other.keys.public)))


def test_nobody_signs_anothers_device_over_to_himself() -> None:
    owner, rep, _stream = two()
    new = newcomer(owner.table)
    with pytest.raises((Refused, Conflict)):
        rep.says(Saying("x", devices.succession(owner.device, new.device, new.keys.public)))
