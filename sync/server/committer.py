"""Group commit: what arrives at the same time is written in one transaction, by the one thread that writes.

A durable commit costs a wait for the disk; while it waits, more arrives, and all of that shares the next one. An
answer is given out only after its commit. Reads run beside it in a few threads of their own.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

from app.errors import AppError
from sync.protocol.problems import Problem
from sync.server import logs
from sync.server.metrics import Metrics
from sync.server.storage import Storage, Tx

T = TypeVar("T")
Work = Callable[[Tx], T]
"""Something to do within a transaction; may be done again where a transaction was lost."""
Outcomes = list[tuple[Any, Any]]
"""Futures, and the result or exception of each."""

MOST_TOGETHER: Final = 256
"""Requests in one transaction: more would make the first of them wait for the last."""
MOST_QUEUED: Final = 4_000
READERS: Final = 4
MOVERS: Final = 4


class _Job:
    __slots__ = ("done", "order", "work")

    def __init__(self, work: Work[Any], done: Any, order: tuple[bytes, ...]) -> None:
        self.work, self.done, self.order = work, done, order


class Committer:
    """The writer's thread and the readers'. `close` does what is queued before it returns."""

    def __init__(
        self, storage: Storage, metrics: Metrics, loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        """With a loop, `write` gives futures of that loop, and all of one commit are handed out to it at once: a word
        across threads costs a system call each."""
        self._storage, self._metrics, self._loop = storage, metrics, loop
        self._jobs: queue.Queue[_Job | None] = queue.Queue(MOST_QUEUED)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._movers = ThreadPoolExecutor(MOVERS, thread_name_prefix="mover")
        self._closed = False
        self._gate = threading.Lock()
        self._writer = threading.Thread(target=self._write_on, name="writer", daemon=True)
        self._writer.start()

    def write(self, work: Work[T], order: tuple[bytes, ...] = ()) -> Any:
        """Do it in a transaction; the result once that is durable. `order`: of the locks that it takes, so that
        transactions of several processes never wait for each other in a circle. Raises Problem `closing`, `too_many`.
        """
        done: Any = Future() if self._loop is None else self._loop.create_future()
        with self._gate:
            if self._closed:
                raise Problem("closing", 1_000)
            try:
                self._jobs.put_nowait(_Job(work, done, order))
            except queue.Full:
                raise Problem("too_many", 1_000) from None
        return done

    def read(self, work: Work[T]) -> Future[T]:
        """Do it on a consistent moment of the database."""
        return self._readers.submit(self._read, work)

    def run(self, work: Callable[[], T]) -> Future[T]:
        """Do something that opens its own transactions: it moves large objects and may wait for their storage."""
        return self._movers.submit(work)

    def close(self) -> None:
        """Take nothing more, finish what was taken."""
        with self._gate:
            self._closed = True
        self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown(wait=True)
        self._movers.shutdown(wait=True)

    def _read(self, work: Work[T]) -> T:
        with self._storage.reading() as tx:
            return work(tx)

    def _write_on(self) -> None:
        while True:
            jobs, ends = self._next()
            if jobs:
                self._commit(jobs)
            if ends:
                return

    def _next(self) -> tuple[list[_Job], bool]:
        """What is queued, waiting for the first; and whether that was all for ever."""
        job = self._jobs.get()
        jobs: list[_Job] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == MOST_TOGETHER:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _commit(self, jobs: list[_Job]) -> None:
        began = time.perf_counter()
        jobs.sort(key=lambda job: job.order)  # stable: what belongs to one stream stays as it came
        try:
            outcomes = self._together(jobs)
        except Exception as error:
            if len(jobs) > 1:
                # The transaction was lost as a whole (a deadlock, a full disk, a lost connection). Alone, each
                # succeeds or fails for itself; none was answered yet, and each is safe to repeat.
                logs.failed("commit-split", error)
                for job in jobs:
                    self._commit([job])
                return
            logs.failed("commit-failed", error)
            outcomes = [Problem("failed", 1_000)]
        self._metrics.committed(len(jobs), time.perf_counter() - began)
        pairs = [(job.done, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]
        if self._loop is None:
            _hand_out(pairs)
        else:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                self._loop.call_soon_threadsafe(_hand_out, pairs)

    def _together(self, jobs: list[_Job]) -> list[Any]:
        outcomes: list[Any] = []
        with self._storage.writing() as tx:
            for job in jobs:
                try:
                    with tx.savepoint():
                        outcomes.append(job.work(tx))
                except AppError as refused:  # known, and undone by its savepoint: the others go on
                    outcomes.append(refused)
        return outcomes


def _hand_out(outcomes: Outcomes) -> None:
    for done, outcome in outcomes:
        if done.cancelled():
            continue
        if isinstance(outcome, BaseException):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)
