"""Objects and snapshots: never altered, only for those who have the stream, counted only when somebody else agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.model.encoding import canonical
from sync.protocol.messages import (
    SNAPSHOT_PURPOSE,
    AskObject,
    Countersign,
    FetchSnapshots,
    GetChunk,
    OfferSnapshot,
    PutChunk,
)
from sync.protocol.signed import Manifest, manifest_hash
from sync.server.service import Limits
from tests.model.company import CLERKS, MANAGERS, OFFICE_PC, VAN
from tests.sync.server.office import FIELD, OFFICE, Device, Office, refused

OBJECT = b"o" * 16
CHUNKS = (b"first", b"second")


def put(index: int = 0, data: bytes | None = None, **other: Any) -> PutChunk:
    asked: dict[str, Any] = {
        "object": OBJECT, "book": FIELD.book, "tier": 0, "index": index, "count": 2,
        "data": CHUNKS[index] if data is None else data, **other,
    }  # fmt: skip
    return PutChunk(**asked)


def test_chunks_come_in_any_order_and_go_out_again(office: Office) -> None:
    rep = office[VAN]
    rep.ask(put(1))
    state = rep.ask(AskObject(OBJECT))
    assert (state.count, state.there) == (2, (1,))
    rep.ask(put(0))
    rep.ask(put(0))
    assert [office[MANAGERS].ask(GetChunk(OBJECT, index)).data for index in range(2)] == list(CHUNKS)
    assert office[MANAGERS].ask(AskObject(b"?" * 16)).count == 0


def test_an_object_never_changes(office: Office) -> None:
    rep = office[VAN]
    rep.ask(put(0))
    assert refused(rep, put(0, b"other")) == "object_differs"
    assert refused(rep, put(1, count=3)) == "object_differs"
    assert refused(office[CLERKS], put(1, tier=1)) == "object_differs"
    assert refused(office[MANAGERS], put(1)) == "object_differs"  # only its author goes on with it
    office[MANAGERS].ask(put(0))


def test_only_who_has_the_stream_sees_an_object(office: Office) -> None:
    assert refused(office[VAN], put(0, tier=1)) == "no_access"
    office[CLERKS].ask(put(0, tier=1))
    assert refused(office[VAN], GetChunk(OBJECT, 0)) == "no_access"
    assert refused(office[VAN], AskObject(OBJECT)) == "no_access"


def test_what_is_not_there_is_said(office: Office) -> None:
    rep = office[VAN]
    assert refused(rep, GetChunk(OBJECT, 0)) == "no_object"
    rep.ask(put(0))
    assert refused(rep, GetChunk(OBJECT, 1)) == "no_object"
    office.relay.objects.remove(office.id, OBJECT, 2)
    assert refused(rep, GetChunk(OBJECT, 0)) == "no_object"


def test_a_chunk_that_rotted_is_not_handed_out(office: Office) -> None:
    office[VAN].ask(put(0))
    office.relay.objects.put(office.id, OBJECT, 0, b"rotten")
    assert refused(office[VAN], GetChunk(OBJECT, 0)) == "no_object"


@pytest.mark.parametrize("request_", [put(0, count=0), put(1, count=1), put(0, count=1025)], ids=str)
def test_an_object_has_bounds(office: Office, request_: PutChunk) -> None:
    assert refused(office[VAN], request_) == "too_large"


def test_objects_count_for_the_quota(tmp_path: Path) -> None:
    small = Office(tmp_path / "small", Limits(company_bytes=1_000))
    small[VAN].ask(put(0, bytes(800)))
    assert refused(small[VAN], put(1, bytes(800))) == "quota"
    small.relay.close()


# ---- snapshots


def manifest(office: Office, at: int, /, **other: Any) -> Manifest:
    head = office[OFFICE_PC].pull(at - 1).batches
    with office.relay.storage.reading() as tx:
        known = tx.head_at(office.id, FIELD, at) or b"?" * 32
    assert head
    made = Manifest(
        1, office.id, *FIELD, at, known, b"s" * 32, 3, 1, OBJECT, 2,
        tuple(hashlib.sha256(chunk).digest() for chunk in CHUNKS),
    )  # fmt: skip
    return made._replace(**other)


def signed(device: Device, made: Manifest) -> OfferSnapshot:
    data = canonical(tuple(made))
    return OfferSnapshot(data, device.sign(SNAPSHOT_PURPOSE, manifest_hash(data)))


@pytest.fixture
def stocked(office: Office) -> Office:
    office[VAN].writes(1, 2, 3, 4)
    for index in range(2):
        office[VAN].ask(put(index))
    return office


def counter(device: Device, made: Manifest) -> Countersign:
    data = canonical(tuple(made))
    return Countersign(*FIELD, made.position, device.sign(SNAPSHOT_PURPOSE, manifest_hash(data)))


def counted(office: Office) -> list[int]:
    with office.relay.storage.reading() as tx:
        return [one.position for one in tx.snapshots(office.id, FIELD) if one.counted_ms]


def test_a_snapshot_counts_once_another_members_device_agrees(stocked: Office) -> None:
    made = manifest(stocked, 2)
    for _ in range(2):
        stocked[VAN].ask(signed(stocked[VAN], made))
    assert counted(stocked) == []
    stocked[VAN].ask(counter(stocked[VAN], made))
    assert counted(stocked) == []
    stocked[MANAGERS].ask(counter(stocked[MANAGERS], made))
    assert counted(stocked) == [2]
    (part,) = stocked[OFFICE_PC].ask(FetchSnapshots(*FIELD)).snapshots
    assert part.manifest == canonical(tuple(made)) and part.device == VAN
    assert [one.device for one in part.counters] == [MANAGERS]


def test_where_nobody_else_has_the_stream_the_author_counts(office: Office) -> None:
    from app.model import statements as say
    from app.model.statements import Stream
    from tests.model.company import SOUTH

    office[OFFICE_PC].says(say.BookMade(SOUTH))
    stream = Stream(SOUTH, 0)
    office[OFFICE_PC].begins(stream)
    office[OFFICE_PC].writes(1, stream=stream)
    for index in range(2):
        office[OFFICE_PC].ask(put(index, book=SOUTH))
    with office.relay.storage.reading() as tx:
        head = tx.head_at(office.id, stream, 1)
    made = Manifest(
        1, office.id, *stream, 1, head or b"", b"s" * 32, 3, 1, OBJECT, 2,
        tuple(hashlib.sha256(chunk).digest() for chunk in CHUNKS),
    )  # fmt: skip
    office[OFFICE_PC].ask(signed(office[OFFICE_PC], made))
    with office.relay.storage.reading() as tx:
        assert [one.counted_ms > 0 for one in tx.snapshots(office.id, stream)] == [True]


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ({"head": b"x" * 32}, "head_unknown head"),
        ({"position": 9}, "head_unknown head"),
        ({"position": 0}, "head_unknown head"),
        ({"company": b"x" * 32}, "batch_refused foreign"),
        ({"roster_at": 999}, "batch_refused foreign"),
        ({"object": b"?" * 16}, "no_object"),
        ({"chunks": (b"x" * 32,) * 2}, "object_differs"),
        ({"chunk_count": 1}, "object_differs"),
        ({"tier": 1}, "no_access"),
        ({"format": 2}, "malformed"),
    ],
    ids=lambda value: str(value),
)
def test_a_snapshot_that_does_not_fit_is_refused(stocked: Office, other: dict[str, Any], fault: str) -> None:
    made = manifest(stocked, 2, **other)
    assert refused(stocked[VAN], signed(stocked[VAN], made)) == fault


def test_a_snapshot_needs_all_its_chunks(office: Office) -> None:
    office[VAN].writes(1, 2)
    office[VAN].ask(put(0))
    assert refused(office[VAN], signed(office[VAN], manifest(office, 2))) == "no_object"


def test_a_snapshot_and_its_countersignature_are_signed_for_this_manifest(stocked: Office) -> None:
    made = manifest(stocked, 2)
    by_another = signed(stocked[MANAGERS], made)
    assert refused(stocked[VAN], by_another) == "batch_refused signature"
    stocked[VAN].ask(signed(stocked[VAN], made))
    other = counter(stocked[MANAGERS], made._replace(state_hash=b"t" * 32))
    assert refused(stocked[MANAGERS], other) == "batch_refused signature"
    assert refused(stocked[MANAGERS], counter(stocked[MANAGERS], manifest(stocked, 3))) == "no_object"


def test_a_second_snapshot_at_a_position_is_refused(stocked: Office) -> None:
    stocked[VAN].ask(signed(stocked[VAN], manifest(stocked, 2)))
    other = manifest(stocked, 2, state_hash=b"t" * 32)
    assert refused(stocked[MANAGERS], signed(stocked[MANAGERS], other)) == "object_differs"


def test_the_newest_snapshot_is_named_first_and_there_are_only_so_many(stocked: Office) -> None:
    stocked.relay.server.house.limits = Limits(snapshots=2)
    for position in (1, 2):
        stocked[VAN].ask(signed(stocked[VAN], manifest(stocked, position)))
    assert refused(stocked[VAN], signed(stocked[VAN], manifest(stocked, 3))) == "quota"
    parts = stocked[OFFICE_PC].ask(FetchSnapshots(*FIELD)).snapshots
    assert [one.manifest for one in parts] == [
        canonical(tuple(manifest(stocked, position))) for position in (2, 1)
    ]


def test_snapshots_are_for_those_who_have_the_stream(stocked: Office) -> None:
    assert refused(stocked[VAN], FetchSnapshots(*OFFICE)) == "no_access"
    assert refused(stocked[VAN], Countersign(*OFFICE, 1, bytes(64))) == "no_access"


class Between:
    """Objects that let something happen while a chunk is stored."""

    def __init__(self, office: Office, happens: Callable[[], object]) -> None:
        self._held, self._happens = office.relay.objects, happens
        office.relay.server.objects = self

    def put(self, company: bytes, object_: bytes, index: int, data: bytes) -> None:
        happens, self._happens = self._happens, lambda: None
        happens()
        self._held.put(company, object_, index, data)

    def get(self, company: bytes, object_: bytes, index: int) -> bytes | None:
        return self._held.get(company, object_, index)

    def remove(self, company: bytes, object_: bytes, count: int) -> None:
        self._held.remove(company, object_, count)

    def remove_company(self, company: bytes) -> None:
        self._held.remove_company(company)


def test_of_two_chunks_at_the_same_time_the_first_stays(office: Office) -> None:
    rep = office[VAN]
    rep.sign_in()
    Between(office, lambda: rep.ask(put(0)))
    assert refused(rep, put(0, b"other")) == "object_differs"
    Between(office, lambda: rep.ask(put(1)))
    rep.ask(put(1))


def test_a_chunk_of_an_object_that_was_removed_meanwhile_is_refused(office: Office) -> None:
    def swept() -> None:
        with office.relay.storage.writing() as tx:
            tx.remove_object(office.id, OBJECT)

    office[VAN].sign_in()
    Between(office, swept)
    assert refused(office[VAN], put(0)) == "no_object"
