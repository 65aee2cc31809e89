"""`kill -9` in the middle of making a vault, changing its password, and re-keying it.

`at_every_point` is exhaustive over what Python does to files; `at_random_moments` also meets the engine in
the middle of its writes. After each kill something that was acknowledged opens the vault, whole, and what was
withdrawn opens nothing.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from app.clock import FakeClock
from app.crypto.recovery import RecoveryCode
from app.errors import AppError
from app.vault import header as headers
from app.vault import unlock, waiting
from app.vault.unlock import Opened
from tests.campaign.vault_child import ROWS, create, keychain_of, password

ROOT = Path(__file__).resolve().parents[2]
WORKS = ("create", "password", "recovery")


def at_every_point(work: str, base: Path) -> Counter[str]:
    """Kill before each file operation of one piece of work. How often it ended in the old and the new state."""
    ended: Counter[str] = Counter()
    template, code = _template(work, base)
    point = 0
    while True:
        point += 1
        folder = _fresh(base, template)
        said, was_killed = _child(work, folder, times=1, start=0, point=point)
        ended[_check(work, folder, said, code, start=0)] += 1
        if not was_killed:
            return ended


def at_random_moments(work: str, base: Path, *, kills: int, seed: int) -> Counter[str]:
    """Kill so often at random moments of endless work, going on with what the last kill left."""
    seeded = random.Random(seed)
    ended: Counter[str] = Counter()
    template, code = _template(work, base)
    folder, start = _fresh(base, template), 0
    for _index in range(kills):
        if work == "create":
            folder = _fresh(base, template)
        said, _killed = _child(work, folder, times=10_000, start=start, after_s=seeded.uniform(0, 0.15))
        state = _check(work, folder, said, code, start=start)
        ended[state] += 1
        if work == "password":
            start = int(state.rpartition(" ")[2]) if " " in state else start
            ended[state.partition(" ")[0]] += 1
            del ended[state]
        elif work == "recovery":
            # Which code is in force is not known when its acknowledgement was lost: make one that is.
            opened = _open(folder, 0)
            code = unlock.new_recovery_code(opened)
            unlock.close(opened)
    return ended


# ---- what must hold


def _check(work: str, folder: Path, said: list[str], code: RecoveryCode | None, *, start: int) -> str:
    """Raises AssertionError unless the vault is whole and opens with exactly what it should."""
    waiting.succeeded(folder)
    if work == "create":
        return _check_creation(folder, said)
    if work == "password":
        return _check_password(folder, said, start)
    return _check_recovery(folder, said, code)


def _check_creation(folder: Path, said: list[str]) -> str:
    if not headers.exists(folder):
        assert "done" not in said, "an acknowledged vault is gone"
        create(folder)
        unlock.close(_open(folder, 0))
        return "old"
    opened = unlock.with_password(folder, password(0), keychain=keychain_of(folder), clock=FakeClock())
    assert opened.database.integrity() == ()
    unlock.close(opened)
    return "new"


def _check_password(folder: Path, said: list[str], start: int) -> str:
    acknowledged = max((int(line) for line in said if line.isdigit()), default=start)
    opens = [number for number in range(max(0, acknowledged - 1), acknowledged + 2) if _opens(folder, number)]
    assert len(opens) == 1, f"acknowledged {acknowledged}, opens with {opens}"
    assert opens[0] in (acknowledged, acknowledged + 1)
    secrets = [name for name in keychain_of(folder)._all() if "device-secret" in name]
    assert len(secrets) == 1, "after the next sign-in no left-over secret remains"
    return f"{'new' if opens[0] > start else 'old'} {opens[0]}"


def _check_recovery(folder: Path, said: list[str], code: RecoveryCode | None) -> str:
    unlock.close(_open(folder, 0))
    assert not (folder / "data.db.new").exists(), "the copy took its place or is gone"
    told = [RecoveryCode.parse(line) for line in said if "-" in line]
    assert code is not None
    last, withdrawn = (told[-1], [code, *told[:-1]]) if told else (code, [])
    for dead in withdrawn[-3:]:
        assert not _recovers(folder, dead)
    return "acknowledged" if _recovers(folder, last) else "unheard"


def _open(folder: Path, number: int) -> Opened:
    opened = unlock.with_password(folder, password(number), keychain=keychain_of(folder), clock=FakeClock())
    with opened.database.reader() as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (ROWS,)
    assert opened.database.integrity() == ()
    return opened


def _opens(folder: Path, number: int) -> bool:
    try:
        unlock.close(_open(folder, number))
    except AppError:
        waiting.succeeded(folder)
        return False
    return True


def _recovers(folder: Path, code: RecoveryCode) -> bool:
    try:
        unlock.close(unlock.with_recovery(folder, code, keychain=keychain_of(folder), clock=FakeClock()))
    except AppError:
        return False
    return True


# ---- the child


def _child(
    work: str, folder: Path, *, times: int, start: int, point: int = 0, after_s: float | None = None
) -> tuple[list[str], bool]:
    """What it acknowledged, and whether it was killed."""
    command = [
        sys.executable,
        "-m",
        "tests.campaign.vault_child",
        work,
        str(folder),
        str(times),
        str(start),
        str(point),
    ]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if after_s is not None:
        if work != "create":
            assert child.stdout is not None
            first = child.stdout.readline()
        else:
            first = ""
            time.sleep(0.1)
        time.sleep(after_s)
        child.kill()
    else:
        first = ""
    output, errors = child.communicate(timeout=60)
    assert child.returncode in (0, -9), errors
    return (first + output).split(), child.returncode == -9


def _template(work: str, base: Path) -> tuple[Path, RecoveryCode | None]:
    """A closed vault with its keyring in a folder of its own, or an empty one for creating."""
    stage, template = base / "stage", base / "template"
    stage.mkdir(parents=True)
    code = None if work == "create" else create(stage / "main")
    return stage.rename(template), code


def _fresh(base: Path, template: Path) -> Path:
    """The template at one and the same place each time, so that it is not taken for a copy."""
    stage = base / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(template, stage)
    return stage / "main"
