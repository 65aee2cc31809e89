"""The program that `big_import` starts: imports a file, stops at a share of it, and says what it saw.

python -m tests.bench.import_child HOME PASSWORD [FILE SHARE]

Without a file it only says the state hash. A process of its own, so that its peak of memory is an import's.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from app import bootstrap
from app.errors import Cancelled
from app.features.crm.importing import loading
from app.features.crm.importing.loading import Job
from app.gateway import progress
from app.gateway.session import Session
from app.vault import profiles


class Watch:
    """Counts the steps of progress, takes the longest wait between two, and stops at a share."""

    def __init__(self, stop_at: float) -> None:
        self.stop_at = stop_at
        self.steps = 0
        self.longest_s = 0.0
        self.last_s = time.monotonic()

    def report(self, done: int, total: int) -> None:
        now_s = time.monotonic()
        self.steps += 1
        self.longest_s = max(self.longest_s, now_s - self.last_s)
        self.last_s = now_s
        if total and done >= total * self.stop_at:
            raise Cancelled


def stopped_import(session: Session, file: Path, share: float) -> dict[str, object]:
    """Begin an import, stop it at this share, and say how that went."""
    watch = Watch(share)
    try:
        with progress.listening(watch.report):
            session.do(loading.load, Job(file))
    except Cancelled:
        pass
    else:
        raise SystemExit("the import ended before it was stopped")
    return {
        "steps": watch.steps,
        "longest_s": watch.longest_s,
        "taken_back_s": time.monotonic() - watch.last_s,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(home: str, password: str, file: str = "", share: str = "0") -> None:
    """Print one JSON document."""
    opened = bootstrap.open_company(profiles.found(Path(home))[0], password)
    assert opened is not None
    told = stopped_import(opened.session, Path(file), float(share)) if file else {}
    print(json.dumps({**told, "state": opened.session.state_hash().hex()}))
    opened.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
