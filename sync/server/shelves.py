"""What stands beside the streams: sealed objects in chunks, and snapshots, which are objects that somebody vouches for."""

from __future__ import annotations

from app.errors import Damaged
from app.model.roster import Roster
from app.model.standing import Facts
from app.model.statements import Stream
from sync.protocol.messages import (
    SNAPSHOT_PURPOSE,
    AskObject,
    Chunk,
    CounterPart,
    Countersign,
    Done,
    FetchSnapshots,
    GetChunk,
    ObjectState,
    OfferSnapshot,
    PutChunk,
    SnapshotPart,
    Snapshots,
)
from sync.protocol.problems import Problem
from sync.protocol.signed import Manifest, manifest_hash, read_manifest
from sync.server.asked import Asked, sha256
from sync.server.storage import ChunkRow, CounterRow, ObjectRow, SnapshotRow

# ---- objects


def expect(asked: Asked, request: PutChunk) -> bool:
    """Before a chunk is stored: reserve the object for its author. False where the chunk is there already."""
    stream, tx = Stream(request.book, request.tier), asked.tx
    asked.held(stream)
    if not request.index < request.count <= asked.house.limits.object_chunks:
        raise Problem("too_large")
    found = tx.object(asked.company, request.object)
    if found is None:
        row = ObjectRow(request.object, stream, request.count, asked.device, asked.now_ms)
        asked.room_for(len(request.data))
        tx.add_object(asked.company, row)
        return True
    if (found.stream, found.chunk_count) != (stream, request.count):
        raise Problem("object_differs")
    chunk = tx.chunk(asked.company, request.object, request.index)
    if chunk is not None:
        if chunk.hash != sha256(request.data):
            raise Problem("object_differs")
        return False
    if found.author != asked.device:
        raise Problem("object_differs")
    asked.room_for(len(request.data))
    return True


def shelved(asked: Asked, request: PutChunk) -> Done:
    """After a chunk was stored."""
    row = ChunkRow(request.index, sha256(request.data), len(request.data))
    known = asked.tx.chunk(asked.company, request.object, request.index)
    if known is None:
        if asked.tx.object(asked.company, request.object) is None:
            raise Problem("no_object")
        asked.tx.add_chunk(asked.company, request.object, row)
    elif known != row:
        raise Problem("object_differs")
    return Done()


def wanted(asked: Asked, request: GetChunk) -> ChunkRow:
    """Before a chunk is fetched."""
    _object(asked, request.object)
    chunk = asked.tx.chunk(asked.company, request.object, request.index)
    if chunk is None:
        raise Problem("no_object")
    return chunk


def fetched(chunk: ChunkRow, data: bytes | None) -> Chunk:
    """What came of it."""
    if data is None or sha256(data) != chunk.hash:
        raise Problem("no_object")
    return Chunk(data)


def ask_object(asked: Asked, request: AskObject) -> ObjectState:
    found = asked.tx.object(asked.company, request.object)
    if found is None:
        return ObjectState(0, ())
    asked.held(found.stream)
    there = tuple(chunk.nth for chunk in asked.tx.chunks(asked.company, request.object))
    return ObjectState(found.chunk_count, there)


def _object(asked: Asked, object_: bytes) -> ObjectRow:
    found = asked.tx.object(asked.company, object_)
    if found is None:
        raise Problem("no_object")
    asked.held(found.stream)
    return found


# ---- snapshots


def offer(asked: Asked, request: OfferSnapshot) -> Done:
    """A snapshot is taken in only where it fits this stream's own history and all its chunks are there."""
    tx, company = asked.tx, asked.company
    try:
        manifest = read_manifest(request.manifest)
    except Damaged:
        raise Problem("malformed") from None
    stream = manifest.stream
    asked.held(stream)
    signing = asked.roster().facts.devices[asked.device].signing
    if not asked.holds(signing, SNAPSHOT_PURPOSE, manifest_hash(request.manifest), request.signature):
        raise Problem("batch_refused", fault="signature")
    _fits(asked, manifest)
    known = tx.snapshot(company, stream, manifest.position)
    if known is not None:
        if known.manifest != request.manifest:
            raise Problem("object_differs")
        return Done()
    if len(tx.snapshots(company, stream)) >= asked.house.limits.snapshots:
        raise Problem("quota")
    counts = _counts(asked.roster(), stream, asked.device, frozenset())
    tx.add_snapshot(
        company,
        stream,
        SnapshotRow(
            manifest.position, manifest.object, request.manifest, request.signature, asked.device,
            asked.now_ms, asked.now_ms if counts else 0,
        ),
    )  # fmt: skip
    return Done()


def countersign(asked: Asked, request: Countersign) -> Done:
    """Counts once a device of another member says the same."""
    stream, tx, company = Stream(request.book, request.tier), asked.tx, asked.company
    asked.held(stream)
    found = tx.snapshot(company, stream, request.position)
    if found is None:
        raise Problem("no_object")
    roster = asked.roster()
    signing = roster.facts.devices[asked.device].signing
    if not asked.holds(signing, SNAPSHOT_PURPOSE, manifest_hash(found.manifest), request.signature):
        raise Problem("batch_refused", fault="signature")
    if asked.device != found.device:
        tx.add_counter(company, stream, CounterRow(request.position, asked.device, request.signature))
    signed = {one.device for one in tx.counters(company, stream) if one.position == request.position}
    if not found.counted_ms and _counts(roster, stream, found.device, frozenset(signed)):
        tx.count_snapshot(company, stream, request.position, asked.now_ms)
    return Done()


def fetch_snapshots(asked: Asked, request: FetchSnapshots) -> Snapshots:
    stream = Stream(request.book, request.tier)
    asked.held(stream)
    counters: dict[int, list[CounterPart]] = {}
    for one in asked.tx.counters(asked.company, stream):
        counters.setdefault(one.position, []).append(CounterPart(one.device, one.signature))
    return Snapshots(
        tuple(
            SnapshotPart(one.manifest, one.signature, one.device, tuple(counters.get(one.position, ())))
            for one in asked.tx.snapshots(asked.company, stream)
        )
    )


def _fits(asked: Asked, manifest: Manifest) -> None:
    tx, company, stream = asked.tx, asked.company, manifest.stream
    roster = asked.roster()
    if manifest.company != company or manifest.roster_at > roster.index:
        raise Problem("batch_refused", fault="foreign")
    if not manifest.position or tx.head_at(company, stream, manifest.position) != manifest.head:
        raise Problem("head_unknown", fault="head")
    found = tx.object(company, manifest.object)
    there = tuple(chunk.hash for chunk in tx.chunks(company, manifest.object))
    if found is None or found.stream != stream or len(there) < found.chunk_count:
        raise Problem("no_object")
    if there != manifest.chunks or manifest.chunk_count != len(there):
        raise Problem("object_differs")


def _counts(roster: Roster, stream: Stream, author: bytes, signed: frozenset[bytes]) -> bool:
    """Whether a snapshot counts: somebody else has come to the same, or there is nobody else who could."""
    facts: Facts = roster.facts
    member = facts.devices[author].member
    if facts.holders(stream) <= {member}:
        return True
    return any(facts.devices[device].member != member for device in signed)
