"""A member whose program was patched: what it may not do has no effect on any honest device, and is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.access.policy import Policy
from app.crypto import packing
from app.crypto.identity import DeviceKeys
from app.crypto.keys import SecretKey
from app.crypto.seal import content_hash, seal
from app.errors import AppError
from app.gateway.syncing import Outgoing, SealedBatch
from app.model import chain as chains
from app.model.change import Step
from app.model.encoding import canonical, encode_step
from app.model.roster_needs import wraps_needed
from app.model.statements import DeviceCertified, RoleGiven, Signed, Stream, Wrap
from sync.client import envelope, pushing
from sync.client.envelope import Place, context, make, padded
from sync.client.talk import ask
from sync.protocol.messages import Append, FetchRoster, Push, RosterPart, SignedStatement
from sync.protocol.problems import Problem
from tests.sync.client.world import Device, World, a_world

Patched = Callable[..., SealedBatch]


def patch_steps(patch: pytest.MonkeyPatch, alter: Callable[[Step], Step]) -> None:
    """From now on whoever pushes sends other steps than the book holds."""

    def other(place: Place, outgoing: Sequence[Outgoing], key: SecretKey, sign: Any) -> SealedBatch:
        batch = make(place, [one._replace(step=alter(one.step), body=b"") for one in outgoing], key, sign)
        return batch._replace(steps=tuple(one.step.number for one in outgoing[: len(batch.steps)]))

    patch.setattr(pushing, "make", other)


def patch_body(patch: pytest.MonkeyPatch, body: Callable[[Sequence[Outgoing]], bytes]) -> None:
    """From now on whoever pushes seals other plaintexts."""

    def other(place: Place, outgoing: Sequence[Outgoing], key: SecretKey, sign: Any) -> SealedBatch:
        batch = make(place, outgoing, key, sign)
        header = chains.parse(batch.header)
        sealed = seal(key, body(outgoing), context(header))
        data = chains.write(header._replace(body_hash=chains.body_hash(sealed)))
        signature = sign(chains.BATCH_PURPOSE, chains.hash_of(data))
        return batch._replace(header=data, body=sealed, signature=signature)

    patch.setattr(pushing, "make", other)


def without_policy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Policy, "require", lambda *_args: None)


# ---- rights


@pytest.mark.parametrize("deed", ["an office's field", "deleting", "naming the company"])
def test_what_a_role_does_not_cover_waits_without_effect(deed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_world("rep", "manager") as world:
        owner, rep, manager = world.devices
        made = owner.adds("Acme", payment_terms="net14")
        world.settle()
        with monkeypatch.context() as patch:
            without_policy(patch)
            if deed == "an office's field":
                rep.edits(made, payment_terms="net60")
            elif deed == "deleting":
                rep.deletes(made)
            else:
                patch_steps(
                    patch, lambda step: step._replace(edits=(step.edits[0]._replace(kind="company"),))
                )
                rep.edits(made, notes="x")
            assert not rep.sync().faults
        reports = [device.sync() for device in (owner, manager)]
        assert [report.quarantined for report in reports] == [1, 1]
        world.settle()
        honest = (owner, manager) if deed == "naming the company" else (owner, manager, rep)
        assert len({device.hash() for device in honest}) == 1
        for device in honest:
            assert device.reads(made, "payment_terms") == "net14"
        # Work goes on, also the patched one's: chains stay whole.
        rep.edits(made, notes="allowed")
        world.settle()
        assert owner.reads(made, "notes") == "allowed"
        assert world.agree(*honest)


def test_a_tier_that_one_does_not_have_cannot_be_written() -> None:
    with a_world() as world:
        owner, rep = world.owner, world.join("rep", office=False)
        world.settle()
        sync = rep.session.sync
        office = Stream(owner.book.book, 1)
        roster, end = sync.roster, chains.Chain.start(sync.company, office).end(sync.device)
        head = chains.origin(sync.company, office)
        place = Place(
            sync.company, office, 1, sync.device, 1, end.hash, 0, head, roster.index, roster.head, 1
        )  # fmt: skip
        step = replace_stream(rep, office)
        batch = make(place, [Outgoing(step, {})], SecretKey.fresh(), sync.sign)
        with pytest.raises(Problem) as caught:
            rep.says(ask(Push(*office, (pushing.sent(batch),))))
        assert caught.value.code == "server_no_access"


def replace_stream(device: Device, stream: Stream) -> Step:
    made = device.adds("Acme")
    assert made
    (first, *_rest) = device.session.sync.unsealed(device.book)
    return first.step._replace(book=stream.book, tier=stream.tier)


# ---- nonsense


def frame(plain: Any) -> bytes:
    return padded(packing.pack(canonical(plain)))


NONSENSE: dict[str, Callable[[Sequence[Outgoing]], bytes]] = {
    "no frame": lambda _out: os.urandom(300),
    "no steps": lambda _out: frame([]),
    "a step of somebody else's number": lambda out: frame([encode_step(one.step._replace(number=0)) for one in out]),
    "more changes than it says": lambda out: frame([encode_step(one.step) for one in (*out, *out)]),
    "a bomb": lambda _out: padded(packing.pack(bytes(8 << 20))),
}  # fmt: skip


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_void_for_everybody_and_the_rest_goes_on(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        owner.adds("Acme")
        world.settle()
        with monkeypatch.context() as patch:
            patch_body(patch, NONSENSE[name])
            rep.adds("Never")
            rep.sync()
        reports = [device.sync() for device in (owner, other)]
        assert [(report.void > 0, report.faults) for report in reports] == [(True, []), (True, [])]
        assert owner.hash() == other.hash()
        assert owner.names() == other.names() == ["Acme"]
        owner.adds("Goes on")
        world.settle(owner, other)
        assert other.names() == ["Acme", "Goes on"]
        assert world.agree(owner, other)


def test_a_subject_key_that_is_none_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hash is signed as that of nothing: the server hands out what it was given, and is not to blame."""
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        real = envelope._sealed_keys

        def none(*args: Any) -> list[tuple[bytes, bytes, bytes]]:
            return [(record, content_hash(b""), b"") for record, _hash, _sealed in real(*args)]

        with monkeypatch.context() as patch:
            patch.setattr(envelope, "_sealed_keys", none)
            rep.adds("Acme", phone="+49 30 1")
            rep.sync()
        for device in (owner, other):
            assert device.sync().faults == []
            assert not device.session.sync.halts()
        assert owner.names() == other.names() == ["Acme"]
        assert owner.hash() == other.hash()


def swapped(step: Step) -> Step:
    """The sealed values of two fields, each in the place of the other."""
    edit = step.edits[0]
    phone, email = edit.fields.index("phone"), edit.fields.index("email")
    values = list(edit.values)
    values[phone], values[email] = values[email], values[phone]
    return step._replace(edits=(edit._replace(values=tuple(values)), *step.edits[1:]))


def test_sealed_values_cannot_change_places(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_world("rep") as world:
        owner, rep = world.devices
        with monkeypatch.context() as patch:
            patch_steps(patch, swapped)
            made = rep.adds("Acme", phone="+49 30 1", email="a@example.org")
            rep.sync()
        assert not owner.sync().faults
        assert (owner.reads(made, "phone"), owner.reads(made, "email")) == ("", "")
        assert owner.reads(made) == "Acme"


def test_a_number_of_a_step_that_comes_again_voids_its_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_world("rep") as world:
        owner, rep = world.devices
        rep.adds("One")
        world.settle()
        with monkeypatch.context() as patch:
            patch_steps(patch, lambda step: step._replace(number=1))
            rep.adds("Two")
            rep.sync()
        assert owner.sync().void == 1
        assert owner.names() == ["One"]


def test_a_forged_time_wins_nothing() -> None:
    with a_world("rep") as world:
        owner, rep = world.devices
        made = owner.adds("Acme", notes="first")
        world.settle()
        with pytest.MonkeyPatch.context() as patch:
            patch_steps(patch, lambda step: step._replace(time_ms=2**52))
            rep.edits(made, notes="from the year 144,683")
            rep.sync()
        world.clock.forward(3600)
        owner.edits(made, notes="an hour later")  # has not seen the other
        world.settle()
        assert owner.reads(made, "notes") == "an hour later"
        assert owner.kept(made, "notes") == {"from the year 144,683", "an hour later"}


def test_an_older_suite_is_refused(world: World) -> None:
    _owner, other = world.devices
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chains, "SUITE", 0)
        patch.setattr(pushing, "shortened", pushing.sent)
        other.adds("Weak")
        report = other.sync()
    assert [getattr(one, "name", "") for one in report.problems] == ["batch_refused"]
    assert other.position() == 0


# ---- the roster


def test_a_ghost_cannot_be_let_in_by_somebody_without_the_right() -> None:
    with a_world("rep") as world:
        owner, rep = world.devices
        sync, ghost = rep.session.sync, DeviceKeys.fresh().public
        member = sync.roster.facts.devices[owner.session.sync.device].member
        body = DeviceCertified(b"g" * 16, member, ghost.signing, ghost.sealing)
        needed = sorted(wraps_needed(sync.roster.facts, body))
        body = replace(
            body, wraps=tuple(Wrap(*stream, number, device, b"w" * 40) for stream, number, device in needed)
        )
        signed = forged(rep, body)
        with pytest.raises(Problem) as caught:
            rep.says(ask(Append(signed)))
        assert caught.value.name == "statement_refused"
        # A server that plays along gets no further: every client validates the whole roster itself.
        before = owner.session.sync.roster.head
        lie(owner, signed)
        with pytest.raises(AppError):
            owner.sync()
        assert owner.session.sync.roster.head == before
        assert b"g" * 16 not in owner.session.sync.roster.facts.devices
        owner.wire.straight()
        assert not owner.sync().faults


def test_nobody_makes_himself_an_owner() -> None:
    with a_world("rep", "owner") as world:
        owner, rep, other = world.devices
        sync = rep.session.sync
        member = sync.roster.facts.devices[sync.device].member
        signed = forged(rep, RoleGiven(member, "owner"))
        with pytest.raises(Problem) as caught:
            rep.says(ask(Append(signed)))
        assert caught.value.name == "statement_refused"
        lie(other, signed)
        with pytest.raises(AppError):
            other.sync()
        assert "owner" not in other.session.sync.roster.standing(sync.device).roles
        assert owner


def test_a_statement_with_another_signature_is_not_believed(world: World) -> None:
    owner, other = world.devices
    sync = owner.session.sync
    good = forged(owner, RoleGiven(sync.roster.facts.devices[other.session.sync.device].member, "auditor"))
    before = other.session.sync.roster.head
    lie(other, good._replace(signature=bytes(64)))
    with pytest.raises(AppError) as caught:
        other.sync()
    assert caught.value.code == "damaged"
    assert other.session.sync.roster.head == before


def test_a_roster_that_was_forked_is_noticed_with_the_next_batch(world: World) -> None:
    """The server has shown to one of them another statement in the place that the other one's took."""
    owner, other = world.devices
    sync = owner.session.sync
    member = sync.roster.facts.devices[other.session.sync.device].member
    one, two = forged(owner, RoleGiven(member, "auditor")), forged(owner, RoleGiven(member, "clerk"))
    other.session.sync.take_statements([Signed(*one)])
    owner.says(ask(Append(two)))
    before = other.hash()
    owner.adds("Cites the other roster")
    owner.sync()
    report = other.sync()
    assert {fault.fault for fault in report.faults} == {"roster"}
    assert other.hash() == before
    assert other.session.sync.halts()[0].evidence


def forged(device: Device, body: Any) -> SignedStatement:
    """A statement that the device signs without asking its own rules."""
    from app.model import statements as say
    from app.model.statements import Statement

    roster = device.session.sync.roster
    statement = Statement(roster.head, roster.index + 1, device.session.sync.device, 1_780_000_000_000, body)
    data = say.write(statement)
    return SignedStatement(data, device.session.sync.sign(say.PURPOSE, say.hash_of(data)))


def lie(device: Device, signed: SignedStatement) -> None:
    """The server shows this statement as the last one to this device."""

    def heads(_request: Any, reply: Any) -> Any:
        return replace(reply, roster_length=reply.roster_length + 1)

    def roster(_request: Any, reply: RosterPart) -> RosterPart:
        return RosterPart((*reply.statements, signed), reply.length + 1)

    from sync.protocol.messages import FetchHeads

    device.wire.bend(FetchHeads, heads)
    device.wire.bend(FetchRoster, roster)
