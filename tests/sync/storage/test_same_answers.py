"""Whatever is done in whatever order, within savepoints that end well or ill: both databases answer alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from app.model.chain import End
from sync.server.embedded import Embedded
from sync.server.postgres import Postgres
from sync.server.storage import Storage, Tx
from tests.sync.storage.conftest import KEY
from tests.sync.storage.rows import (
    COMPANY,
    DEVICE,
    FIELD,
    OFFICE,
    ORIGIN,
    OTHER,
    SECOND,
    batch,
    begin,
    digest,
    key,
    signed,
)

STEPS = 40
Step = Callable[[Tx, random.Random], object]


class Undone(Exception):
    pass


def test_both_databases_answer_alike(on_postgres: Postgres, tmp_path: Path) -> None:
    with closing(Embedded.create(tmp_path / "server.db", KEY)) as embedded:
        both: tuple[Storage, ...] = (embedded, on_postgres)
        for storage in both:
            begin(storage, streams=(FIELD, OFFICE))
            begin(storage, OTHER)
        for seed in range(40):
            told = [list(history(storage, random.Random(seed))) for storage in both]
            for nth, (one, other) in enumerate(zip(*told, strict=True)):
                assert one == other, f"seed {seed}, step {nth}"


def history(storage: Storage, draw: random.Random) -> Iterator[object]:
    """One transaction of random steps, with what each of them answered; then everything there is."""
    told: list[object] = []
    try:
        with storage.writing() as tx:
            walk(tx, draw, told, STEPS)
            if draw.random() < 0.2:
                raise Undone
    except Undone:
        told.append("undone")
    yield from told
    with storage.reading() as tx:
        for company in (COMPANY, OTHER):
            yield tx.company(company), tx.streams(company), tx.ends(company), tx.contacts(company)
            for stream in (FIELD, OFFICE):
                yield list(tx.batches(company, stream, 0, 9999)), tx.keys(company, stream, 0, 9999)


def walk(tx: Tx, draw: random.Random, told: list[object], steps: int) -> None:
    for _ in range(steps):
        if draw.random() < 0.15:
            with suppress(Undone), tx.savepoint():
                walk(tx, draw, told, draw.randrange(8))
                if draw.random() < 0.4:
                    raise Undone
        else:
            step = draw.choice(FREQUENT if draw.random() < 0.7 else SELDOM)
            told.append((step.__name__, step(tx, draw)))


def sends(tx: Tx, draw: random.Random) -> object:
    company, stream = draw.choice((COMPANY, COMPANY, OTHER)), draw.choice((FIELD, FIELD, OFFICE))
    device = draw.choice((DEVICE, SECOND))
    row = tx.stream(company, stream, lock=True)
    if row is None:
        return None
    tx.company(company)
    end = tx.end(company, stream, device) or End(0, ORIGIN, 0, 0)
    count = draw.randrange(1, 4)
    rows = [batch(row.position + nth, device, end.sequence + nth) for nth in range(1, count + 1)]
    keys = [key(row.position + 1, nth, bytes([draw.randrange(3)]) * 16) for nth in range(draw.randrange(2))]
    tx.add_batches(company, stream, rows, keys)
    tx.move_stream(company, stream, rows[-1].position, rows[-1].head, 1000 + rows[-1].position, 10 * count)
    tx.put_end(company, stream, device, End(rows[-1].sequence, rows[-1].head, 1, row.position))
    return rows


def asks_of_a_place(tx: Tx, draw: random.Random) -> object:
    row = tx.stream(COMPANY, FIELD)
    place = draw.randrange((row.position if row else 0) + 2)
    return (
        tx.head_at(COMPANY, FIELD, place),
        tx.batch_of(COMPANY, FIELD, DEVICE, place),
        tx.end(COMPANY, FIELD, draw.choice((DEVICE, SECOND))),
    )


def contacts(tx: Tx, draw: random.Random) -> object:
    tx.put_contact(COMPANY, draw.choice((DEVICE, SECOND)), draw.randrange(99))
    return None


def asks_of_the_company(tx: Tx, draw: random.Random) -> object:
    return tx.company(COMPANY, lock=draw.random() < 0.5), tx.streams(COMPANY, lock=draw.random() < 0.5)


def asks_for_everything(tx: Tx, draw: random.Random) -> object:
    return (
        list(tx.batches(COMPANY, FIELD, draw.randrange(5), 30)), tx.keys(COMPANY, FIELD, 0, 99), tx.ends(COMPANY),
        tx.contacts(COMPANY), tx.used_bytes(COMPANY), tx.awaited(COMPANY, FIELD, 5),
    )  # fmt: skip


def states(tx: Tx, draw: random.Random) -> object:
    company = tx.company(COMPANY, lock=True)
    assert company is not None
    tx.streams(COMPANY, lock=True)
    tx.add_statement(COMPANY, company.length, digest(company.length), signed(1))
    return tx.company(COMPANY)


def keeps(tx: Tx, draw: random.Random) -> object:
    tx.set_kept(COMPANY, FIELD, draw.randrange(9))
    return tx.stream(COMPANY, FIELD)


def removes(tx: Tx, draw: random.Random) -> object:
    return tx.remove_bodies(COMPANY, FIELD, draw.randrange(6)), tx.stream(COMPANY, FIELD)


def fills(tx: Tx, draw: random.Random) -> object:
    for row in tx.awaited(COMPANY, FIELD, 1):
        tx.fill_batch(COMPANY, FIELD, row.position, b"filled", [])
    return tx.stream(COMPANY, FIELD)


def erases(tx: Tx, draw: random.Random) -> object:
    return tx.erase_keys(COMPANY, [bytes([draw.randrange(3)]) * 16])


def cuts(tx: Tx, draw: random.Random) -> object:
    row = tx.stream(COMPANY, OFFICE, lock=True)
    assert row is not None
    to = draw.randrange(row.position + 1)
    tx.cut_stream(COMPANY, OFFICE, to, digest(to), 1000 + to)
    for one in tx.batches(COMPANY, OFFICE, 0, to):
        tx.put_end(COMPANY, OFFICE, one.device, End(one.sequence, one.head, 1, 0))
    return tx.stream(COMPANY, OFFICE), tx.end(COMPANY, OFFICE, DEVICE)


def notes(tx: Tx, draw: random.Random) -> object:
    tx.put_fact("name", bytes([draw.randrange(9)]))
    return tx.fact("name"), tx.use_nonce(COMPANY, bytes([draw.randrange(9)]) * 16, 9)


FREQUENT: tuple[Step, ...] = (sends, sends, sends, asks_of_a_place, contacts)
SELDOM: tuple[Step, ...] = (
    *(asks_of_the_company, asks_for_everything, states, keeps, removes, fills, erases, cuts, notes),
)


@pytest.mark.parametrize("step", [*FREQUENT, *SELDOM], ids=lambda step: step.__name__)
def test_every_step_works_alone(step: Step, storage: Storage) -> None:
    begin(storage, streams=(FIELD, OFFICE))
    with storage.writing() as tx:
        step(tx, random.Random(1))
