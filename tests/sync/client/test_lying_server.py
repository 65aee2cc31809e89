"""A server that lies: each lie stops the one book that it is about, with evidence, and nothing that we have changes.

Every lie also runs with the check that finds it switched off, and is then not found: so each check is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.crypto.identity import DeviceKeys
from app.errors import Offline
from app.model import chain as chains
from app.model.chain import HEAD_PURPOSE, StreamFault, head_message
from app.model.encoding import decode_canonical
from sync.client import doubts, envelope, following
from sync.client.doubts import signed_head
from sync.protocol.messages import FetchHeads, HandedBatch, Heads, HeadSaid, Pull, Pulled
from tests.relay import Bend, altered_body, batches
from tests.sync.client.world import Device, World, a_world

Patch = Callable[[pytest.MonkeyPatch], object]


@dataclass(frozen=True)
class Lie:
    """What the server does, which fault it is, and how the check that finds it is switched off."""

    fault: str
    tell: Callable[[World], tuple[type[Any], Bend]]
    off: Patch
    switched_off: tuple[str, ...] = ()
    """Faults that may be found then, by a later check: the lie itself is not."""


def no_check(*names: str) -> Patch:
    """Switch checks of model.chain off, by the fault that they find."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        real = StreamFault.__init__

        def init(self: StreamFault, fault: Any, stream: Any, position: int) -> None:
            real(self, fault, stream, position)
            self.is_off = fault in names  # type: ignore[attr-defined]

        monkeypatch.setattr(StreamFault, "__init__", init)
        for module, name in (
            (chains, "admit"), (chains, "grows"), (chains, "arrived"), (envelope, "check"), (chains, "whole_body"),
        ):  # fmt: skip
            monkeypatch.setattr(module, name, _forgiving(getattr(module, name)))

    return patch


def _forgiving(check: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*args: Any) -> Any:
        try:
            return check(*args)
        except StreamFault as fault:
            if not getattr(fault, "is_off", False):
                raise

    return checked


def pulls(
    change: Callable[[list[HandedBatch]], list[HandedBatch]],
) -> Callable[[World], tuple[type[Any], Bend]]:
    return lambda _world: (Pull, batches(change))


def nothing(_world: World) -> tuple[type[Any], Bend]:
    """Empty answers; whoever goes on asking is sent home after a while."""
    left = iter(range(5))

    def bend(_request: Any, reply: Pulled) -> Pulled:
        if next(left, None) is None:
            raise Offline("enough")
        return Pulled((), reply.head, reply.whole_from)

    return Pull, bend


def said(change: Callable[[World, HeadSaid], HeadSaid]) -> Callable[[World], tuple[type[Any], Bend]]:
    """Other heads, in answers to all questions for them."""

    def tell(world: World) -> tuple[type[Any], Bend]:
        def bend(_request: Any, reply: Heads) -> Heads:
            book = world.owner.book
            heads = tuple(change(world, one) if (one.book, one.tier) == book else one for one in reply.heads)
            return Heads(reply.roster_length, heads, reply.knocks)

        return FetchHeads, bend

    return tell


def resigned(world: World, of: HeadSaid, **other: Any) -> HeadSaid:
    """A head that the server really signs: it lies with its own key."""
    made = of._replace(**other)
    message = head_message(signed_head(world.owner.session.sync.company, made))
    return made._replace(signature=world.relay.signer.sign(HEAD_PURPOSE, message))


def of_strangers(world: World, head: HeadSaid) -> HeadSaid:
    message = head_message(signed_head(world.owner.session.sync.company, head))
    return head._replace(signature=DeviceKeys.fresh().sign(HEAD_PURPOSE, message))


def other_header(batch: HandedBatch, **other: Any) -> HandedBatch:
    return batch._replace(header=chains.write(chains.parse(batch.header)._replace(**other)))


def of_a_ghost(world: World, batch: HandedBatch) -> HandedBatch:
    """As if a device that nobody knows had begun to write."""
    stream = world.owner.book
    first = chains.origin(world.owner.session.sync.company, stream)
    return other_header(batch, device=b"x" * 16, sequence=1, previous=first)


def timeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Follow without comparing times of receipt."""
    real = chains.follow
    monkeypatch.setattr(chains, "follow", lambda chain, *rest: real(replace(chain, receipt_ms=0), *rest))


LIES: dict[str, Lie] = {
    "a batch twice": Lie("gap", pulls(lambda them: [them[0], *them]), no_check("gap", "previous"), ("head", "fork", "time")),
    "batches in another order": Lie("gap", pulls(lambda them: them[::-1]), no_check("gap", "previous"), ("head", "fork", "time")),
    "a batch left out": Lie("gap", pulls(lambda them: them[1:]), no_check("gap", "previous"), ("head", "fork", "older")),
    "an altered body": Lie("body", pulls(lambda them: [altered_body(one) for one in them]), no_check("body")),
    "no body": Lie("body", pulls(lambda them: [one._replace(body=b"") for one in them]), no_check("body")),
    "an altered header": Lie(
        "signature",
        pulls(lambda them: [other_header(them[0], additive=9), *them[1:]]),
        lambda patch: patch.setattr(following, "verify", lambda *_args: None),
        ("previous", "fork"),
    ),
    "a header that is none": Lie(
        "form", pulls(lambda them: [them[0]._replace(header=b"\x90"), *them[1:]]),
        lambda patch: None, ("form",),
    ),
    "a batch of another book": Lie(
        "foreign",
        pulls(lambda them: [other_header(them[0], book=b"x" * 16), *them[1:]]),
        no_check("foreign"),
        ("signature",),
    ),
    "another device's name": Lie(
        "author",
        lambda world: (Pull, batches(lambda them: [of_a_ghost(world, them[0]), *them[1:]])),
        no_check("author"),
        ("signature",),
    ),
    "an earlier time of receipt": Lie(
        "time",
        pulls(lambda them: [them[0], *(one._replace(receipt_ms=1) for one in them[1:])]),
        timeless,
        ("head", "fork"),
    ),
    "a later time of receipt": Lie(
        "fork",
        pulls(lambda them: [*them[:-1], them[-1]._replace(receipt_ms=them[-1].receipt_ms + 1)]),
        no_check("fork"),
    ),
    "nothing at all": Lie("older", nothing, lambda patch: patch.setattr(doubts, "missing", lambda *_args: None)),
    "an older head": Lie(
        "older",
        said(lambda world, head: resigned(world, head, position=0, head=b"o" * 32)),
        no_check("older"),
    ),
    "no head": Lie("older", lambda world: (FetchHeads, lambda _request, reply: Heads(reply.roster_length, (), 0)), lambda patch: patch.setattr(doubts, "hidden", lambda *_args: None)),
    "a head of somebody else": Lie(
        "signature", said(of_strangers), lambda patch: patch.setattr(following, "verify", lambda *_args: None),
    ),
    "a head of another history": Lie(
        "fork", said(lambda world, head: resigned(world, head, head=b"f" * 32)), no_check("fork"),
    ),
    "a head whose time went back": Lie(
        "time", said(lambda world, head: resigned(world, head, receipt_ms=5)), no_check("time"), ("fork",),
    ),
}  # fmt: skip


def prepared(world: World) -> Device:
    """The other device has three batches to fetch, of which nothing is known yet."""
    owner, other = world.devices
    world.settle()
    owner.adds("Known")
    world.settle()
    for number in range(3):
        owner.adds(f"New {number}")
        world.clock.forward(1)
        owner.sync()
    return other


@contextmanager
def told(name: str) -> Iterator[tuple[World, Device, Any, bytes]]:
    """The lie was told to a device that went round; its report, and its state before."""
    with a_world("owner") as world:
        other = prepared(world)
        before = other.hash()
        kind, bend = LIES[name].tell(world)
        other.wire.bend(kind, bend)
        made = world.owner.adds("In the company book too")
        assert made
        yield world, other, other.sync(), before


@pytest.mark.parametrize("name", LIES)
def test_a_lie_stops_its_book_alone(name: str) -> None:
    with told(name) as (world, other, report, before):
        assert [fault.fault for fault in report.faults if fault.stream == other.book] == [LIES[name].fault]
        assert report.faults[0].code == "stream_fault"
        halts = [one for one in other.session.sync.halts() if one.stream == other.book]
        assert [one.fault for one in halts] == [LIES[name].fault]
        # The evidence names what was said, with the server's signature.
        version, fault, stream, _position, _roster, _known, head, _batch = decode_canonical(halts[0].evidence)
        assert (version, fault, tuple(stream)) == (1, LIES[name].fault, other.book)
        assert head is None or len(head[5]) == 64
        assert other.hash() == before
        # It stays stopped, also after the server has told the truth again, until somebody has looked at it.
        other.wire.straight()
        other.sync()
        for one in {halt.stream for halt in other.session.sync.halts()}:
            other.session.sync.resume(one)
        world.settle()
        assert world.agree()
        assert other.names() == world.owner.names()


@pytest.mark.parametrize("name", LIES)
def test_without_its_check_a_lie_is_not_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lie = LIES[name]
    if lie.fault in lie.switched_off:
        pytest.skip("this check cannot be switched off: without it nothing can be read")
    with a_world("owner") as world:
        other = prepared(world)
        kind, bend = lie.tell(world)
        other.wire.bend(kind, bend)
        lie.off(monkeypatch)
        try:
            report = other.sync()
        except Exception as error:
            assert not isinstance(error, StreamFault)
        else:
            found = {fault.fault for fault in report.faults if fault.stream == other.book}
            assert lie.fault not in found
            assert found <= set(lie.switched_off)
