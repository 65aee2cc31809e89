"""Batches: steps packed, padded, sealed and signed as they travel, and opened as they were handed out.

Two sorts of fault are kept apart. What its author alone can have caused, for the signed header vouches for the
sealed bytes, voids the batch for everybody alike (`Followed.void`). What the server must have let through raises
StreamFault. Decision 0070 fixes every byte.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from app.crypto.keys import SecretKey
from app.crypto.packing import pack, unpack
from app.crypto.seal import content_hash, open_sealed, seal
from app.errors import AppError, Damaged
from app.gateway.syncing import Followed, Outgoing, SealedBatch
from app.i18n import _
from app.model import chain as chains
from app.model.chain import BATCH_PURPOSE, MOST_BODY_BYTES, MOST_OPENED_BYTES, Header, StreamFault
from app.model.change import MOST_CHANGES, Step
from app.model.encoding import Sealed, canonical, decode_canonical, decode_step, encode_step
from app.model.soundness import sound
from app.model.statements import Sign, Stream
from sync.protocol.messages import HandedBatch, SubjectKey

MOST_PACKED_BYTES: Final = 64 * 1024
LEAST_PADDED_BYTES: Final = 256
LENGTH_BYTES: Final = 4
SUBJECT_KEY_BYTES: Final = 32
ADDITIVE: Final = 1
"""Of the record kinds and fields that this program knows; grows with every one that is added."""


class TooLarge(AppError):
    """One step of ours is larger than any batch may be: it cannot be sent."""

    code = "step_too_large"


class Place(NamedTuple):
    """Where a batch of ours will stand: everything that its header says besides what is in it."""

    company: bytes
    stream: Stream
    epoch: int
    device: bytes
    sequence: int
    previous: bytes
    seen_at: int
    seen_head: bytes
    roster_at: int
    roster_head: bytes
    breaking: int


# ---- sealing


def make(place: Place, outgoing: Sequence[Outgoing], key: SecretKey, sign: Sign) -> SealedBatch:
    """The batch of as many of the steps as one takes, from the first on. Raises TooLarge."""
    taken, packed = _fitting(outgoing)
    keys = tuple(_sealed_keys(place, taken, key))
    header = Header(
        chains.VERSION, chains.SUITE, place.company, *place.stream, place.epoch, place.device, place.sequence,
        place.previous, place.seen_at, place.seen_head, place.roster_at, place.roster_head, place.breaking, ADDITIVE,
        0, sum(one.step.size for one in taken), b"", chains.keys_hash([(record, hash_) for record, hash_, _s in keys]),
    )  # fmt: skip
    body = seal(key, padded(packed), context(header))
    data = chains.write(header._replace(body_hash=chains.body_hash(body)))
    signature = sign(BATCH_PURPOSE, chains.hash_of(data))
    steps = tuple(one.step.number for one in taken)
    return SealedBatch(place.stream, place.sequence, data, signature, body, keys, steps)


def context(header: Header) -> bytes:
    """What a sealed body is bound to: its whole header, but for the hashes of what is sealed."""
    return b"provender batch" + canonical(tuple(header)[:-2])


def key_context(company: bytes, stream: Stream, epoch: int, record: bytes) -> bytes:
    """What a sealed subject key is bound to."""
    return b"provender subject key" + canonical((company, *stream, epoch, record))


def padded(packed: bytes) -> bytes:
    """Length, content, and zeros up to the next size that Padmé names: a size tells little about what is in it."""
    whole = len(packed).to_bytes(LENGTH_BYTES, "big") + packed
    return whole + bytes(padme(len(whole)) - len(whole))


def padme(size: int) -> int:
    """The padded size: at most 12 per cent more, and O(log log n) bits told (PURBs, 2019); at least 256."""
    if size <= LEAST_PADDED_BYTES:
        return LEAST_PADDED_BYTES
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def _fitting(outgoing: Sequence[Outgoing]) -> tuple[Sequence[Outgoing], bytes]:
    """The longest of a few beginnings that keep to a batch's limits, and its packed steps."""
    count = size = 0
    for one in outgoing:
        size += one.step.size
        if count and size > MOST_CHANGES:
            break
        count += 1
    taken = outgoing[:count]
    while True:
        plain = canonical([one.body or encode_step(one.step) for one in taken])
        if len(plain) <= MOST_OPENED_BYTES:
            packed = pack(plain)
            if len(packed) <= MOST_PACKED_BYTES:
                return taken, packed
            if len(taken) == 1 and padme(len(packed) + LENGTH_BYTES) <= MOST_BODY_BYTES - 64:
                return taken, packed
        if len(taken) == 1:
            raise TooLarge(_("A single change is too large to be sent. Shorten it, or attach it as a file."))
        taken = taken[: len(taken) // 2]


def _sealed_keys(place: Place, taken: Sequence[Outgoing], key: SecretKey) -> list[tuple[bytes, bytes, bytes]]:
    needed: dict[bytes, bytes] = {}
    for one in taken:
        for record, subject in one.keys.items():
            known = needed.get(record, b"")
            needed[record] = known + b"".join(part for part in _split(subject) if part not in _split(known))
    made = []
    for record, subject in sorted(needed.items()):
        sealed = seal(key, subject, key_context(place.company, place.stream, place.epoch, record))
        made.append((record, content_hash(sealed), sealed))
    return made


def _split(subject: bytes) -> list[bytes]:
    return [subject[at : at + SUBJECT_KEY_BYTES] for at in range(0, len(subject), SUBJECT_KEY_BYTES)]


# ---- opening


def check(handed: HandedBatch, header: Header, position: int, erased: Collection[bytes]) -> None:
    """Raise StreamFault unless body and keys are those that the header was signed for. `erased`: records whose
    keys the server must no longer have."""
    chains.whole_body(header, handed.body, position)
    keys = [(one.record, one.hash) for one in handed.keys]
    # An empty one whose hash is signed as such is its author's nonsense: it opens nothing, and stops nobody.
    whole = all(
        content_hash(one.sealed) == one.hash or (not one.sealed and one.record in erased)
        for one in handed.keys
    )
    if not whole or chains.keys_hash(keys) != header.keys_hash:
        raise StreamFault("body", header.stream, position)


def opened(handed: HandedBatch, header: Header, position: int, key: SecretKey, after: int) -> Followed:
    """A batch that was checked, readable, or void. `after`: its device's last step number in this stream."""
    try:
        steps, bodies = _steps(handed.body, header, key)
        sound(steps, header.changes, after)
        keys = _opened_keys(handed.keys, header, steps, key)
    except Damaged as fault:
        return Followed(position, header, handed.receipt_ms, (), {}, void=fault.text)
    return Followed(position, header, handed.receipt_ms, steps, keys, bodies=bodies)


def _steps(body: bytes, header: Header, key: SecretKey) -> tuple[tuple[Step, ...], tuple[bytes, ...]]:
    plain = open_sealed(key, body, context(header))
    size = int.from_bytes(plain[:LENGTH_BYTES], "big")
    packed = plain[LENGTH_BYTES : LENGTH_BYTES + size]
    if padded(packed) != plain or header.packing:
        raise _malformed()
    written = decode_canonical(unpack(packed, max_bytes=MOST_OPENED_BYTES))
    if not isinstance(written, list) or len(written) > MOST_CHANGES:
        raise _malformed()
    steps = []
    for data in written:
        if type(data) is not bytes:
            raise _malformed()
        step = decode_step(data, header.device, header.book, header.tier)
        if encode_step(step) != data:
            raise _malformed()
        steps.append(step)
    return tuple(steps), tuple(written)


def _opened_keys(
    keys: Sequence[SubjectKey], header: Header, steps: Sequence[Step], key: SecretKey
) -> Mapping[bytes, bytes]:
    """Record → its keys. One that does not open counts as one that is not there, as if it had been erased: else a
    device that comes after an erasure would judge otherwise than those that came before."""
    records = [one.record for one in keys]
    carried = {edit.row for step in steps for edit in step.edits if Sealed in map(type, edit.values)}
    if records != sorted(set(records)) or not carried.issuperset(records):
        raise _malformed()
    found = {}
    for one in keys:
        bound = key_context(header.company, header.stream, header.epoch, one.record)
        try:
            subject = open_sealed(key, one.sealed, bound)
        except Damaged:
            continue
        if subject and not len(subject) % SUBJECT_KEY_BYTES:
            found[one.record] = subject
    return found


def _malformed() -> Damaged:
    return Damaged(_("A received batch is not such as this program writes. It has no effect anywhere."))
