"""Both databases of the server keep the same contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.model.chain import End
from app.model.statements import Last, Stream
from sync.server.storage import (
    AdmissionRow,
    BeatRow,
    ChunkRow,
    ContactRow,
    CounterRow,
    DepositRow,
    InviteRow,
    ObjectRow,
    SessionRow,
    SnapshotRow,
    Storage,
)
from tests.sync.storage.rows import (
    BOOK,
    COMPANY,
    DEVICE,
    EMPTY,
    FIELD,
    OFFICE,
    ORIGIN,
    OTHER,
    SECOND,
    batch,
    begin,
    digest,
    key,
    push,
    signed,
)


class Broken(Exception):
    pass


# ---- transactions


def test_what_was_written_is_there_for_the_next_who_opens(node: Callable[[], Storage]) -> None:
    with node().writing() as tx:
        tx.put_fact("name", b"one")
        tx.put_fact("name", b"two")
        assert tx.fact("name") == b"two"
    with node().reading() as tx:
        assert tx.fact("name") == b"two"
        assert tx.fact("other") is None


def test_a_transaction_that_raises_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(Broken), storage.writing() as tx:
        tx.put_fact("name", b"one")
        raise Broken
    with storage.reading() as tx:
        assert tx.fact("name") is None


def test_a_savepoint_that_raises_takes_back_its_own_part_only(storage: Storage) -> None:
    with storage.writing() as tx:
        with tx.savepoint():
            tx.put_fact("first", b"1")
        with pytest.raises(Broken), tx.savepoint():
            tx.put_fact("second", b"2")
            assert tx.fact("second") == b"2"
            raise Broken
        with tx.savepoint():
            tx.put_fact("third", b"3")
            with pytest.raises(Broken), tx.savepoint():
                tx.put_fact("fourth", b"4")
                raise Broken
    with storage.reading() as tx:
        assert [tx.fact(name) for name in ("first", "second", "third", "fourth")] == [b"1", None, b"3", None]


def test_a_reader_sees_one_moment(node: Callable[[], Storage]) -> None:
    one, other = node(), node()
    begin(one)
    with one.reading() as tx:
        before = tx.stream(COMPANY, FIELD)
        push(other, DEVICE, [b"x"])
        assert tx.stream(COMPANY, FIELD) == before
        assert tx.batch(COMPANY, FIELD, 1) is None
    with one.reading() as tx:
        assert tx.batch(COMPANY, FIELD, 1) is not None


def test_a_reader_writes_nothing(storage: Storage) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only|went wrong"), storage.reading() as tx:
        tx.put_fact("name", b"one")
        tx.fact("name")
    with storage.reading() as tx:
        assert tx.fact("name") is None


# ---- the operator's and the company's


def test_an_admission_is_used_by_one_company(storage: Storage) -> None:
    with storage.writing() as tx:
        tx.add_admission(b"c" * 32, 99)
        assert tx.admission(b"c" * 32) == AdmissionRow(b"c" * 32, 99, b"")
        assert tx.admission(b"d" * 32) is None
        tx.use_admission(b"c" * 32, COMPANY)
        assert tx.admission(b"c" * 32) == AdmissionRow(b"c" * 32, 99, COMPANY)


def test_a_companys_row_says_what_was_said(storage: Storage) -> None:
    begin(storage)
    with storage.writing() as tx:
        tx.suspend(COMPANY, True)
        tx.set_quota(COMPANY, 1 << 40)
        tx.set_restored(COMPANY, 77)
        row = tx.company(COMPANY, lock=True)
        assert row == (COMPANY, 5, True, 1, digest("first"), 77, 1 << 40)
        tx.suspend(COMPANY, False)
        again = tx.company(COMPANY)
        assert again is not None and again.suspended is False
        assert tx.company(OTHER) is None


def test_a_roster_grows_and_is_cut(storage: Storage) -> None:
    begin(storage)
    with storage.writing() as tx:
        for at in range(1, 6):
            tx.add_statement(COMPANY, at, digest(at), signed(at))
        assert tx.statements(COMPANY, 4, 100) == [signed(4), signed(5)]
        assert tx.statements(COMPANY, 0, 2) == [signed(0), signed(1)]
        tx.cut_statements(COMPANY, 3, digest(2))
        row = tx.company(COMPANY)
        assert row is not None and (row.length, row.head) == (3, digest(2))
        assert tx.statements(COMPANY, 2, 100) == [signed(2)]


def test_companies_do_not_see_each_other(storage: Storage) -> None:
    begin(storage)
    begin(storage, OTHER)
    push(storage, DEVICE, [b"x", b"y"])
    with storage.writing() as tx:
        assert tx.companies() == sorted([COMPANY, OTHER])
        theirs = tx.stream(OTHER, FIELD)
        assert theirs is not None and theirs.position == 0
        assert tx.batch(OTHER, FIELD, 1) is None
        assert tx.used_bytes(OTHER) == 0
        tx.delete_company(COMPANY)
        assert tx.companies() == [OTHER]
        assert tx.stream(COMPANY, FIELD) is None
        assert list(tx.batches(COMPANY, FIELD, 0, 10)) == []
        assert tx.stream(OTHER, FIELD) == theirs


# ---- streams and batches


def test_a_stream_begins_at_nought_and_moves(storage: Storage) -> None:
    begin(storage, streams=(OFFICE, FIELD))
    with storage.writing() as tx:
        assert tx.stream(COMPANY, FIELD, lock=True) == (FIELD, 0, ORIGIN, 0, 0, 1, 0)
        tx.move_stream(COMPANY, FIELD, 3, digest(3), 1003, 50)
        tx.move_stream(COMPANY, FIELD, 4, digest(4), 1004, 7)
        tx.set_kept(COMPANY, FIELD, 2)
        tx.add_stream(COMPANY, FIELD, ORIGIN)  # nothing happens
        assert tx.stream(COMPANY, FIELD) == (FIELD, 4, digest(4), 1004, 2, 1, 57)
        assert [row.stream for row in tx.streams(COMPANY, lock=True)] == [FIELD, OFFICE]
        assert tx.stream(COMPANY, Stream(b"\x0c" * 16, 0)) is None


def test_ends_are_kept_per_stream_and_device(storage: Storage) -> None:
    begin(storage)
    with storage.writing() as tx:
        tx.put_end(COMPANY, FIELD, SECOND, End(1, digest(1), 2, 3))
        tx.put_end(COMPANY, FIELD, DEVICE, End(4, digest(4), 5, 6))
        tx.put_end(COMPANY, FIELD, SECOND, End(7, digest(7), 8, 9))
        assert tx.end(COMPANY, FIELD, SECOND) == End(7, digest(7), 8, 9)
        assert tx.end(COMPANY, OFFICE, SECOND) is None
        assert tx.ends(COMPANY) == [Last(DEVICE, BOOK, 0, 4), Last(SECOND, BOOK, 0, 7)]


def test_batches_come_back_in_their_order(storage: Storage) -> None:
    begin(storage)
    rows = [batch(position, body=bytes([position % 256]) * 300) for position in range(1, 101)]
    with storage.writing() as tx:
        tx.add_batches(COMPANY, FIELD, rows, [key(2, 0), key(2, 1), key(5)])
    with storage.reading() as tx:
        assert list(tx.batches(COMPANY, FIELD, 0, 1000)) == rows
        assert list(tx.batches(COMPANY, FIELD, 40, 7)) == rows[40:47]
        assert tx.batch(COMPANY, FIELD, 3) == rows[2]
        assert tx.batch_of(COMPANY, FIELD, DEVICE, 9) == rows[8]
        assert tx.batch_of(COMPANY, FIELD, SECOND, 9) is None
        assert tx.head_at(COMPANY, FIELD, 7) == digest(7)
        assert tx.head_at(COMPANY, FIELD, 101) is None
        assert tx.keys(COMPANY, FIELD, 2, 4) == [key(2, 0), key(2, 1)]


def test_ones_own_bodies_stay_out(storage: Storage) -> None:
    begin(storage)
    push(storage, DEVICE, [b"mine"])
    push(storage, SECOND, [b"theirs"])
    with storage.reading() as tx:
        assert [row.body for row in tx.batches(COMPANY, FIELD, 0, 9, bodiless=DEVICE)] == [None, b"theirs"]


def test_batches_may_be_left_half_read(storage: Storage) -> None:
    begin(storage)
    push(storage, DEVICE, [b"x" * 2000] * 50)
    with storage.reading() as tx:
        rows = tx.batches(COMPANY, FIELD, 0, 50)
        assert next(rows).position == 1
        assert tx.stream(COMPANY, FIELD) is not None
        assert next(rows).position == 2


def test_no_place_and_no_sequence_is_taken_twice(storage: Storage) -> None:
    begin(storage)
    push(storage, DEVICE, [b"x"])
    for taken in (batch(1, SECOND), batch(2, DEVICE, 1)):
        with pytest.raises(Exception, match=r"(?i)unique|duplicate"), storage.writing() as tx:
            tx.add_batches(COMPANY, FIELD, [taken], [])
    with storage.reading() as tx:
        assert [row.position for row in tx.batches(COMPANY, FIELD, 0, 9)] == [1]


def test_removed_bodies_leave_their_headers(storage: Storage) -> None:
    begin(storage)
    push(storage, DEVICE, [b"12345"] * 5)
    with storage.writing() as tx:
        tx.add_batches(COMPANY, FIELD, [], [key(2), key(4)])
        before = tx.stream(COMPANY, FIELD)
        freed = tx.remove_bodies(COMPANY, FIELD, 4)
        assert freed == 3 * 5
        after = tx.stream(COMPANY, FIELD)
        assert before is not None and after is not None
        assert (after.whole_from, after.size_bytes) == (4, before.size_bytes - freed)
        assert [row.body for row in tx.batches(COMPANY, FIELD, 0, 9)] == [None] * 3 + [b"12345"] * 2
        assert [one.sealed for one in tx.keys(COMPANY, FIELD, 1, 9)] == [b"", key(4).sealed]
        assert tx.remove_bodies(COMPANY, FIELD, 2) == 0
        still = tx.stream(COMPANY, FIELD)
        assert still is not None and still.whole_from == 4


def test_what_is_awaited_is_filled(storage: Storage) -> None:
    begin(storage)
    rows = [batch(1), batch(2, body=None), batch(3, body=None)]
    with storage.writing() as tx:
        tx.add_batches(COMPANY, FIELD, rows, [])
        assert [row.position for row in tx.awaited(COMPANY, FIELD, 9)] == [2, 3]
        tx.fill_batch(COMPANY, FIELD, 2, b"come", [key(2)])
        tx.fill_batch(COMPANY, FIELD, 2, b"come", [key(2)])
        assert [row.position for row in tx.awaited(COMPANY, FIELD, 9)] == [3]
        filled = tx.batch(COMPANY, FIELD, 2)
        assert filled is not None and filled.body == b"come"
        assert tx.keys(COMPANY, FIELD, 2, 2) == [key(2)]


def test_a_cut_stream_goes_on_from_there(storage: Storage) -> None:
    begin(storage)
    push(storage, DEVICE, [b"12345"] * 6)
    with storage.writing() as tx:
        tx.set_kept(COMPANY, FIELD, 5)
        before = tx.stream(COMPANY, FIELD)
        tx.cut_stream(COMPANY, FIELD, 2, digest(2), 1002)
        after = tx.stream(COMPANY, FIELD)
        assert before is not None and after is not None
        assert (after.position, after.head, after.receipt_ms, after.kept) == (2, digest(2), 1002, 2)
        assert after.size_bytes == before.size_bytes * 2 // 6
        assert tx.ends(COMPANY) == []
    push(storage, SECOND, [b"other"])
    with storage.reading() as tx:
        assert [row.device for row in tx.batches(COMPANY, FIELD, 0, 9)] == [DEVICE, DEVICE, SECOND]


def test_erased_records_have_no_keys_any_more(storage: Storage) -> None:
    begin(storage, streams=(FIELD, OFFICE))
    mine, other = b"a" * 16, b"b" * 16
    with storage.writing() as tx:
        tx.add_batches(COMPANY, FIELD, [batch(1)], [key(1, 0, mine), key(1, 1, other)])
        tx.add_batches(COMPANY, OFFICE, [batch(1)], [key(1, 0, mine)])
        assert tx.erase_keys(COMPANY, [mine, b"c" * 16]) == 2
        assert tx.erase_keys(COMPANY, [mine]) == 0
        assert [one.sealed for one in tx.keys(COMPANY, FIELD, 1, 1)] == [b"", b"sealed key"]


# ---- sessions, invites


def test_a_nonce_is_used_once(storage: Storage) -> None:
    begin(storage)
    with storage.writing() as tx:
        assert tx.use_nonce(COMPANY, b"n" * 16, 100) is True
        assert tx.use_nonce(COMPANY, b"n" * 16, 100) is False
        assert tx.use_nonce(OTHER, b"n" * 16, 100) is True


def test_what_has_run_out_is_tidied(storage: Storage) -> None:
    begin(storage)
    with storage.writing() as tx:
        for number, until in ((1, 10), (2, 20)):
            tx.add_session(COMPANY, bytes([number]) * 32, DEVICE, until)
            tx.use_nonce(COMPANY, bytes([number]) * 16, until)
            tx.add_invite(COMPANY, InviteRow(bytes([number]) * 16, b"c" * 32, DEVICE, until))
        tx.tidy(COMPANY, 10)
        assert tx.session(COMPANY, b"\x01" * 32) is None
        assert tx.session(COMPANY, b"\x02" * 32) == SessionRow(DEVICE, 20)
        assert tx.session(OTHER, b"\x02" * 32) is None
        assert tx.use_nonce(COMPANY, b"\x01" * 16, 30) is True
        assert [row.invite[:1] for row in tx.invites(COMPANY)] == [b"\x02"]


def test_an_invite_takes_one_knock(storage: Storage) -> None:
    begin(storage)
    row = InviteRow(b"i" * 16, b"c" * 32, DEVICE, 99)
    knocked = row._replace(device=SECOND, signing=b"s" * 32, sealing=EMPTY, sealed=b"name", at_ms=50)
    with storage.writing() as tx:
        tx.add_invite(COMPANY, row)
        assert tx.invite(COMPANY, row.invite) == row
        tx.put_invite(COMPANY, knocked)
        assert tx.invites(COMPANY) == [knocked]
        tx.put_invite(COMPANY, knocked._replace(refused=True))
        refused = tx.invite(COMPANY, row.invite)
        assert refused is not None and refused.refused is True
        tx.remove_invite(COMPANY, row.invite)
        assert tx.invite(COMPANY, row.invite) is None


# ---- objects, snapshots, heartbeats, deposits


def test_objects_gather_their_chunks(storage: Storage) -> None:
    begin(storage)
    push(storage, DEVICE, [b"x"])
    row = ObjectRow(b"o" * 16, FIELD, 3, DEVICE, 40)
    with storage.writing() as tx:
        batches = tx.used_bytes(COMPANY)
        tx.add_object(COMPANY, row)
        tx.add_chunk(COMPANY, row.object, ChunkRow(2, b"h" * 32, 1 << 20))
        tx.add_chunk(COMPANY, row.object, ChunkRow(0, b"g" * 32, 5))
        assert tx.object(COMPANY, row.object) == row
        assert tx.object(OTHER, row.object) is None
        assert tx.chunks(COMPANY, row.object) == [ChunkRow(0, b"g" * 32, 5), ChunkRow(2, b"h" * 32, 1 << 20)]
        assert tx.chunk(COMPANY, row.object, 2) == ChunkRow(2, b"h" * 32, 1 << 20)
        assert tx.chunk(COMPANY, row.object, 1) is None
        assert tx.used_bytes(COMPANY) == batches + (1 << 20) + 5
        assert tx.objects(COMPANY) == [row]
        tx.remove_object(COMPANY, row.object)
        assert tx.objects(COMPANY) == []
        assert tx.used_bytes(COMPANY) == batches


def test_snapshots_come_newest_first_and_are_counted(storage: Storage) -> None:
    begin(storage)
    rows = [SnapshotRow(at, b"o" * 16, b"manifest", b"s" * 64, DEVICE, 7, 0) for at in (10, 20)]
    with storage.writing() as tx:
        for row in rows:
            tx.add_snapshot(COMPANY, FIELD, row)
        tx.add_counter(COMPANY, FIELD, CounterRow(10, SECOND, b"t" * 64))
        tx.add_counter(COMPANY, FIELD, CounterRow(10, SECOND, b"u" * 64))
        tx.count_snapshot(COMPANY, FIELD, 10, 99)
        assert tx.snapshot(COMPANY, FIELD, 10) == rows[0]._replace(counted_ms=99)
        assert [row.position for row in tx.snapshots(COMPANY, FIELD)] == [20, 10]
        assert tx.counters(COMPANY, FIELD) == [CounterRow(10, SECOND, b"u" * 64)]
        tx.remove_snapshot(COMPANY, FIELD, 10)
        assert tx.counters(COMPANY, FIELD) == []
        assert [row.position for row in tx.snapshots(COMPANY, FIELD)] == [20]


def test_the_last_heartbeat_counts(storage: Storage) -> None:
    begin(storage)
    beat = BeatRow(DEVICE, FIELD, 50, 3, b"sealed")
    with storage.writing() as tx:
        tx.put_contact(COMPANY, DEVICE, 10)
        tx.put_contact(COMPANY, DEVICE, 50)
        tx.put_beat(COMPANY, beat._replace(at_ms=10))
        tx.put_beat(COMPANY, beat)
        assert tx.contacts(COMPANY) == [ContactRow(DEVICE, 50)]
        assert tx.beats(COMPANY) == [beat]


def test_a_deposit_counts_once(storage: Storage) -> None:
    begin(storage)
    deposit = DepositRow(DEVICE, FIELD, 4, 50, b"header", b"s" * 64, b"body!", b"keys")
    with storage.writing() as tx:
        tx.add_deposit(COMPANY, deposit)
        tx.add_deposit(COMPANY, deposit._replace(body=b"another"))
        assert tx.deposits(COMPANY, FIELD) == [deposit]
        assert tx.deposits(COMPANY, OFFICE) == []
        assert tx.deposited(COMPANY, DEVICE) == (1, 6 + 5 + 4)
        assert tx.deposited(COMPANY, SECOND) == (0, 0)


def test_nothing_is_wrong_with_a_new_database(storage: Storage) -> None:
    begin(storage)
    # The tests' PostgreSQL does not wait for the disk, and says so.
    assert [problem for problem in storage.problems() if "fsync" not in problem] == []
