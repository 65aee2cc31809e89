"""kill -9 at random moments of imports, edits, checkpoints and migrations: nothing acknowledged is lost.

python -m tests.campaign.kills [--seed 1] [--kills 1000]
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from app import bootstrap, ids
from app.clock import FakeClock
from app.crypto.keys import SecretKey
from app.features.crm import customers
from app.features.crm.customers import Customer
from app.features.trust import founding
from app.features.trust.members import Company, Member
from app.gateway.command import command, query
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.gateway.view import View
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.migrate import available, migrate, version
from tests.builders import MEMORY, a_customer

KEY = bytes(range(32))
BATCH = 120
IDLE, INSIDE, OTHER = 0, 1, 2
"""What the child says of itself in shared memory: between commands, inside a transaction, in another work."""


class Stage:
    """Shared memory: where the child is, and what it has acknowledged."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 64)

    def at(self, where: int) -> None:
        self._memory[0] = where

    @property
    def where(self) -> int:
        return self._memory[0]

    def acknowledge(self, number: int) -> None:
        self._memory[8:16] = number.to_bytes(8, "big")

    @property
    def acknowledged(self) -> int:
        return int.from_bytes(self._memory[8:16], "big")


@command("customer.kill_import", "Import")
def import_batch(tx: Tx, batch: int, stage: Stage) -> None:
    stage.at(INSIDE)
    for number in range(BATCH):
        tx.save(a_customer(f"Row {number}", price_list=f"batch {batch}", phone=f"+49 {number:06}"))


@command("customer.kill_edit", "Edit")
def edit_twice(tx: Tx, id_: ids.Id, number: int, stage: Stage) -> None:
    stage.at(INSIDE)
    tx.edit(Customer, id_, {"code": str(number)})
    tx.edit(Customer, id_, {"notes": str(number)})


@query("customer.kill_first", "First")
def _first(view: View, id_: ids.Id) -> Customer:
    return view.get(Customer, id_)


@query("customer.kill_batches", "Batches")
def _batches(view: View) -> list[str]:
    return [found.price_list for found in view.find(Customer) if found.price_list]


def make(folder: Path) -> ids.Id:
    """A book with one customer whose code and notes always say the same."""
    database = Database.open(folder / "data.db", SecretKey(KEY), create=True)
    migrate(database)
    owner = Member(id=ids.fresh(), name="Olga Owner")
    founding.found(database, FakeClock(), owner.id)
    session = bootstrap.door(database, FakeClock())
    session.do(founding.found_company, Company(name="Acme"), owner, session.identity.company, "Customers")
    made = session.do(customers.add, a_customer("First", code="0", notes="0"))
    session.close()
    return made.id


def importing(folder: Path, _id: ids.Id, stage: Stage) -> None:
    session = _session(folder)
    for batch in range(1, 1000):
        session.do(import_batch, batch, stage)
        stage.at(IDLE)
        stage.acknowledge(batch)


def editing(folder: Path, id_: ids.Id, stage: Stage) -> None:
    session = _session(folder)
    for number in range(1, 100_000):
        session.do(edit_twice, id_, number, stage)
        stage.at(IDLE)
        stage.acknowledge(number)


def checkpointing(folder: Path, id_: ids.Id, stage: Stage) -> None:
    session = _session(folder)
    for number in range(1, 100_000):
        session.remember("ballast", os.urandom(3_000_000))  # pages to move into the file
        session.do(edit_twice, id_, number, Stage())
        stage.acknowledge(number)
        stage.at(OTHER)
        session.database.checkpoint()
        stage.at(IDLE)


def migrating(folder: Path, _id: ids.Id, stage: Stage) -> None:
    for number in range(1, 100_000):
        name = f"fresh-{number}.db"
        database = Database.open(folder / name, SecretKey(KEY), create=True)
        stage.at(OTHER)
        migrate(database)
        stage.at(IDLE)
        database.close()
        stage.acknowledge(number)


WORKS: dict[str, Callable[[Path, ids.Id, Stage], None]] = {
    "import": importing,
    "edit": editing,
    "checkpoint": checkpointing,
    "migration": migrating,
}


def run(seed: int, kills: int) -> Counter[str]:
    """Kill so many children in turn; counts say in which work, and how many inside a transaction."""
    draw = random.Random(seed)
    counted: Counter[str] = Counter()
    base = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-kill-"))
    try:
        (base / "template").mkdir()
        id_ = make(base / "template")
        for number in range(kills):
            work = list(WORKS)[number % len(WORKS)]
            folder = base / "book"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(base / "template", folder)
            stage = Stage()
            _kill(WORKS[work], folder, id_, stage, draw)
            counted[work] += 1
            counted[f"{work}: inside"] += stage.where != IDLE
            where = f"seed {seed}, kill {number} during {work}"
            _check(work, folder, id_, stage.acknowledged, where)
    finally:
        shutil.rmtree(base)
    return counted


def _kill(
    work: Callable[[Path, ids.Id, Stage], None], folder: Path, id_: ids.Id, stage: Stage, draw: random.Random
) -> None:
    child = os.fork()
    if child == 0:
        try:
            work(folder, id_, stage)
        finally:
            os._exit(3)
    # Somewhere in its first commands, counted from the first sign of life.
    until = time.monotonic() + 10
    while stage.where == IDLE and not stage.acknowledged and time.monotonic() < until:
        time.sleep(0.0002)
    time.sleep(draw.random() ** 2 * 0.12)
    if draw.random() < 0.5:
        # Short works are hard to hit blindly: half of the kills wait for the next one to begin.
        until = time.monotonic() + 5
        while stage.where == IDLE and time.monotonic() < until:
            pass
        time.sleep(draw.random() * 0.003)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child ended before it was killed"


def _check(work: str, folder: Path, id_: ids.Id, acknowledged: int, where: str) -> None:
    if work == "migration":
        for number in range(1, acknowledged + 2):
            path = folder / f"fresh-{number}.db"
            if path.exists() and path.stat().st_size:
                database = Database.open(path, SecretKey(KEY))
                found = version(database)
                assert found == available()[-1][0] or number > acknowledged, where
                migrate(database)
                assert database.integrity() == (), where
                database.close()
        return
    session = _session(folder)
    try:
        assert session.database.integrity() == (), where
        assert AuditLog(session.database.writer, session.identity.device).verify() == session.head(), where
        first = session.ask(_first, id_)
        if work == "import":
            batches = Counter(session.ask(_batches))
            assert set(batches.values()) <= {BATCH}, f"{where}: half an import: {batches}"
            assert acknowledged <= len(batches) <= acknowledged + 1, (
                f"{where}: {acknowledged} acknowledged, {len(batches)} there"
            )
        else:
            assert first.code == first.notes, f"{where}: half an edit"
            assert acknowledged <= int(first.code) <= acknowledged + 1, where
        session.do(edit_twice, id_, 1_000_000, Stage())
    finally:
        session.close()


def _session(folder: Path) -> Session:
    return bootstrap.door(Database.open(folder / "data.db", SecretKey(KEY)), FakeClock())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    chosen = parser.parse_args()
    print(dict(run(chosen.seed, chosen.kills)))
