"""What the server needs of its database: small typed methods, each for one company, in one transaction.

Two implementations: `embedded` (SQLCipher) and `postgres`. Every method names the company first and every table's
primary key is led by it, so that the tables shard on it; the operator's own tables (admissions, facts of the
server) are the exception. What is listed comes ordered by its key.

Locks. A push locks the row of its stream, then reads the company's row; a statement locks the company's row, then
all rows of its streams, by their keys. So no batch is accepted under a roster that has ended meanwhile. Isolation
is READ COMMITTED or stricter; within one transaction everybody sees their own writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from app.model.chain import End
from app.model.statements import Last, Signed, Stream

KEY_WEIGHT = 100
"""Bytes that a subject key counts for in its stream's size, also once it was erased."""


class AdmissionRow(NamedTuple):
    """A one-use token of the operator, by its SHA-256. `company` is empty until it was used."""

    check: bytes
    until_ms: int
    company: bytes


class CompanyRow(NamedTuple):
    """A company. `restored_ms`: when it was last brought back from a backup; 0 for never. Quota 0: the default."""

    company: bytes
    admitted_ms: int
    suspended: bool
    length: int
    head: bytes
    restored_ms: int
    quota_bytes: int


class StreamRow(NamedTuple):
    """A stream's end. `kept`: up to where a backup has it; `whole_from`: the first position that has its body."""

    stream: Stream
    position: int
    head: bytes
    receipt_ms: int
    kept: int
    whole_from: int
    size_bytes: int
    """Headers and bodies, and KEY_WEIGHT for each subject key."""


class BatchRow(NamedTuple):
    """A batch. `head` is the stream's head with it. `body` is None where it was removed, is awaited (a restored
    server has its header, not yet its body), or was not asked for."""

    position: int
    device: bytes
    sequence: int
    header: bytes
    signature: bytes
    receipt_ms: int
    head: bytes
    body: bytes | None
    key_count: int
    """How many subject keys stand beside it."""


class KeyRow(NamedTuple):
    """A subject key beside a batch; `sealed` is empty once its record was erased."""

    position: int
    nth: int
    record: bytes
    hash: bytes
    sealed: bytes


class SessionRow(NamedTuple):
    """Who a session belongs to, found by the SHA-256 of its token."""

    device: bytes
    until_ms: int


class InviteRow(NamedTuple):
    """An expected knock, and the one that came: `device` is empty before. `refused` once it was turned away."""

    invite: bytes
    check: bytes
    author: bytes
    until_ms: int
    device: bytes = b""
    signing: bytes = b""
    sealing: bytes = b""
    sealed: bytes = b""
    at_ms: int = 0
    refused: bool = False


class ObjectRow(NamedTuple):
    """A sealed object of so many chunks."""

    object: bytes
    stream: Stream
    chunk_count: int
    author: bytes
    made_ms: int


class ChunkRow(NamedTuple):
    """A chunk that is there: its SHA-256 and size."""

    nth: int
    hash: bytes
    size_bytes: int


class SnapshotRow(NamedTuple):
    """A snapshot on offer."""

    position: int
    object: bytes
    manifest: bytes
    signature: bytes
    device: bytes
    at_ms: int
    counted_ms: int
    """When it came to count; 0 until then."""


class CounterRow(NamedTuple):
    """A countersignature."""

    position: int
    device: bytes
    signature: bytes


class ContactRow(NamedTuple):
    device: bytes
    at_ms: int


class BeatRow(NamedTuple):
    """A device's sealed state hash in one stream."""

    device: bytes
    stream: Stream
    at_ms: int
    position: int
    sealed: bytes


class DepositRow(NamedTuple):
    """A batch outside the order. `keys` is the canonical list of [record, hash, sealed]."""

    device: bytes
    stream: Stream
    sequence: int
    at_ms: int
    header: bytes
    signature: bytes
    body: bytes
    keys: bytes


class Tx(Protocol):
    """One transaction."""

    def savepoint(self) -> AbstractContextManager[None]:
        """`with tx.savepoint():` undoes what was written within it when it raises; the transaction goes on."""
        ...

    # ---- the operator's

    def fact(self, name: str) -> bytes | None: ...
    def put_fact(self, name: str, value: bytes) -> None: ...
    def add_admission(self, check: bytes, until_ms: int) -> None: ...

    def admission(self, check: bytes) -> AdmissionRow | None:
        """Locks the row."""
        ...

    def use_admission(self, check: bytes, company: bytes) -> None: ...

    def companies(self) -> list[bytes]:
        """All companies, for the operator and for housekeeping."""
        ...

    # ---- companies and their rosters

    def add_company(self, company: bytes, now_ms: int) -> None:
        """With an empty roster (length 0, no head)."""
        ...

    def company(self, company: bytes, *, lock: bool = False) -> CompanyRow | None: ...
    def suspend(self, company: bytes, suspended: bool) -> None: ...
    def set_quota(self, company: bytes, quota_bytes: int) -> None: ...
    def set_restored(self, company: bytes, at_ms: int) -> None: ...

    def delete_company(self, company: bytes) -> None:
        """Every row of it, in every table."""
        ...

    def used_bytes(self, company: bytes) -> int:
        """Batches, subject keys and objects."""
        ...

    def add_statement(self, company: bytes, at: int, hash_: bytes, signed: Signed) -> None:
        """Also moves the company's length and head."""
        ...

    def statements(self, company: bytes, start: int, most: int) -> list[Signed]:
        """From an index on."""
        ...

    def cut_statements(self, company: bytes, length: int, head: bytes) -> None:
        """Forget the statements from an index on, after an incarnation."""
        ...

    # ---- streams

    def add_stream(self, company: bytes, stream: Stream, origin: bytes) -> None:
        """At position 0, whole from 1. Nothing happens where it is there."""
        ...

    def stream(self, company: bytes, stream: Stream, *, lock: bool = False) -> StreamRow | None: ...
    def streams(self, company: bytes, *, lock: bool = False) -> list[StreamRow]: ...

    def move_stream(
        self, company: bytes, stream: Stream, position: int, head: bytes, receipt_ms: int, more_bytes: int
    ) -> None: ...

    def set_kept(self, company: bytes, stream: Stream, position: int) -> None: ...

    def end(self, company: bytes, stream: Stream, device: bytes) -> End | None:
        """Where a device's own chain ends."""
        ...

    def put_end(self, company: bytes, stream: Stream, device: bytes, end: End) -> None: ...
    def ends(self, company: bytes) -> list[Last]: ...

    # ---- batches

    def add_batches(
        self, company: bytes, stream: Stream, batches: Sequence[BatchRow], keys: Sequence[KeyRow]
    ) -> None: ...

    def head_at(self, company: bytes, stream: Stream, position: int) -> bytes | None: ...
    def batch(self, company: bytes, stream: Stream, position: int) -> BatchRow | None: ...

    def batch_of(self, company: bytes, stream: Stream, device: bytes, sequence: int) -> BatchRow | None: ...

    def batches(
        self, company: bytes, stream: Stream, after: int, most: int, bodiless: bytes = b""
    ) -> Iterator[BatchRow]:
        """After a position, at most so many, read as they are taken. Bodies of the device `bodiless` stay out."""
        ...

    def keys(self, company: bytes, stream: Stream, first: int, last: int) -> list[KeyRow]: ...

    def fill_batch(
        self, company: bytes, stream: Stream, position: int, body: bytes, keys: Sequence[KeyRow]
    ) -> None:
        """Give an awaited batch its body and keys."""
        ...

    def awaited(self, company: bytes, stream: Stream, most: int) -> list[BatchRow]:
        """Batches from `whole_from` on that have no body."""
        ...

    def remove_bodies(self, company: bytes, stream: Stream, below: int) -> int:
        """Bodies and keys below a position; moves `whole_from` and the size. Returns the bytes freed."""
        ...

    def cut_stream(self, company: bytes, stream: Stream, position: int, head: bytes, receipt_ms: int) -> None:
        """Forget the batches after a position. Ends must be put anew."""
        ...

    def erase_keys(self, company: bytes, records: Sequence[bytes]) -> int:
        """Empty the sealed keys of these records. Returns how many."""
        ...

    # ---- sessions

    def use_nonce(self, company: bytes, nonce: bytes, until_ms: int) -> bool:
        """False where it was used before."""
        ...

    def add_session(self, company: bytes, check: bytes, device: bytes, until_ms: int) -> None: ...
    def session(self, company: bytes, check: bytes) -> SessionRow | None: ...

    def tidy(self, company: bytes, now_ms: int) -> None:
        """Forget sessions, nonces and invites that have run out."""
        ...

    # ---- letting devices in

    def add_invite(self, company: bytes, invite: InviteRow) -> None: ...

    def invite(self, company: bytes, invite: bytes) -> InviteRow | None:
        """Locks the row."""
        ...

    def invites(self, company: bytes) -> list[InviteRow]: ...
    def put_invite(self, company: bytes, invite: InviteRow) -> None: ...
    def remove_invite(self, company: bytes, invite: bytes) -> None: ...

    # ---- objects and snapshots

    def object(self, company: bytes, object_: bytes) -> ObjectRow | None: ...
    def add_object(self, company: bytes, object_: ObjectRow) -> None: ...
    def chunks(self, company: bytes, object_: bytes) -> list[ChunkRow]: ...
    def chunk(self, company: bytes, object_: bytes, nth: int) -> ChunkRow | None: ...
    def add_chunk(self, company: bytes, object_: bytes, chunk: ChunkRow) -> None: ...
    def objects(self, company: bytes) -> list[ObjectRow]: ...
    def remove_object(self, company: bytes, object_: bytes) -> None: ...

    def add_snapshot(self, company: bytes, stream: Stream, snapshot: SnapshotRow) -> None: ...
    def snapshot(self, company: bytes, stream: Stream, position: int) -> SnapshotRow | None: ...

    def snapshots(self, company: bytes, stream: Stream) -> list[SnapshotRow]:
        """The newest first."""
        ...

    def count_snapshot(self, company: bytes, stream: Stream, position: int, at_ms: int) -> None: ...
    def remove_snapshot(self, company: bytes, stream: Stream, position: int) -> None: ...
    def add_counter(self, company: bytes, stream: Stream, counter: CounterRow) -> None: ...
    def counters(self, company: bytes, stream: Stream) -> list[CounterRow]: ...

    # ---- heartbeats and deposits

    def put_contact(self, company: bytes, device: bytes, at_ms: int) -> None: ...
    def contacts(self, company: bytes) -> list[ContactRow]: ...
    def put_beat(self, company: bytes, beat: BeatRow) -> None: ...
    def beats(self, company: bytes) -> list[BeatRow]: ...

    def add_deposit(self, company: bytes, deposit: DepositRow) -> None:
        """Nothing happens where the device's sequence in the stream is there."""
        ...

    def deposited(self, company: bytes, device: bytes) -> tuple[int, int]:
        """How many batches a device has deposited, and their bytes."""
        ...

    def deposits(self, company: bytes, stream: Stream) -> list[DepositRow]: ...

    def put_deposited_keys(
        self, company: bytes, stream: Stream, device: bytes, sequence: int, keys: bytes
    ) -> None: ...

    def remove_deposits(self, company: bytes, stream: Stream, device: bytes, sequence: int) -> None:
        """A device's, up to a sequence."""
        ...


class Storage(Protocol):
    """A server's database, open. Several processes, and for PostgreSQL several nodes, may have it open."""

    def writing(self) -> AbstractContextManager[Tx]:
        """All or nothing, durable when it ends without raising."""
        ...

    def reading(self) -> AbstractContextManager[Tx]:
        """One consistent moment; nothing can be written."""
        ...

    def backup_to(self, path: Path) -> None:
        """A consistent copy in a new file (or folder), durable when it returns."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What the engine itself finds wrong with its files; empty for nothing."""
        ...

    def close(self) -> None: ...


class Objects(Protocol):
    """Where chunks of sealed objects lie: a folder, or S3-compatible storage. Called outside of transactions."""

    def put(self, company: bytes, object_: bytes, index: int, data: bytes) -> None:
        """Durable when it returns. Putting the same bytes again is harmless."""
        ...

    def get(self, company: bytes, object_: bytes, index: int) -> bytes | None:
        """None where it is not there."""
        ...

    def remove(self, company: bytes, object_: bytes, count: int) -> None:
        """Whatever there is of its `count` chunks."""
        ...

    def remove_company(self, company: bytes) -> None: ...
