"""Power loss: every prefix of a book's recorded writes, with unsynced ones dropped or torn, must open whole.

python -m tests.campaign.power [--seed 1] [--every 1] [--torn 2]
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from app import bootstrap
from app.clock import FakeClock
from app.errors import AppError
from app.store.audit_log import AuditLog
from app.store.database import Database, OperationalError
from app.store.place import settle
from tests.builders import MEMORY
from tests.campaign.disk import Disk, Op, record
from tests.campaign.power_child import key


def run(seed: int, every: int = 1, torn: int = 2, *, careless: bool = False) -> Counter[str]:
    """Counts of prefixes and cuts tried; raises AssertionError naming seed, prefix and what was lost."""
    base = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-power-"))
    try:
        watched = base / "book"
        watched.mkdir()
        child = [sys.executable, "-m", "tests.campaign.power_child", str(watched), str(seed)]
        ops = record(child + ["careless"] * careless, watched, base / "log")
        return _replay(ops, base, watched, seed, every, torn)
    finally:
        shutil.rmtree(base)


def _replay(ops: list[Op], base: Path, watched: Path, seed: int, every: int, torn: int) -> Counter[str]:
    acks = [(at, _ack(op)) for at, op in enumerate(ops) if op.call == "say" and op.data.startswith(b"ack")]
    counted: Counter[str] = Counter(operations=len(ops), acknowledged=len(acks))
    disk = Disk()
    place = base / "after"
    for at, op in enumerate(ops):
        disk.take(op)
        if at < acks[0][0] or at % every:
            continue
        counted["prefixes"] += 1
        last = max(number for number, ack in enumerate(acks) if ack[0] <= at)
        allowed = {ack[1] for ack in acks[last : last + 2]}
        for cut in range(1 + torn):
            draw = random.Random(f"{seed}/{at}/{cut}") if cut else None
            counted["torn" if cut else "dropped"] += 1
            where = f"seed {seed}, prefix {at} of {len(ops)}, cut {cut}"
            _write(disk.survivors(draw), watched, place)
            found = _opened(place, where)
            assert found in allowed, (
                f"{where}: the book says neither the last nor the next acknowledged state"
            )
    return counted


def _ack(op: Op) -> str:
    _word, _number, hash_ = op.data.decode().split()
    return hash_


def _write(files: dict[str, bytes], watched: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for path, content in files.items():
        relative = Path(path).relative_to(watched)
        if not path.endswith("-shm"):  # shared memory is never trusted after a crash
            (place / relative).write_bytes(content)


def _opened(place: Path, where: str) -> str:
    """The state hash of what is left."""
    named = key(int((place / "header").read_bytes()))
    try:
        settle(place / "data.db", named)
        database = Database.open(place / "data.db", named)
    except AppError as error:
        raise AssertionError(f"{where}: the book does not open: {error}") from error
    try:
        assert database.integrity() == (), f"{where}: {database.integrity()}"
        try:
            session = bootstrap.door(database, FakeClock())
        except (AppError, OperationalError) as error:
            raise AssertionError(f"{where}: the book is not whole: {error}") from error
        assert AuditLog(database.writer, session.identity.device).verify() == session.head(), where
        return session.state_hash().hex()
    finally:
        database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--torn", type=int, default=2)
    chosen = parser.parse_args()
    print(dict(run(chosen.seed, chosen.every, chosen.torn)))
