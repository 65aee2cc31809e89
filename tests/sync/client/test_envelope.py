"""Batches sealed and opened: nothing but what was meant comes through, and it is told apart who is to blame."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.crypto import packing
from app.crypto.identity import DeviceKeys
from app.crypto.keys import SecretKey
from app.crypto.seal import SubjectSealer, content_hash, seal
from app.gateway.syncing import Followed, Outgoing, SealedBatch
from app.model import chain as chains
from app.model.chain import BATCH_PURPOSE, MOST_BODY_BYTES, Header, StreamFault
from app.model.change import Dot, Edit, Step
from app.model.encoding import Sealed, canonical, encode_step
from app.model.statements import Stream
from sync.client import envelope
from sync.client.envelope import Place, TooLarge, check, context, make, opened, padded, padme
from sync.protocol.messages import HandedBatch, SubjectKey

STREAM = Stream(b"b" * 16, 0)
ROW, OTHER = b"r" * 16, b"s" * 16
PLACE = Place(
    b"c" * 32, STREAM, 1, b"d" * 16, 1, b"p" * 32, 0, b"h" * 32, 3, b"r" * 32, 1
)  # fmt: skip
KEYS = DeviceKeys.fresh()


@dataclass
class Author:
    """A device that writes batches, right or wrong."""

    key: SecretKey = field(default_factory=SecretKey.fresh)

    def makes(self, *outgoing: Outgoing) -> SealedBatch:
        return make(PLACE, outgoing, self.key, KEYS.sign)

    def reads(self, batch: HandedBatch, after: int = 0, erased: tuple[bytes, ...] = ()) -> Followed:
        header = chains.parse(batch.header)
        check(batch, header, 1, erased)
        return opened(batch, header, 1, self.key, after)

    def forges(self, body: bytes, batch: SealedBatch, **other: Any) -> HandedBatch:
        """A batch with another body, properly signed: what only its author can do."""
        header = chains.parse(batch.header)._replace(body_hash=chains.body_hash(body), **other)
        data = chains.write(header)
        return handed(batch._replace(header=data, body=body))


def handed(batch: SealedBatch) -> HandedBatch:
    keys = tuple(SubjectKey(*one) for one in batch.keys)
    return HandedBatch(batch.header, batch.signature, 1_780_000_000_000, batch.body, keys)


def flipped(data: bytes) -> bytes:
    """The last bit is another."""
    return data[:-1] + bytes((data[-1] ^ 1,))


def a_step(number: int = 1, text: str = "Olives", **other: Any) -> Step:
    edit = Edit("customer", ROW, ("name", "notes"), (text, "x" * 20))
    return Step(**{"device": PLACE.device, "number": number, "book": STREAM.book, "tier": STREAM.tier,
                   "time_ms": 1_780_000_000_000, "edits": (edit,), **other})  # fmt: skip


def a_personal_step(key: bytes, number: int = 1) -> Step:
    sealed = Sealed(SubjectSealer(key).seal(b"place", b"a phone number"))
    return a_step(number, edits=(Edit("customer", ROW, ("phone",), (sealed,)),))


@pytest.fixture
def author() -> Author:
    return Author()


# ---- there and back


def test_what_was_sealed_is_read(author: Author) -> None:
    subject = os.urandom(32)
    steps = (a_step(1), a_personal_step(subject, 2))
    batch = author.makes(Outgoing(steps[0], {}), Outgoing(steps[1], {ROW: subject}))
    read = author.reads(handed(batch))
    assert (read.steps, read.keys, read.void) == (steps, {ROW: subject}, "")
    assert batch.steps == (1, 2)
    KEYS.public.verify(BATCH_PURPOSE, chains.hash_of(batch.header), batch.signature)


def test_a_batch_takes_at_most_256_changes(author: Author) -> None:
    edit = Edit("customer", ROW, tuple(f"f{n}" for n in range(100)), ("v",) * 100)
    batch = author.makes(*(Outgoing(a_step(n, edits=(edit,)), {}) for n in (1, 2, 3)))
    assert batch.steps == (1, 2)
    assert chains.parse(batch.header).changes == 200


def test_a_batch_takes_at_most_64_kib(author: Author) -> None:
    noise = [os.urandom(8_000).hex() for _n in range(20)]
    batch = author.makes(*(Outgoing(a_step(n + 1, noise[n]), {}) for n in range(20)))
    assert 1 <= len(batch.steps) < 20
    assert len(batch.body) <= envelope.MOST_PACKED_BYTES * 1.13 + 64 < MOST_BODY_BYTES


def test_a_step_that_is_too_large_is_told_and_not_sent(author: Author) -> None:
    with pytest.raises(TooLarge):
        author.makes(Outgoing(a_step(1, os.urandom(100_000).hex()), {}))


def test_sizes_tell_little(author: Author) -> None:
    for size in (0, 1, 256, 257, 1_000, 50_000, 90_000):
        room = padme(size)
        assert max(size, 256) <= room <= max(256, size * 1.13)
        assert padme(room) == room
    lengths = {len(author.makes(Outgoing(a_step(1, "x" * n), {})).body) for n in range(0, 100, 7)}
    assert lengths == {256 + 29}


# ---- the author's faults: void for everybody alike


def a_frame(plain: bytes) -> bytes:
    return padded(packing.pack(plain))


STEP_BYTES = encode_step(a_step())
NONSENSE: dict[str, bytes] = {
    "nothing at all": b"",
    "no frame": padded(b"not zstd"),
    "a length beyond the end": (10**6).to_bytes(4, "big") + bytes(252),
    "something in the padding": a_frame(canonical([STEP_BYTES]))[:-1] + b"\x01",
    "more padding than there should be": a_frame(canonical([STEP_BYTES])) + bytes(16),
    "no list": a_frame(canonical({"steps": 1})),
    "no steps": a_frame(canonical([])),
    "a step that is no bytes": a_frame(canonical([1])),
    "a longer form of a number": a_frame(canonical([STEP_BYTES.replace(b"\x94\x01\x01", b"\x94\x01\xcc\x01", 1)])),
    "a list in a longer form": a_frame(b"\xdc\x00\x01" + canonical(STEP_BYTES)),
    "more than the header says": a_frame(canonical([STEP_BYTES, encode_step(a_step(2))])),
    "a bomb": padded(packing.pack(bytes(2 << 20))),
}  # fmt: skip


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_voids_the_batch(author: Author, name: str) -> None:
    batch = author.makes(Outgoing(a_step(), {}))
    header = chains.parse(batch.header)
    assert not author.reads(handed(batch)).void
    assert author.reads(author.forges(seal(author.key, NONSENSE[name], context(header)), batch)).void


def test_another_key_voids_the_batch(author: Author) -> None:
    batch = author.makes(Outgoing(a_step(), {}))
    body = seal(SecretKey.fresh(), a_frame(canonical([STEP_BYTES])), context(chains.parse(batch.header)))
    assert author.reads(author.forges(body, batch)).void


def test_a_body_of_another_header_voids_the_batch(author: Author) -> None:
    """Sealed for epoch 1, signed as of epoch 2: the body is bound to the header in which it was sealed."""
    batch = author.makes(Outgoing(a_step(), {}))
    assert author.reads(author.forges(batch.body, batch, epoch=2)).void


def test_a_number_that_came_before_voids_the_batch(author: Author) -> None:
    batch = author.makes(Outgoing(a_step(5), {}))
    assert not author.reads(handed(batch), after=4).void
    assert author.reads(handed(batch), after=5).void


def test_an_unknown_dictionary_voids_the_batch(author: Author) -> None:
    batch = author.makes(Outgoing(a_step(), {}))
    header = chains.parse(batch.header)._replace(packing=9)
    body = seal(author.key, a_frame(canonical([STEP_BYTES])), context(header))
    assert author.reads(author.forges(body, batch, packing=9)).void


def test_naming_itself_voids_the_batch(author: Author) -> None:
    edit = Edit("customer", ROW, ("name",), ("x",), ((Dot(PLACE.device, 1, 0),),))
    assert author.reads(handed(author.makes(Outgoing(a_step(1, edits=(edit,)), {})))).void


# ---- subject keys


def test_a_key_of_a_record_that_the_batch_does_not_carry_voids_it(author: Author) -> None:
    batch = author.makes(Outgoing(a_personal_step(bytes(32)), {OTHER: bytes(32)}))
    assert author.reads(handed(batch)).void


def test_a_key_that_does_not_open_counts_as_erased(author: Author) -> None:
    batch = author.makes(Outgoing(a_personal_step(bytes(32)), {ROW: bytes(32)}))
    sealed = seal(SecretKey.fresh(), bytes(32), b"")
    keys = ((ROW, content_hash(sealed), sealed),)
    other = batch._replace(keys=keys)
    hash_ = chains.keys_hash([(ROW, content_hash(sealed))])
    header: Header = chains.parse(batch.header)._replace(keys_hash=hash_, body_hash=b"")
    body = seal(author.key, a_frame(canonical([encode_step(a_personal_step(bytes(32)))])), context(header))
    read = author.reads(author.forges(body, other, keys_hash=hash_))
    assert (read.void, read.keys) == ("", {})
    gone = handed(batch)._replace(keys=(SubjectKey(ROW, batch.keys[0][1], b""),))
    assert author.reads(gone, erased=(ROW,)).keys == {}


# ---- the server's faults


def test_what_the_server_alters_stops_the_stream(author: Author) -> None:
    batch = handed(author.makes(Outgoing(a_personal_step(bytes(32)), {ROW: bytes(32)})))
    key = batch.keys[0]
    altered = [
        batch._replace(body=flipped(batch.body)),
        batch._replace(body=b""),
        batch._replace(keys=()),
        batch._replace(keys=(key, key)),
        batch._replace(keys=(key._replace(sealed=flipped(key.sealed)),)),
        batch._replace(keys=(key._replace(sealed=b""),)),
        batch._replace(keys=(key._replace(record=OTHER),)),
    ]
    for one in altered:
        with pytest.raises(StreamFault) as caught:
            author.reads(one)
        assert caught.value.fault == "body"
