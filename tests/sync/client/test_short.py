"""Headers in short: what both sides know is not sent, what they do not agree about is sent in full."""

from __future__ import annotations

import pytest

from app.model import chain as chains
from app.model.encoding import canonical
from sync.client import pushing
from sync.client.talk import ask
from sync.protocol.codec import write
from sync.protocol.messages import Push, SentBatch
from sync.protocol.problems import Problem
from sync.protocol.short import is_short, read_short, shorten, written_out
from tests.model.known import HEADER
from tests.sync.client.world import Device, World

WHOLE = chains.write(HEADER)


def pushed(device: Device) -> list[SentBatch]:
    return [batch for one in device.wire.asked if isinstance(one, Push) for batch in one.batches]


def test_a_header_is_written_out_as_it_was() -> None:
    short = shorten(WHOLE)
    assert is_short(short) and not is_short(WHOLE)
    assert len(short) < 24 < 250 < len(WHOLE)
    out = written_out(
        read_short(short), HEADER.company, HEADER.stream, HEADER.device, HEADER.previous, HEADER.seen_head,
        HEADER.roster_head, HEADER.body_hash, HEADER.keys_hash,
    )  # fmt: skip
    assert out == WHOLE


def test_devices_send_short_headers_and_everybody_gets_whole_ones(world: World) -> None:
    owner, other = world.devices
    owner.adds("One", phone="1")
    owner.sync()
    (batch,) = pushed(owner)[-1:]
    assert is_short(batch.header)
    (kept,) = owner.session.sync.sealed_after(owner.book, 0)
    assert shorten(kept.header) == batch.header
    assert not other.sync().faults
    assert len(write(Push(*owner.book, (batch,)))) < 560
    world.settle()
    assert world.agree()


def test_what_the_two_do_not_agree_about_is_sent_in_full(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, other = world.devices

    def wrong(data: bytes) -> bytes:
        short = read_short(shorten(data))
        return canonical(tuple(short._replace(seen_at=0)))

    owner.adds("One")
    owner.sync()
    with monkeypatch.context() as patch:
        patch.setattr(pushing, "shorten", wrong)
        owner.adds("Two")
        assert not owner.sync().problems
    assert [is_short(batch.header) for batch in pushed(owner)[-2:]] == [True, False]
    other.sync()
    assert other.names() == ["One", "Two"]


@pytest.mark.parametrize(
    ("short", "name"),
    [
        (b"\x99\x00", "batch_refused"),
        (canonical((0, 1, 1, 10**6, 0, 1, 1, 0, 1)), "head_unknown"),
        (canonical((0, 1, 1, 0, 10**6, 1, 1, 0, 1)), "roster_unknown"),
        (canonical((0, 1, 1, 0, 0, 1, 1, 0, 1)), "batch_refused"),
    ],
)
def test_nonsense_is_refused(world: World, short: bytes, name: str) -> None:
    batch = SentBatch(short, bytes(64), b"x", ())
    with pytest.raises(Problem) as caught:
        world.owner.says(ask(Push(*world.owner.book, (batch,))))
    assert caught.value.name in (name, "epoch_old")


def test_the_same_number_with_other_content_is_told_from_the_same_again(world: World) -> None:
    owner = world.owner
    owner.adds("One")
    owner.sync()
    (batch,) = pushed(owner)[-1:]
    again = owner.says(ask(Push(*owner.book, (batch,))))
    assert [one.sequence for one in again.receipts] == [1]
    with pytest.raises(Problem) as caught:
        owner.says(ask(Push(*owner.book, (batch._replace(body=b"other"),))))
    assert caught.value.name == "sequence_reused"
