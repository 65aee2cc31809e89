"""Snapshots: a stream's confirmed state at one position, vouched for by two members, instead of all that led to it.

A snapshot counts once a device of another member has countersigned it; in a one-member company its author is enough.
Devices that are far behind, or new, take a counted one and follow from there: the server's signed head, at which they
must arrive, vouches for the snapshot's own. Positions at which snapshots may be made are the same for everybody
(`INTERVAL`), so that others have a state hash of that very place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import IO, Annotated, Any, Final, NamedTuple

from app import ids
from app.crypto.identity import verify
from app.crypto.packing import pack, unpack
from app.crypto.seal import OVERHEAD_BYTES, content_hash, open_sealed, seal
from app.errors import Damaged
from app.gateway.syncing import Ingested, SnapshotRecord, Syncing
from app.i18n import _
from app.model.chain import Chain, End
from app.model.encoding import canonical, decode_canonical
from app.model.roster import Roster
from app.model.shape import Count, Hash, Id16, Size, read
from app.model.statements import DeviceCertified, Stream
from sync.client.talk import Talk, ask
from sync.protocol.messages import (
    CHUNK_BYTES,
    SNAPSHOT_PURPOSE,
    Countersign,
    FetchSnapshots,
    GetChunk,
    OfferSnapshot,
    PutChunk,
    SnapshotPart,
)
from sync.protocol.signed import FORMAT, Manifest, manifest_hash, read_manifest

INTERVAL: Final = 500
"""Batches between two places at which snapshots may be made."""
FAR_BEHIND: Final = 2 * INTERVAL
"""Whoever is further behind than this takes a snapshot."""
_RAW_BYTES: Final = CHUNK_BYTES - 1024
_MOST_RAW_BYTES: Final = 16 << 20
_MOST_CHUNKS: Final = 1024


class _EndPart(NamedTuple):
    device: Id16
    sequence: Count
    hash: Hash
    roster_at: Count
    seen_at: Count
    step: Count
    """The device's last step number in the stream: a number that comes again voids a batch."""


class _Start(NamedTuple):
    """What the first chunk begins with: the chain at the position."""

    receipt_ms: Annotated[int, Size(0, 2**53)]
    ends: tuple[_EndPart, ...]


class Taken(NamedTuple):
    """A snapshot as it was fetched: its manifest, the chain there, the last step numbers, and the opened chunks."""

    manifest: Manifest
    chain: Chain
    steps: dict[bytes, int]
    chunks: list[bytes]


# ---- making


class Made:
    """A snapshot of the present moment, in a file of sealed chunks, that waits to be sent. Close it."""

    def __init__(self, sync: Syncing, stream: Stream) -> None:
        """Raises Damaged where the book is too large for one snapshot."""
        self._sync, self.stream = sync, stream
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`; holds sealed bytes only
        self._sizes: list[int] = []
        hashes: list[bytes] = []
        epoch, object_ = sync.roster.facts.epochs[stream].number, ids.fresh()
        key = sync.key(stream, epoch)
        try:
            with sync.snapshot(stream) as snapshot:
                start = start_of(snapshot.chain, snapshot.steps)
                for index, raw in enumerate(_chunked(start, snapshot.records)):
                    if index == _MOST_CHUNKS:
                        raise Damaged(_("This book is too large for a snapshot."))
                    sealed = seal(key, pack(raw), context(sync.company, stream, object_, index))
                    self._file.write(sealed)
                    self._sizes.append(len(sealed))
                    hashes.append(content_hash(sealed))
                chain = snapshot.chain
                self.manifest = Manifest(
                    FORMAT, sync.company, *stream, chain.position, chain.head, snapshot.state_hash(),
                    sync.roster.index, epoch, object_, len(hashes), tuple(hashes),
                )  # fmt: skip
        except BaseException:
            self.close()
            raise

    def send(self) -> Talk[None]:
        """Put the chunks, then say what they are."""
        self._file.seek(0)
        for index, size in enumerate(self._sizes):
            data = self._file.read(size)
            yield from ask(PutChunk(self.manifest.object, *self.stream, index, len(self._sizes), data))
        data = canonical(tuple(self.manifest))
        signature = self._sync.sign(SNAPSHOT_PURPOSE, manifest_hash(data))
        yield from ask(OfferSnapshot(data, signature))

    def close(self) -> None:
        self._file.close()


def context(company: bytes, stream: Stream, object_: bytes, index: int) -> bytes:
    """What a sealed chunk is bound to. How many there are says the signed manifest, with the hash of each."""
    return b"provender snapshot" + canonical((company, *stream, object_, index))


def start_of(chain: Chain, steps: Mapping[bytes, int]) -> bytes:
    """What the first chunk begins with."""
    ends = [_EndPart(device, *end, steps.get(device, 0)) for device, end in sorted(chain.ends.items())]
    return canonical(tuple(_Start(chain.receipt_ms, tuple(ends))))


def _chunked(start: bytes, records: Iterable[SnapshotRecord]) -> Iterator[bytes]:
    parts: list[Any] = [start]
    size = len(start)
    for record in records:
        more = len(record.data) + len(record.key) + 16
        if size + more > _RAW_BYTES and len(parts) > 1:
            yield canonical(parts)
            parts, size = [b""], 0
        parts.append((record.data, record.key))
        size += more
    yield canonical(parts)


# ---- believing


def counted(sync: Syncing, part: SnapshotPart, stream: Stream) -> Manifest | None:
    """What a snapshot on offer says, if it counts. None where too few vouch for it, or not for this.

    Of two members one may have vouched for it with a device that has ended since: what that signed is as true as it was,
    and a lost laptop must not make a book unreadable to the one that takes its place. In a one-member company the
    author is enough, unless that device was revoked."""
    try:
        manifest = read_manifest(part.manifest)
    except Damaged:
        return None
    if manifest.company != sync.company or manifest.stream != stream:
        return None
    roster, message = sync.roster, manifest_hash(part.manifest)
    facts = roster.facts
    holders = facts.holders(stream)
    vouched = [
        device
        for device, signature in ((part.device, part.signature), *part.counters)
        if _has_vouched(roster, device, message, signature, holders)
    ]
    active = [device for device in vouched if facts.devices[device].active]
    members = {facts.devices[device].member for device in vouched}
    if len(holders) > 1:
        return manifest if active and len(members) > 1 else None
    return manifest if active or _replaced(roster).intersection(vouched) else None


def _has_vouched(
    roster: Roster, device: bytes, message: bytes, signature: bytes, holders: frozenset[bytes]
) -> bool:
    """Whether a device of a member who has the stream has signed."""
    known = roster.facts.devices.get(device)
    if known is None or known.member not in holders:
        return False
    try:
        verify(known.signing, SNAPSHOT_PURPOSE, message, signature)
    except Damaged:
        return False
    return True


def _replaced(roster: Roster) -> frozenset[bytes]:
    """Devices that have signed over to their successors."""
    bodies = (statement.body for _signed, statement in roster.statements())
    return frozenset(
        body.replaces for body in bodies if isinstance(body, DeviceCertified) and body.replaces is not None
    )


def newest(
    sync: Syncing, stream: Stream, after: int, most: int, refused: Collection[bytes] = ()
) -> Talk[Manifest | None]:
    """The newest snapshot that counts and lies behind a position, but not behind what the server has signed.

    One from before is never taken: it would bring back an older state."""
    for part in (yield from ask(FetchSnapshots(*stream))).snapshots:
        manifest = counted(sync, part, stream)
        if manifest is None or manifest.object in refused:
            continue
        if after < manifest.position <= most:
            return manifest
    return None


def countersign(sync: Syncing, stream: Stream, known: dict[int, bytes]) -> Talk[int]:
    """Vouch for snapshots of others whose state hash is the one that we had there; returns how many.

    `known`: position → our own state hash. Raises Damaged where another has signed another state."""
    count = 0
    for part in (yield from ask(FetchSnapshots(*stream))).snapshots:
        if sync.device in (part.device, *(counter.device for counter in part.counters)):
            continue
        manifest = read_manifest(part.manifest)
        if manifest.stream != stream or manifest.position not in known:
            continue
        head = sync.head_at(stream, manifest.position)
        if head is None:
            continue  # we have begun at a later snapshot since, and know of that place no more
        if (manifest.state_hash, manifest.head) != (known[manifest.position], head):
            raise Damaged(
                _("A device has offered a snapshot of another state than ours. It is not vouched for.")
            )
        signature = sync.sign(SNAPSHOT_PURPOSE, manifest_hash(part.manifest))
        yield from ask(Countersign(*stream, manifest.position, signature))
        count += 1
    return count


# ---- taking


def fetch(sync: Syncing, manifest: Manifest) -> Talk[Taken]:
    """The chunks, each checked against the manifest and opened. Raises Damaged."""
    stream, key = manifest.stream, sync.key(manifest.stream, manifest.epoch)
    if manifest.chunk_count != len(manifest.chunks):
        raise _not_whole()
    chunks = []
    for index, hash_ in enumerate(manifest.chunks):
        sealed = (yield from ask(GetChunk(manifest.object, index))).data
        if content_hash(sealed) != hash_ or len(sealed) < OVERHEAD_BYTES:
            raise _not_whole()
        chunks.append(open_sealed(key, sealed, context(sync.company, stream, manifest.object, index)))
    start = read(_Start, decode_canonical(_parts(chunks[0])[0]))
    ends = {end.device: End(end.sequence, end.hash, end.roster_at, end.seen_at) for end in start.ends}
    chain = Chain(sync.company, stream, manifest.position, manifest.head, start.receipt_ms, ends)
    return Taken(manifest, chain, {end.device: end.step for end in start.ends}, chunks)


def records(chunks: Iterable[bytes]) -> Iterator[SnapshotRecord]:
    """The records of opened chunks. Raises Damaged."""
    for chunk in chunks:
        for one in _parts(chunk)[1:]:
            if not isinstance(one, list) or len(one) != 2 or not all(type(part) is bytes for part in one):
                raise _not_whole()
            yield SnapshotRecord(*one)


def take(sync: Syncing, taken: Taken) -> Ingested:
    """Replace the stream's confirmed state by it. Raises Damaged, with nothing changed, unless it comes to the state
    hash that was signed."""
    stream, found = taken.manifest.stream, records(taken.chunks)
    return sync.take_snapshot(stream, taken.chain, None, taken.steps, found, taken.manifest.state_hash)


def catch_up(sync: Syncing, stream: Stream, after: int, most: int, refused: set[bytes]) -> Talk[Taken | None]:
    """The newest snapshot that helps whoever is at a position; None where there is none that counts. `refused`:
    those that were tried before; one that is not what was signed is added. Raises Damaged for it."""
    manifest = yield from newest(sync, stream, after, most, refused)
    if manifest is None:
        return None
    try:
        return (yield from fetch(sync, manifest))
    except Damaged:
        refused.add(manifest.object)
        raise


def _parts(chunk: bytes) -> list[Any]:
    parts = decode_canonical(unpack(chunk, max_bytes=_MOST_RAW_BYTES))
    if not isinstance(parts, list) or not parts or type(parts[0]) is not bytes:
        raise _not_whole()
    return parts


def _not_whole() -> Damaged:
    return Damaged(_("A snapshot of a book is not what was signed. It is not believed."))
