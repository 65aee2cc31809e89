"""The roster and the keys of books as a device holds them: what it says, what it takes in, what that changes at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.clock import FakeClock
from app.crypto import epochs
from app.crypto.identity import PublicIdentity
from app.errors import Conflict, Damaged, NotFound, Refused
from app.features import records
from app.features.crm import customers
from app.features.trust import audit
from app.gateway.session import Session
from app.model import statements
from app.model.roster_needs import lasts_needed
from app.model.statements import (
    AccessGiven,
    BookMade,
    DeviceRevoked,
    EpochBegun,
    Last,
    MemberAdded,
    RecordErased,
    RoleGiven,
    RoleTaken,
    Signed,
    Stream,
)
from tests.builders import a_book, a_customer
from tests.gateway.devices import order_of, say, several_devices, two_devices


def rest(book: Session, after: Session) -> list[Signed]:
    """What `book` has and `after` has not."""
    return [one for one, _statement in book.roster.statements(after.roster.index + 1)]


def begun(book: Session, stream: Stream) -> EpochBegun:
    """A new key of a stream, for all who may have it."""
    facts, number = book.roster.facts, 1
    known, old, key = facts.epochs.get(stream), b"", epochs.make()
    if known is not None:
        number = known.number + 1
        old = epochs.seal_old(key, book.sync.key(stream, known.number), book.sync.company, stream, number)
    wraps = tuple(
        epochs.wrap(key, book.sync.company, stream, number, device, _public(book, device))
        for device in sorted(facts.recipients(stream))
    )
    return EpochBegun(*stream, number, epochs.commit(key, book.sync.company, stream, number), wraps, old)


def _public(book: Session, device: bytes) -> PublicIdentity:
    known = book.roster.facts.devices[device]
    return PublicIdentity(known.signing, known.sealing)


def revoked(book: Session, device: bytes) -> DeviceRevoked:
    body = DeviceRevoked(device, ())
    needed = sorted(lasts_needed(book.roster.facts, body))
    return replace(body, last=tuple(Last(one, *stream, 0) for one, stream in needed))


def test_a_statement_is_asked_of_the_policy_audited_and_not_stored() -> None:
    with several_devices(2, "rep") as (owner, rep):
        body = MemberAdded(bytes(16), "rep")
        signed = owner.sync.statement(body, "member.invite")
        assert owner.roster.index == len(owner.roster.statements()) - 1
        assert statements.parse(signed.data).at == owner.roster.index + 1
        assert owner.ask(audit.listed)[0].command == "member.invite"
        with pytest.raises(Refused):
            rep.sync.statement(body, "member.invite")
        assert owner.roster.index == rep.roster.index
        owner.sync.take_statements([signed, signed])
        assert bytes(16) in owner.roster.facts.members


def test_rights_and_books_are_what_the_roster_says_from_the_moment_it_is_taken_in() -> None:
    with several_devices(2, "rep") as (owner, rep):
        member, book = bytes(rep.person.member), b"\x05" * 16
        with pytest.raises(Refused):
            rep.do(customers.edit_many, [], {"assigned_to": "x"}) or rep.ask(audit.listed)
        say(owner, RoleGiven(member, "manager"))
        say(owner, BookMade(book))
        say(owner, AccessGiven(member, book, 0))
        heard: list[frozenset[str]] = []
        rep.on_changed(heard.append)
        rep.sync.take_statements(rest(owner, rep))
        assert len(heard) == 1 and "customer" in heard[0]
        say(owner, MemberAdded(b"\x09" * 16, "rep"))
        rep.sync.take_statements(rest(owner, rep))
        assert len(heard) == 1
        assert rep.person.roles == {"rep", "manager"}
        assert book in rep.identity.books
        made = rep.do(customers.add, a_customer("New", book=book))
        assert rep.ask(records.open_one, "customer", made.id).record.book == book


def test_a_device_that_has_ended_reads_and_writes_nothing() -> None:
    with two_devices() as (first, second):
        made = second.do(customers.add, a_customer("Last words"))
        say(first, revoked(first, second.sync.device))
        second.sync.take_statements(rest(first, second))
        assert "no longer belongs" in second.ended
        for attempt in (lambda: second.do(customers.add, a_customer("More")), second.undo, second.redo):
            with pytest.raises(Refused, match="no longer belongs"):
                attempt()
        with pytest.raises(Refused):
            second.sync.statement(MemberAdded(bytes(16), "rep"), "member.invite")
        assert second.ask(records.open_one, "customer", made.id).record.id == made.id
        assert sum(second.sync.waiting().values()) == 1
        assert second.sync.sign("deposit", b"x")


def test_another_list_of_members_is_not_believed() -> None:
    with two_devices() as (first, second):
        one = first.sync.statement(MemberAdded(b"\x01" * 16, "rep"), "member.invite")
        other = second.sync.statement(MemberAdded(b"\x02" * 16, "rep"), "member.invite")
        first.sync.take_statements([one])
        second.sync.take_statements([other])
        before = first.roster.head
        for lie in (other, Signed(one.data[:-1] + b"\x01", one.signature)):
            with pytest.raises(Damaged):
                first.sync.take_statements([lie])
        forged = say(second, MemberAdded(b"\x03" * 16, "rep"))
        with pytest.raises(Damaged):
            first.sync.take_statements([forged])
        assert first.roster.head == before
        with a_book() as elsewhere, pytest.raises((Damaged, Conflict)):
            elsewhere.sync.take_statements([one])


def test_keys_come_with_the_roster_back_to_the_first() -> None:
    with two_devices() as (first, second):
        stream = Stream(first.identity.books[0], 0)
        assert second.sync.streams() == ()
        with pytest.raises(NotFound):
            second.sync.key(stream, 1)
        for _epoch in range(3):
            say(first, begun(first, stream))
        second.sync.take_statements(rest(first, second))
        assert second.sync.streams() == (stream,)
        for epoch in (1, 2, 3):
            assert second.sync.key(stream, epoch) == first.sync.key(stream, epoch)
        wrong = begun(first, stream)
        say(first, replace(wrong, commitment=bytes(32)))
        second.sync.take_statements(rest(first, second))
        with pytest.raises(NotFound):
            second.sync.key(stream, 4)
        assert second.sync.streams() == ()


def test_keys_that_come_late_open_what_was_before() -> None:
    """A newcomer's certificate brings the present key alone; the older ones lie under it."""
    with two_devices() as (first, second):
        stream = Stream(first.identity.books[0], 1)
        say(first, begun(first, stream))
        # As if it had never been wrapped for the second device.
        second.sync.take_statements(rest(first, second))
        with second.database.transaction() as connection:
            connection.execute("DELETE FROM stream_key")
        second.sync.forget()
        say(first, begun(first, stream))
        second.sync.take_statements(rest(first, second))
        assert second.sync.key(stream, 1) == first.sync.key(stream, 1)


def test_a_halt_keeps_its_evidence_once_and_after_it_is_over() -> None:
    with two_devices() as (first, _second):
        stream = Stream(first.identity.books[0], 0)
        for _again in range(2):
            first.sync.halt(stream, "fork", 7, b"evidence")
        assert [(halt.stream, halt.fault, halt.position) for halt in first.sync.halts()] == [
            (stream, "fork", 7)
        ]
        first.sync.resume(stream)
        assert first.sync.halts() == []
        assert first.ground.streams.halts(over=True)[0].evidence == b"evidence"


def test_a_statement_that_was_held_back_stops_the_streams_that_it_decides_about() -> None:
    with several_devices(2, "rep") as (owner, rep):
        stream, order = Stream(owner.identity.books[0], 0), order_of(owner)
        say(owner, RoleGiven(bytes(rep.person.member), "manager"))
        rep.sync.take_statements(rest(owner, rep))
        for name in ("One", "Two"):
            rep.do(customers.add, a_customer(name))
            order.push(rep)
            order.pull(rep, stream)
        body = RoleTaken(bytes(rep.person.member), "manager", ())
        needed = sorted(lasts_needed(owner.roster.facts, body))
        for known, faults in ((2, []), (1, ["withheld"])):
            ended = replace(
                body, last=tuple(Last(one, *at, known if at == stream else 0) for one, at in needed)
            )
            if not faults:
                order.pull(owner, stream)
                signed = owner.sync.statement(ended, "member.roles")
                owner.sync.take_statements([signed])
                rep.sync.take_statements(rest(owner, rep))
            else:
                say(owner, RoleGiven(bytes(rep.person.member), "manager"))
                say(owner, ended)
            assert [halt.fault for halt in owner.sync.halts()] == faults
        (halt,) = owner.sync.halts()
        assert halt.stream == stream and halt.evidence == owner.roster.statements()[-1][0].data


def test_keys_of_erased_records_are_neither_taken_nor_given() -> None:
    with two_devices() as (here, there):
        stream, order = Stream(here.identity.books[0], 0), order_of(here)
        known = here.do(customers.add, a_customer("Known", phone="1", notes="before"))
        order.push(here)
        order.pull_all(here)
        waiting = here.do(customers.add, a_customer("Waiting", phone="2"))
        for book in (here, there):
            statement = RecordErased((known.id, waiting.id))
            if book is here:
                say(here, statement)
            else:
                book.sync.take_statements(rest(here, book))
        assert [dict(one.keys) for one in here.sync.unsealed(stream)] == [{}]
        order.push(here)
        for book in (here, there):
            order.pull(book, stream)
        for made in (known, waiting):
            assert there.ask(records.open_one, "customer", made.id).record.phone == ""  # type: ignore[attr-defined]
        # What one can read and the other cannot decides nothing.
        assert here.sync.state_hash(stream) == there.sync.state_hash(stream)
        with here.sync.snapshot(stream) as snapshot:
            assert {record.key for record in snapshot.records} == {b""}
        there.do(customers.edit, known.id, {"name": "Edited"})
        order.push(there)
        for book in (here, there):
            order.pull(book, stream)
        assert here.sync.state_hash(stream) == there.sync.state_hash(stream)


def test_a_lent_role_runs_out_by_itself() -> None:
    with several_devices(2, "rep") as (owner, rep):
        clock = rep.clock
        assert isinstance(clock, FakeClock)
        say(owner, RoleGiven(bytes(rep.person.member), "manager", clock.now_ms() + 60_000))
        rep.sync.take_statements(rest(owner, rep))
        assert rep.person.roles == {"rep", "manager"}
        clock.forward(61)
        rep.sync.streams()
        assert rep.person.roles == {"rep"}
