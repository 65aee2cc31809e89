"""Several nodes write at once: one order, no gap, and no batch under a roster that has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from sync.protocol.problems import Problem
from sync.server.storage import Storage
from tests.sync.storage.rows import COMPANY, DEVICE, FIELD, OFFICE, SECOND, begin, digest, push, signed

Node = Callable[[], Storage]


def at_once(*works: Callable[[], object]) -> None:
    """Run all of them on threads that begin together; raises what the first of them raised."""
    failures: list[BaseException] = []
    begin_ = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        begin_.wait()
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def test_two_nodes_give_one_order_without_a_gap(node: Node) -> None:
    nodes = [node(), node()]
    begin(nodes[0])
    devices = [bytes([number]) * 16 for number in range(4)]

    def send(storage: Storage, device: bytes) -> None:
        for number in range(15):
            push(storage, device, [b"%d" % number] * 2)

    at_once(
        *(lambda nth=nth, device=device: send(nodes[nth % 2], device) for nth, device in enumerate(devices))
    )

    with nodes[0].reading() as tx:
        rows = list(tx.batches(COMPANY, FIELD, 0, 1000))
        stream = tx.stream(COMPANY, FIELD)
    assert [row.position for row in rows] == list(range(1, 4 * 30 + 1))
    assert stream is not None and stream.position == 120
    assert stream.size_bytes == sum(len(row.header) + len(row.body or b"") for row in rows)
    for device in devices:
        assert [row.sequence for row in rows if row.device == device] == list(range(1, 31))


def test_a_push_that_waited_for_a_statement_sees_it(node: Node) -> None:
    one, other = node(), node()
    begin(one)
    locked, done = threading.Event(), threading.Event()
    seen: list[int] = []

    def take_away() -> None:
        with one.writing() as tx:
            company = tx.company(COMPANY, lock=True)
            tx.streams(COMPANY, lock=True)
            assert company is not None
            locked.set()
            done.wait(0.3)
            tx.add_statement(COMPANY, company.length, digest("ends"), signed(1))

    def send() -> None:
        locked.wait()
        with other.writing() as tx:
            tx.stream(COMPANY, FIELD, lock=True)
            company = tx.company(COMPANY)
            assert company is not None
            seen.append(company.length)

    at_once(take_away, send)
    assert seen == [2]


def test_two_statements_at_once_follow_each_other(node: Node) -> None:
    nodes = [node(), node()]
    begin(nodes[0])

    def say(storage: Storage, count: int) -> None:
        for _ in range(count):
            with storage.writing() as tx:
                company = tx.company(COMPANY, lock=True)
                tx.streams(COMPANY, lock=True)
                assert company is not None
                tx.add_statement(COMPANY, company.length, digest(company.length), signed(1))

    at_once(*(lambda storage=storage: say(storage, 10) for storage in nodes))
    with nodes[0].reading() as tx:
        assert len(tx.statements(COMPANY, 0, 100)) == 21


def test_those_who_wait_for_each_other_are_told_to_try_again(node: Node) -> None:
    """Two transactions lock two streams in opposite order. PostgreSQL ends one; the embedded database lets one write."""
    nodes = [node(), node()]
    begin(nodes[0], streams=(FIELD, OFFICE))
    meet = threading.Barrier(2)
    refused: list[str] = []

    def cross(storage: Storage, streams: Sequence[object]) -> None:
        for attempt in range(5):
            try:
                with storage.writing() as tx:
                    for stream in streams:
                        row = tx.stream(COMPANY, stream, lock=True)  # type: ignore[arg-type]
                        assert row is not None
                        tx.move_stream(COMPANY, row.stream, row.position + 1, row.head, 1, 0)
                        if attempt == 0:
                            with suppress(threading.BrokenBarrierError):
                                meet.wait(0.5)
                return
            except Problem as problem:
                assert problem.again
                refused.append(problem.name)
        raise AssertionError("never got through")

    at_once(lambda: cross(nodes[0], (FIELD, OFFICE)), lambda: cross(nodes[1], (OFFICE, FIELD)))
    with nodes[0].reading() as tx:
        assert [row.position for row in tx.streams(COMPANY)] == [2, 2]
    assert set(refused) <= {"failed"}


def test_a_nonce_is_used_once_by_nodes_at_once(node: Node) -> None:
    nodes = [node() for _ in range(3)]
    begin(nodes[0])
    won: list[bool] = []

    def use(storage: Storage) -> None:
        with storage.writing() as tx:
            used = tx.use_nonce(COMPANY, b"n" * 16, 99)
        won.append(used)

    at_once(*(lambda storage=storage: use(storage) for storage in nodes))
    assert sorted(won) == [False, False, True]


def test_readers_do_not_wait_for_writers(node: Node) -> None:
    one, other = node(), node()
    begin(one)
    push(one, DEVICE, [b"x"])
    with one.writing() as tx:
        tx.stream(COMPANY, FIELD, lock=True)
        tx.move_stream(COMPANY, FIELD, 9, digest(9), 9, 0)
        tx.put_contact(COMPANY, SECOND, 1)
        with other.reading() as reader:
            row = reader.stream(COMPANY, FIELD)
            assert row is not None and row.position == 1
